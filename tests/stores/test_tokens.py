from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, connections

from shipsync_site.lib import clock
from stores.errors import UnauthorisedError
from stores.models import AccessToken, RemoteAccount
from stores.remote_types import FreshToken
from stores.tokens import DatabaseTokenStore

pytestmark = pytest.mark.django_db
KEY = "remote-1"


class Fetch:
    def __init__(self, seconds: float = 3600, delay: float = 0.0) -> None:
        self.count = 0
        self.seconds = seconds
        self.delay = delay

    def __call__(self) -> FreshToken:
        self.count += 1
        time.sleep(self.delay)
        return FreshToken(token=f"token-{self.count}", seconds=self.seconds)


def test_a_token_is_kept_sealed_until_its_last_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fetch = Fetch()
    store = DatabaseTokenStore(KEY)
    assert store.get("access") == ""

    assert store.refresh("access", fetch) == "token-1"

    assert DatabaseTokenStore(KEY).get("access") == "token-1"
    with connection.cursor() as cursor:
        cursor.execute("SELECT token FROM stores_accesstoken")
        assert b"token-1" not in bytes(cursor.fetchone()[0])
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(seconds=3541))
    assert store.get("access") == ""


def test_a_refused_token_is_replaced_though_it_looks_good() -> None:
    fetch = Fetch()
    store = DatabaseTokenStore(KEY)
    store.refresh("access", fetch)

    assert store.refresh("access", fetch) == "token-2"


def test_a_token_that_somebody_else_fetched_is_taken() -> None:
    fetch = Fetch()
    mine = DatabaseTokenStore(KEY)
    mine.refresh("access", fetch)
    DatabaseTokenStore(KEY).get("access")
    other = DatabaseTokenStore(KEY)
    other.get("access")
    other.refresh("access", fetch)

    assert mine.refresh("access", fetch) == "token-2"
    assert fetch.count == 2


def test_a_failed_refresh_gives_the_lease_back() -> None:
    store = DatabaseTokenStore(KEY)

    def refuse() -> FreshToken:
        raise UnauthorisedError("no", reason="revoked")

    with pytest.raises(UnauthorisedError):
        store.refresh("access", refuse)

    assert AccessToken.objects.get().lease_until is None
    assert store.refresh("access", Fetch()) == "token-1"


def test_the_lease_of_a_dead_process_runs_out() -> None:
    AccessToken.objects.create(
        account=KEY,
        kind="access",
        lease_until=clock.real_now() + timedelta(seconds=0.3),
    )

    started = time.monotonic()
    assert DatabaseTokenStore(KEY).refresh("access", Fetch()) == "token-1"

    assert time.monotonic() - started > 0.2


def test_kinds_are_apart() -> None:
    store = DatabaseTokenStore(KEY)
    store.refresh("access", Fetch())

    assert store.get("grantless") == ""


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_workers_fetch_once() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    fetch = Fetch(delay=0.3)
    barrier = threading.Barrier(8)
    tokens: list[str] = []

    def work() -> None:
        try:
            store = DatabaseTokenStore(KEY)
            store.get("access")
            barrier.wait()
            tokens.append(store.refresh("access", fetch))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert tokens == ["token-1"] * 8
    assert fetch.count == 1


def test_what_comes_with_a_token_replaces_what_the_account_has() -> None:
    account = RemoteAccount.objects.create(
        name="Ada's shop",
        marketplace="ebay",
        seller_id="ada",
        secrets={"refresh_token": "old", "app_secret": "x"},
    )
    store = DatabaseTokenStore(account.key)

    def fetch() -> FreshToken:
        assert store.secret("refresh_token") == "old"
        return FreshToken(
            token="new-access",
            seconds=3600,
            secrets={"refresh_token": "new"},
            settings={"consent_ends_at": "2027-01-01"},
        )

    store.refresh("access", fetch)

    account.refresh_from_db()
    assert account.secrets == {"refresh_token": "new", "app_secret": "x"}
    assert account.settings["consent_ends_at"] == "2027-01-01"
    assert store.secret("refresh_token") == "new"


def shop(**secrets: str) -> RemoteAccount:
    return RemoteAccount.objects.create(
        name="Ada's shop", marketplace="ebay", seller_id="ada", secrets=secrets
    )


def taken_over(account: RemoteAccount, **secrets: str) -> None:
    """A refresh that takes long: meanwhile somebody has the lease, and these secrets."""

    def fetch() -> FreshToken:
        later = clock.real_now() + timedelta(minutes=5)
        AccessToken.objects.update(lease_until=later)
        RemoteAccount.objects.filter(pk=account.pk).update(secrets=secrets)
        return FreshToken(
            token="late",
            seconds=3600,
            secrets={"refresh_token": "renewed"},
            settings={"consent_ends_at": "2027-01-01"},
        )

    assert DatabaseTokenStore(account.key).refresh("access", fetch) == "late"
    account.refresh_from_db()


def test_a_renewed_secret_is_kept_though_the_lease_was_taken_over() -> None:
    account = shop(refresh_token="old", app_secret="x")

    taken_over(account, refresh_token="old", app_secret="y")

    assert account.secrets == {"refresh_token": "renewed", "app_secret": "y"}
    assert account.settings["consent_ends_at"] == "2027-01-01"
    assert AccessToken.objects.get().token != "late"


def test_a_secret_that_somebody_entered_meanwhile_stays() -> None:
    account = shop(refresh_token="old")

    taken_over(account, refresh_token="entered")

    assert account.secrets == {"refresh_token": "entered"}
    assert account.settings == {}
