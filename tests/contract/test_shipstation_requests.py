"""What we send to ShipStation v1 is what its stored descriptions know.

The official samples' document holds paths (with their query strings) and the schemas of
bodies; it marks next to nothing as required, so what its text requires is listed here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from orders.payload import TaxMarker
from stores import budgets
from stores.http import Gateway
from stores.shipstation import catalogue, webhooks
from stores.shipstation.client import BUDGET_SPECS, ShipStationClient
from stores.shipstation.types import SsStatus
from stores.transport import new_session
from tests.contract.swagger import SPECS_ENV, specs_folder
from tests.orders.test_payload import at_warehouse, made, order
from tests.stores.shipstation import bodies

Json = dict[str, Any]
BASE = "https://ssapi.example.test"
REQUIRED = {"orderNumber", "orderDate", "orderStatus", "billTo", "shipTo"}
STATUSES = {"awaiting_payment", "awaiting_shipment", "shipped", "on_hold", "cancelled"}
# In newer documentation only: fact sheet 1.8 and 1.9.
UNSTORED_FIELDS = {"orderId", "holdUntilDate", "userId"}
MOMENT = datetime(2026, 7, 1, 12, tzinfo=UTC)


class Description:
    """The official v1 description."""

    def __init__(self) -> None:
        path = specs_folder() / "shipstation" / "v1-apisguru-apiary-openapi3.json"
        if not path.is_file():
            pytest.fail(f"{SPECS_ENV}: {path} is missing")
        self.content: Json = json.loads(path.read_text(encoding="utf-8"))

    def operations(self, method: str, path: str) -> list[tuple[set[str], Json]]:
        """The operations that serve a path, each with its query parameters."""
        found = []
        for template, methods in self.content["paths"].items():
            bare, _, query = template.partition("?")
            parts = re.split(r"\{[^}]+\}", bare)
            # a fixed path is not the {orderId} of another
            matches = re.fullmatch(r"\d+".join(map(re.escape, parts)), path)
            if matches and method.lower() in methods:
                names = set(re.findall(r"(\w+)=", query))
                found.append((names, methods[method.lower()]))
        return found

    def body_errors(self, operation: Json, body: Any) -> list[str]:
        """What is wrong with a body; fields that the schema doesn't know included."""
        holder = operation["requestBody"]
        if "$ref" in holder:
            name = holder["$ref"].rsplit("/", 1)[-1]
            holder = self.content["components"]["requestBodies"][name]
        schema = _closed(holder["content"]["application/json"]["schema"])
        return [
            f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
            for error in Draft202012Validator(schema).iter_errors(body)
        ]


def _closed(schema: Json) -> Json:
    """The schema with nulls allowed, samples' 'required' dropped, and no more fields."""
    result: Json = {}
    if "type" in schema:
        result["type"] = [schema["type"], "null"]
    if "properties" in schema:
        known = {name: _closed(row) for name, row in schema["properties"].items()}
        result["properties"] = known
        if "orderNumber" in known:
            known |= {name: {} for name in UNSTORED_FIELDS}
        result["additionalProperties"] = False
    if "items" in schema:
        result["items"] = _closed(schema["items"])
    return result


@pytest.fixture
def description() -> Description:
    return Description()


@pytest.fixture
def client(description: Description, db: None) -> ShipStationClient:
    budgets.ensure("shipstation-1", BUDGET_SPECS)
    gateway = Gateway("shipstation-1", session=new_session())
    return ShipStationClient(gateway, base_url=BASE, api_key="k", api_secret="s")


@pytest.fixture
def peer() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


YES = {"success": True, "message": "ok"}
CALLS: dict[str, tuple[str, str, Any, Callable[[ShipStationClient], object]]] = {
    "createorders": (
        "POST",
        "/orders/createorders",
        {"hasErrors": False, "results": []},
        lambda client: client.create_orders([made().body, abroad(), updated()]),
    ),
    "createorder": (
        "POST",
        "/orders/createorder",
        bodies.order(),
        lambda client: client.create_order(updated()),
    ),
    "order": (
        "GET",
        "/orders/9001",
        bodies.order(),
        lambda client: client.get_order(9001),
    ),
    "orders": (
        "GET",
        "/orders",
        {"orders": []},
        lambda client: client.list_orders(
            modified_since=MOMENT,
            modified_until=MOMENT,
            order_number="203",
            status=SsStatus.ON_HOLD,
            store_id=12,
        ),
    ),
    "shipments": (
        "GET",
        "/shipments",
        {"shipments": []},
        lambda client: client.list_shipments(
            created_since=MOMENT,
            created_until=MOMENT,
            voided_since=MOMENT,
            voided_until=MOMENT,
            order_id=9001,
        ),
    ),
    "fulfillments": (
        "GET",
        "/fulfillments",
        {"fulfillments": []},
        lambda client: client.list_fulfillments(
            created_since=MOMENT, created_until=MOMENT, order_id=9001
        ),
    ),
    "holduntil": (
        "POST",
        "/orders/holduntil",
        YES,
        lambda client: client.hold_until(9001, date(2026, 7, 3)),
    ),
    "voidlabel": (
        "POST",
        "/shipments/voidlabel",
        {"approved": True, "message": "Label voided successfully"},
        lambda client: client.void_label(70001),
    ),
    "restorefromhold": (
        "POST",
        "/orders/restorefromhold",
        YES,
        lambda client: client.restore_from_hold(9001),
    ),
    "addtag": (
        "POST",
        "/orders/addtag",
        YES,
        lambda client: client.add_tag(9001, 3),
    ),
    "removetag": (
        "POST",
        "/orders/removetag",
        YES,
        lambda client: client.remove_tag(9001, 3),
    ),
    "listtags": (
        "GET",
        "/accounts/listtags",
        [],
        lambda client: client.list_tags(),
    ),
    "stores": ("GET", "/stores", [], lambda client: client.list_stores()),
    "carriers": ("GET", "/carriers", [], lambda client: client.list_carriers()),
    "services": (
        "GET",
        "/carriers/listservices",
        [],
        lambda client: catalogue.list_services(client, "dpd"),
    ),
    "subscribe": (
        "POST",
        "/webhooks/subscribe",
        {"id": 123},
        lambda client: webhooks.subscribe(
            client,
            event="SHIP_NOTIFY",
            url="https://ops.example.com/x",
            name="shipsync",
        ),
    ),
    "webhooks": ("GET", "/webhooks", {"webhooks": []}, webhooks.list_all),
    "unsubscribe": (
        "DELETE",
        "/webhooks/123",
        {},
        lambda client: webhooks.delete(client, 123),
    ),
}


def abroad() -> Json:
    facts = order(
        ship_from_country="DE",
        customer_note="Please ring",
        tax_marker=TaxMarker(scheme="IOSS", number="IM2760000123"),
    )
    return made(facts, stop=True).body


def updated() -> Json:
    return made(current=at_warehouse(), want="on_hold", stop=True).body


@pytest.mark.parametrize("name", sorted(CALLS))
def test_request_is_known_to_the_description(
    description: Description,
    client: ShipStationClient,
    peer: responses.RequestsMock,
    name: str,
) -> None:
    method, path, answer, call = CALLS[name]
    peer.add(method, BASE + path, json=answer)

    call(client)

    request = peer.calls[0].request
    operations = description.operations(method, path)
    assert operations, f"the description has no {method} {path}"
    sent = set(parse_qs(urlsplit(str(request.url)).query))
    assert any(sent <= known for known, _ in operations), sorted(sent)
    if method == "POST":
        assert isinstance(request.body, bytes)
        body = json.loads(request.body)
        assert description.body_errors(operations[0][1], body) == []


@pytest.mark.parametrize("make", [lambda: made().body, abroad, updated])
def test_bodies_carry_what_the_text_requires(make: Callable[[], Json]) -> None:
    body = make()

    assert set(body) >= REQUIRED
    assert body["billTo"]["name"]
    assert body["orderStatus"] in STATUSES
    assert all(item["name"] for item in body["items"])
    for name in ("orderDate", "shipByDate"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}", body[name])


def test_the_check_finds_a_wrong_request(description: Description) -> None:
    ((_, operation),) = description.operations("POST", "/orders/createorder")

    problems = description.body_errors(
        operation, {"orderNumber": 5, "shipTo": {"postcode": "LS1"}}
    )

    assert len(problems) == 2
    assert not description.operations("POST", "/orders/cancel")
