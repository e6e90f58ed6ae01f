"""Closed by default: no session past its time, no page before the second step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from shipsync_site.security import factor, sessions

# What a person may reach between the password and the second factor.
OPEN = frozenset({"logout", "second_factor", "second_factor_setup"})

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class SessionPolicyMiddleware:
    """Ends sessions at their lifetime and after the idle time.

    Stands after AuthenticationMiddleware and before LoginFirstMiddleware.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        signed_in = SESSION_KEY in request.session
        if signed_in and sessions.over(request):
            logout(request)
        before = request.session.session_key
        response = self.get_response(request)
        after = request.session.session_key
        if before and after and before != after:
            # Whatever view gave the session a new key, it can still be ended.
            sessions.moved(before, after)
        if SESSION_KEY in request.session and sessions.is_activity(request):
            sessions.mark_seen(request, response)
        return response


class LoginFirstMiddleware(LoginRequiredMiddleware):
    """Closed by default; a login leads back to a page, never to where a form went."""

    def handle_no_permission(
        self, request: HttpRequest, view_func: Any
    ) -> HttpResponseRedirect:
        """To the login; what was posted is not posted again by it."""
        if request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        return redirect_to_login(_page_before(request))


def _page_before(request: HttpRequest) -> str:
    """The page of ours that held the form; else the first one."""
    page = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(
        page, {request.get_host()}, require_https=request.is_secure()
    ):
        return reverse("home")
    parts = urlsplit(page)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


class SecondFactorMiddleware:
    """Leads people who have a second factor, or need one, to its pages first.

    Views that need no login (health, webhooks) are not affected; every other view is
    closed until the session has passed step 2, the Django admin included.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """A redirect to step 2 or to its set-up; None lets the request go on."""
        if not getattr(view, "login_required", True):
            return None
        if not request.user.is_authenticated:
            return None
        match = request.resolver_match
        if match is not None and match.view_name in OPEN:
            return None
        if getattr(request.user, "otp_device", None) is not None:
            return None
        state = factor.standing(request.user)
        if not (state.has or state.needed):
            return None
        if request.headers.get("HX-Request"):
            # The whole page goes there, not a piece of it.
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        name = "second_factor" if state.has else "second_factor_setup"
        return redirect(_with_next(name, request))


def _with_next(name: str, request: HttpRequest) -> str:
    if request.method not in ("GET", "HEAD"):
        return reverse(name)
    return f"{reverse(name)}?{urlencode({'next': request.get_full_path()})}"
