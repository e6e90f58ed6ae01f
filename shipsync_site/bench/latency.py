"""How long from an event at a peer to the fact in our tables, with and without nudges.

Real clusters and a real web process beside the sandbox; the quotas, lags and polls are
those of production, and so are Amazon's two minutes until a list shows a change. The same
kinds of events are played twice: while nobody is told of anything, then with Amazon's
queue and the webhooks of TikTok and ShipStation. Times are business seconds from the
event in the peer's ledger to the moment at which we noted it.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from django.conf import settings

from orders.models import ShipStationOrder
from shipsync_site.bench import stage as staging
from shipsync_site.bench.latency_table import (
    ASKED,
    LABEL,
    PLACED,
    Event,
    Phase,
    lines,
    problems,
    seen,
    summary,
    take_times,
    told,
)
from shipsync_site.bench.plan import Plan
from shipsync_site.bench.stage import BenchError, Stage
from shipsync_site.child import Child
from shipsync_site.demo import world
from shipsync_site.demo.channels import CHANNELS
from shipsync_site.lib import clock
from stores.connect import connector_for
from stores.connectors.amazon.client import BUDGET_SPECS
from stores.errors import ThrottledError
from stores.models import (
    Budget,
    Direction,
    RemoteAccount,
    ShipStationAccount,
)
from stores.sandbox.driver import Json
from stores.webhooks import endpoints, subscribing

__all__ = ["lines", "problems", "run"]

DEFAULT_RATE = 4.0
# How buyers place what can be pushed at once; labels are bought for the first channel's.
PLACING: dict[str, Json] = {
    "amazon": {"marketplace": "UK", "country": "GB", "ship_by_hours": 72},
    "tiktok": {"on_hold": False, "ship_by_hours": 72},
}
POLL = 0.5
# Business seconds between two events of any kind: on average, and how far around. Two of
# one account lie further apart than a flood's messages do (receive.LOOK_EVERY).
GAP, SPREAD = 30.0, 10.0
# Business seconds after the last event until what is missing counts as not seen.
PATIENCE = 1300.0
QUEUE_NAME = "123456789012:shipsync-orders"
QUEUE_ARN = f"arn:aws:sqs:eu-west-1:{QUEUE_NAME}"
QUEUE = {
    "queue_url": "https://sqs.eu-west-1.amazonaws.com/" + QUEUE_NAME.replace(":", "/"),
    "aws_access_key_id": "AKIADEMODEMODEMODEMO",
}
QUEUE_SECRET = "demo-aws-secret"  # noqa: S105 - the sandbox's own


def run(stage: Stage) -> Json:
    """Play both phases; the result as JSON."""
    plan = stage.plan
    stage.rate = plan.rate or DEFAULT_RATE
    codes = tuple(code for code in PLACING if code in CHANNELS)
    _prepare(stage, codes)
    # For each phase as many to be cancelled, and of the first channel to be shipped.
    base = {
        code: _orders(stage, code, (2 if number else 4) * plan.orders)
        for number, code in enumerate(codes)
    }
    staging.speed_up(stage)
    phases = []
    with _web(stage), staging.clusters(stage):
        stage.free(*Direction.values)
        _until_pushed(base)
        for hooks in (False, True):
            _switch(stage, hooks=hooks)
            phases.append(_play(stage, Phase(hooks=hooks), base))
    return summary(stage, phases)


def _prepare(stage: Stage, codes: tuple[str, ...]) -> None:
    """Every channel set up, the real quotas and lags, a queue that nobody fills yet."""
    world.build(stage.sandbox, 1.0, codes=codes)
    stage.parked(*Direction.values)
    stage.sandbox.config(
        amazon={"two_minutes": 120, "quotas": {"all": "default"}},
        shipstation={"index_lag": [0, settings.SHIPSYNC_MIRROR_LAG]},
    )
    for spec in BUDGET_SPECS:
        Budget.objects.filter(account=stage.amazon.key, group=spec.group).update(
            capacity=spec.capacity, rate=spec.rate, tokens=spec.capacity
        )
    account = RemoteAccount.objects.get(pk=stage.amazon.pk)
    account.settings = {**(account.settings or {}), **QUEUE}
    account.keep_secrets({"aws_secret_access_key": QUEUE_SECRET}, clock.now())
    account.save()
    stage.sandbox.post("queue", {"peer": "amazon", "queue": QUEUE_ARN})
    connector_for(account)


def _orders(stage: Stage, code: str, count: int) -> list[str]:
    """Orders to be cancelled and shipped later, old enough for every list."""
    options: Json = {"order_age": 600, "seed": stage.plan.seed, **PLACING[code]}
    return stage.sandbox.orders(code, count, **options)


def _switch(stage: Stage, *, hooks: bool) -> None:
    """Let peers tell us, or have them tell nobody."""
    told: list[Any] = [ShipStationAccount.objects.get(pk=stage.shipstation.pk)]
    told += RemoteAccount.objects.filter(marketplace="tiktok")
    for account in told:
        endpoints.switch(endpoints.endpoint_of(account), on=hooks)
        if hooks:
            _subscribe(account)
    if hooks:
        stage.sandbox.post("listen", {"peer": "amazon", "queue": QUEUE_ARN})


def _subscribe(account: Any) -> None:
    """Where a quota window has just ended, in the next one."""
    while True:
        try:
            subscribing.ensure(account, urgent=True)
        except ThrottledError as error:
            clock.sleep(error.retry_after)
        else:
            return


def _until_pushed(base: dict[str, list[str]]) -> None:
    """Wait until everything placed so far is in ShipStation."""
    wanted = [order_id for ids in base.values() for order_id in ids]
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline:
        there = ShipStationOrder.objects.filter(order__remote_id__in=wanted).count()
        if there >= len(wanted):
            return
        time.sleep(POLL)
    raise BenchError(f"only {there} of {len(wanted)} orders reached ShipStation")


def _play(stage: Stage, phase: Phase, base: dict[str, list[str]]) -> Phase:
    """One event after the other, in turn of kinds, then wait for all that follows."""
    chance = random.Random(stage.plan.seed + phase.hooks)  # noqa: S311 - play
    phase.began = clock.timestamp()
    for number in range(stage.plan.orders):
        for act in _acts(stage, base, number + stage.plan.seed * 1000 * phase.hooks):
            clock.sleep(chance.uniform(GAP - SPREAD, GAP + SPREAD))
            phase.events.append(act())
    take_times(stage, phase)
    deadline = clock.timestamp() + PATIENCE
    while clock.timestamp() < deadline:
        if len(seen(phase)) == len(phase.events) and all(told(phase)):
            break
        time.sleep(POLL * 2)
    return phase


def _acts(stage: Stage, base: dict[str, list[str]], seed: int) -> Iterator[Any]:
    """What happens in one round, each to an order of its own."""
    sandbox = stage.sandbox

    def place(code: str) -> Event:
        (order_id,) = sandbox.orders(code, 1, seed=seed + 7_000_000, **PLACING[code])
        return Event(peer=code, kind=PLACED, order_id=order_id)

    def ask(code: str) -> Event:
        order_id = base[code].pop()
        sandbox.cancel(code, order_id, "request")
        return Event(peer=code, kind=ASKED, order_id=order_id)

    def ship() -> Event:
        order_id = base["amazon"].pop()
        key = ShipStationOrder.objects.get(order__remote_id=order_id).order_key
        sandbox.ship([key])
        return Event(peer="shipstation", kind=LABEL, order_id=order_id)

    for code in base:
        yield lambda code=code: place(code)
    yield ship
    for code in base:
        yield lambda code=code: ask(code)


@contextmanager
def _web(stage: Stage) -> Iterator[None]:
    """The web process that takes messages, on the plan's port."""
    command = (
        *(sys.executable, "-m", "gunicorn", "shipsync_site.wsgi"),
        *("--bind", f"127.0.0.1:{stage.plan.web_port}"),
        *("--workers", "1", "--threads", "4"),
        *("--log-level", "warning", "--no-control-socket"),
    )
    environment = {clock.ENV_NAME: clock.current().encode()}
    with (stage.plan.folder / "web.log").open("ab") as log:
        child = Child("web", command, environment=environment, output=log.fileno())
        child.start()
        try:
            _wait_for_web(stage.plan, child)
            yield
        finally:
            child.stop(staging.STOP_SECONDS)


def _wait_for_web(plan: Plan, child: Child) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and child.exit_code() is None:
        try:
            if requests.get(f"{plan.web_address}/healthz", timeout=5).status_code < 500:
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    raise BenchError(f"the web process did not start; see {plan.folder / 'web.log'}")
