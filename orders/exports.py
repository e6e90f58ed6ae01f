"""Lists as CSV: streamed, in the screen's words, safe to open in a spreadsheet.

UTF-8 with the mark that makes Excel read it so, commas, CRLF, quotes where needed. No
buyer data and nothing that people typed: country and postcode area stay plain.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, StreamingHttpResponse

from orders import selectors
from orders.decide_confirm import same_number
from orders.filters import TEAM_LABELS, UrlFilter
from orders.models import (
    CaseState,
    Dispatch,
    Order,
    OrderException,
    OrderLine,
    Rung,
    Shipment,
    ShipStationOrder,
    Stage,
)
from shipsync_site.lib import clock
from shipsync_site.lib.cells import csv_lines
from stores.models import StoreMode

logger = logging.getLogger(__name__)

CHUNK = 500
Columns = tuple[tuple[str, Callable[[Any], object]], ...]


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


def _labels(order: Order) -> list[Shipment]:
    """The labels that ShipStation's own connection tells of, as read for its chunk."""
    labels: list[Shipment] = vars(order).get("labels", [])
    return labels


def _parcels(order: Order | None) -> list[tuple[str, str]]:
    """(carrier, tracking number) of each parcel, as told or to be told."""
    if order is None:
        return []
    told = [
        (
            row.sent_carrier or row.shipment.carrier_code,
            row.sent_tracking or row.shipment.tracking_number,
        )
        for row in _standing(order)
    ]
    labels = _labels(order)
    # Confirmed by somebody else: what the marketplace shows.
    theirs = [
        (str(p["carrier"] or _carrier(labels, p["tracking"])), str(p["tracking"]))
        for p in order.packages or ()
    ]
    bought = [(label.carrier_code, label.tracking_number) for label in labels]
    return told or theirs or bought


def _carrier(labels: list[Shipment], tracking: object) -> str:
    """ShipStation's carrier of this number, where the marketplace names none."""
    codes = (
        label.carrier_code
        for label in labels
        if same_number(str(tracking or ""), label.tracking_number)
    )
    return next(codes, "")


def _standing(order: Order) -> list[Dispatch]:
    return [row for row in order.dispatches.all() if row.rung != Rung.WITHDRAWN]


def _shipped(order: Order) -> str:
    """When each parcel's label was bought."""
    told = [row.shipment for row in _standing(order)]
    return "; ".join(iso(label.created_at) for label in told or _labels(order))


def _confirmed(order: Order) -> str:
    """When the marketplace took each parcel; '' between for one that it has not.

    What ShipStation's own connection told: when the marketplace was seen to show all.
    """
    standing = _standing(order)
    if not standing and _labels(order) and order.stage == Stage.DONE:
        return iso(order.closed_at)
    return "; ".join(iso(row.accepted_at) for row in standing)


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
    ("Shipped", _shipped),
    ("Confirmed", _confirmed),
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


def order_lines(orders: QuerySet[Order]) -> Iterator[str]:
    """The orders of a list, line by line, with the header first."""
    rows = orders.prefetch_related(*_parts("")).iterator(chunk_size=CHUNK)
    return _lines(ORDER_COLUMNS, _with_labels(rows))


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


def _with_labels(orders: Iterable[Order]) -> Iterator[Order]:
    """The orders; those of a direct store with their labels, two queries a chunk."""
    found = iter(orders)
    while chunk := list(islice(found, CHUNK)):
        direct = {o.pk: o for o in chunk if o.store.mode == StoreMode.DIRECT}
        if direct:
            _attach(direct)
        yield from chunk


def _attach(orders: dict[int, Order]) -> None:
    of = {
        (record.account_id, record.ss_order_id): orders[record.order_id]
        for record in ShipStationOrder.objects.filter(order__in=orders).only(
            "account_id", "ss_order_id", "order_id"
        )
        if record.order_id
    }
    labels = Shipment.objects.filter(
        ss_order_id__in={ss_order_id for _account, ss_order_id in of},
        voided=False,
        is_return=False,
        is_test=False,
    )
    for label in labels.order_by("created_at", "pk"):
        if order := of.get((label.account_id, label.ss_order_id)):
            vars(order).setdefault("labels", []).append(label)


def _lines(columns: Columns, rows: Iterable[Any]) -> Iterator[str]:
    header = [name for name, _ in columns]
    return csv_lines(header, ([value(row) for _, value in columns] for row in rows))
