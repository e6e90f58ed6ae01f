"""Amounts and times as they stand in files: how they are written is decided from what
a file shows, never guessed. Pure.

An amount like 1,234 may be a thousand or one and a bit: only another one with one or two
decimals tells. A date like 02/11/2026 may be of November or of February: only one with a
day above 12 tells; with points the day comes first, with hyphens the year.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

_MINUS = "\u2212"
# Groups of thousands: a blank of any kind, an apostrophe, a point or a comma.
_BLANKS = re.compile(r"(?<=\d)[ \u00a0\u202f'\u2019](?=\d{3}(?!\d))")
_WHOLE = re.compile(r"[+-]?\d{1,15}")
_TELLS = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:[.,]\d{3})+)([.,])\d{1,2}")
_AMOUNT = {
    ".": re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?", re.ASCII),
    ",": re.compile(r"[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d+)?", re.ASCII),
}
_LONGEST = 40
_ROUNDED = re.compile(r"[+-]?\d+(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)


class Order(StrEnum):
    """In which order a date with slashes is written."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


class BadValueError(ValueError):
    """A value that can't be read; the text says why, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a file writes: ``point`` is '.' or ',', ``order`` of dates with slashes.

    None: nothing in the file tells.
    """

    point: str | None = None
    order: Order | None = None


def point_of(text: str) -> str | None:
    """The decimal sign that an amount shows beyond doubt, else None."""
    found = _TELLS.fullmatch(_plain(text))
    return found[1] if found else None


def order_of(text: str) -> Order | None:
    """The order that a date with slashes shows beyond doubt, else None."""
    found = _SLASHED.match(text)
    if not found:
        return None
    first, second = int(found[1]), int(found[2])
    if first > 12 >= second:
        return Order.DAY_FIRST
    return Order.MONTH_FIRST if second > 12 >= first else None


def _plain(text: str) -> str:
    text = text.strip().replace(_MINUS, "-")[: _LONGEST + 1]
    return _BLANKS.sub("", text)


@lru_cache(maxsize=4096)
def amount(text: str, point: str | None) -> Decimal:
    """An amount; ``point`` None: only where it can be read in one way.

    Raises BadValueError.
    """
    plain = _plain(text)
    if _WHOLE.fullmatch(plain) and plain.isascii():
        return Decimal(plain)
    if _ROUNDED.fullmatch(plain):
        raise BadValueError(
            "A spreadsheet has rounded this number: upload the file as it was made."
        )
    if point is None:
        if any(form.fullmatch(plain) for form in _AMOUNT.values()):
            raise BadValueError(
                "Nothing in the file tells whether this is a thousand or a fraction: "
                "no amount has one or two decimals."
            )
        raise BadValueError("This is not an amount.")
    if len(plain) > _LONGEST or not _AMOUNT[point].fullmatch(plain):
        other = "," if point == "." else "."
        if _AMOUNT[other].fullmatch(plain):
            raise BadValueError(
                f"Other amounts of the file are written with a decimal "
                f"{'point' if point == '.' else 'comma'}, this one is not."
            )
        raise BadValueError("This is not an amount.")
    grouping = "," if point == "." else "."
    return Decimal(plain.replace(grouping, "").replace(point, "."))


_ISO = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", re.ASCII)
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_TIME = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([A-Za-z]+|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_ZONES = {
    "UTC": 0,
    "GMT": 0,
    "Z": 0,
    "PST": -8,
    "PDT": -7,
    "BST": 1,
    "CET": 1,
    "CEST": 2,
    "JST": 9,
}


@lru_cache(maxsize=4096)
def moment(text: str, order: Order | None) -> datetime:
    """A time, UTC where none is stated; midnight for a day alone. Raises BadValueError."""
    text = text.strip()
    year, month, day, rest = _day(text, order)
    clock = _TIME.fullmatch(rest.lstrip("T ").strip()) if rest else None
    if rest and not clock:
        raise BadValueError("This is not a date and time.")
    hour, minute, second, zone = (
        (int(clock[1]), int(clock[2]), int(clock[3] or 0), clock[4])
        if clock
        else (0, 0, 0, None)
    )
    there = _zone(zone or "UTC")
    try:
        local = datetime(year, month, day, hour, minute, second, tzinfo=there)
    except ValueError:
        raise BadValueError("There is no such date and time.") from None
    if not 2000 <= local.year <= 2099:
        raise BadValueError("The year can't be right.")
    return local.astimezone(UTC)


def _day(text: str, order: Order | None) -> tuple[int, int, int, str]:
    if found := _ISO.match(text):
        return int(found[1]), int(found[2]), int(found[3]), text[found.end() :]
    if found := _DOTTED.match(text):
        return int(found[3]), int(found[2]), int(found[1]), text[found.end() :]
    if found := _SLASHED.match(text):
        if order is None:
            raise BadValueError(
                "Nothing in the file tells whether the day or the month comes first."
            )
        first, second = int(found[1]), int(found[2])
        day, month = (first, second) if order is Order.DAY_FIRST else (second, first)
        return int(found[3]), month, day, text[found.end() :]
    raise BadValueError("This is not a date.")


def _zone(text: str) -> timezone:
    if text.upper() in _ZONES:
        return timezone(timedelta(hours=_ZONES[text.upper()]))
    if text[0] in "+-":
        hours, minutes = int(text[1:3]), int(text[-2:])
        if hours > 14 or minutes > 59:
            raise BadValueError("There is no such time zone.")
        offset = timedelta(hours=hours, minutes=minutes)
        return timezone(-offset if text[0] == "-" else offset)
    raise BadValueError(f"The time zone {text} is not known.")


def units(text: str) -> int | None:
    """A whole number, None for nothing. Raises BadValueError."""
    text = text.strip()
    if not text:
        return None
    if not re.fullmatch(r"[+-]?\d{1,9}", text, re.ASCII):
        raise BadValueError("This is not a whole number.")
    return int(text)


def identifier(text: str) -> str:
    """An id as text. Raises BadValueError where a spreadsheet has rounded it."""
    text = text.strip()
    if _ROUNDED.fullmatch(text) and "E+" in text.upper():
        raise BadValueError(
            "A spreadsheet has rounded this number: upload the file as it was made."
        )
    return text
