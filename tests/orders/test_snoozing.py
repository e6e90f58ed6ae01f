"""Cases that are put off leave the queue, and come back by themselves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from orders import snoozing, triage
from orders.case_groups import describe
from orders.case_locks import ConflictError, InvalidActError, NotAllowedError
from orders.models import CaseGroup, OrderEvent, OrderException, Snooze
from orders.work_by import Clocks
from shipsync_site import navigation
from shipsync_site.lib import clock
from tests.orders import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def move_to(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let it be this much later."""
    start = clock.now()

    def moved(later: timedelta) -> datetime:
        monkeypatch.setattr(clock, "now", lambda: start + later)
        return start + later

    return moved


def ops_count() -> int:
    return next(row.open for row in navigation.team_counts() if row.team == "ops")


def put_off(
    case: OrderException, by: User, rule: str = Snooze.SHIP_BY, **fields: Any
) -> OrderException:
    return snoozing.snooze(
        case, rule, by, case.version, "Waits for Royal Mail", **fields
    )


def test_it_leaves_the_queue_and_comes_back_before_its_deadline(
    users: dict[str, User], move_to: Any
) -> None:
    case = factories.make_case(deadline=clock.now() + timedelta(hours=10))
    group = CaseGroup.objects.get()
    assert ops_count() == 1

    put_off(case, users["ops"])

    group.refresh_from_db()
    assert (ops_count(), group.awake, group.asleep) == (0, 0, 1)
    event = OrderEvent.objects.get(verb="case_snoozed")
    assert event.text == (
        "Put off until 4 hours before its deadline: Waits for Royal Mail"
    )
    move_to(timedelta(hours=5, minutes=59))
    assert snoozing.wake_due() == 0

    move_to(timedelta(hours=6, minutes=1))
    assert snoozing.wake_due() == 1
    case.refresh_from_db()
    assert (case.snooze, case.snooze_reason, ops_count()) == ("", "", 1)
    told = OrderEvent.objects.get(verb="case_woken")
    assert (told.text, told.actor) == ("Back in the queue: its time has come", None)


def test_it_comes_back_at_its_time(users: dict[str, User], move_to: Any) -> None:
    case = factories.make_case(deadline=clock.now() - timedelta(hours=1))
    put_off(case, users["ops"], Snooze.TIME, until=clock.now() + timedelta(minutes=30))

    move_to(timedelta(minutes=31))

    assert snoozing.wake_due() == 1


def test_it_comes_back_when_there_are_twice_as_many(users: dict[str, User]) -> None:
    store = factories.make_store()

    def another() -> OrderException:
        order = factories.make_order(store=store, buyer=False)
        return factories.make_case(order, kind="push_refused", deadline=None)

    first = another()
    another()
    put_off(first, users["ops"], Snooze.DOUBLED)
    another()
    assert snoozing.wake_due() == 0

    another()

    assert snoozing.wake_due() == 1
    assert OrderEvent.objects.get(verb="case_woken").text == (
        "Back in the queue: there are twice as many of its cause"
    )
    assert CaseGroup.objects.get().awake == 4


def test_a_deadline_that_moves_forward_wakes_it(users: dict[str, User]) -> None:
    order = factories.make_order(ship_by=clock.now() + timedelta(days=2))
    case = factories.make_case(order, deadline=order.ship_by)
    case = put_off(case, users["ops"])
    case.deadline = clock.now() + timedelta(hours=9)

    describe(case, Clocks())

    assert case.snooze == ""


@pytest.mark.parametrize(
    ("rule", "deadline", "until", "said"),
    [
        ("time", 10, None, "Choose a time that is still to come"),
        ("time", 10, -1, "Choose a time that is still to come"),
        ("time", 10, 11, "after its deadline"),
        ("time", None, 24 * 31, "Up to 30 days"),
        ("ship_by", 3, None, "due within 4 hours or late"),
        ("ship_by", None, None, "no deadline"),
        ("doubled", -1, None, "due within 4 hours or late"),
        ("never", 10, None, "choose from the list"),
    ],
)
def test_what_can_not_be_put_off_says_why(
    users: dict[str, User],
    rule: str,
    deadline: int | None,
    until: int | None,
    said: str,
) -> None:
    def hours(number: int | None) -> datetime | None:
        return None if number is None else clock.now() + timedelta(hours=number)

    case = factories.make_case(deadline=hours(deadline))

    with pytest.raises(InvalidActError, match=said):
        put_off(case, users["ops"], rule, until=hours(until))
    assert not OrderEvent.objects.exists()


def test_it_needs_a_reason_a_permission_and_the_version_that_was_seen(
    users: dict[str, User],
) -> None:
    case = factories.make_case(deadline=clock.now() + timedelta(hours=10))
    ops = users["ops"]

    with pytest.raises(InvalidActError, match="needs a reason"):
        snoozing.snooze(case, Snooze.SHIP_BY, ops, case.version, "  ")
    with pytest.raises(NotAllowedError):
        put_off(case, users["packer"])
    put_off(case, ops)
    with pytest.raises(ConflictError, match="ops was faster: 'Put off until 4 hours"):
        put_off(case, ops)


def test_a_person_takes_it_back_into_the_queue(users: dict[str, User]) -> None:
    case = factories.make_case(deadline=clock.now() + timedelta(hours=10))
    case = put_off(case, users["ops"])

    case = snoozing.wake(case, users["cs"], case.version)

    assert ops_count() == 1
    with pytest.raises(InvalidActError, match="in the queue already"):
        snoozing.wake(case, users["cs"], case.version)


def test_what_is_resolved_does_not_sleep_on(
    users: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(triage, "reconsider", lambda ids: None)
    case = factories.make_case(
        kind="overdue", deadline=clock.now() + timedelta(hours=10)
    )
    case = put_off(case, users["ops"])

    triage.resolve(case, "dismiss", users["ops"], "Agreed", case.version)

    case.refresh_from_db()
    group = CaseGroup.objects.get()
    assert (case.snooze, group.awake, group.asleep) == ("", 0, 0)
