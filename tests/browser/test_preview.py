"""The preview of an order, read by all: light, dark, narrow."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe

from orders.models import Rung
from stores.connect import seed_carrier_defaults
from stores.connectors import CONNECTORS
from tests.browser.conftest import Visitor
from tests.browser.looks import look
from tests.orders.factories import make_dispatch, make_order, make_store


def test_what_would_be_sent_and_confirmed(visit: Visitor) -> None:
    seed_carrier_defaults(CONNECTORS.get("amazon"))
    order = make_order(store=make_store(slug="amazon-uk"), lines=2)
    known = make_dispatch(order, rung=Rung.DUE)
    known.shipment.carrier_code = "royal_mail"
    known.shipment.tracking_number = "AB123456780GB"
    known.shipment.save()
    other = make_dispatch(order, rung=Rung.DUE)
    other.shipment.carrier_code = "snail_mail"
    other.shipment.save()
    visitor = visit(bypass_csp=True)
    visitor.log_in("lead")
    page = visitor.open(f"/orders/{order.pk}/")
    page.get_by_role("link", name="What would be sent").click()
    page.get_by_text("No carrier code for snail_mail").wait_for()
    assert page.get_by_text("check digit of AB123456780GB is wrong").is_visible()
    assert page.get_by_text("a proven default").is_visible()
    assert page.get_by_text("St James").count() == 0
    page.get_by_text("As JSON").click()
    assert page.get_by_text('"orderKey"').is_visible()
    assert not look(visitor, Axe(), "preview")
    page.get_by_role("button", name="Show the buyer").click()
    page.get_by_text("St James").first.wait_for()
