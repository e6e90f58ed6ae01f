"""The page Now: its numbers are the lists behind them, at a constant price."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orders.models import Stage
from shipsync_site import home
from shipsync_site.lib import clock
from shipsync_site.lib.tones import Tone
from stores import lanes
from stores.models import Budget, Heartbeat, Lane, Store
from tests.orders.factories import (
    make_case,
    make_order,
    make_remote_account,
    make_store,
)

LINK = re.compile(
    r'<a[^>]*href="(/(?:orders|cases)/\?[^"]*)"[^>]*>(.*?)</a>', re.DOTALL
)


def some_orders(store: Store, count: int = 1) -> None:
    """A few orders in each stage."""
    for stage in Stage.values:
        for _ in range(count):
            make_order(store=store, stage=stage, buyer=False)


def numbers(html: str) -> list[tuple[str, int]]:
    """(address, number) of every link that shows a number."""
    found = []
    for url, text in LINK.findall(html):
        plain = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", text, flags=re.DOTALL)
        number = re.search(r"\d+", plain)
        if number:
            found.append((unescape(url), int(number.group())))
    return found


def rows_behind(client: Client, url: str) -> int:
    """How many rows the list says it has, by counting them on its pages."""
    path, _, query = url.partition("?")
    answer = client.get(f"{path}?{query}")
    assert answer.status_code == 200
    # A queue's rows are causes, unless its cases are asked for.
    return len(answer.context.get("groups") or answer.context["rows"])


@pytest.mark.django_db
def test_every_number_counts_its_list(client: Client, users: dict[str, User]) -> None:
    first, second = make_store(name="One"), make_store(name="Two")
    some_orders(first, 2)
    some_orders(second)
    now = clock.now()
    late = make_order(store=first, ship_by=now - timedelta(hours=1), buyer=False)
    stuck = make_order(store=first, ship_by=now + timedelta(hours=5), buyer=False)
    make_order(store=first, ship_by=now + timedelta(hours=6), buyer=False)
    # Not threatened: it has left, or is not ours.
    make_order(
        store=first, stage=Stage.DONE, ship_by=now - timedelta(hours=1), buyer=False
    )
    make_case(late, deadline=now - timedelta(hours=2))
    make_case(stuck, deadline=now + timedelta(hours=2))
    client.force_login(users["lead"])
    shown = numbers(client.get("/").content.decode())
    assert len(shown) > 20
    for url, number in shown:
        assert rows_behind(client, url) == number, url


@pytest.mark.django_db
def test_the_sentence_names_late_and_stuck() -> None:
    store = make_store()
    now = clock.now()
    calm = home.load(90).risk
    assert calm.calm
    assert (calm.tone, calm.late, calm.stuck) == (Tone.FINE, 0, 0)
    make_case(make_order(store=store, ship_by=now + timedelta(hours=3), buyer=False))
    risk = home.load(90).risk
    assert (risk.tone, risk.late, risk.due, risk.stuck) == (Tone.SOON, 0, 1, 1)
    assert [cause.orders for cause in risk.causes] == [1]
    make_order(store=store, ship_by=now - timedelta(minutes=1), buyer=False)
    assert home.load(90).risk.tone is Tone.BREACH


@pytest.mark.django_db
def test_it_is_not_calm_while_something_stands_still(
    client: Client, users: dict[str, User]
) -> None:
    client.force_login(users["lead"])
    assert b"All calm" in client.get("/").content
    store = make_store(name="Amazon DE", state="paused", pause_reason="stocktaking")
    account = make_remote_account(name="Amazon East", check_outcome="bad_key")
    risk = home.load(90).risk
    assert [(place.name, place.word) for place in risk.standing] == [
        ("Amazon East", "refused"),
        ("Amazon DE", "paused"),
    ]
    page = client.get("/").content.decode()
    assert "All calm" not in page
    assert f'href="/stores/{store.slug}/" title="stocktaking"' in page
    assert f"/accounts/marketplace/{account.pk}/" in page


@pytest.mark.django_db
def test_it_is_not_calm_while_cases_wait(
    client: Client, users: dict[str, User]
) -> None:
    far = clock.now() + timedelta(days=3)
    store = make_store()
    for kind, owner in (
        ("confirm_refused", users["ops"]),
        ("confirm_refused", None),
        ("tracking_missing", None),
    ):
        order = make_order(store=store, ship_by=far, buyer=False)
        make_case(order, kind=kind, assignee=owner)
    group = home.load(90).risk.group
    assert group is not None
    assert (group.label, group.open, group.unowned, group.every) == (
        "Confirmation refused",
        2,
        1,
        3,
    )
    client.force_login(users["ops"])
    page = client.get("/").content.decode()
    assert "All calm" not in page
    assert "of 3 are ‘Confirmation refused’" in page
    for url, number in numbers(page):
        assert rows_behind(client, url) == number, url


@pytest.mark.django_db
def test_quotas_are_told_in_plain_words(client: Client, users: dict[str, User]) -> None:
    store = make_store()
    for group in ("getOrder", "confirmShipment"):
        Budget.objects.create(
            account=store.remote_account.key,
            group=group,
            capacity=10,
            tokens=4,
            at=clock.timestamp(),
            rate=0.001,
        )
    blocks = home.load(90).budgets
    assert [(block.account, len(block.rows)) for block in blocks] == [
        (store.remote_account.name, 2)
    ]
    client.force_login(users["ops"])
    page = client.get("/").content.decode()
    assert 'title="confirmShipment">Confirming dispatches<' in page


@pytest.mark.django_db
def test_quotas_with_half_left_and_daily_lists_are_folded_and_not_coloured(
    client: Client, users: dict[str, User]
) -> None:
    key = make_store().remote_account.key
    for group, tokens in (("getOrder", 0), ("sellers", 5), ("SH21", 0)):
        Budget.objects.create(
            account=key,
            group=group,
            capacity=10,
            tokens=tokens,
            at=clock.timestamp(),
            rate=0.0001,
        )
    (block,) = home.load(90).budgets
    assert [(row.group, row.tone) for row in block.rows] == [("getOrder", Tone.SOON)]
    assert {(row.group, row.tone) for row in block.resting} == {
        ("sellers", Tone.FINE),
        ("SH21", Tone.PLAIN),
    }
    client.force_login(users["ops"])
    assert "2 others, none short" in client.get("/").content.decode()


@pytest.mark.django_db
def test_queries_do_not_grow_with_the_data(
    client: Client, users: dict[str, User], django_assert_num_queries: Any
) -> None:
    client.force_login(users["ops"])
    some_orders(make_store(name="One"))
    lanes.ensure_lanes()
    client.get("/")
    with CaptureQueriesContext(connection) as few:
        client.get("/")
    for number in range(4):
        store = make_store(name=f"More {number}")
        some_orders(store, 2)
        make_case(make_order(store=store, buyer=False))
    lanes.ensure_lanes()
    with django_assert_num_queries(len(few)):
        client.get("/")
    assert len(few) < 25


@pytest.mark.django_db
def test_lanes_say_how_they_stand() -> None:
    store = make_store()
    lanes.ensure_lanes()
    now = clock.real_now()
    key = store.remote_account.key
    Lane.objects.update(due_at=now + timedelta(hours=1), last_run_at=now)
    Lane.objects.filter(account=key, direction="pull").update(
        due_at=now - timedelta(minutes=9)
    )
    Lane.objects.filter(account=key, direction="confirm").update(
        failures=2, last_error="Amazon answered 503"
    )
    loaded = home.load(90)
    words = {
        row.label: row.word for row in loaded.lanes if row.account.startswith("Amazon")
    }
    assert words["Read orders"] == "late by 9 min"
    assert words["Confirm dispatches"] == "failed 2×"
    assert words["Read shipped orders back"] == "up"
    assert loaded.stores[0].pull_late
    assert any(row.error == "Amazon answered 503" for row in loaded.lanes)


@pytest.mark.django_db
def test_a_heart_that_stands_still_is_said(
    client: Client, users: dict[str, User]
) -> None:
    client.force_login(users["ops"])
    assert b"no cluster has ever run" in client.get("/").content
    now = clock.real_now()
    Heartbeat.objects.create(cluster="a:1", started_at=now, beat_at=now)
    assert b"Background work stands still" not in client.get("/").content


@pytest.mark.django_db
def test_who_has_no_role_is_told_so(client: Client, users: dict[str, User]) -> None:
    make_order(number="203-1-1", buyer=False)
    client.force_login(users["nobody"])
    page = client.get("/").content
    assert b"No role yet" in page
    assert b"203-1-1" not in page
    assert b"/stores/" not in page


@pytest.mark.django_db
def test_a_held_order_is_not_next_to_leave() -> None:
    store, soon = make_store(), clock.now() + timedelta(hours=1)
    make_order(store=store, stage=Stage.HELD, ship_by=soon)
    leaving = make_order(store=store, stage=Stage.IN_SHIPSTATION, ship_by=soon)

    (row,) = home.load(30.0).urgent

    assert row.order == leaving
