"""How many orders were placed in a period, by the operator's own list of them.

OR11 by date of creation states a ``total_count``; our import asks by date of change.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from stores.connectors import census
from stores.connectors.mirakl import fields
from stores.connectors.mirakl.client import MiraklClient
from stores.connectors.mirakl.fields import FieldError, Json
from stores.connectors.mirakl.reading import Reading
from stores.connectors.mirakl.states import ORDER_STATES
from stores.connectors.mirakl.telling import orders_in
from stores.connectors.mirakl.window import PAGE_SIZE
from stores.remote_money import CensusEntry, CensusStep
from stores.remote_types import RemoteStatus

SOURCE = "the operator's list by date of order (OR11), and its total_count"
_MILLISECOND = timedelta(milliseconds=1)


def take(
    client: MiraklClient,
    reading: Reading,
    marketplace_id: str,
    since: datetime,
    until: datetime,
    cursor: Mapping[str, Any],
) -> CensusStep:
    """One page of the list."""
    place = census.Place.of(cursor)
    answer = client.orders(
        {
            "start_date": _text(since),
            # Both ends are included.
            "end_date": _text(until - _MILLISECOND),
            "sort": "dateCreated",
            "order": "asc",
            "max": str(PAGE_SIZE),
        },
        place.offset,
    )
    rows = orders_in(answer)
    total = answer.json().get("total_count")
    if isinstance(total, bool) or not isinstance(total, int):
        raise answer.unexpected("OR11 answered without the count of orders")
    return census.step(
        place,
        rows,
        lambda row: _read(row, reading),
        marketplace_id=marketplace_id,
        since=since,
        until=until,
        stated=total,
        goes_on=place.offset + len(rows) < total,
        source=SOURCE,
    )


def _read(row: Json, reading: Reading) -> census.Listed:
    order_id = fields.required_text(row, "order_id", "")
    try:
        state = fields.text(row, "order_state", "")
        channel = fields.obj(row, "channel", "")
        lines = fields.rows(row, "order_lines", "")
        units = [
            fields.units(line, "quantity", f"order_lines[{index}].")
            for index, line in enumerate(lines)
        ]
        entry = CensusEntry(
            remote_id=order_id,
            status=census.status_word(ORDER_STATES.get(state, RemoteStatus.UNKNOWN)),
            units=None if None in units else sum(filter(None, units)),
            ordered_at=fields.moment(row, "created_date", ""),
        )
        code = fields.text(channel, "code", "channel.")
    except FieldError:
        # It counts all the same: whose it is, nobody else can say.
        return census.Listed(entry=CensusEntry(remote_id=order_id))
    return census.Listed(entry=entry, marketplace=reading.marketplace(code))


def _text(moment: datetime) -> str:
    return (
        moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
