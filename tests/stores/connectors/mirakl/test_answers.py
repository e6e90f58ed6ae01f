from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stores.connectors.mirakl.answers import lines_body
from stores.connectors.mirakl.cancels import units_of
from stores.remote_types import CancellationAnswer

PAYLOADS = Path(__file__).parents[3] / "payloads" / "mirakl"
FIRST, SECOND = "00012345-A-1", "00012345-A-2"


def order(**changes: Any) -> dict[str, Any]:
    line = changes.pop("line", {})
    found: dict[str, Any] = json.loads((PAYLOADS / "order__full.json").read_text())
    found["order_lines"][0] |= line
    return found | changes


def answer(*lines: tuple[str, int], whole: bool = False) -> CancellationAnswer:
    return CancellationAnswer(
        order_remote_id="00012345-A",
        marketplace_id="homeware",
        accept=True,
        lines=lines,
        whole=whole,
        reason="17",
        reference="r",
    )


def rows(raw: dict[str, Any], *lines: tuple[str, int]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = lines_body(raw, answer(*lines), "17", {})[
        "cancelations"
    ]
    return found


def test_one_of_two_units_left_takes_half_of_what_is_left() -> None:
    body = lines_body(order(), answer((FIRST, 1)), "17", {})

    assert body == {
        "order_tax_mode": "TAX_INCLUDED",
        "cancelations": [
            {
                "order_line_id": FIRST,
                "quantity": 1,
                "amount": 12.1,
                # 3.95 less the 1.32 of before, halved and rounded up to the penny.
                "shipping_amount": 1.32,
                "reason_code": "17",
                "currency_iso_code": "EUR",
                "taxes": [{"code": "VAT", "amount": 1.94}],
                "shipping_taxes": [{"code": "VAT", "amount": 0.21}],
            }
        ],
    }


def test_the_last_units_take_all_that_is_left() -> None:
    (row,) = rows(order(), (FIRST, 2))

    assert (row["amount"], row["shipping_amount"]) == (24.2, 2.63)
    assert row["taxes"] == [{"code": "VAT", "amount": 3.87}]
    assert row["shipping_taxes"] == [{"code": "VAT", "amount": 0.42}]


@pytest.mark.parametrize("units", [1, 2, 3, 6])
def test_cancelled_one_after_another_the_shares_add_up_to_the_price(units: int) -> None:
    line: dict[str, Any] = {"quantity": 7, "price": 10.0, "cancelations": []}
    raw = order(line=line | {"taxes": [], "shipping_taxes": []})
    total = 0
    while True:
        item = raw["order_lines"][0]
        left = 7 - units_of(item, "", "SHIPPING", 7, [])
        if not left:
            break
        (row,) = rows(raw, (FIRST, units))
        total += round(row["amount"] * 100)
        item["cancelations"].append(
            {
                "quantity": row["quantity"],
                "amount": row["amount"],
                "shipping_amount": row["shipping_amount"],
            }
        )

    assert total == 1000


def test_units_that_are_gone_are_not_cancelled_again() -> None:
    (row,) = rows(order(), (FIRST, 3))

    assert row["quantity"] == 2
    assert rows(order(line={"order_line_state": "CANCELED"}), (FIRST, 1)) == []


def test_a_line_without_taxes_names_none() -> None:
    (row,) = rows(order(), (SECOND, 1))

    assert "taxes" not in row
    assert "shipping_taxes" not in row
    assert row["shipping_amount"] == 0


def test_fees_are_cancelled_in_their_share() -> None:
    fees = {"fees": [{"code": "DEPOSIT", "amount": 0.5}]}

    (row,) = rows(order(line=fees), (FIRST, 1))

    assert row["fees"] == [{"code": "DEPOSIT", "amount": 0.25}]


def test_taxes_reckoned_for_the_whole_order_are_not_told_by_line() -> None:
    taxes = {"order_taxes": [{"code": "VAT", "total_amount": 5.8}]}

    (excluded,) = rows(order(order_tax_mode="TAX_EXCLUDED", **taxes), (FIRST, 1))
    (included,) = rows(order(**taxes), (FIRST, 1))

    assert "taxes" not in excluded
    assert "taxes" in included


def test_the_smallest_coin_is_the_currencys() -> None:
    line = {"price": 1000, "cancelations": [], "taxes": [], "shipping_taxes": []}

    (yen,) = rows(order(currency_iso_code="JPY", line=line), (FIRST, 1))
    (dinar,) = rows(order(currency_iso_code="KWD", line=line), (FIRST, 1))

    assert (yen["amount"], dinar["amount"]) == (333, 333.333)


def test_a_whole_order_is_all_of_its_lines() -> None:
    body = lines_body(order(), answer(whole=True), "17", {})

    told = [(row["order_line_id"], row["quantity"]) for row in body["cancelations"]]
    assert told == [(FIRST, 2), (SECOND, 1)]


def test_what_has_left_is_not_cancelled_and_keeps_its_share() -> None:
    body = lines_body(order(), answer(whole=True), "17", {FIRST: 1, SECOND: 1})

    (row,) = body["cancelations"]
    assert (row["order_line_id"], row["quantity"]) == (FIRST, 1)
    assert row["amount"] == 12.1
    sent_line = order(line={"order_line_state": "SHIPPED"})
    assert rows(sent_line, (FIRST, 1)) == []
