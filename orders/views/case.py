"""The case page and what people do there: take, give, note, decide, try again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from orders import case_help, selectors, timeline, triage
from orders.exception_kinds import KINDS, Resolution
from orders.forms import AssignForm, NoteForm, ResolveForm
from orders.models import CaseState, OrderException
from orders.triage import ConflictError, TriageError
from orders.views.cases import row
from shipsync_site.lib.permissions import needs

EXCERPT = 12
# What a case's context may hold, in people's words; anything else keeps its own name.
_CONTEXT = {
    "field": "Field",
    "value": "Value",
    "code": "Code",
    "carrier": "ShipStation carrier",
    "service": "ShipStation service",
    "records": "ShipStation orders",
    "remote_id": "Marketplace order",
    "marketplace": "Marketplace",
    "problem": "Problem",
    "operation": "Operation",
}


# Whom to ask for a way out that is not one's own.
_WHO = {
    "orders.decide_cancellation": "only CS and leads decide about cancellations",
    "orders.retry_sync": "only ops and leads send again",
    "orders.resolve_exception": "only ops, CS, finance and leads close cases",
}


def _case(pk: int) -> OrderException:
    return get_object_or_404(
        selectors.case_rows(OrderException.objects.all())
        .select_related("order__store__remote_account", "resolved_by")
        .prefetch_related("notes__author"),
        pk=pk,
    )


@require_safe
@needs("orders.view_orderexception")
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Why it is stuck, by when, what may be done, and how it came to be."""
    return render(request, "orders/case_detail.html", _page(request, _case(pk)))


@require_POST
@needs("orders.assign_exception")
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the case to somebody, take it ('me') or put it back."""
    case = _case(pk)
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
    case = _case(pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return render(
            request,
            "orders/case_detail.html",
            _page(request, case) | {"note_form": form},
            status=422,
        )
    triage.add_note(case, form.cleaned_data["text"], request.user)  # type: ignore[arg-type]
    messages.success(request, "Note kept.")
    return redirect(reverse("orders:case", args=[pk]) + "#notes")


@require_POST
@needs("orders.view_orderexception")
def resolve(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide. The way out names the permission it needs."""
    form = ResolveForm(request.POST)
    case = _case(pk)
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
        )
    except ConflictError as error:
        return _conflict(request, pk, error, typed)
    except TriageError as error:
        page = _page(request, case) | {
            "error": str(error),
            "typed": typed,
            "chosen": request.POST.get("resolution", ""),
        }
        return render(request, "orders/case_detail.html", page, status=422)
    if after.state == CaseState.OPEN:
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


def _conflict(
    request: HttpRequest, pk: int, error: ConflictError, typed: str = ""
) -> HttpResponse:
    """The case as it is now, with who changed it; what was typed is not lost."""
    page = _page(request, _case(pk)) | {"conflict": error, "typed": typed}
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


def _ways(request: HttpRequest, case: OrderException) -> list[dict[str, Any]]:
    def allowed(resolution: Resolution) -> bool:
        return request.user.has_perm(resolution.permission)

    return [
        {
            "resolution": resolution,
            "allowed": allowed(resolution),
            "ask": _WHO.get(resolution.permission, "ask a lead"),
        }
        for resolution in triage.resolutions_for(case)
    ]


def _shown(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(str(item) for item in value)
    return str(value)


def _page(request: HttpRequest, case: OrderException) -> dict[str, Any]:
    following = (
        OrderException.objects.filter(team=case.team, state=CaseState.OPEN)
        .exclude(pk=case.pk)
        .order_by(F("deadline").asc(nulls_last=True), "pk")
        .first()
    )
    taken = [
        resolution.label
        for resolution in triage.resolutions_for(case)
        if resolution.code == case.resolution
    ]
    return row(case) | {
        "kind": KINDS.get(case.kind) if case.kind in KINDS else None,
        "open": case.state == CaseState.OPEN,
        "ways": _ways(request, case),
        "taken": taken[0] if taken else "its cause is gone",
        "facts": [
            (_CONTEXT.get(key, key.replace("_", " ").capitalize()), _shown(value))
            for key, value in case.context.items()
            if value not in (None, "", []) and key != "lines"
        ],
        "alike": selectors.alike([case]).get((case.kind, case.cause), 0),
        "covers": case_help.covered([case]).get(case.pk, ""),
        "hint": case_help.carrier_hint(case) if case.state == CaseState.OPEN else None,
        "sent": case_help.sent_since(case),
        "followed": case_help.followed(case),
        "note_form": NoteForm(),
        "assign_form": AssignForm(
            initial={"version": case.version, "to": case.assignee_id}, team=case.team
        ),
        "may_assign": request.user.has_perm("orders.assign_exception"),
        "may_note": request.user.has_perm("orders.note_exception"),
        "may_map": request.user.has_perm("stores.map_carriers"),
        "story": timeline.story(case.order, limit=EXCERPT) if case.order else None,
        "following": following,
    }
