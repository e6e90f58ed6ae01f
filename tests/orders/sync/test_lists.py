"""Lists are read once a day while orders are read, and stop no orders."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from orders.sync.operations import lists
from orders.sync.operations.lists import read_lists
from shipsync_site.lib import clock
from stores.connectors import CONNECTORS
from stores.connectors.base import Capability
from stores.errors import ThrottledError, UnauthorisedError
from stores.models import Cursor, RemoteAccount
from tests.orders.factories import make_remote_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> RemoteAccount:
    ebay = CONNECTORS.get("ebay")
    monkeypatch.setattr(
        ebay, "capabilities", ebay.capabilities | {Capability.LIST_CHOICES}
    )
    return make_remote_account(marketplace="ebay")


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """One entry per read; an exception put in front is raised instead."""
    done: list[Any] = []

    def read(_account: RemoteAccount) -> int:
        if done and isinstance(done[0], Exception):
            raise done.pop(0)
        done.append("read")
        return 1

    monkeypatch.setattr(lists, "read_choices", read)
    return done


def pass_by(wait: timedelta) -> None:
    """As if everything had been this long ago."""
    for row in Cursor.objects.filter(stream=lists.LISTS):
        if row.watermark is not None:
            row.watermark -= wait
        if row.completed_at is not None:
            row.completed_at -= wait
        row.save()


def test_once_a_day(account: RemoteAccount, reads: list[Any]) -> None:
    read_lists(account)
    read_lists(account)
    assert reads == ["read"]

    pass_by(timedelta(hours=23))
    read_lists(account)
    assert reads == ["read"]

    pass_by(timedelta(hours=1))
    read_lists(account)
    assert reads == ["read", "read"]


def test_a_failure_stops_nothing_and_is_tried_again_in_an_hour(
    account: RemoteAccount, reads: list[Any]
) -> None:
    reads.append(ThrottledError("full", retry_after=60))
    read_lists(account)
    read_lists(account)
    assert reads == []

    pass_by(timedelta(hours=1))
    read_lists(account)
    assert reads == ["read"]
    row = Cursor.objects.get(stream=lists.LISTS)
    assert row.watermark is not None
    assert clock.now() - row.watermark < timedelta(minutes=1)


def test_a_refused_key_is_everybodys_business(
    account: RemoteAccount, reads: list[Any]
) -> None:
    reads.append(UnauthorisedError("no", reason="bad_key"))

    with pytest.raises(UnauthorisedError):
        read_lists(account)


def test_a_marketplace_without_lists_costs_nothing(
    reads: list[Any], django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ebay = CONNECTORS.get("ebay")
    without = ebay.capabilities - {Capability.LIST_CHOICES}
    monkeypatch.setattr(ebay, "capabilities", without)
    plain = make_remote_account(marketplace="ebay")

    with django_assert_num_queries(0):
        read_lists(plain)

    assert reads == []
