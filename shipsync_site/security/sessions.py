"""Who is signed in where: how long a session lasts, and how it is ended early.

A session ends at its lifetime (SHIPSYNC_SESSION_HOURS after the login), after
SHIPSYNC_SESSION_IDLE_MINUTES without a request of the person, or when somebody ends it.
The last request is kept in a signed cookie and not in the database: a page view writes
nothing there. Without the cookie the idle time counts from the login.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import constant_time_compare

from shipsync_site.lib import clock
from shipsync_site.lockout import client_address
from shipsync_site.models import SignIn

if TYPE_CHECKING:
    from django.contrib.auth.models import User

STARTED = "signed_in_at"
SEEN_COOKIE = "shipsync_seen"
_SALT = "shipsync.seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """An open session of a person; ``own`` is the one that asks."""

    row: SignIn
    ends: datetime
    own: bool


def lifetime() -> timedelta:
    """After this long a session ends, whatever happens in it."""
    return timedelta(hours=settings.SHIPSYNC_SESSION_HOURS)


def idle_time() -> timedelta:
    """After this long without a request of the person a session ends."""
    return timedelta(minutes=settings.SHIPSYNC_SESSION_IDLE_MINUTES)


def started(sender: Any, request: HttpRequest, user: User, **_: Any) -> None:
    """Note a session that has just been opened (signal user_logged_in)."""
    now = clock.real_now()
    request.session[STARTED] = now.timestamp()
    if request.session.session_key is None:
        request.session.save()
    SignIn.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "user": user,
            "started_at": now,
            "address": client_address(request),
            "browser": browser_of(request.META.get("HTTP_USER_AGENT", "")),
            "second_factor_at": None,
        },
    )


def ended(sender: Any, request: HttpRequest, **_: Any) -> None:
    """Forget a session that its person ends (signal user_logged_out)."""
    if request.session.session_key:
        SignIn.objects.filter(session_key=request.session.session_key).delete()


def renew_key(request: HttpRequest, **changes: Any) -> None:
    """Give the session a new key, as after each step of signing in; its row follows."""
    before = request.session.session_key
    request.session.cycle_key()
    moved(before, request.session.session_key, **changes)


def moved(before: str | None, after: str | None, **changes: Any) -> None:
    """Let the row follow a session whose key has changed."""
    SignIn.objects.filter(session_key=before).update(session_key=after, **changes)


def over(request: HttpRequest) -> bool:
    """Whether the session is past its lifetime or was idle for too long."""
    begun = request.session.get(STARTED)
    if not isinstance(begun, float):
        return True
    now = clock.real_now().timestamp()
    if now - begun >= lifetime().total_seconds():
        return True
    return now - max(begun, _seen(request)) >= idle_time().total_seconds()


def is_activity(request: HttpRequest) -> bool:
    """Whether a person asks; what a page fetches by itself (htmx) is none."""
    return not (request.method == "GET" and request.headers.get("HX-Request"))


def mark_seen(request: HttpRequest, response: HttpResponseBase) -> None:
    """Let the answer carry the time of this request; nothing is stored here."""
    text = f"{clock.real_now().timestamp():.0f}"
    response.set_cookie(
        SEEN_COOKIE,
        signing.Signer(salt=_salt(request)).sign(text),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _seen(request: HttpRequest) -> float:
    try:
        signed = request.COOKIES.get(SEEN_COOKIE, "")
        return float(signing.Signer(salt=_salt(request)).unsign(signed))
    except (signing.BadSignature, ValueError):
        return 0.0


def _salt(request: HttpRequest) -> str:
    """Bound to this login: the cookie of another session counts for nothing."""
    return (
        f"{_SALT}:{request.session.get(STARTED)}:{request.session.get('_auth_user_id')}"
    )


def open_sessions(user: User, *, own_key: str | None = None) -> list[Open]:
    """The person's open sessions, the newest first."""
    found = []
    for row in SignIn.objects.filter(
        user=user, started_at__gt=clock.real_now() - lifetime()
    ).order_by("-started_at", "-pk"):
        data = _store(row.session_key).load()
        # One that was opened with an earlier password is refused when it comes back.
        if not data or not constant_time_compare(
            str(data.get(HASH_SESSION_KEY, "")), user.get_session_auth_hash()
        ):
            continue
        found.append(
            Open(
                row=row,
                ends=row.started_at + lifetime(),
                own=row.session_key == own_key,
            )
        )
    return found


def end(rows: Iterable[SignIn]) -> int:
    """End these sessions at once; how many."""
    count = 0
    for row in rows:
        _store(row.session_key).delete()
        row.delete()
        count += 1
    return count


def end_all(user: User, *, but: str | None = None) -> int:
    """End all sessions of a person, except the one with this key; how many."""
    return end(SignIn.objects.filter(user=user).exclude(session_key=but or ""))


def clear_old() -> int:
    """Drop rows and sessions that are past their lifetime; how many rows."""
    _store(None).clear_expired()
    gone, _ = SignIn.objects.filter(
        started_at__lte=clock.real_now() - lifetime()
    ).delete()
    return gone


def _store(key: str | None) -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore(key)


_BROWSERS = (
    *(("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox")),
    *(("Chrome/", "Chrome"), ("Safari/", "Safari")),
)
_SYSTEMS = (
    *(("Windows", "Windows"), ("iPhone", "iPhone"), ("iPad", "iPad")),
    *(("Android", "Android"), ("Mac OS", "macOS"), ("Linux", "Linux")),
)


def browser_of(agent: str) -> str:
    """A browser and its system, as far as its own words tell: 'Firefox on Linux'."""
    browser = next((label for mark, label in _BROWSERS if mark in agent), "")
    system = next((label for mark, label in _SYSTEMS if mark in agent), "")
    return " on ".join(filter(None, (browser, system)))
