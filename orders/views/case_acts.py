"""What people do on a case: take, give, hand over, note, decide, take back."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from orders import approvals, case_help, selectors, triage
from orders.case_locks import last_change
from orders.exception_kinds import Team
from orders.filters import TEAM_LABELS
from orders.forms import AssignForm, HandOverForm, NoteForm, ResolveForm, VersionForm
from orders.models import CaseState, OrderException
from orders.triage import ConflictError, TriageError
from orders.views.case import case_of, page_of
from shipsync_site.lib import clock
from shipsync_site.lib.permissions import needs

# The same word of the same person within this time is a button pressed twice.
TWICE = timedelta(seconds=30)


@require_POST
@needs("orders.assign_exception")
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the case to somebody, take it ('me') or put it back."""
    case = case_of(pk)
    data = request.POST.copy()
    if data.get("to") == "me":
        data["to"] = str(request.user.pk)
    form = AssignForm(data, team=case.team)
    if request.user.pk and data.get("to") == str(request.user.pk):
        # Whoever may assign may take, whatever their group.
        form.include(request.user.pk)
    if not form.is_valid():
        messages.error(
            request, "Not assigned: choose somebody of the team from the list."
        )
        return redirect(_back(request, case))
    try:
        triage.assign(
            case,
            form.cleaned_data["to"],
            request.user,  # type: ignore[arg-type]
            form.cleaned_data["version"],
        )
    except ConflictError as error:
        return _conflict(request, pk, error)
    owner = form.cleaned_data["to"]
    messages.success(
        request,
        f"{owner.get_username()} has this case now." if owner else "Nobody has it now.",
    )
    return redirect(_back(request, case))


@require_POST
@needs("orders.note_exception")
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a note."""
    case = case_of(pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return render(
            request,
            "orders/case_detail.html",
            page_of(request, case) | {"note_form": form},
            status=422,
        )
    triage.add_note(case, form.cleaned_data["text"], request.user)  # type: ignore[arg-type]
    messages.success(request, "Note kept.")
    seen = form.cleaned_data["version"]
    if seen and seen != case.version:
        who, what = last_change(case)
        messages.warning(request, f"Meanwhile: {who} {what}. Your note is kept.")
    return redirect(reverse("orders:case", args=[pk]) + "#notes")


@require_POST
@needs("orders.view_orderexception")
def resolve(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide. The way out names the permission it needs."""
    form = ResolveForm(request.POST)
    case = case_of(pk)
    typed = request.POST.get("reason", "")
    try:
        if not form.is_valid():
            raise triage.InvalidActError(_first_error(form))
        values = form.cleaned_data
        after = triage.resolve(
            case,
            values["resolution"],
            request.user,  # type: ignore[arg-type]
            values["reason"],
            values["version"],
            values["target"],
            values["choice"],
        )
    except ConflictError as error:
        if _pressed_twice(request, error):
            messages.info(request, "You have decided so already: it was done once.")
            return redirect("orders:case", pk=pk)
        return _conflict(request, pk, error, typed)
    except TriageError as error:
        page = page_of(request, case) | {
            "error": str(error),
            "typed": typed,
            "chosen": request.POST.get("resolution", ""),
            "target": request.POST.get("target", ""),
            "choice": request.POST.get("choice", ""),
        }
        return render(request, "orders/case_detail.html", page, status=422)
    if approvals.waiting(after) is not None:
        messages.warning(
            request, "Nothing is sent yet: it waits for a second person's yes."
        )
    elif after.state == CaseState.OPEN:
        messages.warning(
            request, "Decided, and the case is open again: its cause still stands."
        )
    elif sending := (after.order and case_help.pending(after.order)):
        messages.success(
            request, f"Decided. Sending: {sending}. The answer shows here."
        )
    else:
        messages.success(request, "Decided. The order was looked at again at once.")
    for follower in case_help.followed(after):
        link = reverse("orders:case", args=[follower.pk])
        messages.warning(
            request,
            format_html(
                'This leads to another case: <a href="{}">{}</a>{}.',
                link,
                selectors.kind_label(follower),
                ", yours now" if follower.assignee_id == request.user.pk else "",
            ),
        )
    return redirect("orders:case", pk=pk)


@require_POST
@needs("orders.assign_exception")
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Move the case into another team's queue."""
    case = case_of(pk)
    form = HandOverForm(request.POST)
    try:
        if not form.is_valid():
            raise triage.InvalidActError(
                "Not handed over: choose a team from the list."
            )
        team = form.cleaned_data["team"]
        triage.hand_over(
            case,
            team,
            request.user,  # type: ignore[arg-type]
            form.cleaned_data["version"],
        )
    except ConflictError as error:
        return _conflict(request, pk, error)
    except TriageError as error:
        messages.error(request, str(error))
        return redirect("orders:case", pk=pk)
    messages.success(request, f"It is in the {TEAM_LABELS[Team(team)]} queue now.")
    return redirect("orders:case", pk=pk)


@require_POST
@needs("orders.view_orderexception")
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a decision back; what was decided names the permission it needs."""
    case = case_of(pk)
    form = VersionForm(request.POST)
    try:
        if not form.is_valid():
            raise triage.InvalidActError("The form was not complete: load it again.")
        after = triage.reopen(
            case,
            request.user,  # type: ignore[arg-type]
            form.cleaned_data["version"],
        )
    except ConflictError as error:
        return _conflict(request, pk, error)
    except TriageError as error:
        messages.error(request, str(error))
        return redirect("orders:case", pk=pk)
    if after.state == CaseState.OPEN:
        messages.success(request, "Taken back: the case is open again.")
    else:
        messages.warning(
            request, "Taken back, and nothing is left to decide: its cause is gone."
        )
    return redirect("orders:case", pk=pk)


def _pressed_twice(request: HttpRequest, error: ConflictError) -> bool:
    """Whether this very person has just said the very same."""
    now = error.case
    return (
        now.state == CaseState.RESOLVED
        and now.resolved_by_id == request.user.pk
        and now.resolution == request.POST.get("resolution")
        and now.resolved_at is not None
        and clock.now() - now.resolved_at < TWICE
    )


def _conflict(
    request: HttpRequest, pk: int, error: ConflictError, typed: str = ""
) -> HttpResponse:
    """The case as it is now, with who changed it; what was typed is not lost."""
    page = page_of(request, case_of(pk)) | {
        "conflict": error,
        "typed": typed,
        "chosen": request.POST.get("resolution", ""),
        "target": request.POST.get("target", ""),
        "choice": request.POST.get("choice", ""),
    }
    return render(request, "orders/case_detail.html", page, status=409)


def _first_error(form: ResolveForm) -> str:
    errors: list[ValidationError] = [
        error for found in form.errors.as_data().values() for error in found
    ]
    if "reason" in form.errors:
        return f"The reason can't be kept: {' '.join(errors[0].messages)}"
    return "The form was not complete. Load the page again and choose."


def _back(request: HttpRequest, case: OrderException) -> str:
    """Where the person came from, if that is a page of ours."""
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        return target
    return reverse("orders:case", args=[case.pk])
