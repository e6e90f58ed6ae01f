"""Runs from start to end: counted, compared, in buckets, found, resumed, cancelled."""

from __future__ import annotations

import pytest

from orders.models import Order
from reconciliation.models import Finding, Run, RunState
from reconciliation.runs import lifecycle
from shipsync_site.lib import clock
from tests.orders.factories import make_order, make_store, make_user

pytestmark = pytest.mark.django_db


def finish(run: Run) -> Run:
    """Take its steps until it ends."""
    for _step in range(500):
        if not lifecycle.work_on(run):
            break
    run.refresh_from_db()
    return run


def test_a_run_without_a_count() -> None:
    store = make_store()
    make_order(store=store)
    today = clock.now().date()
    run = finish(lifecycle.start([store], today, today, make_user()))
    assert run.state == RunState.DONE, run.error
    part = run.stores.get()
    assert part.count_problem
    assert sum(part.buckets.values()) == Order.objects.count()
    assert not Finding.objects.exists()
