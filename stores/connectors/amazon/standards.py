"""Amazon's account health: Seller Central's help, as read in November 2026."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from stores.connectors.amazon.acknowledge import BUYER_CANCELED
from stores.remote_standards import Counts, Standard, Unseen

_SEEN = date(2026, 11, 22)
_LATE = Standard(
    code="late_30d",
    label="Late shipment rate, 30 days",
    counts=Counts.LATE,
    limit=Decimal("0.04"),
    window=timedelta(days=30),
    bad="orders confirmed after their expected ship date, and those not confirmed yet "
    "although it has passed",
    whole="seller-fulfilled orders whose expected ship date was in these days",
    excluded="cancelled orders, orders that Amazon fulfils, orders still pending",
    unseen="Amazon may take its own expected date where it moved it after we read the "
    "order.",
    source="Seller Central help, late shipment rate: below 4 %, over 10 and 30 days",
    as_of=_SEEN,
)
STANDARDS = (
    replace(
        _LATE,
        code="late_10d",
        label="Late shipment rate, 10 days",
        window=timedelta(days=10),
    ),
    _LATE,
    Standard(
        code="cancel_7d",
        label="Pre-fulfilment cancel rate, 7 days",
        counts=Counts.CANCELLED,
        limit=Decimal("0.025"),
        window=timedelta(days=7),
        bad="orders cancelled by us with another reason than the buyer's request, and "
        "those that Amazon cancelled since nothing was confirmed",
        whole="seller-fulfilled orders placed in these days",
        excluded="what the buyer cancelled or asked Amazon to cancel; single items of an "
        "order",
        unseen="Who cancelled in Seller Central, and for which reason, no list tells.",
        source="Seller Central help, G201722390: below 2.5 %, buyer's requests excluded",
        as_of=_SEEN,
        innocent=frozenset({BUYER_CANCELED}),
        gives_up_after=timedelta(days=7),
    ),
    Standard(
        code="tracking_30d",
        label="Valid tracking rate, 30 days",
        counts=Counts.TRACKED,
        limit=Decimal("0.95"),
        at_least=True,
        window=timedelta(days=30),
        bad="parcels confirmed without a number, or with a carrier outside Amazon's list",
        whole="parcels confirmed in these days",
        excluded="nothing: cheap parcels that Amazon exempts (below 20 EUR in Germany, "
        "15 in Spain, 10 in France) are counted here",
        unseen="Whether the carrier ever scanned the parcel: Amazon counts that, and we "
        "do not see it.",
        source="Seller Central help, valid tracking rate: above 95 %",
        as_of=_SEEN,
        untracked=frozenset({"other"}),
    ),
)
UNSEEN = (
    Unseen(
        label="Order defect rate",
        limit="below 1 %",
        why="Feedback, claims and chargebacks are not read.",
    ),
    Unseen(
        label="On-time delivery rate",
        limit="above 90 %",
        why="It needs the carriers' delivery scans, which no list of ours has.",
    ),
    Unseen(
        label="Seller-Fulfilled Prime",
        limit="cancelled at most 0.5 %, shipped in time at least 99 %",
        why="Prime orders are counted with all others, not apart.",
    ),
)
