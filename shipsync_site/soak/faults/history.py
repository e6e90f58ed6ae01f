"""One seed: a small world, what people do in it, the weather, and how it ends."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.test.utils import override_settings

from orders.models import CaseState, Order, OrderException, SyncJob
from shipsync_site.demo import world
from shipsync_site.lib.digest import json_digest
from shipsync_site.soak.faults import invariants, rest
from shipsync_site.soak.faults.bugs import bugs_heard
from shipsync_site.soak.faults.channels import drawn
from shipsync_site.soak.faults.death import Death
from shipsync_site.soak.faults.hours import Hours
from shipsync_site.soak.faults.invariants import Problem, World
from shipsync_site.soak.faults.people import People
from shipsync_site.soak.faults.pumps import Pumps
from shipsync_site.soak.faults.story import tell
from shipsync_site.soak.faults.weather import Weather
from shipsync_site.soak.faults.webhooks import Webhooks
from shipsync_site.soak.faults.wire import URL, Wire
from stores.models import OperatingModel, Store
from stores.sandbox.driver import Json

# Histories begin somewhere in this year, so that they meet midnights and clock changes.
YEAR = datetime(2026, 3, 1, tzinfo=UTC).timestamp()
STEPS = (8, 15)
# Kinds that say nothing of why an order stands still.
NOT_A_REASON = ("overdue", "held_in_shipstation", "payload_warning", "unknown_value")
FIRST_CALM = (30.0, 120.0, 200.0, 200.0, 400.0, 900.0, 2000.0)
MOVING = ("to_push", "release", "dispatched", "confirmed")


@dataclass(slots=True, kw_only=True)
class Result:
    """What came of a seed. ``digest`` names the whole history; ``seconds`` are real."""

    seed: int
    problems: list[Problem] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    digest: str = ""
    seconds: float = 0.0
    log: list[str] = field(default_factory=list)
    stories: list[str] = field(default_factory=list)

    def as_json(self) -> Json:
        """The machine-readable form."""
        return {
            "seed": self.seed,
            "problems": [str(problem) for problem in self.problems],
            "counts": dict(sorted(self.counts.items())),
            "faults": dict(sorted(self.faults.items())),
            "digest": self.digest,
            "seconds": round(self.seconds, 3),
        }


class History:
    """Plays one seed in an empty database; see :func:`play`."""

    def __init__(self, seed: int, *, pumps: int = 1) -> None:
        self.seed = seed
        self.random = random.Random(f"history {seed}")  # noqa: S311 - a play
        self.hours = Hours(YEAR + self.random.randrange(365 * 24 * 3600))
        self.death = Death()
        self.wire = Wire(self.hours, self.death, seed)
        self.client = self.wire.client()
        self.result = Result(seed=seed)
        self.bugs: list[str] = []
        self.overlooked: list[Problem] = []
        self.pumps = Pumps(pumps, self.hours, self.death, self.wire, self.say)

    def play(self) -> Result:
        """The whole history and its judgement."""
        began = time.perf_counter()
        jitter = random.getstate()
        random.seed(self.seed)
        try:
            with self._in_force():
                self._build()
                self._storm()
                self._settle()
                self._judge()
        finally:
            random.setstate(jitter)
        self.result.seconds = time.perf_counter() - began
        return self.result

    @contextmanager
    def _in_force(self) -> Iterator[None]:
        rng = self.random
        chosen = {
            "SHIPSYNC_SANDBOX_URL": URL,
            "SHIPSYNC_LEASE": float(rng.choice((40, 90, 240))),
            "SHIPSYNC_MIRROR_INTERVAL": float(rng.choice((60, 240, 600))),
            "SHIPSYNC_DISPATCH_INTERVAL": float(rng.choice((120, 300, 900))),
        }
        with ExitStack() as stack:
            stack.enter_context(self.hours.in_force())
            stack.enter_context(override_settings(**chosen))
            stack.enter_context(self.pumps.at_hand())
            stack.enter_context(bugs_heard(self.bugs))
            yield

    def say(self, text: str) -> None:
        """A line of the history, with its moment."""
        self.result.log.append(f"{self.hours.text()}  {text}")

    # The world

    def _build(self) -> None:
        rng = self.random
        self.client.reset(self.seed)
        world.build(self.client, 1.0)
        self.channels = drawn(self.seed)
        for channel in self.channels:
            channel.open_shop(self.client)
        for store in Store.objects.order_by("pk"):
            OperatingModel.objects.create(
                store=store,
                version=2,
                confirm_timing=rng.choice(
                    ("at_label", "at_label", "ship_date", "hours_after")
                ),
                confirm_hours=rng.choice((1, 4)),
                release_window_minutes=rng.choice((0, 0, 30)),
                cancel_request=rng.choice(("ask", "cancel")),
                combined=rng.choice(("ask", "confirm_each")),
            )
        self.client.config(
            shipstation={
                "index_lag": rng.choice((0, [0, 30], [0, 280])),
                "locked_status": rng.choice((400, 404, 500)),
                "batch_model_errors": rng.choice(("row", "call")),
                "pages_zero": rng.random() < 0.3,
            },
            amazon={"two_minutes": rng.choice((0, 120))},
        )
        self.people = People(self.seed, self.client, self.channels, self.say)
        self.webhooks = Webhooks(self.seed)
        self.weather = Weather(self.seed, self.client, self.channels, self.death)

    def _storm(self) -> None:
        rng = self.random
        for _ in range(rng.choice((1, 2, 3))):
            self.say(self.people.order())
        self.pumps.until(self.hours.now() + 60)
        for step in range(rng.randint(*STEPS)):
            if step % 4 == 0:
                self.say(f"weather: {self.weather.spell()}")
            if rng.random() < 0.3:
                self.say(self.weather.death())
            for _ in range(rng.choice((0, 1, 2, 3))):
                self.people.act()
            if rng.random() < 0.4:
                self.say(self.webhooks.send())
            pause = rng.choice((20, 60, 60, 180, 180, 400, 900))
            self.pumps.until(self.hours.now() + pause, step=max(60.0, pause / 2))

    def _settle(self) -> None:
        """Fine weather, everything connected again, and time until all is quiet."""
        self.weather.clear()
        self.say("the weather clears")
        for pause in FIRST_CALM:
            told = self.people.set_right()
            if told:
                self.say(told)
            self.pumps.until(self.hours.now() + pause, step=pause)
        self.overlooked = list(rest.overlooked())
        end = self.hours.now() + 30 * 3600
        # Six hours after it was last read, an order is asked about by itself.
        least = self.hours.now() + 6.5 * 3600
        while self.hours.now() < end:
            if self.hours.now() > least and not self._moving():
                break
            target = min(self.pumps.next_moment(), self.hours.now() + 3 * 3600)
            self.pumps.until(max(target, self.hours.now() + 300), step=4 * 3600)
            self.pumps.until(self.hours.now() + 130, step=130)
        # One more look of everybody at everything: the end is a quiet moment.
        self.pumps.until(self.hours.now() + 400, step=200)

    def _moving(self) -> bool:
        """Whether something goes on that time alone brings to its end."""
        explained = (
            OrderException.objects.filter(state=CaseState.OPEN)
            .exclude(kind__in=NOT_A_REASON)
            .values("order")
        )
        return (
            SyncJob.objects.filter(dirty=True, parked="").exists()
            or Order.objects.filter(closed_at=None, stage__in=MOVING)
            .exclude(pk__in=explained.exclude(order=None))
            .exists()
            or any("missed_in_list" in wish for _, wish in self.people.placed.values())
        )

    # The judgement

    def _judge(self) -> None:
        result = self.result
        result.faults = self.weather.fired + self.webhooks.sent
        result.counts["orders"] = len(self.people.placed)
        result.counts["calls"] = self.wire.calls
        result.counts["units"] = self.pumps.units
        ledger = self.client.ledger()
        seen = World(
            ledger=ledger,
            shipstation=self.client.orders_view("shipstation"),
            markets={
                channel.code: self.client.orders_view(channel.code)
                for channel in self.channels
            },
            channels={channel.code: channel for channel in self.channels},
            placed=self.people.placed,
            counts=result.counts,
        )
        rules = (*invariants.RULES, *rest.RULES)
        result.problems = [problem for rule in rules for problem in rule(seen)]
        result.problems += self.overlooked
        result.problems += [
            Problem(rule="bug", number="", text=text)
            for text in sorted({*self.bugs, *self.webhooks.failed})
        ]
        result.digest = json_digest([ledger, result.log, sorted(result.counts.items())])
        for number in sorted({p.number for p in result.problems if p.number})[:3]:
            result.stories.append(tell(number, ledger))


def play(seed: int, *, pumps: int = 1) -> Result:
    """Play a seed in an empty, migrated database; what is left there is its end."""
    return History(seed, pumps=pumps).play()
