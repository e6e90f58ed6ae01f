"""Acts on many cases: looked at, begun, stopped, undone; each row with what became of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from orders import selectors
from orders.bulk import preparing, runs
from orders.bulk.forms import BulkForm
from orders.bulk.progress import progress_of
from orders.exception_kinds import KINDS
from orders.models import BulkRow, BulkRun, BulkState
from shipsync_site.lib import clock, downloads
from shipsync_site.lib.permissions import needs

logger = logging.getLogger(__name__)

LOOK, ACT = "orders.view_orderexception", "orders.assign_exception"
PAGE = 100
HISTORY = 50
# Seconds that a request works on a run itself: few rows are done when its page comes.
MOMENT = 1.0
_SHOWN = {"left": {"done": False}, "done": {"done": True}, "kept": {"undone": False}}


@require_POST
@needs(ACT)
def prepare(request: HttpRequest) -> HttpResponse:
    """Look at an act before it is done.

    What is ticked and sends nothing is done at once: the rows were looked at.
    """
    form = BulkForm(request.POST)
    back = _back(request)
    if not form.is_valid():
        errors = [str(error) for found in form.errors.values() for error in found]
        messages.error(request, " ".join(errors))
        return redirect(back)
    user = cast("User", request.user)
    try:
        run = preparing.prepare(
            form.cases(user.pk),
            form.chosen(),
            user,
            query=back,
            versions=form.versions,
            ticked=form.ticked,
        )
    except preparing.TooManyError as error:
        messages.error(request, str(error))
        return redirect(back)
    if not form.ticked or run.sends or not runs.begin(run):
        return redirect("orders:bulk", run.pk)
    return _go_on(request, run)


@require_safe
@needs(LOOK)
def list_runs(request: HttpRequest) -> HttpResponse:
    """The last acts on many cases, newest first."""
    rows = BulkRun.objects.exclude(state=BulkState.PREVIEW)[:HISTORY]
    return render(request, "orders/bulk_list.html", {"runs": rows})


@require_safe
@needs(LOOK)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Its preview, its progress (htmx asks for that part alone), then its results."""
    run = get_object_or_404(BulkRun, pk=pk)
    progress = progress_of(run, clock.real_now())
    if request.headers.get("HX-Request") == "true":
        if progress.ended:
            return HttpResponse(headers={"HX-Refresh": "true"})
        context = {"run": run, "progress": progress}
        return render(request, "orders/_bulk_progress.html", context)
    return render(request, "orders/bulk.html", _page(request, run))


@require_POST
@needs(ACT)
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm what was looked at; only whoever looked may."""
    run = get_object_or_404(BulkRun, pk=pk)
    if run.by_id != request.user.pk:
        messages.error(request, f"Only {run.by_name} can confirm this.")
    elif runs.begin(run):
        logger.info("bulk=%s begun by=%s cases=%s", pk, request.user.pk, run.total)
        if not run.sends:
            return _go_on(request, run)
    return redirect("orders:bulk", pk)


@require_POST
@needs(ACT)
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Do no further case of it."""
    run = get_object_or_404(BulkRun, pk=pk)
    if not runs.stop(run):
        messages.info(request, "It had ended already.")
    elif run.done + run.failed == _aside(run):
        messages.success(request, "Stopped before anything was done or sent.")
    else:
        messages.success(request, "Stopped. What was done before stays done.")
    return redirect("orders:bulk", pk)


@require_POST
@needs(ACT)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Put back what nobody has changed since; only whoever did it may."""
    run = get_object_or_404(BulkRun, pk=pk)
    if run.by_id != request.user.pk:
        messages.error(request, f"Only {run.by_name} can undo this.")
    elif runs.undo(run, cast("User", request.user)):
        return _go_on(request, run)
    else:
        messages.info(request, "It can't be undone any more, or was undone already.")
    return redirect("orders:bulk", pk)


@require_safe
@needs(LOOK)
def export(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """What became of each case, as a file."""
    run = get_object_or_404(BulkRun, pk=pk)
    header = ("Case", "Kind", "Order", "Store", "Result", "Says", "Undone", "Undo says")
    return downloads.answer(request, "bulk", header, _lines(run), name=f"bulk-{pk}")


def _go_on(request: HttpRequest, run: BulkRun) -> HttpResponse:
    """Work on it for a moment; the workers do the rest."""
    runs.work_on(run.pk, MOMENT)
    run.refresh_from_db()
    label = run.act["label"]
    if run.state == BulkState.DONE and run.done == run.total:
        messages.success(request, _done(request, run, f"{label}: {run.done} done."))
        return redirect(run.query or "orders:cases")
    if run.state == BulkState.UNDONE and run.undone == run.done:
        messages.success(request, f"{label} is undone: {run.undone} as before.")
        return redirect(run.query or "orders:cases")
    return redirect("orders:bulk", run.pk)


def _done(request: HttpRequest, run: BulkRun, text: str) -> str:
    """The sentence, with its undo."""
    return format_html(
        '{} <a href="{}">Each row</a> <form class="inline" method="post" action="{}">'
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
        '<button class="btn btn-secondary btn-sm" type="submit" data-key="u" '
        'aria-keyshortcuts="u">Undo <kbd aria-hidden="true">u</kbd></button></form>',
        text,
        reverse("orders:bulk", args=[run.pk]),
        reverse("orders:bulk_undo", args=[run.pk]),
        get_token(request),
    )


def _page(request: HttpRequest, run: BulkRun) -> dict[str, Any]:
    rows = run.rows.select_related("case__order", "case__store")
    shown = request.GET.get("show", "")
    after = request.GET.get("after", "")
    listed = rows.filter(**_SHOWN.get(shown, {}))
    if after.isdecimal() and len(after) < 19:
        listed = listed.filter(pk__gt=int(after))
    found = list(listed.order_by("pk")[: PAGE + 1])
    mine = run.by_id == request.user.pk
    return {
        "run": run,
        "label": run.act["label"],
        "back": run.query or reverse("orders:cases"),
        "progress": progress_of(run, clock.real_now()),
        "to_do": run.total - run.failed,
        "ways": [_way(way) for way in run.foreseen.get("ways", [])],
        "calls": sum(
            way["cases"] * len(way["calls"]) for way in run.foreseen.get("ways", [])
        ),
        "countdown": round(runs.COUNTDOWN.total_seconds()),
        "rows": [(row, selectors.kind_label(row.case)) for row in found[:PAGE]],
        "next": found[PAGE - 1].pk if len(found) > PAGE else None,
        "show": shown,
        "waiting": run.total - run.done - run.failed,
        "kept": run.rows.filter(undone=False).count(),
        "mine": mine,
        "may_undo": mine and runs.undoable(run),
        "may_stop": request.user.has_perm(ACT),
    }


def _way(way: dict[str, Any]) -> dict[str, Any]:
    kind = KINDS.get(way["kind"]).label if way["kind"] in KINDS else way["kind"]
    return way | {"kind_label": kind}


def _aside(run: BulkRun) -> int:
    """How many were set aside before it began."""
    return sum(count for _why, count in run.foreseen.get("left", []))


def _lines(run: BulkRun) -> Iterator[tuple[object, ...]]:
    rows: QuerySet[BulkRow] = run.rows.select_related("case__order", "case__store")
    results = {True: "done", False: "left", None: "waits"}
    undone = {True: "yes", False: "no", None: ""}
    for row in rows.order_by("pk").iterator(chunk_size=500):
        case = row.case
        yield (
            case.pk,
            selectors.kind_label(case),
            case.order.number if case.order else "",
            case.store.name if case.store else "",
            results[row.done],
            row.text,
            undone[row.undone],
            row.undone_text,
        )


def _back(request: HttpRequest) -> str:
    """The list that the person came from, if that is a page of ours."""
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        return target
    return reverse("orders:cases")
