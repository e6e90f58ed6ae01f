"""A person's yes or no to a cancellation, told to TikTok.

A buyer's request is approved or rejected by its own id; without one the seller cancels.
Approving and rejecting carry our reference, so that a repeat is the same call; for a
seller's cancellation TikTok has none, so what is there already is looked at first.
"""

from __future__ import annotations

from collections.abc import Sequence

from stores.connectors.tiktok.cancellations import (
    ENDED,
    SELLER,
    Cancellation,
    cancellation_of,
)
from stores.connectors.tiktok.client import TikTokClient
from stores.connectors.tiktok.fields import FieldError, Json
from stores.connectors.tiktok.lines import CANCELLED, Group, groups_of
from stores.connectors.tiktok.operations import APPROVE, CANCEL, REJECT, Operation
from stores.connectors.tiktok.reading import Reader
from stores.connectors.tiktok.reasons import Reasons
from stores.connectors.tiktok.refusals import ANSWER
from stores.connectors.tiktok.shops import Shop
from stores.errors import RejectedError, UnexpectedAnswerError
from stores.remote_types import CancellationAnswer

# A refusal that may only mean that our own earlier call has arrived.
_MAY_BE_DONE = frozenset(
    {"already_decided", "in_progress", "order_cancelled", "wrong_state"}
)


class Answering:
    """Tells the answers of one account."""

    def __init__(self, client: TikTokClient, reader: Reader, reasons: Reasons) -> None:
        self._client = client
        self._reader = reader
        self._reasons = reasons

    def tell(
        self, shop: Shop, answer: CancellationAnswer, *, urgent: bool = False
    ) -> None:
        """Approve, reject or cancel; a state that is as wanted already is a success."""
        known = self._known(shop, answer.order_remote_id, urgent=urgent)
        request = next((row for row in known if row.asked), None)
        try:
            if request is not None and answer.accept:
                self._send(
                    shop,
                    APPROVE,
                    ids={"cancel_id": request.id},
                    query={"idempotency_key": answer.reference},
                    urgent=urgent,
                )
            elif request is not None:
                self._reject(shop, request, answer, urgent=urgent)
            elif answer.accept:
                self._cancel(shop, answer, known, urgent=urgent)
            elif not _is_over(known):
                raise RejectedError(
                    "No request to cancel is open at TikTok, so there is nothing to "
                    "reject",
                    code="already_decided",
                )
        except RejectedError as error:
            refusal = error
        else:
            return
        if refusal.code in _MAY_BE_DONE and self._is_so(shop, answer, urgent=urgent):
            return
        raise refusal

    def _reject(
        self,
        shop: Shop,
        request: Cancellation,
        answer: CancellationAnswer,
        *,
        urgent: bool,
    ) -> None:
        reason = self._reasons.to_reject(
            shop, request.id, request.order_id, answer.reason
        )
        self._send(
            shop,
            REJECT,
            ids={"cancel_id": request.id},
            query={"idempotency_key": answer.reference},
            body={"reject_reason": reason},
            urgent=urgent,
        )

    def _cancel(
        self,
        shop: Shop,
        answer: CancellationAnswer,
        known: Sequence[Cancellation],
        *,
        urgent: bool,
    ) -> None:
        """Cancel as the seller, the whole order or some of its units."""
        order = self._order(shop, answer.order_remote_id, urgent=urgent)
        if order.get("status") == CANCELLED:
            return
        groups = _groups(order)
        body: Json = {"order_id": answer.order_remote_id}
        parted = any(unit.told for group in groups for unit in group.units)
        if parted or not answer.whole:
            units = _units_to_cancel(answer, groups, known)
            if not units:
                return
            body["order_line_item_ids"] = units
        body["cancel_reason"] = self._reasons.to_cancel(
            shop, answer.order_remote_id, answer.reason, urgent=urgent
        )
        self._send(shop, CANCEL, body=body, urgent=urgent)

    def _is_so(self, shop: Shop, answer: CancellationAnswer, *, urgent: bool) -> bool:
        """Whether TikTok's state is what the answer wanted."""
        known = self._known(shop, answer.order_remote_id, urgent=urgent)
        if not answer.accept:
            return _is_over(known)
        order = self._order(shop, answer.order_remote_id, urgent=urgent)
        if order.get("status") == CANCELLED:
            return True
        latest = known[0] if known else None
        return answer.whole and latest is not None and latest.done

    def _known(
        self, shop: Shop, order_id: str, *, urgent: bool
    ) -> tuple[Cancellation, ...]:
        """The order's cancellations, newest first."""
        rows = self._reader.cancellations_of(shop, [order_id], urgent=urgent)
        try:
            return tuple(cancellation_of(row) for row in rows)
        except FieldError as error:
            problem = f"Cancellations of {order_id} can't be read: {error}"
        raise UnexpectedAnswerError(problem)

    def _order(self, shop: Shop, order_id: str, *, urgent: bool) -> Json:
        order = self._reader.one(shop, order_id, urgent=urgent)
        if order is None:
            raise RejectedError(
                f"TikTok does not show order {order_id} to this seller",
                code="order_unknown",
                field="orderId",
            )
        return order

    def _send(
        self,
        shop: Shop,
        operation: Operation,
        *,
        ids: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
        body: Json | None = None,
        urgent: bool,
    ) -> None:
        self._client.send(
            operation,
            cipher=shop.cipher,
            ids=ids,
            query=query,
            body=body,
            refusals=ANSWER,
            urgent=urgent,
        )


def _groups(order: Json) -> tuple[Group, ...]:
    try:
        return groups_of(order)
    except FieldError as error:
        problem = f"Order {order.get('id')} can't be read: {error}"
    raise UnexpectedAnswerError(problem)


def _is_over(known: Sequence[Cancellation]) -> bool:
    """Whether the last request ended without a cancellation: rejected or withdrawn."""
    return bool(known) and known[0].state in ENDED


def _units_to_cancel(
    answer: CancellationAnswer,
    groups: Sequence[Group],
    known: Sequence[Cancellation],
) -> list[str]:
    """The units to be cancelled that no cancellation has yet; [] when none is left.

    Raises RejectedError where none is left because they were shipped.
    """
    under_way = {
        unit_id
        for row in known
        if row.role == SELLER and row.state not in ENDED
        for unit_id in row.unit_ids
    }
    chosen: list[str] = []
    shipped = False
    for line_id, quantity in answer.lines:
        for group in groups:
            if group.holds(line_id):
                free = [u.id for u in group.units if u.open and u.id not in under_way]
                chosen += free[:quantity]
                shipped |= any(unit.told for unit in group.units)
    if not chosen and shipped:
        row = ANSWER[25001045]
        raise RejectedError(row.sentence, code=row.code)
    return chosen
