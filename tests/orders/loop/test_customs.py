"""Customs data of products, as ShipStation has it afterwards."""

from __future__ import annotations

from django.db import transaction

from stores.models import OperatingModel, Product
from stores.rules_changed import announce
from tests.orders.loop.conftest import MakeWorld
from tests.orders.loop.world import World

ABROAD = {"sku": "CLOCK-WALL", "lines": 1, "country": "FR", "marketplace": "DE"}


def product(**fields: str) -> Product:
    known = {
        "customs_description": "Clock of wood",
        "hs_code": "91052100",
        "origin_country": "AT",
    }
    return Product.objects.create(sku="CLOCK-WALL", **(known | fields))


def customs(world: World, remote_id: str) -> list[dict[str, object]]:
    lines = world.body(remote_id)["internationalOptions"]["customsItems"]
    return [{k: v for k, v in x.items() if k != "customsItemId"} for x in lines]


def test_products_make_the_customs_lines(world: World) -> None:
    product()
    (remote_id,) = world.live(1, **ABROAD)
    line = world.order(remote_id).lines.get()
    assert customs(world, remote_id) == [
        {
            "description": "Clock of wood",
            "quantity": line.quantity,
            "value": float((line.unit_price or 0) * line.quantity),
            "harmonizedTariffCode": "91052100",
            "countryOfOrigin": "AT",
        }
    ]
    assert world.cases(remote_id) == set()
    assert world.cases() == set()


def test_incomplete_customs_data_goes_or_waits_as_the_store_has_it(
    make_world: MakeWorld,
) -> None:
    world = make_world(customs_check="warn")
    item = product(hs_code="")
    (goes,) = world.place(1, **ABROAD)
    world.settle(2)
    assert len(world.records(goes)) == 1

    OperatingModel.objects.create(store=world.de, version=2, customs_check="hold")
    (waits,) = world.place(1, seed=9, **ABROAD)
    world.settle(2)
    assert world.records(waits) == []
    assert world.cases(waits) == {"customs_incomplete"}

    with transaction.atomic():
        item.hs_code = "91052100"
        item.save()
        announce([world.de.pk], skus=[item.sku])
    world.forward(1)
    world.settle(2)
    assert len(world.records(waits)) == 1
    assert world.cases(waits) == set()


def test_overwritten_customs_lines_are_one_case_that_ends_by_itself(
    world: World,
) -> None:
    product()
    world.sandbox.config(shipstation={"customs_overwrite": True})
    world.live(3, **ABROAD)
    assert world.cases() == {"customs_overwritten"}

    world.sandbox.config(shipstation={"customs_overwrite": False})
    world.live(1, seed=7, **ABROAD)
    assert world.cases() == set()
