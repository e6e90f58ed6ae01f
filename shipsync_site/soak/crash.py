"""Orders flow, processes are killed; at the end the peers' ledger must be right."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from django.core.management import call_command
from django.db.models import Count

from orders.models import AttemptOutcome, Order, OrderException, SyncAttempt
from shipsync_site.demo import status, world
from shipsync_site.demo.check import WEATHER
from shipsync_site.demo.play import Pace, Play
from shipsync_site.demo.proof import Evidence, Proof, prove
from shipsync_site.demo.stack import Plan, Stack
from shipsync_site.soak import processes
from shipsync_site.soak.kills import HEADER, Kill, Killer
from stores.models import RemoteCall

Say = Callable[[str], object]
START_BOUND = 60.0  # real seconds until the fresh stack has done its first jobs
SETTLE_BOUND = 180.0
LEASE = "15"
QUIET = 6.0  # nothing moved for so long: settled
TURN = 0.2
# Some answers are slow, so that a kill finds calls under way.
SLOW = (("shipstation", 0.15, 0.8), ("amazon", 0.1, 0.5))


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashPlan(Plan):
    """A demo whose hearts and leases are short, so that a soak takes minutes."""

    clusters: int = 2
    heart_stale: float = 6.0
    pull_every: float = 3.0

    def environment(self) -> dict[str, str]:
        """As the demo's, with a lease of its own: well above what a unit takes here.

        A lease that ends under a living process is another trouble than this one.
        """
        # super() knows no class that dataclass(slots=True) made anew
        return {**Plan.environment(self), "SHIPSYNC_LEASE": LEASE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How many kills, of whom, by which seed; ``wave`` orders every four seconds."""

    seed: int
    kills: int
    roles: tuple[str, ...] = processes.ROLES
    wave: int = 8


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a soak found; ``problems`` empty: it passed."""

    kills: list[Kill]
    counts: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The machine-readable report."""
        return {
            "kills": [kill.as_json() for kill in self.kills],
            "by_role": by_role(self.kills),
            "counts": self.counts,
            "problems": self.problems,
        }


def run(plan: Plan, trial: Trial, say: Say) -> Outcome:
    """Start everything, kill, settle, prove, stop; nothing is left running.

    Raises StackError when the stack does not come up.
    """
    call_command("migrate", verbosity=0)
    stack = Stack(plan)
    killer = Killer(
        seed=trial.seed,
        kills=trial.kills,
        clusters=plan.clusters,
        roles=trial.roles,
        say=say,
    )
    outcome = Outcome(kills=killer.done)
    try:
        with stack.running(lambda: _prepare(stack, plan, trial)):
            _play(stack, plan, trial, killer, outcome, say)
    finally:
        left = killer.census.left()
    if left:
        outcome.problems.append(f"left running: {processes.describe(left)}")
    return outcome


def _prepare(stack: Stack, plan: Plan, trial: Trial) -> None:
    world.build(stack.sandbox, plan.rate)
    # Orders are to arrive all the time, so Amazon's list may be read at any speed.
    often = {"searchOrders": {"rate": 10, "burst": 100}}
    stack.sandbox.config(amazon={"quotas": often})
    for number, (peer, fault, share) in enumerate(WEATHER):
        stack.sandbox.faults(peer, fault, share, seed=trial.seed + number)
    for peer, share, seconds in SLOW:
        stack.sandbox.faults(peer, "slow", share, seed=trial.seed, seconds=seconds)


def _play(
    stack: Stack,
    plan: Plan,
    trial: Trial,
    killer: Killer,
    outcome: Outcome,
    say: Say,
) -> None:
    pace = Pace(
        wave_every=4.0,
        first_wave=2 * trial.wave,
        wave_size=trial.wave,
        most_orders=1_000_000,
        pack_after=5.0,
        pack_every=2.0,
        late_cancels=0.1,
        oddities=False,
    )
    play = Play(stack.sandbox, plan.rate, trial.seed, pace)
    outcome.problems += _warm_up(stack, play, killer)
    if not outcome.problems:
        say(HEADER)
        while not killer.over:
            _turn(stack, play, killer)
        outcome.problems += killer.problems
    pace.most_orders = play.placed
    fired: Counter[str] = Counter()
    for rule in stack.sandbox.fault_rules():
        fired[f"faults: {rule['fault']}"] += rule["fired"]
    stack.sandbox.clear_faults()
    say(f"all kills done after {play.placed} orders; settling")
    outcome.problems += _settle(stack, play, killer)
    proof = _prove(stack, play)
    outcome.counts = {**proof.counts, **_cases(), **fired, **_doubts()}
    outcome.problems += proof.problems


def _turn(stack: Stack, play: Play, killer: Killer) -> None:
    stack.keep()
    if not killer.wants_calm:
        play.step()
    killer.step(stack)
    time.sleep(TURN)


def _warm_up(stack: Stack, play: Play, killer: Killer) -> list[str]:
    """Wait until all processes run and jobs are done; problems if that never comes."""
    deadline = time.monotonic() + START_BOUND
    while time.monotonic() < deadline:
        stack.keep()
        play.step()
        killer.census.take()
        if SyncAttempt.objects.filter(
            outcome=AttemptOutcome.OK
        ).exists() and killer.whole(stack):
            return []
        time.sleep(TURN)
    return [f"not all at work {START_BOUND:.0f} s after the start, before any kill"]


def _settle(stack: Stack, play: Play, killer: Killer) -> list[str]:
    """Let everything come to rest: nobody orders any more, peers are well."""
    deadline = time.monotonic() + SETTLE_BOUND
    quiet_since = 0.0
    while (now := time.monotonic()) < deadline:
        stack.keep()
        play.step()
        killer.census.take()
        if status.moving_count() == 0 and not _unfinished(stack):
            quiet_since = quiet_since or now
            if now - quiet_since > QUIET:
                return []
        else:
            quiet_since = 0.0
        time.sleep(1.0)
    left = sorted(_unfinished(stack))
    problem = (
        f"not settled after {SETTLE_BOUND:.0f} s: {status.moving_count()} orders on "
        f"their way, {len(left)} neither done nor explained: {left[:10]}; "
        f"stages {status.by_stage()}"
    )
    return [problem]


def _unfinished(stack: Stack) -> set[str]:
    """Orders of the marketplace that are neither done, nor stopped, nor in a case."""
    asked = {
        str(row["key"])
        for row in stack.sandbox.ledger("amazon")
        if row["operation"] == "cancel_requested"
    }
    placed = {str(row["order_id"]) for row in stack.sandbox.orders_view("amazon")}
    return placed - asked - status.done_numbers() - status.numbers_with_case()


def _prove(stack: Stack, play: Play) -> Proof:
    sandbox = stack.sandbox
    proof = prove(
        Evidence(
            ledger=sandbox.ledger(),
            orders={"amazon": sandbox.orders_view("amazon")},
            shipstation_orders=sandbox.orders_view("shipstation"),
            done=status.done_numbers(),
            with_case=status.numbers_with_case(),
        )
    )
    imported = Order.objects.count()
    proof.require(
        imported == play.placed,
        f"{play.placed} orders were placed, {imported} are in our tables",
    )
    proof.require(
        proof.counts["orders done"] >= play.placed // 2,
        f"only {proof.counts['orders done']} of {play.placed} orders are done",
    )
    return proof


def _cases() -> dict[str, int]:
    rows = OrderException.objects.values_list("kind").annotate(Count("pk"))
    return {f"cases: {kind}": count for kind, count in rows.order_by("kind")}


def _doubts() -> dict[str, int]:
    """Writes whose process died before their answer, and what became of them."""
    dead = SyncAttempt.objects.filter(outcome=AttemptOutcome.OPEN)
    return {
        "calls cut off by a kill": RemoteCall.objects.filter(outcome="open").count(),
        "writes cut off by a kill": dead.count(),
        "writes cut off, settled by a later read": dead.exclude(
            settled_at=None
        ).count(),
    }


def by_role(kills: list[Kill]) -> dict[str, dict[str, Any]]:
    """Per role: how often, how soon work went on and all was whole, by whom."""
    found: dict[str, dict[str, Any]] = {}
    for role in processes.ROLES:
        same = [kill for kill in kills if kill.role == role]
        resumed = [k.resumed_after for k in same if k.resumed_after is not None]
        whole = [k.whole_after for k in same if k.whole_after is not None]
        if same:
            found[role] = {
                "kills": len(same),
                "resumed_median": median(resumed) if resumed else None,
                "resumed_worst": max(resumed, default=None),
                "whole_median": median(whole) if whole else None,
                "whole_worst": max(whole, default=None),
                "by": dict(Counter(kill.how for kill in same if kill.how)),
            }
    return found


def summary(outcome: Outcome) -> list[str]:
    """Lines for people."""
    lines = ["role         kills  work again s     whole again s    brought back by"]
    lines.append("                    median  worst    median  worst")
    for role, row in by_role(outcome.kills).items():
        cells = [
            "     -" if row[name] is None else f"{row[name]:6.1f}"
            for name in (
                *("resumed_median", "resumed_worst"),
                *("whole_median", "whole_worst"),
            )
        ]
        by = ", ".join(f"{how} {count}" for how, count in row["by"].items())
        lines.append(
            f"{role:<12} {row['kills']:5d}  {cells[0]} {cells[1]}    "
            f"{cells[2]} {cells[3]}   {by}"
        )
    lines += [f"{number:7d}  {name}" for name, number in outcome.counts.items()]
    return lines
