"""How a kind of case is planted in the sandbox: an order, and what befalls it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from orders.bench_acts import report_short
from tests.orders.loop.world import World
from tests.scenarios.events import BENCH

Act = Callable[[World, list[str]], None]


@dataclass(frozen=True, kw_only=True)
class Plant:
    """``early``: before the push; ``acts``: one after the other, a look between them.

    ``pairs``: the orders come in twos of one buyer; ``several``: of several lines each. ``proof`` says of an order what the
    peers must show once the fix is applied.
    """

    proof: Callable[[World, str], bool]
    options: dict[str, Any] = field(default_factory=dict)
    early: Act | None = None
    acts: tuple[Act, ...] = ()
    pairs: bool = False
    several: bool = False


def _keys(world: World, ids: list[str]) -> list[str]:
    return [world.order(x).order_key for x in ids]


def _request(world: World, ids: list[str]) -> None:
    for remote_id in ids:
        world.sandbox.cancel("amazon", remote_id, "request")


def _withdraw(world: World, ids: list[str]) -> None:
    for remote_id in ids:
        world.sandbox.cancel("amazon", remote_id, "withdrawn")


def _cancel_here(world: World, ids: list[str]) -> None:
    for remote_id in ids:
        world.decide("cancel_requested", remote_id, "cancel")


def _cancel_line(world: World, ids: list[str]) -> None:
    for remote_id in ids:
        world.sandbox.cancel("amazon", remote_id, "line")


def _label(world: World, ids: list[str]) -> None:
    world.sandbox.ship(_keys(world, ids), carrier="royal_mail")


def _combine(world: World, ids: list[str]) -> None:
    for first, second in zip(ids[::2], ids[1::2], strict=True):
        world.sandbox.ship(_keys(world, [first, second]), combine=True)


def _by_hand(action: str, **options: Any) -> Act:
    def act(world: World, ids: list[str]) -> None:
        for key in _keys(world, ids):
            world.sandbox.manual(order_key=key, action=action, **options)

    return act


def _delete(world: World, ids: list[str]) -> None:
    """Seen as gone when something is to be written to it."""
    _by_hand("delete")(world, ids)
    for remote_id in ids:
        world.sandbox.address("amazon", remote_id, addressLine1="9 New Street")


def _type_in(world: World, ids: list[str]) -> None:
    for remote_id in ids:
        world.sandbox.manual(remote_id)


def _short(world: World, ids: list[str]) -> None:
    for remote_id in ids:
        order = world.order(remote_id)
        line = order.lines.first()
        assert line is not None
        report_short(order.pk, line.sku, 1, BENCH)


def _cancelled_there(world: World, remote_id: str) -> bool:
    return world.market(remote_id)["status"] == "CANCELLED"


def _told(world: World, remote_id: str) -> bool:
    return len(world.confirms(remote_id)) == 1


def _to_pack(world: World, remote_id: str) -> bool:
    """ShipStation has it once, open."""
    statuses = [row["orderStatus"] for row in world.records(remote_id)]
    return [x for x in statuses if x != "cancelled"] == ["awaiting_shipment"]


def _labelled(world: World, remote_id: str) -> bool:
    return [row["orderStatus"] for row in world.records(remote_id)] == ["shipped"]


PLANTS: dict[str, Plant] = {
    "already_in_shipstation": Plant(early=_type_in, proof=_to_pack),
    "answer_cancellation": Plant(acts=(_request, _cancel_here), proof=_cancelled_there),
    "cancel_requested": Plant(acts=(_request,), proof=_cancelled_there),
    "cancelled_in_shipstation": Plant(acts=(_by_hand("cancel"),), proof=_to_pack),
    "combined_parcel": Plant(acts=(_combine,), pairs=True, proof=_told),
    "deleted_in_shipstation": Plant(acts=(_delete,), proof=_to_pack),
    "line_cancelled_after_label": Plant(
        options={"lines": 9},
        several=True,
        acts=(_label, _cancel_line),
        proof=_labelled,
    ),
    "not_on_shelf": Plant(acts=(_short,), proof=_to_pack),
    "payload_warning": Plant(options={"variant": "long_note"}, proof=_to_pack),
    "reopened_after_cancel": Plant(
        acts=(_request, _cancel_here, _withdraw), proof=_to_pack
    ),
}
# Why the fix of a kind is not applied here: where it is, or what it would take.
ELSEWHERE = {
    "acceptance_due": "tests/orders/loop/test_mirakl.py: an operator that asks",
    "acceptance_refused": "needs an operator that refuses a yes and then takes it",
    "address_contradicted": "tests/orders/loop/test_address.py",
    "address_incomplete": "a page of its own: tests/orders/loop/test_address.py",
    "address_not_verified": "a page of its own: tests/orders/loop/test_address.py",
    "alert_undelivered": "of an address for alerts, not of an order: its own tests",
    "answer_not_honoured": "two hours of silence: tests/orders/decide/test_answers.py",
    "answer_refused": "tests/orders/loop/test_answers.py",
    "cancelled_after_label": "hands on to the bench: tests/orders/test_consequences.py",
    "confirm_not_honoured": "tests/orders/loop/test_parcels.py",
    "contract_broken": "tests/orders/loop/test_bad_input.py",
    "direct_ambiguous": "tests/orders/loop/test_direct.py",
    "direct_not_told": "tests/orders/loop/test_direct.py",
    "goods_to_stock": "done by people: tests/orders/test_consequences.py",
    "hold_refused": "needs a ShipStation that refuses a hold and then takes it",
    "intercept_parcel": "done at the bench: tests/orders/test_bench.py",
    "label_credit": "done by people: tests/orders/test_consequences.py",
    "label_to_void": "tests/orders/test_consequences.py",
    "left_behind": "tests/orders/loop/test_cutover.py",
    "order_unpushable": "its source is mended first: tests/orders/loop/test_bad_input.py",
    "order_without_lines": "needs a marketplace that brings the lines later",
    "refund_due": "done by people: tests/orders/test_consequences.py",
    "return_expected": "done by people: tests/orders/test_consequences.py",
    "sync_stuck": "tests/orders/loop/test_slow_process.py",
    "tax_not_written": "tests/orders/loop/test_tax.py",
    "unexpected_status": "needs a status that ShipStation does not document",
}
