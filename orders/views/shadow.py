"""The shadow of a store: what both routes say, field by field, and why it may differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from orders import shadow
from orders.masking import masked
from orders.models import OrderEvent, ShadowComparison, ShadowOutcome
from orders.shadow_diff import BUYERS
from orders.views.order import REVEAL
from shipsync_site.lib import clock, downloads
from shipsync_site.lib.permissions import needs
from stores.models import Store

LOOK, EXPLAIN = "stores.view_store", "stores.decide_rules"
PAGE = 50
# How ShipStation's names are masked; all else shows its first letter.
_MASKED = {
    "shipTo.name": "name",
    "billTo.name": "name",
    "shipTo.phone": "phone",
    "shipTo.postalCode": "postcode",
    "customerEmail": "email",
}


class Filter(forms.Form):
    """Which comparisons are listed; it lives in the URL."""

    outcome = forms.ChoiceField(
        label="Outcome",
        required=False,
        choices=[("", "All"), *ShadowOutcome.choices],
    )
    field = forms.CharField(label="Field", required=False, max_length=100)
    unexplained = forms.BooleanField(label="Only unexplained", required=False)


class ExplainForm(forms.Form):
    """Why a field may differ."""

    field = forms.CharField(max_length=100, widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Why it may differ",
        max_length=300,
        strip=True,
        error_messages={
            "required": "The reason is empty: say why both routes may differ here."
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A field on both sides, as it is shown."""

    field: str
    ours: str
    theirs: str
    hidden: bool
    explained: str


@require_safe
@needs(LOOK)
def overview(request: HttpRequest, slug: str) -> HttpResponse:
    """One sentence, the fields that differ, the orders compared."""
    return _overview(request, _store(slug))


@require_POST
@needs(EXPLAIN)
def explain(request: HttpRequest, slug: str) -> HttpResponse:
    """Say why a field may differ, or take that back."""
    store = _store(slug)
    field = request.POST.get("field", "")
    if request.POST.get("act") == "take_back":
        shadow.take_back(store, field, request.user)  # type: ignore[arg-type]
        messages.success(request, f"{field} counts as unexplained again.")
        return redirect("orders:shadow", slug)
    form = ExplainForm(request.POST)
    if not form.is_valid():
        return _overview(request, store, wrong=form, status=422)
    reason = form.cleaned_data["reason"]
    shadow.explain(store, form.cleaned_data["field"], reason, request.user)  # type: ignore[arg-type]
    messages.success(request, f"{field} may differ from now on: {reason}")
    return redirect("orders:shadow", slug)


@require_safe
@needs(LOOK)
def order(request: HttpRequest, pk: int) -> HttpResponse:
    """Both sides of one order; buyer data masked."""
    return render(request, "orders/shadow_order.html", _order_page(request, pk))


@require_POST
@needs(REVEAL)
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """The same page with the buyer's fields shown, this once; the asking is kept."""
    page = _order_page(request, pk, reveal=True)
    reason = request.POST.get("reason", "").strip()[:200]
    OrderEvent.objects.create(
        order=page["comparison"].order,
        at=clock.now(),
        system="you",
        verb="buyer_revealed",
        text="Looked at the buyer's fields of the shadow comparison"
        + (f": {reason}" if reason else ""),
        actor_id=request.user.pk,
    )
    response = render(request, "orders/shadow_order.html", page)
    response["Cache-Control"] = "no-store"
    return response


@require_safe
@needs(LOOK)
def export_csv(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    """The listed comparisons with the names of their fields, without any value."""
    store = _store(slug)
    header = (
        "Order",
        "Placed",
        "Outcome",
        "ShipStation order",
        "Fields",
        "Unexplained",
    )
    rows, form = _filtered(request, store)
    return downloads.answer(
        request,
        "shadow",
        header,
        _cells(rows, _explained(store)),
        name=f"shadow-{store.slug}",
        form=form,
    )


def _cells(
    rows: list[ShadowComparison] | QuerySet[ShadowComparison], explained: set[str]
) -> Iterator[tuple[object, ...]]:
    for row in rows:
        yield (
            row.order.number,
            row.order.ordered_at,
            row.get_outcome_display(),
            row.ss_order_id or "",
            " ".join(row.fields),
            " ".join(name for name in row.fields if name not in explained),
        )


def _store(slug: str) -> Store:
    stores = Store.objects.select_related("remote_account", "shipstation_account")
    return get_object_or_404(stores, slug=slug)


def _explained(store: Store) -> set[str]:
    return set(store.shadow_explanations.values_list("field", flat=True))


def _filtered(
    request: HttpRequest, store: Store
) -> tuple[list[ShadowComparison] | QuerySet[ShadowComparison], Filter]:
    """The comparisons that the URL asks for, newest order first; and the form."""
    form = Filter(request.GET)
    form.is_valid()
    wanted = form.cleaned_data
    rows = (
        ShadowComparison.objects.filter(store=store)
        .select_related("order")
        .defer("details")
        .order_by("-order__ordered_at", "-pk")
    )
    if wanted.get("outcome"):
        rows = rows.filter(outcome=wanted["outcome"])
    field, unexplained = wanted.get("field"), wanted.get("unexplained")
    if not field and not unexplained:
        return rows, form
    # Names of fields lie in a list, which SQLite can't search.
    known = _explained(store)
    return [
        row
        for row in rows
        if (not field or field in row.fields)
        and (
            not unexplained
            or (
                row.outcome == ShadowOutcome.DIFFERS
                and any(name not in known for name in row.fields)
            )
        )
    ], form


def _overview(
    request: HttpRequest,
    store: Store,
    *,
    wrong: ExplainForm | None = None,
    status: int = 200,
) -> HttpResponse:
    summary = shadow.summary(store)
    rows, form = _filtered(request, store)
    fields = [
        {
            "count": count,
            "example": _example(count),
            "form": wrong
            if wrong is not None and wrong.data.get("field") == count.field
            else ExplainForm(
                initial={"field": count.field},
                auto_id=f"id_{count.field.replace('.', '_')}_%s",
            ),
        }
        for count in summary.fields
    ]
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    known = _explained(store)
    for row in page:
        unknown = sum(name not in known for name in row.fields)
        row.open = f"{unknown} unexplained" if unknown else ""  # type: ignore[attr-defined]
    return render(
        request,
        "orders/shadow.html",
        {
            "store": store,
            "summary": summary,
            "fields": fields,
            "form": form,
            "page_obj": page,
            "may_explain": request.user.has_perm(EXPLAIN),
            "reset_url": reverse("orders:shadow", args=[store.slug]),
            "query": request.GET.urlencode(),
        },
        status=status,
    )


def _example(count: shadow.FieldCount) -> Row | None:
    pair = (count.example.details or {}).get(count.field)
    return _row(count.field, pair, reveal=False, explained="") if pair else None


def _row(field: str, pair: list[str], *, reveal: bool, explained: str) -> Row:
    """A field on both sides; a buyer's words are masked unless they are revealed."""
    hidden = field in BUYERS and not reveal
    ours, theirs = (
        masked(_MASKED.get(field, field), value) if hidden else value for value in pair
    )
    return Row(
        field=field, ours=ours, theirs=theirs, hidden=hidden, explained=explained
    )


def _order_page(
    request: HttpRequest, pk: int, *, reveal: bool = False
) -> dict[str, Any]:
    comparison = get_object_or_404(
        ShadowComparison.objects.select_related("order", "store"), order=pk
    )
    reasons = dict(comparison.store.shadow_explanations.values_list("field", "reason"))
    details = comparison.details or {}
    rows = [
        _row(name, pair, reveal=reveal, explained=reasons.get(name, ""))
        for name, pair in sorted(details.items(), key=lambda x: (x[0] in reasons, x[0]))
    ]
    return {
        "comparison": comparison,
        "rows": rows,
        "purged": bool(comparison.fields) and not details,
        "revealed": reveal,
        "may_reveal": request.user.has_perm(REVEAL)
        and any(name in BUYERS for name in details),
        "problems": [
            problem["message"]
            for problem in comparison.order.payload_problems
            if problem.get("hard")
        ],
    }
