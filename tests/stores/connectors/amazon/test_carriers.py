from __future__ import annotations

import json

from stores.connectors.amazon.carriers import DEFAULT_CARRIERS
from tests.contract.swagger import specs_folder


def test_evri_is_left_to_a_person() -> None:
    mapped = {row.shipstation_carrier: row.carrier_code for row in DEFAULT_CARRIERS}

    assert mapped["hermes"] == "Hermes UK"
    assert mapped["rm_cnd_walleted"] == mapped["royal_mail"] == "Royal Mail"
    assert "evri" not in mapped


def test_each_default_is_in_amazons_list_letter_by_letter() -> None:
    path = specs_folder() / "amazon" / "carrier_codes_2021.json"
    assert path.is_file(), path
    listed = set(json.loads(path.read_text(encoding="utf-8"))["values"])

    assert {row.carrier_code for row in DEFAULT_CARRIERS} <= listed
