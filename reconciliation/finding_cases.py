"""Findings in the queues: in a case of their order, else in one of the store and rule."""

from __future__ import annotations

from django.db.models import Max, OuterRef, Q, QuerySet, Subquery

from orders.exception_kinds import KINDS
from orders.models import CaseState, OrderException
from orders.store_cases import close_store_case, open_store_case
from reconciliation.models import Finding, FindingState
from reconciliation.rules import RULES, Rule
from stores.models import Store

CHUNK = 500


def stand(store: Store, code: str) -> OrderException | None:
    """Have each open finding of this rule stand in one case, and end what stands for none.

    It joins an open case of its order of a kind that the rule names; the rest stand
    together in the store's case of the rule, which is returned.
    """
    if code not in RULES or RULES.get(code).kind not in KINDS:
        return None
    rule = RULES.get(code)
    findings = Finding.objects.filter(store=store, rule=code)
    unopened = findings.filter(state=FindingState.OPEN)
    scope = f"store:{store.pk}"
    _leave(findings, scope)
    if rule.joins:
        _join(unopened, rule)
    rest = unopened.filter(Q(case=None) | Q(case__scope=scope, case__kind=rule.kind))
    count = rest.count()
    if not count:
        close_store_case(scope, rule.kind)
        return None
    longest = rest.aggregate(days=Max("days"))["days"]
    case = open_store_case(
        scope,
        rule.kind,
        rule.code,
        _summary(store, rule, count, longest),
        store=store,
        context={"rule": rule.code, "findings": count, "days": longest},
    )
    _set_case(rest.exclude(case=case), case.pk)
    return case


def _summary(store: Store, rule: Rule, count: int, days: int) -> str:
    running = f", the oldest seen {days} days running" if days > 1 else ""
    if rule.whole_store:
        return f"{rule.label}: {store.name}{running}"
    return f"{rule.label}: {count:,} at {store.name}{running}"


def _leave(findings: QuerySet[Finding], scope: str) -> None:
    """Those whose case has gone, or that need nobody any more, stand in none."""
    over = findings.filter(case__isnull=False).filter(
        Q(case__state=CaseState.RESOLVED, case__resolved_by=None)
        | (~Q(state=FindingState.OPEN) & Q(case__scope=scope))
    )
    _set_case(over, None)


def _join(findings: QuerySet[Finding], rule: Rule) -> None:
    """Those that a case of their order covers: open, or answered by a person.

    What an answer does not mend opens its case again by itself.
    """
    covering = OrderException.objects.filter(
        Q(state=CaseState.OPEN) | Q(resolved_by__isnull=False),
        order=OuterRef("order"),
        kind__in=rule.joins,
    ).order_by("state", "pk")
    matched = findings.annotate(covering=Subquery(covering.values("pk")[:1])).filter(
        covering__isnull=False
    )
    last = 0
    while True:
        part = list(
            matched.filter(pk__gt=last)
            .order_by("pk")
            .values_list("pk", flat=True)[:CHUNK]
        )
        if not part:
            return
        last = part[-1]
        Finding.objects.filter(pk__in=part).update(
            case=Subquery(covering.values("pk")[:1])
        )


def _set_case(findings: QuerySet[Finding], case: int | None) -> None:
    while part := list(findings.order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        Finding.objects.filter(pk__in=part).update(case=case)
