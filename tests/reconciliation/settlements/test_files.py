from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from reconciliation.models import (
    LineKind,
    MatchRung,
    Settlement,
    SettlementFile,
    SettlementFileState,
    SettlementLine,
    SettlementSource,
)
from reconciliation.settlements import reading, rematch, store, work
from reconciliation.settlements.receiving import receive_file
from shipsync_site.lib import clock
from shipsync_site.soak.settlements.paper import (
    Component,
    Paper,
    Sold,
    Writing,
    a_refund,
    a_sale,
)
from stores.models import RemoteAccount
from tests.orders.factories import make_order, make_remote_account, make_store

pytestmark = pytest.mark.django_db

ENDS = datetime(2026, 11, 20, 15, 12, 8, tzinfo=UTC)
MUG = Sold(
    order="114-9876543-1234567",
    item="05015851154158",
    sku="MUG-BLUE",
    price=Decimal("29.99"),
    units=1,
)
ROOM = Component(
    transaction="other-transaction",
    kind="other-transaction",
    description="Storage Fee",
    amount=Decimal("-0.10"),
)


@pytest.fixture
def account() -> RemoteAccount:
    return make_remote_account()


def paper(parts: Iterable[Component] = (), **fields: Any) -> Paper:
    return Paper(
        settlement=fields.pop("settlement", "19183429051"),
        currency="EUR",
        ends=ENDS,
        components=(*a_sale(MUG, ENDS - timedelta(days=4)), *parts),
        writing=Writing(point=",", dates="dotted", encoding="cp1252"),
        **fields,
    )


def bring(
    account: RemoteAccount, content: bytes, name: str = "s.txt"
) -> SettlementFile:
    return receive_file(account, SettlementSource.AMAZON_V2, name, content)


def read_all() -> int:
    steps = 0
    while reading.run_one():
        steps += 1
    return steps


def state_of(file: SettlementFile) -> tuple[str, str]:
    file.refresh_from_db()
    return file.state, file.note


def test_file_is_taken_in_once_and_its_bytes_are_dropped(
    account: RemoteAccount,
) -> None:
    order = make_order(
        store=make_store(remote_account=account),
        remote_id=MUG.order,
        lines=[{"remote_id": MUG.item, "sku": MUG.sku, "unit_price": MUG.price}],
    )
    file = bring(account, paper().content())
    assert file.state == SettlementFileState.WAITING
    read_all()

    assert state_of(file) == (
        SettlementFileState.STORED,
        "Settlement 19183429051: 6 lines, 27.99 EUR.",
    )
    assert (file.rows, file.rows_done, file.body) == (6, 6, "")
    row = Settlement.objects.get()
    assert (row.total, row.remainder) == (Decimal("27.99"), Decimal(0))
    assert row.file == file
    assert set(row.lines.values_list("rung", "order")) == {(MatchRung.ITEM, order.pk)}

    assert bring(account, paper().content(), "again.txt").state == "seen"
    same = bring(account, paper().content().replace(b"\n", b"\r\n"))
    read_all()
    assert state_of(same)[0] == SettlementFileState.SEEN
    assert "nothing has changed" in same.note
    more = bring(account, paper([ROOM]).content())
    read_all()
    assert state_of(more)[0] == SettlementFileState.STORED
    assert "6 lines became 7, 1 of them differ" in more.note
    assert Settlement.objects.get().pk == row.pk
    assert SettlementLine.objects.count() == 7


def test_broken_file_is_refused_whole_and_kept_for_a_while(
    account: RemoteAccount,
) -> None:
    parts = [ROOM] * 1500
    broken = paper(parts).content().rpartition(b"-0,10")
    content = broken[0] + b"-0,1O" + broken[2]
    file = bring(account, content)

    read_all()

    assert state_of(file)[0] == SettlementFileState.REFUSED
    assert file.problems == [
        {
            "line": 1508,
            "field": "amount",
            "value": "-0,1O",
            "message": "This is not an amount.",
        }
    ]
    assert not Settlement.objects.exists()
    assert not SettlementLine.objects.exists()
    assert file.body == content.decode("latin-1")
    assert reading.read_again(file)
    read_all()
    SettlementFile.objects.update(purge_at=clock.now())
    assert work.run_one()
    file.refresh_from_db()
    assert file.body == ""
    assert not reading.read_again(file)


def test_empty_file_is_refused_at_once(account: RemoteAccount) -> None:
    file = bring(account, b" \r\n")

    assert (file.state, file.note) == ("refused", "The file is empty.")
    assert not reading.run_one()


def test_long_file_is_stored_in_steps_and_shown_at_once(
    account: RemoteAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "STEP_SECONDS", -1)
    file = bring(account, paper([ROOM] * 1994).content())

    seen = []
    while reading.run_one():
        file.refresh_from_db()
        shown = Settlement.objects.filter(stored_at__isnull=False).count()
        seen.append((file.rows_done, shown))

    assert seen == [(500, 0), (1000, 0), (1500, 0), (2000, 0), (2000, 1)]
    assert file.rows == Settlement.objects.get().line_count == 2000


class Death(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("dies", ["add_lines", "finish", "_stored"])
def test_crash_anywhere_ends_in_one_whole_settlement(
    account: RemoteAccount, monkeypatch: pytest.MonkeyPatch, dies: str
) -> None:
    file = bring(account, paper([ROOM] * 1500).content())
    owner: Any = reading if dies == "_stored" else store
    work_done = getattr(owner, dies)
    calls = []

    def die(*args: Any) -> Any:
        calls.append(args)
        if len(calls) == (2 if dies == "add_lines" else 1):
            raise Death
        return work_done(*args)

    monkeypatch.setattr(owner, dies, die)
    with pytest.raises(Death):
        read_all()
    assert not reading.run_one()
    SettlementFile.objects.update(lease_until=clock.real_now() - timedelta(seconds=1))
    read_all()

    assert state_of(file)[0] == SettlementFileState.STORED
    row = Settlement.objects.get()
    assert (row.line_count, row.remainder) == (1506, Decimal(0))
    assert row.lines.count() == 1506


def test_internal_error_is_tried_again_then_told(
    account: RemoteAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = bring(account, paper().content())

    def fail(*_: Any) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(reading, "read_file", fail)
    logging.disable(logging.CRITICAL)
    try:
        for _ in range(reading.GIVE_UP_AFTER):
            assert reading.run_one()
            SettlementFile.objects.update(lease_until=None)
    finally:
        logging.disable(logging.NOTSET)

    assert state_of(file)[0] == SettlementFileState.REFUSED
    assert "internal error" in file.problems[0]["message"]


def test_refund_weeks_later_is_of_the_same_line(account: RemoteAccount) -> None:
    order = make_order(
        store=make_store(remote_account=account),
        remote_id=MUG.order,
        lines=[
            {"remote_id": MUG.item, "sku": MUG.sku},
            {"remote_id": "0502", "sku": "B"},
        ],
    )
    later = replace(
        paper(settlement="19183429052"),
        components=tuple(a_refund(MUG, ENDS + timedelta(days=20))),
        ends=ENDS + timedelta(days=28),
    )
    bring(account, later.content())
    bring(account, paper().content())
    read_all()

    rows = SettlementLine.objects.filter(order_line=order.lines.get(sku=MUG.sku))
    sums = {
        kind: sum(rows.filter(kind=kind).values_list("amount", flat=True))
        for kind in (LineKind.SALE, LineKind.REFUND)
    }
    assert sums == {LineKind.SALE: MUG.price, LineKind.REFUND: -MUG.price}


def test_lines_find_orders_that_come_in_later(account: RemoteAccount) -> None:
    theirs = replace(MUG, order="404-1", item="77", sku="FBA")
    parts = a_sale(theirs, ENDS, afn=True)
    bring(account, paper(parts).content())
    read_all()
    row = Settlement.objects.get()
    assert (row.unmatched_count, row.unmatched_total) == (6, Decimal("27.99"))
    said = SettlementLine.objects.filter(order_ref="404-1")
    assert set(said.values_list("rung", flat=True)) == {MatchRung.NO_ORDER}
    compared = row.matched_at
    assert not rematch.run_one()

    shop = make_store(remote_account=account)
    for sold in (MUG, theirs):
        make_order(
            store=shop,
            remote_id=sold.order,
            lines=[{"remote_id": sold.item, "sku": sold.sku}],
            imported_at=clock.now() + timedelta(seconds=1),
        )
    assert rematch.run_one()

    row.refresh_from_db()
    assert (row.unmatched_count, row.unmatched_total) == (0, Decimal(0))
    assert set(row.lines.values_list("rung", flat=True)) == {MatchRung.ITEM}
    assert row.matched_at is not None
    assert compared is not None
    assert row.matched_at > compared
    assert not rematch.run_one()
