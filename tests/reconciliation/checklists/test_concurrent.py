"""Two people on one list, at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db import connection

from reconciliation.checklists import acts
from reconciliation.checklists.acts import ChecklistError, stamp
from reconciliation.models import ChecklistRun, ChecklistState
from tests.reconciliation.checklists.build import make_checklist, make_day

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PEOPLE = 6


def at_once(act: Callable[[int], object]) -> list[object]:
    """Run ``act(index)`` in threads that start together; results or what refused them."""
    barrier = threading.Barrier(PEOPLE)
    results: list[object] = [None] * PEOPLE

    def run(index: int) -> None:
        try:
            barrier.wait(10)
            results[index] = act(index)
        except ChecklistError as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def test_one_item_is_ticked_once_and_a_list_signed_once(users: dict[str, User]) -> None:
    run = make_day(make_checklist(items=["Mine", *map(str, range(PEOPLE))]))
    item = run.ticks.get(text="Mine")
    ops = users["ops"]

    ticked = at_once(
        lambda n: acts.tick(run.pk, item.pk, ops, seen=stamp(item), note=str(n))
    )
    item.refresh_from_db()
    (winner,) = [n for n, found in enumerate(ticked) if found and not failed(found)]
    assert item.note == str(winner)

    # Each another item: nobody is in anybody's way.
    others = {tick.text: tick for tick in run.ticks.filter(ticked_at=None)}
    beside = at_once(
        lambda n: acts.tick(run.pk, others[str(n)].pk, ops, seen=stamp(others[str(n)]))
    )
    assert [found for found in beside if failed(found)] == []

    version = ChecklistRun.objects.get(pk=run.pk).version
    signed = at_once(
        lambda n: acts.sign(run.pk, ops, version=version, name=f"Signer {n}")
    )
    (winner,) = [n for n, found in enumerate(signed) if not failed(found)]
    run.refresh_from_db()
    assert (run.state, run.signed_as) == (ChecklistState.SIGNED, f"Signer {winner}")


def failed(found: object) -> bool:
    return isinstance(found, ChecklistError)
