"""How many orders were placed in a period, by TikTok Shop's own search.

A search by time of creation states a ``total_count``; our import asks by time of change
and reads the orders in full elsewhere. A search's end is excluded, in whole seconds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from stores.connectors import census
from stores.connectors.tiktok import fields
from stores.connectors.tiktok.client import TikTokClient
from stores.connectors.tiktok.errors import data_of
from stores.connectors.tiktok.fields import FieldError, Json
from stores.connectors.tiktok.operations import SEARCH_ORDERS
from stores.connectors.tiktok.parse import STATUSES
from stores.connectors.tiktok.shops import Shop
from stores.remote_money import CensusEntry, CensusStep
from stores.remote_types import RemoteStatus

SOURCE = "TikTok Shop's search by time of order, and its total_count"
PAGE_SIZE = "100"


def take(
    client: TikTokClient,
    shop: Shop,
    since: datetime,
    until: datetime,
    cursor: Mapping[str, Any],
) -> CensusStep:
    """One page of the search; ``cursor`` holds its token, which TikTok bounds in time."""
    place = census.Place.of(cursor)
    query = {
        "page_size": PAGE_SIZE,
        "sort_field": "create_time",
        "sort_order": "ASC",
    }
    if place.token:
        query["page_token"] = place.token
    answer = client.send(
        SEARCH_ORDERS,
        cipher=shop.cipher,
        query=query,
        body={
            "create_time_ge": math.ceil(since.timestamp()),
            "create_time_lt": math.ceil(until.timestamp()),
        },
    )
    data = data_of(answer)
    try:
        rows = fields.rows(data, "orders", "")
        token = fields.text(data, "next_page_token", "")
        total = fields.whole(data, "total_count", "")
        if total is None:
            raise FieldError("total_count", "is missing")
    except FieldError as error:
        problem = f"{SEARCH_ORDERS.name}: {error}"
    else:
        return census.step(
            place,
            rows,
            _read,
            marketplace_id=shop.region,
            since=since,
            until=until,
            stated=total,
            goes_on=bool(token),
            token=token,
            source=SOURCE,
        )
    raise answer.unexpected(problem)


def _read(row: Json) -> census.Listed:
    order_id = fields.required_identifier(row, "id", "")
    try:
        raw = fields.text(row, "status", "")
        entry = CensusEntry(
            remote_id=order_id,
            status=census.status_word(STATUSES.get(raw, RemoteStatus.UNKNOWN)),
            # A line per unit.
            units=len(fields.rows(row, "line_items", "")) or None,
            ordered_at=fields.moment(row, "create_time", ""),
        )
    except FieldError:
        entry = CensusEntry(remote_id=order_id)
    return census.Listed(entry=entry)
