"""Diagnoses of a store: started, watched, cancelled, read, compared and exported."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from orders.diagnosis import phases, report, runs
from orders.diagnosis.progress import progress_of
from orders.models import Diagnosis, DiagnosisState, Order
from shipsync_site.lib import clock, downloads
from shipsync_site.lib.permissions import needs
from stores.models import AccountState, Store

LOOK, RUN = "stores.view_store", "orders.run_diagnosis"


class StartForm(forms.Form):
    """How many days to look at."""

    days = forms.IntegerField(
        label="Days to look back",
        initial=30,
        min_value=1,
        max_value=runs.MOST_DAYS,
        help_text="1 to 90. More days cost more calls: half of each quota is left to "
        "the work of the day, so a big store takes hours.",
    )


@require_safe
@needs(LOOK)
def list_diagnoses(request: HttpRequest, slug: str) -> HttpResponse:
    """Those of a store, newest first, and the form that starts one."""
    return _list(request, _store(slug), StartForm())


@require_POST
@needs(RUN)
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Start one and show its progress."""
    store = _store(slug)
    form = StartForm(request.POST)
    if not form.is_valid():
        return _list(request, store, form, status=422)
    try:
        diagnosis = runs.start(store, form.cleaned_data["days"], request.user)  # type: ignore[arg-type]
    except runs.AlreadyRunningError as problem:
        messages.warning(request, f"{problem}: here it is.")
        running = store.diagnoses.filter(state__in=runs.OPEN).first()
        if running is None:
            return redirect("orders:diagnosis_list", slug)
        return redirect("orders:diagnosis", running.pk)
    return redirect("orders:diagnosis", diagnosis.pk)


@require_safe
@needs(LOOK)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Its progress while it runs (htmx asks for that part alone), then its report."""
    diagnosis = _diagnosis(pk)
    page = _page(request, diagnosis)
    template = "orders/diagnosis.html"
    if request.headers.get("HX-Request") == "true":
        if page["progress"].ended:
            response = HttpResponse()
            response["HX-Refresh"] = "true"
            return response
        template = "orders/_diagnosis_progress.html"
    return render(request, template, page)


@require_POST
@needs(RUN)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop it; nothing of it is kept but that it was."""
    diagnosis = _diagnosis(pk)
    if runs.cancel(diagnosis):
        messages.success(request, "Cancelled. What it had read is deleted.")
    else:
        messages.info(request, "It had ended already.")
    return redirect("orders:diagnosis", pk)


@require_POST
@needs(RUN)
def go_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Have one that failed go on where it stopped."""
    if not runs.go_on(_diagnosis(pk)):
        messages.info(request, "It does not wait for anybody.")
    return redirect("orders:diagnosis", pk)


@require_safe
@needs(LOOK)
def export_csv(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The report as a file: one row per figure and table row."""
    diagnosis = _finished(pk)
    found = report.sections(diagnosis.result, _other(request, diagnosis))
    return downloads.answer(
        request,
        "diagnosis",
        report.HEADER,
        report.csv_rows(found),
        name=_name(diagnosis),
    )


@require_safe
@needs(LOOK)
def export_json(request: HttpRequest, pk: int) -> JsonResponse:
    """The figures as they are kept."""
    diagnosis = _finished(pk)
    response = JsonResponse(
        {
            "store": diagnosis.store.slug,
            "days": diagnosis.days,
            "finished_at": diagnosis.finished_at,
            **diagnosis.result,
        },
        json_dumps_params={"indent": 1},
    )
    downloads.as_file(response, f"{_name(diagnosis)}.json")
    downloads.tell_whole(request, "diagnosis-json")
    return response


def _store(slug: str) -> Store:
    stores = Store.objects.select_related("remote_account", "shipstation_account")
    return get_object_or_404(stores, slug=slug)


def _diagnosis(pk: int) -> Diagnosis:
    return get_object_or_404(
        Diagnosis.objects.select_related(
            "store__remote_account", "store__shipstation_account", "created_by"
        ),
        pk=pk,
    )


def _finished(pk: int) -> Diagnosis:
    return get_object_or_404(
        Diagnosis.objects.select_related("store"), pk=pk, state=DiagnosisState.DONE
    )


def _name(diagnosis: Diagnosis) -> str:
    return f"diagnosis-{diagnosis.store.slug}-{diagnosis.period_end:%Y-%m-%d}"


def _list(
    request: HttpRequest, store: Store, form: StartForm, status: int = 200
) -> HttpResponse:
    diagnoses = store.diagnoses.select_related("created_by")[:100]
    paused = [
        account
        for account in (store.remote_account, store.shipstation_account)
        if account.state != AccountState.ACTIVE
    ]
    return render(
        request,
        "orders/diagnosis_list.html",
        {
            "store": store,
            "diagnoses": diagnoses,
            "form": form,
            "running": next((x for x in diagnoses if x.state in runs.OPEN), None),
            "paused": paused,
        },
        status=status,
    )


def _page(request: HttpRequest, diagnosis: Diagnosis) -> dict[str, Any]:
    page: dict[str, Any] = {
        "diagnosis": diagnosis,
        "store": diagnosis.store,
        "phase": phases.phase(diagnosis.phase or phases.FIRST).label,
        "progress": progress_of(diagnosis, clock.now(), clock.real_now()),
    }
    if diagnosis.state != DiagnosisState.DONE:
        return page
    others = diagnosis.store.diagnoses.filter(state=DiagnosisState.DONE)
    other = _compared(request, diagnosis)
    sections = report.sections(diagnosis.result, other.result if other else None)
    return page | {
        "sections": sections,
        "other": other,
        "others": others.exclude(pk=diagnosis.pk)[:50],
        "known": _known(diagnosis.store, sections),
        "result": diagnosis.result,
        "read": f"{diagnosis.result.get('read', 0):,}",
    }


def _compared(request: HttpRequest, diagnosis: Diagnosis) -> Diagnosis | None:
    asked = request.GET.get("with", "")
    if not asked.isdecimal():
        return None
    return (
        diagnosis.store.diagnoses.filter(state=DiagnosisState.DONE, pk=int(asked))
        .exclude(pk=diagnosis.pk)
        .first()
    )


def _other(request: HttpRequest, diagnosis: Diagnosis) -> dict[str, Any] | None:
    other = _compared(request, diagnosis)
    return other.result if other else None


def _known(store: Store, sections: list[report.Section]) -> dict[str, int]:
    """Which example numbers are orders that we have, to be linked."""
    numbers: set[str] = set()
    for section in sections:
        for figure in section.figures:
            numbers.update(figure.examples)
        for table in section.tables:
            for row in table.rows:
                numbers.update(row.examples)
    rows = Order.objects.filter(store=store, number__in=numbers)
    return dict(rows.values_list("number", "pk"))
