"""The orders list as CSV: streamed, masked, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet

from orders.models import Order, Stage

BOM = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe(value: object) -> str:
    """A cell's text; what a spreadsheet would run as a formula gets a quote first."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def iso(moment: datetime | None) -> str:
    """A time as ISO 8601 with its zone (UTC); '' for none."""
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else ""


# Same words as on the screen. No buyer data: country and postcode area stay plain.
ORDER_COLUMNS: tuple[tuple[str, Callable[[Any], object]], ...] = (
    ("Order", lambda order: order.number),
    ("Store", lambda order: order.store.name),
    ("Marketplace", lambda order: order.store.remote_account.marketplace),
    ("Stage", lambda order: Stage(order.stage).label),
    ("Why", lambda order: order.why),
    ("Ship-by", lambda order: iso(order.ship_by)),
    ("Ordered", lambda order: iso(order.ordered_at)),
    ("Imported", lambda order: iso(order.imported_at)),
    ("Last seen", lambda order: iso(order.seen_at)),
    ("Country", lambda order: order.country),
    ("Postcode area", lambda order: order.postcode_area),
    ("Total", lambda order: order.total),
    ("Currency", lambda order: order.currency),
    ("Open cases", lambda order: order.open_cases),
    ("Order key", lambda order: order.order_key),
)


class _Echo:
    """Hands each line back instead of storing it."""

    def write(self, value: str) -> str:
        return value


def order_lines(orders: QuerySet[Order]) -> Iterator[str]:
    """The CSV, line by line, with the mark that makes Excel read UTF-8."""
    writer = csv.writer(_Echo())
    yield BOM + writer.writerow([name for name, _ in ORDER_COLUMNS])
    for order in orders.iterator(chunk_size=500):
        yield writer.writerow([safe(value(order)) for _, value in ORDER_COLUMNS])
