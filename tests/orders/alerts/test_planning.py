"""Who is told: one message per target and window, quiet hours, roles, switches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group, User
from django.test import override_settings
from pytest_django import DjangoAssertNumQueries

from orders.alerts import planning
from orders.alerts.defaults import SAFE_DEFAULTS, ensure_rules
from orders.alerts.planning import Verdict
from orders.alerts.quiet import quiet_until
from orders.models import AlertMessage, AlertRule, AlertTarget, AlertTrigger
from shipsync_site.lib import clock
from tests.orders.factories import make_order, make_store, make_user

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _mail() -> Iterator[None]:
    with override_settings(EMAIL_IS_SET=True):
        yield


@pytest.fixture
def place() -> AlertTarget:
    """A channel that alone is told, of orders within four hours."""
    AlertRule.objects.all().delete()
    found = AlertTarget.objects.create(
        name="Ops channel", way="slack", address="https://hooks.slack.com/services/x"
    )
    found.rules.create(trigger="ship_by", minutes=240)
    return found


def near(count: int = 1, **fields: Any) -> None:
    store = make_store()
    for _ in range(count):
        values: dict[str, Any] = {
            "ship_by": clock.now() + 3 * 60 * MINUTE,
            "store": store,
        } | fields
        make_order(buyer=False, **values)


def later(delta: timedelta) -> None:
    clock.configure(clock.fast(1.0, (clock.now() + delta).timestamp()))


def verdicts() -> list[Verdict]:
    return [x.verdict for x in planning.tellings(clock.now())]


def test_three_hundred_orders_make_one_message(place: AlertTarget) -> None:
    near(300)
    assert planning.write_down() == 1
    message = AlertMessage.objects.get()
    assert message.target == place
    assert message.count == 300
    assert message.subject.startswith("300 orders have to be packed within 4 h: ")
    assert message.money == {"GBP": "7497.00"}
    assert message.link.endswith("/orders/?due=pack4h")

    later(5 * MINUTE)
    assert planning.write_down() == 0
    assert verdicts() == [Verdict.TOLD]


def test_what_comes_later_is_told_once_the_last_message_is_old_enough(
    place: AlertTarget,
) -> None:
    near(2)
    planning.write_down()
    later(10 * MINUTE)
    near(1, imported_at=clock.now())
    assert verdicts() == [Verdict.SOON]
    assert planning.write_down() == 0

    later(51 * MINUTE)
    assert planning.write_down() == 1
    newest = AlertMessage.objects.first()
    assert newest is not None
    assert newest.count == 3
    assert "1 of them since" in newest.body


def test_two_workers_at_once_write_one_message(
    place: AlertTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    near()
    now = clock.now()
    seen = planning.tellings(now)
    monkeypatch.setattr(planning, "tellings", lambda _now: seen)
    planning.write_down()
    planning.write_down()
    assert AlertMessage.objects.count() == 1


def test_a_rule_that_is_off_or_a_place_that_is_off_is_silent(
    place: AlertTarget,
) -> None:
    near()
    AlertTarget.objects.update(enabled=False)
    assert verdicts() == [Verdict.MUTED]
    AlertTarget.objects.update(enabled=True)
    AlertRule.objects.update(enabled=False)
    assert verdicts() == []


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        pytest.param(1, True, id="breaches before the quiet ends"),
        pytest.param(3, False, id="may wait"),
    ],
)
def test_quiet_hours_let_through_what_can_not_wait(
    place: AlertTarget, hours: int, told: bool
) -> None:
    start = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)  # quiet until 07:00
    clock.configure(clock.fast(1.0, start.timestamp()))
    AlertTarget.objects.update(quiet_from=time(22), quiet_until=time(7))
    near(ship_by=start + timedelta(hours=hours))
    assert planning.write_down() == int(told)
    if told:
        return
    assert verdicts() == [Verdict.QUIET]
    later(2 * 60 * MINUTE + MINUTE)
    assert planning.write_down() == 1


LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("now", "starts", "ends", "until"),
    [
        ("2026-11-20 23:00", time(22), time(7), "2026-11-21 07:00"),
        ("2026-11-21 06:59", time(22), time(7), "2026-11-21 07:00"),
        ("2026-11-21 07:00", time(22), time(7), ""),
        ("2026-11-21 21:59", time(22), time(7), ""),
        ("2026-11-21 12:30", time(12), time(13), "2026-11-21 13:00"),
        ("2026-11-21 12:30", time(12), time(12), ""),
        ("2026-11-21 12:30", None, None, ""),
        # The night in which clocks go forward is an hour shorter, its end the same.
        ("2026-03-28 23:00", time(22), time(7), "2026-03-29 07:00"),
        ("2026-10-24 23:00", time(22), time(7), "2026-10-25 07:00"),
    ],
)
def test_the_quiet_ends_by_the_clock_on_the_wall(
    now: str, starts: time | None, ends: time | None, until: str
) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=LONDON).astimezone(UTC)
    expected = (
        datetime.fromisoformat(until).replace(tzinfo=LONDON).astimezone(UTC)
        if until
        else None
    )
    assert quiet_until(moment, starts, ends, LONDON) == expected


def test_a_new_ops_person_is_warned_without_any_set_up() -> None:
    make_user("olive", group="ops", email="olive@example.test")
    make_user("no-address", group="ops")
    make_user("packer", group="packer", email="packer@example.test")
    near(2, ship_by=clock.now() + 50 * MINUTE)

    planning.write_down()

    told = AlertMessage.objects.values_list("target__user__username", flat=True)
    assert set(told) == {"olive"}
    assert {row.rule.code for row in AlertMessage.objects.all() if row.rule} == {
        "ops-orders-4h",
        "ops-orders-1h",
    }


def test_each_role_has_its_safe_defaults() -> None:
    roles = {values["role"] for values in SAFE_DEFAULTS.values()}
    assert roles == {"ops", "cs", "finance", "lead", "admin"}
    assert AlertRule.objects.exclude(code="").count() == len(SAFE_DEFAULTS)
    for team in ("ops", "cs", "finance"):
        warned = {
            values["minutes"]
            for values in SAFE_DEFAULTS.values()
            if values["role"] == team and values["trigger"] == AlertTrigger.DEADLINE
        }
        assert warned == {240, 60}


def test_what_a_lead_changed_or_switched_off_stays() -> None:
    AlertRule.objects.filter(code="ops-store").update(enabled=False)
    AlertRule.objects.filter(code="lead-growth").update(count=7)
    AlertRule.objects.filter(code="lead-sla").delete()
    assert ensure_rules() == 1
    assert not AlertRule.objects.get(code="ops-store").enabled
    assert AlertRule.objects.get(code="lead-growth").count == 7


def test_a_person_of_two_roles_is_told_once() -> None:
    person = make_user("both", group="ops", email="both@example.test")
    AlertRule.objects.all().delete()
    for role in ("ops", "lead"):
        AlertRule.objects.create(trigger="ship_by", minutes=60, role=role)
    person.groups.add(Group.objects.get(name="lead"))
    near(ship_by=clock.now() + 30 * MINUTE)
    assert planning.write_down() == 1


def test_a_person_mutes_one_rule_and_others_still_hear() -> None:
    AlertRule.objects.all().delete()
    rule = AlertRule.objects.create(trigger="ship_by", minutes=60, role="ops")
    make_user("one", group="ops", email="one@example.test")
    make_user("two", group="ops", email="two@example.test")
    planning.ensure_people()
    AlertTarget.objects.get(user__username="one").muted.add(rule)
    near(ship_by=clock.now() + 30 * MINUTE)

    planning.write_down()

    assert AlertMessage.objects.get().target.user == User.objects.get(username="two")


def test_without_a_mail_server_nothing_is_written_for_people() -> None:
    make_user("olive", group="ops", email="olive@example.test")
    near(ship_by=clock.now() + 30 * MINUTE)
    with override_settings(EMAIL_IS_SET=False):
        assert planning.write_down() == 0
        assert Verdict.NO_WAY in verdicts()


def test_the_look_costs_the_same_for_many_orders_and_people(
    place: AlertTarget, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    near(3)
    for number in range(5):
        make_user(f"p{number}", group="ops", email=f"p{number}@example.test")
    AlertRule.objects.create(trigger="ship_by", minutes=60, role="ops")
    planning.ensure_people()
    with django_assert_max_num_queries(22):
        planning.tellings(clock.now())
