"""Home and the pieces of the frame that refresh themselves."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_safe

from shipsync_site import home as now
from shipsync_site import navigation


@login_not_required
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """For pages that don't name their icon: the admin, plain answers."""
    return redirect(static("shipsync/icon.svg"))


def raw_records_login(request: HttpRequest) -> HttpResponse:
    """Where the admin sends people that it refuses: they are signed in already."""
    if not request.user.is_superuser:
        raise PermissionDenied("Raw records are for superusers only.")
    return redirect("admin:index")


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Where orders are now, for the role that the URL names (``as``) or one's own.

    People without a role are told how to get one.
    """
    if not request.user.has_perm("orders.view_order"):
        return render(request, "home.html", {"may_look": False})
    mine = now.roles_of(request.user)
    role = now.chosen(mine, request.GET.get("as", ""))
    return render(
        request,
        "home.html",
        {
            "may_look": True,
            "now": now.load(settings.SHIPSYNC_HEART_STALE, role),
            "role": role,
            "mine": mine if len(mine) > 1 else [],
        },
    )


@require_GET
def navigation_fragment(request: HttpRequest) -> HttpResponse:
    """The navigation's links with fresh counts, as seen from ``path`` and ``query``."""
    path = request.GET.get("path", "/")
    if not url_has_allowed_host_and_scheme(path, allowed_hosts=None):
        path = "/"
    return render(
        request,
        "includes/navigation_links.html",
        {
            "navigation": navigation.items(
                request.user,
                path,
                request.GET.get("query", ""),
                navigation.team_counts,
            ),
            "navigation_poll": request.get_full_path(),
        },
    )
