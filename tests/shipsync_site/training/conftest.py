"""A class in a real sandbox process: one person, one lesson at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from orders.due import decide_due
from orders.models import CaseState, OrderException
from orders.sync.pump import drain
from orders.triage import resolve
from shipsync_site.lib import clock
from shipsync_site.models import LessonRun
from shipsync_site.training import LESSONS, running
from shipsync_site.training import room as rooms
from stores import budgets
from stores.models import Direction, Lane, ShipStationAccount
from stores.sandbox.shipstation.limits import WINDOW_SECONDS, Meter
from stores.shipstation.client import GROUP
from tests.sandbox_server import (
    SLOWLY,
    WELL_WITHIN,
    SandboxServer,
    sandbox,
    sandbox_process,
)

__all__ = ["sandbox", "sandbox_process"]

HERE = Path(__file__).parent
ROUNDS = 14
# One or two of each role.
ALWAYS = frozenset(
    {
        "test_a_carrier_that_nobody_has_mapped",
        "test_the_buyer_asks_to_cancel",
        "test_cancelled_after_the_label",
        "test_not_on_the_shelf",
        "test_pause_a_shop",
        "test_what_was_paid_twice_is_named_and_signed",
        "test_started_again_the_old_orders_end_and_the_rules_are_those_of_the_first_day",
    }
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What a lesson's acts do is tested on every database elsewhere.

    Each lesson takes a sandbox of its own: some are played each time, all of them where
    minutes may be spent.
    """
    for item in items:
        if HERE in item.path.parents and item.path.stem.startswith("test_lessons"):
            item.add_marker(pytest.mark.sqlite)
            if item.name.split("[")[0] not in ALWAYS:
                item.add_marker(pytest.mark.costly)


class Trainee:
    """A person at a lesson; ``run`` is what was begun."""

    def __init__(self, sandbox: SandboxServer, user: User) -> None:
        self.sandbox = sandbox
        self.user = user
        self.run = LessonRun()

    def begin(self, code: str) -> Trainee:
        """Start a lesson and wait until its scene is set."""
        self.run = running.start(self.user, LESSONS.get(code))
        for _ in range(ROUNDS):
            if running.go_on(self.run):
                return self
            self.later()
        step = LESSONS.get(code).steps[self.run.step]
        raise AssertionError(f"{code}: still waiting for {step.waits}")

    def later(self, seconds: float = 90.0, times: int = 1) -> None:
        """Time passes, and every lane is looked at until nothing is due."""
        for _ in range(times):
            self._move(seconds)
            decide_due()
            self._step()

    def check(self, answer: str = "") -> running.Verdict:
        """'Check now'."""
        self.run.refresh_from_db()
        return running.check(self.run, answer)

    def case(self, kind: str, number: int = 0) -> OrderException:
        """The open case of this kind of one of the lesson's orders."""
        self.run.refresh_from_db()
        return OrderException.objects.get(
            kind=kind,
            order__remote_id=self.run.things["orders"][number],
            state=CaseState.OPEN,
        )

    def decide(self, kind: str, way: str, number: int = 0, **more: Any) -> None:
        """Take a way out of a case, as the case page does."""
        case = self.case(kind, number)
        resolve(case, way, self.user, "Said by the buyer", case.version, **more)

    def outside(self, code: str) -> None:
        """Press one of the lesson's own buttons."""
        self.run.refresh_from_db()
        running.act(self.run, code)

    def _step(self) -> None:
        while True:
            self._past_window_end()
            Lane.objects.update(due_at=clock.real_now())
            drain(list(Direction.values), limit=60)
            if not self._past_window_end():
                return

    def _past_window_end(self) -> bool:
        account = ShipStationAccount.objects.get()
        wait = budgets.wait(account.key, GROUP, urgent=True)
        if 0 < wait <= 3:
            self._move(wait + 0.1)
            return True
        return False

    def _move(self, seconds: float) -> None:
        now = clock.current()
        moved = clock.Clock(now.anchor, now.start + seconds, now.rate)
        clock.configure(moved)
        self.sandbox.set_clock(moved)


Train = Callable[..., Trainee]


@pytest.fixture
def train(
    sandbox: SandboxServer,
    transactional_db: None,
    settings: Any,
    users: dict[str, User],
) -> Iterator[Train]:
    """``train("ops-1-carrier")``: a person of that role at the lesson, its scene set."""
    settings.SHIPSYNC_SANDBOX_URL = sandbox.url
    sandbox.config(amazon={"two_minutes": 0})
    passed = (clock.timestamp() - Meter(rooms.WAREHOUSE.key).phase) % WINDOW_SECONDS
    step = (WELL_WITHIN - passed) % WINDOW_SECONDS
    clock.configure(clock.fast(SLOWLY, clock.timestamp() + step))
    sandbox.set_clock(clock.current())

    def begin(code: str, role: str = "") -> Trainee:
        role = role or LESSONS.get(code).role.value
        return Trainee(sandbox, users[role]).begin(code)

    yield begin
    sandbox.clear_faults()
