"""The home of each role, in every look: charts that are read without colour, and lead on."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group, User
from playwright.sync_api import expect

from orders.models import FlowHour, Stage, Watch
from orders.watch.hours import HOUR, hour_of
from reconciliation.models import Finding, Settlement
from shipsync_site import home
from shipsync_site.lib import clock
from stores import lanes
from stores.models import Budget, Heartbeat, Lane, Store
from tests.browser.conftest import Visitor
from tests.browser.looks import look
from tests.orders.factories import (
    make_call,
    make_case,
    make_job,
    make_order,
    make_store,
)

KINDS = (
    ("carrier_unmapped", 3),
    ("cancel_requested", 2),
    ("push_refused", 5),
    ("address_incomplete", 4),
    ("payload_warning", 1),
    ("not_on_shelf", 2),
    ("refund_due", 3),
)


@pytest.fixture
def busy() -> Store:
    """Two stores on an ordinary day with some trouble."""
    now, real = clock.now(), clock.real_now()
    store = make_store(name="Amazon UK")
    make_store(name="eBay Germany", state="paused", pause_reason="stocktaking")
    lanes.ensure_lanes()
    Lane.objects.update(last_run_at=real, last_ok_at=real, due_at=real + HOUR)
    Heartbeat.objects.create(cluster="a:1", started_at=real, beat_at=real)
    for stage in Stage.values:
        for number in range(3):
            make_order(
                store=store,
                stage=stage,
                ship_by=now + timedelta(hours=4 + 5 * number),
                closed_at=now if stage in ("done", "cancelled", "not_ours") else None,
                buyer=False,
            )
    for place, (kind, count) in enumerate(KINDS):
        for number in range(count):
            order = make_order(
                store=store,
                stage=Stage.DISPATCHED if kind == "carrier_unmapped" else Stage.TO_PUSH,
                ship_by=now + timedelta(hours=2 + 3 * number + place),
                buyer=False,
            )
            make_case(
                order,
                kind=kind,
                opened_at=now - timedelta(minutes=5) * 4**number,
                context={"sku": f"CAST-TEE-{place}"},
            )
    for back in range(1, 25):
        busy = 40 if 6 < (now - back * HOUR).hour < 22 else 4
        FlowHour.objects.create(
            store=store,
            hour=hour_of(now) - back * HOUR,
            imported=busy + back,
            labelled=busy // 2,
            confirmed=busy // 2 + back % 3,
            import_lag=160 + 9 * back,
            push_lag=60 + 30 * (back % 5),
            confirm_lag=None if back == 7 else 45 + back,
        )
    for key, state in (("lane:a:pull", "down"), ("schedule:tick", "up")):
        Watch.objects.create(
            key=key,
            label="Amazon EU: Read orders" if state == "down" else "Schedule: tick",
            period=300,
            grace=600,
            state=state,
            heard_at=real,
            changed_at=real,
            looked_at=real,
            detail="Amazon answered 503" if state == "down" else "",
        )
    key = store.shipstation_account.key
    Budget.objects.create(
        account=key, group="v1", capacity=40, tokens=3, at=clock.timestamp(), period=60
    )
    make_call(key, operation="push")
    make_job(make_order(store=store, buyer=False), account=key, dirty=True)
    for number, remainder in enumerate((Decimal(0), Decimal("-0.01"))):
        Settlement.objects.create(
            account=store.remote_account,
            source="amazon_v2",
            remote_id=f"1178{number}",
            currency="GBP",
            total=Decimal("4812.20"),
            lines_total=Decimal("4812.20") - remainder,
            remainder=remainder,
            stored_at=now,
            deposited_at=now,
            unmatched_count=4 * number,
        )
    Finding.objects.create(
        store=store,
        rule="paid_twice",
        fingerprint="1",
        amount=Decimal("12.50"),
        currency="GBP",
        first_seen=now.date(),
        last_seen=now.date(),
        seen_at=now,
    )
    return store


def test_the_home_of_each_role_in_every_look(
    busy: Store, visit: Visitor, users: dict[str, User]
) -> None:
    seen, axe = visit(bypass_csp=True), Axe()
    seen.log_in("lead")
    problems = []
    for role in home.ROLES:
        seen.open(f"/?as={role.code}")
        current = seen.page.get_by_label("Home of a role").get_by_text(
            role.label, exact=True
        )
        expect(current).to_have_attribute("aria-current", "page")
        if role is home.ROLES[0]:
            # Behind each chart the same as a table.
            seen.page.evaluate(
                "document.querySelectorAll('#now details').forEach(each => each.open = true)"
            )
        problems += look(seen, axe, f"home-{role.code}")
    for path in ("/watches/", f"/watches/{Watch.objects.get(state='down').pk}/"):
        seen.open(path)
        problems += look(seen, axe, path)
    assert not problems, "\n".join(problems)


def test_a_bar_leads_to_its_cases_and_a_switch_stays(
    busy: Store, visit: Visitor, users: dict[str, User]
) -> None:
    users["cs"].groups.add(Group.objects.get(name="ops"))
    seen = visit()
    page = seen.log_in("cs")
    page.get_by_label("Home of a role").get_by_text("Ops", exact=True).click()
    page.wait_for_url("**/?as=ops")

    bar = page.get_by_role("link", name="15-60 min: ")
    name = bar.get_attribute("aria-label") or ""
    count = int(name.split(": ")[1].split()[0])
    bar.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/?team=ops&age=1h&rows=cases")
    expect(page.locator("#queue tbody tr")).to_have_count(count)

    page.goto(f"{seen.base}/?as=ops")
    part = page.locator("svg[aria-labelledby^=risk] a.chart-link").first
    said = part.get_attribute("aria-label") or ""
    part.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/?leaves=*")
    total = int(said.rpartition(": ")[2].split()[0])
    expect(page.locator("main table.grid tbody tr")).to_have_count(total)
    expect(page.get_by_text("Ship-by from")).to_be_visible()
