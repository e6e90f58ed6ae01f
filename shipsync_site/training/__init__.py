"""Training: a lesson is an order of one's own in the sandbox, a task, and a check.

A lesson is one entry registered by a module of ``lessons``. Its scene is set through
the sandbox's control API, step by step as our own engine gets that far; its check reads
the sandbox's ledger and our rows. What the person does in between is the real console.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from shipsync_site.lib.registry import Registry

if TYPE_CHECKING:
    from shipsync_site.training.scene import Scene

Json = dict[str, Any]


class Role(StrEnum):
    """Whose daily work a lesson is about."""

    OPS = "ops"
    CS = "cs"
    PACKER = "packer"
    FINANCE = "finance"
    LEAD = "lead"

    @property
    def label(self) -> str:
        """As people write it: 'Ops', but 'CS'."""
        return "CS" if self is Role.CS else self.value.capitalize()


class Place(StrEnum):
    """Where a lesson begins."""

    CASES = "cases"
    ORDERS = "orders"
    SHOP = "shop"
    BENCH = "bench"
    WHERE = "where"
    SETTLEMENTS = "settlements"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One act of the play, as soon as ``when`` holds; without ``act`` only a wait.

    ``waits`` ends the sentence 'Waiting for …'.
    """

    waits: str
    when: Callable[[Scene], bool]
    act: Callable[[Scene], object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Something that happens outside shipsync, which the person asks for by a button."""

    code: str
    label: str
    effect: str
    act: Callable[[Scene], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the person is asked on the lesson's page; without ``choices`` in free text."""

    text: str
    choices: Callable[[Scene], list[str]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A file that the lesson's page hands out."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One thing that the check looked at, in a sentence.

    ``rows`` are the ledger's rows that show it. ``wrong``: done in a way that can't be
    mended; the lesson has to be started again.
    """

    done: bool
    text: str
    rows: tuple[Json, ...] = ()
    wrong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What is learnt, what happens, what to do, and how it is seen to be done.

    ``permissions`` are what the person needs for it; ``shop`` is the shop of the
    training room (``room.SHOPS``) in which it is played. ``labels``: the page names the
    tracking numbers, as they stand on the boxes. ``paper``: it hands out a file.
    """

    code: str
    role: Role
    title: str
    learn: str
    story: str
    task: tuple[str, ...]
    hints: tuple[str, ...]
    steps: tuple[Step, ...]
    check: Callable[[Scene], list[Point]]
    permissions: tuple[str, ...] = ()
    shop: str = "uk"
    place: Place = Place.CASES
    labels: bool = False
    outside: tuple[Outside, ...] = ()
    question: Question | None = None
    paper: Callable[[Scene], Paper] | None = None


LESSONS: Registry[Lesson] = Registry("lessons", "shipsync_site.training.lessons")


def lessons_of(role: Role) -> list[Lesson]:
    """The lessons of a role, in the order in which they were written down."""
    return [lesson for lesson in LESSONS if lesson.role == role]
