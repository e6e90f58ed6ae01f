"""Rules of a store: a lead makes a tax rule by the picker; every page in every look."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import expect

from orders.models import RawBlock
from shipsync_site.lib import clock
from stores.models import (
    AttributeRule,
    EligibleCarrier,
    ExchangeRate,
    Store,
    TaxRule,
)
from tests.browser.conftest import Visitor
from tests.browser.looks import look
from tests.orders.factories import make_line, make_order, make_store

PAYLOADS = Path(__file__).parents[1] / "payloads"
NUMBERS = ("IM4420001201", "IM4420001201", "", "IM2760000123")
IOSS = "orderItems[].fulfillment.shipping.internationalShipping.iossNumber | [0]"


@pytest.fixture
def store(users: dict[str, User]) -> Store:
    """Orders to the EU with and without a number, as Amazon gave them."""
    store = make_store(slug="amazon-uk", model={"tax_route": "custom_field_1"})
    body = json.loads((PAYLOADS / "amazon" / "order__full.json").read_text())
    for at, number in enumerate(NUMBERS):
        order = make_order(
            store=store,
            country="IE",
            currency="EUR",
            lines=0,
            recipient={"country": "IE", "postcode": "D02 X285"},
            number=f"203-000000{at}-1",
            tax={"scheme": "IOSS", "number": number} if number else {},
        )
        make_line(
            order,
            unit_price=Decimal(20),
            ioss_number=number,
            tax_scheme="IOSS" if number else "",
        )
        shipping = body["orderItems"][0]["fulfillment"]["shipping"]
        shipping["internationalShipping"]["iossNumber"] = number
        RawBlock.objects.create(
            order=order,
            source="amazon",
            block="order",
            as_of=clock.now() - timedelta(minutes=9),
            digest=str(at),
            body=body,
        )
    return store


def test_a_lead_makes_a_tax_rule_by_the_picker(visit: Visitor, store: Store) -> None:
    visitor = visit()
    visitor.log_in("lead")
    page = visitor.open("/stores/amazon-uk/")
    page.get_by_role("link", name="Tax rules").click()
    page.get_by_role("link", name="Add a tax rule").first.click()
    page.get_by_label("Destinations").fill("EU")
    page.get_by_label("Goods worth up to").fill("150")
    page.get_by_label("Scheme").fill("IOSS")
    expect(page.get_by_label("Path in the marketplace")).to_be_hidden()
    page.get_by_label("At a path of").check()
    path = page.get_by_label("Path in the marketplace")

    # A slip of the hand is answered while it is typed.
    path.fill("orderItems[")
    expect(page.get_by_text("can't be read from character 12 on")).to_be_visible()
    path.fill("")

    page.get_by_role("button", name="Pick it from a real order").click()
    picker = page.locator("#picker-path")
    expect(picker.get_by_text("203-0000003-1")).to_be_visible()
    expect(picker).not_to_contain_text("Ashby")
    expect(picker.get_by_role("link", name="iossNumber")).to_be_hidden()
    picker.get_by_label("Find a field or a value").fill("ioss")
    picker.get_by_role("link", name="iossNumber").click()

    expect(path).to_have_value(IOSS)
    expect(page.locator("#tried-path")).to_contain_text("IM2760000123")
    expect(page.locator("#tried-path")).to_contain_text("3 of the last 4 orders")
    page.get_by_role("button", name="Save").click()

    expect(page.locator(".rule-told")).to_have_text(
        f"A parcel to the EU with goods of up to €150 carries IOSS with the number at "
        f"‘{IOSS}’. Without a number the order is held."
    )
    expect(page.locator(".rule-body")).to_contain_text("3 found")
    expect(page.locator(".rule-body")).to_contain_text("1 absent")
    rule = TaxRule.objects.get()
    assert (rule.path, rule.countries) == (IOSS, ["EU"])


def test_the_picker_works_as_plain_links(visit: Visitor, store: Store) -> None:
    visitor = visit(javascript=False)
    visitor.log_in("lead")
    page = visitor.open("/stores/amazon-uk/tax/new/")
    page.get_by_label("Destinations").fill("IE, FR")
    page.get_by_label("Scheme").fill("IOSS")
    page.get_by_label("At a path of").check()
    page.get_by_role("button", name="Pick it from a real order").click()
    expect(page.get_by_role("heading", name="Pick a path")).to_be_visible()
    page.get_by_label("Find in the order").fill("im27600")
    page.get_by_role("button", name="Try it").click()
    page.get_by_role("link", name="iossNumber").click()
    expect(page.get_by_label("Path", exact=True)).to_have_value(IOSS)
    expect(page.locator("#tried-path")).to_contain_text("IM2760000123")
    page.get_by_role("link", name="Use this path").click()

    expect(page.get_by_label("Path in the marketplace")).to_have_value(IOSS)
    expect(page.get_by_label("Destinations")).to_have_value("IE, FR")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".rule-told")).to_contain_text("Ireland and France")


@pytest.fixture
def paths(store: Store, users: dict[str, User]) -> list[str]:
    """A store with rules of every kind, and every page of them."""
    lead = users["lead"]
    rules = [
        TaxRule.objects.create(store=store, position=at, created_by=lead, **values)
        for at, values in enumerate(
            (
                {"scheme": "IOSS", "countries": ["EU"], "max_value": 150},
                {
                    "scheme": "IOSS",
                    "countries": ["IE", "FR"],
                    "max_value": 150,
                    "source": "path",
                    "path": IOSS,
                },
                {
                    "scheme": "VOEC",
                    "countries": ["NO"],
                    "source": "constant",
                    "number": "2021456",
                    "own": True,
                    "active": False,
                },
            ),
            start=1,
        )
    ]
    attribute = AttributeRule.objects.create(
        store=store,
        name="Prime",
        target="custom_field_2",
        text="PRIME",
        when="contains(programs, 'PRIME')",
        created_by=lead,
    )
    today = clock.now().date()
    for days, rate in ((60, "0.8701"), (3, "0.8612")):
        ExchangeRate.objects.create(
            currency="GBP",
            per_euro=Decimal(rate),
            valid_from=today - timedelta(days=days),
            created_by=lead,
        )
    EligibleCarrier.objects.create(
        marketplace="amazon",
        destination="EU",
        carrier_code="DHL eCommerce",
        created_by=lead,
    )
    base = "/stores/amazon-uk"
    return [
        f"{base}/tax/",
        f"{base}/tax/new/",
        f"{base}/tax/{rules[1].pk}/",
        f"{base}/tax/guide/",
        f"{base}/attributes/",
        f"{base}/attributes/new/",
        f"{base}/attributes/{attribute.pk}/",
        f"{base}/pick/?path=programs",
        f"{base}/pick/?order=203-none",
        "/rates/",
        "/carriers/eligible/",
    ]


def test_every_page_of_rules_in_every_look(visit: Visitor, paths: list[str]) -> None:
    visitor = visit(bypass_csp=True)
    visitor.log_in("lead")
    axe = Axe()
    found: list[str] = []
    for path in paths:
        visitor.open(path)
        found += look(visitor, axe, path)
    page = visitor.open(paths[2])
    page.get_by_role("button", name="Pick it from a real order").click()
    expect(page.locator("#picker-path .tree").first).to_be_visible()
    page.get_by_label("Destinations").fill("Nowhere")
    found += look(visitor, axe, "the picker in its form")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Not saved.")).to_be_visible()
    found += look(visitor, axe, "a form with an error")
    assert not found, "\n".join(found)
