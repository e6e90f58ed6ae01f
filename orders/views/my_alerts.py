"""What a person is told outside the console: their own quiet hours and switches."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from orders.alert_forms import QuietForm
from orders.models import AlertRule, AlertTarget
from orders.views.alerts import say_test


def mine(request: HttpRequest) -> HttpResponse:
    """Which rules reach the person; POST saves quiet hours and switches."""
    user = cast("User", request.user)
    row = _target(user)
    rules = list(
        AlertRule.objects.filter(
            enabled=True, role__in=user.groups.values("name")
        ).select_related("store")
    )
    form = QuietForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        wanted = set(request.POST.getlist("rule"))
        saved.muted.set([rule for rule in rules if str(rule.pk) not in wanted])
        messages.success(request, "Saved.")
        return redirect("orders:my_alerts")
    muted = set(row.muted.values_list("pk", flat=True)) if row.pk else set()
    return render(
        request,
        "alerts/mine.html",
        {
            "form": form,
            "target": row,
            "rules": [(rule, rule.pk not in muted) for rule in rules],
            "sent": row.messages.all()[:20] if row.pk else (),
            "mail_is_set": settings.EMAIL_IS_SET,
        },
    )


@require_POST
def test(request: HttpRequest) -> HttpResponse:
    """Send the person a test mail, and say how it ended."""
    row = _target(cast("User", request.user))
    row.save()
    say_test(request, row)
    return redirect("orders:my_alerts")


def _target(user: User) -> AlertTarget:
    """The person's own target; not saved where there is none yet."""
    found = AlertTarget.objects.filter(user=user).first()
    return found or AlertTarget(name=user.username, user=user)
