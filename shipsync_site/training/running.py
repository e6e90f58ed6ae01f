"""Begin a lesson, set its scene step by step, check it, keep who has done it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import Q

from orders.models import Order
from shipsync_site.lib import clock
from shipsync_site.models import LessonDone, LessonRun
from shipsync_site.training import LESSONS, Json, Lesson, Paper, Point, Question
from shipsync_site.training import room as rooms
from shipsync_site.training.room import named
from shipsync_site.training.scene import Scene, in_words
from stores.models import Store

# An act is one or two calls over loopback; a process that died in it is not waited for.
_BUSY = timedelta(seconds=30)
_KEPT = ("sequence", "time", "peer", "operation", "key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a check found, in one sentence and point by point."""

    passed: bool
    wrong: bool
    sentence: str
    points: tuple[Point, ...]

    def as_json(self) -> Json:
        """As a run keeps it."""
        return {
            "passed": self.passed,
            "wrong": self.wrong,
            "sentence": self.sentence,
            "points": [
                {
                    "done": point.done,
                    "wrong": point.wrong,
                    "text": point.text,
                    "rows": in_words(point.rows),
                }
                for point in self.points
            ],
        }


def lacking(user: User, lesson: Lesson) -> list[str]:
    """The permissions ('app.codename') that a person lacks for a lesson."""
    return [name for name in lesson.permissions if not user.has_perm(name)]


def start(user: User, lesson: Lesson) -> LessonRun:
    """Begin, or begin again with new orders; raises RefusedError, SandboxError."""
    room = rooms.open_room(user, lesson.shop)
    old = LessonRun.objects.filter(user=user, lesson=lesson.code).first()
    if old is not None:
        Scene(old, room).tidy()
    run, _ = LessonRun.objects.update_or_create(
        user=user,
        lesson=lesson.code,
        defaults={
            "started_at": clock.now(),
            "step": 0,
            "things": {},
            "since": int(room.sandbox.health()["rows"]),
            "busy_until": None,
            "checked_at": None,
            "verdict": {},
        },
    )
    go_on(run)
    return run


def go_on(run: LessonRun) -> bool:
    """Play what has become possible; whether the scene is set.

    Raises RefusedError, SandboxError.
    """
    lesson = LESSONS.get(run.lesson)
    room = rooms.find(run.user, lesson.shop)
    while run.step < len(lesson.steps):
        scene, step = Scene(run, room), lesson.steps[run.step]
        if not step.when(scene):
            rooms.wake(room.store, pull=False)
            return False
        if not _act(run, step.act and (lambda: step.act(scene))):  # noqa: B023
            return False
        if step.act:
            rooms.wake(room.store, pull=True)
    return True


def act(run: LessonRun, code: str) -> str:
    """Play what the person asked for outside shipsync; what it did, in a sentence.

    Raises LookupError, RefusedError, SandboxError.
    """
    lesson = LESSONS.get(run.lesson)
    wanted = next((x for x in lesson.outside if x.code == code), None)
    if wanted is None:
        raise LookupError(f"{lesson.title}: there is no such act")
    room = rooms.find(run.user, lesson.shop)
    scene = Scene(run, room)
    wanted.act(scene)
    LessonRun.objects.filter(pk=run.pk).update(things=scene.things)
    rooms.wake(room.store, pull=True)
    return wanted.effect


def check(run: LessonRun, answer: str = "") -> Verdict:
    """Read the ledger and our rows; a lesson that is passed is kept by name.

    Raises RefusedError, SandboxError.
    """
    lesson = LESSONS.get(run.lesson)
    room = rooms.find(run.user, lesson.shop)
    scene = Scene(run, room, answer)
    verdict = judge(lesson.check(scene))
    run.checked_at, run.verdict = clock.now(), verdict.as_json()
    run.save(update_fields=["checked_at", "verdict"])
    if verdict.passed:
        _keep(run, lesson, verdict)
    else:
        rooms.wake(room.store, pull=True)
    return verdict


def judge(points: list[Point]) -> Verdict:
    """Passed when every point is done and none was done wrongly."""
    wrong = [point for point in points if point.wrong]
    missing = [point for point in points if not point.done]
    if wrong:
        sentence = f"Not this way. {wrong[0].text} Start the lesson again."
    elif missing:
        sentence = f"Not yet. {missing[0].text}"
    else:
        shown = [row for point in points for row in point.rows]
        sentence = "Passed."
        if shown:
            sentence += f" The sandbox's ledger shows it: {in_words(shown)}."
    return Verdict(
        passed=not (wrong or missing),
        wrong=bool(wrong),
        sentence=sentence,
        points=tuple(points),
    )


def shop_of(run: LessonRun) -> Store | None:
    """Our row of the shop in which a run is played."""
    slug = rooms.slug_of(run.user, LESSONS.get(run.lesson).shop)
    return Store.objects.filter(slug=slug).first()


def orders_of(run: LessonRun) -> list[tuple[str, Order | None]]:
    """The marketplace's ids of a run's orders, each with our row once there is one."""
    shop = shop_of(run)
    numbers = run.things.get("orders", [])
    rows = Order.objects.filter(store=shop, remote_id__in=numbers)
    known = {row.remote_id: row for row in rows}
    return [(number, known.get(number)) for number in numbers]


def choices_of(run: LessonRun, question: Question | None) -> list[str]:
    """What may be answered to a lesson's question, [] for free text or none."""
    if question is None or question.choices is None:
        return []
    room = rooms.find(run.user, LESSONS.get(run.lesson).shop)
    return question.choices(Scene(run, room))


def paper_of(run: LessonRun) -> Paper:
    """The file that a lesson hands out. Raises LookupError where it has none."""
    lesson = LESSONS.get(run.lesson)
    if lesson.paper is None or run.step < len(lesson.steps):
        raise LookupError(f"{lesson.title}: there is no file")
    return lesson.paper(Scene(run, rooms.find(run.user, lesson.shop)))


def _keep(run: LessonRun, lesson: Lesson, verdict: Verdict) -> None:
    """The first time counts; a lesson that is done again changes nothing."""
    LessonDone.objects.get_or_create(
        user=run.user,
        lesson=lesson.code,
        defaults={
            "name": named(run.user),
            "role": lesson.role.value,
            "at": clock.now(),
            "evidence": {
                "sentence": verdict.sentence,
                "rows": [
                    {name: row[name] for name in _KEPT}
                    for point in verdict.points
                    for row in point.rows
                ],
            },
        },
    )


def _act(run: LessonRun, play: Callable[[], object] | None) -> bool:
    """Play one step of a run and count it; False where another process is at it."""
    now = clock.real_now()
    mine = LessonRun.objects.filter(
        Q(busy_until=None) | Q(busy_until__lte=now), pk=run.pk, step=run.step
    ).update(busy_until=now + _BUSY)
    if not mine:
        return False
    try:
        if play:
            play()
        run.step += 1
    finally:
        run.busy_until = None
        run.save(update_fields=["step", "things", "busy_until"])
    return True
