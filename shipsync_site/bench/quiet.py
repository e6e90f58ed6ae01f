"""Too quiet: false alarms on a quiet Sunday and a bank holiday, and how soon silence at
peak is seen.

Stores of different size, each with weeks of hours and days of orders drawn at random
from one profile: busy evenings, empty nights, Sundays of less than half, and volume that
wavers from week to week. Time is the driver's own: the look of every five minutes runs at
each of its moments over what is in the database by then, as it does in production.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.core.management import call_command

from orders.models import CaseState, FlowHour, Order, OrderException
from orders.watch import quiet
from shipsync_site.bench.plan import Plan
from shipsync_site.bench.queue_rows import make_stores
from shipsync_site.lib import clock
from stores.models import Store
from stores.sandbox.driver import Json

LONDON = ZoneInfo("Europe/London")
HOUR, LOOK = timedelta(hours=1), timedelta(minutes=5)
WEEKS = 8
SUNDAY = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
# A bank holiday that nobody entered: two fifths of the usual orders.
HOLIDAY, HOLIDAY_SHARE = datetime(2026, 11, 23, 0, 0, tzinfo=UTC), 0.4
PEAK = datetime(2026, 11, 24, 19, 0, tzinfo=UTC)
# Orders of the stores in the busiest hour, of a weekday.
VOLUMES = (400, 160, 80, 40, 20, 10, 4, 1)
BY_HOUR = (
    *(0.05, 0.02, 0.01, 0.01, 0.02, 0.05, 0.15, 0.3, 0.45, 0.55, 0.6, 0.65),
    *(0.7, 0.65, 0.6, 0.6, 0.65, 0.75, 0.9, 1.0, 1.0, 0.85, 0.5, 0.2),
)
BY_DAY = (1.0, 0.95, 0.95, 1.0, 1.05, 0.75, 0.45)
# From week to week a store's volume wavers so much (one standard deviation, relative).
WAVER = 0.15
# Silence of this store and larger ones has to be seen so soon, in minutes.
SEEN_BY = {400: 20.0, 160: 25.0, 80: 45.0}
# A look goes back so far at most: these days are there as orders, not only as hours.
ORDERS_BEFORE = 3


@dataclass(slots=True, kw_only=True)
class Played:
    """One store: its volume, and what came of it."""

    store: Store
    volume: int
    alarms: dict[str, int] = field(default_factory=dict)
    looks: int = 0
    orders: dict[str, int] = field(default_factory=dict)
    seen_after: float | None = None


def run(plan: Plan) -> Json:
    """Weeks of history, a Sunday, a holiday, and an outage at peak for each store."""
    call_command("migrate", verbosity=0)
    draw = random.Random(plan.seed)  # noqa: S311 - play, no secret
    before = clock.current()
    clock.configure(clock.fast(1.0, SUNDAY.timestamp()))
    try:
        stores = make_stores()
        Store.objects.update(timezone="Europe/London")
        played = [
            Played(store=store, volume=volume)
            for store, volume in zip(stores, VOLUMES, strict=True)
        ]
        for each in played:
            _history(each, draw)
            for back in range(ORDERS_BEFORE, 0, -1):
                _day(each, SUNDAY - timedelta(days=back), 1.0, draw)
        for name, start, share in (
            ("sunday", SUNDAY, 1.0),
            ("holiday", HOLIDAY, HOLIDAY_SHARE),
        ):
            for each in played:
                each.orders[name] = _day(each, start, share, draw)
            _look_all_day(played, name, start)
        for each in played:
            _day(each, PEAK.replace(hour=0), 1.0, draw, until=PEAK)
        _outage(played, plan.orders, draw)
    finally:
        clock.configure(before)
    return {
        "scenario": plan.scenario,
        "database": plan.database,
        "hours": plan.orders,
        "rows": [
            {
                "volume": each.volume,
                "sunday": each.orders["sunday"],
                "holiday": each.orders["holiday"],
                "looks": each.looks,
                "alarms": each.alarms["sunday"],
                "alarms_holiday": each.alarms["holiday"],
                "seen_after": each.seen_after,
            }
            for each in played
        ],
        "problems": list(_problems(played)),
    }


def _expected(volume: int, hour: datetime) -> float:
    wall = hour.astimezone(LONDON)
    return volume * BY_HOUR[wall.hour] * BY_DAY[wall.weekday()]


def _poisson(draw: random.Random, mean: float) -> int:
    """A count with this mean; by its normal neighbour where that is large."""
    if mean > 60:
        return max(0, round(draw.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, draw.random()
    while product > limit:
        count += 1
        product *= draw.random()
    return count


def _history(each: Played, draw: random.Random) -> None:
    rows = []
    for week in range(WEEKS, 0, -1):
        level = max(0.5, draw.gauss(1.0, WAVER))
        for number in range(168):
            hour = SUNDAY - week * timedelta(weeks=1) + number * HOUR
            if hour >= SUNDAY - timedelta(days=ORDERS_BEFORE):
                break
            count = _poisson(draw, _expected(each.volume, hour) * level)
            rows.append(FlowHour(store=each.store, hour=hour, imported=count))
    FlowHour.objects.bulk_create(rows, batch_size=500)


def _day(
    each: Played,
    start: datetime,
    share: float,
    draw: random.Random,
    until: datetime | None = None,
) -> int:
    """The orders of a day, each heard of at a moment of its own; how many."""
    moments = []
    for number in range(24):
        hour = start + number * HOUR
        if until is not None and hour >= until:
            break
        count = _poisson(draw, _expected(each.volume, hour) * share)
        moments += [hour + draw.random() * HOUR for _ in range(count)]
        FlowHour.objects.create(store=each.store, hour=hour, imported=count)
    Order.objects.bulk_create(
        (_order(each.store, number, at) for number, at in enumerate(moments)),
        batch_size=500,
    )
    return len(moments)


def _order(store: Store, number: int, at: datetime) -> Order:
    name = f"{at:%m%d}-{store.pk}-{number}"
    return Order(
        store=store,
        remote_id=name,
        number=name,
        order_key=f"quiet-{name}",
        status="open",
        raw_status="UNSHIPPED",
        ordered_at=at,
        remote_updated_at=at,
        imported_at=at,
        seen_at=at,
    )


def _at(moment: datetime) -> set[int]:
    """Look at this moment, every store just read; the stores that are too quiet."""
    clock.configure(clock.fast(1.0, moment.timestamp()))
    Store.objects.update(last_pull_at=moment)
    quiet.run()
    return set(
        OrderException.objects.filter(
            kind=quiet.KIND, state=CaseState.OPEN
        ).values_list("store", flat=True)
    )


def _look_all_day(played: list[Played], name: str, start: datetime) -> None:
    standing = _at(start)
    for number in range(int(timedelta(days=1) / LOOK)):
        found = _at(start + (number + 1) * LOOK)
        for each in played:
            each.looks += 1
            alarm = each.store.pk in found - standing
            each.alarms[name] = each.alarms.get(name, 0) + alarm
        standing = found


def _outage(played: list[Played], hours: int, draw: random.Random) -> None:
    """From the peak on no order comes; the looks lie anywhere from it."""
    moment = PEAK + draw.random() * LOOK
    while moment < PEAK + hours * HOUR:
        found = _at(moment)
        for each in played:
            if each.store.pk in found and each.seen_after is None:
                each.seen_after = (moment - PEAK).total_seconds() / 60
        moment += LOOK


def _problems(played: list[Played]) -> Iterator[str]:
    for each in played:
        name = f"{each.volume} an hour"
        if count := sum(each.alarms.values()):
            yield f"{name}: {count} false alarms"
        goal = SEEN_BY.get(each.volume)
        if goal is not None and (each.seen_after is None or each.seen_after > goal):
            yield f"{name}: silence seen after {each.seen_after} min, not {goal:.0f}"


def lines(result: Json) -> Iterator[str]:
    """The table for people."""
    yield (
        f"quiet on {result['database']}: a look every 5 minutes; a Sunday, a holiday "
        f"with 40 % that nobody entered, then no order from Tuesday 19:00 UTC on "
        f"({result['hours']} h)"
    )
    yield "  at peak/h  Sunday  alarms  holiday  alarms  looks  silence seen after"
    for row in result["rows"]:
        seen = row["seen_after"]
        words = f"{seen:.0f} min" if seen is not None else "not told"
        yield (
            f"  {row['volume']:9d}  {row['sunday']:6d}  {row['alarms']:6d}"
            f"  {row['holiday']:7d}  {row['alarms_holiday']:6d}"
            f"  {row['looks']:5d}  {words:>18}"
        )
    for problem in result["problems"]:
        yield f"  NOT GOOD ENOUGH: {problem}"
