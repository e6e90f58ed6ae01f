"""The second yes: what waits for it, and saying yes or no."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from orders import approvals
from orders.case_locks import ConflictError, TriageError
from orders.models import Approval
from shipsync_site.lib.permissions import needs


@require_safe
@needs(approvals.PERMISSION)
def list_waiting(request: HttpRequest) -> HttpResponse:
    """Every decision that waits for a second person, the nearest deadline first."""
    rows = [
        {
            "approval": row,
            "label": approvals.label(row),
            "own": row.asked_by_id == request.user.pk,
        }
        for row in approvals.all_waiting()[:200]
    ]
    return render(request, "orders/approvals.html", {"rows": rows})


@require_POST
@needs(approvals.PERMISSION)
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Say yes or no to what somebody else has decided."""
    approval = get_object_or_404(Approval.objects.select_related("case__order"), pk=pk)
    yes = request.POST.get("answer") == "yes"
    note = request.POST.get("note", "")
    try:
        approvals.answer(approval, cast("User", request.user), yes=yes, note=note)
    except ConflictError as error:
        messages.error(
            request,
            f"{error.who} {error.what}: the question is overtaken, and nothing was "
            "sent. Decide the case anew.",
        )
    except TriageError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request,
            "You said yes: it is carried out now."
            if yes
            else f"You said no: {approval.asked_by_name} sees your reason on the case.",
        )
    return redirect("orders:case", pk=approval.case_id)
