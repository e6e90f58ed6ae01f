"""Settlements are fetched: once a day, or when a person asks; step by step, resumed.

A step leases the account's row, makes one call, and stores what it brought together with
where to go on, in one transaction: a process that dies between two pages loses nothing
and brings nothing twice. Each fetch reads again what may have changed since (see
``settlements_settle``), and what is not paid yet. A settlement that can't be taken in is
left out and said; what is not whole does not move ``reached``. Leases are real time.
"""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q, QuerySet

from orders.sync.backoff import delay
from reconciliation.models import SettlementFetch
from reconciliation.settlements import fetch_cases, fetching, store
from shipsync_site.lib import clock
from stores import lanes
from stores.connect import connector_for
from stores.connectors import CONNECTORS
from stores.connectors.base import Capability
from stores.errors import (
    OutcomeUnknownError,
    RemoteError,
    ThrottledError,
    TransientError,
)
from stores.models import AccountState, RemoteAccount

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

logger = logging.getLogger(__name__)

EVERY = timedelta(hours=24)
LEASE = timedelta(minutes=3)
# Failures in a row after which the fetch rests until the next day.
GIVE_UP_AFTER = 8


class FetchError(ValueError):
    """Why nothing can be fetched; the message is for people."""


def request_fetch(
    account: RemoteAccount, user: AbstractBaseUser | None = None
) -> SettlementFetch:
    """Have an account's settlements fetched now; one that is under way goes on.

    Raises FetchError where its marketplace gives none, or the account is paused.
    """
    if account.marketplace not in _giving():
        raise FetchError(
            f"{account.name}: this marketplace gives no settlements by its interface. "
            "Bring the files in by hand."
        )
    if account.state != AccountState.ACTIVE:
        raise FetchError(
            f"{account.name} is paused: end the pause on the account's page first."
        )
    now = clock.now()
    asked: dict[str, Any] = {"asked_at": now, "asked_by": user}
    with transaction.atomic():
        row, _ = SettlementFetch.objects.update_or_create(
            account=account,
            defaults={"next_at": now, "failures": 0} | asked,
        )
        transaction.on_commit(lanes.enqueue_pump)
    return row


def request_all() -> int:
    """Have the settlements of every active account that gives any fetched; how many."""
    accounts = RemoteAccount.objects.filter(
        marketplace__in=_giving(), state=AccountState.ACTIVE
    )
    return len([request_fetch(account) for account in accounts])


def ensure() -> None:
    """Make sure that every account that gives settlements has its row, due at once."""
    missing = RemoteAccount.objects.filter(
        marketplace__in=_giving(), state=AccountState.ACTIVE, settlement_fetch=None
    )
    now = clock.now()
    for account in missing.only("pk"):
        SettlementFetch.objects.get_or_create(
            account=account, defaults={"next_at": now}
        )


def due() -> QuerySet[SettlementFetch]:
    """Those of which the next step can be taken now."""
    free = Q(lease_until=None) | Q(lease_until__lt=clock.real_now())
    wanted = Q(next_at__lte=clock.now()) | Q(since__isnull=False)
    return SettlementFetch.objects.filter(
        free, wanted, account__state=AccountState.ACTIVE
    ).order_by("next_at", "pk")


def run_one() -> bool:
    """Take the next step of the fetch that waits longest; False when none is due."""
    ensure()
    row = _lease()
    if row is None:
        return False
    try:
        _step(row)
    except ThrottledError as problem:
        _rest(row, timedelta(seconds=problem.retry_after))
    except (TransientError, OutcomeUnknownError) as problem:
        _try_again(row, problem)
    except (RemoteError, LookupError) as problem:
        _end(row, problem)
    except store.StagingLostError:
        logger.warning("settlements of %s: begun anew", row.account_id)
        _start_over(row)
    except fetching.LostLeaseError:
        logger.warning("settlements of %s: taken over", row.account_id)
    except Exception as problem:
        logger.exception("settlements of %s could not be fetched", row.account_id)
        _try_again(row, problem)
    return True


def work_off(account: RemoteAccount, *, steps: int = 10_000) -> SettlementFetch:
    """Fetch an account's settlements to the end, here and now (commands, tests).

    Ends early where the marketplace wants us to wait.
    """
    row = request_fetch(account)
    for _ in range(steps):
        if not due().filter(pk=row.pk).exists():
            break
        run_one()
    return SettlementFetch.objects.get(pk=row.pk)


def _giving() -> list[str]:
    """The marketplaces that give settlements."""
    return [c.code for c in CONNECTORS if Capability.SETTLEMENTS in c.capabilities]


def _lease() -> SettlementFetch | None:
    lease, until = uuid.uuid4().hex, clock.real_now() + LEASE
    for pk in due().values_list("pk", flat=True)[:5]:
        if due().filter(pk=pk).update(lease_id=lease, lease_until=until):
            rows = SettlementFetch.objects.select_related("account", "staging")
            return rows.get(pk=pk)
    return None


def _step(row: SettlementFetch) -> None:
    connector = connector_for(row.account)
    if row.since is None:
        fetching.begin(row, connector)
    if row.ending:
        fetching.finish(row)
        if not row.cursor:
            _whole(row)
        else:
            _rest(row, timedelta(0))
        return
    since = row.since or clock.now()
    step = connector.fetch_settlements(
        since, row.cursor, now=clock.now(), known=fetching.Known(row.account)
    )
    if step.document is not None:
        fetching.take_document(row, connector, step)
    elif step.head is not None:
        fetching.take_page(row, connector, step)
    else:
        fetching.save(row, cursor=dict(step.cursor), failures=0)
    if row.ending:
        fetching.finish(row)
    if step.done:
        _whole(row)
    else:
        _rest(row, timedelta(0))


def _whole(row: SettlementFetch) -> None:
    """The fetch came to its end."""
    now = clock.now()
    changes: dict[str, Any] = {
        "since": None,
        "cursor": {},
        "next_at": now + EVERY,
        "finished_at": now,
        "failures": 0,
        "lease_id": "",
        "lease_until": None,
        "problem": "",
    }
    if row.left_out:
        changes["problem"] = fetch_cases.left_out(row.account, row.left_out)[:300]
    else:
        # From here on nothing older is missing.
        changes["reached"] = row.began_at
        fetch_cases.close(row.account)
    fetching.save(row, **changes)


def _end(row: SettlementFetch, problem: Exception) -> None:
    """The remote said no, or what it said can't be understood: a person's, then again."""
    said = fetch_cases.refused(row.account, problem)
    fetching.forget_staging(row)
    fetching.mine(row).update(
        since=None,
        cursor={},
        staging=None,
        ending=False,
        next_at=clock.now() + EVERY,
        finished_at=clock.now(),
        problem=said[:300],
        failures=0,
        lease_id="",
        lease_until=None,
    )


def _try_again(row: SettlementFetch, problem: Exception) -> None:
    failures = row.failures + 1
    if failures >= GIVE_UP_AFTER:
        _end(row, problem)
        return
    fetching.mine(row).update(failures=failures)
    _rest(row, delay(failures))


def _start_over(row: SettlementFetch) -> None:
    fetching.forget_staging(row)
    fetching.mine(row).update(cursor={}, staging=None, ending=False, seen=0, news=0)
    _rest(row, delay(1))


def _rest(row: SettlementFetch, business: timedelta) -> None:
    """Give the row back until so much business time is over."""
    until: datetime | None = None
    if business > timedelta(0):
        wait = timedelta(seconds=clock.real_seconds(business))
        until = clock.real_now() + wait
    fetching.mine(row).update(lease_id="", lease_until=until)
