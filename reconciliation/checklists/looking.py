"""Items that tick themselves: their checks are looked at until the list is signed.

What a check saw is kept with the item, whether it says yes or no. It never touches what
a person ticked: then it only keeps the figures beside the person's word.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import F

from reconciliation.checklists.checks import CHECKS, Evidence, Scope
from reconciliation.models import ChecklistRun, ChecklistState, ChecklistTick
from shipsync_site.lib import bulk, clock
from stores.models import Store, StoreState

logger = logging.getLogger(__name__)

LOOKED = (ChecklistState.OPEN, ChecklistState.MISSED)
_FIELDS = ("ticked_at", "automatic", "evidence", "looked_at")


def look(run: ChecklistRun, now: datetime | None = None) -> bool:
    """Ask the checks of a run that is not signed; whether an item changed its answer.

    The checks run outside of the transaction; the row's version goes up only where an
    item was ticked or came open again.
    """
    now = now or clock.now()
    if run.state not in LOOKED:
        return False
    ticks = list(run.ticks.exclude(check_code=""))
    seen = {tick.pk: evidence_of(run, tick, now) for tick in ticks}
    return _keep(run, seen, now) if seen else False


def look_all(runs: Iterable[ChecklistRun], now: datetime | None = None) -> int:
    """Look at each; how many changed."""
    return sum(look(run, now) for run in runs)


def evidence_of(run: ChecklistRun, tick: ChecklistTick, now: datetime) -> Evidence:
    """What the item's check says; one that is gone or fails says no, and why."""
    if tick.check_code not in CHECKS:
        return Evidence(
            ok=False,
            sentence="This check no longer exists: a person has to look, and say so.",
        )
    check = CHECKS.get(tick.check_code)
    limit = check.limit if tick.limit is None else tick.limit
    scope = scope_of(run, limit, now)
    if scope.narrowed and len(scope.stores) < len(run.frozen["definition"]["stores"]):
        return Evidence(
            ok=False,
            sentence="A store of this list is no longer there: a person has to look, and "
            "a lead to change the list.",
        )
    try:
        return check.look(scope)
    except DatabaseError:
        raise
    except Exception as error:
        logger.exception("checklist=%s check=%s failed", run.pk, check.code)
        return Evidence(
            ok=False,
            sentence=f"The check itself failed ({type(error).__name__}): a person has to "
            "look, and say so.",
        )


def scope_of(run: ChecklistRun, limit: int, now: datetime) -> Scope:
    """What the checks of a run look at, as its list said when it was made."""
    definition: dict[str, Any] = run.frozen["definition"]
    named = definition["stores"]
    stores = Store.objects.select_related(
        "remote_account", "shipstation_account"
    ).order_by("name", "pk")
    if named is not None:
        stores = stores.filter(pk__in=[each["pk"] for each in named])
    else:
        stores = stores.exclude(state=StoreState.DRAFT)
    first, last = map(date.fromisoformat, definition["covers"])
    return Scope(
        stores=tuple(stores),
        narrowed=named is not None,
        team=definition["team"],
        day=run.day,
        first=first,
        last=last,
        limit=limit,
        now=now,
    )


def ticks_itself(tick: ChecklistTick) -> bool:
    """Whether a check that says yes is enough; one that asks for a note never is."""
    return bool(tick.check_code) and not tick.needs_note


def _keep(run: ChecklistRun, seen: dict[int, Evidence], now: datetime) -> bool:
    with transaction.atomic():
        # Locked, and read again: a person may have ticked or signed meanwhile.
        locked = ChecklistRun.objects.select_for_update().get(pk=run.pk)
        if locked.state not in LOOKED:
            return False
        ticks = list(locked.ticks.filter(pk__in=seen))
        changed = False
        for tick in ticks:
            evidence = seen[tick.pk]
            tick.evidence, tick.looked_at = evidence.as_json(), now
            if tick.ticked_at is not None and not tick.automatic:
                continue
            ticks_now = evidence.ok and ticks_itself(tick)
            if ticks_now != tick.automatic:
                changed = True
                tick.automatic = ticks_now
                tick.ticked_at = now if ticks_now else None
        bulk.save(ticks, _FIELDS)
        if changed:
            ChecklistRun.objects.filter(pk=run.pk).update(version=F("version") + 1)
    return changed
