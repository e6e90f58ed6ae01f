"""A lead sees the shadow diff, explains a field, and looks into an order."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import expect

from orders import shadow
from orders.models import Order, ShadowExplanation
from shipsync_site.lib import clock
from stores.models import StoreState
from tests.browser.conftest import Visitor
from tests.browser.looks import look
from tests.orders.factories import make_order, make_record, make_store


@pytest.fixture
def store(users: dict[str, User]) -> Order:
    """A store in shadow with orders that differ, one absent, one that can't be sent."""
    shop = make_store(
        slug="amazon-uk",
        state=StoreState.SHADOW,
        shadow_from=clock.now() - timedelta(hours=20),
    )
    orders = []
    for number in range(12):
        order = make_order(store=shop, ordered_at=clock.now() - timedelta(hours=number))
        orders.append(order)
        if number == 11:
            continue
        record = make_record(order, adopted=True)
        record.body = {**record.body, "giftMessage": "With love" if number % 3 else ""}
        record.save()
    shadow.compare([order.pk for order in orders], clock.now())
    return orders[1]


def test_a_lead_sees_the_shadow_diff(store: Order, visit: Visitor) -> None:
    made = visit(bypass_csp=True)
    made.log_in("lead")
    page = made.open("/stores/amazon-uk/")
    page.get_by_role("link", name="Shadow", exact=True).click()

    expect(page.locator("main")).to_contain_text("Of 11 orders compared")
    expect(page.locator("main")).to_contain_text("giftMessage")
    assert not look(made, Axe(), page.url)
    page.get_by_label("Why giftMessage may differ").fill("The old route copies it")
    page.get_by_role("button", name="Explain giftMessage").click()
    expect(page.locator("main")).to_contain_text("The old route copies it")
    assert ShadowExplanation.objects.get().field == "giftMessage"

    page.locator("#orders").get_by_role("link", name=store.number).click()
    expect(page.locator("h1")).to_contain_text(store.number)
    expect(page.locator("main")).to_contain_text("giftMessage")
    assert not look(made, Axe(), page.url)
