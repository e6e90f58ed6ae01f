"""What the comparison with the marketplaces says: runs, findings, periods, standards."""

from __future__ import annotations

from datetime import timedelta

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
    RunState,
    RunStore,
)
from stores.models import StoreState

FAMILY = "Reconciliation"


def run_adds_up(scope: Scope) -> Evidence:
    """The last run over the list's days adds up for each store that sells."""
    selling = [x for x in scope.stores if x.state != StoreState.DRAFT]
    latest: dict[int, RunStore] = {}
    rows = RunStore.objects.filter(
        run__state=RunState.DONE,
        run__first_day__lte=scope.first,
        run__last_day__gte=scope.last,
        store__in=selling,
    )
    for each in rows.select_related("run").order_by("run__finished_at", "pk"):
        latest[each.store_id] = each
    bad: list[str] = []
    figures: dict[str, int | str] = {}
    for store in selling:
        row = latest.get(store.pk)
        if row is None:
            bad.append(f"{store.name} was not compared")
        elif row.adds_up is None:
            bad.append(f"{store.name} could not be counted ({row.count_problem})")
        elif not row.adds_up:
            ours = sum(map(int, row.buckets.values()))
            bad.append(f"{store.name}: {ours:,} in buckets, {row.counted:,} counted")
        if row is not None:
            ours = sum(map(int, row.buckets.values()))
            figures[store.name] = f"{ours} in buckets, {row.counted} counted"
    days = _days(scope)
    said = (
        f"{'; '.join(bad)}."
        if bad
        else f"{days} adds up for {len(selling)} "
        f"{'store' if len(selling) == 1 else 'stores'}."
        if selling
        else "No store sells yet: there is nothing to compare."
    )
    runs = {row.run_id: row.run for row in latest.values()}
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
    url = page(
        "reconciliation:findings",
        store=scope.slug,
        state=FindingState.OPEN,
        days=scope.limit + 1,
    )
    return Evidence(
        ok=not total,
        sentence=said,
        figures={"findings": total, "oldest, days": oldest, "limit": scope.limit},
        links=(Link(text="The findings", url=url),),
    )


def findings_open(scope: Scope) -> Evidence:
    """Open findings, each a disagreement that nobody ended or accepted."""
    return counted(
        scope,
        Finding.objects.filter(state=FindingState.OPEN),
        "finding is open",
        "findings are open",
        "reconciliation:findings",
        state=FindingState.OPEN,
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
        limit=3,
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
