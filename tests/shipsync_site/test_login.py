"""Logging in: wrong passwords, the wait, and the ways back."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import Client

PASSWORD = "a-long-test-password"


def log_in(client: Client, password: str) -> int:
    """One try; the status of the answer."""
    return client.post("/login/", {"username": "ops", "password": password}).status_code


@pytest.mark.django_db
def test_login_leads_to_the_page_asked_for(
    client: Client, users: dict[str, User]
) -> None:
    answer = client.get("/stores/")
    assert answer["Location"] == "/login/?next=/stores/"
    answer = client.post(
        answer["Location"],
        {"username": "ops", "password": PASSWORD, "next": "/stores/"},
    )
    assert answer["Location"] == "/stores/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("referer", "page"),
    [
        ("http://testserver/cases/?team=cs", "/cases/?team=cs"),
        ("http://testserver/cases/5/", "/cases/5/"),
        ("https://elsewhere.example/cases/5/", "/"),
        ("", "/"),
    ],
)
def test_a_form_after_the_session_leads_back_to_its_page(
    client: Client, referer: str, page: str
) -> None:
    answer = client.post("/cases/5/resolve/", headers={"referer": referer})

    assert answer.status_code == 302
    assert answer["Location"] == f"/login/?{urlencode({'next': page}, safe='/')}"


def test_login_leads_to_no_other_site(client: Client, users: dict[str, User]) -> None:
    answer = client.post(
        "/login/",
        {"username": "ops", "password": PASSWORD, "next": "https://evil.example/"},
    )
    assert answer["Location"] == "/"


@pytest.mark.django_db
def test_the_wait_is_named_and_not_prolonged(
    client: Client, users: dict[str, User]
) -> None:
    for _ in range(9):
        assert log_in(client, "wrong") == 200
    assert log_in(client, "wrong") == 429
    AccessAttempt.objects.update(
        attempt_time=AccessAttempt.objects.get().attempt_time - timedelta(minutes=10)
    )
    answer = client.post("/login/", {"username": "ops", "password": PASSWORD})
    assert answer.status_code == 429
    assert b"in 5 minutes" in answer.content
    assert answer["Retry-After"] == "300"
    # Ten minutes gone, this try did not start the wait anew.
    AccessAttempt.objects.update(
        attempt_time=AccessAttempt.objects.get().attempt_time - timedelta(minutes=6)
    )
    assert log_in(client, PASSWORD) == 302


@pytest.mark.django_db
def test_a_colleague_is_not_locked_out(client: Client, users: dict[str, User]) -> None:
    for _ in range(10):
        log_in(client, "wrong")
    answer = client.post("/login/", {"username": "cs", "password": PASSWORD})
    assert answer.status_code == 302


@pytest.mark.django_db
def test_a_page_that_is_not_there_leads_on(
    client: Client, users: dict[str, User]
) -> None:
    client.force_login(users["ops"])
    answer = client.get("/no/such/page/")
    assert answer.status_code == 404
    assert b"To Now" in answer.content


@pytest.mark.django_db
def test_an_old_form_is_told_kindly(users: dict[str, User]) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/login/", {"username": "ops", "password": PASSWORD})
    assert answer.status_code == 403
    assert b"The form was too old" in answer.content


@pytest.mark.django_db
def test_a_crash_leads_on(
    users: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("shipsync_site.home.load", crash)
    client = Client(raise_request_exception=False)
    client.force_login(users["ops"])
    answer = client.get("/")
    assert answer.status_code == 500
    assert b"Our mistake" in answer.content
    assert b"secret detail" not in answer.content


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("cookie", "shown"),
    [
        ("America%2FNew_York", "America/New_York"),
        ("../../etc/passwd", "Europe/London"),
        ("Mars/Olympus", "Europe/London"),
        ("", "Europe/London"),
    ],
)
def test_times_are_in_the_browsers_zone_if_it_is_one(
    client: Client, users: dict[str, User], cookie: str, shown: str
) -> None:
    client.force_login(users["ops"])
    client.cookies["shipsync_zone"] = cookie
    assert f"Times in {shown}" in client.get("/").content.decode()


@pytest.mark.django_db
def test_the_frame_has_no_inline_script_or_style(
    client: Client, users: dict[str, User]
) -> None:
    client.force_login(users["admin"])
    for path in ("/", "/stores/", "/stores/new/", "/accounts/shipstation/new/"):
        answer = client.get(path)
        page = answer.content.decode()
        assert " style=" not in page, path
        assert " onclick=" not in page, path
        assert "hx-on" not in page, path
        assert "<script>" not in page, path
        assert "'unsafe" not in answer["Content-Security-Policy"]


@pytest.mark.django_db
def test_raw_records_refuse_with_our_own_page(
    client: Client, users: dict[str, User]
) -> None:
    client.force_login(users["lead"])
    answer = client.get("/admin/", follow=True)
    assert answer.status_code == 403
    assert b"Raw records are for superusers only." in answer.content
    client.force_login(users["superuser"])
    assert client.get("/admin/").status_code == 200
