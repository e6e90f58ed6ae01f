"""One seed of a cutover: draft, shadow, live, another mode, back and forward again."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta

from django.test.utils import override_settings

from orders.models import CaseState, Order, OrderException, ShadowComparison
from shipsync_site.demo import world
from shipsync_site.demo.channels import WAREHOUSES
from shipsync_site.lib import clock
from shipsync_site.lib.digest import json_digest
from shipsync_site.soak.cutover import judge
from shipsync_site.soak.cutover.office import Office
from shipsync_site.soak.cutover.route import Route
from shipsync_site.soak.faults.bugs import bugs_heard
from shipsync_site.soak.faults.channels import channels
from shipsync_site.soak.faults.death import Death
from shipsync_site.soak.faults.history import YEAR, Result
from shipsync_site.soak.faults.hours import Hours
from shipsync_site.soak.faults.invariants import Problem
from shipsync_site.soak.faults.people import somebody
from shipsync_site.soak.faults.pumps import Pumps
from shipsync_site.soak.faults.story import tell
from shipsync_site.soak.faults.wire import URL, Wire
from stores import transitions
from stores.models import Lane, OperatingModel, Store, StoreMode, StoreState
from stores.models.account import RemoteAccount, ShipStationAccount
from stores.remote_types import ConnectionOutcome

# Lost on the way there, on the way back, and a failure after the deed.
WEATHER = ("lost_answer", "lost_request", "late_500")
SEND = (60, 180, 400)
# ShipStation's store that its own connection may fill, and what it is connected to.
IMPORTED = 20402
CONNECTED = {"peer": "amazon", "marketplace": "A1F83G8C2ARO7P"}


class Cutover:
    """Plays one seed in an empty database; see :func:`play`."""

    def __init__(self, seed: int, *, pumps: int = 1) -> None:
        self.seed = seed
        self.random = random.Random(f"cutover {seed}")  # noqa: S311 - a play
        self.hours = Hours(YEAR + self.random.randrange(365 * 24 * 3600))
        death = Death()
        self.wire = Wire(self.hours, death, seed)
        self.client = self.wire.client()
        self.result = Result(seed=seed)
        self.bugs: list[str] = []
        self.pumps = Pumps(pumps, self.hours, death, self.wire, self.say)
        pool = channels()
        self.channel = pool[seed % len(pool)]
        self.silent_until = 0

    def play(self) -> Result:
        """The whole history and its judgement."""
        began = time.perf_counter()
        jitter = random.getstate()
        random.seed(self.seed)
        try:
            with self._in_force():
                self._build()
                self._silence()
                self._start()
                if (
                    self.channel.code == CONNECTED["peer"]
                    and self.random.random() < 0.7
                ):
                    self._to_direct_and_back()
                if self.random.random() < 0.8:
                    self._back_and_forward()
                self._settle()
                self._judge()
        finally:
            random.setstate(jitter)
        self.result.seconds = time.perf_counter() - began
        return self.result

    @contextmanager
    def _in_force(self) -> Iterator[None]:
        chosen = {
            "SHIPSYNC_SANDBOX_URL": URL,
            "SHIPSYNC_LEASE": 90.0,
            "SHIPSYNC_MIRROR_INTERVAL": 180.0,
            "SHIPSYNC_DISPATCH_INTERVAL": 400.0,
            "SHIPSYNC_DRIFT_INTERVAL": 1e9,
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
        self.client.reset(self.seed)
        world.build(self.client, 1.0)
        self.channel.open_shop(self.client)
        lag = self.random.choice((0, [0, 30], [0, 200]))
        self.client.config(shipstation={"index_lag": lag}, amazon={"two_minutes": 0})
        for model in (RemoteAccount, ShipStationAccount):
            model._default_manager.update(check_outcome=ConnectionOutcome.WORKS)
        Store.objects.update(state=StoreState.DRAFT)
        stores = Store.objects.filter(remote_account__marketplace=self.channel.code)
        self.stores = list(stores.order_by("pk"))
        # Nobody orders anywhere else: what reads there only takes time.
        others = RemoteAccount.objects.exclude(marketplace=self.channel.code)
        Lane.objects.filter(account__in=[x.key for x in others]).delete()
        Store.objects.filter(remote_account__in=others).delete()
        others.delete()
        arrives = self.random.choice((10, 20, 40))
        for store in Store.objects.order_by("pk"):
            OperatingModel.objects.create(
                store=store,
                version=2,
                arrives_within_minutes=arrives,
                cancel_request=self.random.choice(("ask", "cancel")),
                release_window_minutes=self.random.choice((0, 0, 20)),
            )
        self.route = Route(self.seed, self.client, self.channel)
        self.office = Office(self.seed, self.client, self.channel, self.route, self.say)

    def _each(self, told: str, step: str, **options: object) -> None:
        """Take every store of the marketplace through one step."""
        for store in self.stores:
            store.refresh_from_db()
            getattr(transitions, step)(store, user=somebody(), **options)
        self.say(f"--- {told}")

    # The play

    def _moments(
        self, low: int, high: int, *, age: int = 0, storm: bool = True
    ) -> None:
        rng = self.random
        self.hours.advance(2)  # marketplaces keep whole seconds
        for _ in range(rng.randint(low, high)):
            if storm and rng.random() < 0.5:
                peer = rng.choice(("shipstation", self.channel.code))
                fault, rate = rng.choice(WEATHER), rng.choice((0.2, 0.5))
                self.client.faults(peer, fault, rate, seed=rng.randrange(1 << 30))
                self.say(f"weather: {peer} {fault} at {rate:.0%}")
            if rng.random() < 0.7:
                self.office.order(age=age)
            if rng.random() < 0.3:
                self.office.cancel()
            self._wait(rng.choice(SEND))
            if rng.random() < 0.6:
                self.office.ship()
            if rng.random() < 0.6:
                self.office.decide()
            self._wait(rng.choice(SEND))
            for rule in self.client.fault_rules():
                if rule["fired"]:
                    self.result.faults[f"{rule['peer']} {rule['fault']}"] += rule[
                        "fired"
                    ]
            self.client.clear_faults()

    def _wait(self, seconds: float) -> None:
        self.pumps.until(self.hours.now() + seconds / 2, step=300)
        orders = Order.objects.filter(store__in=self.stores).order_by("pk")
        for told in self.route.work(list(orders.prefetch_related("lines"))):
            self.say(told)
        self.pumps.until(self.hours.now() + seconds / 2, step=300)

    def _silence(self) -> None:
        """Draft, then shadow: the other route brings everything."""
        self._moments(1, 3, age=600)
        self._each("to shadow", "to_shadow")
        self._moments(1, 3, age=600)
        self.result.counts["compared"] = ShadowComparison.objects.count()
        ledger = self.client.ledger()
        self.silent_until = ledger[-1]["sequence"] if ledger else 0

    def _start(self) -> None:
        start = clock.now() + timedelta(seconds=self.random.choice((0, 0, 600)))
        self._each(f"live from {start}", "go_live", live_from=start)
        self.route.until = max(self._bounds("live_from"))
        self._moments(2, 4, age=self.random.choice((0, 600)))

    def _bounds(self, name: str) -> Iterator[datetime]:
        for store in self.stores:
            store.refresh_from_db()
            moment: datetime | None = getattr(store, name)
            if moment is not None:
                yield moment

    def _to_direct_and_back(self) -> None:
        """ShipStation's own connection takes over for a while, then we again."""
        wanted = CONNECTED["marketplace"]
        store = next(x for x in self.stores if x.remote_marketplace == wanted)
        was = store.shipstation_store_id
        transitions.switch_mode(
            store, StoreMode.DIRECT, shipstation_store_id=IMPORTED, user=somebody()
        )
        assert store.live_from is not None  # noqa: S101 - just set
        self._connect(refresh=60, since=store.live_from.timestamp())
        self.say("--- direct: ShipStation's own connection imports")
        self._moments(1, 3)
        self._wait(180)
        transitions.switch_mode(
            store, StoreMode.ORCHESTRATED, shipstation_store_id=was, user=somebody()
        )
        self._connect(refresh=0)
        self.say("--- orchestrated again")
        self._moments(1, 3)

    def _connect(self, **settings: object) -> None:
        connection = {**CONNECTED, **settings}
        row = {
            "storeId": IMPORTED,
            "storeName": "Amazon UK, connected",
            "marketplaceId": 2,
            "connection": connection,
        }
        keys = WAREHOUSES["main"]
        account = {"key": keys.key, "secret": keys.secret, "stores": [row]}
        self.client.config(shipstation={"accounts": [account]})

    def _back_and_forward(self) -> None:
        """Everything goes wrong, says somebody; the other route comes back."""
        until = clock.now() + timedelta(seconds=self.random.choice((0, 0, 300)))
        self._each(f"rolled back from {until}", "roll_back", until=until)
        since = min(self._bounds("live_until"))
        self.route.since = since
        self.route.backs.append(since)
        if since <= clock.now():
            self.route.also_ours = self.random.random() < 0.6
        self._moments(1, 3)
        self._each("live again", "go_live")
        self.route.since, self.route.until = None, max(self._bounds("live_from"))
        # Live from where it ended: nothing was given back.
        self.route.backs = [x for x in self.route.backs if x < self.route.until]
        self._moments(1, 3)

    def _settle(self) -> None:
        """Fine weather, and time for everybody to do what is left."""
        for pause in (400, 400, 2700, *(700,) * 5):
            self.office.decide()
            self.office.ship(every=True)
            self._wait(pause)

    # The judgement

    def _judge(self) -> None:
        ledger = self.client.ledger()
        market = {
            row["order_id"]: row for row in self.client.orders_view(self.channel.code)
        }
        shipstation = self.client.orders_view("shipstation")
        orders = Order.objects.filter(store__in=self.stores)
        numbers = dict(orders.values_list("remote_id", "number"))
        wanted = {
            remote_id
            for remote_id in self.office.placed
            if self.channel.standing(market[remote_id]) in ("open", "shipped")
            and self.channel.cancel(market[remote_id]) == "none"
        }
        stopped = OrderException.objects.filter(state=CaseState.OPEN, kind__in=EXCUSED)
        wanted -= set(stopped.values_list("order__remote_id", flat=True))
        early = [row for row in ledger if row["sequence"] <= self.silent_until]
        problems = [
            *judge.silent(early, self.channel),
            *judge.records(numbers, shipstation, wanted),
            *judge.told(numbers, shipstation, ledger, self.channel, wanted),
            *(
                Problem(rule="lost", number=x, text="never read from the marketplace")
                for x in sorted(wanted - set(numbers))
            ),
            *(Problem(rule="bug", number="", text=x) for x in sorted(set(self.bugs))),
        ]
        result = self.result
        result.problems = problems
        result.counts["orders"] = len(self.office.placed)
        result.counts["wanted"] = len(wanted)
        result.counts["adopted"] = orders.filter(records__adopted=True).count()
        result.counts["created by us"] = orders.filter(records__adopted=False).count()
        result.counts["calls"] = self.wire.calls
        result.counts[f"channel {self.channel.code}"] = 1
        result.digest = json_digest([ledger, result.log])
        for number in sorted({p.number for p in problems if p.number})[:3]:
            result.stories.append(tell(number, ledger))


# A person has yet to say what becomes of these; nobody may ship them meanwhile.
EXCUSED = ("acceptance_due", "acceptance_refused")


def play(seed: int, *, pumps: int = 1) -> Result:
    """Play one seed in an empty database; raises what the driver itself raises."""
    return Cutover(seed, pumps=pumps).play()
