"""A lead starts a run, follows its figures, accepts findings, closes a day, exports."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User

from orders.models import Order
from reconciliation.models import ExportLog, Finding, FindingState, RunState
from reconciliation.runs import census, lifecycle
from shipsync_site.lib import clock
from stores.models import Store
from stores.remote_money import CensusEntry
from tests.browser.conftest import Visitor
from tests.browser.looks import look
from tests.orders.factories import make_case, make_order, make_store
from tests.reconciliation.census import FakeCensus
from tests.reconciliation.factories import (
    make_finding,
    make_hit,
    make_run,
    make_schedule,
)


def test_from_a_run_to_a_closed_day(
    visit: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_store(slug="amazon-uk")
    placed = clock.now() - timedelta(days=1)
    fields: dict[str, Any] = {
        "store": store,
        "ordered_at": placed,
        "status": "cancelled",
        "stage": "cancelled",
    }
    orders = [make_order(**fields) for _ in range(3)]
    names = [order.remote_id for order in orders]
    fake = FakeCensus([CensusEntry(remote_id=x) for x in (*names, "404-1", "404-2")])
    monkeypatch.setattr(census, "connector_of", lambda part: fake)

    page = visit().log_in("lead")
    page.get_by_role("link", name="Reconcile", exact=True).click()
    page.get_by_role("button", name="Compare both sides").click()
    page.get_by_text("Waiting for its turn").wait_for()
    for _ in range(5):
        assert lifecycle.run_one()
    page.get_by_text("is done").first.wait_for()
    assert page.get_by_role("progressbar").get_attribute("value") != "0"
    while lifecycle.run_one():
        pass
    page.get_by_text("All buckets add up").wait_for()
    row = page.get_by_role("row").filter(has_text="Not imported")
    assert "2" in row.inner_text()
    row.get_by_role("link").first.click()
    page.get_by_text("2 orders of Amazon UK are in this bucket").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV of 2").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert "404-1" in text
    assert ExportLog.objects.get().rows == 2

    page.get_by_role("link", name="Findings", exact=True).first.click()
    page.get_by_role("link", name="Not imported 2").click()
    page.get_by_text("Accept all 2 that match").click()
    page.get_by_label("Why it may stay as it is").fill("Placed as a test")
    page.get_by_role("button", name="Accept 2 findings").click()
    page.get_by_text("2 accepted: Placed as a test").wait_for()
    accepted = Finding.objects.filter(state=FindingState.ACCEPTED)
    assert accepted.count() == 2

    page.get_by_role("link", name="Closed days").click()
    page.get_by_role("link", name=re.compile(r"^\d+ compared$")).click()
    page.get_by_role("button", name="Close", exact=False).last.click()
    page.get_by_text("Closed by lead").wait_for()
    make_order(**fields, imported_at=clock.now() + timedelta(minutes=1))
    again = lifecycle.start([store], placed.date(), placed.date())
    while lifecycle.work_on(again):
        pass
    page.reload()
    page.get_by_text("opened again after it was closed").wait_for()
    assert page.get_by_text("reopened: 1 late row").first.is_visible()
    assert Order.objects.count() == 4


def some_of_all(store: Store, users: dict[str, User]) -> list[str]:
    """Every page of the area with something on it; their addresses."""
    make_store(slug="amazon-de", name="Amazon DE")
    orders = [make_order(store=store, ordered_at=clock.now()) for _ in range(3)]
    day = (clock.now() - timedelta(days=2)).date()
    buckets = {"agrees": 1184, "missing_in_shipstation": 2, "skip:digital": 18}
    run = make_run([store], day, buckets=buckets, counted=1206)
    part = run.stores.get()
    for order in orders[:2]:
        make_hit(part, "missing_in_shipstation", order)
    make_hit(part, "store_silent", first=False)
    waiting = make_run([store], state=RunState.RUNNING, done=40, phase="compare")
    case = make_case(orders[0])
    finding = make_finding(
        store, order=orders[0], days=3, case=case, run=run, found="no record"
    )
    make_finding(store, "store_silent", days=2, remote_id="")
    taken = make_finding(
        store,
        "paid_not_dispatched",
        order=orders[1],
        amount=Decimal("-24.99"),
        currency="GBP",
        state=FindingState.ACCEPTED,
        accepted_reason="Settled by phone",
        accepted_by=users["lead"],
        accepted_at=clock.now(),
    )
    make_schedule(users["lead"], last_problem="No folder is set aside for exports.")
    make_schedule(users["lead"], folder="", mail="books@example.com")
    ExportLog.objects.create(
        report="orders", by=users["lead"], rows=1234, filters={"store": "amazon-uk"}
    )
    ExportLog.objects.create(report="buyers", by=users["cs"], unmasked=True)
    return [
        "/reconcile/",
        f"/reconcile/{run.pk}/",
        f"/reconcile/{waiting.pk}/",
        f"/reconcile/{run.pk}/amazon-uk/missing_in_shipstation/",
        "/reconcile/findings/?state=any",
        f"/reconcile/findings/{finding.pk}/",
        f"/reconcile/findings/{taken.pk}/",
        f"/reconcile/periods/?store=amazon-uk&month={day:%Y-%m}&day={day}",
        "/exports/",
        "/exports/buyers/?store=amazon-uk",
        "/exports/log/",
        "/exports/schedules/",
        "/exports/schedules/new/?report=orders",
    ]


def test_its_pages_can_be_read_by_all(visit: Visitor, users: dict[str, User]) -> None:
    paths = some_of_all(make_store(slug="amazon-uk"), users)
    seen, axe = visit(bypass_csp=True), Axe()
    seen.log_in("lead")
    wrong: list[str] = []
    for path in paths:
        seen.open(path)
        wrong += look(seen, axe, path)
    assert not wrong, "\n".join(wrong)
