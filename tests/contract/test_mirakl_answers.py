"""The simulated Mirakl answers as its seller contract declares.

The contract is OpenAPI 3.1 with habits of its own: enumerations stand in descriptions, any
field may be null ('Null before shipping'), and the value of a custom field is declared in
a subtype that ``type`` chooses. It declares successes only, so refusals have no schema here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from shipsync_site.lib import clock
from stores.sandbox.mirakl.novelties import FIELD, VALUE
from stores.sandbox.mirakl.operations import OPERATIONS
from tests.contract.swagger import specs_folder
from tests.sandbox.mirakl.driver import Driver, make_driver

Json = dict[str, Any]

SPEC_FILE = "mmp-seller-openapi.json"
OPERATORS = ("northgate", "homeware", "salon")
_ENUM = re.compile(r"Enum: ((?:`\"[^\"`]+\"`(?:, )?)+)")
# Long lists of which we need the shape only.
DEPTH = 12


@cache
def content(path: Path) -> Json:
    assert path.is_file(), f"{path} is missing"
    found: Json = json.loads(path.read_text(encoding="utf-8"))
    assert str(found["openapi"]).startswith("3.1")
    return found


class Contract:
    """The seller contract as JSON Schema: unknown fields are errors, null is none."""

    def __init__(self) -> None:
        self.spec = content(specs_folder() / "mirakl" / SPEC_FILE)
        self.operations: dict[str, tuple[str, str, Json]] = {
            row["operationId"]: (method.upper(), path, row)
            for path, rows in self.spec["paths"].items()
            for method, row in rows.items()
            if isinstance(row, dict) and "operationId" in row
        }

    def errors(self, name: str, status: int, value: object) -> list[str]:
        """What is wrong with an operation's answer, as 'path: message'."""
        declared = self.operations[name][2]["responses"]
        assert str(status) in declared, f"{name}: {status} is not declared"
        body = declared[str(status)].get("content")
        if body is None:
            return [] if value is None else [f"{name}: {status} has no body"]
        return self.check(body["application/json"]["schema"], value)

    def request_errors(self, name: str, value: object) -> list[str]:
        """What is wrong with a request's body."""
        body = self.operations[name][2]["requestBody"]["content"]
        return self.check(body["application/json"]["schema"], value)

    def check(self, schema: Json, value: object) -> list[str]:
        validator = Draft202012Validator(self._translate(schema, 0))
        return [
            f"{'/'.join(map(str, error.absolute_path)) or '(root)'}: {error.message}"
            for error in validator.iter_errors(value)
        ]

    def _resolve(self, schema: Json) -> Json:
        while "$ref" in schema:
            schema = self.spec["components"]["schemas"][
                schema["$ref"].rsplit("/", 1)[-1]
            ]
        return schema

    def _translate(self, schema: Json, depth: int) -> Json:
        schema = self._resolve(schema)
        if depth > DEPTH or not schema:
            return {}
        if "discriminator" in schema:
            return self._subtypes(schema, depth)
        kind = schema.get("type", "object")
        result: Json = {"type": [kind, "null"]}
        if kind == "array":
            result["items"] = self._translate(schema.get("items", {}), depth + 1)
        elif kind == "object" and "properties" in schema:
            result["properties"] = {
                name: self._translate(row, depth + 1)
                for name, row in schema["properties"].items()
            }
            result["required"] = schema.get("required", [])
            result["additionalProperties"] = False
        elif values := self._values(schema):
            result["enum"] = [*values, None]
        return result

    def _subtypes(self, schema: Json, depth: int) -> Json:
        base = dict(schema["properties"])
        rows = []
        for name, ref in schema["discriminator"]["mapping"].items():
            own = self._resolve({"$ref": ref})
            known = {**base, **own.get("properties", {})}
            translated = {k: self._translate(v, depth + 1) for k, v in known.items()}
            rows.append(
                {
                    "type": "object",
                    "properties": {
                        **translated,
                        schema["discriminator"]["propertyName"]: {"const": name},
                    },
                    "required": [*schema.get("required", []), *own.get("required", [])],
                    "additionalProperties": False,
                }
            )
        return {"anyOf": rows}

    def _values(self, schema: Json) -> list[str]:
        found = _ENUM.search(schema.get("description", ""))
        return re.findall(r'"([^"]+)"', found[1]) if found else []


@pytest.fixture(name="contract")
def _contract() -> Contract:
    return Contract()


@pytest.fixture
def mirakl() -> Iterator[Driver]:
    before = clock.current()
    driver = make_driver()
    driver.peer.configure({"novelties": 0, "limits": {"all": "off"}})
    yield driver
    clock.configure(before)


def accepts(
    contract: Contract, name: str, answer: HttpResponse, status: int = 200
) -> Any:
    """The answer has this status and is what the contract declares for it."""
    assert answer.status_code == status, answer.content
    body = json.loads(answer.content) if answer.content else None
    assert contract.errors(name, status, body) == []
    return body


def fill(mirakl: Driver) -> list[str]:
    """One order in each state that an answer of this operator can show."""
    mirakl.place_one(seed=1, staging=9e9)
    mirakl.place_one(seed=2, note="For the neighbour")
    mirakl.place_one(seed=3, fulfilled_by="operator")
    company = mirakl.ready(seed=4, b2b=True, lines=6)
    ids = {name: mirakl.ready(seed=10 + i, lines=3, quantity=2) for i, name in enumerate(("cancelled", "line", "asked", "incident", "sent", "received"))}  # fmt: skip
    control = mirakl.peer.cancel
    control({"order_id": ids["cancelled"], "how": "cancelled"})
    control({"order_id": ids["line"], "how": "line", "quantity": 1})
    control({"order_id": ids["asked"], "how": "request"})
    control({"order_id": ids["incident"], "how": "request", "via": "incident"})
    carrier = mirakl.rules.carriers[0].code
    for name in ("received", "sent"):
        tracked = mirakl.track(ids[name], carrier_code=carrier, tracking_number="A1")
        assert tracked.status_code == 204, tracked.content
        assert mirakl.ship(ids[name]).status_code == 204
        mirakl.later(days=8)
    mirakl.place_one(seed=5)
    return [company, *ids.values()]


@pytest.mark.parametrize("operator", OPERATORS)
def test_orders_are_listed_and_read_by_the_contract(
    contract: Contract, mirakl: Driver, operator: str
) -> None:
    shop = mirakl.at(operator)
    ids = fill(shop)

    body = accepts(contract, "OR11", shop.call("GET", "orders", max=100))

    listed = {row["order_id"] for row in body["orders"]}
    assert set(ids) <= listed
    assert body["total_count"] == len(listed)
    assert {row["order_state"] for row in body["orders"]} >= {"STAGING", "SHIPPING", "CANCELED", "RECEIVED"}  # fmt: skip
    for order_id in listed:
        accepts(contract, "OR12", shop.call("GET", f"orders/{order_id}"))


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("A01", "account"),
        ("PC01", "platform/configuration"),
        ("AF01", "additional_fields"),
        ("CH11", "channels"),
        ("RE01", "reasons"),
        ("RE02", "reasons/CANCELATION"),
        ("SH12", "shipping/types"),
        ("SH21", "shipping/carriers"),
    ],
)
def test_the_operators_lists_are_told_by_the_contract(
    contract: Contract, mirakl: Driver, operator: str, name: str, path: str
) -> None:
    accepts(contract, name, mirakl.at(operator).call("GET", path))


def test_a_healthy_platform_answers_200(contract: Contract, mirakl: Driver) -> None:
    assert "200" in contract.operations["V01"][2]["responses"]
    assert mirakl.call("GET", "version").status_code == 200


def test_orders_are_taken_by_the_contract(contract: Contract, mirakl: Driver) -> None:
    shop = mirakl.at("homeware")
    order_id = shop.place_one(lines=3)
    lines = shop.order(order_id)["order_lines"]
    body = {"order_lines": [{"id": row["order_line_id"], "accepted": True} for row in lines]}  # fmt: skip

    assert contract.request_errors("OR21", body) == []
    accepts(contract, "OR21", shop.call("PUT", f"orders/{order_id}/accept", body), 204)


def test_error_codes_of_an_acceptance_are_those_of_the_contract(
    contract: Contract,
) -> None:
    text = contract.operations["OR21"][2]["description"]
    declared = set(re.findall(r"<code>([A-Z_]{6,})</code>", text))
    folder = Path(__file__).parents[2] / "stores" / "sandbox" / "mirakl"
    source = "".join(path.read_text() for path in folder.glob("*.py"))

    played = {code for code in declared if f'code="{code}"' in source}
    assert played == declared - {"WAITING_ACCEPTANCE"}


def test_shipping_is_told_by_the_contract(contract: Contract, mirakl: Driver) -> None:
    order_id = mirakl.ready()
    tracking = {"carrier_code": "ROYALMAIL", "tracking_number": "AB123456785GB"}

    assert contract.request_errors("OR23", tracking) == []
    accepts(contract, "OR23", mirakl.track(order_id, **tracking), 204)
    accepts(contract, "OR24", mirakl.ship(order_id), 204)


def test_cancellations_are_told_by_the_contract(
    contract: Contract, mirakl: Driver
) -> None:
    whole, part = mirakl.ready(seed=1), mirakl.ready(seed=2, quantity=3, sku="MUG-BLUE")
    (line,) = mirakl.order(part)["order_lines"]
    body = {
        "order_tax_mode": "TAX_INCLUDED",
        "cancelations": [
            {
                "order_line_id": line["order_line_id"],
                "quantity": 1,
                "amount": line["price_unit"],
                "shipping_amount": 0,
                "reason_code": "1",
                "taxes": [{"code": "VAT", "amount": 2.15}],
                "currency_iso_code": "GBP",
            }
        ],
    }

    accepts(contract, "OR29", mirakl.call("PUT", f"orders/{whole}/cancel"), 204)
    assert contract.request_errors("OR30", body) == []
    accepts(contract, "OR30", mirakl.call("PUT", "orders/cancel", body))


def test_shipments_are_told_and_read_by_the_contract(
    contract: Contract, mirakl: Driver
) -> None:
    shop = mirakl.at("salon")
    order_id = shop.ready(sku="MUG-BLUE", quantity=3)
    (line,) = shop.order(order_id)["order_lines"]

    def shipment(quantity: int, **fields: Any) -> Json:
        row = {"order_line_id": line["order_line_id"], "quantity": quantity}
        return {"order_id": order_id, "shipment_lines": [row], **fields}

    told = {"carrier_code": "RM24", "tracking_number": "AB123456785GB"}
    body = {
        "shipments": [
            shipment(1, shipped=True, tracking=told, invoice_reference="R1"),
            shipment(1, shipping_from={"warehouse": {"code": "LON"}}),
            shipment(9, shipped=True),
        ]
    }
    assert contract.request_errors("ST01", body) == []
    made = accepts(contract, "ST01", shop.call("POST", "shipments", body), 201)
    assert [len(rows) for rows in made.values()] == [2, 1]

    accepts(contract, "ST12", shop.call("GET", "shipments/items_to_ship"))
    prepared = made["shipment_success"][1]["id"]
    wrong = {"carrier_name": "Somebody", "tracking_url": "https://example.com/1"}
    change = {"shipments": [{"id": prepared, "tracking": wrong}, {"id": "no-SHP1", "tracking": told}]}  # fmt: skip
    assert contract.request_errors("ST23", change) == []
    accepts(contract, "ST23", shop.call("POST", "shipments/tracking", change))
    send = {"shipments": [{"id": prepared}, {"id": prepared}]}
    assert contract.request_errors("ST24", send) == []
    accepts(contract, "ST24", shop.call("PUT", "shipments/ship", send))
    mirakl.later(hours=3)
    for query in ({}, {"limit": 1}):
        accepts(contract, "ST11", shop.call("GET", "shipments", **query))


def test_stock_and_offers_are_told_and_read_by_the_contract(
    contract: Contract, mirakl: Driver
) -> None:
    stock = accepts(contract, "STO01", mirakl.upload('"offer-sku";"quantity"\nX;1\n'), 201)  # fmt: skip
    body = {
        "offers": [
            {
                "shop_sku": "MUG-BLUE",
                "price": 12.9,
                "product_id": "P-1",
                "product_id_type": "SKU",
                "state_code": "11",
                "update_delete": "update",
                "discount": {"price": 9.9},
            }
        ]
    }
    assert contract.request_errors("OF24", body) == []
    offers = accepts(contract, "OF24", mirakl.call("POST", "offers", body), 201)

    for seconds in (0, 15, 30):
        mirakl.later(seconds=seconds)
        status = mirakl.call("GET", f"offers/stock/imports/{stock['import_id']}/status")
        accepts(contract, "STO02", status)
        status = mirakl.call("GET", f"offers/imports/{offers['import_id']}")
        accepts(contract, "OF02", status)

    accepts(contract, "OF21", mirakl.call("GET", "offers"))
    report = mirakl.call("GET", f"offers/stock/imports/{stock['import_id']}/error_report")  # fmt: skip
    (kind,) = contract.operations["STO03"][2]["responses"]["200"]["content"]
    assert report["Content-Type"] == kind


def test_money_is_told_by_the_contract(contract: Contract, mirakl: Driver) -> None:
    shop = mirakl.at("homeware")
    order_id = shop.ready(country="DEU", sku="MUG-BLUE", quantity=2, ioss=True)
    shop.track(order_id, carrier_code="dpd-uk", tracking_number="1")
    assert shop.ship(order_id).status_code == 204
    body = {
        "order_tax_mode": "TAX_INCLUDED",
        "refunds": [
            {
                "order_line_id": f"{order_id}-1",
                "quantity": 1,
                "amount": 12.9,
                "shipping_amount": 0,
                "reason_code": "HM-11",
                "taxes": [{"code": "VAT", "amount": 2.24}],
            }
        ],
    }
    assert contract.request_errors("OR28", body) == []
    accepts(contract, "OR28", shop.call("PUT", "orders/refund", body))
    accepts(contract, "OR11", shop.call("GET", "orders"))
    shop.peer.control("penalty", {"order_id": order_id, "amount": 2})
    shop.peer.fault({"fault": "payout_failed"})

    for days in (0, 20, 20):
        shop.later(days=days)
        log = shop.call("GET", "sellerpayment/transactions_logs", limit=2000)
        accepts(contract, "TL02", log)
        accepts(contract, "SBC11", shop.call("GET", "seller-billing-cycles"))


def test_threads_are_read_by_the_contract(contract: Contract, mirakl: Driver) -> None:
    order_id = mirakl.ready(b2b=True)
    mirakl.peer.cancel({"order_id": order_id, "how": "request"})
    mirakl.peer.cancel({"order_id": order_id, "how": "withdrawn"})

    for query in ({}, {"with_messages": "true"}):
        body = accepts(contract, "M11", mirakl.call("GET", "inbox/threads", **query))
    (thread,) = body["data"]
    accepts(contract, "M10", mirakl.call("GET", f"inbox/threads/{thread['id']}"))


def test_novelties_are_what_the_contract_does_not_know(
    contract: Contract, mirakl: Driver
) -> None:
    mirakl.peer.configure({"novelties": 1})
    mirakl.place(20)

    answer = mirakl.call("GET", "orders", max=100)

    problems = contract.errors("OR11", 200, json.loads(answer.content))
    assert {FIELD in text or VALUE in text for text in problems} == {True}
    assert any(FIELD in text for text in problems)
    assert any(VALUE in text for text in problems)


def test_every_operation_that_is_played_is_in_the_contract(contract: Contract) -> None:
    for row in OPERATIONS:
        method, path, _ = contract.operations[row.name]
        assert row.method == method
        example = re.sub(r"\{\w+\}", "x", path.removeprefix("/"))
        assert row.path.fullmatch(example), row.name
