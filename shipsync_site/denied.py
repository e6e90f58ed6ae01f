"""The 403 page: which permission is missing, which roles have it, who gives them."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from shipsync_site.lib.permissions import MissingPermissionError, in_words
from shipsync_site.roles import ROLES

_NAMED = 3


def denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer what was refused, in plain words."""
    context: dict[str, object] = {"said": _said(exception)}
    if isinstance(exception, MissingPermissionError):
        wanted = exception.permission
        context = {
            "verb": in_words(wanted).removeprefix("Can "),
            "roles": [role for role, names in ROLES.items() if wanted in names],
            "givers": list(
                get_user_model()
                .objects.filter(is_superuser=True, is_active=True)
                .order_by("username")
                .values_list("username", flat=True)[:_NAMED]
            ),
        }
    return render(request, "403.html", context, status=403)


def _said(exception: Exception | None) -> str:
    """What the code that refused said itself."""
    text = str(exception or "")
    return "" if text == "403 Forbidden" else text
