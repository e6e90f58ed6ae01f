"""From a run's hits to findings: set by set, and what is not seen any more is gone."""

from __future__ import annotations

import time

from django.db import connection
from django.db.models import Q

from reconciliation import finding_cases
from reconciliation.finding_sql import plain, upsert
from reconciliation.findings import end_unseen, today_of
from reconciliation.models import Hit
from reconciliation.rules import Rule, Scope
from reconciliation.runs.compare import looks
from reconciliation.runs.hits import PAUSE, SLICE

_SELECT = """
    SELECT %s, h.rule, substr(h.remote_id || ':' || h.cause, 1, 220), h.order_id,
           h.remote_id, h.expected, h.found, NULL, '', NULL, NULL, h.placed_at, %s,
           %s, %s, %s, %s, 'open', 1, ''
      FROM reconciliation_hit AS h
     WHERE h.run_store_id = %s AND h.rule = %s AND h.id > %s AND h.id <= %s
"""
_TYPED = """
    SELECT %s, h.rule, substr(h.remote_id || ':' || h.cause, 1, 220), h.order_id,
           h.remote_id, h.expected, h.found, NULL::numeric, '', NULL::bigint,
           NULL::bigint, h.placed_at, %s::bigint, %s::date, %s::date, %s::timestamptz,
           %s, 'open', 1, ''
      FROM reconciliation_hit AS h
     WHERE h.run_store_id = %s AND h.rule = %s AND h.id > %s AND h.id <= %s
"""


def write_down(scope: Scope, rule: Rule) -> None:
    """What this rule found stands as findings, each in a case; the rest is gone.

    A rule that could not look (the marketplace was not counted) ends nothing. Repeatable:
    a second time on the same day changes nothing.
    """
    if not looks(scope, rule):
        return
    part, now = scope.run_store, scope.now
    look, today = f"run:{part.pk}:{now:%Y%m%d%H%M%S%f}", today_of(scope.store, now)
    hits = Hit.objects.filter(run_store=part, rule=rule.code)
    select = _SELECT if connection.vendor == "sqlite" else _TYPED
    last = 0
    while True:
        ids = list(
            hits.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:SLICE]
        )
        if not ids:
            break
        given = (scope.store.pk, part.run_id, today, today, now, look)
        upsert(
            select,
            [plain(x) for x in (*given, part.pk, rule.code, last, ids[-1])],
        )
        last = ids[-1]
        if connection.vendor == "sqlite":
            time.sleep(PAUSE)
    within = Q(placed_at__gte=scope.since, placed_at__lt=scope.until)
    if rule.whole_store:
        within |= Q(placed_at=None)
    end_unseen(scope.store, rule.code, look, within=within, now=now)
    finding_cases.stand(scope.store, rule.code)
