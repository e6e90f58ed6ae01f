"""All of the page 'Now' for one role, read in a constant number of queries.

Lanes and hearts are real time, orders and quotas business time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from orders.filters import at_risk
from orders.models import Order, Stage
from shipsync_site import headline, navigation
from shipsync_site.charts.bars import Bar
from shipsync_site.home import (
    budgets,
    cases,
    counts,
    flow,
    hours,
    jobs,
    money,
    risk,
    teams,
)
from shipsync_site.home.money import Money
from shipsync_site.home.risk import Risk
from shipsync_site.home.roles import LEAD, HomeRole
from shipsync_site.home.rows import SHOWN_STAGES, Cell, OrderRow, cell, order_row
from shipsync_site.home.teams import Bench, Requests
from shipsync_site.lib import clock
from shipsync_site.presentation import Mark, mark
from stores.models import (
    Heartbeat,
    Lane,
    RemoteAccount,
    ShipStationAccount,
    Store,
    StoreState,
)

URGENT = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreRow:
    """One store: its orders by stage and when it was last read."""

    store: Store
    cells: tuple[Cell, ...]
    pull_late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Charts:
    """The drawings with the figures behind them; '' where the role has none."""

    ageing: str = ""
    ages: tuple[Bar, ...] = ()
    causes: str = ""
    cause_rows: tuple[cases.CauseRow, ...] = ()
    throughput: str = ""
    lags: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """All of the page; what the role does not see is empty or None."""

    role: HomeRole
    at: datetime
    stores: tuple[StoreRow, ...]
    risk: headline.Headline
    last_pull_at: datetime | None
    heart_at: datetime | None
    heart_stale: bool
    charts: Charts
    flow: tuple[flow.Station, ...] = ()
    stages: tuple[Mark, ...] = ()
    totals: tuple[Cell, ...] = ()
    leaving: Risk | None = None
    urgent: tuple[OrderRow, ...] = ()
    teams: tuple[navigation.TeamCount, ...] = ()
    hours: hours.Hours | None = None
    budgets: tuple[budgets.BudgetBlock, ...] = ()
    lanes: tuple[jobs.LaneRow, ...] = ()
    watches: tuple[jobs.WatchCount, ...] = ()
    requests: Requests | None = None
    money: Money | None = None
    bench: Bench | None = None

    @property
    def sees_leaving(self) -> bool:
        """Whether the role sees what leaves next."""
        return "leaving" in self.role.panels

    @property
    def sees_stores(self) -> bool:
        """Whether the role sees each store's stages."""
        return "stores" in self.role.panels

    @property
    def sees_causes(self) -> bool:
        """Whether the role sees cases by cause."""
        return "causes" in self.role.panels

    @property
    def sees_budgets(self) -> bool:
        """Whether the role sees quotas."""
        return "budgets" in self.role.panels

    @property
    def sees_jobs(self) -> bool:
        """Whether the role sees background work."""
        return "jobs" in self.role.panels

    @property
    def bad_lanes(self) -> int:
        """Lanes that somebody should look at."""
        return sum(lane.bad for lane in self.lanes)

    @property
    def throughput_key(self) -> list[tuple[str, str]]:
        """The legend of orders per hour: (drawing, label)."""
        return hours.legend(hours.THROUGHPUT)

    @property
    def lags_key(self) -> list[tuple[str, str]]:
        """The legend of the steps' lengths."""
        return hours.legend(hours.LAG_LINES)


def load(heart_stale_after: float, role: HomeRole = LEAD) -> Now:
    """Read what the role sees; ``heart_stale_after`` is in real seconds."""
    stores = list(
        Store.objects.select_related("remote_account", "shipstation_account")
        .defer("remote_account__secrets", "shipstation_account__secrets")
        .order_by("name")
    )
    accounts = _accounts()
    names = {x.key: (x.name, not x.active) for x in accounts}
    keys = [store.pk for store in stores]
    sees = role.panels
    counted = counts.by_stage(stores) if sees & {"flow", "stores"} else {}
    totals = counts.totals(counted, stores)
    lanes = (
        list(Lane.objects.order_by("account", "direction"))
        if sees & {"stores", "jobs"}
        else []
    )
    heading = headline.load(stores, accounts)
    by_hour = hours.load() if sees & {"flow", "throughput"} else None
    beat, stale = _heart(heart_stale_after)
    late = jobs.lanes_late(lanes)
    return Now(
        role=role,
        at=clock.now(),
        stores=tuple(_store_row(store, counted, late) for store in stores),
        risk=heading,
        last_pull_at=max(
            (store.last_pull_at for store in stores if store.last_pull_at), default=None
        ),
        heart_at=beat,
        heart_stale=stale,
        charts=_charts(role, by_hour),
        flow=flow.stations(
            dict(zip(SHOWN_STAGES, totals, strict=True)),
            stores,
            heading.standing,
            counts.with_case(),
            by_hour,
        )
        if "flow" in sees and by_hour is not None
        else (),
        stages=tuple(mark("stage", stage) for stage in SHOWN_STAGES),
        totals=totals,
        leaving=risk.load() if "risk" in sees else None,
        urgent=_urgent(role) if "leaving" in sees else (),
        teams=tuple(navigation.team_counts()) if "teams" in sees else (),
        hours=by_hour,
        budgets=budgets.load(names) if "budgets" in sees else (),
        lanes=jobs.lane_rows(lanes, names) if "jobs" in sees else (),
        watches=jobs.watch_counts() if "jobs" in sees else (),
        requests=teams.requests() if "requests" in sees else None,
        money=money.load() if "money" in sees else None,
        bench=teams.bench(keys) if "bench" in sees else None,
    )


def _store_row(store: Store, counted: counts.Counts, late: set[str]) -> StoreRow:
    return StoreRow(
        store=store,
        cells=tuple(
            cell(stage, counted.get((store.pk, stage), 0), store.slug)
            for stage in SHOWN_STAGES
        ),
        pull_late=store.state == StoreState.LIVE and store.remote_account.key in late,
    )


def _accounts() -> list[RemoteAccount | ShipStationAccount]:
    """All accounts; their secrets stay where they are."""
    return [
        account
        for model in (RemoteAccount, ShipStationAccount)
        for account in model.objects.only(
            "pk", "name", "state", "pause_reason", "check_outcome", "check_sentence"
        ).order_by("name")
    ]


def _heart(stale_after: float) -> tuple[datetime | None, bool]:
    """The last sign of life of any cluster, and whether it is too old."""
    heart = Heartbeat.objects.order_by("-beat_at").first()
    age = clock.real_now() - heart.beat_at if heart else None
    return (
        heart.beat_at if heart else None,
        age is None or age > timedelta(seconds=stale_after),
    )


def _charts(role: HomeRole, by_hour: hours.Hours | None) -> Charts:
    ages = cases.ageing(role.team) if "ageing" in role.panels else ()
    found = cases.causes(role.team) if "causes" in role.panels else ()
    drawn = by_hour if "throughput" in role.panels else None
    return Charts(
        ageing=cases.ageing_chart(ages) if ages else "",
        ages=ages,
        causes=cases.causes_chart(found) if found else "",
        cause_rows=found,
        throughput=hours.throughput(drawn) if drawn else "",
        lags=hours.lags(drawn) if drawn else "",
    )


def _urgent(role: HomeRole) -> tuple[OrderRow, ...]:
    """What leaves next: the first of an index; packers see what is in ShipStation."""
    rows = Order.objects.filter(
        at_risk(), stage__in=navigation.UNSHIPPED, ship_by__isnull=False
    ).exclude(stage=Stage.HELD)
    if "bench" in role.panels:
        rows = rows.filter(stage=Stage.IN_SHIPSTATION)
    return tuple(
        map(order_row, rows.select_related("store").order_by("ship_by")[:URGENT])
    )
