"""A lead takes a store from draft to live, and is refused for each missing thing."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from orders.models import ShadowComparison
from shipsync_site.lib import clock
from stores import lanes
from stores.models import Store, StoreState
from stores.setup import current_rules
from stores.statements import CHECKLIST_LINES
from tests.browser.conftest import Visitor
from tests.browser.test_pages import look
from tests.orders.factories import make_order, make_record, make_shipment, make_store
from tests.stores.ready import connected


@pytest.fixture
def draft(users: dict[str, User]) -> Store:
    """A draft whose connections work, and whose orders were compared in shadow."""
    store = make_store(slug="amazon-uk", state=StoreState.DRAFT, last_pull_at=None)
    connected(store)
    lanes.ensure_lanes()
    rules = current_rules(store)
    rules.shadow_minimum, rules.notify_samples = 2, 1
    rules.save()
    for outcome in ("same", "same"):
        ShadowComparison.objects.create(
            order=make_order(store=store),
            store=store,
            outcome=outcome,
            ss_order_id=1,
            details={},
            compared_at=clock.now(),
        )
    return store


def refused(page: Page, text: str) -> None:
    """Live is pressed and refused, naming this."""
    page.get_by_role("button", name="Go live", exact=True).click()
    told = page.locator(".note-breach")
    expect(told).to_contain_text("can't go live yet")
    expect(told).to_contain_text(text)


def say(page: Page, subject: str, answer: str) -> None:
    page.get_by_role("link", name=subject, exact=True).click()
    page.get_by_label(answer, exact=True).check()
    page.get_by_role("button", name="Say so").click()
    expect(page.get_by_role("status")).to_contain_text("said by you today")


def test_a_lead_takes_a_store_from_draft_to_live(visit: Visitor, draft: Store) -> None:
    visitor = visit()
    page = visitor.log_in("lead")
    visitor.open(f"/stores/{draft.slug}/")
    page.get_by_role("link", name="Go live", exact=True).click()
    refused(page, "(a) Who owns cancellations? Nobody has decided it yet")

    decisions = (
        ("Who owns cancellations?", "cancellations"),
        ("Where are tax numbers, and where do they go?", "tax"),
        ("Who owns 'shipped'?", "shipped"),
        ("May orders share a parcel?", "combined"),
    )
    for number, (title, code) in enumerate(decisions, start=2):
        refused(page, title)
        visitor.open(f"/stores/{draft.slug}/rules/")
        page.locator(f"#{code}").get_by_role("button", name="Decide").click()
        page.get_by_label("Why").fill("As we have always worked")
        page.get_by_role("button", name=f"Save as version {number}").click()
        expect(page.get_by_role("status")).to_contain_text(f"Version {number}")
        visitor.open(f"/stores/{draft.slug}/gate/")

    page.get_by_role("button", name="Start the shadow").click()
    expect(page.get_by_role("status")).to_contain_text("is in shadow")
    for subject, answer in (
        ("ShipStation's notification of the marketplace", "Never"),
        ("ShipStation's own e-mails to buyers", "No: they are off"),
        ("The stop tag on the packing bench", "Yes: they take the order off the line"),
        (
            "ShipStation's automation rule for the tax number",
            "Yes: it is active for this store",
        ),
        (
            "The tax number on a printed sample",
            "Yes: it is there, under the right scheme",
        ),
    ):
        refused(page, f"{subject}: nobody has looked and said so yet")
        say(page, subject, answer)

    refused(page, "The checklist before going live: nobody has looked")
    page.get_by_role("link", name="The checklist before going live", exact=True).click()
    for line in CHECKLIST_LINES:
        page.get_by_label(line).check()
    page.get_by_role("button", name="Sign").click()

    order = make_order(store=draft)
    make_record(order, store_id=draft.shipstation_store_id)
    shipment = make_shipment(order, carrier_code="dpd_local", service_code="")
    refused(page, "Carrier dpd_local has no code for this marketplace")
    shipment.delete()

    page.get_by_role("button", name="Go live", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("is live")
    draft.refresh_from_db()
    assert draft.state == StoreState.LIVE
    assert draft.live_from is not None

    page.get_by_role("button", name="Roll back").click()
    expect(page.get_by_role("status")).to_contain_text("is given back")


def test_its_pages_fit_every_screen(visit: Visitor, draft: Store) -> None:
    order = make_order(store=draft)
    make_record(order, store_id=draft.shipstation_store_id)
    make_shipment(order, carrier_code="dpd_local", notify_error="Order not found")
    visitor = visit(bypass_csp=True)
    visitor.log_in("lead")
    axe, found = Axe(), []
    for path in (
        f"/stores/{draft.slug}/rules/",
        f"/stores/{draft.slug}/rules/history/?a=1&b=1",
        f"/stores/{draft.slug}/gate/",
        f"/stores/{draft.slug}/said/notify_setting/",
        f"/stores/{draft.slug}/said/checklist/",
        f"/stores/{draft.slug}/evidence/",
    ):
        visitor.open(path)
        found += look(visitor, axe, path)
    assert not found, "\n".join(found)
