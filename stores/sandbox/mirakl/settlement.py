"""What a shop earns: transaction lines, billing cycles, pay-outs. Sheet, section 9.

A line is PENDING until its order was received, PAYABLE from then on, and PAID with the
cycle that took it. The lines of a cycle but its PAYMENT add up to what the seller gets.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from stores.sandbox.mirakl.operators import Operator
from stores.sandbox.mirakl.orders import Line, Order, Refund

Json = dict[str, Any]
Key = tuple[str, int]

PENDING, PAYABLE, PAID = "PENDING", "PAYABLE", "PAID"
TO_PAY, FAILED = "TO_PAY", "FAILED"
COMMISSION, COMMISSION_VAT = 15, 20


@dataclass(slots=True, kw_only=True)
class Transaction:
    """One line of the log; ``amount`` in pence, from the seller's side."""

    id: str
    operator: str
    shop_id: int
    kind: str
    amount: int
    created: int
    updated: int
    state: str
    order_id: str = ""
    line_id: str = ""
    refund_id: str = ""
    cycle_id: str = ""


@dataclass(slots=True, kw_only=True)
class Cycle:
    """One billing cycle and its pay-out."""

    id: str
    operator: str
    shop_id: int
    created: int
    due: int
    amount: int
    fees: int
    state: str = TO_PAY
    paid: int = 0


def commission(pence: int) -> int:
    """The operator's share of an amount."""
    return round(pence * COMMISSION / 100)


def vat(pence: int) -> int:
    """The tax upon a fee."""
    return round(pence * COMMISSION_VAT / 100)


class Settlement:
    """All shops' lines and cycles."""

    def __init__(self, record: Callable[..., int]) -> None:
        self.record = record
        self.clear()

    def clear(self) -> None:
        """No lines, no cycles; pay-outs succeed."""
        self.rows: list[Transaction] = []
        self.cycles: list[Cycle] = []
        self._closes: dict[Key, int] = {}
        self._pending: dict[str, list[Transaction]] = {}
        self.failing = 0

    def sold(self, order: Order, operator: Operator, now: int) -> None:
        """An order left: amounts and fees of each line."""
        for line in order.open_lines:
            goods, delivery = line.amount_left, line.shipping_left
            fee = commission(goods + delivery)
            amounts = {
                "ORDER_AMOUNT": goods,
                "ORDER_SHIPPING_AMOUNT": delivery,
                "COMMISSION_FEE": -fee,
                "COMMISSION_VAT": -vat(fee),
            }
            if operator.ioss_field in order.fields:
                rate = operator.tax_rate
                tax = round(goods * rate / (100 + rate))
                amounts["OPERATOR_REMITTED_ORDER_AMOUNT_TAX"] = -tax
            self._add(order, operator, amounts, PENDING, now, line)

    def received(self, order: Order, now: int) -> None:
        """The order's lines may be paid."""
        for row in self._pending.pop(order.order_id, ()):
            row.state, row.updated = PAYABLE, now

    def refunded(
        self, order: Order, line: Line, refund: Refund, operator: Operator, now: int
    ) -> None:
        """Money back: the mirror of what the line had brought."""
        fee = commission(refund.amount + refund.shipping)
        amounts = {
            "REFUND_ORDER_AMOUNT": -refund.amount,
            "REFUND_ORDER_SHIPPING_AMOUNT": -refund.shipping,
            "REFUND_COMMISSION_FEE": fee,
            "REFUND_COMMISSION_VAT": vat(fee),
        }
        state = PAYABLE if order.received else PENDING
        self._add(order, operator, amounts, state, now, line, refund.id)

    def penalty(self, order: Order, operator: Operator, pence: int, now: int) -> None:
        """The operator fines the shop."""
        amounts = {"SELLER_PENALTY_FEE": -pence, "SELLER_PENALTY_FEE_TAX": -vat(pence)}
        self._add(order, operator, amounts, PAYABLE, now)
        self.record("penalty", order.order_id, amount=pence / 100)

    def advance(self, now: int, operators: Mapping[str, Operator]) -> None:
        """Close the cycles that are over and pay out those that are due."""
        for key, closes in list(self._closes.items()):
            operator, moment = operators[key[0]], closes
            while moment <= now:
                self.close(key, operator, moment)
                moment += int(operator.cycle_seconds * 1000)
            self._closes[key] = moment
        for cycle in self.cycles:
            if cycle.state == TO_PAY and cycle.due <= now:
                self.pay(cycle)

    def shops(self) -> list[Key]:
        """Operator and shop of everything that was ever booked."""
        keys = ((row.operator, row.shop_id) for row in self.rows if row.operator)
        return list(dict.fromkeys(keys))

    def again(self, row: Transaction, now: int) -> Transaction:
        """Book the same as a new line."""
        made = replace(row, id=_uuid(1, len(self.rows)), created=now, updated=now)
        self.rows.append(made)
        return made

    def drop(self, rows: list[Transaction]) -> None:
        """Forget lines that should be there."""
        gone = {row.id for row in rows}
        for row in self.rows:
            if row.id in gone:
                # Their place stays taken: ids are counted.
                row.operator = ""

    def dump(self) -> Json:
        """State as JSON."""
        return {
            "rows": [asdict(row) for row in self.rows],
            "cycles": [asdict(row) for row in self.cycles],
            "closes": [[*key, moment] for key, moment in self._closes.items()],
            "failing": self.failing,
        }

    def load(self, state: Json) -> None:
        """Restore what :meth:`dump` returned."""
        self.clear()
        self.rows = [Transaction(**row) for row in state["rows"]]
        for row in self.rows:
            self._note(row)
        self.cycles = [Cycle(**row) for row in state["cycles"]]
        self._closes = {(code, shop): at for code, shop, at in state["closes"]}
        self.failing = state["failing"]

    def _add(
        self,
        order: Order,
        operator: Operator,
        amounts: dict[str, int],
        state: str,
        now: int,
        line: Line | None = None,
        refund_id: str = "",
    ) -> None:
        key = (order.operator, order.shop_id)
        if key not in self._closes:
            span = int(operator.cycle_seconds * 1000)
            self._closes[key] = (now // span + 1) * span
        for kind, amount in amounts.items():
            if amount:
                self._row(
                    key,
                    kind,
                    amount,
                    state,
                    now,
                    order_id=order.order_id,
                    line_id=line.line_id if line else "",
                    refund_id=refund_id,
                )

    def _row(
        self, key: Key, kind: str, amount: int, state: str, now: int, **parts: str
    ) -> None:
        row = Transaction(
            id=_uuid(1, len(self.rows)),
            operator=key[0],
            shop_id=key[1],
            kind=kind,
            amount=amount,
            created=now,
            updated=now,
            state=state,
            **parts,
        )
        self.rows.append(row)
        self._note(row)

    def _note(self, row: Transaction) -> None:
        if row.state == PENDING:
            self._pending.setdefault(row.order_id, []).append(row)

    def close(self, key: Key, operator: Operator, now: int) -> Cycle | None:
        """Make a cycle of all that may be paid; None where there is nothing."""
        if operator.subscription:
            fee = operator.subscription
            self._row(key, "SUBSCRIPTION_FEE", -fee, PAYABLE, now)
            self._row(key, "SUBSCRIPTION_VAT", -vat(fee), PAYABLE, now)
        rows = [
            row
            for row in self.rows
            if (row.operator, row.shop_id) == key
            and row.state == PAYABLE
            and not row.cycle_id
            and row.updated <= now
        ]
        if not rows:
            return None
        cycle = Cycle(
            id=_uuid(2, len(self.cycles)),
            operator=key[0],
            shop_id=key[1],
            created=now,
            due=now + int(operator.pay_seconds * 1000),
            amount=sum(row.amount for row in rows),
            fees=-sum(
                r.amount for r in rows if r.kind.startswith(("COMMISSION", "SUBS"))
            ),
        )
        for row in rows:
            row.cycle_id = cycle.id
        self.cycles.append(cycle)
        self.record("billing_cycle", cycle.id, amount=cycle.amount / 100)
        return cycle

    def pay(self, cycle: Cycle) -> None:
        """Pay a cycle out, unless the transfer fails."""
        if self.failing > 0:
            self.failing -= 1
            cycle.state = FAILED
            return
        cycle.state, cycle.paid = PAID, cycle.due
        for row in self.rows:
            if row.cycle_id == cycle.id:
                row.state, row.updated = PAID, cycle.due
        key = (cycle.operator, cycle.shop_id)
        self._row(key, "PAYMENT", -cycle.amount, PAID, cycle.due, cycle_id=cycle.id)
        self.record("payment", cycle.id, amount=cycle.amount / 100)


def _uuid(kind: int, number: int) -> str:
    return str(uuid.UUID(int=(kind << 64) + number + 1))
