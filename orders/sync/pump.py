"""The one thing django-q runs: lease whichever lane is due, do a unit, go on.

One pump at a time is the ticker: when nothing is due it waits for the next lane instead
of ending, wakes helpers where several lanes are due, decides the orders that time made
due, and hands over to a new pump at the end of its span. It renews its short lease with
every beat; if it dies, or is held up by a slow call, the supervisor wakes another.
"""

from __future__ import annotations

import logging
import os
import socket
import time
import uuid
from collections import Counter
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.db.models import Q

from orders.bulk import runs as bulk_runs
from orders.diagnosis import runs as diagnoses
from orders.due import decide_due
from orders.sync import extra
from orders.sync.engine import run_next
from shipsync_site.lib import clock
from stores import lanes
from stores.models import Heartbeat, Lane

logger = logging.getLogger(__name__)

TICKER = "ticker"
TICKER_LEASE = timedelta(seconds=6)
PAUSE = 0.2


def cluster_name() -> str:
    """The cluster this process belongs to (host:pid), set by its supervisor."""
    return (
        os.environ.get("SHIPSYNC_CLUSTER") or f"{socket.gethostname()}:{os.getppid()}"
    )


def pump(span: float | None = None) -> int:
    """Work for ``span`` real seconds (default SHIPSYNC_PUMP_SPAN); returns units done.

    Ends early when nothing is due and another pump is the ticker.
    """
    try:
        return _pump(span)
    finally:
        _ended()


def pulse() -> int:
    """Beat once: what a supervisor asks of a silent cluster."""
    try:
        return int(beat())
    finally:
        _ended()


def _pump(span: float | None) -> int:
    span = settings.SHIPSYNC_PUMP_SPAN if span is None else span
    started = time.monotonic()
    name = uuid.uuid4().hex
    beaten, looked, asked, acted, units = 0.0, 0.0, 0.0, 0.0, 0
    ticking = _become_ticker(name)
    while time.monotonic() - started < span:
        mono = time.monotonic()
        if mono - beaten > 1.0:
            if not beat():
                break
            beaten = mono
            ticking = ticking and _keep_ticking(name)
        if ticking and mono - looked > 1.0:
            decide_due(limit=200)
            _wake_helpers()
            looked = mono
        # People wait for what they did to many cases: its turn comes between units.
        acting = False
        if mono - acted > PAUSE:
            acting = bulk_runs.run_one()
            acted = 0.0 if acting else mono
        counts = run_next()
        if counts is not None:
            units += counts["units"]
            continue
        if acting:
            continue
        # Nothing else is due: what can wait has its turn.
        if ticking and mono - asked > 1.0:
            if diagnoses.run_one() or extra.run_one():
                continue
            asked = mono
        if not ticking:
            ticking = _become_ticker(name)
            if not ticking:
                return units
        time.sleep(_wait())
    if ticking:
        _end_ticking(name)
        lanes.enqueue_pump()
    elif lanes.due_count():
        lanes.enqueue_pump()
    return units


def drain(directions: list[str] | None = None, *, limit: float = 600) -> Counter[str]:
    """Do units until nothing is due for now (no cluster needed); what was done."""
    done: Counter[str] = Counter()
    started = time.monotonic()
    while time.monotonic() - started < limit:
        counts = run_next(directions)
        if counts is None:
            if decide_due(limit=1000) == 0:
                break
            continue
        done.update(counts)
    return done


def beat() -> bool:
    """Say that this cluster is alive; False when its supervisor wants it to stop.

    A supervisor takes the row away before it stops its cluster.
    """
    now = clock.real_now()
    if os.environ.get("SHIPSYNC_CLUSTER"):
        own = Heartbeat.objects.filter(cluster=cluster_name())
        return bool(own.update(beat_at=now))
    Heartbeat.objects.update_or_create(
        cluster=cluster_name(),
        defaults={"beat_at": now},
        create_defaults={"beat_at": now, "started_at": now},
    )
    return True


def _ended() -> None:
    """Note that a result of this cluster is on its way to its monitor."""
    Heartbeat.objects.filter(
        cluster=cluster_name(), unreported_since__isnull=True
    ).update(unreported_since=clock.real_now())


def reported(**_: object) -> None:
    """Receiver of django-q's post_execute: the cluster's monitor took a result.

    Runs in the monitor, which an error would end.
    """
    try:
        close_old_connections()
        Heartbeat.objects.filter(
            cluster=cluster_name(), unreported_since__isnull=False
        ).update(unreported_since=None)
    except DatabaseError:
        logger.exception("cluster=%s: the database did not answer", cluster_name())


def _wait() -> float:
    due = lanes.next_due()
    if due is None:
        return PAUSE * 2
    return min(max((due - clock.real_now()).total_seconds(), 0.02), PAUSE)


def _become_ticker(name: str) -> bool:
    """Take the ticker's lease if nobody holds it."""
    now = clock.real_now()
    Lane.objects.get_or_create(account=TICKER, direction=TICKER)
    free = Q(lease_id="") | Q(lease_until__lt=now)
    return bool(
        Lane.objects.filter(free, account=TICKER, direction=TICKER).update(
            lease_id=name, lease_until=now + TICKER_LEASE
        )
    )


def _keep_ticking(name: str) -> bool:
    """Renew the ticker's lease; False when another pump took it meanwhile."""
    return bool(
        Lane.objects.filter(account=TICKER, direction=TICKER, lease_id=name).update(
            lease_until=clock.real_now() + TICKER_LEASE
        )
    )


def _end_ticking(name: str) -> None:
    Lane.objects.filter(account=TICKER, direction=TICKER, lease_id=name).update(
        lease_id="", lease_until=None
    )


def _wake_helpers() -> None:
    """Where lanes wait that nobody was called for, call pumps."""
    now = clock.real_now()
    late = now - timedelta(seconds=0.5)
    waiting = Lane.objects.filter(lease_id="", due_at__lte=late).exclude(account=TICKER)
    for account, direction in waiting.values_list("account", "direction")[:4]:
        lanes.nudge(account, direction)
