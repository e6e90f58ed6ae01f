"""Forms of accounts: secrets go in and never come out; what is wrong is named."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from shipsync_site.lib import clock
from stores.errors import TransientError
from stores.models import (
    AccountState,
    CarrierMapping,
    Lane,
    RemoteAccount,
    ShipStationAccount,
    fingerprint,
)
from stores.remote_types import ConnectionOutcome, ConnectionReport
from tests.orders.factories import (
    make_remote_account,
    make_shipstation_account,
    make_store,
)

SHIPSTATION = {
    "name": "Warehouse Leeds",
    "environment": "sandbox",
    "stop_tag_name": "shipsync: stop",
    "api_key": "key-0123456789",
    "api_secret": "secret-ABCDEF",
}
AMAZON = {
    "name": "Amazon Europe",
    "environment": "sandbox",
    "seller_id": "A1B2C3",
    "region": "eu",
    "app_id": "",
    "own-client_id": "amzn1.application-oa2-client.1",
    "own-lwa_client_secret": "lwa-secret-XYZ",
    "own-refresh_token": "Atzr|token-XYZ",
    "own-first_pull_days": "30",
}


@pytest.fixture
def admin(client: Client, users: dict[str, User]) -> Client:
    """Somebody who may configure."""
    client.force_login(users["admin"])
    return client


@pytest.fixture(autouse=True)
def tested(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The accounts whose connection was tested; nothing is asked."""
    names: list[str] = []

    def test_connection(account: Any) -> ConnectionReport:
        names.append(account.name)
        return ConnectionReport(outcome=ConnectionOutcome.WORKS, sentence="It answers.")

    monkeypatch.setattr(
        "stores.views.accounts.connect.test_connection", test_connection
    )
    return names


def edit_url(kind: str, pk: int) -> str:
    """Where an account is edited."""
    return reverse("stores:account_edit", args=[kind, pk])


def test_a_shipstation_account_is_made_with_its_lanes(admin: Client) -> None:
    answer = admin.post(reverse("stores:shipstation_create"), SHIPSTATION)
    account = ShipStationAccount.objects.get()
    assert answer["Location"] == reverse(
        "stores:account", args=["shipstation", account.pk]
    )
    assert account.secrets == {
        "api_key": "key-0123456789",
        "api_secret": "secret-ABCDEF",
    }
    assert account.key_fingerprint == fingerprint("key-0123456789")
    assert account.secrets_set_at is not None
    assert Lane.objects.filter(account=account.key).count() == 3


def test_secrets_are_never_rendered(admin: Client) -> None:
    admin.post(reverse("stores:shipstation_create"), SHIPSTATION)
    account = ShipStationAccount.objects.get()
    pages = [
        admin.get(edit_url("shipstation", account.pk)),
        admin.get(reverse("stores:account", args=["shipstation", account.pk])),
        # Refused, so the form comes back with what was typed – but not the secret.
        admin.post(
            edit_url("shipstation", account.pk),
            SHIPSTATION | {"name": "", "api_secret": "secret-NEW"},
        ),
    ]
    for page in pages:
        text = page.content.decode()
        assert "secret-" not in text
        assert "key-0123456789" not in text


def test_an_empty_secret_keeps_the_old_one(admin: Client) -> None:
    admin.post(reverse("stores:shipstation_create"), SHIPSTATION)
    account = ShipStationAccount.objects.get()
    ShipStationAccount.objects.update(check_outcome="works")
    admin.post(
        edit_url("shipstation", account.pk),
        SHIPSTATION | {"name": "Renamed", "api_key": "", "api_secret": ""},
    )
    account.refresh_from_db()
    assert account.name == "Renamed"
    assert account.secrets["api_secret"] == "secret-ABCDEF"
    assert account.check_outcome == "works"
    page = admin.get(edit_url("shipstation", account.pk)).content.decode()
    set_on = account.secrets_set_at
    assert set_on is not None
    assert f"Last set {set_on.day} {set_on:%B %Y}. Leave it empty to keep it." in page


def test_a_new_secret_forgets_the_old_test(admin: Client) -> None:
    account = make_shipstation_account(check_outcome="works", check_sentence="Works.")
    admin.post(edit_url("shipstation", account.pk), SHIPSTATION)
    account.refresh_from_db()
    assert (account.check_outcome, account.check_sentence) == ("", "")


def test_a_new_key_needs_its_secret(admin: Client) -> None:
    account = make_shipstation_account()
    answer = admin.post(
        edit_url("shipstation", account.pk), SHIPSTATION | {"api_secret": ""}
    )
    assert b"A new key has a new secret: enter both." in answer.content


def test_the_same_key_twice_is_refused(admin: Client) -> None:
    admin.post(reverse("stores:shipstation_create"), SHIPSTATION)
    answer = admin.post(
        reverse("stores:shipstation_create"), SHIPSTATION | {"name": "Again"}
    )
    assert "Warehouse Leeds&#x27; already uses this key" in answer.content.decode()
    assert ShipStationAccount.objects.count() == 1


def test_the_connectors_own_form_appears_and_is_split(admin: Client) -> None:
    url = reverse("stores:marketplace_create", args=["amazon"])
    assert b"LWA client id" in admin.get(url).content
    assert admin.post(url, AMAZON).status_code == 302
    account = RemoteAccount.objects.get()
    assert account.marketplace == "amazon"
    assert account.settings == {
        "client_id": "amzn1.application-oa2-client.1",
        "draft_application": False,
        "yearly_authorisation": False,
        "first_pull_days": 30,
        "queue_url": "",
        "aws_access_key_id": "",
    }
    assert account.secrets == {
        "lwa_client_secret": "lwa-secret-XYZ",
        "refresh_token": "Atzr|token-XYZ",
    }
    assert Lane.objects.filter(account=account.key).count() == 4
    assert CarrierMapping.objects.filter(marketplace="amazon", is_default=True).exists()


def test_one_secret_may_be_changed_alone(admin: Client) -> None:
    admin.post(reverse("stores:marketplace_create", args=["amazon"]), AMAZON)
    account = RemoteAccount.objects.get()
    admin.post(
        edit_url("marketplace", account.pk),
        AMAZON | {"own-lwa_client_secret": "lwa-NEW", "own-refresh_token": ""},
    )
    account.refresh_from_db()
    assert account.secrets == {
        "lwa_client_secret": "lwa-NEW",
        "refresh_token": "Atzr|token-XYZ",
    }
    text = admin.get(edit_url("marketplace", account.pk)).content.decode()
    assert "lwa-NEW" not in text
    assert "Atzr|token" not in text


def test_the_same_seller_twice_is_refused(admin: Client) -> None:
    url = reverse("stores:marketplace_create", args=["amazon"])
    admin.post(url, AMAZON)
    answer = admin.post(url, AMAZON)
    assert answer.status_code == 200
    assert b"This seller has an account here already" in answer.content
    assert RemoteAccount.objects.count() == 1


def test_the_connectors_word_is_shown(admin: Client) -> None:
    answer = admin.post(
        reverse("stores:marketplace_create", args=["amazon"]),
        AMAZON | {"own-client_id": "amzn1.sp.solution.1", "name": ""},
    )
    text = answer.content.decode()
    assert "amzn1.sp.solution… is the application id" in text
    # Both halves say what is wrong at once.
    assert text.count("This field is required.") >= 1
    assert not RemoteAccount.objects.exists()


@pytest.mark.parametrize(
    "path", ["/accounts/marketplace/new/bazaar/", "/accounts/x/1/"]
)
def test_what_is_no_account_is_not_found(admin: Client, path: str) -> None:
    assert admin.get(path).status_code == 404


@pytest.mark.parametrize(
    ("outcome", "level"),
    [
        (ConnectionOutcome.WORKS, "note-fine"),
        (ConnectionOutcome.BAD_KEY, "note-breach"),
    ],
)
def test_a_test_answers_in_a_sentence(
    admin: Client,
    monkeypatch: pytest.MonkeyPatch,
    outcome: ConnectionOutcome,
    level: str,
) -> None:
    account = make_remote_account(name="Amazon Europe")
    report = ConnectionReport(outcome=outcome, sentence="This is what was found.")
    monkeypatch.setattr("stores.connect.test_connection", lambda _: report)
    url = reverse("stores:account_test", args=["marketplace", account.pk])
    page = admin.post(url, follow=True).content.decode()
    assert "Amazon Europe: This is what was found." in page
    assert level in page


def pause(client: Client, account: Any, reason: str) -> str:
    """Send the form; the page after it."""
    url = reverse("stores:account_pause", args=["marketplace", account.pk])
    return client.post(url, {"reason": reason}, follow=True).content.decode()


def test_pausing_needs_a_reason_and_shows_it(
    admin: Client, users: dict[str, User]
) -> None:
    account = make_remote_account()
    assert "a reason of 1-300 letters is needed" in pause(admin, account, " ")
    account.refresh_from_db()
    assert account.state == AccountState.ACTIVE
    page = pause(admin, account, "Stocktaking until noon")
    account.refresh_from_db()
    assert account.state == AccountState.PAUSED
    assert account.paused_by == users["admin"]
    assert "Stocktaking until noon" in page
    admin.post(reverse("stores:account_resume", args=["marketplace", account.pk]))
    account.refresh_from_db()
    assert account.state == AccountState.ACTIVE


def test_saving_tests_the_connection_and_says_what_it_found(
    admin: Client, tested: list[str]
) -> None:
    page = admin.post(
        reverse("stores:shipstation_create"), SHIPSTATION, follow=True
    ).content.decode()
    assert tested == ["Warehouse Leeds"]
    assert "Warehouse Leeds is saved." in page
    assert "Warehouse Leeds: It answers." in page


def test_a_peer_that_is_away_does_not_break_saving(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(account: Any) -> ConnectionReport:
        raise TransientError("nobody answers at 127.0.0.1")

    monkeypatch.setattr("stores.views.accounts.connect.test_connection", away)
    page = admin.post(
        reverse("stores:shipstation_create"), SHIPSTATION, follow=True
    ).content.decode()
    assert ShipStationAccount.objects.count() == 1
    assert "could not be tested: nobody answers at 127.0.0.1" in page


def test_a_queue_that_was_just_named_is_listened_to_at_once(admin: Client) -> None:
    admin.post(reverse("stores:marketplace_create", args=["amazon"]), AMAZON)
    account = RemoteAccount.objects.get()
    Lane.objects.update(due_at=None)

    admin.post(edit_url("marketplace", account.pk), AMAZON)

    due = Lane.objects.filter(due_at__isnull=False)
    assert list(due.values_list("direction", flat=True)) == ["listen"]


def test_a_stores_page_tells_an_accounts_test_as_the_accounts(admin: Client) -> None:
    store = make_store()
    words = "The key works, but the store 'Other' (30007) is inactive."
    account = store.shipstation_account
    account.check_outcome, account.check_sentence = "bad_key", words
    account.checked_at = clock.real_now()
    account.save()

    own = admin.get(reverse("stores:account", args=["shipstation", account.pk]))
    shown = admin.get(reverse("stores:detail", args=[store.slug]))

    assert "Test of the whole account" not in own.content.decode()
    assert "Test of the whole account: The key works" in shown.content.decode()


def test_a_region_is_shown_only_where_there_is_a_choice(admin: Client) -> None:
    tiktok = make_remote_account(marketplace="tiktok", region="")
    amazon = make_remote_account(marketplace="amazon", region="eu")

    pages = [
        admin.get(
            reverse("stores:account", args=["marketplace", x.pk])
        ).content.decode()
        for x in (tiktok, amazon)
    ]

    assert ["<dt>Region</dt>" in page for page in pages] == [False, True]


def test_the_key_of_version_2_is_sealed_and_may_be_left_out(admin: Client) -> None:
    admin.post(reverse("stores:shipstation_create"), SHIPSTATION)
    account = ShipStationAccount.objects.get()
    admin.post(
        edit_url("shipstation", account.pk),
        SHIPSTATION | {"api_key": "", "api_secret": "", "api_key_v2": "newer-123"},
    )

    account.refresh_from_db()
    assert account.secrets["api_key_v2"] == "newer-123"
    assert account.secrets["api_key"] == "key-0123456789"
    page = admin.get(edit_url("shipstation", account.pk)).content.decode()
    assert "newer-123" not in page
    assert "API key of version 2" in page
