"""Carriers nobody mapped: listed, mapped where they stand, and never told as another."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from orders.carriers import unmapped
from stores.models import CarrierMapping
from tests.orders.loop.conftest import MakeWorld
from tests.orders.loop.world import World, staff


def lead() -> Client:
    client = Client()
    client.force_login(staff())
    return client


def test_a_carrier_that_nobody_mapped_is_never_told_under_anothers_name(
    world: World,
) -> None:
    # Each of these could be taken for a mapped one.
    names = ("dpd_local", "DPD UK", "royal", "", "other", "ups_mail_innovations")
    ids = world.live(len(names))
    for remote_id, name in zip(ids, names, strict=True):
        world.sandbox.ship([world.record(remote_id)["orderKey"]], carrier=name or "x")
    world.later()
    world.later(1000)

    assert world.ledger("amazon", "confirm") == []
    for remote_id in ids:
        assert "carrier_unmapped" in world.cases(remote_id)


def test_mapping_it_lets_every_waiting_confirmation_go(world: World) -> None:
    ids = world.live(3)
    keys = [world.record(x)["orderKey"] for x in ids]
    for number, key in enumerate(keys[:2]):
        tracking = f"H01HYA001234567{number}"
        world.sandbox.ship([key], carrier="snail_mail", tracking=tracking)
    world.later(60)
    world.sandbox.ship(keys[2:], carrier="pigeon")
    world.later()
    page = lead().get(reverse("orders:carriers_unmapped"))
    seen = [(row.carrier, row.parcels, row.waiting) for row, *_ in page.context["rows"]]
    assert seen == [("pigeon", 1, 1), ("snail_mail", 2, 2)]
    (newest,) = [row for row in unmapped(world.uk) if row.carrier == "pigeon"]
    assert newest.number == ids[2]
    assert unmapped(world.de) == []

    form = {
        "marketplace": "amazon",
        "store": world.uk.pk,
        "shipstation_carrier": "snail_mail",
        "carrier_code": "Hermes UK",
    }
    client = Client()
    client.force_login(staff("noa"))
    url = reverse("stores:carrier_create")
    asked = client.post(url, form).content.decode()
    assert "2 parcels that wait now will be confirmed" in asked
    assert client.post(url, {**form, "agreed": "Hermes UK"}).status_code == 302
    world.step()

    told = {x: world.confirms(x) for x in ids}
    assert [row["carrierCode"] for x in ids[:2] for row in told[x]] == ["Hermes UK"] * 2
    assert told[ids[2]] == []
    assert [row.carrier for row in unmapped()] == ["pigeon"]
    assert "carrier_unmapped" not in world.cases(ids[0])


def test_a_stores_own_mapping_goes_before_that_of_every_store(
    make_world: MakeWorld,
) -> None:
    world = make_world()
    (first,) = world.live(1)
    CarrierMapping.objects.create(
        marketplace="amazon", shipstation_carrier="snail_mail", carrier_code="Yodel"
    )
    CarrierMapping.objects.create(
        marketplace="amazon",
        store=world.uk,
        shipstation_carrier="snail_mail",
        carrier_code="Hermes UK",
    )
    world.sandbox.ship(carrier="snail_mail", tracking="H01HYA0012345678")
    world.later()

    assert [row["carrierCode"] for row in world.confirms(first)] == ["Hermes UK"]
