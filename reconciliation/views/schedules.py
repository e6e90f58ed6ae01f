"""Reports that go out by themselves: made, changed, sent now, deleted."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from reconciliation.exports import schedules
from reconciliation.forms import DAYS, ScheduleForm, report_label
from reconciliation.models import ExportSchedule
from shipsync_site.lib.permissions import needs

SCHEDULE = "reconciliation.schedule_export"


@require_safe
@needs(SCHEDULE)
def list_schedules(request: HttpRequest) -> HttpResponse:
    """All of them with what the last sending came to."""
    rows = ExportSchedule.objects.select_related("owner").order_by("next_at", "pk")
    shown = [(row, report_label(row.report), when_words(row)) for row in rows]
    return render(
        request,
        "reconciliation/schedule_list.html",
        {
            "rows": shown,
            "failed": [x for x in rows if x.last_problem not in ("", schedules.BEGUN)],
        },
    )


@needs(SCHEDULE)
def create(request: HttpRequest) -> HttpResponse:
    """A new one; ``?report=`` and ``?query=`` fill it in."""
    return _form(request, ExportSchedule())


@needs(SCHEDULE)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one; it is then the changer's own."""
    return _form(request, get_object_or_404(ExportSchedule, pk=pk))


@require_POST
@needs(SCHEDULE)
def send(request: HttpRequest, pk: int) -> HttpResponse:
    """Send it now, beside its usual times."""
    schedule = get_object_or_404(ExportSchedule.objects.select_related("owner"), pk=pk)
    if problem := schedules.send(schedule):
        messages.error(request, f"Not sent: {problem}")
    else:
        messages.success(request, f"{schedule.name} is sent.")
    return redirect("reconciliation:schedules")


@require_POST
@needs(SCHEDULE)
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Send it no more; what it sent stays in the log."""
    schedule = get_object_or_404(ExportSchedule, pk=pk)
    schedules.stop(schedule)
    schedule.delete()
    messages.success(request, f"{schedule.name} is not sent any more.")
    return redirect("reconciliation:schedules")


def when_words(schedule: ExportSchedule) -> str:
    """'every day at 06:00', 'every Monday at 06:00'."""
    day = "day" if schedule.weekday is None else DAYS[schedule.weekday]
    return f"every {day} at {schedule.hour:02d}:00, {schedule.zone}"


def _form(request: HttpRequest, schedule: ExportSchedule) -> HttpResponse:
    initial = {
        name: request.GET[name][:1000]
        for name in ("report", "query", "name")
        if name in request.GET
    }
    form = ScheduleForm(
        request.POST or None,
        instance=schedule,
        initial=initial,
        user=cast("User", request.user),
    )
    if request.method == "POST" and form.is_valid():
        kept = form.keep()
        messages.success(request, f"{kept.name} is sent {when_words(kept)}.")
        return redirect("reconciliation:schedules")
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "schedule": schedule}
    return render(request, "reconciliation/schedule_form.html", context, status=status)
