"""What every console page needs."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from shipsync_site import navigation
from shipsync_site.lib import zones

THEME_COOKIE = "shipsync_theme"


def console(request: HttpRequest) -> dict[str, Any]:
    """Banner, theme and zone; for people who are signed in, the navigation.

    What costs a query is a function that the template calls, at most once, so that a
    fragment for htmx doesn't pay for the frame.
    """
    theme = request.COOKIES.get(THEME_COOKIE, "")
    user = getattr(request, "user", None)
    shared: dict[str, Any] = {
        "banner": settings.SHIPSYNC_BANNER,
        "theme": theme if theme in ("light", "dark") else "",
        "zone": zones.zone(request.COOKIES.get(zones.COOKIE, zones.DEFAULT)),
    }
    if user is None or not user.is_authenticated:
        return shared

    @cache
    def roles() -> str:
        if user.is_superuser:
            return "superuser"
        return ", ".join(group.name for group in user.groups.all()) or "no role yet"

    @cache
    def links() -> list[navigation.Item]:
        return navigation.items(
            user,
            request.path,
            request.META.get("QUERY_STRING", ""),
            navigation.team_counts,
        )

    at = urlencode(
        {"path": request.path, "query": request.META.get("QUERY_STRING", "")}
    )
    return shared | {
        "navigation": links,
        "navigation_poll": f"{reverse('navigation')}?{at}",
        "next_breach": cache(navigation.next_breach),
        "search_url": reverse("orders:list")
        if user.has_perm("orders.view_order")
        else "",
        "role_names": roles,
    }
