"""Shipping providers are found by name or id, and never guessed."""

from __future__ import annotations

import pytest

from stores.connectors.tiktok.carriers import DEFAULT_CARRIERS
from stores.connectors.tiktok.providers import match
from stores.errors import RejectedError
from stores.remote_types import Choice, ChoiceKind

REPORTED = (
    *("Royal Mail", "Hermes/EVRI", "DPD", "Yodel", "Amazon Logistics", "Parcel2Go"),
    *("Parcelforce", "UK Mail", "UPS UK", "DHL UK", "FedEx UK"),
)
CODES = {row.shipstation_carrier: row.carrier_code for row in DEFAULT_CARRIERS}


def choices(*names: str) -> tuple[Choice, ...]:
    return tuple(
        Choice(kind=ChoiceKind.CARRIER, code=str(70826 + number), label=name)
        for number, name in enumerate(names)
    )


def found(wanted: str, *names: str, fallback: str = "") -> str:
    offered = choices(*(names or REPORTED))
    code = match(offered, code=wanted, name=fallback)
    return next(choice.label for choice in offered if choice.code == code)


@pytest.mark.parametrize(
    ("carrier", "provider"),
    [
        ("royal_mail", "Royal Mail"),
        ("pf_cnd_walleted", "Parcelforce"),
        ("hermes", "Hermes/EVRI"),
        ("evri", "Hermes/EVRI"),
        ("dpd", "DPD"),
        ("dhl_express_uk", "DHL UK"),
        ("fedex", "FedEx UK"),
        ("ups", "UPS UK"),
        ("yodel", "Yodel"),
    ],
)
def test_each_default_finds_its_provider_among_those_reported(
    carrier: str, provider: str
) -> None:
    assert found(CODES[carrier]) == provider


@pytest.mark.parametrize(
    ("wanted", "names", "provider"),
    [
        ("royal mail", ("Royal Mail",), "Royal Mail"),
        ("Evri", ("Hermes", "DPD"), "Hermes"),
        ("Evri", ("EVRI", "DPD"), "EVRI"),
        ("DHL", ("DHL Express", "DPD"), "DHL Express"),
        ("UPS", ("UPS", "UPS UK"), "UPS"),
        ("Royal Mail", ("Royal Mail Tracked 24", "DPD"), "Royal Mail Tracked 24"),
    ],
)
def test_a_name_is_matched_exactly_or_within_the_only_one_that_holds_it(
    wanted: str, names: tuple[str, ...], provider: str
) -> None:
    assert found(wanted, *names) == provider


def test_a_pinned_id_counts_and_elsewhere_its_name() -> None:
    assert found("70831") == "Parcel2Go"
    assert found("99999", fallback="DPD") == "DPD"


@pytest.mark.parametrize(
    ("wanted", "names", "said"),
    [
        (
            "Royal Mail",
            ("Royal Mail 24", "Royal Mail 48"),
            "Royal Mail 24, Royal Mail 48",
        ),
        ("Pigeon", REPORTED, "it offers Royal Mail, Hermes/EVRI"),
        ("Express", ("DHL Express", "TNT Express"), "DHL Express, TNT Express"),
        ("99999", REPORTED, "'99999'"),
        ("!!", REPORTED, "'!!'"),
        ("DPD", (), "it offers none"),
    ],
)
def test_none_or_several_are_for_a_person(
    wanted: str, names: tuple[str, ...], said: str
) -> None:
    with pytest.raises(RejectedError) as caught:
        match(choices(*names), code=wanted)

    assert (caught.value.code, caught.value.field) == ("bad_carrier", "carrierCode")
    assert said in caught.value.message
