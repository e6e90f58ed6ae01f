"""Cells of CSV files: safe to open in a spreadsheet, and read back as they were."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from itertools import islice
from operator import itemgetter
from typing import Any

BOM = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
# Spreadsheets show longer numbers by their first digits.
_EXACT = 11
_LONG = 10**_EXACT
# Rows that are made safe and written at once.
CHUNK = 1000
_FIRST = itemgetter(0)
# What a text that `safe` would change starts with; a digit only starts some of them.
_SUSPECT = frozenset((*_FORMULA, "'"))
# A cell that `safe` would change.
_BAD = re.compile(f"'*(?:[=+\\-@\t\r\n]|\\d{{{_EXACT + 1},}}\\Z)").match
_TEXT = frozenset({str, type(None)})
_INT = frozenset({int, type(None)})
_NUMBER = frozenset({Decimal, float, type(None)})
_MOMENT = frozenset({datetime, type(None)})


def spoilt(text: str) -> bool:
    """Whether a spreadsheet would run it as a formula, or round it as a number."""
    return text.startswith(_FORMULA) or (len(text) > _EXACT and text.isdecimal())


def safe(value: object) -> str:
    """A cell's text; what a spreadsheet would spoil gets a quote first.

    It would run a formula, and round a long number: 150000000000013 to 1.5E+14. An
    amount stays a number, also below zero, so that a column of them adds up.
    """
    if isinstance(value, Decimal | float):
        return str(value)
    if isinstance(value, int):
        return f"'{value}" if abs(value) >= _LONG else str(value)
    text = (
        "" if value is None else iso(value) if isinstance(value, date) else str(value)
    )
    return f"'{text}" if spoilt(text.lstrip("'")) else text


def iso(moment: date | None) -> str:
    """A time as ISO 8601 with its zone (UTC), a day without; '' for none."""
    if moment is None:
        return ""
    if not isinstance(moment, datetime):
        return moment.isoformat()
    # What the database gives is in UTC already.
    there = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return there.isoformat(timespec="seconds")


def plain(text: str) -> str:
    """What :func:`safe` was given; a quote before anything else stays."""
    quoted = text.startswith("'") and spoilt(text.lstrip("'"))
    return text[1:] if quoted else text


def safe_column(cells: Sequence[Any]) -> Iterable[Any]:
    """The cells of one column as :func:`safe` has them, looked at all at once.

    Nearly no column holds anything to be spoilt: what its texts start with says so at a
    tenth of the time.
    """
    kinds = set(map(type, cells))
    if kinds <= _TEXT:
        if not _suspicious(list(filter(None, cells))):
            return cells
        return [f"'{text}" if text and _BAD(text) else text for text in cells]
    if kinds <= _MOMENT:
        if {x.tzinfo for x in cells if x} <= {UTC}:
            return [x and x.isoformat("T", "seconds") for x in cells]
        return map(iso, cells)
    if kinds <= _NUMBER:
        return cells
    if kinds <= _INT and all(-_LONG < x < _LONG for x in cells if x is not None):
        return cells
    return map(safe, cells)


def _suspicious(texts: Sequence[str]) -> bool:
    """Whether one of these texts could be a formula, or is a long number."""
    firsts = set(map(_FIRST, texts))
    if not _SUSPECT.isdisjoint(firsts):
        return True
    return (
        any(map(str.isdecimal, firsts))
        and max(map(len, texts)) > _EXACT
        and any(map(str.isdecimal, texts))
    )


def csv_lines(
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    bom: bool = True,
    told: Callable[[int], None] | None = None,
    shows: Mapping[int, Callable[[Any], object]] | None = None,
) -> Iterator[str]:
    """A file piece by piece, a thousand rows each; the header is the first piece.

    ``bom``: with the mark that makes Excel read UTF-8. ``told`` hears the number of rows
    when all of them are read. ``shows``: how the values of some columns are shown.
    """
    showing = tuple((shows or {}).items())
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow([safe(name) for name in header])
    yield (BOM if bom else "") + _taken(file)
    found, written = iter(rows), 0
    while chunk := list(islice(found, CHUNK)):
        columns: list[Sequence[Any]] = list(zip(*chunk, strict=True))
        for place, show in showing:
            columns[place] = list(map(show, columns[place]))
        writer.writerows(zip(*map(safe_column, columns), strict=True))
        written += len(chunk)
        yield _taken(file)
    if told is not None:
        told(written)


def _taken(file: StringIO) -> str:
    """What was written to it; it is empty afterwards."""
    text = file.getvalue()
    file.seek(0)
    file.truncate()
    return text
