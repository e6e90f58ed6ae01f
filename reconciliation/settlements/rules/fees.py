"""Fees that surprise: a rate above the usual, an unknown name, a penalty."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Max, Q, Sum

from reconciliation.models import LineKind
from reconciliation.settlements.rules import (
    MONEY_RULES,
    Found,
    MoneyRule,
    World,
    plain,
    total,
)

# What buyers paid for a line: marketplaces take their share of all of it.
BASIS = (
    LineKind.SALE,
    LineKind.SALE_TAX,
    LineKind.SHIPPING,
    LineKind.SHIPPING_TAX,
    LineKind.DISCOUNT,
)
COMMISSION = Q(kind=LineKind.FEE) & (
    Q(raw_description__icontains="commission")
    | Q(raw_kind__icontains="commission")
    | Q(raw_description__istartswith="final_value_fee")
    | Q(raw_kind__istartswith="final_value_fee")
)
POINTS = Decimal("0.02")
WORTH = Decimal("0.20")
OF_SKU, OF_STORE = 5, 20
PENNY = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Charged:
    """One order line: what was paid for it, the commission, whose, which SKU."""

    store: int
    sku: str
    basis: Decimal
    fee: Decimal
    currency: str
    order: int
    remote_id: str
    cause: str
    line: int

    @property
    def rate(self) -> Decimal:
        """The commission as a share, to a tenth of a percent."""
        return (self.fee / self.basis).quantize(Decimal("0.001"))


def _charged(world: World) -> Iterator[_Charged]:
    rows = (
        world.lines(LineKind.FEE, *BASIS)
        .filter(settlement__in=world.recent, order_line__isnull=False)
        .values("order_line")
        .annotate(
            basis=total(*BASIS),
            fee=Sum("amount", filter=COMMISSION),
            fee_line=Max("pk", filter=COMMISSION),
            sku_name=F("order_line__sku"),
            remote_line_id=F("order_line__remote_id"),
            order_pk=F("order"),
            store=F("order__store"),
            remote=F("order__remote_id"),
            currency=F("settlement__currency"),
        )
        .filter(basis__gt=0, fee__lt=0)
    )
    for row in rows.iterator():
        yield _Charged(
            store=row["store"],
            sku=row["sku_name"],
            basis=row["basis"],
            fee=-row["fee"],
            currency=row["currency"],
            order=row["order_pk"],
            remote_id=row["remote"],
            cause=row["remote_line_id"],
            line=row["fee_line"],
        )


def median(rates: Counter[Decimal]) -> Decimal:
    """The middle one; of two the lower, so that a fee is not called high by chance."""
    left = (rates.total() + 1) // 2
    for rate in sorted(rates):
        left -= rates[rate]
        if left <= 0:
            return rate
    raise ValueError("no rates")


def fee_above_usual(world: World) -> Iterator[Found]:
    """Lines whose commission is clearly above the median of their SKU or store.

    What stays in memory is a histogram of rates to a tenth of a percent, per SKU.
    """
    skus: defaultdict[tuple[int, str], Counter[Decimal]] = defaultdict(Counter)
    stores: defaultdict[int, Counter[Decimal]] = defaultdict(Counter)
    for row in _charged(world):
        skus[row.store, row.sku][row.rate] += 1
        stores[row.store][row.rate] += 1
    usual: dict[tuple[int, str], Decimal] = {}
    for (store, sku), rates in skus.items():
        if rates.total() >= OF_SKU:
            usual[store, sku] = median(rates)
        elif stores[store].total() >= OF_STORE:
            usual[store, sku] = median(stores[store])
    for row in _charged(world):
        expected = usual.get((row.store, row.sku))
        if expected is None or row.rate - expected < POINTS:
            continue
        over = (row.fee - row.basis * expected).quantize(PENNY)
        if over < WORTH:
            continue
        yield Found(
            store_id=row.store,
            remote_id=row.remote_id,
            cause=row.cause,
            order_id=row.order,
            expected=f"{expected:.1%} of {plain(row.basis, row.currency)} for {row.sku}",
            found=f"{row.rate:.1%}: {plain(row.fee, row.currency)}",
            amount=over,
            currency=row.currency,
            line_id=row.line,
        )


def fee_unknown(world: World) -> Iterator[Found]:
    """Lines of no known kind, by the marketplace's own words."""
    rows = (
        world.lines(LineKind.OTHER)
        .filter(settlement__in=world.settlements().values("pk"))
        .values("raw_type", "raw_kind", "raw_description", "settlement__currency")
        .annotate(
            net=Sum("amount"),
            count=Count("pk"),
            line=Max("pk"),
        )
    )
    for row in rows.iterator():
        words = " / ".join(
            filter(None, (row["raw_type"], row["raw_kind"], row["raw_description"]))
        )
        currency = row["settlement__currency"]
        yield Found(
            store_id=world.store_of(currency=currency),
            remote_id=words[:100] or "(no words)",
            cause=currency,
            expected="a kind that shipsync knows",
            found=f"{row['count']} lines, {plain(row['net'], currency)}",
            amount=row["net"],
            currency=currency,
            line_id=row["line"],
        )


def penalty_charged(world: World) -> Iterator[Found]:
    """Penalties that were not booked back, per order (or settlement) and words."""
    rows = (
        world.lines(LineKind.PENALTY)
        .filter(settlement__in=world.settlements().values("pk"))
        .values("order_ref", "raw_type", "raw_kind", "raw_description")
        .annotate(
            net=Sum("amount"),
            line=Max("pk"),
            order_pk=Max("order"),
            store=Max("order__store"),
            place=Max("marketplace"),
            currency=Max("settlement__currency"),
            name=Max("settlement__remote_id"),
        )
        .filter(net__lt=0)
    )
    for row in rows.iterator():
        words = row["raw_description"] or row["raw_kind"] or row["raw_type"]
        yield Found(
            store_id=row["store"] or world.store_of(row["place"], row["currency"]),
            remote_id=row["order_ref"] or row["name"],
            cause=words[:100],
            order_id=row["order_pk"],
            expected="no penalty",
            found=f"{words}: {plain(row['net'], row['currency'])}",
            amount=row["net"],
            currency=row["currency"],
            line_id=row["line"],
        )


MONEY_RULES.register(MoneyRule(code="fee_above_usual", find=fee_above_usual))
MONEY_RULES.register(MoneyRule(code="fee_unknown", find=fee_unknown))
MONEY_RULES.register(MoneyRule(code="penalty_charged", find=penalty_charged))
