from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum

from reconciliation.models import (
    LineKind,
    MatchRung,
    Settlement,
    SettlementLine,
    SettlementSource,
)
from reconciliation.settlements import store
from reconciliation.settlements.store import News, settlement_stored
from shipsync_site.lib import clock
from stores.models import RemoteAccount
from stores.remote_money import MoneyLine, SettlementHead
from tests.orders.factories import (
    make_line,
    make_order,
    make_remote_account,
    make_store,
    make_user,
)

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 2, 18, 41, 10, tzinfo=UTC)
SOURCE = SettlementSource.EBAY_PAYOUT
HEAD = SettlementHead(
    remote_id="P-1", currency="GBP", total=Decimal("25.49"), status="INITIATED"
)


def line(amount: str, **fields: Any) -> MoneyLine:
    defaults: dict[str, Any] = {"kind": LineKind.SALE, "posted_at": AT}
    return MoneyLine(amount=Decimal(amount), **(defaults | fields))


def stored(
    account: RemoteAccount,
    lines: list[MoneyLine],
    head: SettlementHead = HEAD,
    page: int = 2,
) -> store.Outcome:
    staged = store.begin(account, SOURCE, head)
    for start in range(0, len(lines), page):
        store.add_lines(staged, lines[start : start + page])
    return store.finish(staged)


@pytest.fixture
def account() -> RemoteAccount:
    return make_remote_account(marketplace="ebay")


def test_staged_settlement_is_seen_by_nobody_until_it_is_whole(
    account: RemoteAccount, django_capture_on_commit_callbacks: Any
) -> None:
    told: list[tuple[str, bool]] = []

    def hear(sender: Any, settlement: Settlement, replaced: bool, **_: Any) -> None:
        told.append((settlement.remote_id, replaced))

    settlement_stored.connect(hear)
    staged = store.begin(account, SOURCE, HEAD)
    store.add_lines(staged, [line("29.99", order_ref="1"), line("-4.50")])
    assert not Settlement.objects.filter(stored_at__isnull=False).exists()

    with django_capture_on_commit_callbacks(execute=True):
        outcome = store.finish(staged)

    settlement_stored.disconnect(hear)
    row = Settlement.objects.get()
    assert (outcome.news, row.lines_total, row.remainder) == (
        News.NEW,
        Decimal("25.49"),
        Decimal(0),
    )
    assert told == [("P-1", False)]
    assert row.unmatched_count == 2


def test_remainder_is_to_the_penny_over_many_small_amounts(
    account: RemoteAccount,
) -> None:
    head = replace(HEAD, total=Decimal("300.01"))

    row = stored(account, [line("0.10")] * 3000, head, page=999).settlement

    assert row.lines_total == Decimal("300.00")
    assert row.remainder == Decimal("0.01")
    assert row.line_count == 3000
    assert list(row.lines.values_list("number", flat=True)[:2]) == [1, 2]


@pytest.mark.parametrize("shuffled", [False, True])
def test_same_settlement_again_changes_nothing(
    account: RemoteAccount, shuffled: bool
) -> None:
    lines = [line("29.99", order_ref="1"), line("-4.50", kind=LineKind.FEE)]
    first = stored(account, lines).settlement
    before = Settlement.objects.values().get()

    again = stored(account, lines[::-1] if shuffled else lines)

    assert (again.news, again.settlement) == (News.SAME, first)
    assert Settlement.objects.values().get() == before
    assert SettlementLine.objects.count() == 2


def test_changed_settlement_takes_the_place_of_what_stood(
    account: RemoteAccount,
) -> None:
    order = make_order(store=make_store(remote_account=account))
    person = make_user("finance")
    lines = [
        line("29.99", order_ref="gone-1", remote_line="T1"),
        line("-4.50", kind=LineKind.FEE, remote_line="T2", order_ref="gone-1"),
        line("3.00", order_ref="gone-2", remote_line="T3"),
    ]
    first = stored(account, lines, replace(HEAD, total=Decimal("28.49"))).settlement
    by_hand = {
        "order": order,
        "rung": MatchRung.PERSON,
        "matched_by": person,
        "match_note": "same basket",
    }
    first.lines.filter(remote_line__in=["T2", "T3"]).update(**by_hand)
    Settlement.objects.update(signed_at=clock.now(), signed_by=person)
    kept = first.lines.get(remote_line="T1").pk
    paid = replace(HEAD, total=Decimal("27.49"), status="SUCCEEDED", deposited_at=AT)

    again = stored(account, [lines[0], line("2.00"), lines[1]], paid)

    row = Settlement.objects.get()
    assert (again.news, row.pk, row.status) == (News.REPLACED, first.pk, "SUCCEEDED")
    assert row.lines.get(remote_line="T1").pk == kept
    moved = row.lines.get(remote_line="T2")
    assert (moved.number, moved.order, moved.matched_by) == (3, order, person)
    assert SettlementLine.objects.count() == row.line_count == 3
    assert row.lines.aggregate(sum=Sum("amount"))["sum"] == row.lines_total
    assert row.remainder == 0
    assert row.signed_at is None
    for words in (
        "3 lines, 2 of them differ (sum 28.49 → 27.49).",
        "Paid out: 28.49 → 27.49 GBP.",
        "New deposit date, status.",
        "Matches by persons kept: 1.",
        "Matches by persons lost with their lines: 1.",
        "The signature of finance was taken off.",
    ):
        assert words in row.replaced_note


def test_status_alone_is_news_and_leaves_the_signature(account: RemoteAccount) -> None:
    row = stored(account, [line("25.49")]).settlement
    Settlement.objects.update(signed_at=clock.now(), signed_by=make_user("finance"))

    news = stored(account, [line("25.49")], replace(HEAD, status="SUCCEEDED")).news

    row.refresh_from_db()
    assert (news, row.status) == (News.REPLACED, "SUCCEEDED")
    assert row.signed_at is not None
    assert row.replaced_note == "New status."


def test_crash_leaves_nothing_that_anybody_sees(account: RemoteAccount) -> None:
    standing = stored(account, [line("25.49")]).settlement
    staged = store.begin(account, SOURCE, HEAD)
    store.add_lines(staged, [line("1.00")] * 1200)
    fresh = store.begin(account, SOURCE, replace(HEAD, remote_id="P-2"))
    Settlement.objects.filter(pk=staged.pk).update(
        staged_at=clock.real_now() - timedelta(hours=25)
    )

    assert store.clear_leftovers() == 1201

    assert set(Settlement.objects.values_list("pk", flat=True)) == {
        standing.pk,
        fresh.pk,
    }
    assert SettlementLine.objects.count() == 1
    with pytest.raises(store.StagingLostError):
        store.add_lines(staged, [line("1.00")])
    with pytest.raises(store.StagingLostError):
        store.finish(staged)
    store.discard(standing)
    assert Settlement.objects.filter(pk=standing.pk).exists()


def test_two_that_store_the_same_at_once_leave_one(
    account: RemoteAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = stored(account, [line("25.49")]).settlement
    look = store._standing

    def blind(_staged: Settlement) -> Settlement | None:
        monkeypatch.setattr(store, "_standing", look)
        return None

    monkeypatch.setattr(store, "_standing", blind)
    outcome = stored(account, [line("25.49")])

    assert (outcome.news, outcome.settlement) == (News.SAME, first)
    assert Settlement.objects.count() == SettlementLine.objects.count() == 1


def test_page_of_one_that_somebody_else_went_on_with_is_refused(
    account: RemoteAccount,
) -> None:
    ours = store.begin(account, SOURCE, HEAD)
    theirs = Settlement.objects.get(pk=ours.pk)
    store.add_lines(theirs, [line("1.00")])

    with pytest.raises(store.StagingLostError):
        store.add_lines(ours, [line("1.00")])

    assert SettlementLine.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("amount", {"amount": "1.005"}),
        ("amount", {"amount": "NaN"}),
        ("amount", {"amount": "1e13"}),
        ("order_ref", {"amount": "1", "order_ref": "x" * 101}),
        ("sku", {"amount": "1", "sku": "a\0b"}),
    ],
)
def test_nothing_is_rounded_or_cut(
    account: RemoteAccount, field: str, wrong: dict[str, Any]
) -> None:
    staged = store.begin(account, SOURCE, HEAD)

    with pytest.raises(store.NotStorableError) as problem:
        store.add_lines(staged, [line("1.00"), line(**wrong)])

    assert problem.value.field == field
    assert not SettlementLine.objects.exists()


def test_lines_find_their_orders_while_they_are_stored(account: RemoteAccount) -> None:
    order = make_order(
        store=make_store(remote_account=account),
        remote_id="27-1",
        number="27-1",
        lines=0,
    )
    item = make_line(order, remote_id="9001", sku="MUG")

    row = stored(
        account,
        [
            line("20.49", order_ref="27-1", item_ref="9001"),
            line("5.00", order_ref="unknown"),
            line("0.00", kind=LineKind.RESERVE),
        ],
    ).settlement

    assert list(row.lines.values_list("rung", "order", "order_line")) == [
        (MatchRung.ITEM, order.pk, item.pk),
        (MatchRung.NONE, None, None),
        (MatchRung.NO_ORDER, None, None),
    ]
    assert (row.unmatched_count, row.unmatched_total) == (1, Decimal("5.00"))
