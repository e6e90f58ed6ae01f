"""Sets a benchmark up: peers, accounts, orders taken in, clusters that wait."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from orders.models import Order, Peer, ShipStationOrder, SyncJob
from orders.sync.operations import mirror, pull
from orders.sync.pump import drain
from shipsync_site.bench.plan import Plan
from shipsync_site.bench.quota import Window, next_window, safe_rate, windows_of
from shipsync_site.child import Child
from shipsync_site.demo import world
from shipsync_site.demo.channels import WAREHOUSES
from shipsync_site.lib import clock
from stores import lanes
from stores.connect import connector_for, seed_carrier_defaults
from stores.connectors import CONNECTORS
from stores.errors import ThrottledError
from stores.models import (
    Budget,
    Direction,
    Heartbeat,
    Lane,
    OperatingModel,
    RemoteAccount,
    ShipStationAccount,
    StoreState,
)
from stores.models import Store as StoreRow
from stores.sandbox.driver import SandboxServer

WARM_UP_ORDERS = 600
# Real seconds until a warm-up that does not end is given up.
WARM_UP_SECONDS = 240.0
PLACE_AT_ONCE = 5_000
PARKED = "bench"
STOP_SECONDS = 15.0
# Amazon's list of orders, and a quota that is as good as none.
LIST, OFF = "searchOrders", 1_000_000
# Real seconds that the clusters get to start before the window that is measured.
CLUSTER_START = 20.0


class BenchError(Exception):
    """The benchmark could not be set up or did not end; says what happened."""


@dataclass(slots=True, kw_only=True)
class Stage:
    """What the scenarios work with; speeds in orders a real second."""

    plan: Plan
    sandbox: SandboxServer
    shipstation: ShipStationAccount
    amazon: RemoteAccount
    ingest_speed: float = 0.0
    one_worker_speed: float = 0.0
    rate: float = 1.0
    order_ids: list[str] = field(default_factory=list)

    def windows(self) -> list[Window]:
        """What ShipStation counted for our key so far."""
        usage = self.sandbox.usage("shipstation")["shipstation"]
        return windows_of(usage[WAREHOUSES["main"].key])

    def parked(self, *directions: str) -> None:
        """Keep these lanes from all pumps: they look leased."""
        Lane.objects.filter(direction__in=directions).update(
            lease_id=PARKED, lease_until=clock.real_now() + timedelta(days=1)
        )

    def free(self, *directions: str) -> None:
        """Give lanes back, due now."""
        Lane.objects.filter(direction__in=directions, lease_id=PARKED).update(
            lease_id="", lease_until=None, nudged_at=None, due_at=clock.real_now()
        )
        for account in (self.shipstation, self.amazon):
            for direction in directions:
                lanes.nudge(account.key, direction)


@contextmanager
def staged(plan: Plan) -> Iterator[Stage]:
    """A stage on this process' empty database, its sandbox running until the end."""
    call_command("migrate", verbosity=0)
    log = plan.folder / "sandbox.log"
    with SandboxServer(port=plan.sandbox_port, log=log) as sandbox:
        shipstation, amazon = _accounts(sandbox)
        stage = Stage(
            plan=plan, sandbox=sandbox, shipstation=shipstation, amazon=amazon
        )
        stage.parked(*Direction.values)
        _read_mirror_once(stage)
        yield stage


def _accounts(sandbox: SandboxServer) -> tuple[ShipStationAccount, RemoteAccount]:
    world.build(sandbox, 1.0)
    # Taking orders in is not what is measured: Amazon's list may be read at any speed.
    search = {LIST: {"rate": OFF, "burst": OFF}}
    sandbox.config(
        amazon={"two_minutes": 0, "quotas": search},
        shipstation={"index_lag": [0, settings.SHIPSYNC_MIRROR_LAG]},
    )
    seed_carrier_defaults(CONNECTORS.get("amazon"))
    if not OperatingModel.objects.exists():
        raise BenchError("the demo's stores have no rules")
    StoreRow.objects.update(state=StoreState.LIVE)
    amazon = RemoteAccount.objects.get()
    connector_for(amazon)  # its budgets stand from now on
    budgets = Budget.objects.filter(account=amazon.key, group=LIST)
    budgets.update(capacity=OFF, tokens=OFF, rate=OFF)
    return ShipStationAccount.objects.get(), amazon


def _read_mirror_once(stage: Stage) -> None:
    """ShipStation's orders must have been read once before anything is pushed."""
    while True:
        try:
            mirror.unit(stage.shipstation, lambda due: None)
        except ThrottledError as error:  # the last moments of ShipStation's minute
            clock.sleep(error.retry_after)
        else:
            return


def place(stage: Stage, count: int, seed: int) -> list[str]:
    """Let buyers place orders at the simulated marketplace; their ids."""
    ids: list[str] = []
    while len(ids) < count:
        ids += stage.sandbox.orders(
            "amazon",
            count=min(PLACE_AT_ONCE, count - len(ids)),
            seed=seed + len(ids),
            marketplace="UK",
            country="GB",
            order_age=600,
            ship_by_hours=72,
        )
    # The simulated marketplace spreads them over the next moments.
    clock.sleep(1.0)
    return ids


def take_in(stage: Stage, count: int, seed: int) -> float:
    """Place orders and read them in; orders taken in a real second."""
    before = Order.objects.count()
    stage.order_ids += place(stage, count, seed)
    began = time.monotonic()
    while Order.objects.count() < before + count:
        try:
            pull.pull_unit(stage.amazon, lambda due: None)
        except ThrottledError as error:
            clock.sleep(error.retry_after)
        if time.monotonic() - began > 3600:
            raise BenchError("the orders did not come in within an hour")
    return count / (time.monotonic() - began)


def warm_up(stage: Stage) -> None:
    """Push some orders with one worker and choose the clock from its speed."""
    take_in(stage, WARM_UP_ORDERS, seed=stage.plan.seed + 1_000_000)
    stage.free(Direction.PUSH)
    deadline = time.monotonic() + WARM_UP_SECONDS
    done: Counter[str] = Counter()
    busy = 0.0
    while done["push"] < WARM_UP_ORDERS:
        if time.monotonic() > deadline:
            raise BenchError(
                f"only {done['push']} of {WARM_UP_ORDERS} were pushed: {done}"
            )
        began = time.monotonic()
        did = drain([Direction.PUSH], limit=60)
        if did["push"]:
            busy += time.monotonic() - began
        done.update(did)
        time.sleep(0.05)  # the end of ShipStation's minute may be what it waits for
    stage.parked(Direction.PUSH)
    stage.one_worker_speed = done["push"] / busy
    stage.rate = stage.plan.rate or safe_rate(stage.one_worker_speed)
    stage.order_ids.clear()


def speed_up(stage: Stage) -> None:
    """Run both sides' clock at the chosen rate, from shortly before a new window."""
    now = clock.timestamp()
    opens = next_window(stage.windows(), now)
    fast = clock.fast(stage.rate, max(now, opens - CLUSTER_START * stage.rate))
    clock.configure(fast)
    stage.sandbox.set_clock(fast)


@contextmanager
def clusters(stage: Stage) -> Iterator[None]:
    """The clusters that users run, beating; stopped at the end."""
    connection.close()
    command = (
        *(sys.executable, str(settings.BASE_DIR / "manage.py"), "run_cluster"),
        *("--clusters", str(stage.plan.clusters)),
    )
    environment = {clock.ENV_NAME: clock.current().encode()}
    with (stage.plan.folder / "cluster.log").open("ab") as log:
        child = Child("clusters", command, environment=environment, output=log.fileno())
        child.start()
        try:
            _wait_for_hearts(stage, child)
            yield
        finally:
            child.stop(STOP_SECONDS)


def _wait_for_hearts(stage: Stage, child: Child) -> None:
    deadline = time.monotonic() + 60
    while Heartbeat.objects.count() < stage.plan.clusters:
        if child.exit_code() is not None or time.monotonic() > deadline:
            raise BenchError(
                f"the clusters did not start; see {stage.plan.folder / 'cluster.log'}"
            )
        time.sleep(0.1)


def waiting_pushes() -> int:
    """Jobs towards ShipStation that are not done."""
    jobs = SyncJob.objects.filter(peer=Peer.SHIPSTATION, parked="")
    return jobs.filter(dirty=True).count() + jobs.exclude(lease_until=None).count()


def in_shipstation() -> int:
    """Orders that ShipStation has taken."""
    return ShipStationOrder.objects.filter(order__isnull=False).count()
