"""What we put as a tax identifier fits the stored description of API v2."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from orders.models import Order
from orders.sync.operations.tax import identifier_of
from orders.tax_schemes import SCHEMES
from stores.models import Store
from stores.sandbox.shipstation import v2 as sandbox
from stores.shipstation.v2 import TaxIdentifier
from tests.contract.swagger import SPECS_ENV, specs_folder

Json = dict[str, Any]
NUMBERS = {
    "IOSS": "IM2760000123",
    "OSS": "EU372022452",
    "GB_VOEC": "GB365608576",
    "VOEC": "2024999",
    "ABN": "64000000927",
    "IRD": "49091850",
    "VAT": "DE136695976",
    "EORI": "GB123456789000",
}


@pytest.fixture(scope="module")
def schemas() -> Json:
    path = specs_folder() / "shipstation" / "shipstation-v2-openapi.yaml"
    if not path.is_file():
        pytest.fail(f"{SPECS_ENV}: {path} is missing")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506
    found: Json = content["components"]["schemas"]
    return found


@pytest.mark.parametrize("code", sorted(SCHEMES))
def test_every_scheme_makes_a_tax_identifier_that_v2_takes(
    schemas: Json, code: str
) -> None:
    number = NUMBERS.get(code, "AB-12345")
    order = Order(
        country="CH",
        store=Store(ship_from_country="GB"),
        tax={"scheme": code, "number": number, "entity": "shipper"},
    )

    found = identifier_of(order)

    root = {"components": {"schemas": schemas}}
    schema = {"$ref": "#/components/schemas/tax_identifier", **root}
    errors = Draft202012Validator(schema).iter_errors(asdict(found))
    assert [error.message for error in errors] == []
    assert len(found.issuing_authority) == 2


def test_a_rules_own_word_counts() -> None:
    order = Order(
        country="FR",
        store=Store(ship_from_country="GB"),
        tax={
            "scheme": "IOSS",
            "number": "im 276 0000 123",
            "entity": "recipient",
            "issuing_country": "IE",
        },
    )

    assert identifier_of(order) == TaxIdentifier(
        taxable_entity_type="recipient",
        identifier_type="ioss",
        issuing_authority="IE",
        value="IM2760000123",
    )


def test_the_sandbox_takes_what_the_description_lists(schemas: Json) -> None:
    assert set(sandbox.KINDS) == set(schemas["identifier_type"]["enum"])
    assert set(sandbox.ENTITIES) == set(schemas["taxable_entity_type"]["enum"])
    assert set(sandbox.FIELDS) == set(schemas["tax_identifier"]["required"])
