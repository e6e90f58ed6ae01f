"""Counting a store's orders by a source of the marketplace that our import does not use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from reconciliation.models import CensusRow, RunStore
from shipsync_site.lib import clock
from stores.connect import connector_for
from stores.connectors.base import Capability, Connector
from stores.remote_money import CensusStep
from stores.sweeps import SweepGateway

CHUNK = 500
OVER = CensusStep(done=True)


def connector_of(part: RunStore) -> Connector:
    """The store's connector; its calls leave the reserve of the budget to the orders."""
    account = part.store.remote_account
    return connector_for(account, gateway=SweepGateway(account.key))


def take(part: RunStore, cursor: Mapping[str, Any], now: datetime) -> CensusStep:
    """One call of the count, kept; one that can't be made is said as the problem.

    Raises what the connector raises.
    """
    connector = connector_of(part)
    if Capability.CENSUS not in connector.capabilities:
        give_up(
            part,
            f"{connector.label} offers no source that counts orders apart from the one "
            "that they are imported from.",
        )
        return OVER
    if not cursor:
        _forget(part)
    # What was placed up to now can be counted, not what is still to come.
    until = min(part.until, now)
    if until <= part.since:
        give_up(part, "The period has not begun yet.")
        return OVER
    step = connector.census(
        part.store.remote_marketplace, part.since, until, cursor, now=now
    )
    _keep(part, step)
    return step


def _keep(part: RunStore, step: CensusStep) -> None:
    rows = [
        CensusRow(
            run_store=part,
            remote_id=entry.remote_id[:60],
            status=entry.status,
            not_ours=entry.not_ours,
            units=entry.units,
            ordered_at=entry.ordered_at,
        )
        for entry in step.entries
    ]
    for start in range(0, len(rows), CHUNK):
        CensusRow.objects.bulk_create(
            rows[start : start + CHUNK], ignore_conflicts=True
        )
    if step.source:
        part.counted_by = step.source[:100]
    if step.total is not None:
        part.counted = step.total
    if step.done:
        if part.counted is None:
            part.counted = part.census.count()
        part.counted_at, part.count_problem = clock.now(), ""
    part.save(update_fields=["counted", "counted_by", "counted_at", "count_problem"])


def give_up(part: RunStore, why: str) -> None:
    """Nothing was counted, and why."""
    with transaction.atomic():
        RunStore.objects.filter(pk=part.pk).update(
            counted=None, counted_at=None, count_problem=why[:300]
        )
    _forget(part)
    part.refresh_from_db(fields=["counted", "counted_at", "count_problem"])


def _forget(part: RunStore) -> None:
    while pks := list(part.census.values_list("pk", flat=True)[:CHUNK]):
        CensusRow.objects.filter(pk__in=pks).delete()
