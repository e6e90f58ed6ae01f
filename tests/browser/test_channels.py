"""What other channels bring to the pages: orders to accept, requests to answer with a
reason of the marketplace's own list, operators and their hosts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import expect

from orders.models import Decision, Order, OrderException
from orders.reconsider import reconsider
from shipsync_site.lib import clock
from stores import lanes
from stores.choices import keep_all
from stores.models import Operator, WebhookEndpoint
from stores.remote_types import Choice, ChoiceKind
from stores.webhooks import endpoints
from tests.browser.conftest import Visitor
from tests.browser.looks import look
from tests.orders import factories


@pytest.fixture
def waiting(users: dict[str, User]) -> Order:
    """A Mirakl order that waits for a yes, as decide() has it."""
    Operator.objects.create(
        marketplace="mirakl",
        code="nord",
        label="Maison du Nord",
        host="https://nord.example",
    )
    account = factories.make_remote_account(
        marketplace="mirakl", region="nord", name="Nord UK", secrets={"api_key": "k"}
    )
    store = factories.make_store(
        slug="nord-uk", name="Nord UK", remote_account=account, remote_marketplace="GB"
    )
    lanes.ensure_lanes()
    order = factories.make_order(
        store=store,
        lines=2,
        status="waiting_acceptance",
        raw_status="WAITING_ACCEPTANCE",
        accept_by=clock.now() + timedelta(hours=5),
    )
    reconsider([order.pk])
    return order


@pytest.fixture
def asked(users: dict[str, User]) -> Order:
    """A TikTok order whose buyer asks to cancel; TikTok lists reasons for both ways."""
    account = factories.make_remote_account(marketplace="tiktok", name="TikTok UK")
    store = factories.make_store(
        slug="tiktok-uk", name="TikTok UK", remote_account=account
    )
    keep_all(
        account.key,
        [
            Choice(kind=ChoiceKind.CANCEL_REASON, code="stock", label="Out of stock"),
            Choice(kind=ChoiceKind.CANCEL_REASON, code="price", label="Wrong price"),
            Choice(
                kind=ChoiceKind.REJECT_REASON, code="packed", label="Packed already"
            ),
        ],
    )
    order = factories.make_order(
        store=store,
        lines=[{"cancel_requested": True, "cancel_reason": "Ordered by mistake"}],
        cancel_answer_by=clock.now() + timedelta(hours=9),
        cancel_seq=1,
    )
    reconsider([order.pk])
    return order


@pytest.mark.parametrize("width", [1400, 390])
def test_ops_accepts_an_order(visit: Visitor, waiting: Order, width: int) -> None:
    visitor = visit(width=width)
    page = visitor.log_in("ops")
    visitor.open("/cases/?team=ops")
    page.get_by_role("link", name="Accept or refuse").first.click()
    expect(page.locator("#decide")).to_contain_text("Refuse the order")

    page.get_by_role("button", name="Accept the order").click()

    expect(page.locator("#sent")).to_contain_text("Tell our yes or no to Mirakl")
    assert Decision.objects.get().verb == "take"


@pytest.mark.parametrize("width", [1400, 390])
def test_cs_grants_a_request_with_a_reason_of_the_marketplace(
    visit: Visitor, asked: Order, width: int
) -> None:
    case = OrderException.objects.get(kind="cancel_requested")
    visitor = visit(width=width)
    page = visitor.log_in("cs")
    visitor.open(f"/cases/{case.pk}/")
    expect(page.get_by_role("button", name="Ship anyway")).to_have_count(0)

    page.locator("#choice-cancel_market").select_option(label="Wrong price")
    page.get_by_role("button", name="Cancel it, at the marketplace too").click()

    expect(page.locator("#decide")).to_contain_text("‘Wrong price’")
    decision = Decision.objects.get()
    assert (decision.verb, decision.choice) == ("cancel_market", "price")


def test_an_admin_keeps_the_operators(visit: Visitor, waiting: Order) -> None:
    visitor = visit()
    page = visitor.log_in("admin")
    visitor.open("/stores/")
    page.get_by_role("link", name="Operators").click()
    page.get_by_role("link", name="Add an operator").click()

    page.get_by_role("textbox", name="Name", exact=True).fill("Sud Maison")
    page.get_by_label("Short name").fill("sud")
    page.get_by_label("Host").fill("https://10.0.0.7")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("a number is no name of a server").first).to_be_visible()

    page.get_by_label("Host").fill("https://sud.example")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("https://sud.example")


def test_its_pages_fit_every_screen(
    visit: Visitor,
    waiting: Order,
    asked: Order,
) -> None:
    tiktok, mirakl = asked.store.remote_account, waiting.store.remote_account
    amazon = factories.make_remote_account()
    endpoints.switch(endpoints.endpoint_of(tiktok), on=True)
    WebhookEndpoint.objects.update(problem="TikTok refused the address")
    cases = OrderException.objects.order_by("kind").values_list("pk", flat=True)
    operator = Operator.objects.get()
    paths = [
        *(f"/cases/{pk}/" for pk in cases),
        f"/orders/{waiting.pk}/",
        f"/orders/{asked.pk}/",
        "/stores/nord-uk/",
        "/stores/nord-uk/rules/",
        f"/accounts/marketplace/{mirakl.pk}/",
        f"/accounts/marketplace/{mirakl.pk}/edit/",
        f"/accounts/marketplace/{tiktok.pk}/",
        f"/accounts/marketplace/{amazon.pk}/",
        "/accounts/marketplace/new/mirakl/",
        "/operators/",
        "/operators/new/",
        f"/operators/{operator.pk}/",
        "/carriers/new/?marketplace=mirakl&store=nord-uk",
    ]
    visitor = visit(bypass_csp=True)
    visitor.log_in("admin")
    axe, found = Axe(), []
    for path in paths:
        visitor.open(path)
        found += look(visitor, axe, path)
    assert not found, "\n".join(found)
