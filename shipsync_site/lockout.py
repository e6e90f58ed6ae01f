"""The answer to too many wrong passwords: when the next try makes sense."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from shipsync_site.lib import clock


def locked_out(
    request: HttpRequest,
    original_response: HttpResponse | None = None,
    credentials: dict[str, Any] | None = None,
) -> HttpResponse:
    """429 with the time at which the wait ends (real time) and Retry-After."""
    wait = get_cool_off(request)
    ends: datetime | None = None
    minutes = 0
    if wait is not None:
        last = (
            AccessAttempt.objects.filter(
                username=(credentials or {}).get("username") or "",
                ip_address=getattr(request, "axes_ip_address", None),
            )
            .order_by("-attempt_time")
            .values_list("attempt_time", flat=True)
            .first()
        )
        now = clock.real_now()
        ends = (last or now) + wait
        minutes = max(1, math.ceil((ends - now).total_seconds() / 60))
    response = render(
        request,
        "registration/locked_out.html",
        {"ends": ends, "minutes": minutes},
        status=429,
    )
    if minutes:
        response["Retry-After"] = str(minutes * 60)
    return response
