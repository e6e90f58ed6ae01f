from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, connections

from shipsync_site.lib import clock
from stores.errors import UnauthorisedError
from stores.models import AccessToken
from stores.tokens import DatabaseTokenStore

pytestmark = pytest.mark.django_db
KEY = "remote-1"


class Fetch:
    def __init__(self, seconds: float = 3600, delay: float = 0.0) -> None:
        self.count = 0
        self.seconds = seconds
        self.delay = delay

    def __call__(self) -> tuple[str, float]:
        self.count += 1
        time.sleep(self.delay)
        return f"token-{self.count}", self.seconds


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

    def refuse() -> tuple[str, float]:
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
