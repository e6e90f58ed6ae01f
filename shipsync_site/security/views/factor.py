"""Step 2 of signing in, and setting the second factor up."""

from __future__ import annotations

from typing import cast

import django_otp
from django.contrib import messages
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from shipsync_site.lib import clock
from shipsync_site.models import Authenticator
from shipsync_site.security import events, factor, sessions
from shipsync_site.security.forms import CodeForm, PasswordForm, SetUpForm


def person(request: HttpRequest) -> User:
    """Who is signed in; views behind the login only."""
    return cast("User", request.user)


def verified(request: HttpRequest) -> bool:
    """Whether this session has passed step 2."""
    return getattr(request.user, "otp_device", None) is not None


def password_is_right(request: HttpRequest) -> bool:
    """Whether the form holds the person's password; wrong ones count as at the login."""
    form = PasswordForm(request.POST)
    if not form.is_valid():
        return False
    found = authenticate(
        request,
        username=person(request).get_username(),
        password=form.cleaned_data["password"],
    )
    return found is not None and found.pk == request.user.pk


def _next(request: HttpRequest) -> str:
    target = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        return target
    return reverse("home")


def _pass(request: HttpRequest, device: Authenticator) -> None:
    django_otp.login(request, device)
    sessions.renew_key(request, second_factor_at=clock.real_now())


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Step 2: a code of the app, or a recovery code."""
    user = person(request)
    if verified(request):
        return redirect(_next(request))
    if factor.device_of(user) is None:
        return redirect("second_factor_setup")
    form = CodeForm(request.POST or None)
    context = {"form": form, "next": _next(request)}
    if not form.is_valid():
        return render(request, "security/check.html", context)
    found = factor.check(user, form.cleaned_data["code"])
    if found.device is None:
        status = 429 if found.until else 422
        context |= {"refused": found, "form": CodeForm()}
        page = render(request, "security/check.html", context, status=status)
        if found.until:
            page["Retry-After"] = str(found.seconds)
        return page
    _pass(request, found.device)
    if found.recovery:
        left = factor.codes_left(user)
        events.record(
            request,
            "recovery_code_used",
            f"Signed in with a recovery code; {left} are left",
            subject=user,
            actor=user,
        )
        messages.warning(
            request,
            f"That recovery code is spent; {left} {'is' if left == 1 else 'are'} left. "
            "Lost the telephone? Renew the second factor on your account page.",
        )
    return redirect(_next(request))


@sensitive_post_parameters("form", "code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """Scan, type the first code, keep the recovery codes."""
    user = person(request)
    standing = factor.standing(user)
    if standing.has and not verified(request):
        return redirect("second_factor")
    if request.method != "POST":
        if standing.has:
            return redirect("account")
        return _set_up_page(request, factor.offer(user), standing)
    form = SetUpForm(request.POST)
    try:
        if not form.is_valid():
            raise factor.SetUpError("Type the six digits that the app shows.")
        device, codes = factor.confirm(
            user, form.cleaned_data["form"], form.cleaned_data["code"]
        )
    except factor.SetUpError as error:
        try:
            offer = factor.offered(user, request.POST.get("form", ""))
        except factor.SetUpError:
            offer = factor.offer(user)
        return _set_up_page(request, offer, standing, error=str(error), status=422)
    _pass(request, device)
    text = "Renewed the second factor" if standing.has else "Set a second factor up"
    events.record(request, "second_factor_set_up", text, subject=user, actor=user)
    return _codes_page(request, codes, fresh=True)


@sensitive_post_parameters("password")
@require_POST
def renew(request: HttpRequest) -> HttpResponse:
    """Offer a new secret to somebody who knows the password."""
    if not password_is_right(request):
        return _wrong_password(request)
    user = person(request)
    return _set_up_page(request, factor.offer(user, renew=True), factor.standing(user))


@sensitive_post_parameters("password")
@require_POST
def codes(request: HttpRequest) -> HttpResponse:
    """Ten new recovery codes for somebody who knows the password."""
    user = person(request)
    if not password_is_right(request):
        return _wrong_password(request)
    if factor.device_of(user) is None:
        return redirect("second_factor_setup")
    made = factor.new_codes(user)
    events.record(
        request,
        "recovery_codes_made",
        "Made new recovery codes",
        subject=user,
        actor=user,
    )
    return _codes_page(request, made, fresh=False)


@sensitive_post_parameters("password")
@require_POST
def off(request: HttpRequest) -> HttpResponse:
    """Turn the second factor off, unless a group of the person needs it."""
    user = person(request)
    if not password_is_right(request):
        return _wrong_password(request)
    if factor.standing(user).needed:
        messages.error(
            request,
            "Not turned off: your group needs a second factor. You can renew it instead.",
        )
    elif factor.remove(user):
        events.record(
            request,
            "second_factor_off",
            "Turned the second factor off",
            subject=user,
            actor=user,
        )
        messages.success(request, "The second factor is off: the password is enough.")
    return redirect("account")


def _wrong_password(request: HttpRequest) -> HttpResponse:
    messages.error(request, "Nothing was changed: the password was wrong.")
    return redirect("account")


def _set_up_page(
    request: HttpRequest,
    offer: factor.Offer,
    standing: factor.Standing,
    *,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "offer": offer,
        "form": SetUpForm(initial={"form": offer.form}),
        "standing": standing,
        "error": error,
        "next": _next(request),
    }
    page = render(request, "security/set_up.html", context, status=status)
    page["Cache-Control"] = "no-store"
    return page


def _codes_page(request: HttpRequest, made: list[str], *, fresh: bool) -> HttpResponse:
    context = {"codes": made, "fresh": fresh, "next": _next(request)}
    page = render(request, "security/codes.html", context)
    page["Cache-Control"] = "no-store"
    return page
