"""Alerts: where they go, what sets them off, what was sent, and who would be told now."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from orders.alert_forms import RuleForm, TargetForm
from orders.alerts import delivery, planning
from orders.alerts.outcomes import Outcome
from orders.alerts.planning import Verdict
from orders.models import AlertMessage, AlertRule, AlertState, AlertTarget
from shipsync_site.lib import clock
from shipsync_site.lib.permissions import needs
from stores.setup import log_change

MANAGE = "orders.manage_alerts"


@require_GET
@needs(MANAGE)
def overview(request: HttpRequest) -> HttpResponse:
    """Rules, places, and who would be told now; nothing is written or sent."""
    found = planning.tellings(clock.now())
    now = [x for x in found if x.verdict is Verdict.TELL]
    return render(
        request,
        "alerts/overview.html",
        {
            "now": now,
            "held": [x for x in found if x.verdict in (Verdict.SOON, Verdict.QUIET)],
            "standing": _standing(found),
            "rules": AlertRule.objects.select_related("store", "target"),
            "places": AlertTarget.objects.filter(user=None),
            "people": AlertTarget.objects.exclude(user=None).count(),
            "failed": AlertMessage.objects.filter(state=AlertState.FAILED).count(),
            "mail_is_set": settings.EMAIL_IS_SET,
            "public_url": settings.SHIPSYNC_PUBLIC_URL,
        },
    )


@require_GET
@needs(MANAGE)
def sent(request: HttpRequest) -> HttpResponse:
    """What was sent to whom, newest first, with what could not be."""
    rows = AlertMessage.objects.select_related("target", "rule")
    state = request.GET.get("state", "")
    if state in AlertState.values:
        rows = rows.filter(state=state)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    return render(
        request,
        "alerts/sent.html",
        {"page": page, "state": state, "states": AlertState.choices},
    )


@needs(MANAGE)
def target(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A place to send to, new or changed."""
    row = get_object_or_404(AlertTarget, pk=pk, user=None) if pk else None
    form = TargetForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            saved = form.save()
            changed = ", ".join(str(form.fields[x].label) for x in form.changed_data)
            log_change(saved, f"Saved: {changed or 'nothing'}", _user(request))
        messages.success(
            request, f"Saved: {saved}. Send a test to see that it arrives."
        )
        return redirect("orders:alert_target", saved.pk)
    return render(
        request,
        "alerts/target.html",
        {
            "form": form,
            "target": row,
            "rules": row.rules.select_related("store") if row else (),
            "last": row.messages.first() if row else None,
        },
    )


@require_POST
@needs(MANAGE)
def target_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a place away, with its rules; who did it stays."""
    row = get_object_or_404(AlertTarget, pk=pk, user=None)
    with transaction.atomic():
        log_change(row, f"Removed: {row}", _user(request))
        row.delete()
    messages.success(request, f"Removed: {row}. Nothing is sent there any more.")
    return redirect("orders:alerts")


@require_POST
@needs(MANAGE)
def target_test(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a real test message, and say how it ended."""
    row = get_object_or_404(AlertTarget, pk=pk, user=None)
    say_test(request, row)
    return redirect("orders:alert_target", pk)


@needs(MANAGE)
def rule(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A rule, new or changed."""
    row = get_object_or_404(AlertRule, pk=pk) if pk else None
    form = RuleForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            saved = form.save()
            changed = ", ".join(str(form.fields[x].label) for x in form.changed_data)
            log_change(saved, f"Saved: {changed or 'nothing'}", _user(request))
        messages.success(request, f"Saved: {saved}.")
        return redirect("orders:alerts")
    return render(request, "alerts/rule.html", {"form": form, "rule": row})


@require_POST
@needs(MANAGE)
def rule_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a rule away; one that came along is switched off instead."""
    row = get_object_or_404(AlertRule, pk=pk)
    with transaction.atomic():
        log_change(row, f"Removed: {row}", _user(request))
        if row.code:
            AlertRule.objects.filter(pk=pk).update(enabled=False)
        else:
            row.delete()
    ended = "Switched off" if row.code else "Removed"
    messages.success(request, f"{ended}: {row}.")
    return redirect("orders:alerts")


def say_test(request: HttpRequest, row: AlertTarget) -> None:
    """Send a test to a target, and tell the person its outcome."""
    outcome, sentence = delivery.send_test(row)
    tell = messages.success if outcome is Outcome.SENT else messages.error
    tell(request, sentence)


def _standing(found: list[planning.Telling]) -> list[planning.Telling]:
    """What stands and was told already, each sentence once."""
    told = {
        (x.finding.sentence, x.rule.delay): x
        for x in found
        if x.verdict is Verdict.TOLD
    }
    return list(told.values())


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)
