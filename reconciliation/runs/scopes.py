"""From a run's row to what its rules look at."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import reduce
from itertools import pairwise
from operator import or_

from django.db.models import Q

from orders.snapshot import MIRROR_TRAILING
from orders.snapshot_rows import policy_of
from reconciliation.models import RunStore
from reconciliation.rules import SKIPS, Scope
from reconciliation.rules.scope import Span
from stores.connectors import CONNECTORS
from stores.connectors.base import Capability
from stores.models import Cursor, OperatingModel, Store
from stores.periods import Route, era_of, periods_of


def scope_of(part: RunStore, now: datetime) -> Scope:
    """One store of a run as its rules see it; a handful of queries."""
    store = part.store
    cursor = Cursor.objects.filter(
        account=store.shipstation_account.key, stream=MIRROR_TRAILING
    ).first()
    model = OperatingModel.objects.filter(store=store).order_by("-version").first()
    connector = CONNECTORS.get(store.remote_account.marketplace)
    scope = Scope(
        run_store=part,
        store=store,
        policy=policy_of(model, store.timezone),
        now=now,
        since=part.since,
        until=part.until,
        read_at=cursor.watermark if cursor else None,
        counted=part.counted == 0
        or (part.counted is not None and part.census.exists()),
        can_confirm=Capability.CONFIRM_DISPATCH in connector.capabilities,
        spans=spans_of(store, part.since, part.until),
    )
    return replace(scope, skipped=skipped(scope))


def skipped(scope: Scope) -> Q:
    """Orders for which any stated reason holds."""
    return reduce(or_, (skip.when(scope) for skip in SKIPS))


def spans_of(store: Store, since: datetime, until: datetime) -> tuple[Span, ...]:
    """The period in parts, each under one way of running the store."""
    periods = periods_of([store])
    bounds = {since, until}
    for row in periods.get(store.pk, ()):
        bounds |= {
            x for x in (row.live_from, row.live_until) if x and since < x < until
        }
    edges = sorted(bounds)
    found = []
    for first, last in pairwise(edges):
        era = era_of(store, periods, first)
        found.append(
            Span(
                since=first,
                until=last,
                mode=era.mode,
                ours=era.route == Route.OURS,
                shipstation_store_id=era.shipstation_store_id,
            )
        )
    return tuple(found)
