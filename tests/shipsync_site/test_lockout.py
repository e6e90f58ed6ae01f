"""Wrong passwords: per name and address, told from behind one trusted proxy."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory

from shipsync_site.lockout import client_address
from shipsync_site.security import checks
from tests.shipsync_site.security import PASSWORD

LIMIT = 10


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "wanted"),
    [
        # Nobody is trusted: what is forwarded counts for nothing.
        ([], "203.0.113.9", "198.51.100.7", "203.0.113.9"),
        (["10.0.0.1"], "203.0.113.9", "198.51.100.7", "203.0.113.9"),
        # The proxy's own entry is the last; what stands before may be made up.
        (["10.0.0.1"], "10.0.0.1", "198.51.100.7", "198.51.100.7"),
        (["10.0.0.1"], "10.0.0.1", "1.2.3.4, 198.51.100.7", "198.51.100.7"),
        (["10.0.0.0/24"], "10.0.0.5", "198.51.100.7, 10.0.0.9", "198.51.100.7"),
        (["10.0.0.1"], "10.0.0.1", "", "10.0.0.1"),
        (["10.0.0.1"], "10.0.0.1", "rubbish", "10.0.0.1"),
        (["unix"], "", "198.51.100.7", "198.51.100.7"),
        ([], "", "198.51.100.7", None),
        (["::1"], "::1", "[2001:db8::1]:4711", "2001:db8::1"),
        (["127.0.0.1"], "::ffff:127.0.0.1", "198.51.100.7:80", "198.51.100.7"),
    ],
)
def test_who_asks(
    settings: Any, proxies: list[str], peer: str, forwarded: str, wanted: str | None
) -> None:
    settings.SHIPSYNC_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR=peer)
    if forwarded:
        request.META["HTTP_X_FORWARDED_FOR"] = forwarded
    assert client_address(request) == wanted


def attempt(name: str, password: str, address: str, *, forwarded: str = "") -> int:
    """One try from an address; the status."""
    headers = {"X-Forwarded-For": forwarded} if forwarded else None
    answer = Client(REMOTE_ADDR=address).post(
        "/login/", {"username": name, "password": password}, headers=headers
    )
    return answer.status_code


def lock(name: str, address: str, *, forwarded: str = "") -> None:
    """Wrong passwords until the name waits there."""
    tries = [attempt(name, "wrong", address, forwarded=forwarded) for _ in range(LIMIT)]
    assert tries[-1] == 429


@pytest.mark.django_db
def test_a_colleague_and_another_address_are_not_locked(
    users: dict[str, User],
) -> None:
    lock("ops", "198.51.100.7")
    assert attempt("ops", PASSWORD, "198.51.100.7") == 429
    assert attempt("cs", PASSWORD, "198.51.100.7") == 302
    assert attempt("ops", PASSWORD, "198.51.100.8") == 302


@pytest.mark.django_db
def test_behind_the_proxy_each_address_counts_for_itself(
    users: dict[str, User], settings: Any
) -> None:
    settings.SHIPSYNC_PROXIES = ["10.0.0.1"]
    lock("ops", "10.0.0.1", forwarded="198.51.100.7")
    assert attempt("ops", PASSWORD, "10.0.0.1", forwarded="198.51.100.7") == 429
    assert attempt("ops", PASSWORD, "10.0.0.1", forwarded="198.51.100.8") == 302
    # Made up in front of the proxy's own entry, it changes nothing.
    made_up = "198.51.100.8, 198.51.100.7"
    assert attempt("ops", PASSWORD, "10.0.0.1", forwarded=made_up) == 429


@pytest.mark.django_db
def test_without_a_proxy_no_header_shifts_the_address(
    users: dict[str, User],
) -> None:
    for number in range(LIMIT):
        attempt("ops", "wrong", "198.51.100.7", forwarded=f"192.0.2.{number}")
    assert attempt("ops", PASSWORD, "198.51.100.7", forwarded="192.0.2.99") == 429


@pytest.mark.django_db
def test_a_name_that_is_guessed_from_many_addresses_waits_everywhere(
    users: dict[str, User], settings: Any
) -> None:
    settings.SHIPSYNC_LOCKED_ADDRESSES = 2
    lock("ops", "198.51.100.1")
    assert attempt("ops", PASSWORD, "198.51.100.9") == 302
    lock("ops", "198.51.100.1")
    lock("ops", "198.51.100.2")
    assert attempt("ops", PASSWORD, "198.51.100.9") == 429
    assert attempt("cs", PASSWORD, "198.51.100.9") == 302


@pytest.mark.django_db
def test_an_administrator_unlocks_in_the_console(
    client: Client, users: dict[str, User]
) -> None:
    lock("ops", "198.51.100.7")
    client.force_login(users["admin"])
    assert b"waits after wrong passwords" in client.get("/people/").content
    page = client.get(f"/people/{users['ops'].pk}/").content
    assert b"198.51.100.7" in page
    client.post(f"/people/{users['ops'].pk}/unlock/")
    assert attempt("ops", PASSWORD, "198.51.100.7") == 302


@pytest.mark.parametrize(
    ("proxies", "wrong"),
    [
        (["127.0.0.1", "10.0.0.0/8", "unix", "::1"], 0),
        (["proxy.example", "0.0.0.0/0", "::/0"], 3),
    ],
)
def test_proxies_that_make_no_sense_are_refused(
    settings: Any, proxies: list[str], wrong: int
) -> None:
    settings.SHIPSYNC_PROXIES = proxies
    assert len(checks.check_proxies()) == wrong
