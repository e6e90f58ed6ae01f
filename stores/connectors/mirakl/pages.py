"""A page of OR11 with what belongs to its orders: shipments, and late doubts of them."""

from __future__ import annotations

from typing import Any

from stores.connectors.mirakl.client import MiraklClient
from stores.connectors.mirakl.parse import parse_orders
from stores.connectors.mirakl.reading import Reading
from stores.connectors.mirakl.states import BEFORE_SHIPPING, DOUBTFUL, GONE
from stores.connectors.mirakl.telling import Telling, orders_in
from stores.errors import (
    RejectedError,
    ThrottledError,
    TransientError,
    UnexpectedAnswerError,
)
from stores.http import Answer
from stores.remote_types import MalformedOrder, RemoteOrder

Json = dict[str, Any]
Read = tuple[tuple[RemoteOrder, ...], tuple[MalformedOrder, ...]]
# Orders that are read by their ids in one call.
MOST_IDS = 100
_FAILURES = (RejectedError, ThrottledError, TransientError, UnexpectedAnswerError)


class Pages:
    """Reads the orders of a page with the account's reading."""

    def __init__(self, client: MiraklClient, reading: Reading) -> None:
        self._client = client
        self._reading = reading

    def read(self, answer: Answer, rows: list[Any]) -> Read:
        """The orders of a page; where shipments can't be read, parcels stay unknown."""
        shipments = self._shipments_of(rows) if self._reading.several else {}
        kept = [
            self._reading.keep(row, shipments.get(str(row.get("order_id"))))
            if isinstance(row, dict)
            else row
            for row in rows
        ]
        return parse_orders(kept, as_of=answer.started_at, reading=self._reading)

    def late(self, since: str, known: set[str]) -> Read:
        """Orders beside the page whose parcels Mirakl can't follow since this time.

        It asks carriers hours after a parcel was told, and the order does not count as
        changed then. What can't be read now is read with the next change.
        """
        if not self._reading.several:
            return (), ()
        try:
            rows = Telling(self._client, urgent=False).shipments([], since=since)
            ids = sorted(_doubtful(rows or []) - known)[:MOST_IDS]
            if not ids:
                return (), ()
            answer = self._client.orders_by_id(ids)
            return self.read(answer, orders_in(answer))
        except _FAILURES:
            return (), ()

    def _shipments_of(self, rows: list[Any]) -> dict[str, list[Json]]:
        """By order id; those that have none in ST11 have an empty list."""
        ids = [
            str(row.get("order_id"))
            for row in rows
            if isinstance(row, dict)
            and row.get("order_state") not in BEFORE_SHIPPING | GONE
        ]
        if not ids:
            return {}
        try:
            shipments = Telling(self._client, urgent=False).shipments(ids)
        except _FAILURES:
            return {}
        if shipments is None:
            return {}
        found: dict[str, list[Json]] = {order_id: [] for order_id in ids}
        for row in shipments:
            found.setdefault(str(row.get("order_id")), []).append(row)
        return found


def _doubtful(shipments: list[Json]) -> set[str]:
    found = set()
    for row in shipments:
        tracking = row.get("tracking")
        if isinstance(tracking, dict) and tracking.get("validity_status") in DOUBTFUL:
            found.add(str(row.get("order_id")))
    return found
