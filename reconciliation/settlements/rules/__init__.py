"""Rules of money: each compares what was paid with what was dispatched, as sets.

A module per question, registered in ``MONEY_RULES``; what a rule means to people stands
in :mod:`reconciliation.rules.money`. A rule sees a :class:`World` and yields what does
not agree now: what it no longer yields is no longer so, and its finding ends by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property

from django.db.models import (
    Case,
    IntegerField,
    Max,
    Min,
    Q,
    QuerySet,
    Sum,
    When,
)
from django.db.models.functions import Abs

from orders.models import Order
from reconciliation.findings import Seen
from reconciliation.models import (
    Finding,
    FindingState,
    LineKind,
    Settlement,
    SettlementLine,
)
from reconciliation.settlements.usual import usual_of
from shipsync_site.lib.registry import Registry
from stores.models import RemoteAccount, Store
from stores.remote_money import UsualTimes

# Settlements that ended longer ago are looked at only where a finding is not over yet.
WINDOW = timedelta(days=200)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One thing that does not agree, of a store; see :class:`Seen`.

    ``cause`` tells two of a rule about one ``remote_id`` apart. ``amount``: positive is
    owed to us, negative is money that we have and may not keep, or lost. The settlement
    is that of the line, where one is named.
    """

    store_id: int
    remote_id: str
    expected: str
    found: str
    amount: Decimal
    currency: str
    cause: str = ""
    order_id: int | None = None
    settlement_id: int | None = None
    line_id: int | None = None

    @property
    def seen(self) -> Seen:
        """As it is written down."""
        return Seen(
            remote_id=self.remote_id,
            cause=self.cause,
            order_id=self.order_id,
            expected=self.expected,
            found=self.found,
            amount=self.amount,
            currency=self.currency,
            settlement_id=self.settlement_id,
            line_id=self.line_id,
        )


class World:
    """One account's stored settlements and the orders that they touch, lazily.

    Orders: those with a line in a settlement of the window, and those with a finding of
    money that is not over. Their lines are taken from all settlements.
    """

    def __init__(self, account: RemoteAccount, now: datetime, rule: str = "") -> None:
        self.account = account
        self.now = now
        self.rule = rule

    @cached_property
    def usual(self) -> UsualTimes:
        """The marketplace's usual times."""
        return usual_of(self.account.marketplace)

    @cached_property
    def stores(self) -> list[Store]:
        """The account's stores, the oldest first."""
        return list(Store.objects.filter(remote_account=self.account).order_by("pk"))

    def store_of(self, marketplace: str = "", currency: str = "") -> int:
        """Whose a line is that belongs to no order: by marketplace, else the first."""
        wanted = marketplace.casefold()
        named = (
            x.pk
            for x in self.stores
            if wanted and wanted in (x.remote_marketplace.casefold(), x.name.casefold())
        )
        return next(named, self.stores[0].pk)

    def settlements(self) -> QuerySet[Settlement]:
        """Those of the window, and those with a finding that is not over."""
        recent = Q(ends_at__gte=self.now - WINDOW) | Q(ends_at=None)
        open_ones = self._not_over().exclude(settlement=None).values("settlement")
        return self.stored().filter(recent | Q(pk__in=open_ones))

    @cached_property
    def recent(self) -> list[int]:
        """The keys of :meth:`settlements`: some hundred, which plans queries well."""
        return list(self.settlements().values_list("pk", flat=True))

    def stored(self) -> QuerySet[Settlement]:
        """All of the account that are in whole."""
        return Settlement.objects.filter(account=self.account, stored_at__isnull=False)

    def lines(self, *kinds: LineKind) -> QuerySet[SettlementLine]:
        """Lines of the account's settlements, of these kinds."""
        return SettlementLine.objects.filter(
            settlement__account=self.account,
            settlement__stored_at__isnull=False,
            kind__in=kinds,
        ).order_by()

    def orders(self) -> QuerySet[Order]:
        """The account's own orders that money touches."""
        paid = SettlementLine.objects.filter(
            settlement__in=self.recent, order__isnull=False
        )
        known = self._not_over().exclude(order=None).order_by()
        # One set, not two behind an OR: PostgreSQL would go through them row by row.
        touched = paid.order_by().values("order").union(known.values("order"))
        return Order.objects.filter(
            pk__in=touched, store__remote_account=self.account
        ).order_by()

    def _not_over(self) -> QuerySet[Finding]:
        found = Finding.objects.filter(
            store__remote_account=self.account,
            state__in=(FindingState.OPEN, FindingState.ACCEPTED),
        )
        return found.filter(rule=self.rule) if self.rule else found

    @cached_property
    def covered(self) -> dict[str, tuple[datetime, datetime]]:
        """From when until when settlements of a currency tell of payments."""
        rows = (
            self.stored()
            .exclude(ends_at=None)
            .values("currency")
            .annotate(
                first=Min("starts_at"), earliest=Min("ends_at"), last=Max("ends_at")
            )
            .order_by()
        )
        return {
            row["currency"]: (row["first"] or row["earliest"], row["last"])
            for row in rows
        }

    @cached_property
    def latest(self) -> datetime | None:
        """When the latest settlement of any currency ended."""
        return max((last for _first, last in self.covered.values()), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyRule:
    """How the rule of :mod:`reconciliation.rules.money` with this code is found."""

    code: str
    find: Callable[[World], Iterable[Found]]


MONEY_RULES: Registry[MoneyRule] = Registry(
    "rules of money", "reconciliation.settlements.rules"
)


def total(*kinds: LineKind) -> Sum:
    """The sum of these kinds, as an annotation over lines."""
    return Sum("amount", filter=Q(kind__in=kinds))


def units() -> Sum:
    """Units of sales, those booked back less: a source states them without a sign."""
    return Sum(
        Case(
            When(amount__lt=0, then=-Abs("quantity")),
            default=Abs("quantity"),
            output_field=IntegerField(),
        )
    )


def plain(amount: Decimal, currency: str = "") -> str:
    """An amount as it stands in a finding: '21.49 GBP'."""
    return f"{amount:,.2f} {currency}".strip()
