"""Findings: the list, one of them, accepted with a reason, opened again."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from orders import selectors
from reconciliation import findings, findings_bulk
from reconciliation.finding_filters import LASTS, STANDS_OUT, FindingFilter
from reconciliation.findings import STANDING, FindingError
from reconciliation.models import Finding, FindingState
from reconciliation.rules import RULES, rule_label
from reconciliation.views.exports import export_url
from shipsync_site.lib.permissions import needs

LOOK, ACCEPT = "reconciliation.view_finding", "reconciliation.accept_finding"
PAGE = 50


class AcceptForm(forms.Form):
    """Why a finding may stay as it is, and until when."""

    reason = forms.CharField(
        label="Why it may stay as it is",
        max_length=300,
        help_text="Whoever finds it next year reads this. No names of buyers.",
        error_messages={"required": "Say why it may stay as it is."},
    )
    until = forms.DateField(
        label="Until",
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="After this day it is open again. Empty: for good.",
    )


@require_safe
@needs(LOOK)
def list_findings(request: HttpRequest) -> HttpResponse:
    """What does not agree, longest seen first; the URL holds all of it."""
    return _list(request, AcceptForm())


@require_POST
@needs(ACCEPT)
def accept_many(request: HttpRequest) -> HttpResponse:
    """Accept all that the list's filters let through, if it is what was looked at."""
    form = AcceptForm(request.POST)
    if not form.is_valid():
        return _list(request, form, status=422)
    try:
        done = findings_bulk.accept_all(
            _matching(request.GET),
            cast("User", request.user),
            form.cleaned_data["reason"],
            form.cleaned_data["until"],
            shown=_shown(request),
        )
    except FindingError as error:
        form.add_error(error.field or None, str(error))
        return _list(request, form, status=422)
    messages.success(request, f"{done:,} accepted: {form.cleaned_data['reason']}")
    return redirect(_address(request))


@require_POST
@needs(ACCEPT)
def reopen_many(request: HttpRequest) -> HttpResponse:
    """Take back all acceptances that the list's filters let through."""
    try:
        done = findings_bulk.reopen_all(
            _matching(request.GET), cast("User", request.user), shown=_shown(request)
        )
    except FindingError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{done:,} open again.")
    return redirect(_address(request))


@require_safe
@needs(LOOK)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What each side says, for how long, whose it is and where it is worked on."""
    return _detail(request, _finding(pk), AcceptForm())


@require_POST
@needs(ACCEPT)
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave it as it is, for a reason."""
    finding, form = _finding(pk), AcceptForm(request.POST)
    if form.is_valid():
        try:
            findings.accept(
                finding,
                cast("User", request.user),
                form.cleaned_data["reason"],
                form.cleaned_data["until"],
            )
        except FindingError as error:
            form.add_error(
                error.field if error.field in form.fields else None, str(error)
            )
        else:
            messages.success(request, "Accepted.")
            return redirect("reconciliation:finding", pk)
    return _detail(request, finding, form, status=422)


@require_POST
@needs(ACCEPT)
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the acceptance back."""
    try:
        findings.reopen(
            _finding(pk),
            cast("User", request.user),
            request.POST.get("reason", "")[:200],
        )
    except FindingError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Open again.")
    return redirect("reconciliation:finding", pk)


def _finding(pk: int) -> Finding:
    return get_object_or_404(
        Finding.objects.select_related(
            "store__remote_account",
            "order",
            "settlement",
            "line",
            "case",
            "run",
            "accepted_by",
        ).defer("store__remote_account__secrets"),
        pk=pk,
    )


def _detail(
    request: HttpRequest, finding: Finding, form: AcceptForm, status: int = 200
) -> HttpResponse:
    rule = RULES.get(finding.rule) if finding.rule in RULES else None
    others = Finding.objects.filter(state__in=STANDING).exclude(pk=finding.pk)
    same = others.filter(order=finding.order) if finding.order else others.none()
    return render(
        request,
        "reconciliation/finding.html",
        {
            "finding": finding,
            "rule": rule,
            "label": rule_label(finding.rule),
            "owner": _owner(finding),
            "form": form,
            "case_label": selectors.kind_label(finding.case) if finding.case else "",
            "others": [
                (x, rule_label(x.rule)) for x in same.order_by("rule", "pk")[:20]
            ],
            "alike": others.filter(
                state=FindingState.OPEN, store=finding.store, rule=finding.rule
            ).count(),
        },
        status=status,
    )


def _owner(finding: Finding) -> str:
    if finding.rule not in RULES:
        return "us"
    owner = RULES.get(finding.rule).owner_system
    if owner == "marketplace":
        return str(finding.store.remote_account.marketplace)
    return owner


def _matching(data: QueryDict) -> QuerySet[Finding]:
    return FindingFilter(data).narrow(Finding.objects.all())


def _shown(request: HttpRequest) -> int:
    shown = request.POST.get("shown", "")
    return int(shown[:9]) if shown.isdecimal() else -1


def _kept(request: HttpRequest) -> dict[str, str]:
    """The list's filters without its place."""
    return {k: str(v) for k, v in request.GET.items() if k != "page"}


def _address(request: HttpRequest) -> str:
    """The list as it was."""
    kept = _kept(request)
    query = f"?{urlencode(kept)}" if kept else ""
    return reverse("reconciliation:findings") + query


def _list(request: HttpRequest, form: AcceptForm, status: int = 200) -> HttpResponse:
    asked = FindingFilter(request.GET)
    rows = asked.narrow(Finding.objects.all())
    shown = (
        rows.select_related("store__remote_account", "order", "case")
        .defer("store__remote_account__secrets")
        .order_by("-days", "first_seen", "pk")
    )
    page = Paginator(shown, PAGE).get_page(request.GET.get("page"))
    counts = rows.aggregate(
        standing=Count("pk", filter=Q(state__in=STANDING)),
        accepted=Count("pk", filter=Q(state=FindingState.ACCEPTED)),
        lasting=Count("pk", filter=Q(days__gte=LASTS)),
        caseless=Count("pk", filter=Q(case=None, state=FindingState.OPEN)),
    )
    return render(
        request,
        "reconciliation/finding_list.html",
        {
            "form": asked,
            "accept_form": form,
            "page_obj": page,
            "rows": [_row(finding) for finding in page],
            "total": page.paginator.count,
            "counts": counts,
            "money": _money(rows),
            "by_rule": _by_rule(asked),
            "stands_out": STANDS_OUT,
            "any": page.paginator.count > 0 or Finding.objects.exists(),
            "most": findings_bulk.MOST,
            "query": request.GET.urlencode(),
            "export_url": export_url("findings", urlencode(_kept(request))),
        },
        status=status,
    )


def _row(finding: Finding) -> dict[str, Any]:
    return {
        "finding": finding,
        "label": rule_label(finding.rule),
        "owner": _owner(finding),
        "case_label": selectors.kind_label(finding.case) if finding.case else "",
    }


def _money(rows: QuerySet[Finding]) -> list[tuple[Any, str]]:
    """(amount, currency) of what the rows stand for, owed and taken apart."""
    found = (
        rows.filter(amount__isnull=False)
        .values_list("currency")
        .annotate(whole=Sum("amount"))
        .order_by("currency")
    )
    return [(amount, currency) for currency, amount in found]


def _by_rule(form: FindingFilter) -> list[tuple[str, str, int]]:
    """(code, label, rows) of each rule that finds something under the other filters."""
    rows = (
        form.narrow(Finding.objects.all(), without="rule")
        .order_by()
        .values_list("rule")
        .annotate(number=Count("pk"))
    )
    found = [(code, rule_label(code), number) for code, number in rows]
    return sorted(found, key=lambda row: (-row[2], row[1]))
