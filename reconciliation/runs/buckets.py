"""Each order of the marketplace in exactly one bucket, counted from what is there.

Nothing is had by subtraction: orders that agree are counted as those that no rule hit
and no reason skips, so that a sum which differs from the marketplace's count shows.
"""

from __future__ import annotations

import time
from collections import Counter
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
from reconciliation.rules.skips import OTHER_DAY, PREFIX
from reconciliation.runs.hits import PAUSE, compiled, staged


def fill(scope: Scope) -> dict[str, int]:
    """Mark each order's bucket and store the sums; returns them by code."""
    _mark_first(scope)
    found = dict(
        Hit.objects.filter(run_store=scope.run_store, first=True)
        .values_list("rule")
        .annotate(number=Count("pk"))
        .order_by("rule")
    )
    buckets = Counter({AGREES: 0, **found})
    buckets.update(_of_orders(scope))
    buckets.update(_unread(scope))
    sums = {code: n for code, n in sorted(buckets.items()) if n or code == AGREES}
    RunStore.objects.filter(pk=scope.run_store.pk).update(buckets=sums)
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


def _of_orders(scope: Scope) -> dict[str, int]:
    return dict(
        without_hit(scope).order_by().values_list("bucket").annotate(number=Count("pk"))
    )


def without_hit(scope: Scope) -> QuerySet[Any]:
    """Orders that we have and no rule hit, with their ``bucket``: agrees, or skipped."""
    inside = Q(ordered_at__gte=scope.since, ordered_at__lt=scope.until)
    orders = Order.objects.filter(store=scope.store)
    if scope.counted:
        orders = orders.filter(
            Exists(scope.census().filter(remote_id=OuterRef("remote_id")))
        )
    else:
        orders = orders.filter(inside)
    hit = Hit.objects.filter(
        run_store=scope.run_store, first=True, remote_id=OuterRef("remote_id")
    )
    bucket = Case(
        When(~inside, then=Value(PREFIX + OTHER_DAY)),
        *(When(skip.when(scope), then=Value(skip.bucket)) for skip in SKIPS),
        default=Value(AGREES),
        output_field=CharField(),
    )
    return orders.filter(~Exists(hit)).annotate(bucket=bucket)


def _unread(scope: Scope) -> dict[str, int]:
    """Counted orders that we do not have, where there is a reason for it."""
    if not scope.counted:
        return {}
    hit = Hit.objects.filter(
        run_store=scope.run_store, first=True, remote_id=OuterRef("remote_id")
    )
    counted = (
        missing_here.unread(scope)
        .filter(~Exists(hit))
        .annotate(why=missing_here.reason(scope))
        .order_by()
        .values_list("why")
        .annotate(number=Count("pk"))
    )
    return {f"{PREFIX}{why}": number for why, number in counted if why}
