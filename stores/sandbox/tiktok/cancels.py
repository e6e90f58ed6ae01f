"""Who may cancel what and when, and what becomes of it (sheet section 3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stores.sandbox.tiktok import reasons
from stores.sandbox.tiktok.orders import (
    AWAITING_SHIPMENT,
    CANCELLED,
    COMPLETE,
    ENDED,
    ON_HOLD,
    PENDING,
    SUCCESS,
    UNPAID,
    Cancellation,
    Line,
    Order,
    OrderBook,
)

Json = dict[str, Any]

# States in which a buyer's wish comes true without the seller.
FREE_STATES = (UNPAID, ON_HOLD)


class Cancels:
    """Requests and cancellations; ``tell`` says (order, cancellation) to the world."""

    def __init__(
        self,
        book: OrderBook,
        record: Callable[..., int],
        tell_status: Callable[[Order], None],
        tell_request: Callable[[Order, Cancellation], None],
    ) -> None:
        self.book, self.record = book, record
        self._tell_status, self._tell_request = tell_status, tell_request
        self.answer_seconds, self.refund_seconds = 48 * 3600, 60

    def ask(self, order: Order, reason: str, now: int) -> Cancellation:
        """A buyer asks for the whole order; while it is held that is enough."""
        row = self._new(order, "BUYER", reason, PENDING, order.live_lines, now)
        order.request_time = now
        if order.status in FREE_STATES:
            self.record(
                "cancel_requested", order.order_id, cancel_id=row.cancel_id, by="BUYER"
            )
            self._carry_out(order, row, now)
            return row
        row.deadline = now + self.answer_seconds
        self.book.schedule(row.deadline, "approval", order.order_id, row.cancel_id)
        self.book.touch(order, now)
        self.record(
            "cancel_requested",
            order.order_id,
            cancel_id=row.cancel_id,
            by="BUYER",
            reason=reason,
            deadline=row.deadline,
        )
        self._tell_request(order, row)
        return row

    def approve(self, order: Order, row: Cancellation, now: int, *, by: str) -> None:
        """The request is granted."""
        self.record("cancel_approved", order.order_id, cancel_id=row.cancel_id, by=by)
        self._carry_out(order, row, now)

    def end(self, order: Order, row: Cancellation, now: int, *, how: str) -> None:
        """The request ends without a cancellation: withdrawn, rejected, shipped."""
        row.state, row.updated, row.deadline = ENDED, now, 0
        order.request_time = 0
        self.book.touch(order, now)
        self.record(how, order.order_id, cancel_id=row.cancel_id)
        self._tell_request(order, row)

    def cancel(
        self, order: Order, role: str, reason: str, lines: list[Line], now: int
    ) -> Cancellation:
        """Seller or system cancels lines; all that are left: the order."""
        row = self._new(order, role, reason, SUCCESS, lines, now)
        self._carry_out(order, row, now)
        return row

    def complete(self, cancel_id: str, now: int) -> None:
        """The refund has arrived."""
        row = self.book.cancellations[cancel_id]
        order = self.book.get(row.order_id)
        if row.state == SUCCESS and order is not None:
            row.state, row.updated = COMPLETE, now
            self._tell_request(order, row)

    def _new(
        self,
        order: Order,
        role: str,
        reason: str,
        state: str,
        lines: list[Line],
        now: int,
    ) -> Cancellation:
        whole = len(lines) == len(order.live_lines)
        paid = order.paid_at > 0
        row = Cancellation(
            cancel_id=self.book.next_id("4035"),
            order_id=order.order_id,
            role=role,
            reason=reason,
            state=state,
            line_ids=[line.line_id for line in lines],
            created=now,
            updated=now,
            refund=sum(line.paid for line in lines) if paid else 0,
            refund_shipping=order.shipping_paid if whole and paid else 0,
        )
        self.book.add_cancellation(row)
        return row

    def _carry_out(self, order: Order, row: Cancellation, now: int) -> None:
        row.state, row.updated, row.deadline = SUCCESS, now, 0
        order.request_time = 0
        for line_id in row.line_ids:
            line = order.line(line_id)
            if line is not None and not line.cancelled:
                line.cancelled, line.cancel_reason = True, row.reason
                line.cancel_user = row.role
        whole = not order.live_lines
        if whole:
            order.status, order.cancel_time = CANCELLED, now
            order.cancel_reason, order.cancel_initiator = row.reason, row.role
        elif not order.unshipped:
            order.status = order.stage
        self.book.touch(order, now)
        self.record(
            "cancelled" if whole else "line_cancelled",
            order.order_id,
            cancel_id=row.cancel_id,
            by=row.role,
            reason=row.reason,
            lines=row.line_ids,
        )
        due = now + self.refund_seconds
        self.book.schedule(due, "refunded", order.order_id, row.cancel_id)
        self._tell_request(order, row)
        if whole or not order.unshipped:
            self._tell_status(order)


def may_ask(order: Order) -> bool:
    """A buyer may cancel, or ask to, before anything was shipped."""
    return order.status in (*FREE_STATES, AWAITING_SHIPMENT)


def seller_reasons(order: Order) -> list[str]:
    """The seller's reasons that are valid for the order as it is."""
    found = list(reasons.SELLER)
    if order.status == UNPAID:
        found.remove(reasons.UNDELIVERABLE)
    return found
