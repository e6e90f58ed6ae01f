"""One order, then many, the whole way: the peers' ledgers are the witness."""

from __future__ import annotations

from typing import Any

from orders.ingest_merge import order_key
from orders.models import (
    Dispatch,
    Order,
    OrderLine,
    Rung,
    ShipStationOrder,
    SyncAttempt,
)
from orders.reconsider import reconsider
from stores.models import Store
from tests.orders.loop.world import World


def key_of(world: World, remote_id: str, store: Store | None = None) -> str:
    return order_key(store or world.uk, remote_id)


def test_an_order_goes_the_whole_way(world: World) -> None:
    (remote_id,) = world.place()
    world.step()
    (parcel,) = world.sandbox.ship(carrier="dpd")
    world.later()
    world.later(1000)

    creates = world.ledger("shipstation", "create", "update")
    assert [row["key"] for row in creates] == [key_of(world, remote_id)]
    (label,) = world.ledger("shipstation", "label")
    (confirm,) = world.confirms(remote_id)
    assert confirm["carrierCode"] == "DPD"
    assert confirm["trackingNumber"] == parcel["trackingNumber"]
    lines = {x.remote_id: x.quantity for x in OrderLine.objects.all()}
    assert confirm["items"] == lines
    assert sum(label["lines"].values()) == sum(lines.values())
    order = world.order(remote_id)
    assert (order.stage, world.cases()) == ("done", set())
    assert Dispatch.objects.get().rung == Rung.READ_BACK
    assert world.market(remote_id)["status"] == "SHIPPED"


def test_a_settled_world_makes_no_more_writes(world: World) -> None:
    world.live(3)
    world.sandbox.ship()
    world.later()
    world.later(1000)
    before = world.sandbox.ledger()[-1]["sequence"]
    world.later()
    world.later(4000)
    assert [
        row
        for row in world.sandbox.ledger()
        if row["sequence"] > before and row["operation"] != "token"
    ] == []


def test_a_push_whose_answer_is_lost_is_found_or_repeated_as_the_equal_upsert(
    world: World,
) -> None:
    world.sandbox.config(shipstation={"index_lag": 240})
    ids = world.place(4)
    world.step("pull", "mirror")
    world.sandbox.faults(
        "shipstation", "lost_answer", count=1, operation="createorders"
    )
    world.step("push")
    assert len(world.ledger("shipstation", "create")) == 4
    assert ShipStationOrder.objects.count() == 0

    world.later()

    writes = world.by_key("shipstation", "create", "update", "equal_update")
    assert set(writes) == {key_of(world, remote_id) for remote_id in ids}
    for rows in writes.values():
        assert [row["operation"] for row in rows] == ["create", "equal_update"]
        assert len({row["body_digest"] for row in rows}) == 1
    assert len(world.sandbox.orders_view("shipstation")) == 4
    assert {world.order(remote_id).stage for remote_id in ids} == {"in_shipstation"}


def test_250_orders_go_in_three_calls_and_each_row_is_its_own(world: World) -> None:
    ids = world.place(250)
    world.step("pull", "mirror")
    world.step("push")

    assert world.calls("createorders") == 3
    created = world.by_key("shipstation", "create")
    assert set(created) == {key_of(world, remote_id) for remote_id in ids}
    assert all(len(rows) == 1 for rows in created.values())
    ours = {
        record.order_key: record.ss_order_id
        for record in ShipStationOrder.objects.select_related("order")
        if record.order is not None and record.order.order_key == record.order_key
    }
    assert ours == {key: rows[0]["orderId"] for key, rows in created.items()}
    assert SyncAttempt.objects.filter(outcome="ok").count() == 250


def test_one_account_serves_stores_of_two_marketplaces(world: World) -> None:
    (british,) = world.place(marketplace="UK")
    (german,) = world.place(marketplace="DE", seed=7)
    world.step()

    assert world.calls("searchOrders") == 1
    assert world.order(british).store == world.uk
    assert world.order(german).store == world.de
    assert set(world.by_key("shipstation", "create")) == {
        key_of(world, british),
        key_of(world, german, world.de),
    }


def test_a_page_is_stored_and_decided_in_a_constant_number_of_queries(
    world: World, django_assert_max_num_queries: Any
) -> None:

    world.place(60)
    world.step("pull", "mirror")
    ids = list(Order.objects.values_list("pk", flat=True))
    with django_assert_max_num_queries(26):
        reconsider(ids)
