"""The flat file of all orders, row by row; pure.

Tab separated, one row per item, columns found by their names (Amazon's page 'Order
Tracking reports attributes'); packed with GZIP where getReportDocument says so. Read in
pieces, since a busy week fills hundreds of megabytes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from stores.remote_money import CensusEntry
from stores.remote_types import NotOurs, RemoteStatus

REPORT_TYPE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
# Unpacked; a week of a seller's orders is far below.
MOST_BYTES = 1_000_000_000
_PIECE = 1 << 16
_ORDER, _PLACED, _STATUS = "amazon-order-id", "purchase-date", "order-status"
_CHANNEL, _ITEM, _QUANTITY = "sales-channel", "item-status", "quantity"
_SHIPPER, _AMAZON = "fulfillment-channel", ("amazon", "afn")
REQUIRED = (_ORDER, _PLACED, _STATUS)
# Orders that Amazon delivers for another shop of the seller: no orders of Amazon's.
_ELSEWHERE = "non-amazon"
# The report spells them in its own way, which is nowhere listed: by their first words.
_STATUSES = (
    ("cancel", RemoteStatus.CANCELLED),
    ("pending", RemoteStatus.PENDING),
    ("unshipped", RemoteStatus.OPEN),
    ("partially", RemoteStatus.PARTLY_SHIPPED),
    ("shipping", RemoteStatus.PARTLY_SHIPPED),
    ("shipped", RemoteStatus.SHIPPED),
)


class ReportError(Exception):
    """A report that can't be read; the message says where and why."""


@dataclass(slots=True, kw_only=True)
class _Order:
    """An order, while its rows are read."""

    placed: datetime
    status: str
    not_ours: str = ""
    units: int | None = 0


def read(
    content: bytes, *, packed: bool, since: datetime, until: datetime
) -> tuple[CensusEntry, ...]:
    """The orders that were placed from ``since`` to before ``until``, each once.

    Raises ReportError for a file that can't be read whole.
    """
    lines = _lines(_pieces(content, packed=packed))
    header = next(lines, "").removeprefix("\ufeff").split("\t")
    columns = {name.strip().lower(): index for index, name in enumerate(header)}
    if missing := [name for name in REQUIRED if name not in columns]:
        raise ReportError(
            f"its column {missing[0]} is missing; there are: {', '.join(columns)}"[:250]
        )
    orders: dict[str, _Order] = {}
    for number, line in enumerate(lines, start=2):
        if not line:
            continue
        cells = line.split("\t")
        row = {
            name: cells[index].strip() if index < len(cells) else ""
            for name, index in columns.items()
        }
        if row.get(_CHANNEL, "").lower().startswith(_ELSEWHERE):
            continue
        if not row[_ORDER]:
            raise ReportError(f"line {number}: {_ORDER} is empty")
        placed = _moment(row[_PLACED], number)
        if since <= placed < until:
            _add(orders, row, placed)
    return tuple(
        CensusEntry(
            remote_id=order_id,
            status=order.status,
            not_ours=order.not_ours,
            units=order.units,
            ordered_at=order.placed,
        )
        for order_id, order in orders.items()
    )


def _add(orders: dict[str, _Order], row: dict[str, str], placed: datetime) -> None:
    order = orders.setdefault(
        row[_ORDER], _Order(placed=placed, status=_status(row[_STATUS]))
    )
    if row.get(_SHIPPER, "").lower() in _AMAZON:
        order.not_ours = str(NotOurs.FULFILLED_BY_MARKETPLACE)
    quantity = row.get(_QUANTITY, "")
    gone = _status(row.get(_ITEM, "")) == RemoteStatus.CANCELLED
    # Of an item that was cancelled the report no longer says how many were ordered.
    known = quantity.isdigit() and not gone
    if order.units is not None:
        order.units = order.units + int(quantity) if known else None


def _status(word: str) -> str:
    known = (
        status for start, status in _STATUSES if word.strip().lower().startswith(start)
    )
    return str(next(known, ""))


def _moment(text: str, number: int) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ReportError(
            f"line {number}: {_PLACED} is no date and time: {text[:40]!r}"
        ) from None
    return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)


def _lines(pieces: Iterator[bytes]) -> Iterator[str]:
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield _text(line)
    if rest:
        yield _text(rest)


def _text(line: bytes) -> str:
    # Ids, dates and figures are ASCII; what else a site writes does not matter here.
    return line.rstrip(b"\r").decode("utf-8", "replace")


def _pieces(content: bytes, *, packed: bool) -> Iterator[bytes]:
    if not packed:
        yield content
        return
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    size = 0
    rest = content
    try:
        while rest and not unpacker.eof:
            piece = unpacker.decompress(rest, _PIECE)
            rest = unpacker.unconsumed_tail
            size += len(piece)
            if size > MOST_BYTES:
                raise ReportError("it is longer than such reports are")
            yield piece
        yield unpacker.flush()
    except zlib.error as error:
        raise ReportError(f"it can't be unpacked ({error})") from None
    if not unpacker.eof:
        raise ReportError("it breaks off in the middle")
