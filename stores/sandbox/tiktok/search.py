"""The queries of order and cancellation search: filters, sorting, page tokens.

A token is opaque: it holds the last row's sort value and id, so rows that change
between two pages are neither lost nor hidden behind others.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from stores.sandbox.tiktok.answers import bad_parameter
from stores.sandbox.tiktok.orders import STATUSES, Order

Json = dict[str, Any]
Row = TypeVar("Row")

MOST_WAREHOUSES = 100
_TIMES = ("create_time_ge", "create_time_lt", "update_time_ge", "update_time_lt")
_FIELDS = (
    *("order_status", *_TIMES, "shipping_type", "buyer_user_id"),
    *("is_buyer_request_cancel", "warehouse_ids"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The checked paging parameters of a request."""

    size: int
    field: str
    descending: bool
    after: tuple[int, str] | None


MOMENTS = ("create_time", "update_time")


def read_page(
    params: Mapping[str, str],
    *,
    default: int,
    most: int,
    order: str,
    fields: tuple[str, ...] = MOMENTS,
) -> Page:
    """page_size, page_token, sort_field, sort_order; raises ApiError.

    The first of ``fields`` is the usual one; where there is one only, it must be named.
    """
    text = params.get("page_size", "")
    size = int(text) if text.isdigit() else 0 if text else default
    if not 1 <= size <= most:
        raise bad_parameter(f"page_size={text!r}: from 1 to {most}")
    name = params.get("sort_field") or (fields[0] if len(fields) > 1 else "")
    if name not in fields:
        raise bad_parameter(f"sort_field={name!r}")
    direction = params.get("sort_order") or order
    if direction not in ("ASC", "DESC"):
        raise bad_parameter(f"sort_order={direction!r}")
    token = params.get("page_token", "")
    return Page(
        size=size,
        field=name,
        descending=direction == "DESC",
        after=_read_token(token, name, direction) if token else None,
    )


def cut(
    rows: Iterable[Row], page: Page, place: Callable[[Row], tuple[int, str]]
) -> tuple[list[Row], str, int]:
    """(the page, token of the next or '', how many there are in all)."""
    found = sorted(rows, key=place, reverse=page.descending)
    rest = found
    if page.after is not None:
        after = page.after
        rest = [
            row
            for row in found
            if (place(row) < after if page.descending else place(row) > after)
        ]
    shown = rest[: page.size]
    more = len(rest) > page.size
    token = _token(page, place(shown[-1])) if more else ""
    return shown, token, len(found)


def order_filter(body: Json, now: int) -> Callable[[Order, bool], bool]:
    """Which orders a search body asks for: (order, open request) → bool."""
    if unknown := sorted(set(body) - set(_FIELDS)):
        raise bad_parameter(unknown[0])
    status = body.get("order_status")
    if status is not None and status not in STATUSES:
        raise bad_parameter(f"order_status={status!r}")
    created, updated = read_span(body, "create", now), read_span(body, "update", now)
    warehouses = body.get("warehouse_ids") or []
    if not isinstance(warehouses, list) or len(warehouses) > MOST_WAREHOUSES:
        raise bad_parameter(f"warehouse_ids: a list of at most {MOST_WAREHOUSES}")
    asked = body.get("is_buyer_request_cancel")
    if asked is not None and not isinstance(asked, bool):
        raise bad_parameter("is_buyer_request_cancel: true or false")
    kind, buyer = body.get("shipping_type"), body.get("buyer_user_id")

    def fits(order: Order, requested: bool) -> bool:
        return (
            status in (None, order.status)
            and created[0] <= order.created < created[1]
            and updated[0] <= order.updated < updated[1]
            and kind in (None, order.shipping_type)
            and buyer in (None, order.user_id)
            and (not warehouses or order.warehouse_id in warehouses)
            and asked in (None, requested)
        )

    return fits


def read_span(body: Json, name: str, now: int) -> tuple[int, int]:
    """[ge, lt) of create_time or update_time; the end defaults to the present."""
    asked = [body.get(f"{name}_time_{end}") for end in ("ge", "lt")]
    for value in asked:
        if value is not None and (
            isinstance(value, bool) or not isinstance(value, int)
        ):
            raise bad_parameter(f"{name}_time: Unix seconds")
    if asked == [None, None]:
        return 0, 2**40
    start, end = asked
    return int(start or 0), now if end is None else int(end)


def _token(page: Page, place: tuple[int, str]) -> str:
    direction = "DESC" if page.descending else "ASC"
    text = json.dumps([page.field, direction, *place])
    return base64.urlsafe_b64encode(text.encode()).decode()


def _read_token(token: str, field: str, direction: str) -> tuple[int, str]:
    try:
        row = json.loads(base64.urlsafe_b64decode(token.encode()))
        made_for, value = (row[0], row[1]), (int(row[2]), str(row[3]))
    except (binascii.Error, ValueError, LookupError, TypeError):
        raise bad_parameter("page_token") from None
    if made_for != (field, direction):
        raise bad_parameter("page_token belongs to another sorting")
    return value
