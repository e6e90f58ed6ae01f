"""Readings, cases and pages of seller standards over one planted store."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orders.models import CaseState, OrderException, Rung, Stage
from reconciliation.models import ExportLog, StandardLimit, StandardReading
from reconciliation.standards import tasks
from shipsync_site.lib import clock
from stores.models import Store
from tests.orders.factories import make_case, make_dispatch, make_order, make_store

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
ONE = ["amazon-uk", "late_10d"]


@pytest.fixture
def store() -> Store:
    """24 orders told in time, one late: exactly 4 % of 25."""
    store, now = make_store(slug="amazon-uk"), clock.now()
    ship_by = now - timedelta(days=2)
    for number in range(25):
        order = make_order(
            store=store,
            buyer=False,
            number=f"order {number}",
            ordered_at=now - timedelta(days=4),
            ship_by=ship_by,
            status="shipped",
            stage=Stage.DONE,
        )
        at = ship_by + (HOUR if number == 0 else -HOUR)
        make_dispatch(order, rung=Rung.READ_BACK, accepted_at=at)
    return store


def standing(kind: str = "") -> list[tuple[str, str]]:
    rows = OrderException.objects.filter(
        kind__startswith="standard_", state=CaseState.OPEN
    )
    return sorted(
        (row.kind, row.cause.partition(":")[0])
        for row in rows
        if not kind or row.kind == kind
    )


def words(client: Client, name: str, *args: str, **query: Any) -> str:
    answer = client.get(reverse(f"reconciliation:{name}", args=args), query)
    assert answer.status_code == 200, answer.content[:300]
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", text)


def test_a_reading_a_day_and_cases_that_come_and_go(store: Store) -> None:
    tasks.take()

    row = StandardReading.objects.get(metric="late_10d")
    assert (row.bad, row.whole) == (1, 25)
    # Amazon wants less than 4 %: the 25th order made it four.
    assert standing() == [
        ("standard_breached", "late_10d"),
        ("standard_breached", "late_30d"),
    ]
    case = OrderException.objects.get(
        kind="standard_breached", cause__startswith="late_10d"
    )
    assert case.summary == (
        "Amazon UK: Late shipment rate, 10 days is 4 % (1 of 25); the limit is below 4 %."
    )

    assert case.context["page"] == reverse("reconciliation:standard", args=ONE)

    # A good one more, and it is only near; once more, and the day's reading is one row.
    now = clock.now()
    make_dispatch(
        make_order(
            store=store,
            ordered_at=now - timedelta(days=3),
            ship_by=now - timedelta(days=1),
            status="shipped",
            stage=Stage.DONE,
        ),
        rung=Rung.READ_BACK,
        accepted_at=now - timedelta(days=2),
    )
    tasks.take()
    assert standing() == [
        ("standard_near", "late_10d"),
        ("standard_near", "late_30d"),
    ]
    assert StandardReading.objects.filter(metric="late_10d").count() == 1

    # With a limit of its own the store stands well, until more is at risk than is left.
    StandardLimit.objects.create(store=store, metric="late_10d", limit=Decimal("0.1"))
    tasks.take()
    assert standing() == [("standard_near", "late_30d")]
    for _ in range(2):
        make_case(make_order(store=store, stage=Stage.TO_PUSH), kind="sku_unknown")
    tasks.take()
    assert ("standard_near", "late_10d") in standing()
    case = OrderException.objects.get(
        kind="standard_near", cause__startswith="late_10d"
    )
    assert "1 more may go wrong" in case.summary
    assert "2 will if nobody acts" in case.summary


def test_the_pages_say_what_stands_behind_each_figure(
    client: Client, users: dict[str, User], store: Store
) -> None:
    worse = make_case(
        make_order(store=store, number="stuck", stage=Stage.TO_PUSH), kind="sku_unknown"
    )
    client.force_login(users["lead"])
    assert "Nothing was counted yet" in words(client, "standards")
    client.post(reverse("reconciliation:standards_count"))

    listed = words(client, "standards")
    detail = words(client, "standard", *ONE)
    bad = words(client, "standard_orders", *ONE, "bad")
    whole = words(client, "standard_orders", *ONE, "whole")
    cases = words(client, "standard_cases", *ONE)
    answer = client.get(
        reverse("reconciliation:standard_orders_csv", args=[*ONE, "whole"])
    )
    lines = b"".join(answer).decode("utf-8-sig").splitlines()

    assert "2 rates beyond their limit" in listed
    assert "4 %, beyond the limit" in detail
    assert "1 order at risk" in detail
    assert "1 order in the 10 days that count" in bad
    assert "order 0" in bad
    assert "order 1 " not in bad
    assert "25 orders in the 10 days" in whole
    assert "1 open case" in cases
    assert worse.summary in cases
    assert len(lines) == 26
    assert ExportLog.objects.get().rows == 25
    for name, *rest in (
        ("standard", "amazon-uk", "none"),
        ("standard_orders", *ONE, "x"),
    ):
        url = reverse(f"reconciliation:{name}", args=rest)
        assert client.get(url).status_code == 404


def test_a_limit_of_ones_own_is_set_with_a_note_and_taken_back(
    client: Client, users: dict[str, User], store: Store
) -> None:
    client.force_login(users["lead"])
    url = reverse("reconciliation:standard_limit", args=ONE)

    refused = client.post(url, {"percent": "150", "note": ""})
    client.post(url, {"percent": "10", "note": "agreed with our account manager"})
    kept = StandardLimit.objects.get()
    shown = words(client, "standard", *ONE)
    client.post(url, {"own": "no"})

    assert refused.status_code == 422
    assert (kept.limit, kept.set_by) == (Decimal("0.1"), users["lead"])
    assert "agreed with our account manager" in shown
    assert "limit below 4 %, now below 10 %" in shown
    assert "1 more order may go wrong" in shown
    after = words(client, "standard", *ONE)
    assert "limit below 10 %, now below 4 %" in after
    assert not StandardLimit.objects.exists()
