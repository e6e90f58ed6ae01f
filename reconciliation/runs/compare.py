"""The comparison of one store: one rule a step, each one set-based statement."""

from __future__ import annotations

from reconciliation.models import Hit, RunStore
from reconciliation.rules import Rule, Scope
from reconciliation.runs.hits import drop, write
from shipsync_site.lib import clock


def begin(part: RunStore) -> None:
    """Nothing of a comparison that was cut off, or of an earlier one, is left."""
    drop(part.hits.all())


def looks(scope: Scope, rule: Rule) -> bool:
    """Whether this rule can say anything: some need the marketplace's own count."""
    return rule.find is not None and (scope.counted or not rule.needs_count)


def compare(scope: Scope, rule: Rule) -> int:
    """Find what this rule finds; how many. Repeatable: what stood is dropped first."""
    part = scope.run_store
    drop(Hit.objects.filter(run_store=part, rule=rule.code))
    if rule.find is None or not looks(scope, rule):
        return 0
    for rows in rule.find(scope):
        write(part.pk, rule.code, rows)
    return Hit.objects.filter(run_store=part, rule=rule.code).count()


def end(scope: Scope) -> None:
    """What was compared, and as of when."""
    RunStore.objects.filter(pk=scope.run_store.pk).update(
        ours=scope.all_orders().count(),
        mirror_as_of=scope.read_at,
        compared_at=clock.now(),
    )
