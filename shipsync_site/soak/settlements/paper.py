"""A settlement report as its sheet describes it, in every way that Amazon writes one."""

from __future__ import annotations

import gzip
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

COLUMNS = (
    "settlement-id",
    "settlement-start-date",
    "settlement-end-date",
    "deposit-date",
    "total-amount",
    "currency",
    "transaction-type",
    "order-id",
    "merchant-order-id",
    "adjustment-id",
    "shipment-id",
    "marketplace-name",
    "amount-type",
    "amount-description",
    "amount",
    "fulfillment-id",
    "posted-date",
    "posted-date-time",
    "order-item-code",
    "merchant-order-item-id",
    "merchant-adjustment-item-id",
    "sku",
    "quantity-purchased",
)
DATES = {
    "iso": "%Y-%m-%d",
    "dotted": "%d.%m.%Y",
    "day_first": "%d/%m/%Y",
    "month_first": "%m/%d/%Y",
}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """A line of an order of ours."""

    order: str
    item: str
    sku: str
    price: Decimal
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One row of the report."""

    transaction: str
    kind: str
    description: str
    amount: Decimal
    order: str = ""
    item: str = ""
    sku: str = ""
    units: int | None = None
    adjustment: str = ""
    afn: bool = False
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """How a file is written."""

    point: str = "."
    grouped: bool = False
    dates: str = "iso"
    encoding: str = "utf-8"
    newline: str = "\n"
    columns: tuple[str, ...] = COLUMNS
    quoted: bool = False
    packed: bool = False
    last_newline: bool = True

    def amount(self, value: Decimal) -> str:
        """An amount as the file has it."""
        text = f"{value:,.2f}" if self.grouped else f"{value:.2f}"
        if self.point == ",":
            text = text.translate(str.maketrans(",.", ".,"))
        return text

    def moment(self, at: datetime | None, *, day: bool = False) -> str:
        """A time, or its day, as the file has it."""
        if at is None:
            return ""
        text = at.strftime(DATES[self.dates])
        return text if day else f"{text} {at:%H:%M:%S} UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A settlement and how it is written."""

    settlement: str
    currency: str
    ends: datetime
    components: tuple[Component, ...]
    writing: Writing = field(default_factory=Writing)
    off_by: Decimal = Decimal(0)

    @property
    def sum(self) -> Decimal:
        """What its rows come to."""
        return sum((x.amount for x in self.components), Decimal(0))

    @property
    def total(self) -> Decimal:
        """What was paid out: its rows, but for ``off_by``."""
        return self.sum + self.off_by

    def rows(self) -> list[list[str]]:
        """Header, summary and components as cells."""
        write = self.writing
        head = {
            "settlement-id": self.settlement,
            "settlement-start-date": write.moment(self.ends - timedelta(days=14)),
            "settlement-end-date": write.moment(self.ends),
            "deposit-date": write.moment(self.ends + timedelta(days=2)),
            "total-amount": write.amount(self.total),
            "currency": self.currency,
        }
        rows = [list(write.columns), [head.get(x, "") for x in write.columns]]
        for part in self.components:
            cells = self._cells(part)
            rows.append([cells.get(x, "") for x in write.columns])
        return rows

    def _cells(self, part: Component) -> dict[str, str]:
        write = self.writing
        return {
            "settlement-id": self.settlement,
            "transaction-type": part.transaction,
            "order-id": part.order,
            "adjustment-id": part.adjustment,
            "shipment-id": "DxQ1aB2cD" if part.order else "",
            "marketplace-name": "Amazon.de" if part.order else "",
            "amount-type": part.kind,
            "amount-description": part.description,
            "amount": write.amount(part.amount),
            "fulfillment-id": ("AFN" if part.afn else "MFN") if part.order else "",
            "posted-date": write.moment(part.at, day=True),
            "posted-date-time": write.moment(part.at),
            "order-item-code": part.item,
            "sku": part.sku,
            "quantity-purchased": "" if part.units is None else str(part.units),
        }

    def content(self) -> bytes:
        """The file."""
        return written(self.rows(), self.writing)


def written(rows: Sequence[Sequence[str]], writing: Writing) -> bytes:
    """Rows of cells as a file."""
    if writing.quoted:
        rows = [[f'"{cell}"' if cell else "" for cell in row] for row in rows]
    text = writing.newline.join("\t".join(row) for row in rows)
    if writing.last_newline:
        text += writing.newline
    content = text.encode(writing.encoding)
    return gzip.compress(content, mtime=0) if writing.packed else content


def a_writing(chance: random.Random) -> Writing:
    """One of the ways."""
    columns = list(COLUMNS)
    if chance.random() < 0.3:
        columns.append("promotion-id")
    if chance.random() < 0.3:
        chance.shuffle(columns)
    return Writing(
        point=chance.choice(".,"),
        grouped=chance.random() < 0.3,
        dates=chance.choice(list(DATES)),
        encoding=chance.choice(ENCODINGS),
        newline=chance.choice(("\n", "\r\n")),
        columns=tuple(columns),
        quoted=chance.random() < 0.15,
        packed=chance.random() < 0.15,
    )


def a_paper(chance: random.Random, sold: Sequence[Sold]) -> Paper:
    """A settlement over some of these lines, with all that else comes in one."""
    # Beyond the 12th, so that dates with slashes can be told.
    ends = datetime(2026, 11, chance.randint(14, 28), 15, 12, 8, tzinfo=UTC)
    parts: list[Component] = []
    for line in sold:
        at = ends - timedelta(minutes=chance.randint(1, 20_000))
        parts += a_sale(line, at)
        if chance.random() < 0.25:
            parts += a_refund(line, at + timedelta(days=chance.randint(0, 30)))
    for part in others(chance):
        parts.append(replace(part, at=ends - timedelta(hours=chance.randint(1, 300))))
    return Paper(
        settlement=f"191834{chance.randrange(10**6):06d}",
        currency=chance.choice(("EUR", "GBP")),
        ends=ends,
        components=tuple(parts),
        writing=a_writing(chance),
        off_by=Decimal(chance.choice((0, 0, 0, 0, 1, -1250))) / 100,
    )


def a_sale(line: Sold, at: datetime, *, afn: bool = False) -> list[Component]:
    """An order's line as it is settled: price, tax in and out, delivery, fee."""
    price = line.price * line.units
    tax = (price / 5).quantize(Decimal("0.01"))
    rows = (
        ("ItemPrice", "Principal", price),
        ("ItemPrice", "Tax", tax),
        ("ItemWithheldTax", "MarketplaceFacilitatorVAT-Principal", -tax),
        ("ItemPrice", "Shipping", Decimal("3.50")),
        ("Promotion", "Shipping", Decimal("-1.00")),
        ("ItemFees", "Commission", -(price * 15 / 100).quantize(Decimal("0.01"))),
    )
    return [
        Component(
            transaction="Order",
            kind=kind,
            description=description,
            amount=amount,
            order=line.order,
            item=line.item,
            sku=line.sku,
            units=line.units if description == "Principal" else None,
            afn=afn,
            at=at,
        )
        for kind, description, amount in rows
    ]


def a_refund(line: Sold, at: datetime) -> list[Component]:
    """The same line given back whole, with the fee less what Amazon keeps."""
    price = line.price * line.units
    fee = (price * 15 / 100).quantize(Decimal("0.01"))
    rows = (
        ("ItemPrice", "Principal", -price),
        ("ItemFees", "Commission", fee),
        ("ItemFees", "RefundCommission", -(fee / 5).quantize(Decimal("0.01"))),
    )
    return [
        Component(
            transaction="Refund",
            kind=kind,
            description=description,
            amount=amount,
            order=line.order,
            item=line.item,
            sku=line.sku,
            adjustment=f"amzn1:crow:{line.item}",
            at=at,
        )
        for kind, description, amount in rows
    ]


def others(chance: random.Random) -> list[Component]:
    """What belongs to no order of ours: reserves, fees, a label, FBA, a new word."""
    theirs = Sold(
        order=f"404-{chance.randrange(10**7):07d}-0000001",
        item=f"{chance.randrange(10**14):014d}",
        sku="FBA-ONLY",
        price=Decimal("1299.00"),
        units=1,
    )
    rows = (
        ("other-transaction", "Previous Reserve Amount Balance", "1234.56"),
        ("other-transaction", "Current Reserve Amount", "-1061.07"),
        ("other-transaction", "Shipping label purchase", "-4.35"),
        ("other-transaction", "Storage Fee", "-12.10"),
        ("other-transaction", "Prüfgebühr für Ersatz", "-0.99"),
        ("Cost of Advertising", "TransactionTotalAmount", "-37.00"),
    )
    found = [
        Component(
            transaction="other-transaction" if "other" in kind else "ServiceFee",
            kind=kind,
            description=description,
            amount=Decimal(amount),
        )
        for kind, description, amount in rows
    ]
    return [
        *found,
        Component(
            transaction="ServiceFee",
            kind="other-transaction",
            description="Subscription Fee",
            amount=Decimal("-39.00"),
        ),
        *a_sale(theirs, datetime(2026, 11, 13, tzinfo=UTC), afn=True),
    ]
