"""What TikTok pays a shop: settled orders, daily statements, payments.

Sheet section 9. An order settles some days after its delivery; each day at 00:00 UTC
the day's rows become a statement, which is paid later. A row's amounts add exactly to
its settlement, and rows to their statement. Pence; the commission's rate is made up, and
delivery fees stay out, since the documents give them no sign.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from stores.sandbox.tiktok.orders import DAY, Line, Order, OrderBook

Json = dict[str, Any]

COMMISSION = 9  # percent
ORDER, REFUND = "ORDER", "REFUND"


@dataclass(slots=True, kw_only=True)
class SkuRow:
    """One SKU of a settled or refunded order; what is taken back is negative."""

    sku_id: str
    sku_name: str
    product_name: str
    quantity: int
    gross: int
    seller_discount: int
    platform_discount: int
    commission: int

    @property
    def revenue(self) -> int:
        """Gross sales without the seller's own discounts."""
        return self.gross - self.seller_discount

    @property
    def settlement(self) -> int:
        """What the seller gets."""
        return self.revenue - self.commission


@dataclass(slots=True, kw_only=True)
class Transaction:
    """An order's rows; ``statement_id`` once a day has been closed."""

    id: str
    kind: str
    shop_id: str
    order_id: str
    order_created: int
    currency: str
    moment: int
    rows: list[SkuRow]
    statement_id: str = ""
    # What is added to it beside its rows, from the seller's side.
    adjustment: int = 0

    @property
    def settlement(self) -> int:
        """What the seller gets."""
        return self.adjustment + sum(row.settlement for row in self.rows)


@dataclass(slots=True, kw_only=True)
class Statement:
    """One day of a shop; its payment has an id from the beginning."""

    id: str
    shop_id: str
    moment: int
    currency: str
    payment_id: str
    status: str = "PROCESSING"
    paid_at: int = 0
    transaction_ids: list[str] = field(default_factory=list)
    # Paid beyond what its rows come to.
    surplus: int = 0


class Money:
    """Transactions and statements; ``record`` writes the ledger."""

    def __init__(self, book: OrderBook, record: Callable[..., int]) -> None:
        self.book, self.record = book, record
        self.pay_seconds = DAY
        # So many of the next payments fail.
        self.failing = 0
        self.clear()

    def clear(self) -> None:
        """Nothing was sold yet."""
        self.transactions: dict[str, Transaction] = {}
        self.statements: dict[str, Statement] = {}
        self._order_ids: set[str] = set()
        self.failing = 0

    def settle(self, order: Order, now: int) -> None:
        """A delivered order is settled, once."""
        if order.delivered and not self.settled(order) and order.live_lines:
            self._book(order, ORDER, order.live_lines, 1, now)

    def book_sale(self, order: Order, moment: int) -> Transaction:
        """Settle what is left of an order, whatever became of it before."""
        return self._book(order, ORDER, order.live_lines, 1, moment)

    def refund(self, order: Order, lines: list[Line], now: int) -> Transaction:
        """Lines of a settled order are paid back to the buyer."""
        return self._book(order, REFUND, lines, -1, now)

    def settled(self, order: Order) -> bool:
        """Whether the order is in the books."""
        return order.order_id in self._order_ids

    def adjust(self, order: Order, kind: str, pence: int, now: int) -> Transaction:
        """Book what is no sale: a penalty, a rebate; ``pence`` from the seller's side."""
        row = self._book(order, kind, [], 1, now)
        row.adjustment = pence
        return row

    def close_day(self, shop_id: str, now: int) -> Statement | None:
        """Make a statement of what has none yet; paid later."""
        rows = [
            row
            for row in self.transactions.values()
            if row.shop_id == shop_id and not row.statement_id and row.moment < now
        ]
        if not rows:
            return None
        statement = Statement(
            id=self.book.next_id("7404"),
            shop_id=shop_id,
            moment=now,
            currency=rows[0].currency,
            payment_id=self.book.next_id("3472"),
            transaction_ids=[row.id for row in rows],
        )
        for row in rows:
            row.statement_id = statement.id
        self.statements[statement.id] = statement
        total = sum(row.settlement for row in rows)
        self.record("statement", statement.id, shop_id=shop_id, settlement=total)
        self.book.schedule(now + self.pay_seconds, "payout", statement.id)
        return statement

    def pay(self, statement_id: str, now: int) -> None:
        """The statement's payment arrives, or fails."""
        statement = self.statements[statement_id]
        if statement.status == "PAID":
            return
        if self.failing > 0:
            self.failing, statement.status = self.failing - 1, "FAILED"
        else:
            statement.status, statement.paid_at = "PAID", now
        self.record(
            "payment", statement.payment_id, shop_id=statement.shop_id, status=statement.status
        )  # fmt: skip

    def of_statement(self, statement: Statement) -> list[Transaction]:
        """The statement's transactions."""
        return [self.transactions[key] for key in statement.transaction_ids]

    def _book(
        self, order: Order, kind: str, lines: Iterable[Line], sign: int, now: int
    ) -> Transaction:
        groups: dict[str, list[Line]] = {}
        for line in lines:
            groups.setdefault(line.sku_id, []).append(line)
        row = Transaction(
            id=self.book.next_id("3462"),
            kind=kind,
            shop_id=order.shop_id,
            order_id=order.order_id,
            order_created=order.created,
            currency=order.currency,
            moment=now,
            rows=[_sku_row(group, sign) for group in groups.values()],
        )
        self.transactions[row.id] = row
        self._order_ids.add(row.order_id)
        self.record("refunded" if kind == REFUND else "settled", order.order_id, settlement=row.settlement)  # fmt: skip
        midnight = (now // DAY + 1) * DAY
        self.book.schedule(midnight, "statement", order.shop_id)
        return row

    def dump(self) -> Json:
        """State as JSON."""
        return {
            "transactions": [asdict(row) for row in self.transactions.values()],
            "statements": [asdict(row) for row in self.statements.values()],
            "failing": self.failing,
        }

    def load(self, state: Json) -> None:
        """Restore what :meth:`dump` returned."""
        self.clear()
        for values in state["transactions"]:
            rows = [SkuRow(**row) for row in values["rows"]]
            self.transactions[values["id"]] = Transaction(**{**values, "rows": rows})
            self._order_ids.add(values["order_id"])
        for values in state["statements"]:
            self.statements[values["id"]] = Statement(**values)
        self.failing = state["failing"]


def _sku_row(lines: list[Line], sign: int) -> SkuRow:
    gross = sum(line.price for line in lines)
    own = sum(line.seller_discount for line in lines)
    return SkuRow(
        sku_id=lines[0].sku_id,
        sku_name=lines[0].variation,
        product_name=lines[0].title,
        quantity=len(lines),
        gross=sign * gross,
        seller_discount=sign * own,
        platform_discount=sign * sum(line.platform_discount for line in lines),
        commission=sign * ((gross - own) * COMMISSION // 100),
    )
