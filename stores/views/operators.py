"""The operators whose hosts may be called: kept by admins alone."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from shipsync_site.lib.permissions import needs
from stores.forms.operators import OperatorForm, accounts_of, operator_marketplaces
from stores.models import Operator
from stores.setup import changes_log, log_change


@require_GET
@needs("stores.manage_operators")
def list_operators(request: HttpRequest) -> HttpResponse:
    """All operators with their hosts and the accounts there."""
    rows = Operator.objects.order_by("marketplace", "label")
    return render(
        request,
        "stores/operator_list.html",
        {
            "operators": [(row, accounts_of(row)) for row in rows],
            "systems": operator_marketplaces(),
        },
    )


@needs("stores.manage_operators")
def create(request: HttpRequest) -> HttpResponse:
    """A new operator."""
    return _form(request, Operator())


@needs("stores.manage_operators")
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an operator, or end it."""
    return _form(request, get_object_or_404(Operator, pk=pk))


def _form(request: HttpRequest, operator: Operator) -> HttpResponse:
    new = operator.pk is None
    shown = str(operator)
    form = OperatorForm(request.POST or None, instance=operator)
    if request.method == "POST" and form.is_valid():
        changes = form.changes()
        operator = form.save()
        told = "; ".join(f"{row.label}: {row.before} → {row.after}" for row in changes)
        if changes:
            said = f"Added with {operator.host}" if new else told
            log_change(operator, said, cast("User", request.user))
        messages.success(request, f"{operator} is saved.")
        return redirect("stores:operators")
    return render(
        request,
        "stores/operator_form.html",
        {
            "form": form,
            "operator": operator,
            "shown": shown,
            "accounts": [] if new else accounts_of(operator),
            "log": [] if new else changes_log(operator),
        },
    )
