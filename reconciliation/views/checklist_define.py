"""Definitions of lists, by leads: what is on them, when they are due, who signs."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from orders.exception_kinds import Team
from reconciliation.checklists import defining, due, making
from reconciliation.checklists.checks import CHECKS
from reconciliation.checklists.forms import (
    ChecklistForm,
    item_forms,
    rearranged,
    rows_of,
    typed_rows,
)
from reconciliation.checklists.teams import DEFINE, LOOK
from reconciliation.models import Checklist
from reconciliation.views.checklists import section
from shipsync_site.lib import clock
from shipsync_site.lib.permissions import needs
from stores.setup import log_change


@require_safe
@needs(LOOK)
def lists(request: HttpRequest) -> HttpResponse:
    """Every list, with when it is due and how many items it has."""
    rows = Checklist.objects.prefetch_related("items", "stores").order_by(
        "-active", "name"
    )
    return render(
        request,
        "reconciliation/checklists/lists.html",
        {
            "lists": [
                {
                    "list": row,
                    "team": Team(row.team).label,
                    "words": due.in_words(due.plan_of(row)),
                    "items": len(row.items.all()),
                    "checks": sum(bool(x.check_code) for x in row.items.all()),
                    "stores": list(row.stores.all()),
                }
                for row in rows
            ],
            "may_define": request.user.has_perm(DEFINE),
        }
        | section("lists"),
    )


@needs(DEFINE)
def create(request: HttpRequest) -> HttpResponse:
    """A new list."""
    return _form(request, Checklist())


@needs(DEFINE)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """A list, changed; what was made of it already stays as it is."""
    return _form(request, get_object_or_404(Checklist, pk=pk))


@require_POST
@needs(DEFINE)
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch a list on or off."""
    row = get_object_or_404(Checklist, pk=pk)
    active = request.POST.get("active") == "1"
    defining.switch(row, active, cast("User", request.user))
    ended = "Switched on: it is due from now on." if active else "Switched off."
    messages.success(request, f"{row.name}: {ended}")
    return redirect("reconciliation:checklist_lists")


@require_POST
@needs(DEFINE)
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a list away that was never worked."""
    row = get_object_or_404(Checklist, pk=pk)
    if not defining.may_delete(row):
        messages.error(
            request,
            f"{row.name} was worked, or came with shipsync: switch it off instead.",
        )
        return redirect("reconciliation:checklist_define", pk)
    with transaction.atomic():
        log_change(row, f"Removed: {row.name}", cast("User", request.user))
        row.delete()
    messages.success(request, f"Removed: {row.name}.")
    return redirect("reconciliation:checklist_lists")


def _form(request: HttpRequest, row: Checklist) -> HttpResponse:
    act = request.POST.get("do", "")
    seen = request.POST.get("seen", defining.stamp(row))
    focus = -1
    if request.method == "POST" and act:
        form = ChecklistForm(initial=_typed(request), instance=row)
        typed, focus = rearranged(typed_rows(request.POST), act)
        items = item_forms(typed)
    elif request.method == "POST":
        form = ChecklistForm(request.POST, instance=row)
        items = item_forms(data=request.POST)
        saved = _save(request, form, items, seen)
        if saved is not None:
            return saved
    else:
        form = ChecklistForm(instance=row, initial=_first(row))
        items = item_forms(rows_of(row))
    return render(
        request,
        "reconciliation/checklists/define.html",
        {
            "form": form,
            "items": items,
            "list": row,
            "seen": seen,
            "focus": focus,
            "acted": act.partition("-")[0],
            "full": len(items.forms) >= defining.MAX_ITEMS,
            "checks": list(CHECKS),
            "may_delete": row.pk and defining.may_delete(row),
            "history": defining.history(row) if row.pk else (),
        }
        | section("lists"),
    )


def _save(
    request: HttpRequest, form: ChecklistForm, items: Any, seen: str
) -> HttpResponse | None:
    """Store a valid form and make today's run; None with the errors on the form."""
    valid = form.is_valid()
    if not items.is_valid() or not valid:
        return None
    drafts = [draft for each in items.forms if (draft := each.draft())]
    if not drafts:
        form.add_error(None, "A list needs at least one item.")
        return None
    try:
        row = defining.save(
            form.save(),
            form.cleaned_data["stores"],
            drafts,
            seen=seen,
            user=cast("User", request.user),
        )
    except defining.NotSavedError as error:
        form.add_error(None, str(error))
        return None
    made = making.make_missing(row, clock.now())
    told = " Today’s is there." if made else " It counts from the next one on."
    messages.success(request, f"Saved: {row.name}.{told}")
    return redirect("reconciliation:checklist_lists")


def _first(row: Checklist) -> dict[str, Any]:
    """What a new list's form starts with."""
    if row.pk:
        return {}
    return {"cadence": "daily", "weekdays": [0, 1, 2, 3, 4], "due_time": "17:30"}


def _typed(request: HttpRequest) -> dict[str, Any]:
    """What was typed into the fields beside the items, valid or not."""
    many = ("weekdays", "stores")
    flags = ("skips_days_off", "four_eyes")
    return {
        name: request.POST.getlist(name)
        if name in many
        else name in request.POST
        if name in flags
        else request.POST.get(name, "")
        for name in ChecklistForm.base_fields
    }
