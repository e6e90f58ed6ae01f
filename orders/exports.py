"""Orders and cases as rows of a file, in the screen's words.

No buyer data and nothing that people typed: country and postcode area stay plain. No
model is made of an order's row: a list may have a million.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db.models import QuerySet

from orders import selectors
from orders.exports_parts import OrderFacts, Parts, parts_of
from orders.filters import TEAM_LABELS
from orders.models import CaseState, Order, OrderException, Stage
from shipsync_site.lib.cells import csv_lines, iso
from stores.connectors import CONNECTORS

__all__ = ["CASE_HEADER", "ORDER_HEADER", "case_cells", "iso", "order_cells"]

CHUNK = 1000
ORDER_HEADER = (
    "Order",
    "Store",
    "Marketplace",
    "Stage",
    "Why",
    "Ship-by",
    "Ordered",
    "Imported",
    "Last seen",
    "SKU",
    "Quantity",
    "Carrier",
    "Tracking",
    "Shipped",
    "Confirmed",
    "Country",
    "Postcode area",
    "Total",
    "Currency",
    "Open cases",
    "Order key",
)
CASE_HEADER = (
    "Deadline",
    "Case",
    "What",
    "Order",
    "Store",
    "Marketplace",
    "Team",
    "Waits for",
    "Since",
    "Who",
    "State",
    "Decided",
    "By",
    "When",
    "SKU",
    "Quantity",
    "Tracking",
)
_FIELDS = (
    "pk",
    "number",
    "store__name",
    "store__mode",
    "store__remote_account__marketplace",
    "stage",
    "why",
    "ship_by",
    "ordered_at",
    "imported_at",
    "seen_at",
    "country",
    "postcode_area",
    "total",
    "currency",
    "open_cases",
    "order_key",
    "closed_at",
    "packages",
)


def order_cells(orders: QuerySet[Order]) -> Iterator[tuple[object, ...]]:
    """The orders of a list (see selectors.order_rows), columns as in ORDER_HEADER."""
    stages = {value: str(label) for value, label in Stage.choices}
    markets = {connector.code: connector.label for connector in CONNECTORS}
    found = iter(orders.values_list(*_FIELDS).iterator(chunk_size=CHUNK))
    while chunk := list(islice(found, CHUNK)):
        facts = [
            OrderFacts(
                pk=row[0],
                mode=row[3],
                stage=row[5],
                closed_at=row[17],
                packages=row[18],
            )
            for row in chunk
        ]
        parts = parts_of(facts)
        for row, fact in zip(chunk, facts, strict=True):
            yield (
                row[1],
                row[2],
                markets.get(row[4], row[4]),
                stages.get(row[5], row[5]),
                row[6],
                row[7],
                row[8],
                row[9],
                row[10],
                parts.skus(fact.pk),
                parts.quantity(fact.pk),
                parts.carriers(fact),
                parts.tracking(fact),
                parts.shipped(fact),
                parts.confirmed(fact),
                row[11],
                row[12],
                row[13],
                row[14],
                row[15],
                row[16],
            )


def case_cells(cases: QuerySet[OrderException]) -> Iterator[tuple[object, ...]]:
    """The cases of a queue, columns as in CASE_HEADER."""
    found = iter(selectors.case_rows(cases).iterator(chunk_size=CHUNK))
    while chunk := list(islice(found, CHUNK)):
        facts = {
            case.order.pk: OrderFacts(
                pk=case.order.pk,
                mode=case.store.mode if case.store else "",
                stage=case.order.stage,
                closed_at=case.order.closed_at,
                packages=case.order.packages,
            )
            for case in chunk
            if case.order is not None
        }
        parts = parts_of(facts.values())
        for case in chunk:
            yield _case(case, parts, facts.get(case.order_id or 0))


def _case(
    case: OrderException, parts: Parts, order: OrderFacts | None
) -> tuple[Any, ...]:
    store, over = case.store, case.state == CaseState.RESOLVED
    market = store.remote_account.get_marketplace_display() if store else ""
    return (
        case.deadline,
        selectors.kind_label(case),
        case.summary,
        case.order.number if case.order else "",
        store.name if store else "",
        market,
        TEAM_LABELS.get(case.team, case.team),  # type: ignore[call-overload]
        selectors.owner_system(case),
        case.opened_at,
        case.assignee.get_username() if case.assignee else "",
        CaseState(case.state).label,
        selectors.resolution_label(case) if over else "",
        case.resolved_by.get_username() if case.resolved_by else "",
        case.resolved_at,
        parts.skus(order.pk) if order else "",
        parts.quantity(order.pk) if order else "",
        parts.tracking(order) if order else "",
    )


def order_lines(orders: QuerySet[Order]) -> Iterator[str]:
    """The orders of a list as a file, piece by piece."""
    return csv_lines(ORDER_HEADER, order_cells(orders))


def case_lines(cases: QuerySet[OrderException]) -> Iterator[str]:
    """The cases of a queue as a file, piece by piece."""
    return csv_lines(CASE_HEADER, case_cells(cases))
