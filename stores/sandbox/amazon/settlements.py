"""What Amazon pays its sellers, and the settlement reports that appear by themselves.

Sheet, section 9.1: what was shipped is settled; what is given back later stands in a
later file; a share is kept in reserve and set free by the next file; the VAT that Amazon
keeps comes in and goes out. One settlement per seller and currency. Cents; the rates are
made up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from stores.sandbox.amazon.marketplaces import MARKETPLACES
from stores.sandbox.amazon.orders import DAY_MS, Line, Order, OrderBook
from stores.sandbox.amazon.reports import SETTLEMENT, Reports
from stores.sandbox.amazon.settlement_file import Head, Row, write
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
Key = tuple[str, str]

COMMISSION, RESERVE = 15, 10  # per cent
# Kept by Amazon of what it gives back of its commission.
REFUND_COMMISSION = 20
PRINCIPAL = ("ItemPrice", "Principal")
ORDER, REFUND, OTHER = "Order", "Refund", "other-transaction"
# Where files are written with commas.
_COMMAS = frozenset({"EUR", "SEK", "PLN", "TRY"})


@dataclass(slots=True, kw_only=True)
class Account:
    """One seller's money in one currency."""

    starts: int
    reserve: int = 0
    waiting: list[Row] = field(default_factory=list)


class Settlements:
    """All sellers' settlements; ``record`` writes the ledger."""

    def __init__(
        self, book: OrderBook, reports: Reports, record: Callable[..., int]
    ) -> None:
        self.book, self.reports, self.record = book, reports, record
        self.clear()

    def clear(self) -> None:
        """Nothing was sold yet."""
        self.accounts: dict[Key, Account] = {}
        self._settled: set[str] = set()
        self._serial = 0
        self._next = 0

    def advance(self, now: int, *, every: int, packed: bool) -> None:
        """Close the settlements whose period is over."""
        if not every:
            return
        if not self._next:
            self._next = now + every
        if now >= self._next:
            self._next = now + every
            self.close(now, Planting(), packed=packed)

    def refund(self, order: Order, now: int) -> int:
        """Give the buyer of a settled order everything back; the cents."""
        account = self._account((order.seller_id, order.currency), order.created)
        rows = [
            row
            for line in order.lines
            if line.fulfilled
            for row in self._lines(order, line, now, -1)
        ]
        account.waiting += rows
        self.record("refunded", order.order_id)
        return -sum(row.amount for row in rows)

    def settled(self, order_id: str) -> bool:
        """Whether any of it is in the books."""
        return order_id in self._settled

    def close(self, now: int, planting: Planting, *, packed: bool) -> list[Json]:
        """Make a settlement of all that waits, per seller and currency."""
        self._book(now, planting)
        made = []
        for (seller_id, currency), account in self.accounts.items():
            if not account.waiting and not account.reserve:
                continue
            made.append(
                self._close(seller_id, currency, account, now, planting, packed=packed)
            )
        return made

    def dump(self) -> Json:
        """State as JSON."""
        return {
            "accounts": [
                [*key, asdict(account)] for key, account in self.accounts.items()
            ],
            "settled": sorted(self._settled),
            "serial": self._serial,
            "next": self._next,
        }

    def load(self, state: Json) -> None:
        """Restore what :meth:`dump` returned."""
        self.clear()
        for seller, currency, values in state["accounts"]:
            rows = [Row(**row) for row in values["waiting"]]
            self.accounts[seller, currency] = Account(**{**values, "waiting": rows})
        self._settled = set(state["settled"])
        self._serial, self._next = state["serial"], state["next"]

    def _account(self, key: Key, starts: int) -> Account:
        return self.accounts.setdefault(key, Account(starts=starts))

    def _book(self, now: int, planting: Planting) -> None:
        for order in self.book:
            known = order.order_id in self._settled
            early = (
                not known
                and order.status == "UNSHIPPED"
                and planting.wants(NOT_DISPATCHED)
                and planting.fits(order.order_id)
            )
            if known or not (early or order.status == "SHIPPED"):
                continue
            if early:
                planting.plant(NOT_DISPATCHED, order.order_id)
            self._settled.add(order.order_id)
            account = self._account((order.seller_id, order.currency), order.created)
            for line in order.lines:
                if line.fulfilled or early:
                    account.waiting += self._lines(order, line, now, 1)

    def _lines(self, order: Order, line: Line, now: int, sign: int) -> list[Row]:
        """A line's components: sold (1) or given back (-1)."""
        units = line.quantity if sign > 0 and not line.fulfilled else line.fulfilled
        gross = line.unit_price * units
        delivery = line.shipping
        vat = line.tax
        fee = (gross + delivery - line.discount) * COMMISSION // 100
        parts = [
            (*PRINCIPAL, gross),
            ("ItemPrice", "Tax", vat),
            ("ItemPrice", "Shipping", delivery),
            ("ItemPrice", "GiftWrap", line.gift_price),
            ("ItemWithheldTax", "MarketplaceFacilitatorVAT-Principal", -vat),
            ("Promotion", "Principal", -line.discount),
            ("ItemFees", "Commission", -fee),
        ]
        if sign < 0:
            kept = fee * REFUND_COMMISSION // 100
            parts.append(("ItemFees", "RefundCommission", kept))
        shipped = max((p.ship_time for p in order.packages), default=now)
        return [
            Row(
                transaction=ORDER if sign > 0 else REFUND,
                kind=kind,
                description=description,
                amount=sign * amount,
                at=min(shipped, now) if sign > 0 else now,
                order_id=order.order_id,
                adjustment_id="" if sign > 0 else f"A-{order.order_id[-7:]}",
                shipment_id=f"D{order.order_id[-7:]}",
                site=MARKETPLACES[order.marketplace_id].name,
                fulfilment="MFN" if order.fulfilled_by == "MERCHANT" else "AFN",
                item_id=line.item_id,
                sku=line.sku,
                quantity=units if (kind, description) == PRINCIPAL else 0,
            )
            for kind, description, amount in parts
            if amount
        ]

    def _close(
        self,
        seller_id: str,
        currency: str,
        account: Account,
        now: int,
        planting: Planting,
        *,
        packed: bool,
    ) -> Json:
        _plant(account, now, planting)
        rows, account.waiting = account.waiting, []
        earned = sum(row.amount for row in rows)
        kept = max(0, earned) * RESERVE // 100
        for description, amount in (
            ("Previous Reserve Amount Balance", account.reserve),
            ("Current Reserve Amount", -kept),
        ):
            if amount:
                rows.append(_other(description, amount, now))
        account.reserve = kept
        total = sum(row.amount for row in rows)
        if planting.wants(REMAINDER):
            total += 1
            planting.plant(REMAINDER)
        self._serial += 1
        head = Head(
            id=str(19_183_429_050 + self._serial),
            starts=account.starts,
            ends=now,
            deposited=now + 2 * DAY_MS,
            total=total,
            currency=currency,
            commas=currency in _COMMAS,
        )
        sites = [site.id for site in MARKETPLACES.values() if site.currency == currency]
        report = self.reports.add_finished(
            seller_id,
            SETTLEMENT,
            write(head, rows),
            now=now,
            marketplace_ids=sites,
            data_from=account.starts,
            data_to=now,
            packed=packed,
        )
        account.starts = now
        self.record("settlement", head.id, report=report.id, amount=total / 100)
        return {
            "id": head.id,
            "report_id": report.id,
            "amount": total / 100,
            "currency": currency,
            "rows": len(rows),
        }


def _plant(account: Account, now: int, planting: Planting) -> None:
    rows = [row for row in account.waiting if planting.fits(row.order_id)]
    sold = [row for row in rows if row.transaction == ORDER]
    given = [row for row in rows if row.transaction == REFUND]
    if planting.wants(MISSING_REFUND) and given:
        lost = given[0].order_id
        account.waiting = [
            row
            for row in account.waiting
            if (row.order_id, row.transaction) != (lost, REFUND)
        ]
        planting.plant(MISSING_REFUND, lost)
    if planting.wants(PAID_TWICE) and sold:
        twice = sold[0].order_id
        account.waiting += [
            Row(**{**asdict(row), "at": now}) for row in sold if row.order_id == twice
        ]
        planting.plant(PAID_TWICE, twice)
    fees = [row for row in sold if row.description == "Commission"]
    if planting.wants(FEE_SURPRISE) and fees:
        fees[-1].amount *= 3
        planting.plant(FEE_SURPRISE, fees[-1].order_id, fee=-fees[-1].amount / 100)
    if planting.wants(UNKNOWN_WORDS) and rows:
        account.waiting.append(_other("Quantum Storage Levy", -37, now))
        planting.plant(UNKNOWN_WORDS)


def _other(description: str, amount: int, now: int) -> Row:
    return Row(
        transaction=OTHER, kind=OTHER, description=description, amount=amount, at=now
    )
