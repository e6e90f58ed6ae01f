"""The stop list on a tablet: paired by a lead's code, asked by a scanner, answered with
a glance, and two taps for what is not on the shelf."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from orders import kiosks
from orders.models import Order, OrderException, ShortPick
from tests.browser.conftest import Visitor
from tests.browser.test_pages import look
from tests.orders import factories
from tests.orders.test_bench import packed
from tests.orders.views.test_kiosk import wanted_back


def scan(page: Page, text: str) -> None:
    """What a barcode scanner does: it types, wherever the focus is, and presses Enter."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(page.locator(".bench-word")).to_be_visible()
    expect(page.locator("body")).to_contain_text(text)


def test_a_tablet_is_paired_and_asked(visit: Visitor, users: dict[str, User]) -> None:
    order = packed(lines=[{"sku": "TEAPOT", "quantity": 3}])
    stopped = wanted_back()
    old = packed(status="pending")
    _device, code = kiosks.add("Bench 2", 15, users["lead"])
    visitor = visit(width=768, bypass_csp=True)
    axe, found = Axe(), []

    page = visitor.open("/bench/screen/")
    found += look(visitor, axe, "pair")
    page.get_by_label("Code").fill(f"{code[:4]} {code[4:]}")
    page.get_by_role("button", name="Pair").click()
    expect(page.get_by_text("Take off the line: 1")).to_be_visible()
    expect(page.get_by_text("JD014600000000000001")).to_be_visible()
    expect(page.get_by_label("Scan or type")).to_be_focused()
    found += look(visitor, axe, "ready")

    scan(page, order.number)
    expect(page.locator(".bench-word")).to_have_text("GO")
    found += look(visitor, axe, "go")
    page.get_by_text("Not on the shelf?").click()
    page.get_by_role("button", name="2", exact=True).click()
    expect(page.get_by_text("Noted: 2 × TEAPOT missing.")).to_be_visible()
    expect(page.locator(".bench-word")).to_have_text("STOP")
    assert ShortPick.objects.get().units == 2
    assert OrderException.objects.get(kind="not_on_shelf").order == order

    scan(page, old.number)
    expect(page.locator(".bench-word")).to_have_text("UNKNOWN")
    found += look(visitor, axe, "unknown")

    scan(page, "JD014600000000000001")
    expect(page.locator(".bench-word")).to_have_text("STOP")
    found += look(visitor, axe, "stop")
    page.get_by_role("button", name="Stopped: it is here").click()
    expect(page.get_by_text("stopped: it is here.")).to_be_visible()
    assert (
        not Order.objects.get(pk=stopped.pk)
        .cases.filter(kind="intercept_parcel", state="open")
        .exists()
    )
    # The field waits for the next one.
    expect(page.get_by_label("Scan or type")).to_be_focused()
    assert factories.RECIPIENT["city"] not in page.content()
    assert not found, "\n".join(found)
