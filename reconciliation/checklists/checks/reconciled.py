"""What the comparison with the marketplaces says: runs, findings, periods, lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from django.db.models import QuerySet

from reconciliation.checklists.checks import (
    CHECKS,
    Check,
    Evidence,
    Link,
    Scope,
    counted,
    page,
)
from reconciliation.models import (
    ChecklistRun,
    ChecklistState,
    Finding,
    FindingState,
    Period,
    Run,
    RunState,
    RunStore,
)
from stores.models import StoreState

FAMILY = "Reconciliation"
FINDINGS = "reconciliation:findings"
SHOWN = 20
# What the list of findings can be narrowed to: seen so many days running, or more.
DAYS = frozenset({"2", "3"})


def run_adds_up(scope: Scope) -> Evidence:
    """Each of the list's days was compared for each store that sells, and adds up.

    A day goes by the latest run that was done over it, whether it was the day's own or
    one of the whole month.
    """
    selling = [x for x in scope.stores if x.state != StoreState.DRAFT]
    rows = RunStore.objects.filter(
        run__state=RunState.DONE,
        run__first_day__lte=scope.last,
        run__last_day__gte=scope.first,
        store__in=selling,
    )
    by_day: dict[int, dict[date, RunStore]] = defaultdict(dict)
    for each in rows.select_related("run").order_by("run__finished_at", "pk"):
        for day in _every(each.run.first_day, each.run.last_day):
            by_day[each.store_id][day] = each
    bad: list[str] = []
    figures: dict[str, int | str] = {}
    runs: dict[int, Run] = {}
    for store in selling:
        found = by_day[store.pk]
        used = {
            row.pk: row
            for day in _every(scope.first, scope.last)
            if (row := found.get(day))
        }
        open_days = sum(day not in found for day in _every(scope.first, scope.last))
        runs |= {row.run_id: row.run for row in used.values()}
        if open_days:
            days = "" if scope.first == scope.last else f" on {open_days} days"
            bad.append(f"{store.name} was not compared{days}")
        for row in used.values():
            ours = sum(map(int, row.buckets.values()))
            counted = "not known" if row.counted is None else row.counted
            figures[f"{store.name}, {row.run}"] = (
                f"{ours} in buckets, {counted} counted"
            )
            if row.adds_up is None:
                bad.append(f"{store.name} could not be counted: {row.count_problem}")
            elif not row.adds_up:
                bad.append(f"{store.name}: {ours:,} in buckets, {counted} counted")
    said = (
        f"{'; '.join(bad).rstrip('.')}."
        if bad
        else f"{_days(scope)} adds up for {len(selling)} "
        f"{'store' if len(selling) == 1 else 'stores'}."
        if selling
        else "No store sells yet: there is nothing to compare."
    )
    links = tuple(
        Link(text=f"Run of {run}", url=page("reconciliation:run", pk))
        for pk, run in sorted(runs.items())
    )
    return Evidence(
        ok=not bad,
        sentence=said,
        figures=figures,
        links=links or (Link(text="The runs", url=page("reconciliation:runs")),),
    )


def findings_old(scope: Scope) -> Evidence:
    """No open finding was seen on more days running than the limit."""
    rows = scope.of(
        Finding.objects.filter(state=FindingState.OPEN, days__gt=scope.limit)
    )
    total = rows.count()
    oldest = rows.order_by("-days", "pk").values_list("days", flat=True).first() or 0
    said = (
        f"{total:,} open {'finding' if total == 1 else 'findings'} seen on more than "
        f"{scope.limit} days running; the oldest on {oldest}."
        if total
        else f"No open finding was seen on more than {scope.limit} days running."
    )
    return Evidence(
        ok=not total,
        sentence=said,
        figures={"findings": total, "oldest, days": oldest, "limit": scope.limit},
        links=_findings(scope, rows, total),
    )


def findings_open(scope: Scope) -> Evidence:
    """Open findings, each a disagreement that nobody ended or accepted."""
    return counted(
        scope,
        Finding.objects.filter(state=FindingState.OPEN),
        "finding is open",
        "findings are open",
        FINDINGS,
    )


def period_closed(scope: Scope) -> Evidence:
    """The list's days, or its month, are closed for each store that sells."""
    selling = [x for x in scope.stores if x.state != StoreState.DRAFT]
    month = scope.first.day == 1 and scope.last > scope.first
    kind = "month" if month else "day"
    rows = Period.objects.filter(
        store__in=selling,
        kind=kind,
        first_day__gte=scope.first,
        last_day__lte=scope.last,
        closed_at__isnull=False,
        reopened_at__isnull=True,
    )
    wanted = 1 if month else (scope.last - scope.first).days + 1
    closed: dict[int, int] = {}
    for store_id in rows.values_list("store", flat=True):
        closed[store_id] = closed.get(store_id, 0) + 1
    still = [x.name for x in selling if closed.get(x.pk, 0) < wanted]
    said = (
        f"Not closed: {', '.join(still)}."
        if still
        else f"{_days(scope)} is closed for {len(selling)} "
        f"{'store' if len(selling) == 1 else 'stores'}."
        if selling
        else "No store sells yet: there is nothing to close."
    )
    return Evidence(
        ok=not still,
        sentence=said,
        figures={"stores": len(selling), "not closed": len(still)},
        links=(Link(text="The periods", url=page("reconciliation:periods")),),
    )


def lists_signed(scope: Scope) -> Evidence:
    """Every checklist of the list's days is signed, in time or not."""
    rows = ChecklistRun.objects.filter(day__gte=scope.first, day__lte=scope.last)
    total = rows.count()
    still = list(rows.exclude(state=ChecklistState.SIGNED).order_by("day", "pk")[:20])
    names = ", ".join(f"{run.frozen['definition']['name']}" for run in still)
    said = (
        f"Not signed: {names}."
        if still
        else f"All {total} checklists are signed."
        if total
        else "No checklist was due."
    )
    return Evidence(
        ok=not still,
        sentence=said,
        figures={"checklists": total, "not signed": len(still)},
        links=tuple(
            Link(text=str(run), url=page("reconciliation:checklist_run", run.pk))
            for run in still
        )
        or (
            Link(
                text="The calendar",
                url=page("reconciliation:checklist_calendar"),
            ),
        ),
    )


def _findings(scope: Scope, rows: QuerySet[Finding], total: int) -> tuple[Link, ...]:
    """The list where it can be narrowed to just these; else each, if they are few."""
    days = str(scope.limit + 1)
    if days in DAYS and (scope.slug or not scope.narrowed):
        url = page(FINDINGS, store=scope.slug, days=days)
        return (Link(text="The list" if total else "The empty list", url=url),)
    if not total or total > SHOWN:
        return (Link(text="The findings", url=page(FINDINGS, store=scope.slug)),)
    return tuple(
        Link(text=str(row), url=page("reconciliation:finding", row.pk))
        for row in rows.order_by("-days", "pk")
    )


def _every(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _days(scope: Scope) -> str:
    """'22 Nov', '16 Nov to 22 Nov', 'October 2026'."""
    if scope.first == scope.last:
        return _day(scope.first)
    if scope.first.day == 1 and (scope.last + timedelta(days=1)).day == 1:
        return f"{scope.first:%B %Y}"
    return f"{_day(scope.first)} to {_day(scope.last)}"


def _day(day: object) -> str:
    return f"{day:%d %b}".lstrip("0")


for check in (
    Check(
        code="run_adds_up",
        family=FAMILY,
        label="The comparison adds up for every store",
        look=run_adds_up,
    ),
    Check(
        code="findings_old",
        family=FAMILY,
        label="No finding stays open for days",
        look=findings_old,
        unit="days running",
        limit=2,
    ),
    Check(
        code="findings_open",
        family=FAMILY,
        label="No finding is open",
        look=findings_open,
        unit="findings",
    ),
    Check(
        code="period_closed",
        family=FAMILY,
        label="The day or month is closed for every store",
        look=period_closed,
    ),
    Check(
        code="lists_signed",
        family=FAMILY,
        label="All checklists of the day before are signed",
        look=lists_signed,
    ),
):
    CHECKS.register(check)
