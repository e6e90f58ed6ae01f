"""Where a tax number goes: only the store's rules change, and the peers' record does."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from orders.models import Order, ShipStationOrder
from stores.models import EligibleCarrier, ExchangeRate, OperatingModel, TaxRule
from stores.rules_changed import announce
from tests.orders.loop.conftest import MakeWorld
from tests.orders.loop.world import World

NUMBER = "IM4420001201"
TAG = 504


def abroad(world: World, **options: Any) -> str:
    """A small order to France, under Amazon's IOSS."""
    wish: dict[str, Any] = {"country": "FR", "ioss": True, "sku": "MUG-BLUE"}
    wish |= {"lines": 1, "quantity": 1, **options}
    (remote_id,) = world.place(marketplace="UK", **wish)
    return remote_id


def sent(world: World, remote_id: str) -> dict[str, Any]:
    world.step()
    world.later()
    world.later()
    return world.body(remote_id)


@pytest.mark.parametrize(
    ("rules", "shown"),
    [
        ({}, ("customField1", [])),
        ({"tax_route": "custom_field_1"}, ("customField1", [])),
        ({"tax_route": "custom_field_2"}, ("customField2", [])),
        ({"tax_route": "custom_field_3"}, ("customField3", [])),
        ({"tax_route": "tag", "tax_tag_id": TAG}, (None, [TAG])),
        ({"tax_route": "none"}, (None, [])),
        ({"tax_route": "v2"}, (None, [])),
    ],
    ids=lambda value: value.get("tax_route", "default") if "get" in dir(value) else "",
)
def test_only_the_way_of_the_number_differs(
    make_world: MakeWorld, rules: dict[str, Any], shown: tuple[str | None, list[int]]
) -> None:
    world = make_world(**rules)
    world.shipstation.secrets |= {"api_key_v2": "v2-demo-key"}
    world.shipstation.save()
    remote_id = abroad(world)
    field, tags = shown

    body = sent(world, remote_id)

    fields = {
        name: body["advancedOptions"][name]
        for name in ("customField1", "customField2", "customField3")
        if body["advancedOptions"][name]
    }
    assert fields == ({field: f"IOSS={NUMBER}"} if field else {})
    assert (body["tagIds"] or []) == tags
    identifiers = world.ledger("shipstation", "tax_identifiers")
    assert len(identifiers) == (1 if rules.get("tax_route") == "v2" else 0)
    assert body["orderStatus"] == "awaiting_shipment"
    # On the first create, or ShipStation's rules would not see it.
    assert len(world.by_key("shipstation", "create")) == 1
    assert world.cases(remote_id) == set()


@pytest.fixture
def newer(make_world: MakeWorld) -> World:
    world = make_world(tax_route="v2")
    world.shipstation.secrets |= {"api_key_v2": "v2-demo-key"}
    world.shipstation.save()
    return world


def test_the_newer_way_holds_until_the_number_is_read_back(newer: World) -> None:
    remote_id = abroad(newer)
    sent(newer, remote_id)

    (put,) = newer.ledger("shipstation", "tax_identifiers")
    assert put["status"] == "on_hold"
    assert put["identifiers"] == [
        {
            "taxable_entity_type": "shipper",
            "identifier_type": "ioss",
            "issuing_authority": "LU",
            "value": NUMBER,
        }
    ]
    record = ShipStationOrder.objects.get()
    assert (record.tax_number, record.status) == (NUMBER, "awaiting_shipment")
    assert newer.order(remote_id).stage == "in_shipstation"


def test_an_order_without_a_number_is_not_held(newer: World) -> None:
    (remote_id,) = newer.place()
    body = sent(newer, remote_id)

    assert body["orderStatus"] == "awaiting_shipment"
    assert newer.ledger("shipstation", "tax_identifiers", "update") == []


def test_what_a_write_of_ours_wiped_is_put_again(newer: World) -> None:
    newer.sandbox.config(shipstation={"v1_drops_tax": True})
    remote_id = abroad(newer)
    sent(newer, remote_id)
    newer.settle()

    puts = newer.ledger("shipstation", "tax_identifiers")
    assert [row["status"] for row in puts] == ["on_hold", "awaiting_shipment"]
    assert ShipStationOrder.objects.get().tax_number == NUMBER


def test_a_number_that_is_not_kept_leaves_it_held_and_asked(newer: World) -> None:
    newer.sandbox.config(shipstation={"v2_takes_tax": False})
    remote_id = abroad(newer)
    body = sent(newer, remote_id)
    puts = newer.calls("v2_put_shipment")
    newer.settle()

    assert body["orderStatus"] == "on_hold"
    assert newer.cases(remote_id) == {"tax_not_written"}
    assert newer.calls("v2_put_shipment") == puts == 1

    newer.decide("tax_not_written", remote_id, "release")
    newer.later()
    assert newer.body(remote_id)["orderStatus"] == "awaiting_shipment"
    assert newer.cases(remote_id) == set()


def test_a_lost_answer_is_looked_up_and_the_number_is_there_once(newer: World) -> None:
    remote_id = abroad(newer)
    newer.step("pull", "mirror")
    newer.sandbox.faults("shipstation", "lost_answer", count=1, operation="v2_put")
    sent(newer, remote_id)
    newer.later()

    assert len(newer.ledger("shipstation", "tax_identifiers")) >= 1
    assert newer.body(remote_id)["orderStatus"] == "awaiting_shipment"
    assert ShipStationOrder.objects.get().tax_number == NUMBER


def test_without_a_key_the_order_waits_and_the_account_goes_on(
    make_world: MakeWorld,
) -> None:
    world = make_world(tax_route="v2")
    remote_id, (domestic,) = abroad(world), world.place()
    body = sent(world, remote_id)

    assert body["orderStatus"] == "on_hold"
    assert "no API key of v2" in world.case("tax_not_written", remote_id).summary
    assert world.body(domestic)["orderStatus"] == "awaiting_shipment"
    world.shipstation.secrets |= {"api_key_v2": "v2-demo-key"}
    world.shipstation.save()
    world.decide("tax_not_written", remote_id, "retry")
    world.later()
    assert world.body(remote_id)["orderStatus"] == "awaiting_shipment"


def test_an_expected_number_that_is_absent_holds_until_a_person_releases_it(
    world: World,
) -> None:
    remote_id = abroad(world, ioss="empty")
    world.step()
    assert world.records(remote_id) == []
    case = world.case("tax_number_missing", remote_id)
    assert "the Amazon connector reads" in case.summary
    assert case.context["looked_at"]

    world.decide("tax_number_missing", remote_id, "release")
    world.later()

    assert not world.body(remote_id)["advancedOptions"]["customField1"]
    assert world.cases(remote_id) == set()


def test_a_rule_made_later_sends_what_waited(world: World) -> None:
    remote_id = abroad(world, ioss="empty")
    world.step()
    assert world.cases(remote_id) == {"tax_number_missing"}

    TaxRule.objects.create(
        store=world.uk, scheme="IOSS", source="constant", number="IM2760000123"
    )
    announce([world.uk.pk])
    world.later()

    field = world.body(remote_id)["advancedOptions"]["customField1"]
    assert field == "IOSS=IM2760000123"
    assert world.order(remote_id).tax["source"] == "the number of the rule"
    assert world.cases(remote_id) == set()


def test_a_rate_added_later_sends_what_waited(world: World) -> None:
    ExchangeRate.objects.all().delete()
    remote_id = abroad(world)
    world.step()
    assert world.cases(remote_id) == {"tax_value_unknown"}

    ExchangeRate.objects.create(
        currency="GBP", valid_from=date(2020, 1, 1), per_euro=Decimal("0.87")
    )
    announce([world.uk.pk])
    world.later()

    assert world.body(remote_id)["advancedOptions"]["customField1"]


def test_the_list_of_carriers_decides_whether_a_parcel_is_told(world: World) -> None:
    EligibleCarrier.objects.all().delete()
    remote_id = abroad(world)
    world.step()
    world.later()
    world.sandbox.ship(carrier="dpd")
    world.later()
    assert world.cases(remote_id) == {"carrier_not_eligible"}
    assert world.confirms(remote_id) == []

    EligibleCarrier.objects.create(
        marketplace="amazon", destination="EU", carrier_code="DPD"
    )
    announce([world.uk.pk])
    world.later()

    assert len(world.confirms(remote_id)) == 1
    assert world.cases(remote_id) == set()


@pytest.mark.parametrize("limit_holds", [True, False])
def test_two_orders_under_ioss_in_one_parcel(
    make_world: MakeWorld, limit_holds: bool
) -> None:
    world = make_world(combined="confirm_each")
    ids = [abroad(world, same_buyer=True, seed=seed) for seed in (1, 2)]
    world.step()
    world.later()
    rows = Order.objects.filter(remote_id__in=ids)
    assert all(row.tax["value_eur"] for row in rows)
    if limit_holds:
        for row in rows:
            row.tax |= {"value_eur": "90.00"}
            row.save()
    keys = [world.order(remote_id).order_key for remote_id in ids]
    world.sandbox.ship(order_keys=keys, carrier="dpd", combine=True)
    world.later()
    world.later()

    told = [remote_id for remote_id in ids if world.confirms(remote_id)]
    assert told == ([] if limit_holds else ids)
    asked = {"combined_above_limit"} if limit_holds else set()
    assert {kind for x in ids for kind in world.cases(x)} == asked
    if limit_holds:
        world.decide("combined_above_limit", ids[0], "confirm")
        world.later()
        assert world.confirms(ids[0])
        assert not world.confirms(ids[1])


def test_the_operating_model_in_force_is_the_latest(world: World) -> None:
    OperatingModel.objects.create(store=world.uk, version=2, tax_route="none")
    remote_id = abroad(world)

    assert not sent(world, remote_id)["advancedOptions"]["customField1"]
