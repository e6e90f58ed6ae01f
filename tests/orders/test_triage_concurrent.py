from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from orders import triage
from orders.models import Decision, OrderException
from orders.triage import ConflictError
from tests.orders import factories

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def at_once(count: int, act: Any) -> list[Any]:
    """Run ``act(index)`` in threads that start together; results or exceptions."""
    barrier = threading.Barrier(count)
    results: list[Any] = [None] * count

    def run(index: int) -> None:
        try:
            barrier.wait(10)
            results[index] = act(index)
        except (ConflictError, ValueError) as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def test_of_two_decisions_at_once_one_counts_and_the_other_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(triage, "reconsider", lambda ids: None)
    case = factories.make_case(kind="cancel_requested")
    people = [
        factories.make_user(name, permissions=("orders.decide_cancellation",))
        for name in ("mia", "tom")
    ]
    ways = ("cancel", "ship_anyway")

    results = at_once(
        2,
        lambda n: triage.resolve(case, ways[n], people[n], "said so", case.version),
    )

    conflicts = [found for found in results if isinstance(found, ConflictError)]
    assert len(conflicts) == 1
    decision = Decision.objects.get()
    assert decision.by_name in str(conflicts[0])
    assert OrderException.objects.get().version == 2


def test_one_fault_seen_by_four_workers_is_one_case() -> None:
    store = factories.make_store()

    at_once(
        4,
        lambda n: triage.open_store_case(
            f"store:{store.pk}", "store_silent", "silent", "No read", store=store
        ),
    )

    assert OrderException.objects.get().times_opened == 1
