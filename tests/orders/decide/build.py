"""Small snapshots of one order, by what is said about it; nothing is read or written.

The order has two lines: 1 × line 1 and 2 × line 2. Its record in ShipStation is 501,
a primary it may be combined into 601. NOW is two hours after it was placed and a day
and two hours before its ship-by.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from orders.facts import (
    AttemptFacts,
    CorrectionFacts,
    DecisionFacts,
    DispatchFacts,
    LineFacts,
    MarketFacts,
    PackageFacts,
    Policy,
    RecordFacts,
    ShipmentFacts,
    Snapshot,
    Verdict,
    fingerprint,
)
from orders.facts_parcels import CarrierChoice

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ORDERED = NOW - timedelta(hours=2)
SHIP_BY = NOW + timedelta(hours=26)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DIGEST, CHANGED = "d1", "d2"
TRACKING = "JD0001"
ROYAL_MAIL = CarrierChoice(code="Royal Mail", name="", service="")
ALL_LINES = ((1, 1), (2, 2))


def line(number: int, **facts: Any) -> LineFacts:
    """Line 1 has one unit, line 2 has two."""
    values: dict[str, Any] = {
        "id": number,
        "remote_id": f"item{number}",
        "line_key": f"key{number}",
        "sku": f"SKU-{number}",
        "quantity": number,
        "fulfilled": 0,
    }
    return LineFacts(**(values | facts))


def lines(one: dict[str, Any] | None = None, two: dict[str, Any] | None = None) -> Any:
    """Both lines, with these facts changed."""
    return (line(1, **(one or {})), line(2, **(two or {})))


def market(**facts: Any) -> MarketFacts:
    """An open order, read a minute ago."""
    values: dict[str, Any] = {
        "status": "open",
        "raw_status": "UNSHIPPED",
        "not_ours": "",
        "ordered_at": ORDERED,
        "ship_by": SHIP_BY,
        "status_as_of": NOW - MINUTE,
        "cancel_as_of": NOW - MINUTE,
    }
    return MarketFacts(**(values | facts))


def snapshot(**facts: Any) -> Snapshot:
    """An imported order of a live store; ShipStation was read up to a minute ago."""
    values: dict[str, Any] = {
        "order_id": 1,
        "number": "203-1",
        "key_generation": 1,
        "imported_at": NOW - HOUR,
        "store_state": "live",
        "store_mode": "orchestrated",
        "market": market(),
        "lines": lines(),
        "payload_digest": DIGEST,
        "mirror_read_at": NOW - MINUTE,
    }
    return Snapshot(**(values | facts))


def record(
    ss_order_id: int = 501, status: str = "awaiting_shipment", **facts: Any
) -> Any:
    """A record that we made an hour ago and read a minute ago."""
    values: dict[str, Any] = {
        "id": ss_order_id + 1000,
        "ss_order_id": ss_order_id,
        "ours": True,
        "linked": True,
        "status": status,
        "as_of": NOW - MINUTE,
        "written_digest": DIGEST,
        "written_status": "awaiting_shipment",
        "written_at": NOW - HOUR,
        "modified_at": NOW - HOUR,
    }
    return RecordFacts(**(values | facts))


def primary(status: str = "awaiting_shipment", **facts: Any) -> RecordFacts:
    """Another order's record into which this order's was combined."""
    stranger = {"ours": False, "linked": False, "shared": True}
    return record(601, status, **(stranger | facts))


def absorbed(**facts: Any) -> RecordFacts:
    """This order's record after the combine."""
    return record(501, **({"absorbed_by": 601} | facts))


def label(number: int = 71, **facts: Any) -> ShipmentFacts:
    """A label for the whole order, bought half an hour ago."""
    values: dict[str, Any] = {
        "id": number,
        "ss_order_id": 501,
        "tracking": TRACKING if number == 71 else f"JD{number}",
        "carrier_code": "royal_mail",
        "service_code": "rm_tracked_24",
        "created_at": NOW - 30 * MINUTE,
        "ship_date": NOW.date(),
        "voided": False,
        "mapped": ROYAL_MAIL,
        "lines": ALL_LINES,
    }
    return ShipmentFacts(**(values | facts))


def dispatch(number: int = 1, rung: str = "due", **facts: Any) -> DispatchFacts:
    """The dispatch of label 71 at a rung; told ones were accepted ten minutes ago."""
    told = rung not in ("due", "refused", "sent", "withdrawn")
    values: dict[str, Any] = {
        "id": number,
        "shipment_id": 71,
        "package_ref": number,
        "rung": rung,
        "rung_at": NOW - 10 * MINUTE,
        "lines": ALL_LINES,
        "accepted_at": NOW - 10 * MINUTE if told else None,
        "sent_tracking": TRACKING if told else "",
    }
    return DispatchFacts(**(values | facts))


def package(tracking: str = TRACKING, reference: str = "1") -> PackageFacts:
    """A parcel as Amazon shows it."""
    return PackageFacts(reference=reference, carrier="Royal Mail", tracking=tracking)


def attempt(operation: str, target: str, outcome: str, **facts: Any) -> AttemptFacts:
    """A standing attempt, sent five minutes ago."""
    values: dict[str, Any] = {
        "id": 1,
        "operation": operation,
        "target": target,
        "digest": DIGEST,
        "outcome": outcome,
        "started_at": NOW - 5 * MINUTE,
    }
    return AttemptFacts(**(values | facts))


def says(verb: str, *cause: object, at: datetime = NOW - MINUTE) -> DecisionFacts:
    """A person's word on the cause that these parts name."""
    return DecisionFacts(verb=verb, cause=fingerprint(*cause), at=at)


def corrected(market: str = "then", at: datetime = NOW - MINUTE) -> CorrectionFacts:
    """A person's address 'ours', made from the marketplace's 'then'."""
    return CorrectionFacts(digest="ours", made_from="then", market=market, at=at)


def asked(*items: str, seq: int = 1) -> str:
    """The cause of a request to cancel these lines."""
    return fingerprint("asked", seq, *sorted(items))


def but(base: Snapshot, **facts: Any) -> Snapshot:
    """The snapshot with other facts; market facts by their own names."""
    own = {name: facts.pop(name) for name in list(facts) if hasattr(base, name)}
    changed = replace(base, **own)
    return replace(changed, market=replace(changed.market, **facts))


def works(verdict: Verdict) -> set[str]:
    """The wanted work as 'hold 501'."""
    return {f"{work.operation} {work.target}" for work in verdict.work}


def kinds(verdict: Verdict) -> set[str]:
    """The kinds of the wanted cases."""
    return {case.kind for case in verdict.cases}


POLICIES = {
    "ask": Policy(),
    "cancel": Policy(cancel_request="cancel"),
    "window": Policy(release_window=timedelta(hours=3)),
}
