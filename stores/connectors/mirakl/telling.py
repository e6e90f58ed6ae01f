"""Telling an operator of a parcel: read, decide, send."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stores.connectors.mirakl import confirm, parcels
from stores.connectors.mirakl.carriers import Carrier
from stores.connectors.mirakl.client import MiraklClient
from stores.connectors.mirakl.errors import (
    ORDER_UNKNOWN,
    REFUSALS,
    WRONG_STATE,
    refusal,
)
from stores.connectors.mirakl.fields import FieldError, Json
from stores.connectors.mirakl.states import CANCELED, SHIPPED
from stores.errors import RejectedError, UnexpectedAnswerError
from stores.http import Answer
from stores.remote_types import Confirmation

FindCarrier = Callable[[], Carrier]
# Shipments of one order that are read, 100 a page.
MOST_PAGES = 5


class Telling:
    """The calls that one confirmation takes; each may be repeated."""

    def __init__(self, client: MiraklClient, *, urgent: bool) -> None:
        self._client = client
        self._urgent = urgent

    def order(self, order_id: str) -> Json:
        """The order as the operator writes it; RejectedError where there is none."""
        return _required(self._client.order(order_id, urgent=self._urgent), order_id)

    def _steps(
        self, confirmation: Confirmation, partial: confirm.Partial
    ) -> confirm.Steps:
        order_id = confirmation.order_remote_id
        answer = self._client.order(order_id, urgent=self._urgent)
        try:
            order = _required(answer, order_id)
            return confirm.whole_order(order, confirmation, partial)
        except FieldError as error:
            problem = f"Order {order_id}: {error}"
        raise answer.unexpected(problem)

    def whole(
        self, confirmation: Confirmation, carrier: FindCarrier, partial: confirm.Partial
    ) -> None:
        """OR23 and OR24, as far as they are not told yet.

        What can be wrong with a parcel is looked at after the order was read: a refusal
        of ours belongs to a call like any other.
        """
        order_id = confirmation.order_remote_id
        steps = self._steps(confirmation, partial)
        number = confirm.check(confirmation)
        if steps.track:
            body = confirm.tracking_body(carrier(), number)
            self._client.set_tracking(order_id, body, urgent=self._urgent)
        if not steps.ship:
            return
        try:
            self._client.ship(order_id, urgent=self._urgent)
        except RejectedError as error:
            refused = error
        else:
            return
        # Somebody else, or a call of ours that was lost, may have been faster.
        now = self.order(order_id)
        if refused.code == WRONG_STATE and now.get("order_state") in SHIPPED:
            return
        raise refused

    def parcel(self, confirmation: Confirmation, carrier: FindCarrier) -> None:
        """ST01, or what is missing of a shipment that is there already."""
        order_id = confirmation.order_remote_id
        known = self._known(order_id, confirmation)
        number = confirm.check(confirmation)
        if known is None:
            body = confirm.shipment_body(confirmation, carrier(), number)
            answer = self._client.create_shipments(body, urgent=self._urgent)
            self._went_through(answer, made=True)
            return
        if not known.same_number:
            body = confirm.correction_body(known.id, carrier(), number)
            self._went_through(
                self._client.correct_shipments(body, urgent=self._urgent)
            )
        if not known.shipped:
            body = confirm.leaving_body(known.id)
            self._went_through(self._client.ship_shipments(body, urgent=self._urgent))

    def _known(
        self, order_id: str, confirmation: Confirmation
    ) -> confirm.Shipment | None:
        rows = self.shipments([order_id])
        try:
            return confirm.known_shipment(rows or [], confirmation)
        except FieldError as error:
            problem = f"ST11 {order_id}: {error}"
        raise UnexpectedAnswerError(problem)

    def shipments(self, order_ids: list[str], *, since: str = "") -> list[Json] | None:
        """ST11's shipments of these orders, or of all that changed since a time.

        None when there are too many to read.
        """
        found: list[Json] = []
        token = ""
        for _ in range(MOST_PAGES):
            answer = self._client.shipments(
                order_ids, since=since, page_token=token, urgent=self._urgent
            )
            rows, token = self._page(answer)
            found += rows
            if not token:
                return found
        return None

    def sent(self, order_id: str) -> dict[str, int]:
        """Units by line that are in shipments, prepared ones too."""
        found: dict[str, int] = {}
        for index, row in enumerate(self.shipments([order_id]) or []):
            if row.get("status") == CANCELED:
                continue
            for line_id, units in parcels.lines_of(row, f"shipments[{index}]."):
                found[line_id] = found.get(line_id, 0) + units
        return found

    def _page(self, answer: Answer) -> tuple[list[Json], str]:
        try:
            return parcels.shipments_of(answer.json())
        except FieldError as error:
            problem = f"ST11: {error}"
        raise answer.unexpected(problem)

    def _went_through(self, answer: Answer, *, made: bool = False) -> None:
        """A refusal hides inside an answer of success; it comes with a text alone.

        ``made``: the answer must name what it made.
        """
        body = answer.json()
        text = confirm.refused_inside(body)
        if text:
            raise refusal(
                f"The operator refused the shipment: {text[:300]}",
                field="shipments",
                code="shipment_refused",
            )
        if made and not confirm.succeeded_inside(body):
            raise answer.unexpected("The operator named neither success nor refusal")


def orders_in(answer: Answer) -> list[Any]:
    """The rows of OR11."""
    body = answer.json()
    rows = body.get("orders") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise answer.unexpected("OR11 answered without a list of orders")
    return rows


def order_in(answer: Answer, order_id: str) -> Json | None:
    """The order that a list of one holds, None when it is empty."""
    for row in orders_in(answer):
        if isinstance(row, dict) and row.get("order_id") == order_id:
            return row
    return None


def _required(answer: Answer, order_id: str) -> Json:
    order = order_in(answer, order_id)
    if order is None:
        raise refusal(
            f"The operator knows no order {order_id} of this shop",
            field="order_id",
            code=ORDER_UNKNOWN,
            remedy=REFUSALS["ORDER_NOT_FOUND"].remedy,
        )
    return order
