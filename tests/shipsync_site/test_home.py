"""The page Now: its numbers are the lists behind them, at a constant price."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orders.models import FlowHour, Stage, Watch
from orders.watch.hours import HOUR, hour_of
from reconciliation.models import Finding, Settlement
from shipsync_site import home
from shipsync_site.lib import clock
from shipsync_site.lib.tones import Tone
from stores import lanes
from stores.models import Budget, Heartbeat, Lane, Store
from tests.orders.factories import (
    make_call,
    make_case,
    make_job,
    make_order,
    make_remote_account,
    make_store,
)

LINK = re.compile(
    r'(<a[^>]*href="(/(?:orders|cases)/\?[^"]*)"[^>]*>)(.*?)</a>', re.DOTALL
)


def some_orders(store: Store, count: int = 1) -> None:
    """A few orders in each stage."""
    for stage in Stage.values:
        for _ in range(count):
            make_order(store=store, stage=stage, buyer=False)


def numbers(html: str) -> list[tuple[str, int]]:
    """(address, number) of every link that shows a number."""
    found = []
    for tag, url, text in LINK.findall(html):
        plain = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", text, flags=re.DOTALL)
        # What a chart's link opens is said by its name: '1-4 h: 12 open cases'.
        said = re.search(r'aria-label="[^"]*: ([\d,]+) [^"]*"', tag)
        number = said or re.search(r"([\d,]+)", plain)
        if number:
            found.append((unescape(url), int(number.group(1).replace(",", ""))))
    return found


def rows_behind(client: Client, url: str) -> int:
    """How many rows the list says it has, by counting them on its pages."""
    path, _, query = url.partition("?")
    answer = client.get(f"{path}?{query}")
    assert answer.status_code == 200
    # A queue's rows are causes, unless its cases are asked for.
    return len(answer.context.get("groups") or answer.context["rows"])


@pytest.mark.django_db
@pytest.mark.parametrize("role", [role.code for role in home.ROLES])
def test_every_number_counts_its_list(
    client: Client, users: dict[str, User], role: str
) -> None:
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
    for hours, kind in ((2, "overdue"), (2, "tracking_missing"), (20, "push_refused")):
        order = make_order(store=first, ship_by=now + timedelta(hours=hours))
        make_case(order, kind=kind, opened_at=now - timedelta(hours=hours))
    for kind in ("payload_warning", "cancel_requested", "not_on_shelf"):
        order = make_order(store=second, ship_by=now + timedelta(hours=9))
        make_case(order, kind=kind, opened_at=now - timedelta(days=4))
    # Ended too long ago to be counted, and before.
    for hours in (3, 30):
        closed = now - timedelta(hours=hours)
        make_order(store=first, stage=Stage.DONE, closed_at=closed, buyer=False)
    client.force_login(users["lead"])
    page = client.get("/", {"as": role}).content.decode()
    shown = numbers(page)
    assert len(shown) > (4 if role == "packer" else 8)
    for url, number in shown:
        assert rows_behind(client, url) == number, url
    if role == "lead":
        assert any("leaves=" in url and "waits=-" in url for url, _number in shown)
        assert ("/orders/?stage=done&ended=24h", 1) in shown


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
    client.force_login(users["lead"])
    some_orders(make_store(name="One"))
    make_case(make_order(store=Store.objects.get(), buyer=False))
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
    assert len(few) < 36


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


@pytest.mark.django_db
def test_a_role_sees_its_own_home_and_the_url_holds_it(
    client: Client, users: dict[str, User]
) -> None:
    make_store()
    seen = {}
    for name in ("ops", "cs", "finance", "packer"):
        client.force_login(users[name])
        page = client.get("/").content.decode()
        assert "Home of a role" not in page
        seen[name] = page
        # Somebody else's home is not given: one's own stands there.
        other = client.get("/", {"as": "lead"})
        assert other.context["role"].code == name
    assert "Jobs and stores" in seen["ops"]
    assert "Cancellations to decide" in seen["cs"]
    assert "Settlements" in seen["finance"]
    assert "Stop list: scan before you pack" in seen["packer"]
    assert "/watches/" not in seen["packer"]
    assert "Jobs and stores" not in seen["packer"]

    both = users["cs"]
    both.groups.add(Group.objects.get(name="packer"))
    client.force_login(both)
    answer = client.get("/", {"as": "packer"})
    assert answer.context["role"].code == "packer"
    assert b'href="/?as=cs"' in answer.content
    assert b'href="/?as=finance"' not in answer.content
    assert b'hx-get="/?as=packer"' in answer.content


@pytest.mark.django_db
def test_an_interruption_stands_where_it_is(
    client: Client, users: dict[str, User]
) -> None:
    store = make_store(name="Amazon UK")
    now = clock.real_now()
    for direction, state in (("pull", "down"), ("confirm", "late")):
        Watch.objects.create(
            key=f"lane:{store.remote_account.key}:{direction}",
            label=f"Amazon: {direction}",
            period=300,
            grace=600,
            state=state,
            changed_at=now,
            looked_at=now,
        )
    make_store(name="Amazon DE", state="paused", pause_reason="stocktaking")
    order = make_order(store=store, stage=Stage.DISPATCHED, buyer=False)
    make_case(order, kind="carrier_unmapped")
    boxes = home.load(90).flow
    assert [
        [(trouble.text, trouble.tone) for trouble in box.troubles] for box in boxes
    ] == [
        [("Amazon DE: paused", Tone.SOON), ("Amazon: pull: down", Tone.BREACH)],
        [],
        [],
        [
            ("Amazon: confirm: late", Tone.SOON),
            ("1 × Carrier not mapped", Tone.SOON),
            ("1 dispatched, to be confirmed with a case", Tone.SOON),
        ],
        [],
    ]
    assert [box.broken for box in boxes] == [True, False, False, False, False]
    client.force_login(users["lead"])
    for box in boxes:
        for trouble in box.troubles:
            assert client.get(trouble.url).status_code == 200


@pytest.mark.django_db
def test_lags_and_throughput_come_from_the_hours() -> None:
    store, last = make_store(), hour_of(clock.now()) - HOUR
    other = make_store()
    FlowHour.objects.create(
        store=store, hour=last, imported=7, confirmed=2, import_lag=200
    )
    FlowHour.objects.create(store=other, hour=last, imported=3, import_lag=90)
    FlowHour.objects.create(store=other, hour=last - 30 * HOUR, imported=99)
    now = home.load(90)
    assert now.flow[0].lag == "p95 3 min"
    assert now.hours is not None
    assert [(x.imported, x.confirmed) for x in now.hours.rows][-2:] == [(0, 0), (10, 2)]
    assert "Heard of: 10 at last, at most 10" in now.charts.throughput


@pytest.mark.django_db
def test_quotas_say_who_used_them_and_what_waits() -> None:
    store = make_store()
    key = store.shipstation_account.key
    Budget.objects.create(
        account=key, group="v1", capacity=40, tokens=3, at=clock.timestamp(), period=60
    )
    for operation, count in (("push", 3), ("mirror", 1)):
        for _ in range(count):
            make_call(key, operation=operation)
    make_call(key, operation="old", started_at=clock.now() - timedelta(hours=2))
    make_job(make_order(store=store, buyer=False), account=key, dirty=True)
    (block,) = home.load(90).budgets
    assert block.used_by == (("push", 3), ("mirror", 1))
    assert block.waits == 1


@pytest.mark.django_db
def test_finance_sees_what_does_not_add_up(
    client: Client, users: dict[str, User]
) -> None:
    store = make_store()
    for number, remainder in enumerate((Decimal(0), Decimal("-0.01"))):
        Settlement.objects.create(
            account=store.remote_account,
            source="amazon_v2",
            remote_id=f"set-{number}",
            currency="GBP",
            total=Decimal(100),
            lines_total=Decimal(100) - remainder,
            remainder=remainder,
            stored_at=clock.now(),
        )
    today = clock.now().date()
    for number in range(3):
        Finding.objects.create(
            store=store,
            rule="paid_twice",
            fingerprint=str(number),
            amount=Decimal("12.50"),
            currency="GBP",
            first_seen=today,
            last_seen=today,
            seen_at=clock.now(),
        )
    found = home.load(90, home.chosen(list(home.ROLES), "finance")).money
    assert found is not None
    assert (found.odd, found.waiting, found.found) == (1, 2, 3)
    assert [(x.count, x.worth) for x in found.findings] == [
        (3, ((Decimal("37.50"), "GBP"),))
    ]
    client.force_login(users["finance"])
    page = client.get("/").content.decode()
    assert "1 settlement does not add up" in page
    for url in (found.odd_url, found.waiting_url, found.findings[0].url):
        assert client.get(url).status_code == 200
