"""Lanes: streams of work that a pump leases while they are due. Real time throughout.

A lane is due when its ``due_at`` has come and nobody leases it, or when the lease of a
dead process ran out. Leasing clears ``due_at``, so that a nudge during the work is kept
and :func:`release` can only bring the next look nearer.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import (
    Case,
    F,
    Min,
    Q,
    QuerySet,
    SmallIntegerField,
    Value,
    When,
)
from django_q.brokers import get_broker
from django_q.tasks import async_task
from redis.exceptions import RedisError

from shipsync_site.lib import clock
from stores.connectors import CONNECTORS
from stores.connectors.base import Capability
from stores.models import (
    AccountState,
    Direction,
    Lane,
    RemoteAccount,
    ShipStationAccount,
)

logger = logging.getLogger(__name__)

PUMP = "orders.tasks.pump"
QUEUED_PUMPS = 10
# A nudge older than this lost its pump: the next one enqueues again.
NUDGE_STALE = timedelta(seconds=60)
# A lane that has been due this long goes first, or busy lanes would starve it.
STARVED = timedelta(seconds=5)

# What stops or saves a parcel goes before what only informs; lower goes first.
PRIORITIES = {
    Direction.PUSH: 1,
    Direction.CONFIRM: 1,
    Direction.DISPATCHES: 1,
    Direction.LISTEN: 1,
    Direction.PULL: 2,
    Direction.MIRROR: 3,
    Direction.READ_BACK: 4,
}
_REMOTE = (Direction.PULL, Direction.READ_BACK, Direction.CONFIRM)
_SHIPSTATION = (Direction.PUSH, Direction.MIRROR, Direction.DISPATCHES)


def ensure_lanes() -> None:
    """Make sure that every account has its lanes; new ones are due at once."""
    now = clock.real_now()
    wanted = {
        (account.key, direction)
        for accounts, directions in (
            (RemoteAccount.objects.only("pk"), _REMOTE),
            (ShipStationAccount.objects.only("pk"), _SHIPSTATION),
        )
        for account in accounts
        for direction in directions
    }
    listeners = RemoteAccount.objects.filter(marketplace__in=_listening()).only("pk")
    wanted |= {(account.key, Direction.LISTEN) for account in listeners}
    present = set(Lane.objects.values_list("account", "direction"))
    Lane.objects.bulk_create(
        [
            Lane(
                account=account,
                direction=direction,
                priority=PRIORITIES[direction],
                due_at=now,
            )
            for account, direction in sorted(wanted)
            if (account, str(direction)) not in present
        ],
        ignore_conflicts=True,
    )


def _listening() -> list[str]:
    """The marketplaces that put messages into a queue of ours."""
    return [c.code for c in CONNECTORS if Capability.LISTEN in c.capabilities]


def nudge(account_key: str, direction: str, *, due_at: datetime | None = None) -> bool:
    """Ask for a lane to be looked at by ``due_at`` (default: now).

    Of many nudges one enqueues a pump, after commit; it returns True. A nudge for
    later only notes the time: whoever nudges then wakes the pump.
    """
    now = clock.real_now()
    due = due_at or now
    lane = Lane.objects.filter(account=account_key, direction=direction)
    earlier = Case(When(due_at__lt=due, then=F("due_at")), default=Value(due))
    if due <= now:
        unanswered = Q(nudged_at=None) | Q(nudged_at__lt=now - NUDGE_STALE)
        if lane.filter(unanswered).update(due_at=earlier, nudged_at=now):
            transaction.on_commit(enqueue_pump)
            return True
    lane.filter(Q(due_at=None) | Q(due_at__gt=due)).update(due_at=due)
    return False


def let_pass(account_key: str, seconds: float) -> None:
    """Have the reads of an account that are not at work wait so many business seconds.

    Where a quota is a single call, who asks whenever it is free leaves nothing to others.
    """
    wait = clock.real_seconds(timedelta(seconds=seconds))
    until = clock.real_now() + timedelta(seconds=wait)
    Lane.objects.filter(
        account=account_key,
        direction__in=(Direction.PULL, Direction.READ_BACK),
        lease_id="",
        due_at__lt=until,
    ).update(due_at=until)


def nudge_all(account_key: str) -> None:
    """Ask for every lane of an account to be looked at now."""
    for direction in Lane.objects.filter(account=account_key).values_list(
        "direction", flat=True
    ):
        nudge(account_key, direction)


def enqueue_pump() -> bool:
    """Queue a pump unless so many wait already: each looks at every lane.

    Without this they pile up by the thousand while all workers are busy. A Redis that
    does not answer costs the nudge, not the work: the lane stays due, and the
    supervisor asks again.
    """
    try:
        if get_broker().queue_size() >= QUEUED_PUMPS:
            return False
        async_task(PUMP)
    except RedisError as error:
        logger.warning("broker: no nudge was queued, Redis says: %s", error)
        return False
    return True


def lease_due(
    lease_seconds: float, directions: Iterable[str] | None = None
) -> Lane | None:
    """Lease the lane that is due first by priority, then time; None when none is."""
    skip_locked = connection.features.has_select_for_update_skip_locked
    while True:
        now = clock.real_now()
        with transaction.atomic():
            lanes = _due(now)
            if directions is not None:
                lanes = lanes.filter(direction__in=list(directions))
            if skip_locked:
                lanes = lanes.select_for_update(skip_locked=True)
            lane = lanes.order_by(_turn(now), F("due_at").asc(nulls_first=True)).first()
            if lane is None:
                return None
            seen = lane.lease_id
            lane.lease_id = uuid.uuid4().hex
            lane.lease_until = now + timedelta(seconds=lease_seconds)
            lane.due_at = None
            lane.nudged_at = None
            won = Lane.objects.filter(pk=lane.pk, lease_id=seen).update(
                lease_id=lane.lease_id,
                lease_until=lane.lease_until,
                due_at=None,
                nudged_at=None,
            )
        if won:
            return lane


@contextmanager
def borrowed(account_key: str, direction: str, lease_seconds: float) -> Iterator[bool]:
    """Hold a lane, due or not, for work that must not run beside its own.

    False while somebody else holds it. The lane stays due as it was.
    """
    now, lease_id = clock.real_now(), uuid.uuid4().hex
    lane = Lane.objects.filter(account=account_key, direction=direction)
    free = Q(lease_id="") | Q(lease_until__lt=now)
    held = lane.filter(free).update(
        lease_id=lease_id, lease_until=now + timedelta(seconds=lease_seconds)
    )
    try:
        yield bool(held)
    finally:
        lane.filter(lease_id=lease_id).update(lease_id="", lease_until=None)


def _turn(now: datetime) -> Case:
    """By priority, but whoever has waited too long comes before everybody."""
    return Case(
        When(due_at__lt=now - STARVED, then=Value(0)),
        default=F("priority"),
        output_field=SmallIntegerField(),
    )


def renew(lane: Lane, lease_seconds: float) -> bool:
    """Prolong a lease of ours; False when it is no longer ours."""
    until = clock.real_now() + timedelta(seconds=lease_seconds)
    return bool(
        Lane.objects.filter(pk=lane.pk, lease_id=lane.lease_id).update(
            lease_until=until
        )
    )


def release(lane: Lane, due_at: datetime | None, error: str = "") -> bool:
    """Give a leased lane back, due again at ``due_at`` or earlier if nudged meanwhile.

    None leaves it to nudges. False when the lease was no longer ours: nothing changed.
    """
    now = clock.real_now()
    changes: dict[str, object] = {
        "lease_id": "",
        "lease_until": None,
        "last_run_at": now,
        "last_error": error[:300],
    }
    if due_at is not None:
        changes["due_at"] = Case(
            When(due_at__lt=due_at, then=F("due_at")), default=Value(due_at)
        )
    if error:
        changes["failures"] = F("failures") + 1
    else:
        changes |= {"failures": 0, "last_ok_at": now}
    return bool(
        Lane.objects.filter(pk=lane.pk, lease_id=lane.lease_id).update(**changes)
    )


def next_due() -> datetime | None:
    """When the next lane of an active account is due; past if one is due now."""
    active = _of_active_accounts()
    unleased = active.filter(lease_id="").aggregate(at=Min("due_at"))["at"]
    # A leased lane comes back by itself only if its process dies.
    leased = active.exclude(lease_id="").aggregate(at=Min("lease_until"))["at"]
    return min((at for at in (unleased, leased) if at is not None), default=None)


def due_count(now: datetime | None = None) -> int:
    """How many lanes could be leased at this real moment."""
    return _due(now or clock.real_now()).count()


def _due(now: datetime) -> QuerySet[Lane]:
    return _of_active_accounts().filter(
        Q(lease_id="", due_at__lte=now) | (~Q(lease_id="") & Q(lease_until__lt=now))
    )


def _of_active_accounts() -> QuerySet[Lane]:
    paused = [
        account.key
        for model in (RemoteAccount, ShipStationAccount)
        for account in model.objects.exclude(state=AccountState.ACTIVE).only("pk")
    ]
    # The pump's own ticker row is a lease, not a lane with work.
    return Lane.objects.filter(direction__in=Direction.values).exclude(
        account__in=paused
    )
