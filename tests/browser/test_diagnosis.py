"""A lead looks at both sides of a store: started, watched to its end, read, compared."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User

from orders.diagnosis import reading, runs
from orders.diagnosis.steps import Step
from orders.diagnosis.tally import Tally
from orders.models import Diagnosis, DiagnosisState
from tests.browser.conftest import Visitor
from tests.browser.looks import look
from tests.orders.factories import make_diagnosis, make_order, make_store


def counted(*, shipped: int) -> dict[str, Any]:
    """What a diagnosis of a busy store found."""
    tally = Tally()
    tally.add("orders", n=4120)
    tally.add("cancelled", "205-1111111-1111111", n=61)
    tally.add("cancelled_after_sync", "205-1111111-1111111", n=23)
    for number in range(shipped):
        tally.add("cancelled_shipped", f"205-1111111-111111{number}")
    tally.add("dispatches", n=3900)
    tally.add("told", n=3702)
    tally.add("untold", "205-2222222-2222222", n=15)
    tally.row(
        "tax_places",
        "into the EU from outside",
        "IOSS",
        "orderItems[].fulfillment.shipping.internationalShipping.iossNumber",
        example="205-3333333-3333333",
    )
    tally.row(
        "carriers",
        "snail_mail",
        "snail_mail_fast",
        "not mapped",
        example="205-4444444-4444444",
        at="2026-11-20T10:00:00+00:00",
    )
    tally.spread("told_after", 12)
    tally.spread("told_after", 300)
    return {
        "since": "2026-10-23T10:00:00+00:00",
        "until": "2026-11-22T10:00:00+00:00",
        "read": 8123,
        "calls": 64,
        "bad": 0,
        "unreadable": [],
        "foreign_calls": 31,
        "foreign_minutes": 4,
        "webhooks": [["ORDER_NOTIFY", "hooks.example.com"]],
        **tally.dump(),
    }


def test_from_the_store_to_the_report(
    visit: Visitor, monkeypatch: pytest.MonkeyPatch, users: dict[str, User]
) -> None:
    store = make_store(slug="amazon-uk", state="draft")
    found = counted(shipped=3)

    def step(diagnosis: Diagnosis, phase: str, position: Any) -> Step:
        extra = {"webhooks": found["webhooks"]}
        if phase == "count":
            extra["tally"] = {k: found[k] for k in ("figures", "tables", "spreads")}
        return Step(cursor={}, done=True, fraction=1, read=100, extra=extra)

    monkeypatch.setattr(reading, "step", step)
    page = visit().log_in("lead")
    page.goto(page.url + "stores/amazon-uk/")
    page.get_by_role("link", name="Diagnosis").click()
    page.get_by_label("Days to look back").fill("30")
    page.get_by_role("button", name="Look at both sides").click()
    page.get_by_text("Waiting for its turn").wait_for()
    for _phase in range(3):
        assert runs.run_one()
    page.get_by_text("300 records read so far").wait_for()
    assert page.get_by_role("progressbar").get_attribute("value") == "75"
    while runs.run_one():
        pass
    page.get_by_role("heading", name="Who owns cancellations").wait_for()
    row = page.get_by_role("row").filter(has_text="shipped all the same")
    assert "3 of 23 (13 %)" in row.inner_text()
    assert page.get_by_text("hooks.example.com").is_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert "Cancelled orders that were shipped all the same,3,23" in text
    assert store.diagnoses.get().created_by == users["lead"]


def test_cancelled_by_a_button_and_without_a_script(visit: Visitor) -> None:
    make_store(slug="amazon-uk")
    page = visit().log_in("lead")
    page.goto(page.url + "stores/amazon-uk/diagnosis/")
    page.get_by_role("button", name="Look at both sides").click()
    page.get_by_role("button", name="Cancel it").click()
    page.get_by_text("What it had read is deleted.").first.wait_for()
    assert Diagnosis.objects.get().state == DiagnosisState.CANCELLED


def test_its_pages_can_be_read_by_all(visit: Visitor) -> None:
    store = make_store(slug="amazon-uk")
    make_order(store=store, number="205-2222222-2222222")
    before = make_diagnosis(store, result=counted(shipped=5))
    after = make_diagnosis(store, result=counted(shipped=1))
    other = make_store(slug="amazon-de", name="Amazon DE")
    running = make_diagnosis(
        other,
        state=DiagnosisState.RUNNING,
        phase="records",
        done=600,
        position={"read": 4100},
        started_at=after.period_end,
    )
    failed = make_diagnosis(
        other, state=DiagnosisState.FAILED, phase="open", error="The key is refused"
    )
    visitor = visit(bypass_csp=True)
    visitor.log_in("lead")
    for name, path in (
        ("list", "/stores/amazon-uk/diagnosis/"),
        ("report", f"/diagnoses/{after.pk}/"),
        ("compared", f"/diagnoses/{after.pk}/?with={before.pk}"),
        ("running", f"/diagnoses/{running.pk}/"),
        ("failed", f"/diagnoses/{failed.pk}/"),
    ):
        visitor.open(path)
        assert not look(visitor, Axe(), name)
    text = visitor.open(f"/diagnoses/{after.pk}/?with={before.pk}").content()
    assert "-4" in text
