"""ShipStation API v1, one key: typed calls through the account's gateway.

https://www.shipstation.com/docs/api/ (v1, base https://ssapi.shipstation.com). Every
answer, good or bad, teaches the budget from its X-Rate-Limit headers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from stores.errors import OutcomeUnknownError, UnexpectedAnswerError
from stores.http import Answer, Call, Gateway
from stores.remote_types import BudgetSpec, ConnectionReport
from stores.shipstation import errors, parse
from stores.shipstation.connection import check
from stores.shipstation.fields import RowError
from stores.shipstation.paging import MAX_PAGE_SIZE, end, paging, start
from stores.shipstation.types import (
    OrderRows,
    RowResult,
    ShipmentRows,
    SsCarrier,
    SsOrder,
    SsStatus,
    SsStore,
    Tag,
)

BASE_URL = "https://ssapi.shipstation.com"
GROUP = "v1"
MAX_BATCH = 100
BUDGET_SPECS = (
    BudgetSpec(
        group=GROUP,
        capacity=40,
        period=60,
        # holds and cancels find these when pushes have used up the minute
        reserve=3,
        source="X-Rate-Limit-Limit, API v1: 40 calls a minute per key, fixed window",
    ),
)
_Value = TypeVar("_Value")


class ShipStationClient:
    """The calls of one ShipStation key; raises only :mod:`stores.errors`."""

    def __init__(
        self, gateway: Gateway, *, base_url: str, api_key: str, api_secret: str
    ) -> None:
        self._gateway = gateway
        self._base_url = base_url.rstrip("/")
        self._auth = (api_key, api_secret)

    def __repr__(self) -> str:
        return f"ShipStationClient({self._gateway.account_key})"

    def create_orders(
        self, bodies: Sequence[Mapping[str, Any]], *, urgent: bool = False
    ) -> tuple[tuple[RowResult, ...], datetime]:
        """Create or replace up to 100 orders; each row has its own outcome.

        A body that is missing from the results has an unknown outcome. Raises
        OutcomeUnknownError when no row's outcome is known, RejectedError when the call
        was refused as a whole (``errors.rejected_row`` may name the row).
        """
        if not 1 <= len(bodies) <= MAX_BATCH:
            raise ValueError(
                f"createorders takes 1 to {MAX_BATCH} orders, not {len(bodies)}"
            )
        return self._post(
            "createorders",
            list(bodies),
            lambda answer: (
                parse.row_results(answer.json(), bodies),
                answer.started_at,
            ),
            urgent=urgent,
            subjects=len(bodies),
        )

    def create_order(self, body: Mapping[str, Any], *, urgent: bool = False) -> SsOrder:
        """Create or replace one order and return it as ShipStation now has it.

        Raises LockedError when it can't be changed any more (code 'key_reserved': the
        key belongs to a deleted order), RejectedError, OutcomeUnknownError.
        """
        return self._post(
            "createorder", body, _order, urgent=urgent, updates="orderId" in body
        )

    def get_order(self, order_id: int, *, urgent: bool = False) -> SsOrder | None:
        """Read one order; None when it is deleted or was absorbed by a combine."""
        return self._get(
            "order",
            f"/orders/{order_id}",
            lambda answer: None if answer.status == 404 else _order(answer),
            urgent=urgent,
            gone_ok=True,
        )

    def list_orders(
        self,
        *,
        modified_since: datetime | None = None,
        modified_until: datetime | None = None,
        order_number: str | None = None,
        status: SsStatus | None = None,
        store_id: int | None = None,
        page: int = 1,
        page_size: int = MAX_PAGE_SIZE,
        urgent: bool = False,
        sort: str = "ModifyDate",
    ) -> OrderRows:
        """One page of orders, oldest first. ``order_number`` matches as a prefix.

        Bounds are widened rather than narrowed: rows outside may come along.
        """
        return self._get(
            "orders",
            "/orders",
            lambda answer: parse.orders(answer.json(), as_of=answer.started_at),
            {
                "modifyDateStart": start(modified_since),
                "modifyDateEnd": end(modified_until),
                "orderNumber": order_number,
                "orderStatus": status.value if status else None,
                "storeId": store_id,
                **paging(page, page_size, sort),
            },
            urgent=urgent,
        )

    def list_shipments(
        self,
        *,
        created_since: datetime | None = None,
        created_until: datetime | None = None,
        voided_since: datetime | None = None,
        voided_until: datetime | None = None,
        order_id: int | None = None,
        store_id: int | None = None,
        page: int = 1,
        page_size: int = MAX_PAGE_SIZE,
        include_items: bool = True,
        urgent: bool = False,
    ) -> ShipmentRows:
        """One page of labels, in the order in which they were made."""
        return self._get(
            "shipments",
            "/shipments",
            lambda answer: parse.shipments(answer.json(), as_of=answer.started_at),
            {
                "createDateStart": start(created_since),
                "createDateEnd": end(created_until),
                "voidDateStart": start(voided_since),
                "voidDateEnd": end(voided_until),
                "orderId": order_id,
                "storeId": store_id,
                "includeShipmentItems": "true" if include_items else "false",
                **paging(page, page_size, "CreateDate"),
            },
            urgent=urgent,
        )

    def list_fulfillments(
        self,
        *,
        created_since: datetime | None = None,
        created_until: datetime | None = None,
        order_id: int | None = None,
        page: int = 1,
        page_size: int = MAX_PAGE_SIZE,
        urgent: bool = False,
    ) -> ShipmentRows:
        """One page of marks-as-shipped; there is no filter by void date."""
        return self._get(
            "fulfillments",
            "/fulfillments",
            lambda answer: parse.fulfillments(answer.json(), as_of=answer.started_at),
            {
                "createDateStart": start(created_since),
                "createDateEnd": end(created_until),
                "orderId": order_id,
                **paging(page, page_size, "CreateDate"),
            },
            urgent=urgent,
        )

    def hold_until(self, order_id: int, until: date, *, urgent: bool = True) -> None:
        """Hold an open order until a day, on which ShipStation releases it itself.

        Raises LockedError when it is not open any more, RejectedError,
        OutcomeUnknownError.
        """
        body = {"orderId": order_id, "holdUntilDate": until.isoformat()}
        self._change("holduntil", body, urgent=urgent)

    def restore_from_hold(self, order_id: int, *, urgent: bool = False) -> None:
        """Release an order that carries a hold date; raises as hold_until does."""
        self._change("restorefromhold", {"orderId": order_id}, urgent=urgent)

    def add_tag(self, order_id: int, tag_id: int, *, urgent: bool = False) -> None:
        """Put an existing tag on an order; raises as hold_until does."""
        body = {"orderId": order_id, "tagId": tag_id}
        self._change("addtag", body, urgent=urgent)

    def remove_tag(self, order_id: int, tag_id: int, *, urgent: bool = False) -> None:
        """Take a tag off an order; raises as hold_until does."""
        body = {"orderId": order_id, "tagId": tag_id}
        self._change("removetag", body, urgent=urgent)

    def void_label(self, shipment_id: int, *, urgent: bool = False) -> None:
        """Void a label; one that is not approved is a RejectedError or LockedError."""
        body, path = {"shipmentId": shipment_id}, "/shipments/voidlabel"
        self._change("voidlabel", body, urgent=urgent, path=path)

    def list_tags(self, *, urgent: bool = False) -> tuple[Tag, ...]:
        """The account's tags; the API can't create one."""
        return self._get(
            "listtags",
            "/accounts/listtags",
            lambda answer: parse.tags(answer.json()),
            urgent=urgent,
        )

    def list_stores(self, *, urgent: bool = False) -> tuple[SsStore, ...]:
        """The account's stores, inactive ones included."""
        return self._get(
            "stores",
            "/stores",
            lambda answer: parse.stores(answer.json()),
            {"showInactive": "true"},
            urgent=urgent,
        )

    def list_carriers(self, *, urgent: bool = False) -> tuple[SsCarrier, ...]:
        """The carriers connected to the account."""
        return self._get(
            "carriers",
            "/carriers",
            lambda answer: parse.carriers(answer.json()),
            urgent=urgent,
        )

    def check_connection(
        self, *, stop_tag_name: str, store_ids: Sequence[int] = ()
    ) -> ConnectionReport:
        """Make real, cheap calls and say in a sentence what they found; never raises.

        ``details`` of a report that works: stop_tag_id, tags, stores, carriers.
        """
        return check(self, stop_tag_name=stop_tag_name, store_ids=store_ids)

    def _change(
        self, operation: str, body: Mapping[str, Any], *, urgent: bool, path: str = ""
    ) -> None:
        """A call on something existing that answers yes or no with a message."""

        def read(answer: Answer) -> None:
            said = answer.json()
            if not parse.succeeded(said):
                raise errors.refused(operation, parse.message(said))

        self._post(operation, body, read, urgent=urgent, updates=True, path=path)

    def _post(
        self,
        operation: str,
        body: Any,
        read: Callable[[Answer], _Value],
        *,
        urgent: bool,
        updates: bool = False,
        subjects: int = 1,
        path: str = "",
    ) -> _Value:
        """A write; one that was taken but answered with nonsense has an unknown outcome."""
        values: list[_Value] = []

        def classify(answer: Answer) -> None:
            self.classify(answer, operation=operation, write=True, updates=updates)
            try:
                values.append(read(answer))
                return
            except (RowError, UnexpectedAnswerError) as error:
                problem = str(error)
            raise OutcomeUnknownError(
                f"ShipStation took {operation}, but its answer can't be read: {problem}",
                status=answer.status,
                code="malformed",
            )

        self.send(
            operation,
            "POST",
            path=path,
            body=body,
            urgent=urgent,
            subjects=subjects,
            classify=classify,
        )
        return values[0]

    def _get(
        self,
        operation: str,
        path: str,
        read: Callable[[Answer], _Value],
        params: Mapping[str, Any] | None = None,
        *,
        urgent: bool,
        gone_ok: bool = False,
    ) -> _Value:
        values: list[_Value] = []

        def classify(answer: Answer) -> None:
            if gone_ok and answer.status == 404:
                self.learn(answer)
            else:
                self.classify(answer, operation=operation, write=False, updates=False)
            try:
                values.append(read(answer))
                return
            except RowError as error:
                problem, name = str(error), error.field
            raise UnexpectedAnswerError(
                f"ShipStation's answer to {operation} can't be read: {problem}",
                status=answer.status,
                code="malformed",
                field=name,
            )

        given = {k: v for k, v in (params or {}).items() if v is not None}
        self.send(
            operation, "GET", path=path, params=given, urgent=urgent, classify=classify
        )
        return values[0]

    def send(
        self,
        operation: str,
        method: str,
        *,
        urgent: bool,
        classify: Callable[[Answer], None],
        path: str = "",
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        subjects: int = 1,
    ) -> None:
        """One call with our key; ``classify`` reads its answer or raises."""
        call = Call(
            operation=operation,
            method=method,
            url=self._base_url + (path or f"/orders/{operation}"),
            groups=(GROUP,),
            params=params or None,
            json=body,
            auth=self._auth,
            write=method != "GET",
            urgent=urgent,
            subjects=subjects,
        )
        self._gateway.send(call, classify=classify)

    def classify(
        self, answer: Answer, *, operation: str, write: bool, updates: bool = False
    ) -> None:
        """Learn from the headers, then raise what a bad answer stands for."""
        self.learn(answer)
        error = errors.error_for(
            answer.status,
            answer.headers,
            answer.body,
            operation=operation,
            write=write,
            updates=updates,
        )
        if error is not None:
            raise error

    def learn(self, answer: Answer) -> None:
        """Take the quota's state from an answer's headers."""
        self._gateway.learn(
            answer,
            GROUP,
            limit=errors.number(answer.headers, "X-Rate-Limit-Limit"),
            remaining=errors.number(answer.headers, "X-Rate-Limit-Remaining"),
            resets_in=errors.seconds_to_reset(answer.headers),
        )


def _order(answer: Answer) -> SsOrder:
    return parse.order(answer.json(), as_of=answer.started_at)
