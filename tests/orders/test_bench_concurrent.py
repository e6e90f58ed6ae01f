"""Two screens, two people, one code, truly at once: each thing counts once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from orders import approvals, bench_acts, kiosks, triage
from orders.bench_acts import BenchError, Reporter
from orders.case_locks import TriageError
from orders.models import (
    Approval,
    Decision,
    FollowUp,
    KioskDevice,
    OrderException,
    ShortPick,
)
from orders.reconsider import reconsider
from tests.orders import factories
from tests.orders.test_bench import packed
from tests.orders.test_triage_concurrent import at_once as _at_once
from tests.orders.views.test_kiosk import wanted_back

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
SCREENS = [Reporter(name=f"Bench {number}") for number in (1, 2)]


def at_once(act: Any) -> list[Any]:
    def told(index: int) -> Any:
        try:
            return act(index)
        except (BenchError, TriageError, kiosks.KioskError) as error:
            return error

    return _at_once(2, told)


def test_two_screens_report_one_parcel_differently_and_one_counts() -> None:
    order = wanted_back()

    said = at_once(
        lambda i: bench_acts.report_parcel(order.pk, stopped=i == 0, who=SCREENS[i])
    )

    (late,) = [x for x in said if isinstance(x, BenchError)]
    assert "answered meanwhile" in str(late)
    assert Decision.objects.exclude(verb="intercept").count() == 1
    assert FollowUp.objects.get(order=order, kind="intercept").state != "open"


def test_two_screens_miss_the_same_units_and_one_case_stands() -> None:
    order = packed(lines=[{"sku": "TEAPOT", "quantity": 3}])

    at_once(lambda i: bench_acts.report_short(order.pk, "TEAPOT", 2, SCREENS[i]))

    assert ShortPick.objects.get().units == 2
    assert OrderException.objects.filter(kind="not_on_shelf").count() == 1


def test_one_code_pairs_one_screen() -> None:
    _device, code = kiosks.add("Bench 1", 15, factories.make_user())

    got = at_once(lambda i: kiosks.pair(code, f"10.0.0.{i}"))

    (paired,) = [x for x in got if not isinstance(x, Exception)]
    assert kiosks.device_of(paired[1]) == KioskDevice.objects.get()


@pytest.mark.parametrize("answers", [(True, True), (True, False)])
def test_two_second_people_and_one_answer(answers: tuple[bool, bool]) -> None:
    store = factories.make_store(model={"four_eyes_above": "100"})
    order = factories.make_order(store=store, total=Decimal(500))
    factories.make_record(order, status="on_hold", held_by_us=True)
    order.lines.update(cancel_requested=True)
    reconsider([order.pk])
    case = order.cases.get(kind="cancel_requested")
    first, *others = [factories.make_user(group="cs") for _person in range(3)]
    triage.resolve(case, "cancel_market", first, "", case.version)

    asked = Approval.objects.select_related("case__order").get()
    said = at_once(
        lambda i: approvals.answer(asked, others[i], yes=answers[i], note="no")
    )

    assert sum(isinstance(x, TriageError) for x in said) == 1
    asked.refresh_from_db()
    assert asked.state in ("given", "refused")
    assert Decision.objects.count() == (1 if asked.state == "given" else 0)
