"""Reading a shop: what changed, the orders in full, and their open requests to cancel."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shipsync_site.lib import clock
from stores.connectors.base import AccountConfig
from stores.connectors.tiktok import fields
from stores.connectors.tiktok.cancellations import PENDING
from stores.connectors.tiktok.client import TikTokClient
from stores.connectors.tiktok.errors import data_of
from stores.connectors.tiktok.fields import Json
from stores.connectors.tiktok.forms import split
from stores.connectors.tiktok.operations import (
    ORDERS,
    SEARCH_CANCELLATIONS,
    SEARCH_ORDERS,
)
from stores.connectors.tiktok.operations import Operation as TikTokOperation
from stores.connectors.tiktok.parse import Read, asks_to_cancel
from stores.connectors.tiktok.reasons import Reasons
from stores.connectors.tiktok.refusals import NOT_FOUND
from stores.connectors.tiktok.shops import Shop
from stores.connectors.tiktok.window import AHEAD, PAGE_SIZE, Phase, Step
from stores.errors import RejectedError, ThrottledError, TransientError
from stores.http import Answer

logger = logging.getLogger(__name__)

_SEARCHES: Mapping[Phase, tuple[TikTokOperation, str, str]] = {
    Phase.ORDERS: (SEARCH_ORDERS, "orders", "id"),
    Phase.CANCELLATIONS: (SEARCH_CANCELLATIONS, "cancellations", "order_id"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of a search: which orders, when the last of them changed, what follows."""

    order_ids: tuple[str, ...]
    rows: tuple[Json, ...]
    last_change: int | None
    next_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """Orders in full; ``as_of`` is when the earliest request for them started."""

    reads: tuple[Read, ...]
    as_of: datetime


class Reader:
    """Reads the shops of one account."""

    def __init__(
        self, client: TikTokClient, account: AccountConfig, reasons: Reasons
    ) -> None:
        self._client = client
        self._account = account
        self._reasons = reasons

    def search(self, shop: Shop, step: Step) -> Found:
        """The next page of what changed since."""
        operation, name, key = _SEARCHES[step.phase]
        query = {
            "page_size": str(PAGE_SIZE),
            "sort_field": "update_time",
            "sort_order": "ASC",
        }
        if step.token:
            query["page_token"] = step.token
        answer = self._client.send(
            operation,
            cipher=shop.cipher,
            query=query,
            body={
                "update_time_ge": step.since,
                "update_time_lt": int(clock.timestamp()) + AHEAD,
            },
        )
        data = data_of(answer)
        try:
            rows = tuple(fields.rows(data, name, ""))
            ids = [fields.identifier(row, key, f"{name}.") for row in rows]
            changes = [fields.whole(row, "update_time", f"{name}.") for row in rows]
            token = fields.text(data, "next_page_token", "")
        except fields.FieldError as error:
            problem = f"{operation.name}: {error}"
        else:
            return Found(
                order_ids=tuple(dict.fromkeys(filter(None, ids))),
                rows=rows,
                last_change=changes[-1] if changes else None,
                # A token behind an empty page leads nowhere.
                next_token=token if rows else "",
            )
        raise answer.unexpected(problem)

    def details(
        self,
        shop: Shop,
        order_ids: Sequence[str],
        *,
        listed: Mapping[str, Json] | None = None,
        urgent: bool = False,
    ) -> Details | None:
        """At most 50 orders in full, with the requests that are open; None for none.

        What the answer leaves out is taken as it was ``listed``, where it was.
        """
        if not order_ids:
            return None
        answer = self._client.send(
            ORDERS,
            cipher=shop.cipher,
            query={"ids": ",".join(order_ids)},
            urgent=urgent,
            subjects=len(order_ids),
        )
        rows = _orders(answer)
        known = {str(row.get("id")): row for row in rows}
        for order_id, row in (listed or {}).items():
            if order_id in order_ids and order_id not in known:
                rows.append(row)
        requests = self._requests(shop, rows, urgent=urgent)
        region, ships_to = shop.region, self._ships_to(shop)
        return Details(
            reads=tuple(
                Read(
                    order=row,
                    region=region,
                    ships_to=ships_to,
                    cancellations=() if not asks_to_cancel(row) else requests(row),
                )
                for row in rows
            ),
            as_of=answer.started_at,
        )

    def one(self, shop: Shop, order_id: str, *, urgent: bool) -> Json | None:
        """One order's detail as it came; None where this seller has no such order."""
        try:
            answer = self._client.send(
                ORDERS, cipher=shop.cipher, query={"ids": order_id}, urgent=urgent
            )
        except RejectedError as error:
            if error.code == NOT_FOUND:
                return None
            raise
        return next(
            (row for row in _orders(answer) if str(row.get("id")) == order_id), None
        )

    def cancellations_of(
        self, shop: Shop, order_ids: Sequence[str], *, urgent: bool, **more: Any
    ) -> tuple[Json, ...]:
        """The cancellations of these orders, newest first."""
        answer = self._client.send(
            SEARCH_CANCELLATIONS,
            cipher=shop.cipher,
            query={
                "page_size": str(PAGE_SIZE),
                "sort_field": "update_time",
                "sort_order": "DESC",
            },
            body={"order_ids": list(order_ids), **more},
            urgent=urgent,
        )
        try:
            return tuple(fields.rows(data_of(answer), "cancellations", ""))
        except fields.FieldError as error:
            problem = f"{SEARCH_CANCELLATIONS.name}: {error}"
        raise answer.unexpected(problem)

    def _requests(self, shop: Shop, rows: list[Json], *, urgent: bool) -> Any:
        """Which open requests an order has; None for each where nobody could say.

        That a buyer asks the order itself does tell, so it counts all the same.
        """
        ids = [str(row.get("id")) for row in rows if asks_to_cancel(row)]
        found: tuple[Json, ...] | None = ()
        if ids:
            try:
                found = self.cancellations_of(
                    shop, ids, urgent=urgent, cancel_status=[PENDING]
                )
            except (ThrottledError, TransientError) as error:
                logger.warning(
                    "account=%s: requests to cancel without their reasons: %s",
                    self._account.key,
                    error.message,
                )
                found = None
        for request in found or ():
            self._reasons.note(shop, request)

        def of(row: Json) -> tuple[Json, ...] | None:
            if found is None:
                return None
            order_id = str(row.get("id"))
            return tuple(x for x in found if str(x.get("order_id")) == order_id)

        return of

    def _ships_to(self, shop: Shop) -> tuple[str, ...]:
        """The shop's own country, and those that people have let in."""
        more = split(str(self._account.settings.get("ships_to") or ""))
        return tuple(dict.fromkeys((shop.region, *more)))


def _orders(answer: Answer) -> list[Json]:
    """The orders of an answer; one that is no object is left to the parser."""
    try:
        return list(fields.rows(data_of(answer), "orders", ""))
    except fields.FieldError as error:
        problem = f"{ORDERS.name}: {error}"
    raise answer.unexpected(problem)
