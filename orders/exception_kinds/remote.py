"""Whole stores and accounts: refused, silent or unknown."""

from __future__ import annotations

from datetime import timedelta

from orders.exception_kinds import (
    KINDS,
    Answer,
    ExceptionKind,
    Resolution,
    Severity,
    Team,
)

HANDLED = Resolution(
    code="handled",
    label="Handled",
    effect="Closes the case with your note; it opens again if the fault is seen again.",
    needs_reason=True,
)

SHIPPED_OTHERWISE = Resolution(
    code="not_for_us",
    label="Not for us",
    effect="Closes the case with your reason; this marketplace stays left out.",
    verb="accept",
    needs_reason=True,
)

KINDS.register(
    ExceptionKind(
        code="store_unauthorised",
        label="Access refused",
        team=Team.OPS,
        owner_system="you",
        answer=Answer.REFUSED,
        trigger="A remote system refused our credentials or a permission of the app. "
        "The account is paused; its work stays queued.",
        effect="No orders come in and no tracking goes out for all its stores.",
        checks=(
            (
                "Was the key or the client secret changed? Amazon: secrets end after 180 "
                "days, the seller's authorisation after a year."
            ),
            "Did the seller withdraw the app's authorisation?",
        ),
        steps=(
            "Enter the new secret on the account's page and press 'Test connection'.",
            "Resume the account; the queue then empties by itself.",
        ),
        buyer_sees="Nothing, until the order is late.",
        tells="Ops tells whoever holds the account's credentials; leads hear of it by "
        "alert.",
        proof="A test of the connection passes.",
        closes_itself="When the renewed access works: the account then goes on by "
        "itself.",
        severity=Severity.MONEY,
        sla=timedelta(hours=1),
        no_fix="Access is renewed on the account's page, by whoever holds its "
        "credentials.",
        resolutions=(HANDLED,),
    )
)
KINDS.register(
    ExceptionKind(
        code="store_silent",
        label="Store silent",
        team=Team.OPS,
        owner_system="marketplace",
        answer=Answer.UNABLE,
        trigger="No successful read of this store's orders for longer than its usual "
        "interval allows.",
        effect="New orders and cancellations are not seen; deadlines run unseen.",
        checks=(
            "Last successful pull and last error stand on the store's page.",
            "Are the workers running? See the home page.",
            "Is the quota used up? See the budgets on the home page.",
        ),
        steps=(
            "'Sync now' on the store's page shows the error at once.",
            "The case closes by itself with the next successful read.",
        ),
        buyer_sees="Nothing, until the order is late.",
        tells="Ops tells whoever runs shipsync when the marketplace's status page "
        "shows no fault.",
        proof="The store's page shows a fresh read.",
        closes_itself="When a read succeeds.",
        severity=Severity.MONEY,
        sla=timedelta(hours=1),
        no_fix="What keeps the reads from succeeding stands on the account's page: "
        "the remote, its quota or our workers.",
        resolutions=(HANDLED,),
    )
)
KINDS.register(
    ExceptionKind(
        code="unknown_store",
        label="Orders of an unknown store",
        team=Team.OPS,
        owner_system="you",
        trigger="The account delivers orders of a marketplace for which no store is set "
        "up here.",
        effect="These orders are not imported, so nobody ships them from here.",
        checks=(
            "Which marketplace id stands in the sentence above.",
            "Are these orders shipped some other way?",
        ),
        steps=(
            "Set up a store for this marketplace, or",
            "press 'Not for us' and say how they are shipped.",
        ),
        buyer_sees="Nothing, until the order is late.",
        tells="Ops asks a lead whether these orders are ours to ship.",
        proof="A store is set up for the marketplace, or its orders are said to be "
        "none of ours.",
        closes_itself="When a store for this marketplace is set up.",
        sla=timedelta(days=1),
        no_fix="A store is set up by a lead, or the orders are left to whoever ships "
        "them.",
        resolutions=(SHIPPED_OTHERWISE,),
    )
)
