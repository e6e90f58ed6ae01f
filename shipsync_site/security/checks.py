"""System checks of the settings about access."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security)
def check_proxies(**_: Any) -> list[CheckMessage]:
    """E012: each trusted proxy is an address, a network or 'unix', and not everybody."""
    found: list[CheckMessage] = []
    for proxy in settings.SHIPSYNC_PROXIES:
        try:
            everybody = (
                proxy != "unix" and not ip_network(proxy, strict=False).prefixlen
            )
        except ValueError:
            problem = "is no address and no network"
        else:
            if not everybody:
                continue
            problem = "is everybody: anyone could choose the address that is throttled"
        found.append(
            Error(
                f"SHIPSYNC_PROXIES: {proxy!r} {problem}.",
                hint="Name the proxy's own address, such as 127.0.0.1 or 10.0.0.0/24, "
                "or 'unix' for a socket file.",
                id="shipsync.E012",
            )
        )
    return found


@register(Tags.security)
def check_sessions(**_: Any) -> list[CheckMessage]:
    """E013: sessions end, and the idle time is within their lifetime."""
    hours = settings.SHIPSYNC_SESSION_HOURS
    idle = settings.SHIPSYNC_SESSION_IDLE_MINUTES
    if 0 < hours <= 24 * 30 and 0 < idle <= hours * 60:
        return []
    return [
        Error(
            f"SHIPSYNC_SESSION_HOURS is {hours:g} and SHIPSYNC_SESSION_IDLE_MINUTES "
            f"{idle:g}: a session must end, within 30 days, and idle ones not later.",
            hint="Set hours above 0 and up to 720, minutes above 0 and within them.",
            id="shipsync.E013",
        )
    ]
