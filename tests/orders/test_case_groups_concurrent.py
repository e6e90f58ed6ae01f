"""Several workers change cases of the same causes: nobody waits for ever, all is counted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from orders import case_recount
from orders.case_sync import sync_cases
from orders.events import Timeline
from orders.facts import CaseDraft, Verdict
from orders.models import CaseGroup, Order, OrderException
from orders.reconsider import locked
from orders.snapshot import load
from shipsync_site.lib import clock
from tests.orders import factories
from tests.orders.test_triage_concurrent import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
WORKERS, ROUNDS = 4, 6


def decide(orders: list[int], causes: list[str]) -> None:
    """What reconsider() does with a page of orders, every one with these causes."""
    now = clock.now()
    drafts = tuple(
        CaseDraft(
            kind="carrier_unmapped",
            cause=cause,
            summary=f"Carrier {cause} has no code",
            deadline=now + timedelta(hours=3),
            context={"carrier": cause},
        )
        for cause in causes
    )
    with transaction.atomic():
        items = load(locked(orders))
        timeline = Timeline(now)
        verdicts = {pk: Verdict(stage="waiting", why="", cases=drafts) for pk in orders}
        moves = sync_cases(items, verdicts, now, timeline)
        timeline.save()
        moves.save()


def test_workers_that_meet_in_the_same_causes_count_every_case() -> None:
    store = factories.make_store()
    pages = [
        [factories.make_order(store=store, buyer=False).pk for _ in range(3)]
        for _ in range(WORKERS)
    ]

    def work(worker: int) -> None:
        for turn in range(ROUNDS):
            # Each names the causes in another order, and drops one in turn.
            causes = [c for n, c in enumerate("abcd") if (n + worker + turn) % 4]
            decide(pages[worker], causes if worker % 2 else causes[::-1])

    results = at_once(WORKERS, work)

    assert results == [None] * WORKERS
    assert CaseGroup.objects.count() == 4
    assert sum(CaseGroup.objects.values_list("awake", flat=True)) == 3 * 3 * WORKERS
    assert OrderException.objects.filter(state="open").count() == 3 * 3 * WORKERS
    assert case_recount.mend() == 0
    assert Order.objects.count() == 3 * WORKERS
