"""TikTok Shop's fulfilment rates: Seller University and Partner Center, November 2026.

Figures are those of the American pages and of third parties for 2026; British ones were
not found, and no page seen states the days that are looked at.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from stores.remote_standards import Counts, Standard, Unseen

_SEEN = date(2026, 11, 22)
_WINDOW = timedelta(days=30)
STANDARDS = (
    Standard(
        code="late",
        label="Late dispatch rate",
        counts=Counts.LATE,
        limit=Decimal("0.04"),
        touching=True,
        window=_WINDOW,
        bad="orders told as shipped after their dispatch time (rts_sla_time), and those "
        "not told yet although it has passed",
        whole="orders whose dispatch time was in these days",
        excluded="cancelled orders, orders that TikTok fulfils, the hour after payment",
        unseen="Where TikTok judges by the carrier's scan, as in the United States since "
        "2024, a number that was told in time may still count as late.",
        source="Seller University (US): at most 4 %; the days are our assumption",
        as_of=_SEEN,
        proven=False,
    ),
    Standard(
        code="cancel",
        label="Seller-fault cancellation rate",
        counts=Counts.CANCELLED,
        limit=Decimal("0.025"),
        touching=True,
        window=_WINDOW,
        bad="orders that we cancelled, and those that TikTok cancelled since they were "
        "not shipped in time",
        whole="orders placed in these days",
        excluded="what the buyer cancelled or asked for, orders never paid",
        unseen="Who cancelled in Seller Center no list tells.",
        source="third parties on 2026: at most 2.5 %; the days are our assumption",
        as_of=_SEEN,
        proven=False,
        gives_up_after=timedelta(0),
    ),
    Standard(
        code="tracking",
        label="Valid tracking rate",
        counts=Counts.TRACKED,
        limit=Decimal("0.95"),
        at_least=True,
        touching=True,
        window=_WINDOW,
        bad="parcels told without a number",
        whole="parcels told in these days",
        unseen="Whether the carrier ever scanned the parcel: TikTok moves an order to "
        "IN_TRANSIT by that scan.",
        source="Seller University (US): at least 95 %; the days are our assumption",
        as_of=_SEEN,
        proven=False,
    ),
)
UNSEEN = (
    Unseen(
        label="On-time delivery rate",
        limit="differs by country",
        why="It needs the carriers' delivery scans, which no list of ours has.",
    ),
)
