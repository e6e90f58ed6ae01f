"""How an order goes from state to state, by the operator's rules and timers.

STAGING → WAITING_ACCEPTANCE → WAITING_DEBIT → WAITING_DEBIT_PAYMENT → SHIPPING →
SHIPPED → (TO_COLLECT) → RECEIVED → CLOSED; REFUSED and CANCELED end it. Sheet, section 2.
"""

from __future__ import annotations

from collections.abc import Callable

from stores.sandbox.mirakl.carriers import verdict
from stores.sandbox.mirakl.operators import MANUAL, Operator
from stores.sandbox.mirakl.orders import (
    CANCELED,
    CLOSED,
    DEAD,
    LEFT,
    RECEIVED,
    REFUSED,
    SHIPPED,
    SHIPPING,
    STAGING,
    TO_COLLECT,
    WAITING_ACCEPTANCE,
    WAITING_DEBIT,
    WAITING_DEBIT_PAYMENT,
    Cancellation,
    Event,
    Line,
    Order,
    OrderBook,
)
from stores.sandbox.mirakl.settlement import Settlement

Record = Callable[..., int]
COLLECT_MS = 24 * 3_600_000
# Unpaid orders are closed after so long.
UNPAID_MS = 72 * 3_600_000


class Lifecycle:
    """Moves orders; every move leaves a row in the ledger where it is news."""

    def __init__(self, book: OrderBook, money: Settlement, record: Record) -> None:
        self.book = book
        self.money = money
        self.record = record

    def begin(self, order: Order, operator: Operator, staging: int, now: int) -> None:
        """A new order: checked for fraud first, or offered to the shop at once."""
        order.enter(STAGING)
        if staging:
            self.book.schedule(now + staging, "staged", order.order_id)
        else:
            self.offer(order, operator, now)

    def offer(self, order: Order, operator: Operator, now: int) -> None:
        """The shop is asked, or the operator accepts for it."""
        if operator.acceptance != MANUAL:
            self.accepted(order, operator, now)
            return
        order.enter(WAITING_ACCEPTANCE)
        self.book.touch(order, now)
        due = now + int(operator.accept_seconds * 1000)
        self.book.schedule(due, "acceptance_timeout", order.order_id)

    def accepted(self, order: Order, operator: Operator, now: int) -> None:
        """What follows an acceptance: the customer is debited first, or later."""
        if operator.workflow == "PAY_ON_SHIPMENT" or not order.debit:
            self.to_ship(order, operator, now)
            return
        order.enter(WAITING_DEBIT)
        self.book.touch(order, now)
        self.book.schedule(now + order.debit // 2, "debit", order.order_id)

    def to_ship(self, order: Order, operator: Operator, now: int) -> None:
        """Into SHIPPING: the address appears and the deadline is set."""
        if operator.workflow != "PAY_ON_SHIPMENT":
            order.debited = now
        order.enter(SHIPPING)
        order.ready, order.deadline = now, now + order.lead
        self.book.touch(order, now)

    def refused(self, order: Order, now: int, by: str) -> None:
        """Every line is refused."""
        order.enter(REFUSED)
        self.book.touch(order, now)
        self.record("refused", order.order_id, by=by)

    def left(self, order: Order, operator: Operator, now: int) -> None:
        """Into SHIPPED; receipt and closure follow by themselves."""
        order.enter(SHIPPED)
        order.shipped = now
        self.money.sold(order, operator, now)
        if operator.workflow == "PAY_ON_SHIPMENT":
            order.debited = now
        self.book.touch(order, now)
        due = now + (
            COLLECT_MS if order.pudo else int(operator.received_seconds * 1000)
        )
        self.book.schedule(
            due, "to_collect" if order.pudo else "received", order.order_id
        )

    def cancel_line(
        self,
        order: Order,
        line: Line,
        now: int,
        *,
        quantity: int,
        amount: int,
        shipping: int,
        reason: str,
    ) -> Cancellation:
        """Take a part of a line out; the amount decides whether anything is left."""
        row = Cancellation(
            id=str(9000 + self.book.next_number()),
            quantity=quantity,
            amount=amount,
            shipping=shipping,
            reason=reason,
            at=now,
        )
        line.cancellations.append(row)
        if line.amount_left <= 0:
            line.state, line.reason, line.incident = CANCELED, reason, ""
        if not order.open_lines:
            order.state, order.reason, order.asked = CANCELED, reason, ""
        elif any(each.sent for each in order.open_lines) and all(
            each.sent >= each.wanted for each in order.open_lines
        ):
            # What is left of a partly sent order has left already.
            self.book.schedule(now, "all_sent", order.order_id)
        self.book.touch(order, now)
        return row

    def cancel_all(self, order: Order, now: int, reason: str) -> None:
        """The whole order ends."""
        for line in order.open_lines:
            self.cancel_line(
                order,
                line,
                now,
                quantity=line.wanted,
                amount=line.amount_left,
                shipping=line.shipping_left,
                reason=reason,
            )
        for shipment in order.shipments:
            shipment.status, shipment.updated = CANCELED, now
        order.state, order.reason, order.asked = CANCELED, reason, ""
        self.book.touch(order, now)

    def happen(self, event: Event, order: Order, operator: Operator) -> None:
        """Let a timer's event happen, if the order is still where it was set."""
        now, state = event.due, order.state
        if state in DEAD:
            return
        match event.kind:
            case "staged" if state == STAGING:
                self.offer(order, operator, now)
            case "acceptance_timeout" if state == WAITING_ACCEPTANCE:
                self.refused(order, now, "TIMEOUT")
            case "debit" if state == WAITING_DEBIT:
                order.enter(WAITING_DEBIT_PAYMENT)
                self.book.touch(order, now)
                kind = "unpaid" if order.debit_fails else "debited"
                wait = (
                    UNPAID_MS if order.debit_fails else order.debit - order.debit // 2
                )
                self.book.schedule(now + wait, kind, order.order_id)
            case "debited" if state == WAITING_DEBIT_PAYMENT:
                self.to_ship(order, operator, now)
            case "unpaid" if state == WAITING_DEBIT_PAYMENT:
                self.cancel_all(order, now, _reason(operator, "Payment refused"))
                self.record("cancelled", order.order_id, by="OPERATOR", why="unpaid")
            case "all_sent" if state == SHIPPING:
                self.left(order, operator, now)
            case "to_collect" if state == SHIPPED:
                self._arrive(order, TO_COLLECT, now)
                self.book.touch(order, now)
                self._later(order, operator.received_seconds, "received", now)
            case "received" if state in (SHIPPED, TO_COLLECT):
                self._arrive(order, RECEIVED, now)
                order.received = now
                self.money.received(order, now)
                self.book.touch(order, now)
                self._later(order, operator.closed_seconds, "closed", now)
            case "closed" if state == RECEIVED:
                self._arrive(order, CLOSED, now)
                self.book.touch(order, now)
            case "verify":
                self._verify(order, event.detail, now)

    def _arrive(self, order: Order, state: str, now: int) -> None:
        order.enter(state)
        for shipment in order.shipments:
            shipment.status, shipment.updated = state, now

    def _later(self, order: Order, seconds: float, kind: str, now: int) -> None:
        self.book.schedule(now + int(seconds * 1000), kind, order.order_id)

    def _verify(self, order: Order, shipment_id: str, now: int) -> None:
        """Mirakl asks the carrier for the parcel."""
        for row in order.shipments:
            if row.id == shipment_id and row.validity == "UNVERIFIED":
                row.validity, row.updated = verdict(row.standard, row.tracking), now
                self.record(
                    "tracking_checked",
                    order.order_id,
                    shipment_id=row.id,
                    validity=row.validity,
                )


def has_left(order: Order) -> bool:
    """Whether any of it is on its way."""
    return order.state in LEFT or any(line.sent for line in order.lines)


def _reason(operator: Operator, label: str) -> str:
    return next(row.code for row in operator.reasons if row.label == label)
