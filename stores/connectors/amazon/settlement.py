"""Amazon's settlement report GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2, read whole.

Tab separated, one row per component; the first row is the summary with the deposit.
Columns are found by name (23, or 24 with promotion-id, in any order). How amounts and
dates are written is decided from the file itself. A file with anything wrong in it is
refused, every problem with its line; what the lines miss of the deposit is no problem
of the file but shown as its remainder, unless the file stops in the middle.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from stores import flat_values
from stores.connectors.amazon.settlement_table import (
    Columns,
    columns_of,
    style_of,
)
from stores.connectors.amazon.settlement_words import is_fba, kind_of
from stores.flat_file import FlatFile, Line, Problems, refuse
from stores.flat_values import BadValueError, Style
from stores.remote_money import MoneyLine, SettlementFileError, SettlementHead

_WIDTHS = {"marketplace-name": 60, "amount-description": 200}
_PENNY = Decimal("0.01")
_MOST = Decimal(10) ** 12
_ONE_EACH = "upload one file per settlement."


def read(content: bytes) -> tuple[SettlementHead, Iterator[MoneyLine]]:
    """The settlement of a file and its lines, which are read as one takes them.

    Raises SettlementFileError at once for a header or summary that can't be read, and at
    the end of the lines for anything else: then nothing of it counts.
    """
    file = FlatFile(content)
    lines = file.lines()
    columns = columns_of(next(lines, None))
    summary = next(lines, None)
    if summary is None:
        raise refuse(2, "settlement-id", "", "The file has no row below its header.")
    style = style_of(file, columns)
    head = _head(summary, columns, style)
    return head, _components(head, columns, lines, style, summary)


class _Row:
    """One row's cells; what can't be read becomes a problem."""

    __slots__ = ("bad", "cells", "columns", "line", "problems", "style")

    def __init__(
        self, line: Line, columns: Columns, style: Style, problems: Problems
    ) -> None:
        self.line = line.number
        self.columns, self.style, self.problems = columns, style, problems
        self.cells = columns.cells(line)
        self.bad = False

    def text(self, name: str) -> str:
        place = self.columns.places.get(name)
        if place is None:
            return ""
        value = self.cells[place].strip()
        if len(value) > _WIDTHS.get(name, 100):
            self.wrong(name, value, "This is longer than any such value can be.")
        return value

    def identifier(self, name: str) -> str:
        try:
            return flat_values.identifier(self.text(name))
        except BadValueError as problem:
            self.wrong(name, self.text(name), str(problem))
            return ""

    def amount(self, name: str) -> Decimal:
        text = self.text(name)
        try:
            found = flat_values.amount(text, self.style.point)
        except BadValueError as problem:
            said = "An amount has to stand here." if not text else str(problem)
            self.wrong(name, text, said)
            return Decimal(0)
        if abs(found) >= _MOST or found != found.quantize(_PENNY):
            self.wrong(name, text, "This is not an amount in whole pennies.")
            return Decimal(0)
        return found

    def moment(self, *names: str) -> datetime | None:
        """The first of these that is not empty."""
        for name in names:
            if text := self.text(name):
                try:
                    return flat_values.moment(text, self.style.order)
                except BadValueError as problem:
                    self.wrong(name, text, str(problem))
                    return None
        return None

    def units(self, name: str) -> int | None:
        try:
            return flat_values.units(self.text(name))
        except BadValueError as problem:
            self.wrong(name, self.text(name), str(problem))
            return None

    def wrong(self, name: str, value: str, message: str) -> None:
        self.bad = True
        self.problems.add(self.line, name, value, message)


def _head(line: Line, columns: Columns, style: Style) -> SettlementHead:
    problems = Problems()
    row = _Row(line, columns, style, problems)
    if not row.text("total-amount"):
        raise refuse(
            line.number,
            "total-amount",
            "",
            "The first row has to be the summary with the amount paid out: the file "
            "lacks its beginning.",
        )
    if row.text("amount"):
        row.wrong("amount", row.text("amount"), "The summary has no amount of its own.")
    remote_id, currency = row.identifier("settlement-id"), row.text("currency")
    if not remote_id:
        row.wrong("settlement-id", "", "The summary has to name the settlement.")
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        row.wrong(
            "currency", currency, "A currency of three letters has to stand here."
        )
    head = SettlementHead(
        remote_id=remote_id,
        currency=currency.upper(),
        total=row.amount("total-amount"),
        starts_at=row.moment("settlement-start-date"),
        ends_at=row.moment("settlement-end-date"),
        deposited_at=row.moment("deposit-date"),
    )
    if head.starts_at and head.ends_at and head.ends_at < head.starts_at:
        row.wrong(
            "settlement-end-date",
            row.text("settlement-end-date"),
            "The settlement ends before it starts.",
        )
    problems.end()
    return head


def _components(
    head: SettlementHead,
    columns: Columns,
    lines: Iterator[Line],
    style: Style,
    last: Line,
) -> Iterator[MoneyLine]:
    problems, total, count = Problems(), Decimal(0), 0
    try:
        for last in lines:
            found = _component(last, head, columns, style, problems)
            if found is None:
                continue
            total += found.amount
            count += 1
            if not problems.count:
                yield found
    except SettlementFileError as broken:
        problems.take(broken)
    if not problems.count and total != head.total:
        _whole(head, last, total, count, problems)
    problems.end()


def _whole(
    head: SettlementHead, last: Line, total: Decimal, count: int, problems: Problems
) -> None:
    """Sums that do not agree are the marketplace's word, unless the file is cut off."""
    missing = f"{head.total - total} {head.currency} of {head.total} are missing"
    if not count:
        problems.add(
            last.number,
            "amount",
            "",
            f"The file has no row but its summary: {missing}.",
        )
    elif not last.ended:
        problems.add(
            last.number,
            "amount",
            str(total),
            f"The file stops in this line without its end, and {missing}: it is cut "
            "off. Fetch it again.",
        )


def _component(
    line: Line, head: SettlementHead, columns: Columns, style: Style, problems: Problems
) -> MoneyLine | None:
    """A row as a line of money; None where something is wrong with it."""
    try:
        row = _Row(line, columns, style, problems)
    except SettlementFileError as uneven:
        problems.take(uneven)
        return None
    theirs = row.text("settlement-id")
    if theirs != head.remote_id:
        row.wrong(
            "settlement-id",
            theirs,
            f"The file is of settlement {head.remote_id}: {_ONE_EACH}"
            if theirs
            else "Every row has to name its settlement.",
        )
    if row.text("total-amount"):
        row.wrong(
            "total-amount",
            row.text("total-amount"),
            f"A second summary begins here: {_ONE_EACH}",
        )
    if row.text("currency") not in ("", head.currency):
        row.wrong(
            "currency", row.text("currency"), f"The settlement is in {head.currency}."
        )
    amount = row.amount("amount")
    transaction, kind = row.text("transaction-type"), row.text("amount-type")
    description = row.text("amount-description")
    found = MoneyLine(
        kind=kind_of(transaction, kind, description, amount),
        amount=amount,
        raw_type=transaction,
        raw_kind=kind,
        raw_description=description,
        posted_at=row.moment("posted-date-time", "posted-date"),
        order_ref=row.identifier("order-id"),
        item_ref=row.identifier("order-item-code"),
        adjustment_ref=row.identifier("adjustment-id"),
        marketplace=row.text("marketplace-name"),
        sku=row.text("sku"),
        quantity=row.units("quantity-purchased"),
        fulfilled_by_marketplace=is_fba(row.text("fulfillment-id"), kind, description),
    )
    return None if row.bad else found
