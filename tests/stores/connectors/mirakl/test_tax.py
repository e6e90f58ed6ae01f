from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from stores.connectors.mirakl.parse import parse_order
from stores.connectors.mirakl.reading import Reading
from stores.remote_types import Block, RemoteOrder
from stores.vat_area import EU

PAYLOADS = Path(__file__).parents[3] / "payloads" / "mirakl"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
IN_FIELD, CONSTANT = "IM2760000999", "IM4400000222"
PLAIN = Reading(operator="salon", several=False)
FIELD = replace(PLAIN, ioss_field="ioss-number")
PAPER = replace(PLAIN, ioss_number=CONSTANT)


def parsed(reading: Reading, **changes: Any) -> RemoteOrder:
    raw = json.loads((PAYLOADS / "order__full.json").read_text())
    address = changes.pop("address", {})
    line = changes.pop("line", {})
    raw["customer"]["shipping_address"] |= address
    raw["order_lines"][0] |= line
    return parse_order(raw | changes, as_of=NOW, reading=reading)


def numbers(reading: Reading, **changes: Any) -> list[str | None]:
    return [line.ioss_number for line in parsed(reading, **changes).lines]


def test_without_a_setting_no_field_is_taken_for_a_tax_number() -> None:
    assert numbers(PLAIN) == ["", ""]


def test_a_custom_field_of_the_order_is_that_of_all_lines() -> None:
    order = parsed(FIELD)

    assert [line.ioss_number for line in order.lines] == [IN_FIELD, IN_FIELD]
    assert {line.tax_scheme for line in order.lines} == {"IOSS"}


def test_a_lines_own_field_comes_before_the_orders() -> None:
    own = {"code": "ioss-number", "type": "STRING", "value": " IM1110000111 "}

    found = numbers(FIELD, line={"order_line_additional_fields": [own]})

    assert found == ["IM1110000111", IN_FIELD]


def test_a_number_of_another_form_is_kept_and_reported() -> None:
    odd = [{"code": "ioss-number", "type": "NUMERIC", "value": 2760000999}]

    order = parsed(FIELD, order_additional_fields=odd)

    assert order.lines[0].ioss_number == "2760000999"
    assert order.unknown_values == (("custom field ioss-number", "2760000999"),)


@pytest.mark.parametrize("value", [None, "", [], {"a": 1}, True])
def test_an_empty_field_holds_no_number(value: Any) -> None:
    rows = [{"code": "ioss-number", "value": value}]

    assert numbers(FIELD, order_additional_fields=rows) == ["", ""]


@pytest.mark.parametrize(
    ("address", "applies"),
    [
        ({"country_iso_code": "DEU", "zip_code": "10115"}, True),
        ({"country_iso_code": "IRL", "zip_code": "D01"}, True),
        ({"country_iso_code": "ESP", "zip_code": "28001"}, True),
        # In the EU, outside its VAT area: the Canaries, Ceuta, Büsingen, Livigno.
        ({"country_iso_code": "ESP", "zip_code": "35001"}, False),
        ({"country_iso_code": "ESP", "zip_code": "51001"}, False),
        ({"country_iso_code": "DEU", "zip_code": "78266"}, False),
        ({"country_iso_code": "ITA", "zip_code": "23041"}, False),
        ({"country_iso_code": "GLP", "zip_code": "97100"}, False),
        ({"country_iso_code": "GBR", "zip_code": "M1 1AE"}, False),
        ({"country_iso_code": "CHE", "zip_code": "8001"}, False),
        ({"country_iso_code": "NOR", "zip_code": "0150"}, False),
    ],
)
def test_the_operators_number_goes_where_the_scheme_holds(
    address: dict[str, str], applies: bool
) -> None:
    expected = CONSTANT if applies else ""

    assert numbers(PAPER, address=address) == [expected, expected]


def test_a_line_that_leaves_from_the_eu_needs_no_number() -> None:
    origin = {"address": {"country_iso_code": "NLD"}}

    assert numbers(PAPER, line={"shipping_from": origin}) == ["", CONSTANT]


def test_dear_goods_are_not_of_the_scheme() -> None:
    # 156.00 with 5.80 of VAT in it are 150.20 of goods.
    assert numbers(PAPER, price=156.0) == ["", ""]
    assert numbers(PAPER, price=155.8) == [CONSTANT] * 2
    assert numbers(PAPER, price=155.8, order_tax_mode="TAX_EXCLUDED") == ["", ""]
    # In pounds nobody here knows the day's rate.
    assert numbers(PAPER, price=156.0, currency_iso_code="GBP") == [CONSTANT] * 2


def test_without_an_address_the_number_is_unknown_not_missing() -> None:
    waiting = {"order_state": "WAITING_DEBIT", "customer": {"customer_id": "1"}}

    for reading, known in ((PAPER, False), (FIELD, True), (PLAIN, True)):
        raw = json.loads((PAYLOADS / "order__full.json").read_text()) | waiting
        order = parse_order(raw, as_of=NOW, reading=reading)

        assert (Block.TAX in order.blocks) is known


def test_the_buyers_own_vat_id_is_no_customs_number() -> None:
    order = parsed(PLAIN)

    assert "DE000000000" not in {line.ioss_number for line in order.lines}
    organization = order.raw["customer"]["organization"]
    assert organization["tax_identification_number"] == "DE000000000"


def test_the_eu_has_27_members() -> None:
    assert len(EU) == 27
