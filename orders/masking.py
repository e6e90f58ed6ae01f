"""Buyer data as it may be shown without asking: enough to compare, not to know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DOTS = "•••"
ADDRESS_FIELDS = (
    ("name", "Name"),
    ("company", "Company"),
    ("line1", "Street"),
    ("line2", "Street 2"),
    ("line3", "Street 3"),
    ("city", "Town"),
    ("state", "State"),
    ("postcode", "Postcode"),
    ("country", "Country"),
    ("phone", "Phone"),
)
# What is no buyer data by itself stays plain (order columns hold it too).
_PLAIN = frozenset({"country"})


def masked(field: str, value: object) -> str:
    """A value of an address field, masked; '' stays ''."""
    text = str(value or "").strip()
    if not text or field in _PLAIN:
        return text
    if field == "phone":
        return f"{DOTS} {text[-2:]}"
    if field == "email":
        name, _, host = text.partition("@")
        return f"{name[:1]}{DOTS}@{DOTS}" if host else DOTS
    if field == "postcode":
        return f"{text.split()[0][:2]}{DOTS}"
    if field == "name":
        return " ".join(f"{word[0]}{DOTS}" for word in text.split()[:3])
    return f"{text[0]}{DOTS}"


def address_lines(
    recipient: Mapping[str, Any], *, reveal: bool
) -> list[tuple[str, str]]:
    """(label, text) of each filled field of an address, masked unless revealed."""
    return [
        (label, str(recipient[field]) if reveal else masked(field, recipient[field]))
        for field, label in ADDRESS_FIELDS
        if recipient.get(field)
    ]
