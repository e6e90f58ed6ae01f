"""Each carrier default of each connector is one that its marketplace is known to take."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from stores.connectors import CONNECTORS
from stores.connectors.amazon.confirm import OTHER
from stores.connectors.mirakl.carriers import Unlisted, resolve
from stores.connectors.tiktok.providers import match
from stores.errors import RejectedError
from stores.remote_types import CarrierDefault, Choice, ChoiceKind
from tests.contract.swagger import specs_folder

# Where each marketplace's own list is kept (facts: 'Carrier codes').
LISTS = {
    "amazon": ("amazon/carrier_codes_2021.json", "values"),
    "ebay": ("ebay/shipping_carrier_codes.json", "values"),
}
# Names of TikTok's providers and of Mirakl's standard codes as their sheets have them:
# neither publishes a list, so a mapping is looked up in the account's own.
UK_PROVIDERS = (
    "Royal Mail", "Hermes/EVRI", "DPD", "Yodel", "Amazon Logistics", "Parcel2Go",
    "Parcelforce", "UK Mail", "UPS UK", "DHL UK", "FedEx UK", "USPS",
)  # fmt: skip


def rows() -> Iterator[tuple[str, CarrierDefault]]:
    for connector in CONNECTORS:
        for row in connector.default_carriers:
            yield connector.code, row


@pytest.mark.parametrize(
    ("marketplace", "row"),
    [pytest.param(code, x, id=f"{code}-{x.shipstation_carrier}") for code, x in rows()],
)
def test_a_default_is_in_the_marketplaces_list(
    marketplace: str, row: CarrierDefault
) -> None:
    assert row.carrier_code
    assert row.carrier_code.casefold() != OTHER.casefold()
    if marketplace in LISTS:
        path, name = LISTS[marketplace]
        body = json.loads((specs_folder() / path).read_text(encoding="utf-8"))
        assert row.carrier_code in body[name]
    elif marketplace == "tiktok":
        assert match(providers(), code=row.carrier_code, name=row.carrier_name)
    elif marketplace == "mirakl":
        offered = (choice("X7", row.carrier_name, standard=row.carrier_code),)
        found = resolve(row.carrier_code, row.carrier_name, offered, Unlisted())
        assert found.code == "X7"


@pytest.mark.parametrize("marketplace", ["tiktok", "mirakl"])
def test_a_default_that_an_account_does_not_list_is_told_as_nothing(
    marketplace: str,
) -> None:
    connector = CONNECTORS.get(marketplace)
    for row in connector.default_carriers:
        with pytest.raises(RejectedError):
            connector.carrier_told(
                row.carrier_code, row.carrier_name, (choice("1", "Postman Pat"),)
            )


def test_no_marketplace_has_a_default_for_a_carrier_twice() -> None:
    for connector in CONNECTORS:
        keys = [
            (row.shipstation_carrier, row.shipstation_service)
            for row in connector.default_carriers
        ]
        assert len(keys) == len(set(keys)), connector.code


def providers() -> tuple[Choice, ...]:
    return tuple(choice(str(7000 + n), name) for n, name in enumerate(UK_PROVIDERS))


def choice(code: str, label: str, *, standard: str = "") -> Choice:
    return Choice(kind=ChoiceKind.CARRIER, code=code, label=label, standard=standard)
