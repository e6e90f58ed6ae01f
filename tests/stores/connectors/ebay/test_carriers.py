from __future__ import annotations

from stores.connectors.ebay.carriers import DEFAULT_CARRIERS

CODES = {row.shipstation_carrier: row.carrier_code for row in DEFAULT_CARRIERS}


def test_carriers_are_ebays_tokens_letter_by_letter() -> None:
    assert CODES["royal_mail"] == "RoyalMail"
    assert CODES["dhl_express_uk"] == "DHLEXPRESS"
    assert CODES["hermes"] == "Hermes"
    assert all(code.isalnum() for code in CODES.values())


def test_what_ebays_list_lacks_or_what_proves_nothing_is_for_a_person() -> None:
    assert "evri" not in CODES
    assert "Other" not in CODES.values()
