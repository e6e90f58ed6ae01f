"""CS answers 'where is my order?': typed, read, copied; and the case page in every look."""

from __future__ import annotations

from datetime import timedelta

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from orders.models import OrderException
from orders.reconsider import reconsider
from shipsync_site.lib import clock
from stores.choices import keep_all
from stores.connectors.amazon.cancel import CHOICES
from tests.browser.conftest import Visitor
from tests.browser.looks import look
from tests.orders import factories
from tests.orders.views.test_case_page import asked, unmapped


def test_cs_answers_where_an_order_is(visit: Visitor) -> None:
    order = factories.make_order(
        stage="confirmed", deliver_by=clock.now() + timedelta(days=2)
    )
    factories.make_record(order, status="shipped", raw_status="shipped")
    dispatch = factories.make_dispatch(order, rung="accepted")
    visitor = visit(bypass_csp=True)
    page, axe = visitor.log_in("cs"), Axe()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("link", name="Find an order").click()
    found = look(visitor, axe, "/where/")
    page.get_by_label("Order number, tracking number").fill(
        dispatch.shipment.tracking_number
    )
    page.get_by_role("button", name="Find it").click()

    expect(page.locator("#lead")).to_contain_text("It has left with Royal Mail")
    expect(page.get_by_role("link", name="Follow it")).to_be_visible()
    page.get_by_role("button", name="Copy the reply").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert f"Your order {order.number} is on its way to you." in copied
    assert "Byron" not in page.content()

    found += look(visitor, axe, "/where/order/")
    page.get_by_role("button", name="Show, and log that I did").click()
    expect(page.get_by_label("The reply")).to_have_value(
        f"Hello Ada Byron,\n\n{copied.partition(chr(10) * 2)[2]}"
    )
    assert not found, "\n".join(found)


def test_a_case_page_says_what_it_would_send_and_that_it_changed(
    visit: Visitor,
) -> None:
    cancel, carrier = asked(), unmapped()
    assert cancel.store is not None
    keep_all(cancel.store.remote_account.key, CHOICES)
    reconsider([cancel.order_id or 0])
    visitor = visit(bypass_csp=True)
    page, axe = visitor.log_in("lead"), Axe()
    found: list[str] = []
    visitor.open(f"/cases/{cancel.pk}/")
    part = page.locator("#way-cancel .ahead")
    part.locator("summary").click()
    expect(part).to_contain_text("/orders/createorders")
    found += look(visitor, axe, "/case/cancel/")

    page.locator("#way-ship_anyway textarea").fill("She phoned")
    OrderException.objects.filter(pk=cancel.pk).update(version=cancel.version + 1)
    page.evaluate(
        "htmx.ajax('GET', document.querySelector('#case-changed')"
        ".getAttribute('hx-get'), '#case-changed')"
    )
    expect(page.get_by_text("This case has changed:")).to_be_visible()
    expect(page.locator("#way-ship_anyway textarea")).to_have_value("She phoned")

    visitor.open(f"/cases/{carrier.pk}/")
    expect(page.locator("#fix")).to_contain_text("Map dpd_local to Amazon DPD")
    found += look(visitor, axe, "/case/carrier/")
    page.get_by_label("I have checked").check()
    page.get_by_role("button", name="Map dpd_local to Amazon DPD").click()
    expect(page.locator(".note").first).to_contain_text("Mapped dpd_local to DPD")
    assert not found, "\n".join(found)
