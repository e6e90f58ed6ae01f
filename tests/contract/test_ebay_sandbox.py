"""The simulated eBay answers as eBay's own contracts say, and we ask as they say.

Not covered by a stored contract: the consent page and the token endpoint, Analytics, Key
Management. Of Post-Order only the paths are stored, no bodies.
Error bodies have a schema (Error), but no answer refers to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import HttpResponse

from shipsync_site.lib import clock
from stores.connectors.ebay import errors
from stores.connectors.ebay.carriers import DEFAULT_CARRIERS
from stores.connectors.ebay.confirm import fulfillment_body
from stores.remote_types import Confirmation
from stores.sandbox.ebay import cancel_calls
from stores.sandbox.ebay.carriers import CARRIERS
from stores.sandbox.ebay.operations import OPERATIONS
from stores.sandbox.ebay.search import BREAKDOWN
from tests.contract.openapi import OpenApi, Quirks
from tests.contract.swagger import specs_folder
from tests.sandbox.ebay.driver import NOTIFICATION, ORDERS, Driver, make_driver

FULFILLMENT_FILE = "sell_fulfillment_v1_oas3.json"
NOTIFICATION_FILE = "commerce_notification_v1_oas3.json"
PARCELS = "/order/{orderId}/shipping_fulfillment"
TOKEN = "v" * 40


@pytest.fixture
def ebay() -> Iterator[Driver]:
    before = clock.current()
    yield make_driver()
    clock.configure(before)


def document(name: str = FULFILLMENT_FILE) -> OpenApi:
    return OpenApi.load(specs_folder() / "ebay" / name, Quirks())


def check(
    contract: OpenApi, method: str, path: str, response: HttpResponse, status: int
) -> Any:
    """The answer has this status and is what the contract declares for it."""
    assert response.status_code == status, response.content
    declared = contract.content["paths"][path][method.lower()]["responses"]
    assert str(status) in declared, f"{method} {path}: {status} is not declared"
    body = json.loads(response.content) if response.content else None
    schema = contract.response_schema(method, path, status)
    if status >= 400:
        assert contract.errors(error_schema(contract), body) == []
    elif schema is not None and body is not None:
        assert contract.errors(schema, body) == []
    for header in declared[str(status)].get("headers", {}):
        assert response[header]
    return body


def error_schema(contract: OpenApi) -> dict[str, Any]:
    known = contract.content["components"]["schemas"]
    row = {"$ref": "#/components/schemas/Error"} if "Error" in known else {}
    return {
        "type": "object",
        "properties": {"errors": {"type": "array", "items": row}},
    }


def fill(ebay: Driver) -> dict[str, str]:
    """One order in each state that an answer can show."""
    ids = {
        "plain": ebay.place_one(seed=1, note="Leave it with a neighbour"),
        "dear": ebay.place_one(seed=2, lines=6, discount=True),
        "ioss": ebay.place_one(seed=3, country="DE", sku="CAST-TEE-M"),
        "voec": ebay.place_one(seed=4, country="NO", sku="MUG-BLUE"),
        "hub": ebay.place_one(seed=5, country="US", hub=True, sku="MUG-BLUE"),
        "pending": ebay.place_one(seed=6, pending=9999),
        "pickup": ebay.place_one(seed=7, kind="IN_STORE_PICKUP"),
        "collect": ebay.place_one(seed=8, kind="CLICK_AND_COLLECT"),
        "digital": ebay.place_one(seed=9, kind="DIGITAL"),
        "theirs": ebay.place_one(seed=10, kind="FULFILLED_BY_EBAY"),
        "label": ebay.place_one(seed=11, kind="EBAY_LABEL"),
        "asked": ebay.place_one(seed=12),
        "cancelled": ebay.place_one(seed=13),
        "taxed": ebay.place_one(seed=14, country="ES", tax_identifier=True),
        "old": ebay.place_one(seed=15, order_age=100 * 86_400),
        "shipped": ebay.place_one(seed=16, quantity=2),
        "untracked": ebay.place_one(seed=17),
        "no lines": ebay.place_one(seed=18, variant="zero_lines"),
    }
    ebay.peer.cancel({"order_id": ids["asked"], "how": "request"})
    ebay.peer.cancel({"order_id": ids["cancelled"], "how": "cancelled"})
    assert ebay.tell(ids["shipped"]).status_code == 201
    bare: Any = {"trackingNumber": None, "shippingCarrierCode": None}
    assert ebay.tell(ids["untracked"], **bare).status_code == 201
    ebay.time.move(seconds=1)
    return ids


@pytest.mark.parametrize("groups", ["", BREAKDOWN])
def test_get_orders_answers_by_the_contract(ebay: Driver, groups: str) -> None:
    contract, ids = document(), fill(ebay)
    since = "lastmodifieddate:[2026-01-01T00:00:00.000Z..]"

    answer = ebay.search(filter=since, fieldGroups=groups, limit=200)

    body = check(contract, "GET", "/order", answer, 200)
    assert {order["orderId"] for order in body["orders"]} == set(ids.values())
    page = check(contract, "GET", "/order", ebay.search(limit=2, offset=2), 200)
    assert page["next"]
    assert page["prev"]


@pytest.mark.parametrize("groups", ["", BREAKDOWN])
def test_get_order_answers_by_the_contract(ebay: Driver, groups: str) -> None:
    contract = document()

    for order_id in fill(ebay).values():
        answer = ebay.get(f"{ORDERS}/{order_id}", fieldGroups=groups)
        check(contract, "GET", "/order/{orderId}", answer, 200)


def test_fulfilments_are_told_and_read_by_the_contract(ebay: Driver) -> None:
    contract = document()
    order_id = ebay.place_one()

    created = check(contract, "POST", PARCELS, ebay.tell(order_id), 201)
    assert created is None
    path = f"{ORDERS}/{order_id}/shipping_fulfillment"
    listed = check(contract, "GET", PARCELS, ebay.get(path), 200)
    (row,) = listed["fulfillments"]
    one = ebay.get(f"{path}/{row['fulfillmentId']}")
    check(contract, "GET", f"{PARCELS}/{{fulfillmentId}}", one, 200)
    check(contract, "POST", PARCELS, ebay.tell(order_id), 409)
    missing = ebay.get(f"{path}/4711")
    check(contract, "GET", f"{PARCELS}/{{fulfillmentId}}", missing, 404)


def test_refused_reads_answer_by_the_contract(ebay: Driver) -> None:
    contract = document()

    check(contract, "GET", "/order", ebay.search(limit=201), 400)
    check(contract, "GET", "/order", ebay.peer.error_response(500), 500)
    unknown = ebay.get(f"{ORDERS}/1-2-3")
    check(contract, "GET", "/order/{orderId}", unknown, 400)


def test_our_confirmation_is_what_the_contract_declares(ebay: Driver) -> None:
    contract = document()
    body = fulfillment_body(
        Confirmation(
            order_remote_id="1-2-3",
            marketplace_id="EBAY_GB",
            package_ref="1",
            carrier_code="RoyalMail",
            carrier_name="",
            service="",
            tracking_number="AB 123456785 GB",
            shipped_at=datetime(2026, 11, 22, 9, tzinfo=UTC),
            lines=(("1000", 2),),
        )
    )

    content = contract.content["paths"][PARCELS]["post"]["requestBody"]["content"]
    assert contract.errors(content["application/json"]["schema"], body) == []


def test_notifications_are_set_up_by_the_contract(
    ebay: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = document(NOTIFICATION_FILE)
    monkeypatch.setattr(
        "stores.sandbox.ebay.notice_calls.answers_challenge", lambda *_: True
    )

    def call(method: str, path: str, body: object = None, status: int = 200) -> Any:
        real = path.replace("{destination_id}", "dest-1").replace(
            "{subscription_id}", "sub-1"
        )
        real = real.replace("{topic_id}", "MARKETPLACE_ACCOUNT_DELETION")
        answer = ebay.call(method, f"{NOTIFICATION}{real}", body, app=True)
        return check(contract, method, path, answer, status)

    destination = {
        "name": "shipsync",
        "status": "ENABLED",
        "deliveryConfig": {
            "endpoint": "https://example.com/ebay",
            "verificationToken": TOKEN,
        },
    }
    subscription = {
        "topicId": "MARKETPLACE_ACCOUNT_DELETION",
        "status": "DISABLED",
        "payload": {
            "format": "JSON",
            "schemaVersion": "1.0",
            "deliveryProtocol": "HTTPS",
        },
        "destinationId": "dest-1",
    }
    call("GET", "/config", status=404)
    call("POST", "/destination", destination, status=409)
    call("PUT", "/config", {"alertEmail": "ops@example.com"}, status=204)
    call("GET", "/config")
    call("POST", "/destination", destination, status=201)
    call("GET", "/destination")
    call("GET", "/destination/{destination_id}")
    call("PUT", "/destination/{destination_id}", destination, status=204)
    call("POST", "/subscription", subscription, status=201)
    call("POST", "/subscription", subscription, status=409)
    call("GET", "/subscription")
    call("GET", "/subscription/{subscription_id}")
    call("PUT", "/subscription/{subscription_id}", subscription, status=204)
    call("POST", "/subscription/{subscription_id}/enable", status=204)
    call("GET", "/topic/{topic_id}")
    call("GET", "/topic")
    key = ebay.peer.world.notices.key
    key.private()
    found = ebay.get(f"{NOTIFICATION}/public_key/{key.kid}", app=True)
    check(contract, "GET", "/public_key/{public_key_id}", found, 200)
    missing = ebay.get(f"{NOTIFICATION}/public_key/nobody", app=True)
    check(contract, "GET", "/public_key/{public_key_id}", missing, 404)
    call("DELETE", "/destination/{destination_id}", status=409)
    call("DELETE", "/subscription/{subscription_id}", status=204)
    call("DELETE", "/destination/{destination_id}", status=204)


def test_odd_variants_break_the_contract_on_purpose(ebay: Driver) -> None:
    contract = document()
    order = ebay.order(ebay.place_one(variant="malformed"))

    assert contract.errors({"$ref": "#/components/schemas/Order"}, order)


def test_every_fulfilment_operation_is_in_the_contract() -> None:
    operations = {
        (method.upper(), row.get("operationId"))
        for path in document().content["paths"].values()
        for method, row in path.items()
        if isinstance(row, dict)
    }

    ours = {(row.method, row.name) for row in OPERATIONS if "sell" in row.path.pattern}
    assert ours <= operations


def test_error_numbers_are_those_of_the_contract() -> None:
    path = specs_folder() / "ebay" / "error_codes_by_endpoint.json"
    known = json.loads(path.read_text())["sell_fulfillment_v1"]
    create = set(known["POST /order/{orderId}/shipping_fulfillment"])
    reads = set(known["GET /order"]) | set(known["GET /order/{orderId}"])

    # Trading's two, and what is no refusal of one order.
    tabled = set(errors.CONFIRM_REFUSALS) - {"2191111", "21916964"}
    assert tabled | {errors.SUSPENDED, "30500"} == create
    assert errors.BROKEN_REQUESTS | {errors.ORDER_UNKNOWN, "30500"} == reads


def test_carrier_codes_are_a_part_of_ebays_list() -> None:
    path = specs_folder() / "ebay" / "shipping_carrier_codes.json"
    values = set(json.loads(path.read_text())["values"])

    assert values >= CARRIERS
    assert values >= {row.carrier_code for row in DEFAULT_CARRIERS}


def test_every_cancellation_call_is_in_the_contract() -> None:
    contract = document("post_order_cancellation_oas3.json")
    operations = {
        (method.upper(), re.sub(r"\{\w+\}", "1", path))
        for path, methods in contract.content["paths"].items()
        for method in methods
    }

    for row in cancel_calls.OPERATIONS:
        if row.name != "createSigningKey":
            served = [
                path
                for method, path in operations
                if method == row.method and row.path.fullmatch(f"post-order/v2{path}")
            ]
            assert served, row.name
