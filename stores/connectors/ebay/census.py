"""How many orders were placed in a period, by eBay's own list of them.

getOrders by creation date states a ``total``; our import asks by date of change. One
seller's list holds the orders of all sites, which the listing's site tells apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from stores.connectors import census
from stores.connectors.ebay import fields
from stores.connectors.ebay.client import EbayClient
from stores.connectors.ebay.fields import FieldError, Json
from stores.connectors.ebay.parse import marketplace_of, status_of
from stores.connectors.ebay.window import PAGE_SIZE
from stores.remote_money import CensusEntry, CensusStep

SOURCE = "eBay's list by date of order, and its total"
_MILLISECOND = timedelta(milliseconds=1)


def take(
    client: EbayClient,
    marketplace_id: str,
    since: datetime,
    until: datetime,
    cursor: Mapping[str, Any],
    *,
    now: datetime,
) -> CensusStep:
    """One page of the list."""
    place = census.Place.of(cursor)
    # Both ends are included; a date in the future is refused.
    end = _text(until - _MILLISECOND) if until <= now else ""
    answer = client.get_orders(
        {
            "filter": f"creationdate:[{_text(since)}..{end}]",
            "limit": str(PAGE_SIZE),
            "offset": str(place.offset),
        }
    )
    body = answer.json()
    rows = body.get("orders") if isinstance(body, dict) else None
    total = body.get("total") if isinstance(body, dict) else None
    if not isinstance(rows, list) or isinstance(total, bool):
        raise answer.unexpected("getOrders answered without a list of orders")
    if not isinstance(total, int):
        raise answer.unexpected("getOrders answered without the total of orders")
    return census.step(
        place,
        rows,
        _read,
        marketplace_id=marketplace_id,
        since=since,
        until=until,
        stated=total,
        goes_on=bool(body.get("next")),
        source=SOURCE,
    )


def _read(row: Json) -> census.Listed:
    order_id = fields.required_text(row, "orderId", "")
    try:
        status = census.status_word(status_of(row))
        placed = fields.moment(row, "creationDate", "")
        units = sum(
            fields.quantity(item, "quantity", f"lineItems[{index}].")
            for index, item in enumerate(fields.rows(row, "lineItems", ""))
        )
        marketplace: str | None = marketplace_of(row)
    except FieldError:
        # It counts all the same: whose it is, nobody else can say.
        return census.Listed(entry=CensusEntry(remote_id=order_id))
    return census.Listed(
        entry=CensusEntry(
            remote_id=order_id, status=status, units=units, ordered_at=placed
        ),
        marketplace=marketplace,
    )


def _text(moment: datetime) -> str:
    return (
        moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
