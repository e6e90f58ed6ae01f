"""The table of a settlement report: its columns by name, its rows, how it writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stores.flat_file import FlatFile, Line, problem, refuse
from stores.flat_values import Order, Style, order_of, point_of
from stores.remote_money import SettlementFileError

_NEEDED = (
    "settlement-id",
    "total-amount",
    "currency",
    "transaction-type",
    "order-id",
    "amount-type",
    "amount-description",
    "amount",
)
_DATES = (
    "settlement-start-date",
    "settlement-end-date",
    "deposit-date",
    "posted-date",
    "posted-date-time",
)
# The flat file before V2 has its amounts in columns of their own.
_OLDER = "price-amount"


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each column stands in a row of ``width`` cells."""

    places: Mapping[str, int]
    width: int

    def cells(self, line: Line) -> list[str]:
        """The cells of a row. Raises SettlementFileError for too few or too many."""
        cells = _split(line)
        if len(cells) > self.width and not any(map(str.strip, cells[self.width :])):
            cells = cells[: self.width]
        if len(cells) != self.width:
            raise refuse(
                line.number,
                "",
                line.text,
                f"The row has {len(cells)} of {self.width} columns.",
            )
        return cells


def columns_of(header: Line | None) -> Columns:
    """The columns that a header names. Raises SettlementFileError."""
    if header is None:
        raise refuse(1, "", "", "The file is empty.")
    names = [
        name.strip().casefold().replace("_", "-").replace(" ", "-")
        for name in _split(header)
    ]
    while names and not names[-1]:
        names.pop()
    places = {name: place for place, name in enumerate(names) if name}
    if len(names) == 1:
        raise refuse(
            header.number,
            "",
            header.text,
            "The columns are not separated by tabs: upload the file as Amazon made it.",
        )
    if missing := [name for name in _NEEDED if name not in places]:
        said = (
            "This is the flat file before V2, which Amazon has ended: upload "
            "'Flat File V2'."
            if _OLDER in places
            else "The header lacks this column, so it is no settlement report V2."
        )
        raise SettlementFileError(
            tuple(problem(header.number, name, "", said) for name in missing)
        )
    for name in sorted(places):
        if names.count(name) > 1 and name in (*_NEEDED, *_DATES):
            raise refuse(
                header.number, name, name, "Two columns have this name: which counts?"
            )
    return Columns(places, len(names))


def style_of(file: FlatFile, columns: Columns) -> Style:
    """How the file writes: what the first amount and date say that can be read one way.

    Reads on until both are told; rows that are not whole are passed over here.
    """
    amounts = [columns.places[name] for name in ("total-amount", "amount")]
    dates = [columns.places[name] for name in _DATES if name in columns.places]
    point: str | None = None
    order: Order | None = None
    slashed: bool | None = None
    for line in file.lines():
        cells = _split(line)
        if len(cells) < columns.width:
            continue
        for place in amounts:
            point = point or point_of(cells[place])
        for text in (cells[place].strip() for place in dates):
            if slashed is None and text[:1].isdigit():
                slashed = "/" in text
            order = order or order_of(text)
        if point and (order or slashed is False):
            break
    return Style(point=point, order=order)


def _split(line: Line) -> list[str]:
    """The cells of a row; those that a spreadsheet has put in quotes without them."""
    cells = line.text.split("\t")
    if '"' not in line.text:
        return cells
    return [_unquoted(cell) for cell in cells]


def _unquoted(cell: str) -> str:
    inner = cell[1:-1]
    if len(cell) < 2 or cell[0] != '"' or cell[-1] != '"':
        return cell
    return cell if '"' in inner.replace('""', "") else inner.replace('""', '"')
