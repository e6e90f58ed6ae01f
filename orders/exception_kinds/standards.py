"""Rates by which marketplaces judge a seller, near their limits or beyond."""

from __future__ import annotations

from datetime import timedelta

from orders.exception_kinds import KINDS, ExceptionKind, Resolution, Severity, Team

SEEN = Resolution(
    code="seen",
    label="Seen, and acted on",
    effect="Closes the case with your reason for this month; it returns with the next "
    "month if the rate stands no better.",
    verb="accept",
    needs_reason=True,
)

KINDS.register(
    ExceptionKind(
        code="standard_near",
        label="Seller standard near its limit",
        team=Team.OPS,
        owner_system="you",
        trigger="Three quarters of a rate's limit are used up, or more orders with open "
        "cases will turn bad than the limit has room for.",
        effect="Nothing yet. Beyond the limit the marketplace may warn, hide offers, cap "
        "orders or suspend the account.",
        checks=(
            (
                "The page of the rate lists the orders that count and the open cases that "
                "would, the next one first."
            ),
            (
                "Does the marketplace's own page show the same? Ours is counted from our "
                "rows, and the page says what they cannot tell."
            ),
        ),
        steps=(
            "Press 'Open the rate' and work through the cases that it lists, from the top.",
            "One cause behind many of them is mended once: look at the queue's causes.",
            "What can't leave in time: tell the buyer, and ask whether to cancel.",
        ),
        buyer_sees="Nothing of the rate; of the orders behind it, that they come late.",
        tells="Ops tells the lead when the room that is left will not do for the day.",
        proof="The rate is back below three quarters of its limit, and fewer orders are "
        "at risk than it has room for.",
        closes_itself="When it is, or when the limit is broken: then another case opens.",
        severity=Severity.DOUBT,
        sla=timedelta(hours=4),
        shared=("store", "standard"),
        no_fix="It is mended order by order, in the cases that its page lists.",
        resolutions=(SEEN,),
    )
)
KINDS.register(
    ExceptionKind(
        code="standard_breached",
        label="Seller standard broken",
        team=Team.LEAD,
        owner_system="you",
        trigger="A rate by which the marketplace judges the store is beyond its limit, "
        "by our own count.",
        effect="The marketplace may warn, hide offers, cap orders or suspend the account.",
        checks=(
            "What does the marketplace's own page say? Ours is counted from our rows.",
            "Which cause is behind most of the orders that count? The page lists them.",
            "Is the limit right for this store? It can be set with a note.",
        ),
        steps=(
            "Press 'Open the rate': stop what makes more of them by working through its cases.",
            (
                "Where the marketplace is at fault (a carrier strike, a fault of its own), "
                "ask it to take those orders out."
            ),
            "Have the plan ready that the marketplace asks for after a warning.",
        ),
        buyer_sees="Offers may be shown less, or not at all.",
        tells="The lead tells whoever answers to the marketplace for the account.",
        proof="The rate is within its limit again, here and on the marketplace's page.",
        closes_itself="When the rate is within its limit again.",
        severity=Severity.MONEY,
        sla=timedelta(hours=4),
        shared=("store", "standard"),
        no_fix="Old orders leave the count by the days; new ones have to be kept good.",
        resolutions=(SEEN,),
    )
)
