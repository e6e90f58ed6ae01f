"""Lists as CSV: streamed, in the screen's words, safe to open in a spreadsheet.

UTF-8 with the mark that makes Excel read it so, commas, CRLF, quotes where needed. No
buyer data and nothing that people typed: country and postcode area stay plain.
"""

from __future__ import annotations

import csv
import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, StreamingHttpResponse

from orders import selectors
from orders.filters import TEAM_LABELS, UrlFilter
from orders.models import (
    CaseState,
    Dispatch,
    Order,
    OrderException,
    OrderLine,
    Rung,
    Stage,
)
from shipsync_site.lib import clock

logger = logging.getLogger(__name__)

BOM = "\ufeff"
CHUNK = 500
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
Columns = tuple[tuple[str, Callable[[Any], object]], ...]


def safe(value: object) -> str:
    """A cell's text; what a spreadsheet would run as a formula gets a quote first."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def iso(moment: datetime | None) -> str:
    """A time as ISO 8601 with its zone (UTC); '' for none."""
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else ""


def _units(order: Order | None) -> list[tuple[str, int]]:
    """(SKU, units still wanted) of each line."""
    lines = order.lines.all() if order is not None else ()
    return [
        (line.sku, max(0, line.quantity - line.quantity_cancelled)) for line in lines
    ]


def _skus(order: Order | None) -> str:
    """'TEAPOT × 2; CUP × 6'"""
    return "; ".join(f"{sku or '(no SKU)'} × {units}" for sku, units in _units(order))


def _quantity(order: Order | None) -> int | str:
    return "" if order is None else sum(units for _sku, units in _units(order))


def _parcels(order: Order | None) -> list[tuple[str, str]]:
    """(carrier, tracking number) of each parcel, as told or to be told."""
    if order is None:
        return []
    told = [
        (
            row.sent_carrier or row.shipment.carrier_code,
            row.sent_tracking or row.shipment.tracking_number,
        )
        for row in order.dispatches.all()
        if row.rung != Rung.WITHDRAWN
    ]
    # Confirmed by somebody else: what the marketplace shows.
    theirs = [(str(p["carrier"]), str(p["tracking"])) for p in order.packages or ()]
    return told or theirs


def _carriers(order: Order | None) -> str:
    return "; ".join(dict.fromkeys(carrier for carrier, _number in _parcels(order)))


def _tracking(order: Order | None) -> str:
    return "; ".join(number for _carrier, number in _parcels(order) if number)


ORDER_COLUMNS: Columns = (
    ("Order", lambda order: order.number),
    ("Store", lambda order: order.store.name),
    ("Marketplace", lambda order: order.store.remote_account.get_marketplace_display()),
    ("Stage", lambda order: Stage(order.stage).label),
    ("Why", lambda order: order.why),
    ("Ship-by", lambda order: iso(order.ship_by)),
    ("Ordered", lambda order: iso(order.ordered_at)),
    ("Imported", lambda order: iso(order.imported_at)),
    ("Last seen", lambda order: iso(order.seen_at)),
    ("SKU", _skus),
    ("Quantity", _quantity),
    ("Carrier", _carriers),
    ("Tracking", _tracking),
    ("Country", lambda order: order.country),
    ("Postcode area", lambda order: order.postcode_area),
    ("Total", lambda order: order.total),
    ("Currency", lambda order: order.currency),
    ("Open cases", lambda order: order.open_cases),
    ("Order key", lambda order: order.order_key),
)
CASE_COLUMNS: Columns = (
    ("Deadline", lambda case: iso(case.deadline)),
    ("Case", selectors.kind_label),
    ("What", lambda case: case.summary),
    ("Order", lambda case: case.order.number if case.order else ""),
    ("Store", lambda case: case.store.name if case.store else ""),
    (
        "Marketplace",
        lambda case: (
            case.store.remote_account.get_marketplace_display() if case.store else ""
        ),
    ),
    ("Team", lambda case: TEAM_LABELS.get(case.team, case.team)),
    ("Waits for", selectors.owner_system),
    ("Since", lambda case: iso(case.opened_at)),
    ("Who", lambda case: case.assignee.get_username() if case.assignee else ""),
    ("State", lambda case: CaseState(case.state).label),
    ("Decided", lambda case: selectors.resolution_label(case) if _over(case) else ""),
    (
        "By",
        lambda case: case.resolved_by.get_username() if case.resolved_by else "",
    ),
    ("When", lambda case: iso(case.resolved_at)),
    ("SKU", lambda case: _skus(case.order)),
    ("Quantity", lambda case: _quantity(case.order)),
    ("Tracking", lambda case: _tracking(case.order)),
)


def _over(case: OrderException) -> bool:
    return case.state == CaseState.RESOLVED


class _Echo:
    """Hands each line back instead of storing it."""

    def write(self, value: str) -> str:
        return value


def order_lines(orders: QuerySet[Order]) -> Iterator[str]:
    """The orders of a list, line by line, with the header first."""
    rows = orders.prefetch_related(*_parts("")).iterator(chunk_size=CHUNK)
    return _lines(ORDER_COLUMNS, rows)


def case_lines(cases: QuerySet[OrderException]) -> Iterator[str]:
    """The cases of a queue, line by line, with the header first."""
    found = selectors.case_rows(cases).prefetch_related(*_parts("order__"))
    return _lines(CASE_COLUMNS, found.iterator(chunk_size=CHUNK))


def answer(
    request: HttpRequest, name: str, lines: Iterator[str], form: UrlFilter
) -> StreamingHttpResponse:
    """The file for the browser; who took which list is logged, not what was typed."""
    named = sorted(field for field in form.fields if request.GET.get(field))
    logger.info("%s exported by=%s filters=%s", name, request.user.pk, named)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    stamp = clock.now().strftime("%Y-%m-%dT%H%MZ")
    response["Content-Disposition"] = f'attachment; filename="{name}-{stamp}.csv"'
    response["Cache-Control"] = "no-store"
    return response


def _parts(path: str) -> tuple[Prefetch[Any], ...]:
    """Lines without their sealed details, and parcels, in a query each per chunk."""
    dispatches = Dispatch.objects.select_related("shipment").order_by(
        "package_ref", "pk"
    )
    return (
        Prefetch(f"{path}lines", OrderLine.objects.defer("details")),
        Prefetch(f"{path}dispatches", dispatches),
    )


def _lines(columns: Columns, rows: Iterable[Any]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield BOM + writer.writerow([name for name, _ in columns])
    for row in rows:
        yield writer.writerow([safe(value(row)) for _, value in columns])
