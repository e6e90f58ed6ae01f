"""Imports: upload, look, apply, take back."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from shipsync_site.lib import downloads
from shipsync_site.lib.permissions import needs, require
from stores.forms.products import UploadForm
from stores.imports import plan, run
from stores.imports.run import NotNowError, Slice
from stores.imports.sheet import UnreadableFileError
from stores.models import ImportBatch, ImportKind, ImportState
from stores.views.products import LOOK, MANAGE

_HISTORY = 50


@needs(LOOK)
def list_imports(request: HttpRequest) -> HttpResponse:
    """What was imported; POST looks at a file and changes nothing of ours."""
    kind = request.POST.get("kind") or request.GET.get("kind", "")
    if kind not in plan.IMPORTERS:
        kind = str(ImportKind.PRODUCTS)
    form = UploadForm(
        request.POST or None, request.FILES or None, initial={"kind": kind}
    )
    if request.method == "POST":
        require(request, MANAGE)
        if form.is_valid():
            file = form.cleaned_data["file"]
            user = cast("User", request.user)
            try:
                batch = plan.look(kind, str(file.name), file.read(), user)
            except UnreadableFileError as error:
                form.add_error("file", str(error))
            else:
                return redirect("stores:import", pk=batch.pk)
    batches = ImportBatch.objects.select_related("created_by", "undone_by")
    return render(
        request,
        "stores/import_list.html",
        {
            "form": form,
            "kind": kind,
            "kinds": ImportKind.choices,
            "importer": plan.IMPORTERS[kind],
            "batches": batches.defer("rows", "before", "errors").order_by("-pk")[
                :_HISTORY
            ],
            "kept": plan.KEPT,
            "may_change": request.user.has_perm(MANAGE),
            "section": "imports",
        },
    )


@require_safe
@needs(LOOK)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What a file would change, or has changed; the first 50 of each sort."""
    return _page(request, get_object_or_404(ImportBatch, pk=pk))


def _page(request: HttpRequest, batch: ImportBatch) -> HttpResponse:
    bad, left_out = plan.bad_lines(batch)
    notes = [error for error in batch.errors if error["line"] == 1]
    errors = [error for error in batch.errors if error["line"] > 1]
    ordered = sorted(errors, key=lambda error: (error["follows"], error["line"]))
    return render(
        request,
        "stores/import_detail.html",
        {
            "batch": batch,
            "importer": plan.IMPORTERS[batch.kind],
            "bad": bad,
            "left_out": left_out,
            "notes": notes,
            "errors": ordered[: plan.SHOWN],
            "error_count": len(ordered),
            "groups": _groups(batch),
            "shown": plan.SHOWN,
            "progress": run.position_of(batch),
            "stopped": "stopped" in request.GET,
            "undoable": run.undoable(batch),
            "undoing": batch.state == ImportState.UNDOING,
            "changes": batch.added + batch.changed,
            "may_change": request.user.has_perm(MANAGE),
            "section": "imports",
        },
    )


def _groups(batch: ImportBatch) -> list[dict[str, Any]]:
    counts = (
        (plan.ADDED, "Added", batch.added),
        (plan.CHANGED, "Changed", batch.changed),
        (plan.UNCHANGED, "Unchanged", batch.unchanged),
    )
    return [
        {
            "code": code,
            "label": label,
            "count": count,
            "rows": list(islice(plan.comparisons(batch, code), plan.SHOWN)),
        }
        for code, label, count in counts
        if count
    ]


@require_POST
@needs(MANAGE)
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Apply what was looked at, a slice at a time."""
    return _go_on(request, pk, run.apply_some, "applied")


@require_POST
@needs(MANAGE)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what was applied, a slice at a time."""
    return _go_on(request, pk, run.undo_some, "taken back")


def _go_on(
    request: HttpRequest,
    pk: int,
    act: Callable[[int, User], Slice],
    word: str,
) -> HttpResponse:
    batch = get_object_or_404(
        ImportBatch.objects.defer("rows", "before", "errors"), pk=pk
    )
    page = reverse("stores:import", args=[pk])
    swap = bool(request.headers.get("HX-Request"))
    try:
        progress = act(pk, cast("User", request.user))
    except NotNowError as error:
        messages.error(request, str(error))
        return _leave(page, swap=swap)
    if not progress.ended and swap:
        batch.refresh_from_db(fields=["state"])
        undoing = batch.state == ImportState.UNDOING
        context = {"batch": batch, "progress": progress, "undoing": undoing}
        return render(request, "stores/_import_progress.html", context)
    if progress.ended:
        batch.refresh_from_db(fields=["skipped"])
        left = [x for x in batch.skipped if bool(x["undo"]) == (word != "applied")]
        text = f"{batch.file_name} is {word}: {progress.total - len(left)} done"
        messages.success(request, f"{text}, {len(left)} not." if left else f"{text}.")
    return _leave(page, swap=swap)


def _leave(page: str, *, swap: bool) -> HttpResponse:
    if swap:
        return HttpResponse(status=204, headers={"HX-Redirect": page})
    return redirect(page)


@require_safe
@needs(LOOK)
def bad_rows(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The rows that were left out as a file, with a reason in each."""
    batch = get_object_or_404(ImportBatch, pk=pk)
    header, rows = plan.bad_rows(batch)
    return downloads.answer(request, f"{batch.kind}-left-out", header, rows)
