"""Files of settlements: brought in, read while one looks, refused with line numbers."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from reconciliation.models import (
    SettlementFetch,
    SettlementFile,
    SettlementFileState,
    SettlementFormat,
    SettlementSource,
)
from reconciliation.settlement_forms import UploadForm, own_source
from reconciliation.settlements.fetch import FetchError, request_fetch
from reconciliation.settlements.receiving import receive_file
from reconciliation.views.settlements import LOOK, UPLOAD, fetches
from shipsync_site.lib import downloads
from shipsync_site.lib.permissions import needs
from stores.models import RemoteAccount

PAGE = 50
SHOWN = 200
PROBLEM_COLUMNS = ("Line", "Field", "Value", "What is wrong")
BUSY = (SettlementFileState.WAITING, SettlementFileState.READING)


@needs(UPLOAD)
def upload(request: HttpRequest) -> HttpResponse:
    """Choose or drag files; they are read by the pump, one after the other."""
    form = UploadForm(
        request.POST or None,
        request.FILES or None,
        initial={
            "account": request.GET.get("account"),
            "format": request.GET.get("format"),
        },
    )
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        columns: SettlementFormat | None = asked["format"]
        source = (
            SettlementSource.MAPPED_CSV if columns else own_source(asked["account"])
        )
        kept = [
            receive_file(
                asked["account"],
                str(source),
                str(file.name),
                file.read(),
                cast("User", request.user),
                format=columns,
                given=form.given(),
            )
            for file in asked["chosen"]
        ]
        if len(kept) == 1:
            return redirect("reconciliation:settlement_file", kept[0].pk)
        messages.success(request, f"{len(kept)} files are kept and read now.")
        return redirect("reconciliation:settlement_files")
    return render(
        request,
        "reconciliation/settlements/upload.html",
        {"form": form, "formats": SettlementFormat.objects.order_by("name")},
        status=422 if form.errors else 200,
    )


def _files() -> QuerySet[SettlementFile]:
    return SettlementFile.objects.select_related("account", "uploaded_by").defer(
        "body", "problems", "account__secrets", "account__settings"
    )


@require_safe
@needs(LOOK)
def list_files(request: HttpRequest) -> HttpResponse:
    """What came in, the latest first; those that are being read say how far they are."""
    state = request.GET.get("state", "")
    rows = _files().order_by("-created_at", "-pk")
    if state:
        rows = rows.filter(state=state)
    found = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    busy = _files().filter(state__in=BUSY).count()
    context = {
        "page_obj": found,
        "files": list(found),
        "state": state,
        "states": SettlementFileState.choices,
        "busy": busy,
        "fetched": _fetched(),
        "refused": _files().filter(state=SettlementFileState.REFUSED).count(),
    }
    part = request.headers.get("HX-Request")
    name = "_files.html" if part else "files.html"
    return render(request, f"reconciliation/settlements/{name}", context)


def _fetched() -> list[tuple[RemoteAccount, SettlementFetch | None]]:
    """Accounts whose marketplace gives settlements, and how their last fetch went."""
    accounts = RemoteAccount.objects.defer("secrets", "settings").order_by("name", "pk")
    rows = {row.account_id: row for row in SettlementFetch.objects.all()}
    return [(x, rows.get(x.pk)) for x in accounts if fetches(x)]


@require_POST
@needs(UPLOAD)
def fetch_now(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask an account's marketplace for its settlements now."""
    account = get_object_or_404(RemoteAccount, pk=pk)
    try:
        request_fetch(account, cast("User", request.user))
    except FetchError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, f"{account.name} is asked now; what is new appears by itself."
        )
    return redirect("reconciliation:settlement_files")


@require_safe
@needs(LOOK)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One file: how far it is, what it brought, or every line that is wrong."""
    rows = SettlementFile.objects.select_related("account", "uploaded_by", "format")
    file = get_object_or_404(
        rows.defer("body", "account__secrets", "account__settings"), pk=pk
    )
    settlements = list(file.settlements.filter(stored_at__isnull=False))
    swap = request.headers.get("HX-Request")
    if swap and file.state not in BUSY:
        where = reverse("reconciliation:settlement_file", args=[pk])
        return HttpResponse(status=204, headers={"HX-Redirect": where})
    context: dict[str, Any] = {
        "file": file,
        "busy": file.state in BUSY,
        "percent": round(100 * file.rows_done / file.rows) if file.rows else 0,
        "settlements": settlements,
        "problems": file.problems[:SHOWN],
        "shown": SHOWN,
    }
    name = "_file_progress.html" if swap else "file.html"
    return render(request, f"reconciliation/settlements/{name}", context)


@require_safe
@needs(LOOK)
def problems_csv(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Every kept problem of a refused file, to be mended beside it."""
    file = get_object_or_404(SettlementFile.objects.defer("body"), pk=pk)
    return downloads.answer(
        request,
        "settlement-file-problems",
        PROBLEM_COLUMNS,
        (
            (row.get("line"), row.get("field"), row.get("value"), row.get("message"))
            for row in file.problems
        ),
    )
