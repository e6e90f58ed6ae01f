"""Each order of the marketplace in exactly one bucket, counted from what is there.

Nothing is had by subtraction: orders that agree are counted as those that no rule hit
and no reason skips, so that a sum which differs from the marketplace's count shows.
"""

from __future__ import annotations

import time
from typing import Any

from django.db import connection
from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
    Window,
)
from django.db.models.functions import RowNumber

from orders.models import Order
from reconciliation.models import Hit, RunStore
from reconciliation.rules import AGREES, SKIPS, Scope, missing_here, order_rules
from reconciliation.rules.rows import rows
from reconciliation.rules.skips import OTHER_DAY, PREFIX
from reconciliation.runs.hits import PAUSE, compiled, drop, staged, write


def fill(scope: Scope) -> dict[str, int]:
    """Mark each order's bucket and store the sums; returns them by code.

    What is skipped is kept row by row like a hit: why it was skipped may change later.
    """
    part = scope.run_store
    drop(Hit.objects.filter(run_store=part, rule__startswith=PREFIX))
    _mark_first(scope)
    _keep_skipped(scope)
    found = dict(
        Hit.objects.filter(run_store=part, first=True)
        .values_list("rule")
        .annotate(number=Count("pk"))
        .order_by("rule")
    )
    sums = {AGREES: without_hit(scope).count(), **found}
    sums = {code: n for code, n in sorted(sums.items()) if n or code == AGREES}
    RunStore.objects.filter(pk=part.pk).update(buckets=sums)
    return sums


def _candidates(scope: Scope) -> QuerySet[Hit]:
    """Hits on orders of the marketplace: those that it names, else those that we have."""
    rules = [rule.code for rule in order_rules() if not rule.whole_store]
    hits = Hit.objects.filter(run_store=scope.run_store, rule__in=rules)
    if not scope.counted:
        return hits.filter(order__isnull=False)
    named = scope.census().filter(remote_id=OuterRef("remote_id"))
    return hits.filter(Exists(named))


def _mark_first(scope: Scope) -> None:
    """The hit of the lowest rank is its order's bucket."""
    part = scope.run_store
    ranks = [When(rule=rule.code, then=Value(rule.rank)) for rule in order_rules()]
    first = (
        _candidates(scope)
        .annotate(
            place=Window(
                RowNumber(),
                partition_by=[F("remote_id")],
                order_by=[Case(*ranks, default=Value(999)).asc(), F("pk").asc()],
            )
        )
        .filter(place=1)
        .order_by()
        .values("pk")
    )
    Hit.objects.filter(run_store=part, first=True).update(first=False)
    if connection.vendor != "sqlite":
        Hit.objects.filter(pk__in=first).update(first=True)
        return
    select, parameters = compiled(first)
    ranked = f"WITH q(hit) AS ({select}) SELECT hit FROM q"  # noqa: S608
    with staged(ranked, parameters) as slices:
        for after, last in slices:
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE reconciliation_hit SET first = 1 WHERE id IN (SELECT hit "
                    "FROM temp.reconciliation_stage WHERE rowid > %s AND rowid <= %s)",
                    [after, last],
                )
            time.sleep(PAUSE)


def _keep_skipped(scope: Scope) -> None:
    """Each order that a reason skips, ours and those that we have not, as a hit."""
    part = scope.run_store.pk
    orders = with_bucket(scope).exclude(bucket=AGREES)
    for code in sorted(set(orders.order_by().values_list("bucket", flat=True))):
        named = rows(
            orders.filter(bucket=code), expected=F("raw_status"), found=F("stage")
        )
        write(part, code, named, first=True)
    unread = _unread(scope)
    for why in sorted(set(unread.order_by().values_list("why", flat=True))):
        counted = rows(
            unread.filter(why=why),
            order=None,
            placed_at="ordered_at",
            expected=F("status"),
            found="",
        )
        write(part, f"{PREFIX}{why}", counted, first=True)


def without_hit(scope: Scope) -> QuerySet[Any]:
    """Orders that we have, and that neither a rule hit nor a reason skips: they agree."""
    orders = Order.objects.filter(store=scope.store)
    if scope.counted:
        orders = orders.filter(
            Exists(scope.census().filter(remote_id=OuterRef("remote_id")))
        )
    else:
        orders = orders.filter(_inside(scope))
    hit = Hit.objects.filter(
        run_store=scope.run_store, first=True, remote_id=OuterRef("remote_id")
    )
    return orders.filter(~Exists(hit))


def with_bucket(scope: Scope) -> QuerySet[Any]:
    """Those of :func:`without_hit` with the ``bucket`` that they belong to."""
    bucket = Case(
        When(~_inside(scope), then=Value(PREFIX + OTHER_DAY)),
        *(When(skip.when(scope), then=Value(skip.bucket)) for skip in SKIPS),
        default=Value(AGREES),
        output_field=CharField(),
    )
    found: QuerySet[Any] = without_hit(scope).annotate(bucket=bucket)
    return found


def _inside(scope: Scope) -> Q:
    return Q(ordered_at__gte=scope.since, ordered_at__lt=scope.until)


def _unread(scope: Scope) -> QuerySet[Any]:
    """Counted orders that we do not have, with ``why`` they are not missed."""
    hit = Hit.objects.filter(
        run_store=scope.run_store, first=True, remote_id=OuterRef("remote_id")
    )
    named: Any = missing_here.unread(scope).filter(~Exists(hit))
    found: QuerySet[Any] = named.annotate(why=missing_here.reason(scope))
    return found.exclude(why="") if scope.counted else found.none()
