from __future__ import annotations

import json
from typing import Any

import pytest

from stores.sandbox.core import ControlError
from stores.sandbox.mirakl.novelties import FIELD, VALUE
from stores.sandbox.mirakl.parts import iso
from stores.sandbox.mirakl.peer import MiraklPeer
from tests.sandbox.mirakl.driver import Driver, read

HOUR, DAY = 3600, 86_400


@pytest.mark.parametrize("key", ["", "wrong", "Bearer key-northgate-demo"])
def test_only_the_bare_key_is_taken(mirakl: Driver, key: str) -> None:
    mirakl.key = key

    answer = mirakl.call("GET", "account")

    assert answer.status_code == 401
    assert read(answer) == {"message": "Unauthorized", "status": 401}


def test_a_key_is_good_at_its_own_operator_only(mirakl: Driver) -> None:
    assert mirakl.get("account")["shop_id"] == 2001

    shop = mirakl.at("homeware")
    shop.key = mirakl.rules.key

    assert shop.call("GET", "account").status_code == 401


def test_a_user_of_two_shops_names_the_second(mirakl: Driver) -> None:
    shop = mirakl.at("homeware")
    first, second = shop.place_one(), shop.place_one(seed=1, shop_id=311)

    assert shop.found() == [first]
    assert shop.found(shop_id=311) == [second]
    assert shop.call("GET", f"orders/{second}").status_code == 404
    assert shop.call("GET", "account", shop_id=999).status_code == 403


def test_an_unknown_host_path_and_method_are_told_apart(mirakl: Driver) -> None:
    request = mirakl.requests.get("/")

    nobody = mirakl.peer.handle(request, "nobody/api/account")

    assert (nobody.status_code, nobody["Content-Type"]) == (404, "text/plain")
    assert mirakl.call("GET", "invoices").status_code == 404
    assert mirakl.call("POST", "orders").status_code == 405


def test_pages_are_cut_by_max_and_offset_in_order_of_creation(mirakl: Driver) -> None:
    placed = mirakl.place(30)

    first = mirakl.get("orders")
    second = mirakl.get("orders", offset=10, max=15)
    last = mirakl.get("orders", offset=25, max=15)

    pages = [[row["order_id"] for row in page["orders"]] for page in (first, second, last)]  # fmt: skip
    assert [len(page) for page in pages] == [10, 15, 5]
    assert {page["total_count"] for page in (first, second, last)} == {30}
    listed = [order_id for page in pages for order_id in page]
    assert sorted(listed) == sorted(placed)
    assert mirakl.found(order="desc") == listed[::-1]


def test_an_update_window_begins_a_delta_earlier(mirakl: Driver) -> None:
    order_id = mirakl.place_one()
    moment = mirakl.time.now.timestamp()

    def since(seconds: float) -> list[str]:
        text = _iso(moment + seconds)
        return mirakl.found(start_update_date=text)

    assert since(300) == [order_id]
    assert since(301) == []
    assert mirakl.found(end_update_date=_iso(moment - 1)) == []
    mirakl.peer.configure({"update_delta": 0})
    assert since(1) == []


def test_a_change_moves_an_order_into_the_window_again(mirakl: Driver) -> None:
    old, _ = mirakl.place(2)
    mirakl.later(days=1)
    mirakl.peer.cancel({"order_id": old, "how": "cancelled"})

    window = {"start_update_date": mirakl.time.now.isoformat()}

    assert mirakl.found(**window) == [old]
    assert mirakl.found(**window, order_state_codes="SHIPPING,SHIPPED") == []


def test_filters_name_state_debit_incident_reference_and_creation(
    mirakl: Driver,
) -> None:
    shop = mirakl.at("homeware")
    waiting = shop.place_one(seed=1)
    ready = shop.ready(seed=2, order_age=DAY)
    shop.peer.cancel({"order_id": ready, "how": "request", "via": "incident"})

    assert shop.found(order_state_codes="WAITING_ACCEPTANCE") == [waiting]
    assert shop.found(customer_debited="true") == [ready]
    assert shop.found(customer_debited="false") == [waiting]
    assert shop.found(has_incident="true") == [ready]
    reference = shop.order(ready)["references"]["order_reference_for_customer"]
    assert shop.found(order_references_for_customer=reference) == [ready]
    assert shop.found(start_date=_iso(shop.time.now.timestamp() - HOUR)) == [waiting]
    assert shop.found(payment_workflow="PAY_ON_SHIPMENT") == []
    assert len(shop.found(order_ids=f"{ready},{waiting},nobody")) == 2


@pytest.mark.parametrize(
    "query",
    [
        {"max": 101},
        {"max": 0},
        {"offset": -1},
        {"order_state_codes": "SHIPPING,SENT"},
        {"order_ids": ",".join(f"{n}-A" for n in range(101))},
        {"start_update_date": "yesterday"},
        {"has_incident": "maybe"},
        {"sort": "price"},
        {"order": "up"},
        {"payment_workflow": "CASH"},
    ],
)
def test_a_query_out_of_range_is_refused(mirakl: Driver, query: Any) -> None:
    answer = mirakl.call("GET", "orders", **query)

    assert answer.status_code == 400
    assert next(iter(query)) in read(answer)["message"]


def test_one_basket_becomes_several_orders(mirakl: Driver) -> None:
    ids = mirakl.place(1, split=3)

    rows = [mirakl.order(order_id) for order_id in ids]

    assert len({row["commercial_id"] for row in rows}) == 1
    assert ids == [f"{rows[0]['commercial_id']}-{letter}" for letter in "ABC"]
    begins = {order_id[-1] for order_id in mirakl.place(60, seed=4)}
    assert begins == {"A", "B"}


def test_amounts_are_numbers_and_countries_have_three_letters(mirakl: Driver) -> None:
    shop = mirakl.at("salon")
    order = shop.order(shop.ready(country="DEU", sku="MUG-BLUE", quantity=2))

    (line,) = order["order_lines"]
    assert (line["price_unit"], line["price"], line["quantity"]) == (12.9, 25.8, 2)
    place = order["customer"]["shipping_address"]
    assert (place["country_iso_code"], place["country"]) == ("DEU", "Germany")
    assert order["currency_iso_code"] == "EUR"
    assert line["taxes"][0]["amount"] == pytest.approx(25.8 * 21 / 121, abs=0.01)
    assert order["total_price"] == pytest.approx(25.8 + order["shipping_price"])


def test_the_address_appears_with_shipping(mirakl: Driver) -> None:
    shop = mirakl.at("homeware")
    order_id = shop.place_one(b2b=True)

    before = shop.order(order_id)
    assert before["customer"]["shipping_address"] is None
    assert before["customer"]["billing_address"] is None
    assert before["customer"]["organization"]["tax_identification_number"] is None
    assert before["shipping_deadline"] is None
    shop.accept(order_id)
    assert shop.order(order_id)["customer"]["shipping_address"] is None
    shop.later(minutes=15)

    after = shop.order(order_id)
    assert after["order_state"] == "SHIPPING"
    assert after["customer"]["shipping_address"]["city"]
    assert after["customer"]["organization"]["tax_identification_number"]
    assert after["shipping_deadline"] == _iso(shop.time.now.timestamp() + 48 * HOUR)


def test_an_operator_may_show_the_address_at_once(mirakl: Driver) -> None:
    shop = mirakl.at("salon")
    order = shop.order(shop.place_one())

    assert order["order_state"] == "WAITING_ACCEPTANCE"
    assert order["customer"]["shipping_address"]["street_1"]


@pytest.mark.parametrize(
    ("operator", "country", "spec", "shown"),
    [
        ("homeware", "DEU", {}, True),
        ("homeware", "GBR", {}, False),
        ("homeware", "DEU", {"ioss": False}, False),
        ("homeware", "DEU", {"quantity": 90}, False),
        ("salon", "DEU", {"ioss": True}, False),
        ("northgate", "GBR", {"ioss": True}, False),
    ],
)
def test_the_tax_number_stands_where_its_operator_puts_it(
    mirakl: Driver, operator: str, country: str, spec: Any, shown: bool
) -> None:
    shop = mirakl.at(operator)
    order = shop.order(shop.ready(country=country, sku="MUG-BLUE", **spec))

    number = {"code": "ioss-number", "type": "STRING", "value": "IM4400000111"}
    assert order["order_additional_fields"] == ([number] if shown else [])
    assert ("IM44" in json.dumps(order)) is shown


def test_a_single_order_is_declared_narrower_than_a_listed_one(mirakl: Driver) -> None:
    order_id = mirakl.ready(quantity=2)
    mirakl.peer.cancel({"order_id": order_id, "how": "line", "quantity": 1})

    one = mirakl.get(f"orders/{order_id}")

    assert one["order_state"] == "SHIPPING"
    assert "cancelations" not in one["order_lines"][0]
    assert {"shipping_deadline", "order_additional_fields", "can_cancel"}.isdisjoint(one)  # fmt: skip
    mirakl.peer.configure({"wide_order": True})
    assert mirakl.get(f"orders/{order_id}") == mirakl.order(order_id)


def test_news_in_answers_can_be_switched(mirakl: Driver) -> None:
    ids = mirakl.place(100)
    mirakl.peer.configure({"novelties": 0.5})

    rows = mirakl.get("orders", max=100)["orders"]
    mirakl.peer.configure({"novelties": 0})
    plain = mirakl.get("orders", order_ids=",".join(ids), max=100)["orders"]

    new = [row for row in rows if FIELD in row]
    assert 30 < len(new) < 70
    assert {row["payment_workflow"] for row in new} == {"PAY_ON_ACCEPTANCE", VALUE}
    assert not [row for row in plain if FIELD in row]


@pytest.mark.parametrize(
    ("variant", "at", "found"),
    [
        ("unknown_status", "order_state", "AWAITING_DRONE"),
        ("zero_lines", "order_lines", []),
    ],
)
def test_odd_orders_can_be_placed(
    mirakl: Driver, variant: str, at: str, found: object
) -> None:
    assert mirakl.order(mirakl.place_one(variant=variant))[at] == found


def test_odd_lines_names_and_addresses_can_be_placed(mirakl: Driver) -> None:
    def placed(variant: str, seed: int) -> Any:
        return mirakl.order(mirakl.place_one(variant=variant, seed=seed))

    assert placed("unknown_enum", 1)["order_lines"][0]["order_line_state"] == "BEAMED"
    assert placed("malformed", 2)["order_lines"][0]["quantity"] == "two"
    assert "🦄" in placed("emoji_name", 3)["customer"]["lastname"]
    place = placed("missing_postcode", 4)["customer"]["shipping_address"]
    assert place["zip_code"] is None


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"operator": "nobody"}, "northgate, homeware, salon"),
        ({"country": "DEU"}, "only to GBR"),
        ({"shop_id": 5}, "no shop 5"),
        ({"colour": "red"}, "unknown option colour"),
        ({"split": 9}, "from 1 to 8"),
        ({"lines": 0}, "out of range"),
        ({"late_cancel": 2}, "from 0 to 1"),
        ({"variant": "odd"}, "variant='odd'"),
        ({"shipping_type": "fast"}, "STD, EXP, LETTER"),
    ],
)
def test_an_option_that_makes_no_sense_is_named(
    mirakl: Driver, spec: Any, words: str
) -> None:
    with pytest.raises(ControlError, match=words):
        mirakl.peer.place_orders({"count": 1, **spec})


def test_the_same_seed_places_the_same_orders(mirakl: Driver) -> None:
    def placed() -> list[Any]:
        ids = mirakl.at("homeware").place(5, seed=9)
        rows = [mirakl.at("homeware").order(order_id) for order_id in ids]
        mirakl.peer.reset(7)
        return rows

    assert placed() == placed()


def test_lists_can_lag_and_orders_be_old(mirakl: Driver) -> None:
    mirakl.peer.configure({"list_lag": 90, "order_age": 3600})
    order_id = mirakl.place_one()

    assert mirakl.found() == []
    assert mirakl.found() == [order_id]
    created = mirakl.order(order_id)["created_date"]
    assert created == "2026-11-22T09:00:00.000Z"


def test_what_a_buyer_changes_is_shown(mirakl: Driver) -> None:
    order_id = mirakl.ready()

    mirakl.peer.address({"order_id": order_id, "city": "Leeds", "lastname": "Moved"})

    place = mirakl.order(order_id)["customer"]["shipping_address"]
    assert (place["city"], place["lastname"]) == ("Leeds", "Moved")
    (row,) = mirakl.ledger("address_changed")
    assert row["fields"] == ["city", "lastname"]
    with pytest.raises(ControlError, match="no address field"):
        mirakl.peer.address({"order_id": order_id, "town": "Leeds"})


def test_a_snapshot_brings_everything_back(mirakl: Driver) -> None:
    shop = mirakl.at("salon")
    mirakl.peer.configure(
        {"operators": [{"code": "depot", "currency": "EUR"}], "novelties": 0.5}
    )
    mirakl.peer.fault({"fault": "revoked", "operator": "homeware"})
    order_id = shop.place_one(late_cancel=1)
    shop.peer.cancel({"order_id": shop.place_one(seed=2), "how": "request"})

    state = json.loads(json.dumps(mirakl.peer.dump()))
    other = MiraklPeer()
    other.load(state)

    assert json.loads(json.dumps(other.dump())) == state
    assert other.world.operators["depot"].currency == "EUR"
    mirakl.later(hours=1)
    (row, _) = other.orders_view()
    assert (row["order_id"], row["cancel"]) == (order_id, "requested")


def test_an_operator_can_be_added_and_changed(mirakl: Driver) -> None:
    mirakl.peer.configure(
        {
            "operators": [
                {
                    "code": "depot",
                    "acceptance": "NOT_AUTOMATIC",
                    "carriers": [{"code": "A", "label": "A-Post"}],
                },
                {"code": "northgate", "tax_mode": "TAX_EXCLUDED"},
            ]
        }
    )
    depot = mirakl.at("depot")

    assert depot.state(depot.place_one()) == "WAITING_ACCEPTANCE"
    assert [row["code"] for row in depot.get("shipping/carriers")["carriers"]] == ["A"]
    order = mirakl.order(mirakl.place_one(sku="MUG-BLUE", quantity=1))
    assert order["order_tax_mode"] == "TAX_EXCLUDED"
    assert order["order_lines"][0]["taxes"][0]["amount"] == 2.58


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"speed": 1}, "no setting 'speed'"),
        ({"novelties": 2}, "out of range"),
        ({"wide_order": 1}, "true or false"),
        ({"limits": {"OR99": 1}}, "no operation 'OR99'"),
        ({"limits": {"OR11": "often"}}, "'off', 'default', 'published'"),
        ({"operators": [{"code": "x", "logo": "y"}]}, "no setting 'logo'"),
    ],
)
def test_a_setting_that_there_is_not_is_named(
    mirakl: Driver, config: Any, words: str
) -> None:
    with pytest.raises(ControlError, match=words):
        mirakl.peer.configure(config)


def test_no_key_is_shown_in_the_configuration(mirakl: Driver) -> None:
    assert "key-" not in json.dumps(mirakl.peer.configure({}))


def test_carriers_come_by_label_with_codes_of_each_operator(mirakl: Driver) -> None:
    found = {}
    for operator in ("northgate", "homeware", "salon"):
        rows = mirakl.at(operator).get("shipping/carriers")["carriers"]
        assert [row["label"] for row in rows] == sorted(row["label"] for row in rows)
        found[operator] = {row["standard_code"]: row["code"] for row in rows}

    assert {codes["ROYAL_MAIL"] for codes in found.values()} == {"ROYALMAIL", "royal-mail", "RM24"}  # fmt: skip


def test_reasons_say_which_the_shop_may_use(mirakl: Driver) -> None:
    def usable(operator: str) -> list[str]:
        rows = mirakl.at(operator).get("reasons")["reasons"]
        return [r["code"] for r in rows if r["type"] == "CANCELATION" and r["is_shop_right"]]  # fmt: skip

    assert usable("northgate") == ["1", "2"]
    assert usable("homeware") == []
    assert usable("salon") == ["salon_1", "salon_2"]


def test_custom_fields_are_listed_by_entity(mirakl: Driver) -> None:
    def codes(**query: str) -> list[str]:
        found = mirakl.at("homeware").get("additional_fields", **query)
        return [row["code"] for row in found["additional_fields"]]

    assert codes() == ["ioss-number", "customer-ref", "engraving"]
    assert codes(entities="ORDER_LINE") == ["engraving"]
    assert mirakl.call("GET", "additional_fields", entities="MOON").status_code == 400


def _iso(moment: float) -> str:
    return str(iso(int(moment * 1000)))
