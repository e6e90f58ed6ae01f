"""Settlements from any CSV, by columns that a person has named (SettlementFormat).

The deposit is a row of the file or typed in; without one nothing is taken in, for then
nothing could be missing. What is ambiguous is refused, not guessed: an amount column in
which nothing tells a thousand from a fraction, two columns of one name, two settlements.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from reconciliation.models import SettlementFormat
from reconciliation.settlements.mapped_layout import AMOUNTS, Given, Layout, folded
from reconciliation.settlements.mapped_rows import Cells, Table, records, table_of
from stores.flat_file import FlatFile, Problems
from stores.flat_values import BadValueError, amount, point_of
from stores.remote_money import (
    FileProblem,
    MoneyLine,
    SettlementFileError,
    SettlementHead,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One row as it was understood; ``money`` None where it is wrong, or the deposit."""

    line: int
    money: MoneyLine | None
    total: Decimal | None = None


@dataclass(slots=True)
class Look:
    """What a whole file comes to: for a page, before it is taken in."""

    header: list[str] = field(default_factory=list)
    rows: list[Shown] = field(default_factory=list)
    count: int = 0
    sum: Decimal = Decimal(0)
    head: SettlementHead | None = None
    problems: list[FileProblem] = field(default_factory=list)
    problem_count: int = 0


def read(
    content: bytes, form: SettlementFormat, given: Given
) -> tuple[SettlementHead, Iterator[MoneyLine]]:
    """The settlement of a CSV and its lines. Raises SettlementFileError, all at once."""
    layout = Layout.of(form)
    found = _scan(content, layout, given, rows=0)
    if found.head is None or found.problem_count:
        raise SettlementFileError(tuple(found.problems), found.problem_count)
    return found.head, _lines(content, layout)


def preview(content: bytes, layout: Layout, given: Given, rows: int = 20) -> Look:
    """The first rows as they would be taken in, and every problem of the file."""
    try:
        return _scan(content, layout, given, rows)
    except SettlementFileError as broken:
        return Look(problems=list(broken.problems), problem_count=broken.count)


def _lines(content: bytes, layout: Layout) -> Iterator[MoneyLine]:
    walk = _Walk(content, layout)
    return (shown.money for _cells, shown in walk if shown.money is not None)


class _Walk:
    """The rows of a file below its header, read one after the other."""

    def __init__(self, content: bytes, layout: Layout) -> None:
        self.layout = layout
        self.problems = Problems()
        self._records = records(FlatFile(content), layout.delimiter)
        self.table: Table = table_of(self._records, layout)

    def __iter__(self) -> Iterator[tuple[Cells, Shown]]:
        width = len(self.table.header)
        for record in self._records:
            cells = Cells(record, self.table, self.layout, self.problems)
            if not any(cell.strip() for cell in record.cells):
                continue
            if len(record.cells) < width or any(map(str.strip, record.cells[width:])):
                said = f"The row has {len(record.cells)} of {width} columns."
                cells.wrong("", ",".join(record.cells), said)
                yield cells, Shown(line=record.line, money=None)
                continue
            yield cells, self._shown(cells)

    def _shown(self, cells: Cells) -> Shown:
        layout, line = self.layout, cells.record.line
        found = _amount(cells)
        if (
            layout.total_column
            and folded(cells.at(layout.total_column)) == layout.total_value
        ):
            total = -found if layout.total_negated else found
            return Shown(line=line, money=None, total=total)
        kind, second = cells.text("kind"), cells.text("raw_kind")
        money = MoneyLine(
            kind=layout.kind_of(kind, second),
            amount=-found if layout.negated else found,
            raw_type=kind,
            raw_kind=second,
            raw_description=cells.text("raw_description"),
            posted_at=cells.moment("posted_at"),
            order_ref=cells.identifier("order_ref"),
            item_ref=cells.identifier("item_ref"),
            remote_line=cells.identifier("remote_line"),
            adjustment_ref=cells.identifier("adjustment_ref"),
            marketplace=cells.text("marketplace"),
            sku=cells.text("sku"),
            quantity=cells.units("quantity"),
        )
        return Shown(line=line, money=None if cells.bad else money)


def _amount(cells: Cells) -> Decimal:
    """A row's amount: of its one column, or of the one of two that is filled."""
    if "amount" in cells.layout.columns:
        found = cells.amount("amount")
        if found is None and not cells.bad:
            cells.wrong("amount", "", "An amount has to stand here.")
        return found or Decimal(0)
    credit, debit = cells.amount("credit"), cells.amount("debit")
    if credit and debit:
        cells.wrong("debit", cells.text("debit"), "Credit and debit are both filled.")
    if credit is None and debit is None and not cells.bad:
        cells.wrong("credit", "", "Neither credit nor debit holds an amount.")
    # Some write what was taken with a minus, some do not: it is taken either way.
    return (credit or Decimal(0)) - abs(debit or Decimal(0))


@dataclass(slots=True)
class _Facts:
    """What the rows say of the settlement as a whole."""

    settlement: str = ""
    currency: str = ""
    total: Decimal | None = None
    first: datetime | None = None
    last: datetime | None = None
    told: bool = False
    doubt: tuple[int, str, str] | None = None
    debits: set[bool] = field(default_factory=set)

    def take(self, cells: Cells, shown: Shown) -> None:
        self._one("settlement", cells, "upload one file per settlement.")
        self._one("currency", cells, "a settlement has one currency.")
        for name in AMOUNTS:
            text = cells.text(name)
            self.told = self.told or point_of(text) is not None
            if self.doubt is None and text and _doubtful(text):
                column = cells.layout.columns[name]
                self.doubt = (cells.record.line, column, text)
        self._same_sign(cells)
        if shown.total is not None:
            if self.total is not None:
                cells.wrong("amount", "", "A second row with the deposit stands here.")
            self.total = shown.total
        at = shown.money.posted_at if shown.money else None
        if at is not None:
            self.first = min(self.first or at, at)
            self.last = max(self.last or at, at)

    def _same_sign(self, cells: Cells) -> None:
        """What was taken is written with a minus or without, not now so, now so."""
        text = cells.text("debit")
        if text.strip("0.,-+ "):
            self.debits.add(text.lstrip().startswith(("-", "\u2212")))
        if len(self.debits) > 1:
            cells.wrong("debit", text, "Rows above write what was taken otherwise.")
            self.debits.pop()

    def _one(self, name: str, cells: Cells, message: str) -> None:
        theirs, known = cells.identifier(name), getattr(self, name)
        if known and theirs and theirs != known:
            cells.wrong(name, theirs, f"Rows above say {known}: {message}")
        elif theirs:
            setattr(self, name, theirs)


def _doubtful(text: str) -> bool:
    try:
        amount(text, None)
    except BadValueError:
        return point_of(text) is None
    return False


def _scan(content: bytes, layout: Layout, given: Given, rows: int) -> Look:
    """Read all of it; the first rows are kept."""
    look, facts = Look(), _Facts()
    walk = _Walk(content, layout)
    look.header = walk.table.header
    problems = walk.problems
    try:
        for cells, shown in walk:
            facts.take(cells, shown)
            if shown.money is not None:
                look.count += 1
                look.sum += shown.money.amount
            if len(look.rows) < rows:
                look.rows.append(shown)
    except SettlementFileError as broken:
        problems.take(broken)
    if facts.doubt and not facts.told:
        problems.add(
            *facts.doubt,
            "Nothing in the file tells whether this is a thousand or a fraction: no "
            "amount has one or two decimals.",
        )
    look.head = _head(layout, given, facts, walk.table.line, problems)
    if not look.count and not problems.count:
        problems.add(walk.table.line, "", "", "The file has no row below its header.")
    look.problems, look.problem_count = problems.found, problems.count
    return look


def _head(
    layout: Layout, given: Given, facts: _Facts, line: int, problems: Problems
) -> SettlementHead:
    name = facts.settlement or given.remote_id
    currency = facts.currency or given.currency or layout.currency
    total = facts.total if given.total is None else given.total
    if given.total is not None and facts.total not in (None, given.total):
        problems.add(
            line,
            "deposit",
            str(given.total),
            f"The file's own row with the deposit says {facts.total}.",
        )
    if not name:
        problems.add(
            line, "settlement", "", "Name the settlement, or the column that names it."
        )
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        problems.add(line, "currency", currency, "Say the currency, in three letters.")
    if total is None:
        said = "No row says what was paid out: type it, or name the row that does."
        problems.add(line, "deposit", "", said)
    return SettlementHead(
        remote_id=name,
        currency=currency.upper(),
        total=total or Decimal(0),
        starts_at=facts.first,
        ends_at=facts.last,
        deposited_at=given.deposited_at,
    )
