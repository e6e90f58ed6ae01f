"""Too many wrong passwords: whose they are, and when the next try makes sense."""

from __future__ import annotations

import math
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Any

from axes.exceptions import AxesBackendPermissionDenied
from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from shipsync_site.lib import clock


def client_address(request: HttpRequest) -> str | None:
    """The address of whoever asks; None for what comes through a socket file.

    ``X-Forwarded-For`` counts only from SHIPSYNC_PROXIES (addresses or networks, 'unix'
    for a socket file), and of it only the last entry that is none of them: what stands
    before it anybody may have written.
    """
    peer = str(request.META.get("REMOTE_ADDR") or "")
    chain = str(request.META.get("HTTP_X_FORWARDED_FOR") or "").split(",")
    while _is_proxy(peer) and chain:
        following = _plain(chain.pop())
        if not following:
            break
        peer = following
    return _plain(peer) or None


def _is_proxy(peer: str) -> bool:
    proxies: list[str] = settings.SHIPSYNC_PROXIES
    address = _plain(peer)
    if not address:
        return "unix" in proxies
    return any(
        ip_address(address) in ip_network(proxy, strict=False)
        for proxy in proxies
        if proxy != "unix"
    )


def _plain(text: str) -> str:
    """An address in its shortest form, without a port; '' for anything else."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


class ManyAddressesBackend:
    """Refuses a name that is locked at SHIPSYNC_LOCKED_ADDRESSES addresses at once.

    A name is locked per address, so that nobody else can keep its owner out; one that
    is tried from everywhere is guessed at, and waits everywhere.
    """

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, **_: Any
    ) -> None:
        """Never logs anybody in; raises PermissionDenied for such a name."""
        wait = get_cool_off(request)
        if request is None or not username or wait is None:
            return
        locked = AccessAttempt.objects.filter(
            username=username,
            failures_since_start__gte=settings.AXES_FAILURE_LIMIT,
            attempt_time__gt=clock.real_now() - wait,
        )
        if locked.count() >= settings.SHIPSYNC_LOCKED_ADDRESSES:
            request.axes_locked_out = True  # type: ignore[attr-defined]
            raise AxesBackendPermissionDenied("tried from too many addresses")


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
