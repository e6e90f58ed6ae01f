from __future__ import annotations

import pytest

from stores.connectors.mirakl.carriers import (
    DEFAULT_CARRIERS,
    Carrier,
    Unlisted,
    resolve,
)
from stores.errors import RejectedError
from stores.remote_types import Choice, ChoiceKind


def row(code: str, label: str, standard: str = "") -> Choice:
    return Choice(kind=ChoiceKind.CARRIER, code=code, label=label, standard=standard)


LISTED = (
    row("RM24", "Royal Mail 24", "ROYAL_MAIL"),
    row("dpd-uk", "DPD UK", "DPD"),
    row("X9", "Evri", ""),
    row("UPS", "UPS Standard", "UPS"),
    row("DPD", "DPD France"),
)


@pytest.mark.parametrize(
    ("code", "name", "found"),
    [
        ("RM24", "", "RM24"),
        # By the standard code, however it is written.
        ("ROYAL-MAIL", "Royal Mail", "RM24"),
        ("Royal Mail", "", "RM24"),
        # The operator's own code wins over another carrier's standard code.
        ("DPD", "", "DPD"),
        ("rm24", "", "RM24"),
        # By the label, where the operator fills in no standard code.
        ("EVRI", "Evri", "X9"),
        ("HERMES", "Evri", "X9"),
        # By the name that goes with the code: first as label, then as standard code.
        ("PARCEL", "Royal Mail", "RM24"),
        ("DPD-UK", "DPD", "dpd-uk"),
    ],
)
def test_a_mapped_carrier_becomes_this_operators_code(
    code: str, name: str, found: str
) -> None:
    assert resolve(code, name, LISTED, Unlisted()) == Carrier(code=found)


def test_two_carriers_of_one_standard_are_for_a_person() -> None:
    listed = (*LISTED, row("RM48", "Royal Mail 48", "ROYAL_MAIL"))

    with pytest.raises(RejectedError) as caught:
        resolve("ROYAL-MAIL", "", listed, Unlisted())

    assert caught.value.code == "carrier_ambiguous"
    assert "RM24 (Royal Mail 24), RM48 (Royal Mail 48)" in caught.value.message
    assert resolve("RM48", "", listed, Unlisted()) == Carrier(code="RM48")


def test_a_carrier_is_never_guessed() -> None:
    with pytest.raises(RejectedError) as caught:
        resolve("Royal", "Royal", LISTED, Unlisted())

    assert (caught.value.code, caught.value.field) == (
        "carrier_not_listed",
        "carrier_code",
    )
    assert "RM24, dpd-uk" in caught.value.message


def test_without_a_code_nothing_is_told() -> None:
    with pytest.raises(RejectedError):
        resolve("", "Royal Mail", LISTED, Unlisted())


def test_without_a_list_the_operator_judges() -> None:
    assert resolve("ROYAL-MAIL", "", None, Unlisted()) == Carrier(code="ROYAL-MAIL")


def test_an_unlisted_carrier_is_told_by_name_and_the_link_of_its_name() -> None:
    unlisted = Unlisted(
        allowed=True, links=(("Yodel Direct", "https://y.example/{number}"),)
    )

    carrier = resolve("YODEL", "Yodel direct", LISTED, unlisted)

    assert carrier.told("JD1", link_name="carrier_url") == {
        "carrier_name": "Yodel direct",
        "tracking_number": "JD1",
        "carrier_url": "https://y.example/JD1",
    }
    bare = resolve("TUFFNELLS", "", LISTED, unlisted)
    assert bare.told("1", link_name="tracking_url") == {
        "carrier_name": "TUFFNELLS",
        "tracking_number": "1",
    }


def test_defaults_are_found_in_lists_by_name_or_standard() -> None:
    for default in DEFAULT_CARRIERS:
        listed = (row("q1", default.carrier_name), row("q2", "Another", "OTHER"))
        found = resolve(default.carrier_code, default.carrier_name, listed, Unlisted())

        assert found == Carrier(code="q1"), default
