"""The case page: why it is stuck, by when, what may be done, how it came to be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from orders import (
    address_views,
    approvals,
    case_help,
    follow_ups,
    panels,
    selectors,
    sku_ways,
    timeline,
    triage,
)
from orders.exception_kinds import KINDS, Team
from orders.filters import TEAM_LABELS
from orders.forms import AssignForm, NoteForm
from orders.models import CaseState, OrderBuyer, OrderException, Verb
from orders.views.case_parts import sides, suggested, their_time, whole_cause
from orders.views.cases import row
from shipsync_site.lib.permissions import needs
from stores.connect import account_of

EXCERPT = 12
# How long after a case has ended its story goes on: what the answer led to.
AFTERWARDS = timedelta(minutes=30)
# What a page of its own decided is no way out of the kind.
_VERBS = dict(Verb.choices)
# What a case's context may hold, in people's words; anything else keeps its own name.
_CONTEXT = {
    "field": "Field",
    "value": "Value",
    "code": "Code",
    "carrier": "ShipStation carrier",
    "service": "ShipStation service",
    "records": "ShipStation orders",
    "sku": "SKU",
    "remote_id": "Marketplace order",
    "marketplace": "Marketplace",
    "problem": "Problem",
    "operation": "Operation",
    "at_marketplace": "At the marketplace",
}
# What it holds for the page itself.
_NOT_SHOWN = ("lines", "page", "page_name")


def case_of(pk: int) -> OrderException:
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
    return render(request, "orders/case_detail.html", page_of(request, case_of(pk)))


def _addresses(case: OrderException) -> dict[str, Any]:
    """Where the sides' addresses differ, masked, if the case is about them."""
    if case.order is None or not any(
        way.page == "orders:address" for way in triage.resolutions_for(case)
    ):
        return {}
    buyer = OrderBuyer.objects.filter(order=case.order).first()
    found = address_views.sources(case.order, buyer)
    return {
        "sources": found,
        # In full they stand on the address's own page.
        "rows": [row for row in address_views.rows(found, reveal=False) if row.differs],
        "progress": address_views.progress(case.order, buyer),
        "sent_country": address_views.sent_country(case.order),
    }


def _account(request: HttpRequest, case: OrderException) -> dict[str, str]:
    """The account that a case of no order is about, and its page."""
    about, _, key = case.scope.partition(":")
    if about != "account" or not request.user.has_perm("stores.view_store"):
        return {}
    try:
        account = account_of(key)
    except LookupError:
        return {}
    kind = "shipstation" if account.key_prefix == "shipstation" else "marketplace"
    return {
        "name": account.name,
        "url": reverse("stores:account", args=[kind, account.pk]),
    }


def _shown(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(str(item) for item in value)
    return str(value)


def _following(case: OrderException) -> OrderException | None:
    """The next open case of the queue; after its last one, its first."""
    queue = (
        OrderException.objects.filter(team=case.team, state=CaseState.OPEN)
        .exclude(pk=case.pk)
        .order_by(F("deadline").asc(nulls_last=True), "pk")
    )
    later = Q(deadline=case.deadline, pk__gt=case.pk)
    if case.deadline is not None:
        later |= Q(deadline=None) | Q(deadline__gt=case.deadline)
    return queue.filter(later).first() or queue.first()


def page_of(
    request: HttpRequest, case: OrderException, *, reveal: bool = False
) -> dict[str, Any]:
    """All that the page shows; a buyer masked unless ``reveal``."""
    following = _following(case)
    offered = suggested(request, case)
    first = offered.get("hint_way")
    taken = [
        resolution.label
        for resolution in triage.resolutions_for(case)
        if resolution.code == case.resolution
    ]
    return (
        row(case)
        | {
            "kind": KINDS.get(case.kind) if case.kind in KINDS else None,
            "open": case.state == CaseState.OPEN,
            "theirs": their_time(case),
            "taken": taken[0]
            if taken
            else _VERBS.get(case.resolution, "its cause is gone"),
            "facts": [
                (_CONTEXT.get(key, key.replace("_", " ").capitalize()), _shown(value))
                for key, value in case.context.items()
                if value not in (None, "", []) and key not in _NOT_SHOWN
            ],
            "account": _account(request, case),
            "covers": case_help.covered([case]).get(case.pk, ""),
            "hint": case_help.carrier_hint(case)
            if case.state == CaseState.OPEN
            else None,
            "sent": case_help.sent_since(case),
            "followed": case_help.followed(case),
            "second": approvals.for_page(case, request.user),
            "second_no": approvals.last_refused(case),
            "follow_ups": follow_ups.for_order(case.order) if case.order else [],
            "note_form": NoteForm(initial={"version": case.version}),
            "assign_form": AssignForm(
                initial={"version": case.version, "to": case.assignee_id},
                team=case.team,
            ),
            "may_assign": request.user.has_perm("orders.assign_exception"),
            "may_note": request.user.has_perm("orders.note_exception"),
            "sku_help": sku_ways.help_for(case),
            "product_hint": sku_ways.hint_for(case),
            "may_products": request.user.has_perm(sku_ways.PERMISSION),
            "may_map": request.user.has_perm("stores.map_carriers"),
            "may_reopen": triage.reopens(case),
            "teams": [(team.value, TEAM_LABELS[team]) for team in Team],
            "story": timeline.story(
                case.order,
                limit=EXCERPT,
                until=case.resolved_at and case.resolved_at + AFTERWARDS,
            )
            if case.order
            else timeline.acts(case),
            "following": following,
            "candidates": case_help.candidates(case),
            "panels": panels.of_case(case, request.user),
        }
        | _addresses(case)
        | offered
        | whole_cause(case)
        | sides(
            case,
            reveal=reveal,
            user=request.user,
            first=first.code if first is not None else "",
        )
    )
