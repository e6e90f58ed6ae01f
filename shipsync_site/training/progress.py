"""Who has done which lesson, as pages and files show it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User

from shipsync_site.models import LessonDone, LessonRun
from shipsync_site.training import LESSONS, Lesson, Role, lessons_of
from shipsync_site.training.room import COLLEAGUE
from shipsync_site.training.running import lacking
from shipsync_site.training.scene import in_words

HEADER = ("Name", "Role", "Lesson", "Title", "Done at (UTC)", "Ledger rows")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A lesson as one person sees it in the list; ``lacking`` are permissions."""

    lesson: Lesson
    done_at: datetime | None
    begun: bool
    lacking: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A role's lessons; ``mine``: the person may take all of them."""

    role: Role
    lines: tuple[Line, ...]

    @property
    def done(self) -> int:
        """How many are done."""
        return sum(line.done_at is not None for line in self.lines)

    @property
    def mine(self) -> bool:
        """Whether the person's permissions are enough for every lesson."""
        return not any(line.lacking for line in self.lines)

    @property
    def finished_at(self) -> datetime | None:
        """When the last of them was done; None while one is missing."""
        times = [line.done_at for line in self.lines]
        return None if None in times else max(x for x in times if x)

    @property
    def following(self) -> Lesson | None:
        """The first lesson that is not done yet."""
        return next((x.lesson for x in self.lines if x.done_at is None), None)


def courses_of(user: User) -> list[Course]:
    """Every role's lessons, those of the person's own roles first."""
    done = dict(LessonDone.objects.filter(user=user).values_list("lesson", "at"))
    begun = set(LessonRun.objects.filter(user=user).values_list("lesson", flat=True))
    own = set(user.groups.values_list("name", flat=True))
    courses = [
        Course(
            role=role,
            lines=tuple(
                Line(
                    lesson=lesson,
                    done_at=done.get(lesson.code),
                    begun=lesson.code in begun,
                    lacking=bool(lacking(user, lesson)),
                )
                for lesson in lessons_of(role)
            ),
        )
        for role in Role
    ]
    return sorted(courses, key=lambda x: (x.role.value not in own, not x.mine))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """How many lessons of a role a person has done, of how many, the last one when."""

    done: int
    of: int
    last: datetime | None

    @property
    def whole(self) -> bool:
        """Whether all are done."""
        return self.done == self.of


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A line of the leads' table; people who left keep their name in it."""

    name: str
    groups: str
    cells: tuple[Cell, ...]


def people() -> list[Person]:
    """Everybody with a role or a lesson done, by name."""
    done: dict[tuple[int | None, str], list[LessonDone]] = {}
    for row in LessonDone.objects.order_by("at"):
        done.setdefault((row.user_id, "" if row.user_id else row.name), []).append(row)
    users = User.objects.filter(is_active=True).exclude(username=COLLEAGUE)
    found = [
        _person(
            user.get_full_name() or user.get_username(),
            ", ".join(sorted(group.name for group in user.groups.all())),
            done.pop((user.pk, ""), []),
        )
        for user in users.prefetch_related("groups")
        if user.groups.all() or (user.pk, "") in done
    ]
    found += [_person(rows[0].name, "has left", rows) for rows in done.values()]
    return sorted(found, key=lambda person: person.name.casefold())


def _person(name: str, groups: str, rows: list[LessonDone]) -> Person:
    cells = []
    for role in Role:
        known = {lesson.code for lesson in lessons_of(role)}
        times = [row.at for row in rows if row.lesson in known]
        cells.append(
            Cell(done=len(times), of=len(known), last=max(times, default=None))
        )
    return Person(name=name, groups=groups, cells=tuple(cells))


def title_of(code: str) -> str:
    """A lesson's title; its code where the lesson is gone."""
    return LESSONS.get(code).title if code in LESSONS else code


def file_rows(rows: Iterable[LessonDone]) -> Iterator[tuple[object, ...]]:
    """Lessons done, as rows of a file."""
    for row in rows:
        yield (
            row.name,
            row.role,
            row.lesson,
            title_of(row.lesson),
            f"{row.at:%Y-%m-%dT%H:%M:%SZ}",
            in_words(row.evidence.get("rows", [])),
        )
