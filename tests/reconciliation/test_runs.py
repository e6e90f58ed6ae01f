"""Runs from start to end: counted, compared, in buckets, found, resumed, cancelled."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orders.models import Order
from reconciliation.models import CensusRow, Finding, Run, RunState
from reconciliation.runs import census, lifecycle
from shipsync_site.lib import clock
from stores.models import Store
from stores.remote_money import CensusEntry
from tests.orders.factories import make_order, make_store, make_user
from tests.reconciliation.census import FakeCensus

pytestmark = pytest.mark.django_db


def finish(run: Run) -> Run:
    """Take its steps until it ends."""
    for _step in range(500):
        if not lifecycle.work_on(run):
            break
    run.refresh_from_db()
    return run


def count(monkeypatch: pytest.MonkeyPatch, fake: FakeCensus) -> None:
    monkeypatch.setattr(census, "connector_of", lambda part: fake)


def run_today(store: Store) -> Run:
    today = clock.now().date()
    return finish(
        lifecycle.start([store], today - timedelta(days=2), today, make_user())
    )


def test_a_run_with_a_count(monkeypatch: pytest.MonkeyPatch) -> None:
    store = make_store()
    Store.objects.update(created_at=clock.now() - timedelta(days=9))
    store.refresh_from_db()
    order = make_order(store=store)
    entries = [
        CensusEntry(remote_id=order.remote_id, ordered_at=order.ordered_at),
        CensusEntry(remote_id="lost", ordered_at=order.ordered_at),
    ]
    count(monkeypatch, FakeCensus(entries, page=1))
    run = run_today(store)
    assert run.state == RunState.DONE, run.error
    part = run.stores.get()
    assert part.buckets == {"agrees": 1, "missing_here": 1}
    assert (part.counted, part.adds_up, part.ours) == (2, True, 1)
    assert CensusRow.objects.count() == 2
    found = Finding.objects.exclude(rule="store_silent").get()
    assert (found.rule, found.remote_id, found.days) == ("missing_here", "lost", 1)
    assert found.case is not None
    assert found.case.kind == "reconciled_missing_here"
    assert Order.objects.count() == 1
