"""How long each marketplace usually takes with money, and where the figure is from.

After a label is bought, a settlement with the order's money is to be expected within
``settles``; after a cancellation its refund within ``refunds``; after a void the credit
of a label bought from the marketplace within ``credits``. Past these it is a finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """One marketplace's usual times; ``source`` says where ``settles`` is from."""

    settles: timedelta
    source: str
    refunds: timedelta = timedelta(days=14)
    credits: timedelta = timedelta(days=28)


USUAL = {
    "amazon": Usual(
        settles=timedelta(days=28),
        source="Settlements run for two weeks and are paid two days later; an order "
        "that misses one is in the next. Two periods.",
    ),
    "ebay": Usual(
        settles=timedelta(days=14),
        source="Money is booked when the buyer pays and goes out with a daily or weekly "
        "payout. Two weekly payouts.",
    ),
    "tiktok": Usual(
        settles=timedelta(days=28),
        source="An order settles 7 to 14 days after delivery without an open return "
        "(UK, measured); with two weeks to be delivered.",
    ),
    "mirakl": Usual(
        settles=timedelta(days=45),
        source="Operators pay one to three times a month, once the order is received "
        "or its refund window is over. One month and a half.",
    ),
}
# Where nothing is known of a marketplace: long enough not to cry wolf.
ELSEWHERE = Usual(
    settles=timedelta(days=45),
    source="Nothing is known of this marketplace; a month and a half is assumed.",
)


def usual_of(marketplace: str) -> Usual:
    """The usual times of a connector by its code."""
    return USUAL.get(marketplace, ELSEWHERE)
