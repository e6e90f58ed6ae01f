"""What connectors return about money and totals: settlements, and independent counts.

Amounts are Decimals in the settlement's currency, from the seller's side: what is paid to
the seller is positive. Nothing is rounded and nothing is left out: the lines of a whole
settlement add up to its total, or the difference is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models.enums import TextChoices


class LineKind(TextChoices):
    """What a line is, in our words; what we do not know stays OTHER and is shown."""

    SALE = "sale", "Sale"
    SALE_TAX = "sale_tax", "Tax on a sale"
    SHIPPING = "shipping", "Delivery charged"
    SHIPPING_TAX = "shipping_tax", "Tax on delivery"
    DISCOUNT = "discount", "Discount"
    WITHHELD_TAX = "withheld_tax", "Tax kept by the marketplace"
    FEE = "fee", "Fee"
    FEE_TAX = "fee_tax", "Tax on a fee"
    REFUND = "refund", "Refund"
    REFUND_TAX = "refund_tax", "Tax refunded"
    REFUND_SHIPPING = "refund_shipping", "Delivery refunded"
    REFUND_DISCOUNT = "refund_discount", "Discount taken back"
    REFUND_FEE = "refund_fee", "Fee given back"
    LABEL = "label", "Shipping label"
    LABEL_CREDIT = "label_credit", "Credit for a voided label"
    RESERVE = "reserve", "Kept back, or set free"
    PENALTY = "penalty", "Penalty"
    ADVERTISING = "advertising", "Advertising"
    SUBSCRIPTION = "subscription", "Subscription"
    ADJUSTMENT = "adjustment", "Adjustment"
    DISPUTE = "dispute", "Dispute"
    TRANSFER = "transfer", "Transfer"
    OTHER = "other", "Something else"


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyLine:
    """One component of a settlement; ``raw_…`` are the marketplace's own words.

    ``order_ref`` and ``item_ref`` are its ids of order and line, ``remote_line`` the id of
    this very line, ``adjustment_ref`` that of a refund; '' where it names none.
    ``quantity`` only where the source states it for this line.
    """

    kind: LineKind
    amount: Decimal
    raw_type: str = ""
    raw_kind: str = ""
    raw_description: str = ""
    posted_at: datetime | None = None
    order_ref: str = ""
    item_ref: str = ""
    remote_line: str = ""
    adjustment_ref: str = ""
    marketplace: str = ""
    sku: str = ""
    quantity: int | None = None
    fulfilled_by_marketplace: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UsualTimes:
    """How long a marketplace takes with money; past these it is a finding.

    After a label is bought its order is in a settlement within ``settles``; after a
    cancellation its refund within ``refunds``; after a void the credit of a label bought
    from the marketplace within ``credits``. ``source`` says where ``settles`` is from.
    """

    settles: timedelta
    source: str
    refunds: timedelta = timedelta(days=14)
    credits: timedelta = timedelta(days=28)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementHead:
    """A settlement without its lines. ``deposited_at``: None while nothing was paid."""

    remote_id: str
    currency: str
    total: Decimal
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    deposited_at: datetime | None = None
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProblem:
    """What is wrong in a file, for people; ``line`` counts from 1 with the header."""

    line: int
    field: str
    value: str
    message: str


class SettlementFileError(Exception):
    """A settlement file that can't be taken in; ``problems`` says where and why."""

    def __init__(self, problems: tuple[FileProblem, ...], count: int | None = None):
        super().__init__(problems[0].message if problems else "")
        self.problems = problems
        self.count = len(problems) if count is None else count


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyStep:
    """What one call for settlements brought.

    Either a ``document`` (a file as the marketplace made it, ``document_ref`` its id), or a
    page of the ``lines`` of ``head``; ``complete`` with the last page of that head.
    ``problem``: why the settlement of ``head`` can't be read; ``cursor`` is past it.
    ``cursor`` is where to go on (plain JSON), ``done`` that nothing is left for now.
    """

    cursor: Mapping[str, Any] = field(default_factory=dict)
    done: bool = False
    head: SettlementHead | None = None
    lines: tuple[MoneyLine, ...] = ()
    complete: bool = False
    document: bytes | None = None
    document_ref: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CensusEntry:
    """An order as an independent source names it; ``status`` a RemoteStatus value or ''.

    ``not_ours``: why it is not the seller's to ship (a NotOurs value), where it says so.
    """

    remote_id: str
    status: str = ""
    not_ours: str = ""
    units: int | None = None
    ordered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CensusStep:
    """What one call of a census brought.

    ``total`` is how many orders the source itself says there are (None until it says);
    ``source`` names it for people ('order report', 'total of its list'). ``wait`` is how
    many business seconds to let pass before the next call (a report is being made).
    """

    cursor: Mapping[str, Any] = field(default_factory=dict)
    done: bool = False
    entries: tuple[CensusEntry, ...] = ()
    total: int | None = None
    source: str = ""
    wait: float = 0
