"""/healthz: can this installation do its work? For load balancers and monitors."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_q.brokers import get_broker
from django_q.conf import Conf
from redis.exceptions import RedisError

from shipsync_site.lib import clock
from stores import lanes
from stores.models import Heartbeat

# A cluster that is not asked to work does not beat, so only rows this young count.
HEART_FORGOTTEN = timedelta(hours=1)

_migrated = False


def migrations_applied() -> bool:
    """Whether no migration is outstanding; a yes is remembered by the process."""
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


def broker() -> str:
    """What carries the nudges, in a word or two: database, or redis and its state."""
    if Conf.ORM:
        return "database"
    try:
        get_broker().ping()
    except RedisError:
        return "redis, which does not answer"
    return "redis"


def report() -> tuple[bool, dict[str, Any]]:
    """(healthy, what was found); seconds, counts and words, nothing to protect."""
    found: dict[str, Any] = {"database": "unreachable"}
    try:
        applied = migrations_applied()
        found |= {"database": "ok", "migrations": "applied" if applied else "missing"}
        if not applied:
            return False, found
        now = clock.real_now()
        due = lanes.next_due()
        late = max(0.0, (now - due).total_seconds()) if due else 0.0
        beats = list(
            Heartbeat.objects.filter(beat_at__gt=now - HEART_FORGOTTEN).values_list(
                "beat_at", flat=True
            )
        )
    except DatabaseError:
        return False, found
    # Twice the time after which the supervisor replaces a silent cluster.
    working = late <= 2 * settings.SHIPSYNC_HEART_STALE
    found |= {
        "work": "on time" if working else "late",
        "broker": broker(),
        "oldest_due_lane_seconds": round(late, 1),
        "clusters": len(beats),
        "last_beat_seconds": (
            round((now - max(beats)).total_seconds(), 1) if beats else None
        ),
    }
    return working, found


@login_not_required
@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when healthy, 503 with the reason when not."""
    healthy, found = report()
    return JsonResponse(
        {"status": "ok" if healthy else "unhealthy", **found},
        status=200 if healthy else 503,
    )
