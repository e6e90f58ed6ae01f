"""Sessions end: at their lifetime, when idle, with a new password, by a click."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shipsync_site.lib import clock
from shipsync_site.models import SecurityEvent, SignIn
from shipsync_site.security import checks, sessions, tasks
from tests.shipsync_site.security import PASSWORD, log_in

pytestmark = pytest.mark.django_db


def signed_in(client: Client) -> bool:
    """Whether a page is shown rather than the login."""
    return client.get("/account/").status_code == 200


def test_a_session_ends_after_the_idle_time(
    client: Client, users: dict[str, User]
) -> None:
    now = clock.real_now()
    with time_machine.travel(now, tick=False) as travel:
        log_in(client, "ops")
        for _ in range(4):
            travel.shift(timedelta(minutes=50))
            assert signed_in(client)
        travel.shift(timedelta(minutes=61))
        answer = client.get("/orders/")
        assert answer["Location"] == "/login/?next=/orders/"
    assert not SignIn.objects.exists()
    assert not Session.objects.filter(expire_date__gt=timezone.now()).exists()


def test_pages_that_refresh_themselves_keep_nobody_signed_in(
    client: Client, users: dict[str, User]
) -> None:
    with time_machine.travel(clock.real_now(), tick=False) as travel:
        log_in(client, "ops")
        for _ in range(3):
            travel.shift(timedelta(minutes=19))
            poll = client.get("/navigation/", headers={"HX-Request": "true"})
            assert poll.status_code == 200
        travel.shift(timedelta(minutes=4))
        assert not signed_in(client)


def test_a_session_ends_at_its_lifetime_however_busy(
    client: Client, users: dict[str, User]
) -> None:
    with time_machine.travel(clock.real_now(), tick=False) as travel:
        log_in(client, "ops")
        for _ in range(23):
            travel.shift(timedelta(minutes=30))
            assert signed_in(client)
        travel.shift(timedelta(minutes=30))
        assert not signed_in(client)


@pytest.mark.parametrize("forged", ["", "9999999999", "9999999999:abc"])
def test_the_cookie_of_the_last_request_cannot_be_made_up(
    client: Client, users: dict[str, User], forged: str
) -> None:
    with time_machine.travel(clock.real_now(), tick=False) as travel:
        log_in(client, "ops")
        travel.shift(timedelta(minutes=61))
        client.cookies[sessions.SEEN_COOKIE] = forged
        assert not signed_in(client)


def test_the_cookie_of_another_session_counts_for_nothing(
    client: Client, users: dict[str, User]
) -> None:
    other = Client()
    with time_machine.travel(clock.real_now(), tick=False) as travel:
        log_in(client, "ops")
        travel.shift(timedelta(minutes=61))
        log_in(other, "cs")
        client.cookies[sessions.SEEN_COOKIE] = other.cookies[sessions.SEEN_COOKIE].value
        assert not signed_in(client)


def test_a_page_view_writes_nothing(client: Client, users: dict[str, User]) -> None:
    log_in(client, "ops")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert signed_in(client)
    written = [q["sql"] for q in queries if not q["sql"].startswith("SELECT")]
    assert [sql for sql in written if "SAVEPOINT" not in sql] == []


def test_the_account_page_lists_sessions_and_ends_the_others(
    client: Client, users: dict[str, User]
) -> None:
    log_in(client, "ops")
    other = Client()
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    log_in(other, "ops", **{"User-Agent": firefox})
    page = client.get("/account/").content.decode()
    assert "Firefox on Linux" in page
    assert "127.0.0.1" in page
    assert "This one" in page
    assert "1 h; pages that refresh" in page

    client.post("/account/sessions/end/", {"which": "others"})
    assert not signed_in(other)
    assert signed_in(client)
    assert SecurityEvent.objects.get().text == "Ended 1 other session"


def test_one_session_is_ended_and_never_somebody_elses(
    client: Client, users: dict[str, User]
) -> None:
    clients = {name: Client() for name in ("ops", "cs")}
    for name, each in clients.items():
        log_in(each, name)
    log_in(client, "ops")
    theirs = SignIn.objects.get(user=users["cs"])
    client.post("/account/sessions/end/", {"which": str(theirs.pk)})
    assert signed_in(clients["cs"])
    mine = SignIn.objects.filter(user=users["ops"]).order_by("pk").first()
    assert mine is not None
    client.post("/account/sessions/end/", {"which": str(mine.pk)})
    assert not signed_in(clients["ops"])
    assert signed_in(client)


def test_logging_out_everywhere(client: Client, users: dict[str, User]) -> None:
    other = Client()
    log_in(client, "ops")
    log_in(other, "ops")
    answer = client.post("/account/sessions/end/", {"which": "all"})
    assert answer["Location"] == "/login/"
    assert not signed_in(client)
    assert not signed_in(other)
    assert not SignIn.objects.exists()


def test_a_new_password_ends_the_other_sessions(
    client: Client, users: dict[str, User]
) -> None:
    other = Client()
    log_in(client, "ops")
    log_in(other, "ops")
    fresh = "another-long-passphrase-1"
    answer = client.post(
        "/password/",
        {"old_password": PASSWORD, "new_password1": fresh, "new_password2": fresh},
    )
    assert answer["Location"] == "/password/changed/"
    assert signed_in(client)
    assert not signed_in(other)
    assert SignIn.objects.get().session_key == client.session.session_key
    assert SecurityEvent.objects.get().verb == "password_changed"


def test_a_session_whose_key_changed_elsewhere_can_still_be_ended(
    client: Client, users: dict[str, User]
) -> None:
    log_in(client, "superuser")
    fresh = "another-long-passphrase-1"
    client.post(
        "/admin/password_change/",
        {"old_password": PASSWORD, "new_password1": fresh, "new_password2": fresh},
    )
    assert signed_in(client)
    assert SignIn.objects.get().session_key == client.session.session_key
    sessions.end_all(users["superuser"])
    assert not signed_in(client)


def test_a_lead_ends_the_sessions_of_a_person(
    client: Client, users: dict[str, User]
) -> None:
    other = Client()
    log_in(other, "ops")
    client.force_login(users["lead"])
    assert b"End it" in client.get(f"/people/{users['ops'].pk}/").content
    client.post(f"/people/{users['ops'].pk}/sessions/end/")
    assert not signed_in(other)
    assert signed_in(client)
    event = SecurityEvent.objects.get()
    assert (event.subject, event.actor) == (users["ops"], users["lead"])


def test_logging_out_forgets_the_session(
    client: Client, users: dict[str, User]
) -> None:
    log_in(client, "ops")
    client.post("/logout/")
    assert not SignIn.objects.exists()


def test_upkeep_drops_what_is_past_its_lifetime(
    client: Client, users: dict[str, User]
) -> None:
    log_in(client, "ops")
    assert tasks.upkeep() == 0
    with time_machine.travel(clock.real_now() + timedelta(hours=13), tick=False):
        assert tasks.upkeep() == 1
    assert not Session.objects.exists()


def test_cookies_are_closed_to_scripts_and_other_sites(
    client: Client, users: dict[str, User], settings: Any
) -> None:
    settings.SESSION_COOKIE_SECURE = True
    log_in(client, "ops")
    for name in ("sessionid", sessions.SEEN_COOKIE):
        cookie = client.cookies[name]
        assert cookie["httponly"], name
        assert cookie["secure"], name
        assert cookie["samesite"] == "Lax", name


@pytest.mark.parametrize(
    ("hours", "minutes", "wrong"),
    [(12, 60, False), (0, 60, True), (1, 61, True), (1, 0, True), (721, 60, True)],
)
def test_settings_that_never_end_a_session_are_refused(
    settings: Any, hours: float, minutes: float, wrong: bool
) -> None:
    settings.SHIPSYNC_SESSION_HOURS = hours
    settings.SHIPSYNC_SESSION_IDLE_MINUTES = minutes
    assert bool(checks.check_sessions()) == wrong
