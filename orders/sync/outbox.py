"""Lease, release and count jobs; rows are locked in primary-key order."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Min, Q

from orders.facts import Priority
from orders.models import SyncJob
from orders.sync.backoff import LEASES_WITHOUT_RESULT, PARK_AFTER, delay
from shipsync_site.lib import clock

# Business seconds that other jobs wait at most where one of their class was throttled.
OTHERS_WAIT = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Jobs that are ours until the lease ends."""

    id: str
    jobs: tuple[SyncJob, ...]

    @property
    def order_ids(self) -> list[int]:
        """The orders of the leased jobs."""
        return [job.order_id for job in self.jobs]


def _due(account: str, peer: str, now: datetime) -> Q:
    fresh = Q(dirty=True, due_at__lte=now, lease_until__isnull=True)
    dead = Q(lease_until__lt=clock.real_now())
    return Q(account=account, peer=peer, parked="") & (fresh | dead)


def stops_due(account: str, peer: str) -> bool:
    """Whether a stop waits, which may use a budget's reserve."""
    due = _due(account, peer, clock.now())
    return SyncJob.objects.filter(due, priority__lte=Priority.URGENT).exists()


def stops_leased(account: str, peer: str) -> bool:
    """Whether a worker is about to stop something."""
    return SyncJob.objects.filter(
        account=account,
        peer=peer,
        priority__lte=Priority.URGENT,
        lease_until__gte=clock.real_now(),
    ).exists()


def lease(account: str, peer: str, *, limit: int) -> Lease | None:
    """Lease the most urgent due jobs, stops before anything else; None when none is.

    Where stops are due, only stops are leased: they travel on the reserved quota and
    wait for nothing. A job that was leased too often without a result is parked.
    """
    now, lease_id = clock.now(), uuid.uuid4().hex
    until = clock.real_now() + timedelta(seconds=settings.SHIPSYNC_LEASE)
    with transaction.atomic():
        due = SyncJob.objects.filter(_due(account, peer, now))
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        jobs = list(due.order_by("priority", "due_at", "pk")[:limit])
        if jobs and jobs[0].priority <= Priority.URGENT:
            jobs = [job for job in jobs if job.priority <= Priority.URGENT]
        poison = [job for job in jobs if job.leases >= LEASES_WITHOUT_RESULT]
        jobs = [job for job in jobs if job not in poison]
        if poison:
            SyncJob.objects.filter(pk__in=[job.pk for job in poison]).update(
                parked="every try ended without a result", lease_until=None, lease_id=""
            )
        SyncJob.objects.filter(pk__in=[job.pk for job in jobs]).update(
            dirty=False, lease_id=lease_id, lease_until=until, leases=F("leases") + 1
        )
    if poison:
        from orders.reconsider import reconsider  # reconsider nudges lanes, not us

        reconsider([job.order_id for job in poison])
    for job in jobs:
        job.lease_id = lease_id
    return Lease(id=lease_id, jobs=tuple(jobs)) if jobs else None


def release(
    leased: Lease, *, failed: dict[int, str] | None = None, counted: bool = True
) -> None:
    """Give the jobs back. ``failed``: order id → what went wrong, for back-off.

    ``counted`` False: neither a failure nor a lease is counted.
    """
    failed = failed or {}
    mine = SyncJob.objects.filter(lease_id=leased.id)
    done = [job.pk for job in leased.jobs if job.order_id not in failed]
    common = {"lease_id": "", "lease_until": None}
    if not counted:
        mine.update(**common, dirty=True, leases=F("leases") - 1)
        return
    mine.filter(pk__in=done).update(
        **common, leases=0, failures=0, retry_at=None, last_error=""
    )
    for job in leased.jobs:
        if job.order_id in failed:
            _fail(job, leased.id, failed[job.order_id])


def put_off(leased: Lease, account: str, peer: str, seconds: float) -> None:
    """Give jobs back, the first of which has no quota for so many business seconds.

    Others as urgent that are due, leased with it or not, wait a moment as well: they
    mostly need the same quota, and a lane that stays due for them would be asked over
    and over. Those that need another quota go on after that moment.
    """
    now = clock.now()
    release(leased, counted=False)
    due = SyncJob.objects.filter(_due(account, peer, now), dirty=True)
    alike = Q(priority__lte=Priority.URGENT)
    urgent = leased.jobs[0].priority <= Priority.URGENT
    others = due.filter(alike if urgent else ~alike)
    others.update(due_at=now + timedelta(seconds=min(seconds, OTHERS_WAIT)))
    SyncJob.objects.filter(pk=leased.jobs[0].pk, dirty=True, lease_id="").update(
        due_at=now + timedelta(seconds=seconds)
    )


def _fail(job: SyncJob, lease_id: str, error: str) -> None:
    ship_by = job.order.ship_by
    now = clock.now()
    wait = delay(
        job.failures + 1, to_deadline=None if ship_by is None else ship_by - now
    )
    parked = error[:300] if job.failures + 1 >= PARK_AFTER else ""
    SyncJob.objects.filter(pk=job.pk, lease_id=lease_id).update(
        lease_id="",
        lease_until=None,
        dirty=True,
        leases=0,
        failures=F("failures") + 1,
        retry_at=now + wait,
        due_at=now + wait,
        last_error=error[:300],
        parked=parked,
    )


def next_due(account: str, peer: str) -> datetime | None:
    """When this account's next job is due, in real time; None when none waits."""
    jobs = SyncJob.objects.filter(account=account, peer=peer, parked="")
    waiting = jobs.filter(dirty=True, lease_until__isnull=True).aggregate(
        at=Min("due_at")
    )["at"]
    dead = jobs.filter(lease_until__isnull=False).aggregate(at=Min("lease_until"))["at"]
    times = [] if dead is None else [dead]
    if waiting is not None:
        wait = clock.real_seconds(max(waiting - clock.now(), timedelta(0)))
        times.append(clock.real_now() + timedelta(seconds=wait))
    return min(times, default=None)
