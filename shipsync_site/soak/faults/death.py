"""A worker that dies at a seeded point: a statement, or either side of a call."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from django.db import connection

Point = Literal["statement", "before", "after"]
POINTS: tuple[Point, ...] = ("statement", "before", "after")


class Killed(BaseException):
    """Stands for kill -9: no ``except Exception`` of ours may catch it and tidy up."""


class Death:
    """Arms one death at a time; the first worker that reaches its point dies of it.

    A dead worker can do nothing more: every further statement of its ``finally`` blocks
    dies as well, so that nothing is tidied up that a killed process would leave.
    """

    def __init__(self) -> None:
        self.count = 0
        self._armed: tuple[Point, int] | None = None
        self._lock = threading.Lock()
        self._worker = threading.local()

    def arm(self, point: Point, after: int) -> None:
        """Let the worker die that reaches this kind of point for the ``after``-th time."""
        with self._lock:
            self._armed = (point, max(1, after))

    def disarm(self) -> None:
        """Nobody dies any more."""
        with self._lock:
            self._armed = None

    def reach(self, point: Point) -> None:
        """A worker is at such a point; raises Killed where it is the armed one."""
        if getattr(self._worker, "dead", False):
            raise Killed
        if not getattr(self._worker, "working", False):
            return
        with self._lock:
            if self._armed is None or self._armed[0] != point:
                return
            left = self._armed[1] - 1
            self._armed = (point, left) if left else None
            if left:
                return
            self.count += 1
        self._worker.dead = True
        raise Killed

    @contextmanager
    def may_strike(self) -> Iterator[None]:
        """The span in which this thread is a worker; a new one comes to life after."""

        def statement(
            execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
        ) -> Any:
            self.reach("statement")
            return execute(sql, params, many, context)

        self._worker.working = True
        try:
            with connection.execute_wrapper(statement):
                yield
        finally:
            self._worker.working = self._worker.dead = False
