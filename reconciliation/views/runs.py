"""Runs: started by a person, watched, stopped, and what each store's orders came to."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from reconciliation import lists
from reconciliation.models import Finding, FindingState, Run, RunState, RunStore
from reconciliation.periods import month_of
from reconciliation.rules import AGREES, RULES, bucket_label
from reconciliation.runs import hits, lifecycle
from reconciliation.runs.progress import progress_of
from reconciliation.sums import sums_of
from reconciliation.views.exports import export_url
from shipsync_site.lib import clock
from shipsync_site.lib.permissions import needs
from shipsync_site.lib.zones import DEFAULT, zone
from stores.models import Store, StoreState

LOOK, START = "reconciliation.view_run", "reconciliation.start_run"
PAGE = 50
DAY, MONTH, OWN = "day", "month", "own"


class StartForm(forms.Form):
    """Which stores over which days."""

    period = forms.ChoiceField(
        label="Period",
        choices=[
            (DAY, "One day"),
            (MONTH, "The month that this day is in"),
            (OWN, "From this day to another"),
        ],
        initial=DAY,
    )
    first_day = forms.DateField(
        label="Day",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="A whole day of each store's own zone.",
    )
    last_day = forms.DateField(
        label="To",
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="Only for days of your own.",
    )
    stores = forms.ModelMultipleChoiceField(
        label="Stores",
        queryset=Store.objects.order_by("name", "pk"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one store."},
    )

    def clean(self) -> dict[str, Any]:
        """The days that are meant stand in ``days``."""
        found = super().clean() or {}
        first, period = found.get("first_day"), found.get("period")
        if first and period == OWN:
            if not found.get("last_day"):
                self.add_error("last_day", "Say up to which day.")
            else:
                found["days"] = (first, found["last_day"])
        elif first:
            found["days"] = month_of(first) if period == MONTH else (first, first)
        return found


@require_safe
@needs(LOOK)
def list_runs(request: HttpRequest) -> HttpResponse:
    """All runs, newest first, and the form that starts one."""
    return _list(request, _form())


@require_POST
@needs(START)
def start(request: HttpRequest) -> HttpResponse:
    """Begin a run and show how far it is."""
    form = StartForm(request.POST)
    if form.is_valid():
        first, last = form.cleaned_data["days"]
        try:
            run = lifecycle.start(
                form.cleaned_data["stores"], first, last, cast("User", request.user)
            )
        except lifecycle.RunError as error:
            form.add_error(
                error.field if error.field in form.fields else None, str(error)
            )
        else:
            return redirect("reconciliation:run", run.pk)
    return _list(request, form, status=422)


@require_safe
@needs(LOOK)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Its progress while it runs (htmx asks for that part alone), then its sums."""
    run = get_object_or_404(Run.objects.select_related("created_by"), pk=pk)
    progress = progress_of(run, clock.now(), clock.real_now())
    if request.headers.get("HX-Request") == "true":
        if progress.ended:
            return HttpResponse(headers={"HX-Refresh": "true"})
        context = {"run": run, "progress": progress, "rate": _rate(run)}
        return render(request, "reconciliation/_run_progress.html", context)
    sums = sums_of(run)
    return render(
        request,
        "reconciliation/run.html",
        {
            "run": run,
            "progress": progress,
            "rate": _rate(run),
            "sums": sums,
            "off": [row for row in sums if row.off],
            "uncounted": [row for row in sums if row.off is None],
            "orders": sum(row.whole for row in sums),
            "agree": sum(
                bucket.orders
                for row in sums
                for bucket in row.buckets
                if bucket.code == AGREES
            ),
            "findings": Finding.objects.filter(
                run=run, state=FindingState.OPEN
            ).count(),
            "dropped": _dropped(run),
            "export_url": export_url("run-buckets", urlencode({"run": run.pk})),
        },
    )


@require_POST
@needs(START)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop it; what it collected is deleted."""
    if lifecycle.cancel(get_object_or_404(Run, pk=pk)):
        messages.success(request, "Cancelled. What it had collected is deleted.")
    else:
        messages.info(request, "It had ended already.")
    return redirect("reconciliation:run", pk)


@require_POST
@needs(START)
def go_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Have one that failed go on where it stopped."""
    if not lifecycle.go_on(get_object_or_404(Run, pk=pk)):
        messages.info(request, "It does not wait for anybody.")
    return redirect("reconciliation:run", pk)


@require_safe
@needs(LOOK)
def rows(request: HttpRequest, pk: int, store: str, code: str) -> HttpResponse:
    """The orders of one bucket, or (``?all=1``) all that a rule found there."""
    part = part_of(pk, store, code)
    every = request.GET.get("all") == "1"
    page = Paginator(lists.behind(part, code, every=every), PAGE).get_page(
        request.GET.get("page")
    )
    shown = int(part.buckets.get(code, 0))
    rule = RULES.get(code) if code in RULES else None
    return render(
        request,
        "reconciliation/run_rows.html",
        {
            "part": part,
            "run": part.run,
            "code": code,
            "label": bucket_label(code),
            "rule": rule,
            "every": every,
            "page_obj": page,
            "rows": lists.rows_of(list(page.object_list), code),
            "total": page.paginator.count,
            "counted": shown,
            "export_url": export_url(
                "run-rows", urlencode(_named(part, code, every=every))
            ),
            "changed": not every and shown != page.paginator.count,
            "dropped": _dropped(part.run),
        },
    )


def _named(part: RunStore, code: str, *, every: bool) -> dict[str, str]:
    """These rows in the address of their export."""
    named = {"run": str(part.run_id), "store": part.store.slug, "bucket": code}
    return named | ({"all": "1"} if every else {})


def part_of(pk: int, store: str, code: str) -> RunStore:
    """The store's part of a run, if a bucket could be called so; else a 404."""
    if not lists.known(code):
        raise Http404(f"no bucket is called {code}")
    return get_object_or_404(
        RunStore.objects.select_related(
            "run", "store__remote_account", "store__shipstation_account"
        ),
        run=pk,
        store__slug=store,
    )


def _rate(run: Run) -> str:
    """How fast it goes: '12 % a minute'; '' while there is nothing to tell."""
    if run.started_at is None or not run.total or not run.done:
        return ""
    minutes = (clock.now() - run.started_at).total_seconds() / 60
    share = 100 * run.done / run.total
    return f"{share / minutes:,.0f} % a minute" if minutes > 0.05 else ""


def _dropped(run: Run) -> bool:
    """Whether its rows are too old to be kept."""
    return (
        run.finished_at is not None and run.finished_at < clock.now() - hits.HITS_KEPT
    )


def _form() -> StartForm:
    """Yesterday, of every store that is at work."""
    yesterday = clock.now().astimezone(zone(DEFAULT)).date() - timedelta(days=1)
    at_work = Store.objects.filter(state=StoreState.LIVE).values_list("pk", flat=True)
    return StartForm(initial={"first_day": yesterday, "stores": list(at_work)})


def _list(request: HttpRequest, form: StartForm, status: int = 200) -> HttpResponse:
    runs = Run.objects.select_related("created_by").prefetch_related("stores__store")
    page = Paginator(runs, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "reconciliation/run_list.html",
        {
            "form": form,
            "page_obj": page,
            "rows": [_row(run) for run in page],
            "latest": runs.filter(state=RunState.DONE).first(),
            "open_findings": Finding.objects.filter(state=FindingState.OPEN).count(),
            "today": clock.now().astimezone(zone(DEFAULT)).date(),
        },
        status=status,
    )


def _row(run: Run) -> dict[str, Any]:
    parts = list(run.stores.all())
    verdicts = [part.adds_up for part in parts]
    return {
        "run": run,
        "days": days_words(run.first_day, run.last_day),
        "stores": ", ".join(sorted(part.store.name for part in parts)),
        "orders": sum(sum(map(int, part.buckets.values())) for part in parts),
        "agree": sum(int(part.buckets.get(AGREES, 0)) for part in parts),
        "off": verdicts.count(False),
        "uncounted": verdicts.count(None),
    }


def days_words(first: date, last: date) -> str:
    """'5 November 2026', 'November 2026' or '1 to 7 November 2026'."""
    if first == last:
        return f"{first.day} {first:%B %Y}"
    if (first, last) == month_of(first):
        return f"{first:%B %Y}"
    start = (
        f"{first.day}"
        if (first.month, first.year) == (last.month, last.year)
        else f"{first.day} {first:%B}"
    )
    if first.year != last.year:
        start += f" {first.year}"
    return f"{start} to {last.day} {last:%B %Y}"
