"""A person's own account: second factor, open sessions, password."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from shipsync_site.lib.tones import span
from shipsync_site.models import SignIn
from shipsync_site.security import events, factor, sessions
from shipsync_site.security.forms import PasswordForm
from shipsync_site.security.views.factor import person


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """What protects this account, and where it is signed in."""
    user = person(request)
    return render(
        request,
        "security/account.html",
        {
            "device": factor.device_of(user),
            "codes_left": factor.codes_left(user),
            "standing": factor.standing(user),
            "sessions": sessions.open_sessions(
                user, own_key=request.session.session_key
            ),
            "lifetime_text": span(sessions.lifetime()),
            "idle_text": span(sessions.idle_time()),
            "password_form": PasswordForm(auto_id="id_%s"),
        },
    )


@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """End one session of one's own (its number), 'others' or 'all'."""
    user = person(request)
    own, which = request.session.session_key, request.POST.get("which", "")
    mine = SignIn.objects.filter(user=user)
    if which == "all":
        events.record(
            request, "sessions_ended", "Logged out everywhere", subject=user, actor=user
        )
        sessions.end_all(user, but=own)
        logout(request)
        return redirect("login")
    if which == "others":
        count = sessions.end(mine.exclude(session_key=own))
    elif which.isdigit() and len(which) < 19:
        count = sessions.end(mine.filter(pk=int(which)).exclude(session_key=own))
    else:
        messages.error(request, "Nothing was ended: load the page again and choose.")
        return redirect("account")
    if count:
        text = f"Ended {count} other session{'s' * (count != 1)}"
        events.record(request, "sessions_ended", text, subject=user, actor=user)
    messages.success(
        request,
        f"{count} session{'s' * (count != 1)} ended." if count else "None was open.",
    )
    return redirect("account")


class PasswordChange(PasswordChangeView):
    """Changes the password and ends every other session of the person."""

    def form_valid(self, form: Any) -> HttpResponse:
        before = self.request.session.session_key
        response = super().form_valid(form)
        after = self.request.session.session_key
        sessions.moved(before, after)
        user = person(self.request)
        ended = sessions.end_all(user, but=after)
        events.record(
            self.request,
            "password_changed",
            f"Changed the password; {ended} other session{'s' * (ended != 1)} ended",
            subject=user,
            actor=user,
        )
        return response
