"""Two people on one case, truly at once: one act counts, the other is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from orders import correcting, triage
from orders.bulk import preparing, runs
from orders.bulk.acts import Act
from orders.case_locks import TriageError
from orders.correcting import Correction, StaleAddressError
from orders.models import Decision, OrderBuyer, OrderEvent, OrderException
from orders.payload_facts import address_of
from orders.triage import ConflictError
from tests.orders import factories
from tests.orders.test_triage_concurrent import at_once as _at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
WORK = ("orders.assign_exception", "orders.resolve_exception", "orders.retry_sync")


@pytest.fixture(autouse=True)
def _undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triage, "reconsider", lambda ids: None)
    monkeypatch.setattr(correcting, "reconsider", lambda ids: None)


def at_once(act: Any) -> list[Any]:
    """Mia and Tom do something at the same moment; results, or what they are told."""

    def told(index: int) -> Any:
        try:
            return act(index)
        except TriageError as error:
            return error

    return _at_once(2, told)


def people(*permissions: str) -> list[Any]:
    return [
        factories.make_user(name, permissions=permissions) for name in ("mia", "tom")
    ]


@pytest.mark.parametrize(
    "act",
    [
        lambda case, by: triage.assign(case, by, by, case.version),
        lambda case, by: triage.hand_over(case, "lead", by, case.version),
        lambda case, by: triage.resolve(case, "retry", by, "", case.version),
    ],
    ids=["take", "hand over", "resolve"],
)
def test_one_act_counts_and_the_other_names_who_was_faster(act: Any) -> None:
    case = factories.make_case(kind="push_refused")
    both = people(*WORK)

    results = at_once(lambda index: act(case, both[index]))

    (conflict,) = [found for found in results if isinstance(found, ConflictError)]
    event = OrderEvent.objects.get(case=case)
    assert event.actor is not None
    assert conflict.who == event.actor.username
    assert event.text in conflict.what
    assert OrderException.objects.get().version == 2


def test_two_that_take_the_same_rows_get_each_row_once() -> None:
    store = factories.make_store()
    cases = [
        factories.make_case(factories.make_order(store=store, buyer=False))
        for _ in range(8)
    ]
    versions = {case.pk: case.version for case in cases}
    every = OrderException.objects.all()
    both = [
        preparing.prepare(every, Act(name="take"), by, versions=versions, ticked=True)
        for by in people(*WORK)
    ]

    at_once(lambda index: runs.begin(both[index]) and runs.work_on(both[index].pk, 30))

    for mine, theirs in zip(*(run.rows.order_by("case") for run in both), strict=True):
        assert mine.done != theirs.done
        assert "was faster: 'Case taken'" in (mine if theirs.done else theirs).text


def test_many_clicks_at_once_begin_one_run() -> None:
    case = factories.make_case()
    (mia, _tom) = people(*WORK)
    versions = {case.pk: case.version}

    def click(_index: int) -> tuple[int, bool]:
        every = OrderException.objects.all()
        run = preparing.prepare(
            every, Act(name="take"), mia, versions=versions, ticked=True
        )
        return run.pk, runs.begin(run)

    results = _at_once(10, click)

    assert len({pk for pk, _begun in results}) == 1
    assert [begun for _pk, begun in results].count(True) == 1


def test_of_many_workers_each_case_is_done_by_one() -> None:
    store = factories.make_store()
    for _ in range(30):
        factories.make_case(factories.make_order(store=store, buyer=False))
    (mia, _tom) = people(*WORK)
    run = preparing.prepare(OrderException.objects.all(), Act(name="take"), mia)
    runs.begin(run)

    def work(_index: int) -> None:
        while runs.run_one(0.05):
            pass

    _at_once(4, work)
    work(0)

    run.refresh_from_db()
    assert (run.state, run.done, run.failed) == ("done", 30, 0)
    assert OrderEvent.objects.filter(verb="case_assigned").count() == 30


def test_of_two_corrections_one_counts_and_nothing_is_lost() -> None:
    order = factories.make_order()
    buyer = OrderBuyer.objects.get(order=order)
    both = people("orders.correct_address")
    towns = ("Leeds", "York")

    def correct(index: int) -> Any:
        wanted = Correction(
            address=replace(address_of(buyer), city=towns[index]),
            reason="her message",
            base=correcting.base_of(buyer),
        )
        return correcting.correct(order, wanted, both[index])

    results = at_once(correct)

    (told,) = [found for found in results if isinstance(found, StaleAddressError)]
    decision = Decision.objects.get()
    assert decision.by_name in str(told)
    buyer.refresh_from_db()
    assert buyer.corrected["city"] == towns[("mia", "tom").index(decision.by_name)]


def test_a_pull_at_the_same_moment_keeps_the_correction() -> None:
    order = factories.make_order()
    buyer = OrderBuyer.objects.get(order=order)
    (mia, _tom) = people("orders.correct_address")

    def act(index: int) -> Any:
        if index:
            fresh = OrderBuyer.objects.get(pk=buyer.pk)
            fresh.recipient = factories.RECIPIENT | {"city": "York"}
            fresh.recipient_digest = "theirs"
            fresh.save(update_fields=["recipient", "recipient_digest"])
            return None
        wanted = Correction(
            address=replace(address_of(buyer), city="Leeds"),
            reason="her message",
            base=correcting.base_of(buyer),
        )
        return correcting.correct(order, wanted, mia)

    results = at_once(act)

    buyer.refresh_from_db()
    corrected = not isinstance(results[0], StaleAddressError)
    assert buyer.recipient["city"] == "York"
    assert bool(buyer.corrected) == corrected
