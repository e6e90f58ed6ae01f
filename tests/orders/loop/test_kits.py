"""Kits are packed as their components and confirmed as the marketplace sold them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction

from orders.models import LineComponent
from stores.models import Kit, KitComponent, OperatingModel, Product, SkuAlias
from stores.rules_changed import announce
from tests.orders.loop.conftest import MakeWorld
from tests.orders.loop.world import World

SKU = "KIT-TEA"


def tea_set(*, cups: int = 3) -> Kit:
    kit = Kit.objects.create(sku=SKU, title="Tea set")
    KitComponent.objects.create(kit=kit, sku="POT", quantity=1, position=0)
    KitComponent.objects.create(kit=kit, sku="CUP", quantity=cups, position=1)
    return kit


def sold(world: World, **options: Any) -> str:
    """One tea set in ShipStation, read back."""
    (remote_id,) = world.live(sku=SKU, lines=1, quantity=1, **options)
    return remote_id


def rows(world: World, remote_id: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for item in world.body(remote_id)["items"]:
        found[item["sku"]] = found.get(item["sku"], 0) + item["quantity"]
    return found


def test_a_kit_goes_as_its_components_to_the_penny(world: World) -> None:
    tea_set()
    Product.objects.create(sku="CUP", title="A cup", weight_grams=200)
    Product.objects.create(sku="POT", title="A pot", weight_grams=900)
    remote_id = sold(world)
    line = world.order(remote_id).lines.get()
    items = world.body(remote_id)["items"]

    assert rows(world, remote_id) == {"POT": line.quantity, "CUP": 3 * line.quantity}
    paid = sum(Decimal(str(x["unitPrice"])) * x["quantity"] for x in items)
    assert paid == (line.unit_price or 0) * line.quantity
    if line.tax is not None:
        taxed = sum(Decimal(str(x["taxAmount"] or 0)) for x in items)
        assert taxed == line.tax
    assert world.body(remote_id)["weight"]["value"] == 1500 * line.quantity


def test_one_component_is_a_part_and_the_rest_completes_the_kit(world: World) -> None:
    tea_set()
    remote_id = sold(world)
    order = world.order(remote_id)
    line = order.lines.get()
    pot = LineComponent.objects.get(line=line, sku="POT")
    cups = LineComponent.objects.filter(line=line, sku="CUP")
    # The pot leaves alone; the cups stay open in a part of their own.
    cup_lines = {x.key: x.quantity * line.quantity for x in cups}
    world.sandbox.manual(order_keys=[order.order_key], action="split", lines=cup_lines)
    world.later()
    pot_record = next(
        x
        for x in order.records.all()
        if any(row["line_key"] == pot.key for row in x.lines)
    )
    world.sandbox.post("ship", {"order_ids": [pot_record.ss_order_id]})
    for _ in range(3):
        world.later()

    assert world.confirms(remote_id) == []
    assert world.order(remote_id).stage == "in_shipstation"

    rest = next(x for x in order.records.all() if x.pk != pot_record.pk)
    left = world.sandbox.post("ship", {"order_ids": [rest.ss_order_id]})
    (parcel,) = left["shipped"]
    for _ in range(3):
        world.later()

    (confirm,) = world.confirms(remote_id)
    assert confirm["items"] == {line.remote_id: line.quantity}
    assert confirm["trackingNumber"] == parcel["trackingNumber"]
    assert world.order(remote_id).stage in ("confirmed", "done")
    assert world.cases(remote_id) == set()


def test_a_kit_that_changes_later_counts_for_later_orders(world: World) -> None:
    kit = tea_set()
    remote_id = sold(world)
    before = rows(world, remote_id)
    with transaction.atomic():
        kit.components.filter(sku="CUP").update(quantity=9)
        announce([world.uk.pk, world.de.pk], skus=[SKU])
    world.forward(1)
    world.settle(2)

    assert rows(world, remote_id) == before
    later = sold(world)
    quantity = world.order(later).lines.get().quantity
    assert rows(world, later)["CUP"] == 9 * quantity


def test_combined_kits_are_each_confirmed_by_their_own_lines(
    make_world: MakeWorld,
) -> None:
    world = make_world(combined="confirm_each")
    tea_set()
    ids = world.live(2, sku=SKU, lines=1, same_buyer=True)
    world.sandbox.ship([world.order(x).order_key for x in ids], combine=True)
    for _ in range(3):
        world.later()

    for remote_id in ids:
        (confirm,) = world.confirms(remote_id)
        line = world.order(remote_id).lines.get()
        assert confirm["items"] == {line.remote_id: line.quantity}


def test_an_unknown_sku_goes_or_waits_as_the_store_has_it(
    make_world: MakeWorld,
) -> None:
    world = make_world(unknown_sku="push")
    OperatingModel.objects.filter(store=world.de).update(unknown_sku="hold")
    (goes,) = world.place(sku="NOBODY-KNOWS", lines=1, marketplace="UK")
    (waits,) = world.place(sku="NOBODY-KNOWS", lines=1, marketplace="DE", seed=4)
    world.settle(2)

    assert len(world.records(goes)) == 1
    assert world.records(waits) == []
    assert world.cases(waits) == {"sku_unknown"}

    world.decide("sku_unknown", waits, "release")
    world.settle(2)
    assert len(world.records(waits)) == 1
    assert world.cases(waits) == set()


def test_an_approved_alias_lets_an_order_go_by_itself(make_world: MakeWorld) -> None:
    world = make_world(unknown_sku="hold")
    Product.objects.create(sku="POT", title="A pot")
    (remote_id,) = world.place(sku="POT-OLD", lines=1)
    world.settle(2)
    assert world.cases(remote_id) == {"sku_unknown"}

    with transaction.atomic():
        SkuAlias.objects.create(
            alias="POT-OLD", sku="POT", approved_at=world.order(remote_id).imported_at
        )
        announce([world.uk.pk], skus=["POT"])
    world.forward(1)
    world.settle(2)

    assert set(rows(world, remote_id)) == {"POT"}
    assert world.cases(remote_id) == set()
