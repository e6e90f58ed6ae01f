"""What is to be heard of: the cluster, lanes, stores' reads, webhooks, schedules.

Reads only, in a constant number of queries. Lanes, clusters and schedules are our own
processes, so real time; what stores and peers say is business time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from django.urls import reverse
from django_q.models import Schedule

from orders.models import Watch, WatchState
from orders.watch.evidence import unheard_since
from orders.watch.judging import Expected
from shipsync_site.lib import clock
from stores.models import (
    Direction,
    Heartbeat,
    Lane,
    RemoteAccount,
    ShipStationAccount,
    Store,
    StoreState,
    WebhookEndpoint,
)

CLUSTER, SCHEDULE = "cluster", "schedule"
MINUTE = timedelta(minutes=1)
# A cluster beats every second; a lane that is due is taken within seconds.
CLUSTER_WAITS = (MINUTE, 2 * MINUTE)
LANE_WAITS = (5 * MINUTE, 10 * MINUTE)
# Marketplaces are read every three minutes at most, by their connectors.
PULL_WAITS = (15 * MINUTE, 30 * MINUTE)
HOOK_WAITS = (60 * MINUTE, 120 * MINUTE)
# A schedule may wait for workers that are busy.
# The cluster looks for what is due every half minute.
SCHEDULE_JITTER = timedelta(seconds=45)
SCHEDULE_GRACE = 15 * MINUTE

Accounts = dict[str, RemoteAccount | ShipStationAccount]


def expected(known: Mapping[str, Watch]) -> list[Expected]:
    """Everything that is watched now; ``known`` are the rows as they were left."""
    accounts: Accounts = {
        account.key: account
        for model in (RemoteAccount, ShipStationAccount)
        for account in model.objects.only("pk", "name", "state")
    }
    return [
        _cluster(),
        *_lanes(accounts),
        *_pulls(accounts),
        *_webhooks(accounts),
        *_schedules(known),
    ]


def _cluster() -> Expected:
    heart = Heartbeat.objects.order_by("-beat_at").values_list("beat_at", flat=True)
    beat = heart.first()
    period, grace = CLUSTER_WAITS
    return Expected(
        key=CLUSTER,
        label="Background work",
        now=clock.real_now(),
        period=period,
        grace=grace,
        heard_at=beat,
        since=beat,
    )


def _lanes(accounts: Accounts) -> Iterator[Expected]:
    now, (period, grace) = clock.real_now(), LANE_WAITS
    for lane in Lane.objects.filter(direction__in=Direction.values).order_by("pk"):
        account = accounts.get(lane.account)
        if account is None:
            continue
        kind = "marketplace" if isinstance(account, RemoteAccount) else "shipstation"
        yield Expected(
            key=f"lane:{lane.account}:{lane.direction}",
            label=f"{account.name}: {lane.get_direction_display()}",
            now=now,
            period=period,
            grace=grace,
            heard_at=lane.last_ok_at,
            since=_owed(lane, now),
            off=not account.active,
            detail=lane.last_error if lane.failures else "",
            scope=f"account:{lane.account}",
            page=reverse("stores:account", args=[kind, account.pk]),
        )


def _owed(lane: Lane, now: datetime) -> datetime | None:
    """Since when a lane owes a success; None while it rests, or works."""
    if lane.failures:
        return lane.last_ok_at or lane.last_run_at
    if lane.lease_id and lane.lease_until:
        return lane.lease_until if lane.lease_until < now else None
    return lane.due_at if lane.due_at and lane.due_at < now else None


def _pulls(accounts: Accounts) -> Iterator[Expected]:
    now, (period, grace) = clock.now(), PULL_WAITS
    for store in Store.objects.select_related("remote_account").only(
        "pk", "slug", "name", "state", "last_pull_at", "live_from", "remote_account__id"
    ):
        key = store.remote_account.key
        reads = store.state in (StoreState.LIVE, StoreState.SHADOW)
        yield Expected(
            key=f"store:{store.pk}:pull",
            label=f"{store.name}: orders read",
            now=now,
            period=period,
            grace=grace,
            business=True,
            heard_at=store.last_pull_at,
            since=store.last_pull_at,
            off=not reads or not (key in accounts and accounts[key].active),
            store=store.pk,
            scope=f"store:{store.pk}",
            follows=f"lane:{key}:{Direction.PULL}",
            page=reverse("stores:detail", args=[store.slug]),
        )


def _webhooks(accounts: Accounts) -> Iterator[Expected]:
    now, (period, grace) = clock.now(), HOOK_WAITS
    endpoints = [
        row
        for row in WebhookEndpoint.objects.defer("token").order_by("pk")
        if row.account in accounts
    ]
    owed = unheard_since(endpoints, now)
    for row in endpoints:
        account = accounts[row.account]
        kind = "marketplace" if isinstance(account, RemoteAccount) else "shipstation"
        yield Expected(
            key=f"webhooks:{row.account}",
            label=f"{account.name}: webhooks",
            now=now,
            period=period,
            grace=grace,
            business=True,
            heard_at=row.last_received_at,
            since=owed.get(row.account),
            off=not row.enabled or not account.active,
            detail=row.problem,
            scope=f"account:{row.account}",
            page=reverse("stores:account", args=[kind, account.pk]),
        )


def _schedules(known: Mapping[str, Watch]) -> Iterator[Expected]:
    now = clock.real_now()
    for name, minutes in Schedule.objects.order_by("name").values_list(
        "name", "minutes"
    ):
        if not name or not minutes:
            continue
        key, period = f"{SCHEDULE}:{name}", timedelta(minutes=minutes) + SCHEDULE_JITTER
        seen = known.get(key)
        yield Expected(
            key=key,
            label=f"Schedule: {name}",
            now=now,
            period=period,
            grace=SCHEDULE_GRACE,
            # Its pings are written by the cluster as each run ends well.
            heard_at=seen.heard_at if seen else None,
            since=_planned_since(seen, period) if seen else now,
            scope=key,
        )


def _planned_since(seen: Watch, period: timedelta) -> datetime:
    """Its last run that ended well; without one, when it was first planned."""
    if seen.heard_at is not None:
        return seen.heard_at
    waited = {
        WatchState.LATE: period,
        WatchState.DOWN: period + SCHEDULE_GRACE,
    }
    return seen.changed_at - waited.get(WatchState(seen.state), timedelta())
