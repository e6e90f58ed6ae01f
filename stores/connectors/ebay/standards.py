"""eBay's seller standards for the UK: its seller performance policy, November 2026.

Looked at on the 20th of each month: over three months with 400 sales or more, else over
twelve.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from stores.remote_standards import Counts, Standard, Unseen

_SEEN = date(2026, 11, 22)
_SHORT, _LONG, _SALES = timedelta(days=91), timedelta(days=365), 400
STANDARDS = (
    Standard(
        code="late",
        label="Late dispatch, towards the late delivery rate",
        counts=Counts.LATE,
        limit=Decimal("0.03"),
        touching=True,
        window=_SHORT,
        longer=_LONG,
        from_orders=_SALES,
        bad="orders told as dispatched after eBay's ship-by date, and those not told yet "
        "although it has passed",
        whole="orders whose ship-by date was in these days",
        excluded="cancelled orders, orders not paid yet",
        unseen="eBay counts what was delivered after its estimate without a scan in the "
        "handling time, or that a buyer calls late: neither scans nor estimates kept are "
        "ours to see, so this is what can make it late, not its own figure.",
        source="3 % for Top Rated sellers since August 2017 (channelx); others have no "
        "pass mark in the UK",
        as_of=_SEEN,
        proven=False,
    ),
    Standard(
        code="defects",
        label="Transaction defect rate, by cancellations",
        counts=Counts.CANCELLED,
        limit=Decimal("0.02"),
        touching=True,
        window=_SHORT,
        longer=_LONG,
        from_orders=_SALES,
        bad="orders that we cancelled as out of stock or not to be fulfilled",
        whole="orders placed in these days",
        excluded="what the buyer asked for, troubles with the address, orders never paid",
        unseen="Cases that eBay closed against the seller count as defects too, and are "
        "not read; who cancelled in Seller Hub no list tells.",
        source="eBay's seller performance policy: at most 2 % (Top Rated 0.5 %)",
        as_of=_SEEN,
        innocent=frozenset({"BUYER_ASKED_CANCEL", "ADDRESS_ISSUES", "ORDER_UNPAID"}),
    ),
    Standard(
        code="tracking",
        label="Parcels with a number that eBay can follow",
        counts=Counts.TRACKED,
        limit=None,
        at_least=True,
        touching=True,
        window=_SHORT,
        longer=_LONG,
        from_orders=_SALES,
        bad="parcels told without a number, or with the carrier 'Other'",
        whole="parcels told in these days",
        unseen="Whether the carrier ever scanned the parcel.",
        source="eBay names no limit that was seen here: set your own",
        as_of=_SEEN,
        proven=False,
        untracked=frozenset({"other"}),
    ),
)
UNSEEN = (
    Unseen(
        label="Cases closed without the seller's resolution",
        limit="at most 0.3 %",
        why="Cases and their ends are not read.",
    ),
    Unseen(
        label="Late delivery rate itself",
        limit="at most 3 % (Top Rated)",
        why="It needs delivery scans and what buyers say; see 'Late dispatch'.",
    ),
)
