"""Access that ends has a case in time, steps up, and closes when it is renewed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orders import tasks
from orders.expiries import warn_of_expiries
from orders.models import CaseState, OrderException
from orders.triage import open_store_case
from shipsync_site.lib import clock
from stores import connect
from stores.expiries import access_changed
from stores.models import RemoteAccount
from tests.orders.factories import make_remote_account

pytestmark = pytest.mark.django_db


def account_with_secret(days_left: float, **settings: Any) -> RemoteAccount:
    """An account whose client secret ends in so many days; its consent is new."""
    account = make_remote_account(name="Amazon EU", settings=settings, secrets={})
    now = clock.now()
    entered = now - timedelta(days=180 - days_left)
    account.keep_secrets({"lwa_client_secret": "secret"}, entered)
    account.keep_secrets({"refresh_token": "Atzr|x"}, now)
    account.save()
    return account


def open_cases() -> list[OrderException]:
    return list(OrderException.objects.filter(state=CaseState.OPEN).order_by("pk"))


@pytest.mark.parametrize(
    ("days_left", "stage"),
    [
        (31, None),
        (29.9, "30d"),
        (7.1, "30d"),
        (6.9, "7d"),
        (0.1, "7d"),
        (-0.1, "past"),
        (-90, "past"),
    ],
)
def test_the_steps(days_left: float, stage: str | None) -> None:
    account_with_secret(days_left)

    warn_of_expiries()

    assert [case.cause.rsplit(":", 1)[1] for case in open_cases()] == (
        [stage] if stage else []
    )


def test_the_sentence_names_account_secret_day_and_next_step() -> None:
    account = account_with_secret(20.5)
    warn_of_expiries()

    (case,) = open_cases()
    day = clock.now() + timedelta(days=20.5)
    assert case.scope == f"account:{account.key}"
    assert case.deadline == connect.idle_connector(account).expiries()[0].at
    assert case.summary == (
        f"Amazon EU: LWA client secret ends on {day.day} {day:%B %Y}, in 20 days. "
        "Rotate the secret of the application in Seller Central, then enter the new one "
        "on the account's page."
    )


def test_looking_again_opens_nothing_new() -> None:
    account_with_secret(20)
    for _ in range(3):
        assert tasks.expiries() == 1

    (case,) = open_cases()
    assert case.times_opened == 1


def test_a_step_replaces_the_one_before() -> None:
    account = account_with_secret(20)
    warn_of_expiries()
    account.secret_dates["lwa_client_secret"] = (
        clock.now() - timedelta(days=175)
    ).isoformat()
    account.save()
    warn_of_expiries()

    (case,) = open_cases()
    assert case.cause.endswith(":7d")
    assert OrderException.objects.count() == 2


def test_what_was_accepted_stays_closed_until_the_next_step() -> None:
    account_with_secret(20)
    warn_of_expiries()
    OrderException.objects.update(state=CaseState.RESOLVED, resolution="seen")

    warn_of_expiries()
    assert open_cases() == []

    clock.configure(clock.fast(1, clock.timestamp() + 14 * 86_400))
    warn_of_expiries()
    assert [case.cause.rsplit(":", 1)[1] for case in open_cases()] == ["7d"]


def test_a_renewed_secret_closes_its_case() -> None:
    account = account_with_secret(-3)
    warn_of_expiries()
    account.keep_secrets({"lwa_client_secret": "new"}, clock.now())
    account.save()

    assert warn_of_expiries() == 0
    assert open_cases() == []


def test_a_test_that_works_closes_cases_at_once() -> None:
    account = account_with_secret(-3)
    warn_of_expiries()
    scope = f"account:{account.key}"
    open_store_case(scope, "store_unauthorised", "bad_key", "Amazon refused the key")
    account.keep_secrets({"lwa_client_secret": "new"}, clock.now())
    account.check_outcome = "bad_key"
    account.save()
    access_changed.send(sender=RemoteAccount, account=account)
    assert [case.kind for case in open_cases()] == ["store_unauthorised"]

    account.check_outcome = "works"
    access_changed.send(sender=RemoteAccount, account=account)

    assert open_cases() == []


def test_a_yearly_consent_is_warned_of_unless_it_lasts() -> None:
    account = account_with_secret(100)
    given = clock.now() - timedelta(days=340)
    account.secret_dates["refresh_token"] = given.isoformat()
    account.save()
    warn_of_expiries()
    (case,) = open_cases()
    assert "Seller's authorisation ends on" in case.summary
    assert "Press 'Renew consent'" in case.summary

    account.settings["yearly_authorisation"] = False
    account.save()
    warn_of_expiries()
    assert open_cases() == []


def test_the_pages_show_the_date(client: Client, users: dict[str, User]) -> None:
    account = account_with_secret(5)
    day = clock.now() + timedelta(days=5)
    client.force_login(users["ops"])

    listed = client.get(reverse("stores:list")).content.decode()
    page = client.get(
        reverse("stores:account", args=["marketplace", account.pk])
    ).content.decode()

    assert f"{day.day} {day:%b} {day.year}" in listed
    assert f"{day.day} {day:%B} {day.year}" in page
    assert "tone-breach" in page
