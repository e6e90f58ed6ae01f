from __future__ import annotations

import copy
import dataclasses
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.payload import (
    LineFacts,
    OrderFacts,
    Payload,
    TaxMarker,
    Want,
    build,
    changed_fields,
    digest_of,
    restate,
)
from stores.remote_types import RemoteAddress
from stores.rulebook import ProductFacts

STOP_TAG = 77
ADDRESS = RemoteAddress(
    name="Ada Example",
    line1="1 High Street",
    city="Leeds",
    postcode="LS1 1AA",
    country="UK",
    phone="0113 496 0000",
)
MUG = LineFacts(
    line_key="am-1-1",
    sku="MUG",
    title="A mug",
    quantity=2,
    unit_price=Decimal("4.50"),
    tax=Decimal("1.80"),
    options=(("Colour", "blue"),),
)
PLATE = LineFacts(
    line_key="am-1-2", sku="PLATE", title="A plate", quantity=1, unit_price=Decimal(7)
)
ORDER = OrderFacts(
    order_key="am-1",
    order_number="203-1",
    ordered_at=datetime(2026, 7, 1, 19, 5, tzinfo=UTC),
    ship_by=datetime(2026, 7, 3, 6, 59, 59, tzinfo=UTC),
    lines=(MUG, PLATE),
    recipient=ADDRESS,
    store_id=12,
    buyer_name="Ada Example",
    buyer_email="buyer@marketplace.example",
    currency="GBP",
    amount_paid=Decimal("19.60"),
    shipping_price=Decimal("3.60"),
    tax_total=Decimal("1.80"),
    service_level="Standard",
    marketplace_label="Amazon UK",
    notes=("Order of Amazon UK", "Deliver by 6 July"),
)
WAREHOUSE: dict[str, Any] = {
    "weight": {"value": 24, "units": "ounces"},
    "dimensions": {"length": 7, "width": 5, "height": 6, "units": "inches"},
    "carrierCode": "royal_mail",
    "serviceCode": "rm_tracked_24",
    "packageCode": "package",
    "confirmation": "delivery",
    "userId": "0f6bec18-3e89-4881-83aa-f392d84f4c74",
    "insuranceOptions": {
        "provider": "carrier",
        "insureShipment": True,
        "insuredValue": 20,
    },
    "shipDate": "2026-07-02",
}
ADVANCED = {
    "warehouseId": 98765,
    "nonMachinable": True,
    "saturdayDelivery": True,
    "customField2": "shelf 7",
    "customField3": "fragile",
    "billToParty": "third_party",
    "billToAccount": "ACC",
}


def made(
    order: OrderFacts = ORDER,
    current: dict[str, Any] | None = None,
    *,
    want: Want = "awaiting_shipment",
    stop: bool = False,
    stop_tag_id: int | None = STOP_TAG,
) -> Payload:
    return build(order, current=current, want=want, stop_tag_id=stop_tag_id, stop=stop)


def as_stored(body: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What ShipStation answers for a body: its own fields added."""
    stored = copy.deepcopy(body)
    stored |= {
        "orderId": 9001,
        "createDate": "2026-07-01T12:06:00.0000000",
        "modifyDate": "2026-07-01T12:06:00.0000000",
        "orderTotal": 19.6,
        "customerId": 5,
        "externallyFulfilled": False,
        "externallyFulfilledBy": None,
        "tagIds": stored.get("tagIds"),
    }
    stored["shipTo"] |= {"addressVerified": "Address validated successfully"}
    stored["advancedOptions"] |= {
        "mergedOrSplit": False,
        "mergedIds": [],
        "parentId": None,
    }
    for index, item in enumerate(stored["items"]):
        item |= {"orderItemId": 70 + index, "createDate": "x", "modifyDate": "x"}
    return stored | changes


def at_warehouse(**changes: Any) -> dict[str, Any]:
    """Our order in ShipStation after the warehouse worked on it."""
    stored = as_stored(made().body, **copy.deepcopy(WAREHOUSE))
    stored["advancedOptions"] |= ADVANCED
    stored["items"][0] |= {
        "weight": {"value": 12, "units": "ounces", "WeightUnits": 1},
        "warehouseLocation": "Aisle 1",
        "upc": "32-65",
    }
    stored["internalNotes"] = f"Pack well\n{stored['internalNotes']}\nAsk Bo"
    stored["tagIds"] = [3, 4]
    return stored | changes


def order(**changes: Any) -> OrderFacts:
    return dataclasses.replace(ORDER, **changes)


def to(**changes: Any) -> OrderFacts:
    return order(recipient=dataclasses.replace(ADDRESS, **changes))


def test_new_order_says_what_we_know_and_nothing_of_the_warehouse() -> None:
    body = made().body

    assert body["orderKey"] == "am-1"
    assert body["orderStatus"] == "awaiting_shipment"
    assert body["orderDate"] == "2026-07-01T12:05:00.0000000"
    assert body["shipByDate"] == "2026-07-02T23:59:59.0000000"
    assert body["shipTo"]["country"] == "GB"
    assert body["advancedOptions"] == {"storeId": 12, "source": "Amazon UK"}
    assert body["items"][0] == {
        "lineItemKey": "am-1-1",
        "sku": "MUG",
        "name": "A mug",
        "quantity": 2,
        "options": [{"name": "Colour", "value": "blue"}],
        "unitPrice": 4.5,
        "taxAmount": 1.8,
    }
    assert (body["amountPaid"], body["shippingAmount"]) == (19.6, 3.6)
    assert "orderId" not in body
    assert not set(WAREHOUSE) & set(body)
    assert made().problems == ()


def test_body_is_json() -> None:
    assert json.loads(json.dumps(made().body)) == made().body


def test_warehouse_fields_survive_an_update() -> None:
    current = at_warehouse()

    body = made(to(line1="2 Low Street"), current).body

    assert {name: body[name] for name in WAREHOUSE} == WAREHOUSE
    assert ADVANCED.items() <= body["advancedOptions"].items()
    assert body["shipTo"]["street1"] == "2 Low Street"
    assert body["items"][0]["weight"] == {"value": 12, "units": "ounces"}
    assert body["items"][0]["warehouseLocation"] == "Aisle 1"
    assert body["tagIds"] == [3, 4]
    assert body["orderId"] == 9001
    assert current == at_warehouse()


def test_update_sends_nothing_that_shipstation_makes_itself() -> None:
    body = made(current=at_warehouse()).body

    assert not {"createDate", "modifyDate", "orderTotal", "customerId"} & set(body)
    assert "addressVerified" not in body["shipTo"]
    assert not {"mergedIds", "parentId"} & set(body["advancedOptions"])
    assert not any("orderItemId" in item for item in body["items"])


def test_equal_facts_change_nothing() -> None:
    current = at_warehouse()

    assert changed_fields(current, made(current=current).body) == ()


def test_changed_fields_name_what_a_person_would_see() -> None:
    current = at_warehouse(orderStatus="on_hold", holdUntilDate="2026-07-09")
    lines = (dataclasses.replace(MUG, quantity=1), PLATE)
    facts = order(
        lines=lines, recipient=dataclasses.replace(ADDRESS, line1="2 Low Street")
    )

    assert changed_fields(current, made(facts, current, stop=True).body) == (
        "holdUntilDate",
        "items[am-1-1].quantity",
        "orderStatus",
        "shipTo.street1",
        "tagIds",
    )


def test_cancelled_line_goes_and_the_rest_stays() -> None:
    current = at_warehouse()
    facts = order(lines=(MUG, dataclasses.replace(PLATE, quantity=0)))

    body = made(facts, current).body

    assert [item["lineItemKey"] for item in body["items"]] == ["am-1-1"]
    assert changed_fields(current, body) == ("items[am-1-2]",)


def test_adjustments_and_lines_typed_by_hand_stay() -> None:
    extra = [
        {"sku": "OFF", "name": "10% off", "quantity": 1, "adjustment": True},
        {"lineItemKey": None, "sku": "GIFT", "name": "Sticker", "quantity": 1},
        {"lineItemKey": "am-1-9", "sku": "OLD", "name": "Was ours", "quantity": 1},
    ]
    current = at_warehouse()
    current["items"] += extra

    items = made(current=current).body["items"]

    assert [item["sku"] for item in items] == ["MUG", "PLATE", "OFF", "GIFT"]


def test_record_that_we_took_over_keeps_its_key_and_gets_our_line_keys() -> None:
    current = at_warehouse(orderKey="manual-123")
    for item in current["items"]:
        item["lineItemKey"] = None

    body = made(current=current).body

    assert body["orderKey"] == "manual-123"
    assert [(i["lineItemKey"], i["sku"]) for i in body["items"]] == [
        ("am-1-1", "MUG"),
        ("am-1-2", "PLATE"),
    ]
    assert body["items"][0]["warehouseLocation"] == "Aisle 1"


@pytest.mark.parametrize(
    ("tags", "stop", "expected"),
    [
        (None, True, [STOP_TAG]),
        ([3], True, [3, STOP_TAG]),
        ([STOP_TAG, 3], True, [3, STOP_TAG]),
        ([3, STOP_TAG], False, [3]),
        ([STOP_TAG], False, []),
        (None, False, None),
    ],
)
def test_stop_tag_comes_and_goes_others_stay(
    tags: list[int] | None, stop: bool, expected: list[int] | None
) -> None:
    assert made(current=at_warehouse(tagIds=tags), stop=stop).body["tagIds"] == expected


def test_account_without_stop_tag_is_told() -> None:
    (problem,) = made(stop=True, stop_tag_id=None).problems

    assert (problem.field, problem.hard) == ("tagIds", False)


@pytest.mark.parametrize("want", ["on_hold", "cancelled"])
def test_restate_changes_status_and_tag_only(want: Want) -> None:
    current = at_warehouse()

    body = restate(current, want=want, stop_tag_id=STOP_TAG, stop=True)

    assert changed_fields(current, body) == ("orderStatus", "tagIds")


def test_stop_does_not_wait_for_a_clean_address() -> None:
    current = at_warehouse()

    payload = made(to(line1="x" * 300), current, want="on_hold", stop=True)

    assert payload.sendable
    assert payload.problems
    assert changed_fields(current, payload.body) == ("orderStatus", "tagIds")


def test_hold_date_only_stays_on_a_held_order() -> None:
    current = at_warehouse(orderStatus="on_hold", holdUntilDate="2026-07-09")

    assert made(current=current, want="on_hold").body["holdUntilDate"] == "2026-07-09"
    assert "holdUntilDate" not in made(current=current).body


def test_cancelling_an_order_without_lines_keeps_the_record_s_lines() -> None:
    facts = order(
        lines=tuple(dataclasses.replace(line, quantity=0) for line in ORDER.lines)
    )

    payload = made(facts, at_warehouse(), want="cancelled")

    assert payload.sendable
    assert [item["sku"] for item in payload.body["items"]] == ["MUG", "PLATE"]
    assert payload.body["orderStatus"] == "cancelled"


def test_cancelled_order_is_never_created() -> None:
    assert not made(want="cancelled").sendable


@pytest.mark.parametrize(
    ("advanced", "text"),
    [
        ({"mergedOrSplit": True, "mergedIds": [8001]}, "wipe their lines"),
        ({"mergedOrSplit": True, "parentId": 7}, "part of a split"),
    ],
)
def test_combined_and_split_records_are_not_overwritten(
    advanced: dict[str, Any], text: str
) -> None:
    current = at_warehouse()
    current["advancedOptions"] |= advanced

    payload = made(current=current)

    assert not payload.sendable
    assert text in payload.problems[0].message


# Notes


def test_block_is_replaced_in_place() -> None:
    notes = made(order(notes=("New note",)), at_warehouse()).body["internalNotes"]

    assert notes == "Pack well\n[shipsync] New note [/shipsync]\nAsk Bo"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "[shipsync] N [/shipsync]"),
        ("Own", "Own\n[shipsync] N [/shipsync]"),
        ("[shipsync] a [/shipsync]", "[shipsync] N [/shipsync]"),
        (
            "a [shipsync] lost end\n[shipsync] b [/shipsync] c",
            "a [shipsync] lost end\n[shipsync] N [/shipsync] c",
        ),
        (
            "[shipsync] a [/shipsync] x [shipsync] b [/shipsync]y",
            "[shipsync] N [/shipsync] x y",
        ),
    ],
)
def test_the_warehouse_s_notes_are_never_wiped(before: str | None, after: str) -> None:
    current = at_warehouse(internalNotes=before)

    assert made(order(notes=("N",)), current).body["internalNotes"] == after


def test_block_goes_when_there_is_nothing_to_say() -> None:
    notes = made(order(notes=()), at_warehouse()).body["internalNotes"]

    assert notes == "Pack well\nAsk Bo"


def test_note_can_not_close_our_block() -> None:
    payload = made(order(notes=("a [/shipsync] b",)))

    assert payload.body["internalNotes"] == "[shipsync] a /shipsync b [/shipsync]"


def test_block_that_does_not_fit_beside_theirs_becomes_a_pointer() -> None:
    current = at_warehouse(internalNotes="w" * 900)

    payload = made(order(notes=("n" * 200,)), current)

    assert payload.body["internalNotes"].startswith(
        "w" * 900 + "\n[shipsync] The notes"
    )
    assert [(p.field, p.hard) for p in payload.problems] == [("internalNotes", False)]


@pytest.mark.parametrize("text", ["n" * 1_000_000, "bell \x07"])
def test_note_that_shipstation_can_not_take_becomes_a_pointer(text: str) -> None:
    payload = made(order(customer_note=text))

    assert "read it in shipsync" in payload.body["customerNotes"]
    assert [(p.field, p.hard) for p in payload.problems] == [("customerNotes", False)]


def test_gift_messages() -> None:
    first = dataclasses.replace(MUG, gift_message="Happy birthday")
    second = dataclasses.replace(PLATE, gift_message="Well done")

    one = made(order(lines=(first, PLATE))).body
    two = made(order(lines=(first, second))).body

    assert (one["gift"], one["giftMessage"]) == (True, "Happy birthday")
    assert two["giftMessage"] == "MUG: Happy birthday\nPLATE: Well done"


def test_unknown_values_leave_what_is_there() -> None:
    current = at_warehouse(customerNotes="from before", giftMessage="from before")

    body = made(order(amount_paid=None, ship_by=None), current).body

    assert body["customerNotes"] == body["giftMessage"] == "from before"
    assert (body["amountPaid"], body["shipByDate"]) == (19.6, current["shipByDate"])


# Taxes and customs


def test_tax_marker_is_there_on_the_first_push_and_goes_with_its_cause() -> None:
    facts = order(tax_marker=TaxMarker(scheme="ioss", number="IM2760000123"))
    current = at_warehouse()
    current["advancedOptions"] |= made(facts).body["advancedOptions"]

    assert made(facts).body["advancedOptions"]["customField1"] == "IOSS=IM2760000123"
    assert made(current=current).body["advancedOptions"]["customField1"] == ""


def test_tax_marker_is_one_stable_word() -> None:
    assert TaxMarker(scheme="deemed reseller", number="X1").text == "DEEMED-RESELLER=X1"


def test_text_that_people_typed_into_the_custom_field_stays() -> None:
    current = at_warehouse()
    current["advancedOptions"]["customField1"] = "ring twice"

    assert made(current=current).body["advancedOptions"]["customField1"] == "ring twice"


def test_customs_lines_are_line_values_and_only_for_abroad() -> None:
    body = made(order(ship_from_country="DE")).body

    assert body["internationalOptions"] == {
        "contents": "merchandise",
        "customsItems": [
            {"description": "A mug", "quantity": 2, "value": 9.0},
            {"description": "A plate", "quantity": 1, "value": 7.0},
        ],
    }
    assert "Amounts are in GBP" in body["internalNotes"]
    assert "internationalOptions" not in made(order(ship_from_country="GB")).body
    assert "internationalOptions" not in made().body


def test_tariff_codes_that_the_warehouse_typed_stay() -> None:
    facts = order(ship_from_country="DE")
    current = as_stored(made(facts).body)
    items = current["internationalOptions"]["customsItems"]
    items[0] |= {
        "customsItemId": 1,
        "harmonizedTariffCode": "6912",
        "countryOfOrigin": "PT",
    }
    items[1] |= {"description": "Stoneware plate", "harmonizedTariffCode": "6911"}

    result = made(facts, current).body["internationalOptions"]["customsItems"]

    assert result[0] == {
        "description": "A mug",
        "quantity": 2,
        "value": 9.0,
        "harmonizedTariffCode": "6912",
        "countryOfOrigin": "PT",
    }
    assert (result[1]["description"], result[1]["harmonizedTariffCode"]) == (
        "A plate",
        "6911",
    )


def test_line_without_price_has_no_invented_customs_value() -> None:
    facts = order(
        ship_from_country="DE", lines=(dataclasses.replace(MUG, unit_price=None),)
    )

    payload = made(facts)

    assert "value" not in payload.body["internationalOptions"]["customsItems"][0]
    assert [p.message for p in payload.problems] == [
        "The value of customs line 1 is unknown: the line has no price"
    ]


# Problems


@pytest.mark.parametrize(
    ("facts", "field", "hard", "text"),
    [
        (order(order_number="9" * 51), "orderNumber", True, "has 51 characters"),
        (order(order_key="k" * 51), "orderKey", True, "has 51 characters"),
        (order(order_number=" "), "orderNumber", True, "order number is empty"),
        (order(lines=()), "items", True, "no line with a quantity above 0"),
        (order(lines=(dataclasses.replace(MUG, line_key="l" * 51),)), "items[0].lineItemKey", True, "51"),
        (order(lines=(MUG, dataclasses.replace(PLATE, line_key="am-1-1"))), "items[0].lineItemKey", True, "two lines"),
        (order(lines=(dataclasses.replace(MUG, sku="S" * 101),)), "items[0].sku", True, "SKU of line 1 has 101"),
        (order(lines=(dataclasses.replace(MUG, sku=""),)), "items[0].sku", False, "missing"),
        (order(lines=(dataclasses.replace(MUG, title="T" * 201),)), "items[0].name", False, "sent in full"),
        (order(lines=(dataclasses.replace(MUG, options=(("a", "v" * 101),)),)), "items[0].options", False, "101"),
        (order(buyer_email="e" * 101), "customerEmail", False, "101"),
        (order(store_id=None), "advancedOptions.storeId", True, "missing"),
        (order(service_level="s" * 101), "requestedShippingService", False, "101"),
        (to(name=""), "shipTo.name", True, "recipient's name is empty"),
        (to(line1=""), "shipTo.street1", True, "empty"),
        (to(line1="s" * 201), "shipTo.street1", True, "has 201 characters, ShipStation takes 200"),
        (to(line3="s" * 201), "shipTo.street3", True, "201"),
        (to(city="c" * 101), "shipTo.city", True, "101"),
        (to(city=""), "shipTo.city", True, "city is missing"),
        (to(phone="1" * 51), "shipTo.phone", False, "51"),
        (to(country="England"), "shipTo.country", True, "two letters"),
        (to(country=""), "shipTo.country", True, "two letters"),
        (to(country="ZZ"), "shipTo.country", True, "ISO 3166"),
        (to(postcode=""), "shipTo.postalCode", True, "missing: GB needs one"),
        (to(postcode="12345"), "shipTo.postalCode", True, "not a postcode of GB"),
        (to(country="PL", postcode="00950"), "shipTo.postalCode", False, "separator"),
        (to(country="US", state="NY", postcode="94043"), "shipTo.postalCode", True, "state"),
        (to(country="US", state="Nowhere", postcode="94043"), "shipTo.state", False, "unknown for US"),
        (to(country="US", state="", postcode="94043"), "shipTo.state", False, "missing for US"),
        (to(name="Ada \N{SPARKLES}"), "shipTo.name", False, "label printers"),
        (to(name="Ada\x00"), "shipTo.name", True, "control characters (U+0000)"),
        (to(city="Lee\ud83dds"), "shipTo.city", True, "U+D83D"),
        (to(line2="Flat 1\nBack door"), "shipTo.street2", False, "line breaks"),
    ],
)  # fmt: skip
def test_problem_is_named_and_nothing_is_cut(
    facts: OrderFacts, field: str, hard: bool, text: str
) -> None:
    payload = made(facts)

    found = {(problem.field, problem.hard) for problem in payload.problems}
    assert (field, hard) in found
    assert any(text in problem.message for problem in payload.problems)
    assert payload.sendable is not hard
    json.dumps(payload.body).encode()


@pytest.mark.parametrize(
    "facts",
    [
        to(country="IE", postcode=""),
        to(country="ES", postcode="28001", state=""),
        to(country="CN", postcode="100000", state="Beijing"),
        to(country="NL", postcode="1012ab"),
        to(country="DE", postcode="10115", state="Berlin"),
        to(country="US", postcode="94043-1234", state="CA"),
        to(country="US", postcode="09012", state="AE"),
        to(country="JP", postcode="100-0001", state="Tokyo"),
        to(name="Łukasz Žižek-O'Neill 山田"),
    ],
)
def test_good_addresses_raise_nothing(facts: OrderFacts) -> None:
    assert made(facts).problems == ()


def test_line_breaks_become_spaces_and_every_letter_is_sent() -> None:
    assert made(to(line2="Flat 1\r\nBack")).body["shipTo"]["street2"] == "Flat 1  Back"


def test_problems_show_no_buyer_s_value() -> None:
    facts = to(name="N" * 120, line1="S" * 220, postcode="QQQ", phone="7" * 60)

    for problem in made(facts).problems:
        assert "NNN" not in problem.value_excerpt + problem.message
        assert "SSS" not in problem.value_excerpt + problem.message
        assert "QQQ" not in problem.value_excerpt + problem.message
        assert "777" not in problem.value_excerpt + problem.message


# Digest


@pytest.mark.parametrize(
    "other",
    [
        to(line1="2 Low Street"),
        order(lines=(MUG,)),
        order(notes=("other",)),
        order(ship_by=datetime(2026, 7, 4, tzinfo=UTC)),
        order(tax_marker=TaxMarker(scheme="IOSS", number="IM2760000123")),
        order(ship_from_country="DE"),
        order(order_key="am-1-g2"),
    ],
)
def test_digest_changes_with_what_we_say(other: OrderFacts) -> None:
    assert digest_of(other) != digest_of(ORDER)


def test_digest_is_the_same_whatever_the_warehouse_does() -> None:
    digests = {
        made().digest,
        made(current=at_warehouse()).digest,
        made(current=at_warehouse(), want="on_hold", stop=True).digest,
        digest_of(ORDER),
    }

    assert len(digests) == 1


# Properties

texts = st.text(max_size=1200)
amounts = st.one_of(
    st.none(),
    st.decimals(min_value=0, max_value=100_000, places=2, allow_nan=False),
)
lines = st.builds(
    LineFacts,
    line_key=st.text(min_size=1, max_size=60),
    sku=texts,
    title=texts,
    quantity=st.integers(0, 5),
    unit_price=amounts,
    tax=amounts,
    options=st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
    gift_message=texts,
)
facts_strategy = st.builds(
    OrderFacts,
    order_key=st.text(min_size=1, max_size=60),
    order_number=st.text(min_size=1, max_size=60),
    ordered_at=st.datetimes(
        datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
        datetime(2030, 1, 1),  # noqa: DTZ001
        timezones=st.just(UTC),
    ),
    lines=st.lists(lines, max_size=4, unique_by=lambda line: line.line_key).map(tuple),
    recipient=st.builds(
        RemoteAddress,
        name=texts,
        line1=texts,
        city=texts,
        state=texts,
        postcode=texts,
        country=st.one_of(st.sampled_from(["GB", "US", "uk", "DE", "IE", "JP"]), texts),
        residential=st.sampled_from([None, True, False]),
    ),
    store_id=st.just(12),
    customer_note=texts,
    amount_paid=amounts,
    currency=st.sampled_from(["", "EUR"]),
    notes=st.lists(
        st.one_of(texts, st.just("[shipsync]"), st.just("[/shipsync]")), max_size=3
    ).map(tuple),
    tax_marker=st.sampled_from([None, TaxMarker(scheme="IOSS", number="IM1")]),
    ship_from_country=st.sampled_from(["", "GB", "DE"]),
)
their_notes = st.lists(
    st.one_of(
        texts, st.sampled_from(["[shipsync]", "[/shipsync]", "\n", "[shipsync] x [/shipsync]"])
    ),
    max_size=5,
).map("".join)  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(facts_strategy, facts_strategy, their_notes, st.booleans())
def test_building_again_on_the_result_changes_nothing(
    before: OrderFacts, after: OrderFacts, notes: str, stop: bool
) -> None:
    current = as_stored({"items": [], **made(before).body}, internalNotes=notes)
    if not after.lines or not any(line.quantity > 0 for line in after.lines):
        after = dataclasses.replace(after, lines=(MUG,))

    once = made(after, current, stop=stop)
    twice = made(after, as_stored(once.body), stop=stop)

    assert changed_fields(once.body, twice.body) == ()
    assert once.digest == twice.digest == digest_of(after)


@settings(deadline=None, max_examples=80)
@given(
    facts_strategy,
    st.sampled_from(["awaiting_shipment", "on_hold", "cancelled"]),
    st.booleans(),
)
def test_what_the_warehouse_set_survives_any_facts(
    facts: OrderFacts, want: Want, stop: bool
) -> None:
    current = at_warehouse()

    body = made(facts, current, want=want, stop=stop).body

    assert {name: body[name] for name in WAREHOUSE} == WAREHOUSE
    assert ADVANCED.items() <= body["advancedOptions"].items()
    assert [tag for tag in body["tagIds"] if tag != STOP_TAG] == [3, 4]
    assert "Pack well" in body["internalNotes"]
    assert "Ask Bo" in body["internalNotes"]
    assert body["orderStatus"] == want


@settings(deadline=None, max_examples=80)
@given(facts_strategy)
def test_no_text_is_shorter_than_the_order_s(facts: OrderFacts) -> None:
    body = made(facts).body

    assert len(body["shipTo"]["name"]) == len(facts.recipient.name.strip())
    wanted = [line for line in facts.lines if line.quantity > 0]
    for line, item in zip(wanted, body.get("items", []), strict=True):
        assert len(item["sku"]) == len(line.sku.strip())
        assert item["quantity"] == line.quantity


PRODUCT = ProductFacts(
    sku="MUG",
    customs_description="Mug of porcelain",
    hs_code="69111000",
    origin_country="PT",
    weight_grams=340,
)
ABROAD = dataclasses.replace(
    ORDER,
    recipient=dataclasses.replace(
        ADDRESS, country="CH", postcode="8001", city="Zürich"
    ),
    ship_from_country="GB",
    lines=(dataclasses.replace(MUG, product=PRODUCT, grams=340),),
)


def test_products_make_the_customs_lines() -> None:
    assert made(ABROAD).body["internationalOptions"]["customsItems"] == [
        {
            "description": "Mug of porcelain",
            "quantity": 2,
            "value": 9.0,
            "harmonizedTariffCode": "69111000",
            "countryOfOrigin": "PT",
        }
    ]


def test_our_tariff_code_counts_and_the_warehouses_fills_what_is_unknown() -> None:
    current = as_stored(made(ABROAD).body)
    theirs = current["internationalOptions"]["customsItems"][0]
    theirs |= {"harmonizedTariffCode": "999", "countryOfOrigin": "CN"}
    without = dataclasses.replace(PRODUCT, origin_country="")
    line = dataclasses.replace(MUG, product=without)
    body = made(dataclasses.replace(ABROAD, lines=(line,)), current).body
    (item,) = body["internationalOptions"]["customsItems"]
    assert item["harmonizedTariffCode"] == "69111000"
    assert item["countryOfOrigin"] == "CN"


@pytest.mark.parametrize(
    ("price", "value", "currency", "shown"),
    [
        ("4.50", "9.00", "GBP", 9.0),
        ("0", "3.00", "GBP", 6.0),
        (None, "3.00", "", 6.0),
        (None, "3.00", "EUR", None),
    ],
)
def test_what_was_paid_is_declared_and_a_products_value_fills_in(
    price: str | None, value: str, currency: str, shown: float | None
) -> None:
    product = dataclasses.replace(
        PRODUCT, customs_value=Decimal(value), currency=currency
    )
    line = dataclasses.replace(
        MUG, product=product, unit_price=None if price is None else Decimal(price)
    )
    body = made(dataclasses.replace(ABROAD, lines=(line,))).body
    assert body["internationalOptions"]["customsItems"][0].get("value") == shown


def test_weights_are_written_on_creation_and_are_the_warehouses_then() -> None:
    first = made(ABROAD)
    assert first.body["items"][0]["weight"] == {"value": 340, "units": "grams"}
    assert first.body["weight"] == {"value": 680, "units": "grams"}
    current = as_stored(first.body) | {"weight": {"value": 24, "units": "ounces"}}
    heavier = (dataclasses.replace(ABROAD.lines[0], grams=900),)
    later = made(dataclasses.replace(ABROAD, lines=heavier), current)
    assert later.body["weight"] == {"value": 24, "units": "ounces"}
    assert later.digest == first.digest


@pytest.mark.parametrize(
    ("home", "country", "postcode", "asked"),
    [
        ("GB", "CH", "8001", True),
        ("GB", "DE", "10115", True),
        ("DE", "FR", "75001", False),
        ("DE", "GB", "SW1A 1AA", True),
        ("DE", "GB", "BT1 1AA", False),
        ("DE", "ES", "35001", True),
        ("GB", "GB", "SW1A 1AA", False),
        ("", "CH", "8001", False),
    ],
)
@pytest.mark.parametrize("hold", [False, True])
def test_customs_data_is_asked_for_where_a_border_is_passed(
    home: str, country: str, postcode: str, asked: bool, hold: bool
) -> None:
    place = dataclasses.replace(ADDRESS, country=country, postcode=postcode)
    product = dataclasses.replace(PRODUCT, hs_code="", origin_country="")
    order = dataclasses.replace(
        ABROAD,
        recipient=place,
        ship_from_country=home,
        lines=(dataclasses.replace(MUG, product=product),),
        hold_customs=hold,
    )
    found = [x for x in made(order).problems if x.code == "customs_incomplete"]
    assert [(x.hard, x.releasable) for x in found] == [(hold, True)] * asked
    for each in found:
        assert each.message == (
            "‘MUG’ lacks an HS code and a country of origin, "
            f"which customs of {country} needs"
        )


@pytest.mark.parametrize("hold", [False, True])
def test_a_product_that_nobody_entered_is_asked_for_only_on_request(hold: bool) -> None:
    order = dataclasses.replace(ABROAD, lines=(MUG,), hold_customs=hold)
    codes = [x.code for x in made(order).problems]
    assert ("customs_incomplete" in codes) is hold


@pytest.mark.parametrize("hold", [False, True])
def test_an_unknown_sku_is_asked_about_where_the_store_wants_it(hold: bool) -> None:
    strange = dataclasses.replace(MUG, unknown_sku="MUGG", remote_id="L1")
    again = dataclasses.replace(strange, line_key="am-1-3", remote_id="L3")
    order = dataclasses.replace(
        ORDER, lines=(strange, again, PLATE), hold_unknown_sku=hold
    )
    found = [x for x in made(order).problems if x.code == "sku_unknown"]
    assert [(x.hard, x.releasable, x.context["lines"]) for x in found] == [
        (True, True, ["L1", "L3"])
    ] * hold
    assert made(order).sendable


def test_a_person_s_service_is_written_once_and_is_the_warehouse_s_from_then() -> None:
    chosen = order(chosen_service="dpd_uk:dpd_next_day")
    current = at_warehouse()

    first = made(chosen, current)
    assert first.body["carrierCode"] == "dpd_uk"
    assert first.body["serviceCode"] == "dpd_next_day"
    assert "packageCode" not in first.body, "a parcel of the other carrier's own kind"
    assert first.service == "dpd_uk:dpd_next_day"
    assert first.digest != made(order(), current).digest

    back = at_warehouse()  # somebody there chose the first carrier again
    second = build(
        chosen,
        current=back,
        want="awaiting_shipment",
        stop_tag_id=STOP_TAG,
        stop=False,
        delivered="dpd_uk:dpd_next_day",
    )
    assert second.body["carrierCode"] == "royal_mail"
    assert second.body["packageCode"] == "package"
    assert second.digest == first.digest


def test_without_a_person_s_choice_no_service_is_spoken_of() -> None:
    assert "carrierCode" not in made().body
    assert made(order(), at_warehouse()).body["carrierCode"] == "royal_mail"
