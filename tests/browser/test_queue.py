"""A queue of causes: opened, narrowed, kept as a view, a case put off and found again."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from orders.models import OrderException
from shipsync_site.lib import clock
from stores.models import CarrierCutoff, WarehouseCalendar
from tests.browser.conftest import Visitor
from tests.browser.looks import look
from tests.orders import factories


def mixed_queue() -> None:
    """One carrier code that stops 30 orders, and some cases of their own."""
    now = clock.now()
    calendar = WarehouseCalendar.objects.create(timezone="UTC")
    for weekday in range(5):
        CarrierCutoff.objects.create(
            calendar=calendar, carrier="DPD", weekday=weekday, at="16:00"
        )
    store = factories.make_store()
    for number in range(30):
        order = factories.make_order(
            store=store,
            buyer=False,
            total=Decimal("24.99"),
            currency="EUR" if number % 5 == 0 else "GBP",
        )
        factories.make_case(
            order,
            context={"carrier": "dpd_local", "service": ""},
            summary="Carrier dpd_local has no code for this marketplace",
            deadline=now + timedelta(minutes=41 + number),
            opened_at=now - timedelta(minutes=20 * number),
        )
    for kind, hours in (("sku_unknown", 2), ("push_refused", 30), ("overdue", -1)):
        order = factories.make_order(store=store, ship_by=now + timedelta(days=4))
        factories.make_case(
            order,
            kind=kind,
            deadline=order.ship_by
            if kind == "push_refused"
            else now + timedelta(hours=hours),
            times_opened=2 if kind == "sku_unknown" else 1,
        )


def test_causes_are_opened_kept_as_a_view_and_put_off(visit: Visitor) -> None:
    mixed_queue()
    visitor = visit(bypass_csp=True)
    page, axe = visitor.log_in("ops"), Axe()
    visitor.open("/cases/?team=ops")
    first = page.locator("[data-row=group]").first
    expect(first).to_contain_text("1 h late")
    hot = page.locator("[data-row=group]", has_text="×30")
    assert look(visitor, axe, "queue") == []

    hot.get_by_role("link", name="Carrier not mapped", exact=True).click()
    expect(page.locator("tr.opened [data-row=case]")).to_have_count(25)
    assert "open=" in page.url
    assert look(visitor, axe, "queue open") == []
    page.get_by_role("link", name="All 30 cases", exact=True).click()
    expect(page.locator("[data-row=case]")).to_have_count(30)

    page.get_by_text("Save view").click()
    page.get_by_label("Name for these filters").fill("DPD")
    page.get_by_label("Everybody sees it").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="DPD (30)")).to_be_visible()
    visitor.open("/cases/views/")
    assert look(visitor, axe, "views") == []

    case = OrderException.objects.get(kind="push_refused")
    visitor.open(f"/cases/{case.pk}/snooze/?next=/cases/%3Fteam=ops")
    assert look(visitor, axe, "snooze") == []
    page.get_by_label("Reason").fill("Waits for the warehouse")
    page.get_by_role("button", name="Put it off").click()
    page.get_by_role("link", name="put off (1)").click()
    expect(page.get_by_text("‘Waits for the warehouse’")).to_be_visible()
    assert look(visitor, axe, "put off") == []
    expect(page.locator("[data-row=case]")).to_have_count(1)


def test_a_queue_opens_without_javascript(visit: Visitor) -> None:
    mixed_queue()
    visitor = visit(javascript=False)
    page = visitor.log_in("ops")
    visitor.open("/cases/?team=ops")

    page.get_by_role("link", name="Carrier not mapped", exact=True).click()

    expect(page.locator("tr.opened [data-row=case]")).to_have_count(25)
