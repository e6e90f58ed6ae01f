"""What eBay owes its sellers: transactions, funds on hold, payouts. Sheet, section 9.

A sale is booked when it is paid, its funds are held until the order is dispatched, and a
cancelled one is refunded. All funds that are free go into a payout. Pence; the rates
of the fees are made up, and a transaction's amount is always net of its fees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from stores.sandbox.ebay.orders import FULFILLED, Order, OrderBook
from stores.sandbox.payouts import (
    FEE_SURPRISE,
    MISSING_REFUND,
    NOT_DISPATCHED,
    PAID_TWICE,
    REMAINDER,
    UNKNOWN_WORDS,
    Planting,
)

Json = dict[str, Any]

SALE, REFUND, CHARGE = "SALE", "REFUND", "NON_SALE_CHARGE"
CREDIT, DEBIT = "CREDIT", "DEBIT"
ON_HOLD, AVAILABLE, IN_PAYOUT = "FUNDS_ON_HOLD", "FUNDS_AVAILABLE_FOR_PAYOUT", "PAYOUT"
INITIATED, SUCCEEDED, RETRYABLE = "INITIATED", "SUCCEEDED", "RETRYABLE_FAILED"
# Per mille of a line; pence per order.
VALUE_FEE, OPERATING_FEE, FIXED_FEE = 109, 4, 30
VALUE, FIXED, OPERATING = (
    "FINAL_VALUE_FEE",
    "FINAL_VALUE_FEE_FIXED_PER_ORDER",
    "REGULATORY_OPERATING_FEE",
)


@dataclass(slots=True, kw_only=True)
class Item:
    """An order line's part of a transaction; ``fees`` are [feeType, pence]."""

    line_id: str
    basis: int
    fees: list[list[Any]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Transaction:
    """One movement; ``gross`` before its fees, ``entry`` CREDIT or DEBIT."""

    id: str
    kind: str
    entry: str
    seller_id: str
    currency: str
    gross: int
    moment: int
    order_id: str = ""
    username: str = ""
    collected_tax: int = 0
    items: list[Item] = field(default_factory=list)
    fee_type: str = ""
    memo: str = ""
    status: str = AVAILABLE
    payout_id: str = ""

    @property
    def fees(self) -> int:
        """All its fees, or what is given back of them."""
        return sum(pence for item in self.items for _, pence in item.fees)

    @property
    def net(self) -> int:
        """What its amount says: of a sale what is left, of a refund what it costs."""
        return self.gross - self.fees

    @property
    def signed(self) -> int:
        """What it does to the seller's balance."""
        return self.net if self.entry == CREDIT else -self.net


@dataclass(slots=True, kw_only=True)
class Payout:
    """One transfer to the seller's bank."""

    id: str
    seller_id: str
    currency: str
    amount: int
    made: int
    due: int
    status: str = INITIATED
    attempted: int = 0
    count: int = 0


class Money:
    """All sellers' transactions and payouts."""

    def __init__(self, book: OrderBook, record: Callable[..., int]) -> None:
        self.book, self.record = book, record
        self.clear()

    def clear(self) -> None:
        """Nothing was sold yet."""
        self.transactions: dict[str, Transaction] = {}
        self.payouts: dict[str, Payout] = {}
        self._sold: set[str] = set()
        self._refunded: set[str] = set()
        self._serial = 0
        self._next = 0
        # So many of the next payouts fail at first.
        self.failing = 0

    def advance(self, now: int, *, every: int, pay_after: int) -> None:
        """Pay out where a period is over, and let the bank answer."""
        for payout in self.payouts.values():
            if payout.status in (INITIATED, RETRYABLE) and payout.due <= now:
                self._arrive(payout, pay_after)
        if not every:
            return
        if not self._next:
            self._next = (now // every + 1) * every
        if now >= self._next:
            self._next = (now // every + 1) * every
            self.pay_out(now, Planting(pay=False), pay_after=pay_after)

    def book_orders(self, now: int) -> None:
        """Book what was sold, refunded and released since."""
        for order in self.book:
            if order.paid and order.order_id not in self._sold:
                self._sold.add(order.order_id)
                self._sale(order)
            if order.refunded and order.order_id not in self._refunded:
                self._refunded.add(order.order_id)
                self._refund(order, now)
        for row in self.transactions.values():
            if row.status == ON_HOLD and self._free(row):
                row.status, row.memo = AVAILABLE, ""

    def pay_out(self, now: int, planting: Planting, *, pay_after: int) -> list[Json]:
        """Put all free funds into payouts, one per seller and currency."""
        self.book_orders(now)
        self._plant(now, planting)
        groups: dict[tuple[str, str], list[Transaction]] = {}
        for row in self.transactions.values():
            if row.status == AVAILABLE:
                groups.setdefault((row.seller_id, row.currency), []).append(row)
        made = []
        for (seller_id, currency), rows in groups.items():
            amount = sum(row.signed for row in rows)
            if amount <= 0:
                # It is carried over to the next one.
                continue
            self._serial += 1
            payout = Payout(
                id=str(5_500_000_000 + self._serial),
                seller_id=seller_id,
                currency=currency,
                amount=amount,
                made=now,
                due=now if planting.pay else now + pay_after,
                count=len(rows),
            )
            if planting.wants(REMAINDER):
                payout.amount += 1
                planting.plant(REMAINDER, payout=payout.id)
            for row in rows:
                row.status, row.payout_id = IN_PAYOUT, payout.id
            self.payouts[payout.id] = payout
            self.record(
                "payout", payout.id, amount=payout.amount / 100, count=len(rows)
            )
            if planting.pay:
                self._arrive(payout, pay_after)
            made.append(
                {
                    "id": payout.id,
                    "amount": payout.amount / 100,
                    "currency": currency,
                    "status": payout.status,
                    "transactions": len(rows),
                }
            )
        return made

    def of_payout(self, payout_id: str) -> Iterator[Transaction]:
        """Its transactions."""
        return (x for x in self.transactions.values() if x.payout_id == payout_id)

    def dump(self) -> Json:
        """State as JSON."""
        return {
            "transactions": [asdict(row) for row in self.transactions.values()],
            "payouts": [asdict(row) for row in self.payouts.values()],
            "sold": sorted(self._sold),
            "refunded": sorted(self._refunded),
            "serial": self._serial,
            "next": self._next,
            "failing": self.failing,
        }

    def load(self, state: Json) -> None:
        """Restore what :meth:`dump` returned."""
        self.clear()
        for values in state["transactions"]:
            items = [Item(**row) for row in values["items"]]
            self.transactions[values["id"]] = Transaction(**{**values, "items": items})
        self.payouts = {row["id"]: Payout(**row) for row in state["payouts"]}
        self._sold, self._refunded = set(state["sold"]), set(state["refunded"])
        self._serial, self._next = state["serial"], state["next"]
        self.failing = state["failing"]

    def _arrive(self, payout: Payout, pay_after: int) -> None:
        if self.failing > 0:
            self.failing -= 1
            payout.status, payout.attempted = RETRYABLE, payout.due
            payout.due += max(pay_after, 1)
        else:
            payout.status = SUCCEEDED
        self.record("payout_answered", payout.id, status=payout.status)

    def _free(self, row: Transaction) -> bool:
        order = self.book.get(row.order_id)
        return order is None or order.refunded or order.status == FULFILLED

    def _add(self, order: Order, kind: str, entry: str, gross: int, moment: int) -> Transaction:  # fmt: skip
        self._serial += 1
        row = Transaction(
            id=f"{self._serial:02d}-{order.order_id[-11:]}",
            kind=kind,
            entry=entry,
            seller_id=order.seller_id,
            currency=order.currency,
            gross=gross,
            moment=moment,
            order_id=order.order_id,
            username=order.username,
        )
        self.transactions[row.id] = row
        return row

    def _sale(self, order: Order) -> Transaction:
        total = sum(line.total for line in order.lines)
        row = self._add(order, SALE, CREDIT, total, order.created)
        row.collected_tax = sum(line.collected_tax for line in order.lines)
        for number, line in enumerate(order.lines):
            basis = line.total + line.collected_tax
            fees: list[list[Any]] = [
                [VALUE, basis * VALUE_FEE // 1000],
                [OPERATING, basis * OPERATING_FEE // 1000],
            ]
            if not number:
                fees.append([FIXED, FIXED_FEE])
            row.items.append(Item(line_id=line.line_id, basis=basis, fees=fees))
        if not self._free(row):
            row.status = ON_HOLD
            row.memo = "Funds on hold until the order is dispatched"
        return row

    def _refund(self, order: Order, now: int) -> None:
        total = sum(line.total for line in order.lines)
        row = self._add(order, REFUND, DEBIT, total, order.cancelled or now)
        for line in order.lines:
            basis = line.total + line.collected_tax
            fees = [[VALUE, basis * VALUE_FEE // 1000]]
            row.items.append(Item(line_id=line.line_id, basis=basis, fees=fees))

    def _plant(self, now: int, planting: Planting) -> None:
        rows = [x for x in self.transactions.values() if planting.fits(x.order_id)]
        sold = [x for x in rows if x.kind == SALE and x.status == AVAILABLE]
        if planting.wants(NOT_DISPATCHED):
            for row in rows:
                if row.status == ON_HOLD:
                    row.status = AVAILABLE
                    planting.plant(NOT_DISPATCHED, row.order_id)
                    break
        if planting.wants(MISSING_REFUND):
            for row in rows:
                if row.kind == REFUND and row.status == AVAILABLE:
                    del self.transactions[row.id]
                    planting.plant(MISSING_REFUND, row.order_id)
                    break
        if planting.wants(FEE_SURPRISE) and sold:
            fees = sold[-1].items[0].fees
            fees[0][1] *= 3
            planting.plant(FEE_SURPRISE, sold[-1].order_id, fee=fees[0][1] / 100)
        if planting.wants(PAID_TWICE) and sold:
            order = self.book.get(sold[0].order_id)
            if order is not None:
                again = self._sale(order)
                again.status, again.moment = AVAILABLE, now
                planting.plant(PAID_TWICE, order.order_id, transaction=again.id)
        if planting.wants(UNKNOWN_WORDS) and rows:
            order = self.book.get(rows[-1].order_id)
            if order is not None:
                row = self._add(order, "STARDUST_LEVY", DEBIT, 37, now)
                row.memo = "As agreed"
                planting.plant(UNKNOWN_WORDS, order.order_id, transaction=row.id)
