"""Where a store forbids combined parcels: stopped as soon as the combine is seen.

No interface can prevent a combine (ShipStation has no such setting, and tells of it in
mergedIds of the primary alone). So the promise is: seen with the next read of what
changed in ShipStation, held there, and nothing confirmed until it is taken apart or a
lead lets it go.
"""

from __future__ import annotations

from orders.deciding import OPEN_STATUSES, Deciding
from orders.facts import Operation, Priority, RecordFacts, ShipmentFacts, fingerprint

KIND = "combined_forbidden"


def stop_combined(d: Deciding) -> list[RecordFacts]:
    """Hold what may still be packed together; returns the records that are stopped."""
    stopped = [part for part in d.rest if _forbidden(d, part)]
    for part in stopped:
        d.stage = "held"
        d.why = "Combined with other orders, which this store forbids: held"
        if part.status in OPEN_STATUSES and d.s.runs:
            d.write(Operation.HOLD, part, Priority.STOP)
        elif part.status == "on_hold":
            d.renew_hold(part)
        d.case(
            KIND,
            _cause(part.ss_order_id),
            "Combined with other orders, which this store forbids: take it apart",
            deadline=d.s.market.ship_by,
            primary=part.ss_order_id,
        )
    return stopped


def combined_may_be_told(d: Deciding, shipment: ShipmentFacts) -> bool:
    """Whether the store's rule lets a combined parcel be confirmed; else a case."""
    if d.p.combined != "forbid" or _let_go(d, shipment.ss_order_id, shipment.id):
        return True
    d.case(
        KIND,
        _cause(shipment.ss_order_id, shipment.id),
        "Labelled in one parcel with other orders, which this store forbids",
        deadline=d.s.market.ship_by,
        primary=shipment.ss_order_id,
        tracking=shipment.tracking,
    )
    return False


def _forbidden(d: Deciding, record: RecordFacts) -> bool:
    return (
        d.p.combined == "forbid"
        and d.combined(record)
        and not _let_go(d, record.ss_order_id)
    )


def _let_go(d: Deciding, ss_order_id: int, *label: int) -> bool:
    """Whether a lead let this parcel go, before its label or after it."""
    causes = [_cause(ss_order_id), *(_cause(ss_order_id, x) for x in label)]
    return d.s.decided(*causes) == "release"


def _cause(ss_order_id: int, *label: int) -> str:
    """One for all orders of the parcel, so that one look answers for all of them."""
    return fingerprint(KIND, ss_order_id, *label)
