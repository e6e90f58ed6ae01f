"""Cells of CSV files: safe to open in a spreadsheet, and read back as they were."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

BOM = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
# Spreadsheets show longer numbers by their first digits.
_EXACT = 11


def spoilt(text: str) -> bool:
    """Whether a spreadsheet would run it as a formula, or round it as a number."""
    return text.startswith(_FORMULA) or (len(text) > _EXACT and text.isdigit())


def safe(value: object) -> str:
    """A cell's text; what a spreadsheet would spoil gets a quote first.

    It would run a formula, and round a long number: 150000000000013 to 1.5E+14.
    """
    text = "" if value is None else str(value)
    return f"'{text}" if spoilt(text.lstrip("'")) else text


def plain(text: str) -> str:
    """What :func:`safe` was given; a quote before anything else stays."""
    quoted = text.startswith("'") and spoilt(text.lstrip("'"))
    return text[1:] if quoted else text


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """A file line by line, with the mark that makes Excel read UTF-8."""
    writer = csv.writer(Echo())
    yield BOM + writer.writerow([safe(name) for name in header])
    for row in rows:
        yield writer.writerow([safe(value) for value in row])


class Echo:
    """A file that hands back what is written to it, for streaming."""

    def write(self, text: str) -> str:
        """The text itself."""
        return text
