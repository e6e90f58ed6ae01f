"""The two scenarios: nothing but pushes, and pushes beside all other work."""

from __future__ import annotations

import random
import time
from collections import Counter, deque
from collections.abc import Callable
from datetime import datetime
from typing import Any

from orders.models import AttemptOutcome, OrderEvent, SyncAttempt
from shipsync_site.bench import stage as staging
from shipsync_site.bench.quota import next_window, percentile, quota_use
from shipsync_site.bench.stage import BenchError, Stage
from shipsync_site.lib import clock
from stores.models import Direction, RemoteCall
from stores.sandbox.driver import Json, SandboxError

POLL = 0.5
# Business seconds without a call or an order after which a run is given up.
STALLED = 240.0
CANCELLED_SHARE = 0.05
LABELLED_SHARE = 0.03
# A wave of cancellations and labels, every so many business seconds.
WAVE = 12.0
# Nobody cancels or packs sooner than this after the push, in business seconds.
THINKING = 75.0
GOAL = 0.97


def run(stage: Stage) -> Json:
    """Play the plan's scenario; the result as JSON (see :mod:`.report`)."""
    plan = stage.plan
    staging.warm_up(stage)
    stage.ingest_speed = staging.take_in(stage, plan.orders, seed=plan.seed)
    after = _last_sequence(stage)
    staging.speed_up(stage)
    mixed = plan.scenario == "mixed"
    with staging.clusters(stage):
        began = _wait_for_window(stage)
        real = time.monotonic()
        stage.free(*(Direction.values if mixed else [Direction.PUSH]))
        play = Waves(stage) if mixed else None
        _until_pushed(stage, play.step if play else lambda: None)
        seconds = time.monotonic() - real
        if play is not None:
            play.finish()
        ended = _end(stage, after, play)
    return _result(stage, began, ended, seconds, after, play)


def _wait_for_window(stage: Stage) -> float:
    """Sleep until the peer's next window has just opened."""
    start = next_window(stage.windows(), clock.timestamp() + 2 * stage.rate)
    clock.sleep(start - clock.timestamp() + 0.01)
    return clock.timestamp()


def _until_pushed(stage: Stage, step: Callable[[], None]) -> None:
    """Wait until every order is in ShipStation, playing on meanwhile."""
    wanted = stage.plan.orders + staging.WARM_UP_ORDERS
    seen, moved = -1, clock.timestamp()
    while (now := staging.in_shipstation()) < wanted or staging.waiting_pushes():
        calls = RemoteCall.objects.count()
        if calls + now > seen:
            seen, moved = calls + now, clock.timestamp()
        elif clock.timestamp() - moved > STALLED:
            raise BenchError(
                f"nothing moved for {STALLED:.0f} s: {now} of {wanted} orders are in "
                f"ShipStation, {staging.waiting_pushes()} jobs wait"
            )
        step()
        time.sleep(POLL)


class Waves:
    """Buyers who cancel and a warehouse that ships, in waves; both at random.

    They do so a while after an order came in: an order that ShipStation's index does
    not show yet must be read by a call of its own before it may be held.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.random = random.Random(stage.plan.seed)  # noqa: S311 - play, no secret
        self.cancelled: set[str] = set()
        self.labelled: set[str] = set()
        self._waiting: deque[Json] = deque()
        self._after = _last_sequence(stage)
        self._next = clock.timestamp() + WAVE

    def step(self) -> None:
        """Play the wave that is due, among the orders that are old enough."""
        now = clock.timestamp()
        if now < self._next:
            return
        self._next = now + WAVE
        rows = self.stage.sandbox.ledger("shipstation", after=self._after)
        if rows:
            self._after = rows[-1]["sequence"]
        self._waiting.extend(row for row in rows if row["operation"] == "create")
        while self._waiting and _seconds(self._waiting[0]) < now - THINKING:
            row = self._waiting.popleft()
            number, drawn = row["orderNumber"], self.random.random()
            if drawn < CANCELLED_SHARE:
                self._cancel(number)
            elif drawn < CANCELLED_SHARE + LABELLED_SHARE:
                self.labelled.add(number)
                self.stage.sandbox.ship([row["key"]], mix=True)

    def _cancel(self, number: str) -> None:
        try:
            self.stage.sandbox.cancel("amazon", number, "request")
        except SandboxError:
            return
        self.cancelled.add(number)

    def finish(self, business_seconds: float = 300.0) -> None:
        """Wait until every cancellation is held and every label is confirmed."""
        deadline = clock.timestamp() + business_seconds
        while clock.timestamp() < deadline:
            if not (self.unheld() or self.unconfirmed()):
                return
            time.sleep(POLL * 2)

    def unheld(self) -> set[str]:
        """Cancelled orders whose hold was not accepted."""
        return self.cancelled - _done("hold")

    def unconfirmed(self) -> set[str]:
        """Labelled orders whose confirmation was not accepted."""
        return self.labelled - _done("confirm")


def _seconds(row: Json) -> float:
    return datetime.fromisoformat(row["time"]).timestamp()


def _done(operation: str) -> set[str]:
    return set(
        SyncAttempt.objects.filter(
            operation=operation, outcome=AttemptOutcome.OK
        ).values_list("order__remote_id", flat=True)
    )


def _last_sequence(stage: Stage) -> int:
    rows = stage.sandbox.ledger("shipstation")
    return rows[-1]["sequence"] if rows else 0


def _pushed_rows(stage: Stage, after: int) -> list[Json]:
    rows = stage.sandbox.ledger("shipstation", after=after)
    return [row for row in rows if row["operation"] == "create"]


def _end(stage: Stage, after: int, play: Waves | None) -> float:
    """The business moment at which the last order was accepted."""
    rows = _pushed_rows(stage, after)
    if not rows:
        raise BenchError("ShipStation accepted no order")
    return max(_seconds(row) for row in rows)


def _result(
    stage: Stage,
    began: float,
    ended: float,
    seconds: float,
    after: int,
    play: Waves | None,
) -> Json:
    plan = stage.plan
    use = quota_use(stage.windows(), began=began, ended=ended)
    created = Counter(row["key"] for row in _pushed_rows(stage, after))
    shares = _shares(stage, began, ended)
    throttled = RemoteCall.objects.filter(status=429).count()
    push = shares.get("push createorders", {"calls": 0, "subjects": 0})
    # In 'mixed' other calls use the quota too: what counts is that none was left over
    # and that every push went out full.
    fill = push["subjects"] / (100 * push["calls"]) if push["calls"] else 0.0
    ratio = use.ratio if play is None else use.calls_used * fill
    speed = plan.orders / seconds
    result: Json = {
        "scenario": plan.scenario,
        "database": plan.database,
        "orders": plan.orders,
        "clusters": plan.clusters,
        "workers": plan.clusters * plan.workers,
        "rate": stage.rate,
        "windows": [
            {"start": w.start, "limit": w.limit, "used": w.used, "rows": w.rows}
            for w in use.windows
        ],
        "calls_allowed": use.calls_allowed,
        "calls": use.calls,
        "rows": use.rows,
        "ratio": ratio,
        "answers_429": max(use.refused, throttled),
        "orders_created": len(created),
        "created_twice": sum(1 for count in created.values() if count > 1),
        "seconds": seconds,
        "orders_per_second": speed,
        "ingest_per_second": stage.ingest_speed,
        "one_worker_per_second": stage.one_worker_speed,
        "bound_by": "quota" if use.calls_used >= GOAL else "processor",
        "push_fill": fill,
        "shares": shares,
    }
    if play is not None:
        waits = _hold_waits()
        result |= {
            "cancelled": len(play.cancelled),
            "unheld": len(play.unheld()),
            "labelled": len(play.labelled),
            "unconfirmed": len(play.unconfirmed()),
            "hold_p50": percentile(waits, 0.5),
            "hold_p95": percentile(waits, 0.95),
            "holds": len(waits),
        }
    result["problems"] = problems(result)
    return result


def problems(result: Json) -> list[str]:
    """Why a result is not good enough; empty when it is."""
    found = []
    if result["ratio"] < GOAL:
        found.append(f"the ratio {result['ratio']:.3f} is below {GOAL}")
    if result["answers_429"]:
        found.append(f"{result['answers_429']} answers 429")
    if result["orders_created"] < result["orders"]:
        found.append(f"only {result['orders_created']} orders reached ShipStation")
    if result["created_twice"]:
        found.append(f"{result['created_twice']} orders were created twice")
    if result.get("unheld"):
        found.append(f"{result['unheld']} cancelled orders were not held")
    if result.get("unconfirmed"):
        found.append(f"{result['unconfirmed']} labels were not confirmed")
    if result.get("hold_p95", 0.0) > 120.0:
        found.append(f"holds waited too long: p95 {result['hold_p95']:.0f} s")
    return found


def _shares(stage: Stage, began: float, ended: float) -> dict[str, dict[str, Any]]:
    """Calls to ShipStation by what they were for; the first that fits names a call."""
    zone = clock.now().tzinfo
    calls = RemoteCall.objects.filter(
        account=stage.shipstation.key,
        started_at__gte=datetime.fromtimestamp(began, zone),
        started_at__lte=datetime.fromtimestamp(ended, zone),
    )
    operations: dict[int, str] = dict(
        SyncAttempt.objects.filter(call__in=calls).values_list("call_id", "operation")
    )
    shares: dict[str, dict[str, Any]] = {}
    for pk, operation, urgent, subjects in calls.values_list(
        "pk", "operation", "urgent", "subjects"
    ):
        if operation == "createorders":
            purpose = "stop" if urgent else operations.get(pk, "push")
        else:
            purpose = "stop" if urgent else "read"
        line = shares.setdefault(f"{purpose} {operation}", {"calls": 0, "subjects": 0})
        line["calls"] += 1
        line["subjects"] += subjects
    total = sum(line["calls"] for line in shares.values())
    for line in shares.values():
        line["share"] = line["calls"] / total
    return dict(sorted(shares.items(), key=lambda item: -item[1]["calls"]))


def _hold_waits() -> list[float]:
    """Business seconds from hearing of a cancellation to its accepted hold."""
    heard = dict(
        OrderEvent.objects.filter(verb="cancel_requested")
        .order_by("-at")
        .values_list("order_id", "at")
    )
    held: dict[int, datetime] = dict(
        SyncAttempt.objects.filter(
            operation="hold", outcome=AttemptOutcome.OK, finished_at__isnull=False
        )
        .order_by("-finished_at")
        .values_list("order_id", "finished_at")  # type: ignore[arg-type]
    )
    return [
        (held[order_id] - at).total_seconds()
        for order_id, at in heard.items()
        if order_id in held
    ]
