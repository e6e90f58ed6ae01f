"""The pages for what was refused: a permission that is missing, a form's own address."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse, HttpResponseBase
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


class FormAddressMiddleware:
    """Who opens the address that a form goes to gets a page with a way on, not a blank.

    It happens after a login that came between the page and its form.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if (
            response.status_code != 405
            or request.method != "GET"
            or not request.user.is_authenticated
        ):
            return response
        page = render(request, "405.html", status=405)
        page["Allow"] = response.get("Allow", "POST")
        return page


def _said(exception: Exception | None) -> str:
    """What the code that refused said itself."""
    text = str(exception or "")
    return "" if text == "403 Forbidden" else text
