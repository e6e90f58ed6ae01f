"""The simulated ShipStation answers as the stored v1 descriptions say.

Two documents: one with schemas generated from the official samples (so its types of
null and of whole numbers are guesses, and its ``required`` lists are ignored), one
with the official samples themselves, whose paths carry query strings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from shipsync_site.lib import clock
from stores.sandbox.shipstation.routes import operations
from tests.contract.openapi import OpenApi, Quirks, missing_from
from tests.contract.swagger import specs_folder
from tests.sandbox.conftest import Api, StillClock, order_body

Json = dict[str, Any]

SCHEMAS = "v1-ballerina-openapi.yaml"
SAMPLES = "v1-apisguru-apiary-openapi3.json"
QUIRKS = Quirks(
    decimals=frozenset(
        {
            "taxAmount",
            "shippingAmount",
            "insuredValue",
            "insuranceCost",
            "value",
            "unitPrice",
            "length",
            "width",
            "height",
            "fulfillmentFee",
        }
    ),
    never_null=frozenset(
        {
            "orders",
            "shipments",
            "fulfillments",
            "total",
            "page",
            "pages",
            "orderId",
            "orderNumber",
            "orderKey",
            "orderDate",
            "orderStatus",
            "createDate",
            "modifyDate",
            "billTo",
            "shipTo",
            "items",
            "shipmentId",
            "fulfillmentId",
            "trackingNumber",
            "carrierCode",
            "voided",
            "isReturnLabel",
            "marketplaceNotified",
            "hasErrors",
            "success",
            "approved",
            "tagId",
            "storeId",
            "code",
        }
    )
    # An order has its carrier only once somebody chose one, and a refused row of
    # createorders has no orderId; both are checked in tests of their own.
    - {"carrierCode", "orderId"},
    extra=frozenset(
        {
            "WeightUnits",  # official documentation text, read-only
            "billToMyOtherAccount",  # newer documentation
            "customerEmail",  # on shipments: official sample of a later version
            "sellerFillProviderId",  # newer documentation
            "sellerFillProviderName",
            "customsItemId",
            "addressVerified",
        }
    ),
    untyped=frozenset({"mergedIds", "tagIds", "customsItems", "success"}),
)


@pytest.fixture
def api() -> Iterator[Api]:
    before = clock.current()
    StillClock()
    yield Api()
    clock.configure(before)


def schemas() -> OpenApi:
    return OpenApi.load(specs_folder() / "shipstation" / SCHEMAS, QUIRKS)


def sample(method: str, path: str) -> Any:
    """The official sample answer of an operation; paths carry query strings."""
    file = specs_folder() / "shipstation" / SAMPLES
    content = json.loads(file.read_text(encoding="utf-8"))
    for template, methods in content["paths"].items():
        if template.split("?")[0] == path and method.lower() in methods:
            response = methods[method.lower()]["responses"]["200"]
            examples = response.get("content", {}).get("application/json", {})
            for example in examples.get("examples", {}).values():
                return example["value"]
    return None


def _full_order(number: str) -> Json:
    return order_body(
        number,
        paymentDate="2026-03-04 08:01:00",
        shipByDate="2026-03-06",
        customerUsername="ada@example.test",
        customerEmail="ada@example.test",
        customerNotes="ring twice",
        internalNotes="gift",
        gift=True,
        giftMessage="Hello",
        paymentMethod="card",
        requestedShippingService="Standard",
        carrierCode="royal_mail",
        serviceCode="royal_mail_tracked_24",
        packageCode="package",
        taxAmount=2.5,
        shippingAmount=3.99,
        amountPaid=21.49,
        weight={"value": 350.5, "units": "grams"},
        dimensions={"length": 10, "width": 5.5, "height": 2, "units": "centimeters"},
        insuranceOptions={
            "provider": "carrier",
            "insureShipment": True,
            "insuredValue": 20,
        },
        internationalOptions={
            "contents": "merchandise",
            "customsItems": [
                {
                    "description": "Mug",
                    "quantity": 2,
                    "value": 15,
                    "harmonizedTariffCode": "691110",
                    "countryOfOrigin": "GB",
                }
            ],
            "nonDelivery": "return_to_sender",
        },
        advancedOptions={"storeId": 20002, "source": "amazon", "customField1": "x"},
        tagIds=[501],
    )


def play(api: Api) -> dict[tuple[str, str], Any]:
    """Every operation that the sandbox plays, by method and path template."""
    answers: dict[tuple[str, str], Any] = {}

    def keep(method: str, template: str, answer: Any) -> Any:
        answers[method, template] = answer
        return answer

    def get(template: str, path: str | None = None, **query: object) -> Any:
        return keep("GET", template, api.get((path or template).strip("/"), **query))

    def post(template: str, body: object, **query: object) -> Any:
        return keep("POST", template, api.post(template.strip("/"), body, **query))

    first = post("/orders/createorder", _full_order("A-1"))
    batch = [_full_order("A-2"), order_body("A-3"), {**order_body("A-4"), "shipTo": {}}]
    rows = post("/orders/createorders", batch)["results"]
    order_id, second = first["orderId"], rows[0]["orderId"]
    user = get("/users")[0]["userId"]
    post("/orders/holduntil", {"orderId": order_id, "holdUntilDate": "2026-03-09"})
    post("/orders/restorefromhold", {"orderId": order_id})
    post("/orders/addtag", {"orderId": order_id, "tagId": 502})
    get("/orders/listbytag", orderStatus="awaiting_shipment", tagId=502)
    post("/orders/removetag", {"orderId": order_id, "tagId": 502})
    post("/orders/assignuser", {"orderIds": [order_id], "userId": user})
    post("/orders/unassignuser", {"orderIds": [order_id]})
    label = post(
        "/orders/createlabelfororder",
        {
            "orderId": order_id,
            "carrierCode": "royal_mail",
            "serviceCode": "royal_mail_tracked_24",
            "shipDate": "2026-03-04",
        },
    )
    post("/shipments/voidlabel", {"shipmentId": label["shipmentId"]})
    api.control("ship", order_keys=["k-A-1"])
    post(
        "/orders/markasshipped",
        {"orderId": second, "carrierCode": "stamps_com", "trackingNumber": "9400"},
    )
    get("/orders")
    get("/orders/{orderId}", f"orders/{order_id}")
    get("/shipments", includeShipmentItems="true")
    get("/fulfillments")
    get("/accounts/listtags")
    get("/carriers")
    get("/carriers/getcarrier", carrierCode="dpd")
    get("/carriers/listpackages", carrierCode="dpd")
    get("/carriers/listservices", carrierCode="dpd")
    get("/stores", showInactive="true")
    get("/stores/{storeId}", "stores/20002")
    get("/stores/marketplaces")
    post("/stores/refreshstore", {}, storeId=20002)
    get("/stores/getrefreshstatus", storeId=20002)
    get("/warehouses")
    get("/warehouses/{warehouseId}", "warehouses/4001")
    hook = {"target_url": "http://127.0.0.1:9/hooks/", "event": "SHIP_NOTIFY"}
    made = post("/webhooks/subscribe", {**hook, "friendly_name": "ours"})
    get("/webhooks")
    ended = api.call("DELETE", f"webhooks/{made['id']}")
    keep("DELETE", "/webhooks/{webhookId}", json.loads(ended.content))
    deleted = api.call("DELETE", f"orders/{rows[1]['orderId']}")
    keep("DELETE", "/orders/{orderId}", json.loads(deleted.content))
    # The sample of this list call holds one user, not a list; so does the schema.
    keep("GET", "/users", answers["GET", "/users"][0])
    return answers


PLAYED = operations()


def test_every_played_operation_is_checked(api: Api) -> None:
    assert set(play(api)) == set(PLAYED)


@pytest.mark.parametrize(("method", "path"), PLAYED)
def test_answer_fits_its_schema(api: Api, method: str, path: str) -> None:
    document = schemas()
    schema = document.response_schema(method, path, 200)
    if schema is None:
        pytest.skip(f"no usable schema is stored for {method} {path}")

    assert document.errors(schema, play(api)[method, path]) == []


@pytest.mark.parametrize(("method", "path"), PLAYED)
def test_answer_has_every_field_of_the_official_sample(
    api: Api, method: str, path: str
) -> None:
    example = sample(method, path)
    if example is None:
        pytest.skip(f"no official sample is stored for {method} {path}")

    assert list(missing_from(example, play(api)[method, path])) == []


def test_schemas_find_a_wrong_answer(api: Api) -> None:
    document = schemas()
    schema = document.response_schema("GET", "/orders", 200)
    assert schema is not None
    good = play(api)["GET", "/orders"]
    renamed = json.loads(json.dumps(good).replace("orderKey", "order_key"))
    retyped = {**good, "total": "3"}

    assert document.errors(schema, good) == []
    assert any("order_key" in text for text in document.errors(schema, renamed))
    assert any("total" in text for text in document.errors(schema, retyped))


def test_refused_batch_rows_have_no_order_id(api: Api) -> None:
    rows = play(api)["POST", "/orders/createorders"]["results"]

    assert [row["success"] for row in rows] == [True, True, False]
    assert [row["orderId"] is None for row in rows] == [False, False, True]


@pytest.mark.parametrize("status", [400, 401, 402, 404, 429, 500])
def test_error_bodies_have_no_stored_schema(status: int) -> None:
    document = schemas()
    stored = [
        (method, path)
        for method, path in PLAYED
        if document.response_schema(method, path, status) is not None
    ]

    assert stored == [], "a schema exists now: check the error bodies against it"
    pytest.skip(f"no schema is stored for any {status} answer; the fact sheet stands")
