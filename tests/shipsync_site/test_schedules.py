from __future__ import annotations

import pytest
from django.core.management import call_command
from django_q.models import Schedule

from shipsync_site.schedules import SCHEDULES, ensure_schedules

pytestmark = pytest.mark.django_db


def names() -> list[str]:
    return sorted(Schedule.objects.values_list("name", flat=True))


def test_schedules_are_made_once() -> None:
    assert ensure_schedules() == len(SCHEDULES)
    first = list(Schedule.objects.order_by("pk").values_list("pk", "next_run"))

    assert ensure_schedules() == 0

    assert list(Schedule.objects.order_by("pk").values_list("pk", "next_run")) == first


def test_a_changed_schedule_is_put_right() -> None:
    ensure_schedules()
    Schedule.objects.filter(name="tick").update(args="(broken", minutes=9)

    ensure_schedules()

    row = Schedule.objects.get(name="tick")
    assert (row.args, row.minutes) == (None, 1)


def test_a_foreign_or_second_schedule_is_removed() -> None:
    ensure_schedules()
    Schedule.objects.create(name="tick", func="orders.tasks.tick")
    Schedule.objects.create(name="mine", func="os.getpid")

    ensure_schedules()

    assert names() == sorted(plan.name for plan in SCHEDULES)


def test_the_command_says_what_it_changed(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("ensure_schedules")

    count = len(SCHEDULES)
    assert f"{count} schedules, {count} changed" in capsys.readouterr().out
