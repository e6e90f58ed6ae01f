from __future__ import annotations

from typing import Any

import pytest

from stores.connectors.mirakl.forms import MiraklSettingsForm, read_links

GOOD = {"api_key": "11112222-3333", "first_pull_days": 30}


def errors(**changes: Any) -> dict[str, Any]:
    form = MiraklSettingsForm(GOOD | changes)
    form.is_valid()
    return dict(form.errors)


def test_a_key_and_a_number_of_days_are_enough() -> None:
    form = MiraklSettingsForm(GOOD)

    assert form.is_valid(), form.errors
    assert form.cleaned_data["accept_hours"] is None
    assert form.cleaned_data["message_stops"] is False


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("api_key", "Authorization: abc", "the key alone"),
        ("api_key", "Bearer abc", "the key alone"),
        ("ioss_number", "GB123456789", "IM and ten digits"),
        ("accept_hours", 0, "greater than or equal to 1"),
    ],
)
def test_a_wrong_entry_says_what_is_right(field: str, value: Any, words: str) -> None:
    assert words in str(errors(**{field: value})[field])


@pytest.mark.parametrize(
    "line",
    [
        "Yodel",
        "= https://y.example/{number}",
        "Y = http://y/{number}",
        "Y = https://y/",
    ],
)
def test_a_link_names_carrier_address_and_the_numbers_place(line: str) -> None:
    assert "is not of the form" in str(errors(unlisted=True, links=line)["links"])


def test_links_without_leave_to_use_them_are_refused() -> None:
    line = "Yodel = https://y.example/?q=a&n={number}"

    assert "Tick" in str(errors(links=line)["links"])
    assert errors(links=line, unlisted=True) == {}
    assert read_links(line) == (("Yodel", "https://y.example/?q=a&n={number}"),)


def test_an_ioss_number_may_be_typed_with_spaces() -> None:
    form = MiraklSettingsForm(GOOD | {"ioss_number": "im 4400000222"})

    assert form.is_valid(), form.errors
    assert form.cleaned_data["ioss_number"] == "IM4400000222"
