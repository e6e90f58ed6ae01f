"""A marketplace's settlements that we can't fetch, or not all of them."""

from __future__ import annotations

from datetime import timedelta

from orders.exception_kinds import (
    DISMISS,
    KINDS,
    Answer,
    ExceptionKind,
    Severity,
    Team,
)

KINDS.register(
    ExceptionKind(
        code="settlements_not_fetched",
        label="Settlements are not fetched",
        team=Team.FINANCE,
        owner_system="marketplace",
        trigger="The marketplace refused to give its settlements, or gave one that can't "
        "be read. The case has its own words.",
        effect="What was paid is not compared with what was dispatched from that day on. "
        "Orders are not touched.",
        checks=(
            (
                "What the marketplace says, and what it needs, stand in the case: a scope or "
                "role (eBay: sell.finances; Amazon: Finance and Accounting; TikTok: finance; "
                "Mirakl: a user who may see accounting), a signature, or a field."
            ),
            "Settlements shows under the account when it was fetched whole last.",
        ),
        steps=(
            (
                "A scope or role is missing: grant it in the marketplace's own pages, then "
                "let the seller consent again on the account's page."
            ),
            (
                "A signature is refused: check ‘The seller is based in the UK or the EU’ in "
                "the account's settings."
            ),
            "Press ‘Fetch now’ beside the account under Settlements.",
            (
                "One settlement can't be read: bring its file in by hand meanwhile, and tell "
                "whoever keeps shipsync what the case says."
            ),
        ),
        buyer_sees="Nothing.",
        tells="Finance tells the lead what access is missing; the lead grants it.",
        proof="The account's line under Settlements says when it was fetched, and the "
        "newest payout of the marketplace's own pages is in the list.",
        closes_itself="When a fetch came to its end with nothing left out; it is tried "
        "again every day.",
        severity=Severity.DOUBT,
        sla=timedelta(hours=48),
        no_fix="Access is granted in the marketplace's own pages.",
        answer=Answer.REFUSED,
        resolutions=(DISMISS,),
        blocks=False,
    )
)
