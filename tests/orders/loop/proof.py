"""What must hold of any world once the weather is fine again: from the ledgers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from orders.models import CaseState, OrderException
from tests.orders.loop.world import World

CODES = {
    "royal_mail": "Royal Mail",
    "rm_cnd_walleted": "Royal Mail",
    "dpd": "DPD",
    "hermes": "Hermes UK",
}


def prove(world: World, ids: Iterable[str], cancelled: Iterable[str] = ()) -> None:
    """One ShipStation order per order, one confirmation per label, cancels stopped."""
    records = defaultdict(list)
    for row in world.sandbox.orders_view("shipstation"):
        records[row["orderNumber"]].append(row)
    doubled = {number: rows for number, rows in records.items() if len(rows) > 1}
    assert doubled == {}
    cancelled = set(cancelled)
    missing = set(ids) - cancelled - set(records)
    assert missing == set()
    _prove_confirmations(world)
    for remote_id in cancelled:
        held = {"on_hold", "cancelled"} >= {
            row["orderStatus"] for row in records[remote_id]
        }
        cased = OrderException.objects.filter(
            order__remote_id=remote_id, state=CaseState.OPEN
        ).exists()
        assert held or cased, (remote_id, records[remote_id])


def _prove_confirmations(world: World) -> None:
    labels = {
        row["tracking"]: (row["orderNumber"], row["carrier"])
        for row in world.ledger("shipstation", "label")
    }
    told: dict[str, list[str]] = defaultdict(list)
    for row in world.ledger("amazon", "confirm"):
        number, carrier = labels[row["trackingNumber"]]
        assert row["key"] == number
        assert row["carrierCode"] == CODES[carrier]
        told[row["trackingNumber"]].append(row["packageReferenceId"])
        if len(told[row["trackingNumber"]]) > 1:
            assert row["edit"], f"{row['key']} was confirmed twice"
    excused = set(
        OrderException.objects.filter(
            state=CaseState.OPEN, kind="cancelled_after_label"
        ).values_list("order__remote_id", flat=True)
    )
    untold = {
        number for tracking, (number, _c) in labels.items() if tracking not in told
    }
    assert untold <= excused
    assert all(len(set(references)) == 1 for references in told.values())
