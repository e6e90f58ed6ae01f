"""Orders, their buyers and cases."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db.models import QuerySet

from orders import selectors
from orders.case_filters import CaseFilter
from orders.exports import CASE_HEADER, ORDER_HEADER, case_cells, order_cells
from orders.filters import OrderFilter
from orders.masking import ADDRESS_FIELDS, masked
from orders.models import Order, OrderBuyer, OrderEvent, OrderException
from reconciliation.exports.registry import REPORTS, Query, Report
from shipsync_site.lib import clock

SEARCH, REVEAL = "orders.search_buyer", "orders.reveal_buyer"
CHUNK = 500
_FIELDS = (*ADDRESS_FIELDS, ("email", "E-mail"))


def order_form(query: Query) -> OrderFilter:
    """The orders list's filters; a buyer's only for those who may search for one."""
    may = query.user.has_perm(SEARCH)  # type: ignore[union-attr]
    return OrderFilter(query.data, may_search_buyer=may)


def _orders(query: Query) -> QuerySet[Order]:
    found = order_form(query).narrow(Order.objects.all())
    return selectors.in_order(found, "ship_by")


def _order_rows(query: Query) -> Iterator[tuple[object, ...]]:
    return order_cells(selectors.order_rows(_orders(query)))


def _case_rows(query: Query) -> Iterator[tuple[object, ...]]:
    form = CaseFilter(query.data)
    cases = form.narrow(OrderException.objects.all(), query.user_id)
    field, _of_cause, newest = form.order
    return case_cells(selectors.in_order(cases, field, newest=newest))


def _buyer_rows(query: Query) -> Iterator[tuple[Any, ...]]:
    """Buyers a chunk at a time; each look in full is kept with its order."""
    found = iter(
        _orders(query)
        .values_list("pk", "number", "store__name", "ordered_at")
        .iterator(chunk_size=CHUNK)
    )
    while chunk := list(islice(found, CHUNK)):
        buyers = OrderBuyer.objects.filter(
            order__in=[row[0] for row in chunk], purged_at=None
        )
        of = {buyer.order_id: buyer for buyer in buyers}
        if query.unmasked:
            _keep_looks(list(of), query.user_id)
        for pk, number, store, ordered_at in chunk:
            yield (number, store, ordered_at, *_cells(of.get(pk), query.unmasked))


def _cells(buyer: OrderBuyer | None, unmasked: bool) -> list[str]:
    if buyer is None:
        return [""] * len(_FIELDS)
    known = {**(buyer.recipient or {}), "email": (buyer.contact or {}).get("email", "")}
    return [
        str(known.get(field) or "") if unmasked else masked(field, known.get(field))
        for field, _label in _FIELDS
    ]


def _keep_looks(orders: list[int], user_id: int) -> None:
    OrderEvent.objects.bulk_create(
        OrderEvent(
            order_id=pk,
            at=clock.now(),
            system="you",
            verb="buyer_revealed",
            text="Took the buyer's data along in an export",
            actor_id=user_id,
        )
        for pk in orders
    )


REPORTS.register(
    Report(
        code="orders",
        label="Orders",
        text="One row an order: where it stands, its deadline, its parcels.",
        permission="orders.view_order",
        columns=ORDER_HEADER,
        rows=_order_rows,
        form=order_form,
        page="orders:list",
    )
)
REPORTS.register(
    Report(
        code="buyers",
        label="Orders with their buyers",
        text="One row an order with its delivery address, masked unless you may see it.",
        permission="orders.view_order",
        columns=("Order", "Store", "Ordered", *(label for _field, label in _FIELDS)),
        rows=_buyer_rows,
        form=order_form,
        page="orders:list",
        buyers=True,
        alone=False,
    )
)
REPORTS.register(
    Report(
        code="cases",
        label="Cases",
        text="One row a case: what is wrong, whose it is, by when, how it ended.",
        permission="orders.view_orderexception",
        columns=CASE_HEADER,
        rows=_case_rows,
        form=lambda query: CaseFilter(query.data),
        page="orders:cases",
    )
)
