"""What eBay, TikTok and Mirakl tell of their money, stored and matched page by page.

Lines as the sheets describe them: a pending settlement that is paid later, money kept
back and set free in the next one, a refund weeks after the sale, pennies everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from reconciliation.models import (
    LineKind,
    MatchRung,
    Settlement,
    SettlementLine,
    SettlementSource,
)
from reconciliation.settlements import store
from reconciliation.settlements.rules.whole import reserves
from reconciliation.settlements.store import News
from stores.models import RemoteAccount
from stores.remote_money import MoneyLine, MoneyStep, SettlementHead
from tests.orders.factories import make_order, make_remote_account, make_store

pytestmark = pytest.mark.django_db

ENDS = datetime(2026, 11, 14, tzinfo=UTC)
LATER = ENDS + timedelta(days=21)


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """One marketplace's names and words; ``refs`` are (order, line, line)."""

    code: str
    source: str
    currency: str
    order: str
    items: tuple[str, str]
    # What its finance interface calls the lines: not always what its orders do.
    refs: tuple[str, str]
    pending: str
    paid: str
    words: dict[LineKind, tuple[str, str]]
    rung: str


MARKETS = (
    Market(
        code="ebay",
        source=SettlementSource.EBAY_PAYOUT,
        currency="GBP",
        order="27-10000-00001",
        items=("10053000000001", "10053000000002"),
        refs=("10053000000001", "10053000000002"),
        pending="INITIATED",
        paid="SUCCEEDED",
        words={
            LineKind.SALE: ("SALE", ""),
            LineKind.FEE: ("SALE", "FINAL_VALUE_FEE"),
            LineKind.RESERVE: ("NON_SALE_CHARGE", "HOLD"),
            LineKind.REFUND: ("REFUND", ""),
            LineKind.REFUND_FEE: ("REFUND", "FINAL_VALUE_FEE"),
            LineKind.ADVERTISING: ("NON_SALE_CHARGE", "PREMIUM_AD_FEES"),
        },
        rung=MatchRung.ITEM,
    ),
    Market(
        code="tiktok",
        source=SettlementSource.TIKTOK_STATEMENT,
        currency="GBP",
        order="576461413038785752",
        items=("577087614418520388", "577087614418520389"),
        refs=("1729592969712207012", "1729592969712207013"),
        pending="PROCESSING",
        paid="PAID",
        words={
            LineKind.SALE: ("ORDER", "gross_sales_amount"),
            LineKind.FEE: ("ORDER", "platform_commission_amount"),
            LineKind.RESERVE: ("RESERVE", ""),
            LineKind.REFUND: ("REFUND", "gross_sales_refund_amount"),
            LineKind.REFUND_FEE: ("REFUND", "platform_commission_amount"),
            LineKind.ADVERTISING: ("GMV_PAYMENT_FOR_TIKTOK_ADS", ""),
        },
        rung=MatchRung.SKU_AMOUNT,
    ),
    Market(
        code="mirakl",
        source=SettlementSource.MIRAKL_CYCLE,
        currency="EUR",
        order="C00012345-A",
        items=("C00012345-A-1", "C00012345-A-2"),
        refs=("C00012345-A-1", "C00012345-A-2"),
        pending="TO_PAY",
        paid="PAID",
        words={
            LineKind.SALE: ("ORDER_AMOUNT", ""),
            LineKind.FEE: ("COMMISSION_FEE", ""),
            LineKind.RESERVE: ("RESERVE_FUNDING", ""),
            LineKind.REFUND: ("REFUND_ORDER_AMOUNT", ""),
            LineKind.REFUND_FEE: ("REFUND_COMMISSION_FEE", ""),
            LineKind.ADVERTISING: ("MANUAL_INVOICE", "sponsored"),
        },
        rung=MatchRung.ITEM,
    ),
)


def line(market: Market, kind: LineKind, amount: str, item: int = -1) -> MoneyLine:
    words = market.words[kind]
    of_order = item >= 0
    return MoneyLine(
        kind=kind,
        amount=Decimal(amount),
        raw_type=words[0],
        raw_kind=words[1],
        posted_at=ENDS,
        order_ref=market.order if of_order else "",
        item_ref=market.refs[item] if of_order else "",
        sku=("MUG", "PAN")[item] if of_order else "",
        remote_line=f"{market.code}-{kind}-{item}-{amount}",
    )


def head(
    market: Market, name: str, total: str, status: str, ends: datetime
) -> SettlementHead:
    paid = status == market.paid
    return SettlementHead(
        remote_id=name,
        currency=market.currency,
        total=Decimal(total),
        starts_at=ends - timedelta(days=14),
        ends_at=ends,
        deposited_at=ends + timedelta(days=1) if paid else None,
        status=status,
    )


def take(account: RemoteAccount, source: str, steps: Sequence[MoneyStep]) -> News:
    first = steps[0].head
    assert first is not None
    staged = store.begin(account, source, first)
    for step in steps:
        store.add_lines(staged, step.lines)
    assert steps[-1].complete
    return store.finish(staged, steps[-1].head).news


def pages(whole: SettlementHead, *lines: MoneyLine) -> list[MoneyStep]:
    parts = [lines[start : start + 2] for start in range(0, len(lines), 2)]
    return [
        MoneyStep(head=whole, lines=part, complete=number == len(parts))
        for number, part in enumerate(parts, start=1)
    ]


@pytest.mark.parametrize("market", MARKETS, ids=lambda market: market.code)
def test_money_of_a_marketplace_to_the_penny(market: Market) -> None:
    account = make_remote_account(marketplace=market.code)
    order = make_order(
        store=make_store(remote_account=account),
        remote_id=market.order,
        number=market.order,
        lines=[
            {"remote_id": market.items[0], "sku": "MUG", "unit_price": "19.99"},
            {"remote_id": market.items[1], "sku": "PAN", "unit_price": "0.07"},
        ],
    )
    first = [
        line(market, LineKind.SALE, "19.99", 0),
        line(market, LineKind.FEE, "-2.41", 0),
        line(market, LineKind.SALE, "0.07", 1),
        line(market, LineKind.RESERVE, "-5.00"),
        line(market, LineKind.ADVERTISING, "-0.01"),
    ]
    adjusted = line(market, LineKind.FEE, "-0.02", 1)
    second = [
        line(market, LineKind.RESERVE, "5.00"),
        line(market, LineKind.REFUND, "-19.99", 0),
        line(market, LineKind.REFUND_FEE, "1.93", 0),
    ]
    pending = head(market, "S-1", "12.64", market.pending, ENDS)
    paid = head(market, "S-1", "12.62", market.paid, ENDS)
    carried = head(market, "S-2", "-13.06", market.pending, LATER)

    assert take(account, market.source, pages(pending, *first)) == News.NEW
    row = Settlement.objects.get()
    assert row.deposited_at is None
    assert take(account, market.source, pages(pending, *first)) == News.SAME
    again = take(account, market.source, pages(paid, *first, adjusted))
    assert again == News.REPLACED
    assert take(account, market.source, pages(carried, *second)) == News.NEW

    stored = {x.remote_id: x for x in Settlement.objects.all()}
    assert stored["S-1"].pk == row.pk
    assert stored["S-1"].status == market.paid
    assert "5 lines became 6" in stored["S-1"].replaced_note
    for name, total in (("S-1", "12.62"), ("S-2", "-13.06")):
        assert stored[name].lines_total == stored[name].total == Decimal(total)
        assert (stored[name].remainder, stored[name].unmatched_count) == (Decimal(0), 0)
    mug = SettlementLine.objects.filter(order_line=order.lines.get(sku="MUG"))
    assert {(x.kind, x.rung) for x in mug} == {
        (kind, market.rung)
        for kind in (
            LineKind.SALE,
            LineKind.FEE,
            LineKind.REFUND,
            LineKind.REFUND_FEE,
        )
    }
    assert sum(x.amount for x in mug if x.kind in (LineKind.SALE, LineKind.REFUND)) == 0
    of_none = SettlementLine.objects.filter(order=None)
    assert set(of_none.values_list("rung", flat=True)) == {MatchRung.NO_ORDER}
    assert [x.balance for x in reserves(account)[market.currency]] == [Decimal(5), 0]
