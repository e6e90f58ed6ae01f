"""What Mirakl's operators score sellers by: each has its own figures and limits.

Of limits only one operator's was seen (Modivo: refusals at most 2 %); A21 gives a shop
the operator's own figures, and is not read.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from stores.remote_standards import Counts, Standard, Unseen

_SEEN = date(2026, 11, 22)
_WINDOW = timedelta(days=30)
_OWN = "each operator has its own limit: enter it here; the days are our assumption"
STANDARDS = (
    Standard(
        code="late",
        label="Late shipment rate",
        counts=Counts.LATE,
        limit=None,
        touching=True,
        window=_WINDOW,
        bad="orders told as shipped after their shipping deadline, and those not told yet "
        "although it has passed",
        whole="orders whose shipping deadline was in these days",
        excluded="cancelled and refused orders, orders not debited yet",
        source=_OWN,
        as_of=_SEEN,
        proven=False,
    ),
    Standard(
        code="refused",
        label="Refusal rate",
        counts=Counts.REFUSED,
        limit=Decimal("0.02"),
        touching=True,
        window=_WINDOW,
        bad="orders that were refused, by us or since nobody took them in time",
        whole="orders placed in these days",
        source="Modivo's guide for sellers: at most 2 %; other operators differ",
        as_of=_SEEN,
        proven=False,
    ),
    Standard(
        code="cancel",
        label="Cancellations by the seller",
        counts=Counts.CANCELLED,
        limit=None,
        touching=True,
        window=_WINDOW,
        bad="orders that we cancelled at the operator",
        whole="orders placed in these days",
        excluded="what the operator or the buyer cancelled",
        unseen="Reasons are the operator's own: all that we cancel count here.",
        source=_OWN,
        as_of=_SEEN,
        proven=False,
    ),
    Standard(
        code="tracking",
        label="Parcels that Mirakl can follow",
        counts=Counts.TRACKED,
        limit=None,
        at_least=True,
        touching=True,
        window=_WINDOW,
        bad="parcels told without a number, and orders with one that Mirakl calls INVALID",
        whole="parcels told in these days",
        unseen="INVALID is known only of operators with several shipments per order.",
        source=_OWN,
        as_of=_SEEN,
        proven=False,
    ),
)
UNSEEN = (
    Unseen(
        label="Acceptance, incident and answer rates",
        limit="each operator's own",
        why="Messages and incidents are seen order by order, not counted as the operator "
        "does; the operator's figures stand in its back office.",
    ),
)
