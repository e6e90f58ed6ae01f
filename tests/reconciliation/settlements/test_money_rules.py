"""The rules of money over small worlds: each finds its own, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from orders.models import (
    Decision,
    Dispatch,
    DispatchLine,
    FollowUp,
    Order,
    OrderException,
    Rung,
    Shipment,
    Verb,
)
from orders.triage import resolve
from reconciliation.models import Finding, FindingState, LineKind, Settlement
from reconciliation.rules import RULES
from reconciliation.settlements import compare
from reconciliation.settlements.rules import MONEY_RULES
from shipsync_site.lib import clock
from stores.models import Store
from tests.orders.factories import (
    make_dispatch,
    make_line,
    make_order,
    make_shipment,
    make_store,
    make_user,
)
from tests.reconciliation.factories import make_settlement, paid

pytestmark = pytest.mark.django_db


class World:
    """One store's orders, parcels and settlements, written in days ago."""

    def __init__(self) -> None:
        self.store: Store = make_store()
        self.account = self.store.remote_account

    def order(self, ago: float = 20, **fields: Any) -> Order:
        """An order of one teapot at 21.49, long past its ship-by."""
        at = clock.now() - timedelta(days=ago)
        defaults: dict[str, Any] = {
            "ordered_at": at,
            "ship_by": at + timedelta(days=1),
            "remote_updated_at": at,
        }
        return make_order(store=self.store, buyer=False, **(defaults | fields))

    def leaves(self, order: Order, ago: float = 19, **fields: Any) -> Dispatch:
        """Its label was bought, and the marketplace told."""
        at = clock.now() - timedelta(days=ago)
        label = make_shipment(order, created_at=at, **fields.pop("label", {}))
        return make_dispatch(order, shipment=label, rung=Rung.READ_BACK, **fields)

    def shipped(self, ago: float = 20, **fields: Any) -> Order:
        """An order whose parcel left a day later."""
        order = self.order(ago, **fields)
        self.leaves(order, ago - 1)
        return order

    def settle(self, *lines: dict[str, Any], **fields: Any) -> Settlement:
        return make_settlement(self.account, list(lines), **fields)


Expected = dict[str, list[tuple[str, str]]]
Play = Callable[[World], Expected]


def day(ago: float) -> Any:
    return clock.now() - timedelta(days=ago)


def agrees(w: World) -> Expected:
    """Paid once, shipped once, fees and tax and a late refund after the parcel."""
    order = w.shipped()
    fee: dict[str, Any] = {"raw_kind": "ItemFees", "raw_description": "Commission"}
    w.settle(paid(order), paid(order, "-3.22", kind=LineKind.FEE, **fee))
    w.settle(
        paid(order, "-21.49", kind=LineKind.REFUND, posted_at=day(1), raw_type="Refund")
    )
    return {}


def not_dispatched(w: World) -> Expected:
    order = w.order()
    w.settle(paid(order))
    return {"paid_not_dispatched": [(order.remote_id, "-21.49")]}


def not_dispatched_before_its_ship_by(w: World) -> Expected:
    order = w.order(1, ship_by=clock.now() + timedelta(hours=5))
    w.settle(paid(order))
    return {}


def only_a_void_label(w: World) -> Expected:
    order = w.order()
    w.leaves(order, label={"voided": True, "voided_at": day(18)})
    w.settle(paid(order))
    return {"paid_not_dispatched": [(order.remote_id, "-21.49")]}


def relabelled(w: World) -> Expected:
    """Void, withdrawn, superseded by one that stands: one parcel, counted once."""
    order = w.order()
    first = w.leaves(order, label={"voided": True, "voided_at": day(18)})
    first.rung = Rung.WITHDRAWN
    first.save()
    w.leaves(order, 17, supersedes=first, package_ref=1)
    w.settle(paid(order))
    return {}


def superseded_though_it_stands(w: World) -> Expected:
    order = w.order()
    first = w.leaves(order)
    w.leaves(order, 17, supersedes=first)
    w.settle(paid(order))
    return {}


def half_of_it_left(w: World) -> Expected:
    order = w.order(lines=[{"sku": "POT", "quantity": 2}])
    dispatch = w.leaves(order)
    DispatchLine.objects.filter(dispatch=dispatch).update(quantity=1)
    w.settle(paid(order))
    return {"paid_not_dispatched": [(order.remote_id, "-21.49")]}


def combined(w: World) -> Expected:
    """One parcel of two orders: each has left once."""
    one, two = w.order(), w.order()
    parcel = w.leaves(one).shipment
    make_dispatch(two, shipment=parcel, rung=Rung.READ_BACK)
    w.settle(paid(one), paid(two))
    return {}


def elsewhere(w: World) -> Expected:
    """Marketplace's own parcels, and those that another told of: not ours to know."""
    theirs = w.order(not_ours="fulfilled_by_marketplace")
    told = w.order(status="shipped", stage="done", closed_at=day(15))
    w.settle(
        paid(theirs, fulfilled_by_marketplace=True),
        paid(told),
        paid(told, "-21.49", kind=LineKind.REFUND, posted_at=day(16)),
    )
    return {}


def not_paid(w: World) -> Expected:
    order, young = w.shipped(50), w.shipped(12)
    w.settle(paid(w.shipped(50)), ago=70)
    w.settle(paid(w.shipped(20)))
    assert young.pk
    return {"dispatched_not_paid": [(order.remote_id, "24.99")]}


def shipped_before_the_first_settlement(w: World) -> Expected:
    w.shipped(50)
    w.settle(paid(w.shipped(14)))
    return {}


def refunded_before_the_label(w: World) -> Expected:
    order = w.shipped(20)
    w.settle(
        paid(order, posted_at=day(20)),
        paid(order, "-21.49", kind=LineKind.REFUND, posted_at=day(19.5)),
    )
    return {"refunded_but_shipped": [(order.remote_id, "-21.49")]}


def refunded_and_back(w: World) -> Expected:
    order = w.shipped(20, status="cancelled")
    w.settle(
        paid(order), paid(order, "-21.49", kind=LineKind.REFUND, posted_at=day(10))
    )
    FollowUp.objects.create(
        order=order,
        kind="return",
        cause="c",
        whose="carrier",
        state="done",
        created_at=day(9),
    )
    return {}


def cancelled_and_kept(w: World) -> Expected:
    order = w.order(40, status="cancelled", stage="cancelled", closed_at=day(30))
    w.settle(paid(order), ago=25)
    w.settle(paid(w.shipped()))
    return {"refund_owed": [(order.remote_id, "-21.49")]}


def cancelled_yesterday(w: World) -> Expected:
    order = w.order(20, status="cancelled", stage="cancelled", closed_at=day(1))
    w.settle(paid(order))
    return {}


def told_to_cancel(w: World) -> Expected:
    order = w.order(40)
    Decision.objects.create(
        order=order, verb=Verb.CANCEL_MARKET, cause="c", reason="asked", details={},
        by_name="x", at=day(30),
    )  # fmt: skip
    w.settle(paid(order))
    return {"refund_owed": [(order.remote_id, "-21.49")]}


def one_unit_cancelled(w: World) -> Expected:
    order = w.order(40, lines=[{"sku": "POT", "quantity": 3, "quantity_cancelled": 1}])
    dispatch = w.leaves(order)
    DispatchLine.objects.filter(dispatch=dispatch).update(quantity=3)
    w.settle(paid(order, "64.47", quantity=3))
    return {"refund_owed": [(order.remote_id, "-21.49")]}


def twice_in_two(w: World) -> Expected:
    order = w.shipped()
    w.settle(paid(order), ago=16)
    w.settle(paid(order))
    return {"paid_twice": [(order.remote_id, "-21.49")]}


def twice_in_one_without_units(w: World) -> Expected:
    order = w.shipped()
    w.settle(paid(order, quantity=None), paid(order, quantity=None))
    return {"paid_twice": [(order.remote_id, "-21.49")]}


def two_parcels_paid_one_by_one(w: World) -> Expected:
    order = w.shipped(lines=[{"sku": "POT", "quantity": 2}])
    w.settle(paid(order, "21.49", quantity=1), ago=16)
    w.settle(paid(order, "21.49", quantity=1))
    return {}


def booked_again_and_back(w: World) -> Expected:
    order = w.shipped()
    w.settle(paid(order), ago=16)
    w.settle(paid(order), paid(order, "-21.49", quantity=1))
    return {}


def two_labels_stand(w: World) -> Expected:
    order = w.shipped()
    w.leaves(order, 18)
    w.settle(paid(order))
    return {"dispatch_counted_twice": [(order.remote_id, "-21.49")]}


def label_charged_again(w: World) -> Expected:
    order = w.shipped()
    w.settle(
        paid(order),
        paid(order, "-3.10", kind=LineKind.LABEL),
        paid(order, "-3.10", kind=LineKind.LABEL),
    )
    return {"dispatch_counted_twice": [(order.remote_id, "3.10")]}


def void_without_credit(w: World) -> Expected:
    order = w.order(60)
    w.leaves(order, 59, label={"voided": True, "voided_at": day(58)}, package_ref=9)
    w.leaves(order, 57)
    label = paid(order, "-3.10", kind=LineKind.LABEL)
    w.settle(paid(order), label, label)
    return {"void_credit_missing": [(order.remote_id, "3.10")]}


def void_with_credit(w: World) -> Expected:
    order = w.order(60)
    w.leaves(order, 59, label={"voided": True, "voided_at": day(58)}, package_ref=9)
    w.leaves(order, 57)
    label = paid(order, "-3.10", kind=LineKind.LABEL)
    w.settle(paid(order), label, label)
    w.settle(paid(order, "3.10", kind=LineKind.LABEL_CREDIT))
    return {}


def dearer_than_usual(w: World) -> Expected:
    fee: dict[str, Any] = {"kind": LineKind.FEE, "raw_description": "Commission"}
    rows = []
    for number in range(7):
        order = w.order(20, lines=[{"sku": "POT", "unit_price": Decimal("20.00")}])
        w.leaves(order)
        rows += [paid(order), paid(order, "-6.00" if number == 4 else "-3.00", **fee)]
        dear = order.remote_id if number == 4 else ""
        w.dear = dear or getattr(w, "dear", "")  # type: ignore[attr-defined]
    w.settle(*rows)
    return {"fee_above_usual": [(w.dear, "3.00")]}  # type: ignore[attr-defined]


def unknown_words(w: World) -> Expected:
    other = {"kind": LineKind.OTHER, "raw_type": "Other", "raw_kind": "Moon levy"}
    loose = {"rung": "no_order"} | other
    w.settle({"amount": "-1.25"} | loose, {"amount": "-0.75"} | loose)
    return {"fee_unknown": [("Other / Moon levy", "-2.00")]}


def penalty(w: World) -> Expected:
    order = w.shipped()
    late: dict[str, Any] = {"kind": LineKind.PENALTY, "raw_description": "LATE"}
    w.settle(paid(order), paid(order, "-4.00", **late))
    return {"penalty_charged": [(order.remote_id, "-4.00")]}


def penalty_booked_back(w: World) -> Expected:
    order = w.shipped()
    late: dict[str, Any] = {"kind": LineKind.PENALTY, "raw_description": "LATE"}
    w.settle(paid(order), paid(order, "-4.00", **late), ago=16)
    w.settle(paid(order, "4.00", **late))
    return {}


def reserve(amount: str) -> dict[str, Any]:
    return {"kind": LineKind.RESERVE, "amount": amount, "rung": "no_order"}


def reserves_net(w: World) -> Expected:
    w.settle(reserve("50.00"), reserve("-80.00"), ago=30)
    w.settle(reserve("80.00"), reserve("-20.00"), ago=16)
    w.settle(reserve("20.00"))
    return {}


def reserve_drifts(w: World) -> Expected:
    w.settle(reserve("-80.00"), ago=30)
    short = w.settle(reserve("70.00"), reserve("-20.00"), ago=16)
    w.settle(reserve("20.00"))
    return {"reserve_drift": [(short.remote_id, "10.00")]}


def a_penny_is_left(w: World) -> Expected:
    order = w.shipped()
    row = w.settle(paid(order), total="21.50")
    return {"settlement_remainder": [(row.remote_id, "0.01")]}


def nobody_knows_it(w: World) -> Expected:
    row = w.settle({"kind": LineKind.SALE, "amount": "9.00", "order_ref": "203-9"})
    return {"settlement_unmatched": [(row.remote_id, "9.00")]}


PLAYS: tuple[Play, ...] = (
    agrees, not_dispatched, not_dispatched_before_its_ship_by, only_a_void_label,
    relabelled, superseded_though_it_stands, half_of_it_left, combined, elsewhere,
    not_paid, shipped_before_the_first_settlement, refunded_before_the_label,
    refunded_and_back, cancelled_and_kept, cancelled_yesterday, told_to_cancel,
    one_unit_cancelled, twice_in_two, twice_in_one_without_units,
    two_parcels_paid_one_by_one, booked_again_and_back, two_labels_stand,
    label_charged_again, void_without_credit, void_with_credit, dearer_than_usual,
    unknown_words, penalty, penalty_booked_back, reserves_net, reserve_drifts,
    a_penny_is_left, nobody_knows_it,
)  # fmt: skip


@pytest.mark.parametrize("play", PLAYS, ids=lambda play: play.__name__)
def test_what_a_world_shows(play: Play) -> None:
    world = World()
    expected = play(world)
    compare.compare_account(world.account)
    found: dict[str, list[tuple[str, str]]] = {}
    for row in Finding.objects.order_by("rule", "remote_id"):
        assert row.currency == "GBP"
        assert row.store == world.store
        found.setdefault(row.rule, []).append((row.remote_id, str(row.amount)))
        assert row.settlement_id or row.rule == "dispatched_not_paid"
    assert found == expected
    cases = OrderException.objects.filter(state="open").values_list("kind", flat=True)
    assert set(cases) == {f"money_{rule}" for rule in expected}


def test_every_rule_is_described_found_and_played() -> None:
    described = {rule.code for rule in RULES if rule.family == "money"}
    assert described == {rule.code for rule in MONEY_RULES}
    played: set[str] = set()
    for play in PLAYS:
        played |= set(play(World()))
    assert played == described


def test_later_settlements_close_what_they_bring() -> None:
    world = World()
    late = world.shipped(50)
    owed = world.order(50, status="cancelled", stage="cancelled", closed_at=day(40))
    twice = world.shipped(30)
    world.settle(paid(twice), ago=60)
    row = world.settle(paid(owed), paid(twice), ago=2)
    compare.compare(row)
    open_now = Finding.objects.filter(state=FindingState.OPEN)
    assert set(open_now.values_list("rule", flat=True)) == {
        "dispatched_not_paid",
        "refund_owed",
        "paid_twice",
    }
    assert compare.due().count() == 0

    world.settle(
        paid(late),
        paid(owed, "-21.49", kind=LineKind.REFUND),
        paid(twice, "-21.49", quantity=1),
        ago=0,
    )
    assert compare.run_one()
    assert not compare.run_one()
    assert open_now.count() == 0
    assert not OrderException.objects.filter(state="open").exists()


def test_what_is_compared_takes_as_many_queries_for_ten_orders_as_for_one(
    django_assert_max_num_queries: Any,
) -> None:
    world = World()
    world.settle(*(paid(world.shipped()) for _ in range(10)))
    assert Shipment.objects.count() == 10
    extra = make_line(world.shipped(), quantity=1)
    assert extra.pk
    with django_assert_max_num_queries(160):
        compare.compare_account(world.account)


def test_a_case_that_is_seen_to_comes_back_while_its_finding_is_open() -> None:
    world = World()
    twice_in_two(world)
    compare.compare_account(world.account)
    case = OrderException.objects.get(kind="money_paid_twice")
    resolve(
        case,
        "handled",
        make_user(group="finance"),
        "Asked the marketplace",
        case.version,
    )
    case.refresh_from_db()
    assert case.state == "resolved"
    compare.compare_account(world.account)
    case.refresh_from_db()
    assert case.state == "open"
    assert Finding.objects.get().case == case
