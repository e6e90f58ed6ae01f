"""Set up how somebody's CSV is read: choose a sample, name its columns, look, save."""

from __future__ import annotations

from decimal import Decimal
from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from reconciliation.models import SettlementFormat
from reconciliation.settlement_format_form import FormatForm, initial_of
from reconciliation.settlements.mapped import Look, preview
from reconciliation.settlements.mapped_layout import Given
from reconciliation.settlements.mapped_sample import delimiter_of, text_of
from reconciliation.views.settlements import UPLOAD
from shipsync_site.lib.permissions import needs

# A sample is cut off: the deposit may stand below it.
_ANYTHING = Given(remote_id="sample", total=Decimal(0))


@needs(UPLOAD)
def edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """GET asks for a sample; POST shows what it would come to, or saves it."""
    row = get_object_or_404(SettlementFormat, pk=pk) if pk else SettlementFormat()
    initial = initial_of(row) if pk else {}
    if request.method != "POST":
        return _page(request, row, None, None)
    if file := request.FILES.get("file"):
        text = text_of(file.read())
        start = initial or {"delimiter": delimiter_of(text), "day_first": "yes"}
        form = FormatForm(initial=start | {"sample": text}, sample=text)
        return _page(request, row, form, None)
    form = FormatForm(request.POST, initial=initial)
    if not form.is_valid():
        return _page(request, row, form, None, status=422)
    currency = form.cleaned_data["currency"] or "XXX"
    given = Given(
        remote_id=_ANYTHING.remote_id, total=_ANYTHING.total, currency=currency
    )
    look = preview(form.cleaned_data["sample"].encode(), form.layout(), given)
    look.problems = [x for x in look.problems if x.field != "deposit"]
    if "save" in request.POST and not look.problems:
        return _save(request, row, form)
    return _page(request, row, form, look, status=422 if look.problems else 200)


def _save(
    request: HttpRequest, row: SettlementFormat, form: FormatForm
) -> HttpResponse:
    form.put(row)
    if row.pk is None:
        row.created_by = cast("User", request.user)
    try:
        row.validate_unique()
    except ValidationError:
        form.add_error("name", f"There is a format called ‘{row.name}’ already.")
        return _page(request, row, form, None, status=422)
    row.save()
    messages.success(request, f"‘{row.name}’ is set up. Bring in its files.")
    return redirect(f"{reverse('reconciliation:settlement_upload')}?format={row.pk}")


def _page(
    request: HttpRequest,
    row: SettlementFormat,
    form: FormatForm | None,
    look: Look | None,
    status: int = 200,
) -> HttpResponse:
    return render(
        request,
        "reconciliation/settlements/format.html",
        {"row": row, "form": form, "look": look},
        status=status,
    )
