"""Customs lines are compared once after each write; one case stands per account."""

from __future__ import annotations

from typing import Any

import pytest

from orders.customs_check import difference, lines_of

MUG: dict[str, Any] = {
    "description": "Mug of porcelain",
    "quantity": 2,
    "value": 9.0,
    "harmonizedTariffCode": "69111000",
    "countryOfOrigin": "PT",
}


@pytest.mark.parametrize(
    ("theirs", "told"),
    [
        ([MUG | {"customsItemId": 5}], ""),
        ([MUG | {"value": 9.001}], ""),
        ([MUG | {"quantity": 1}], "the quantity of line 1 is another one"),
        ([MUG | {"value": 8.5}], "the value of line 1 is another one"),
        (
            [MUG | {"harmonizedTariffCode": None}],
            "the HS code of line 1 is another one",
        ),
        ([], "lines written: 1, there: 0"),
        ([MUG, MUG], "lines written: 1, there: 2"),
    ],
)
def test_what_of_our_lines_is_gone_is_said(
    theirs: list[dict[str, Any]], told: str
) -> None:
    body = {"internationalOptions": {"customsItems": theirs}}
    assert difference([MUG], lines_of(body)) == told


def test_what_we_left_open_may_be_filled() -> None:
    ours = {"description": "Mug", "quantity": 1}
    theirs = ours | {"harmonizedTariffCode": "69111000", "value": 3.0}
    assert difference([ours], [theirs]) == ""


@pytest.mark.parametrize("body", [{}, {"internationalOptions": None}])
def test_a_body_without_customs_lines_has_none(body: dict[str, Any]) -> None:
    assert lines_of(body) == []
