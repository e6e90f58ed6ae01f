"""What we send to an operator is what Mirakl's seller contract declares.

The contract names no parameters of paging and sorting: these are of its general notes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from stores.connectors.base import Stream
from stores.connectors.mirakl import check, errors, lists, states
from stores.connectors.mirakl.countries import ALPHA_2
from stores.remote_types import CursorState
from tests.contract.test_mirakl_answers import Contract
from tests.stores.connectors.mirakl.test_connector import (
    ACCEPTANCE,
    API,
    CANCEL,
    CARRIERS,
    CONFIRMATION,
    LINES,
    NOW,
    ORDER,
    ORDERS,
    PART,
    SHIPMENTS,
    SHOP,
    UNLISTED,
    connector,
    listed,
    order,
    platform,
    shipment,
)

Json = dict[str, Any]
pytestmark = pytest.mark.django_db
GENERAL = {"max", "offset", "sort", "order", "limit", "page_token"}


@pytest.fixture(name="contract")
def _contract() -> Contract:
    return Contract()


@pytest.fixture
def operator() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(ORDERS, json=listed(order()))
        mock.get(f"{API}/platform/configuration", json=platform(False))
        mock.get(f"{API}/shipping/carriers", json={"carriers": CARRIERS})
        mock.get(f"{API}/shipping/types", json={"shipping_types": []})
        mock.get(f"{API}/reasons", json={"reasons": []})
        mock.get(f"{API}/additional_fields", json={"additional_fields": []})
        mock.get(f"{API}/account", json=SHOP)
        for path in ("accept", "tracking", "ship", "cancel"):
            mock.put(f"{ORDER}/{path}", status=204)
        mock.put(f"{ORDERS}/cancel", json={"cancelations": []})
        done = {"shipment_success": [shipment()], "shipment_errors": []}
        mock.post(SHIPMENTS, status=201, json=done)
        mock.post(f"{SHIPMENTS}/tracking", json=done)
        mock.put(f"{SHIPMENTS}/ship", json=done)
        yield mock


def play(operator: responses.RequestsMock) -> None:
    """Everything that the connector can ask for."""
    one = connector(unlisted=True, links="Yodel = https://y.example/{number}")
    one.check_connection()
    one.fetch_choices()
    one.fetch_page(Stream.OPEN, CursorState(), now=NOW)
    one.confirm(CONFIRMATION)
    one.confirm(UNLISTED)
    one.accept(ACCEPTANCE)
    one.answer_cancellation(CANCEL)
    one.answer_cancellation(replace(CANCEL, reason="17"))
    one.answer_cancellation(
        replace(CANCEL, whole=False, reason="17", lines=((LINES[0][0], 1),))
    )
    parcels = connector(shipments="several", unlisted=True)
    prepared = shipment(status="SHIPPING", tracking={"tracking_number": "OLD"})
    operator.get(SHIPMENTS, json={"data": [], "next_page_token": "t"})
    operator.get(SHIPMENTS, json={"data": []})
    operator.get(SHIPMENTS, json={"data": [prepared]})
    parcels.confirm(PART)
    parcels.confirm(replace(PART, carrier_code="YODEL", carrier_name="Yodel"))


def declared(contract: Contract, request: Any) -> tuple[str, Json]:
    """The operation that a request is, by method and path."""
    path = urlsplit(str(request.url)).path
    for name, (method, template, row) in contract.operations.items():
        parts = re.split(r"\{[^}]+\}", template)
        if method == request.method and re.fullmatch(
            "[^/]+".join(map(re.escape, parts)), path
        ):
            return name, row
    raise AssertionError(f"{request.method} {path} is not declared")


def test_every_request_is_declared(
    contract: Contract, operator: responses.RequestsMock
) -> None:
    play(operator)

    played = set()
    for call in operator.calls:
        name, row = declared(contract, call.request)
        played.add(name)
        known = {x["name"] for x in row.get("parameters", []) if x["in"] == "query"}
        sent = set(parse_qs(urlsplit(str(call.request.url)).query))
        assert sent <= known | GENERAL, name
        assert "requestBody" in row or not call.request.body, name
        if "requestBody" in row:
            body = json.loads(call.request.body or "null")
            assert contract.request_errors(name, body) == [], name
    assert played == {
        *("A01", "AF01", "PC01", "RE01", "SH12", "SH21", "OR11", "OR21", "OR23"),
        *("OR24", "OR29", "OR30", "ST01", "ST11", "ST23", "ST24"),
    }


def test_answers_of_the_tests_are_those_of_the_contract(contract: Contract) -> None:
    schema = contract.operations["OR11"][2]["responses"]["200"]["content"]
    found = contract.check(schema["application/json"]["schema"], listed(order()))

    # Much is required that nobody reads; what is there must be of its kind.
    assert [x for x in found if "is a required property" not in x] == []


def values(contract: Contract, schema: str, field: str) -> set[str]:
    """The values that a field's description names, deprecated ones apart."""
    row = contract.spec["components"]["schemas"][schema]["properties"][field]
    current = row["description"].partition("<details>")[0]
    return set(re.findall(r'`"([^"`]+)"`', current))


def test_states_are_the_contracts(contract: Contract) -> None:
    orders, lines = "OR11_Response_200_Orders", "OR11_Response_200_Orders_OrderLines"
    tracking = "ST11_Response_200_Data_Tracking"

    assert values(contract, orders, "order_state") == set(states.ORDER_STATES)
    assert values(contract, lines, "order_line_state") == states.LINE_STATES
    assert values(contract, tracking, "validity_status") == states.VALIDITY
    shipment_states = values(contract, "ST11_Response_200_Data", "status")
    assert shipment_states == states.SHIPMENT_STATES
    assert lists.CANCELATION in values(contract, "RE01_Response_200_Reasons", "type")
    shop_states = values(contract, "A01_Response_200", "shop_state")
    assert shop_states == {check.OPEN, check.CLOSED, check.SUSPENDED, check.TERMINATED}


def test_every_country_of_the_contract_has_two_letters(contract: Contract) -> None:
    schema = contract.spec["components"]["schemas"]
    address = schema["OR11_Response_200_Orders_Customer_ShippingAddress"]
    text = address["properties"]["country_iso_code"]["description"]
    codes = set(re.findall(r'"([A-Z]{3})"', text))

    assert len(codes) > 200
    assert codes - set(ALPHA_2) == set()


def test_refusals_of_an_acceptance_are_those_of_the_contract(
    contract: Contract,
) -> None:
    text = contract.operations["OR21"][2]["description"]
    codes = set(re.findall(r"<code>([A-Z_]{5,})</code> \|", text))

    assert codes == set(errors.REFUSALS)
