"""The rows of a person's CSV: records with their line, cells by name, values read."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from reconciliation.settlements.mapped_layout import Layout, folded
from stores import flat_values
from stores.flat_file import FlatFile, Problems, problem, refuse
from stores.flat_values import BadValueError
from stores.remote_money import SettlementFileError

# Banks and marketplaces write some lines of their own above the header.
HEADER_WITHIN = 50
_WIDTHS = {"marketplace": 60, "raw_description": 200}
_PENNY = Decimal("0.01")
_MOST = Decimal(10) ** 12


@dataclass(frozen=True, slots=True)
class Record:
    """A record of the file with the line on which it begins."""

    line: int
    cells: list[str]


def records(file: FlatFile, delimiter: str) -> Iterator[Record]:
    """Every record. Raises SettlementFileError where the quotes do not close."""
    begun: list[int] = []

    def lines() -> Iterator[str]:
        for line in file.lines():
            begun.append(line.number)
            yield line.text + "\n"

    reader = csv.reader(lines(), delimiter=delimiter, strict=True)
    while True:
        begun.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise refuse(
                begun[0] if begun else 1,
                "",
                "",
                "The quotes of the record that begins here do not close as they should.",
            ) from None
        yield Record(begun[0], cells)


@dataclass(frozen=True, slots=True)
class Table:
    """Where each column of a layout stands; ``header`` as the file has it."""

    line: int
    header: list[str]
    places: Mapping[str, int]


def table_of(rows: Iterator[Record], layout: Layout) -> Table:
    """The header: the first record that has every column of the layout.

    Takes records up to it. Raises SettlementFileError.
    """
    wanted = {folded(name): name for name in layout.named}
    first: Record | None = None
    best: set[str] = set()
    for tried, record in enumerate(rows):
        names = [folded(cell) for cell in record.cells]
        found = wanted.keys() & set(names)
        if first is None or len(found) > len(best):
            first, best = record, found
        if len(found) == len(wanted):
            _once(record, names, wanted)
            return Table(
                record.line,
                record.cells,
                {name: names.index(text) for text, name in wanted.items()},
            )
        if tried + 1 >= HEADER_WITHIN:
            break
    if first is None:
        raise refuse(1, "", "", "The file is empty.")
    raise SettlementFileError(
        tuple(
            problem(first.line, name, "", "No column of the file is called so.")
            for text, name in wanted.items()
            if text not in best
        )
    )


def _once(record: Record, names: list[str], wanted: Mapping[str, str]) -> None:
    for text, name in wanted.items():
        if names.count(text) > 1:
            raise refuse(
                record.line, name, name, "Two columns have this name: which counts?"
            )


class Cells:
    """One record's values by our fields; what can't be read becomes a problem."""

    __slots__ = ("bad", "layout", "problems", "record", "table")

    def __init__(
        self, record: Record, table: Table, layout: Layout, problems: Problems
    ) -> None:
        self.record, self.table = record, table
        self.layout, self.problems = layout, problems
        self.bad = False

    def at(self, column: str) -> str:
        """What stands in the column of this header name; '' where there is none."""
        place, cells = self.table.places.get(column), self.record.cells
        return "" if place is None or place >= len(cells) else cells[place].strip()

    def text(self, name: str) -> str:
        """A field as it stands there."""
        value = self.at(self.layout.columns.get(name, ""))
        if len(value) > _WIDTHS.get(name, 100):
            self.wrong(name, value, "This is longer than any such value can be.")
        return value

    def identifier(self, name: str) -> str:
        """An id, not rounded by a spreadsheet."""
        try:
            return flat_values.identifier(self.text(name))
        except BadValueError as bad:
            self.wrong(name, self.text(name), str(bad))
            return ""

    def amount(self, name: str) -> Decimal | None:
        """An amount in whole pennies; None where nothing stands there, or no amount."""
        text = self.text(name)
        if not text:
            return None
        try:
            found = flat_values.amount(text, self.layout.point)
        except BadValueError:
            sign = "point" if self.layout.point == "." else "comma"
            self.wrong(name, text, f"This is not an amount with a decimal {sign}.")
            return None
        if abs(found) >= _MOST or found != found.quantize(_PENNY):
            self.wrong(name, text, "This is not an amount in whole pennies.")
            return None
        return found

    def moment(self, name: str) -> datetime | None:
        """A time; None for none."""
        text = self.text(name)
        try:
            return flat_values.moment(text, self.layout.order) if text else None
        except BadValueError as bad:
            self.wrong(name, text, str(bad))
            return None

    def units(self, name: str) -> int | None:
        """A whole number; None for none."""
        try:
            return flat_values.units(self.text(name))
        except BadValueError as bad:
            self.wrong(name, self.text(name), str(bad))
            return None

    def wrong(self, name: str, value: str, message: str) -> None:
        """Note a problem, under the column's own name."""
        self.bad = True
        column = self.layout.columns.get(name, name)
        self.problems.add(self.record.line, column, value, message)
