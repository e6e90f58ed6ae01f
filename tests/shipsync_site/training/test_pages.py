"""Lessons as pages: where they run, who may take them, what is kept by name."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from shipsync_site.lib import clock
from shipsync_site.models import LessonDone, LessonRun
from shipsync_site.training import LESSONS, Point, Role, lessons_of, room, running
from tests.orders.factories import make_store

CODE = "ops-1-carrier"


@pytest.fixture
def ops(users: dict[str, User], settings: Any) -> Client:
    settings.SHIPSYNC_SANDBOX_URL = "http://127.0.0.1:9"
    client = Client()
    client.force_login(users["ops"])
    return client


def done(user: User, code: str) -> LessonDone:
    return LessonDone.objects.create(
        user=user,
        name=user.get_username(),
        role=LESSONS.get(code).role,
        lesson=code,
        at=clock.now(),
        evidence={
            "sentence": "Passed.",
            "rows": [{"sequence": 4, "peer": "amazon", "operation": "confirm"}],
        },
    )


def test_every_role_has_six_lessons_and_each_is_whole() -> None:
    assert {role: len(lessons_of(role)) for role in Role} == dict.fromkeys(Role, 6)
    for lesson in LESSONS:
        assert lesson.code.startswith(f"{lesson.role.value}-")
        assert lesson.task
        assert lesson.hints
        assert lesson.shop in room.SHOPS


def test_a_real_account_or_no_sandbox_refuses_with_words(
    ops: Client, settings: Any, users: dict[str, User]
) -> None:
    assert room.refusal() == ""
    real = make_store(slug="amazon-uk").remote_account
    real.environment = "production"
    real.save()

    answer = ops.post(reverse("lesson_start", args=[CODE]), follow=True)
    assert f"&#x27;{real.name}&#x27; is a real one" in answer.content.decode()
    assert not LessonRun.objects.exists()
    settings.SHIPSYNC_SANDBOX_URL = ""
    assert "has none" in ops.get(reverse("training")).content.decode()


def test_a_sandbox_that_does_not_answer_is_said(
    ops: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*args: object) -> None:
        raise requests.ConnectionError

    monkeypatch.setattr(room, "open_room", gone)
    answer = ops.post(reverse("lesson_start", args=[CODE]), follow=True)
    assert "does not answer" in answer.content.decode()


def test_a_lesson_of_another_role_can_be_read_and_not_begun(
    users: dict[str, User], ops: Client
) -> None:
    client = Client()
    client.force_login(users["cs"])

    page = client.get(reverse("lesson", args=[CODE])).content.decode()
    assert "Can map carriers" in page
    assert "Begin the lesson" not in page
    assert client.post(reverse("lesson_start", args=[CODE])).status_code == 403
    assert (
        "Begin the lesson" in ops.get(reverse("lesson", args=[CODE])).content.decode()
    )


def test_acts_and_lessons_that_do_not_exist(
    ops: Client, users: dict[str, User]
) -> None:
    assert ops.get(reverse("lesson", args=["nothing"])).status_code == 404
    LessonRun.objects.create(
        user=users["ops"], lesson="ops-5-their-hold", started_at=clock.now(), step=3
    )
    url = reverse("lesson_act", args=["ops-5-their-hold"])
    assert ops.post(url, {"act": "nothing"}).status_code == 404


def test_while_the_scene_is_set_the_page_looks_by_itself(
    ops: Client, users: dict[str, User]
) -> None:
    LessonRun.objects.create(
        user=users["ops"], lesson=CODE, started_at=clock.now(), step=1
    )
    text = ops.get(reverse("lesson", args=[CODE])).content.decode()

    assert "waiting for your order to reach ShipStation" in text
    assert 'hx-trigger="every 3s, submit"' in text
    assert "Check now" not in text


@pytest.mark.parametrize(
    ("points", "passed", "begins"),
    [
        (
            [Point(done=True, text="It is."), Point(done=True, text="It is.")],
            1,
            "Passed",
        ),
        (
            [Point(done=True, text="It is."), Point(done=False, text="No.")],
            0,
            "Not yet",
        ),
        (
            [
                Point(done=True, text="It is."),
                Point(done=False, wrong=True, text="No."),
            ],
            0,
            "Not this way",
        ),
    ],
)
def test_a_verdict_is_one_sentence(
    points: list[Point], passed: int, begins: str
) -> None:
    verdict = running.judge(points)

    assert verdict.passed == bool(passed)
    assert verdict.sentence.startswith(begins)


def test_one_step_is_played_by_one_process_alone(users: dict[str, User]) -> None:
    run = LessonRun.objects.create(
        user=users["ops"], lesson=CODE, started_at=clock.now()
    )
    played: list[int | str] = []
    twin = LessonRun.objects.get(pk=run.pk)

    def play() -> None:
        played.append(run.step)
        assert not running._act(twin, lambda: played.append("twin"))

    assert running._act(run, play)
    assert played == [0]
    assert LessonRun.objects.get(pk=run.pk).step == 1
    # The twin stands at a step that is over.
    assert not running._act(twin, lambda: played.append("late"))


def test_a_lead_sees_who_has_done_what_and_takes_it_along(
    users: dict[str, User], client: Client
) -> None:
    for lesson in lessons_of(Role.OPS):
        done(users["ops"], lesson.code)
    done(users["cs"], "cs-1-cancel")
    left = done(users["packer"], "packer-1-go")
    users["packer"].delete()
    client.force_login(users["lead"])

    page = client.get(reverse("training_people"))
    rows = {person.name: person for person in page.context["people"]}
    assert [cell.done for cell in rows["ops"].cells] == [6, 0, 0, 0, 0]
    assert rows["ops"].cells[0].whole
    assert rows["cs"].cells[1].done == 1
    assert rows[left.name].groups == "has left"
    lines = b"".join(
        client.get(reverse("training_csv")).streaming_content  # type: ignore[attr-defined]
    ).decode()
    assert 'cs,cs,cs-1-cancel,"The buyer asks to cancel, no label yet"' in lines
    assert "row 4 (amazon: confirm)" in lines
    assert len(lines.strip().splitlines()) == 9


def test_all_six_are_said_by_name(users: dict[str, User], client: Client) -> None:
    client.force_login(users["ops"])
    text = client.get(reverse("training")).content.decode()
    assert "You have done 0 of 6 lessons for Ops" in text
    for lesson in lessons_of(Role.OPS):
        done(users["ops"], lesson.code)

    text = client.get(reverse("training")).content.decode()
    assert "ops has done all 6 lessons for Ops" in text
    assert "All done" in text
