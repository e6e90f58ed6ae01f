"""How long from a buyer's cancellation to an order that is held, for one and for many.

The peers live in this process and time is the driver's own: it passes by what calls
take, by waiting for quotas and by the intervals of production, and by nothing else. One
worker does all the work. *Heard* is from the peer's own moment to the moment we noted
it, polled (what messages save, the scenario 'latency' shows); *held* is from there to
the moment at which ShipStation's record was read on hold or cancelled.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

from django.core.management import call_command
from django.test.utils import override_settings

from orders.models import Order, OrderEvent, ShipStationOrder, SyncJob
from shipsync_site.bench.plan import Plan
from shipsync_site.bench.quota import percentile
from shipsync_site.bench.stage import BenchError
from shipsync_site.demo import world
from shipsync_site.soak.faults.channel import Channel
from shipsync_site.soak.faults.channels import CHANNELS
from shipsync_site.soak.faults.death import Death
from shipsync_site.soak.faults.history import YEAR
from shipsync_site.soak.faults.hours import Hours
from shipsync_site.soak.faults.pumps import Pumps
from shipsync_site.soak.faults.wire import URL, Wire
from shipsync_site.soak.faults.worker import empty
from stores.models import Lane, OperatingModel, RemoteAccount, Store
from stores.sandbox.driver import Json

# Seconds: what the field asks for (95 of 100).
HEARD_GOAL, HELD_GOAL = 300.0, 120.0
# How buyers place what can be pushed at once, and how an order is cancelled there.
PLACING: dict[str, tuple[Json, str]] = {
    "amazon": ({"marketplace": "UK", "country": "GB"}, "request"),
    "ebay": ({"country": "GB"}, "request"),
    "mirakl": ({"operator": "salon"}, "cancelled"),
    "tiktok": ({"on_hold": False}, "request"),
}
# So long the orders have to reach ShipStation, and the cancellations to be stopped.
TO_PUSH, TO_HOLD = 4 * 3600.0, 2 * 3600.0
# ShipStation's list shows a change after so many seconds.
INDEX_LAG = [0, 30]


@dataclass(slots=True, kw_only=True)
class Cancelled:
    """One order's cancellation; moments in Unix seconds, None while there is none."""

    order_id: str
    said: float
    heard: float | None = None
    held: float | None = None


def run(plan: Plan) -> Json:
    """Each marketplace with one cancellation and with ``plan.orders`` at once."""
    call_command("migrate", verbosity=0)
    rows = []
    for code in PLACING:
        for count in (1, plan.orders):
            empty()
            rows.append(_measured(_Play(CHANNELS[code], plan.seed).play(count), code))
    return {
        "scenario": plan.scenario,
        "database": plan.database,
        "orders": plan.orders,
        "index_lag": INDEX_LAG,
        "rows": rows,
        "problems": list(_problems(rows)),
    }


class _Play:
    """A shop at one marketplace, its orders in ShipStation, and the cancellations."""

    def __init__(self, channel: Channel, seed: int) -> None:
        self.channel, self.seed = channel, seed
        self.hours = Hours(YEAR + 10 * 3600)
        death = Death()
        self.wire = Wire(self.hours, death, seed)
        self.client = self.wire.client()
        self.pumps = Pumps(1, self.hours, death, self.wire, lambda text: None)

    def play(self, count: int) -> list[Cancelled]:
        """Place, push, cancel all at once; what became of each."""
        jitter = random.getstate()
        random.seed(self.seed)
        try:
            with ExitStack() as stack:
                stack.enter_context(self.hours.in_force())
                stack.enter_context(override_settings(SHIPSYNC_SANDBOX_URL=URL))
                stack.enter_context(self.pumps.at_hand())
                self._open_shop()
                ids = self._pushed(count)
                return self._cancelled(ids)
        finally:
            random.setstate(jitter)

    def _open_shop(self) -> None:
        code = self.channel.code
        self.client.reset(self.seed)
        world.build(self.client, 1.0)
        self.channel.open_shop(self.client)
        others = RemoteAccount.objects.exclude(marketplace=code)
        Lane.objects.filter(account__in=[x.key for x in others]).delete()
        Store.objects.filter(remote_account__in=others).delete()
        others.delete()
        for store in Store.objects.order_by("pk"):
            OperatingModel.objects.create(
                store=store, version=2, release_window_minutes=0, acceptance="auto"
            )
        self.client.config(
            amazon={"two_minutes": 120, "quotas": {"all": "default"}},
            shipstation={"index_lag": INDEX_LAG},
        )

    def _pushed(self, count: int) -> list[str]:
        wish, _how = PLACING[self.channel.code]
        ids = self.client.orders(
            self.channel.code,
            count,
            seed=self.seed,
            ship_by_hours=72,
            order_age=600,
            **wish,
        )
        deadline = self.hours.now() + TO_PUSH
        while self.hours.now() < deadline:
            self.pumps.until(self.hours.now() + 300)
            there = ShipStationOrder.objects.filter(
                order__remote_id__in=ids, status="awaiting_shipment"
            )
            if there.count() == len(ids) and not self._busy():
                return ids
        raise BenchError(
            f"{self.channel.code}: {there.count()} of {len(ids)} orders are in "
            "ShipStation after hours"
        )

    def _busy(self) -> bool:
        return SyncJob.objects.filter(dirty=True, parked="").exists()

    def _cancelled(self, ids: list[str]) -> list[Cancelled]:
        _wish, how = PLACING[self.channel.code]
        # Not with a poll: somewhere between two of them.
        self.pumps.until(self.hours.now() + random.uniform(10, 170))  # noqa: S311
        found = []
        for order_id in ids:
            found.append(Cancelled(order_id=order_id, said=self.hours.now()))
            self.client.cancel(self.channel.code, order_id, how)
        deadline = self.hours.now() + TO_HOLD
        while self.hours.now() < deadline:
            self.pumps.until(self.hours.now() + 60)
            _take_times(found)
            if all(each.held is not None for each in found):
                break
        return found


def _take_times(found: list[Cancelled]) -> None:
    """When each was noted here, and when its record was read as stopped."""
    orders = {
        order.remote_id: order.pk
        for order in Order.objects.filter(remote_id__in=[x.order_id for x in found])
    }
    heard: dict[int, float] = {}
    held: dict[int, float] = {}
    events = OrderEvent.objects.filter(
        order__in=orders.values(), verb__in=("cancel_requested", "status", "record")
    ).order_by("at", "pk")
    said = {orders[each.order_id]: each.said for each in found}
    for order_id, verb, text, at in events.values_list(
        "order_id", "verb", "text", "at"
    ):
        if order_id is None or at.timestamp() < said[order_id]:
            continue
        if verb == "record" and order_id in heard:
            if "on_hold" in text or "cancelled" in text:
                held.setdefault(order_id, _seconds(at))
        elif verb == "cancel_requested" or "cancel" in text.casefold():
            heard.setdefault(order_id, _seconds(at))
    for each in found:
        each.heard = heard.get(orders[each.order_id])
        each.held = held.get(orders[each.order_id])


def _seconds(moment: datetime) -> float:
    return moment.timestamp()


def _measured(found: list[Cancelled], code: str) -> Json:
    heard = [x.heard - x.said for x in found if x.heard is not None]
    held = [
        x.held - x.heard for x in found if x.held is not None and x.heard is not None
    ]
    return {
        "marketplace": code,
        "count": len(found),
        "heard": len(heard),
        "held": len(held),
        "heard_worst": max(heard, default=0.0),
        "held_p50": percentile(held, 0.5) if held else 0.0,
        "held_p95": percentile(held, 0.95) if held else 0.0,
    }


def _problems(rows: list[Json]) -> Iterator[str]:
    for row in rows:
        name = f"{row['marketplace']} with {row['count']}"
        if row["held"] < row["count"]:
            yield f"{name}: only {row['held']} were seen on hold"
        if row["heard_worst"] > HEARD_GOAL:
            yield f"{name}: heard after {row['heard_worst']:.0f} s"
        if row["held_p95"] > HELD_GOAL:
            yield f"{name}: held after {row['held_p95']:.0f} s (p95)"


def lines(result: Json) -> Iterator[str]:
    """The table for people."""
    lag = result["index_lag"]
    yield (
        f"cancels on {result['database']}: seconds on a clock of its own, one worker; "
        f"ShipStation's list lags {lag[0]} to {lag[1]} s"
    )
    yield "  marketplace  at once  heard, worst  held p50  held p95"
    for row in result["rows"]:
        yield (
            f"  {row['marketplace']:<11}  {row['count']:7d}  {row['heard_worst']:12.0f}"
            f"  {row['held_p50']:8.0f}  {row['held_p95']:8.0f}"
        )
    for problem in result["problems"]:
        yield f"  NOT GOOD ENOUGH: {problem}"
