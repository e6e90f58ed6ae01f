"""What people do all day, in a real browser under the real policy."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from orders.models import Decision
from shipsync_site.lib import clock
from shipsync_site.roles import ROLES
from stores.models import ShipStationAccount, Store, StoreState
from tests.browser.conftest import Visitor
from tests.orders.factories import make_case, make_event, make_order, make_store
from tests.sandbox_server import SandboxServer, sandbox, sandbox_process
from tests.stores.ready import make_ready

__all__ = ["sandbox", "sandbox_process"]

_SET_UP = {"Stores", "Carriers", "Products"}
_OFFICE = {"Now", "Queues", "Orders", "Find an order", "Reconcile", "Help"} | _SET_UP
SEES = {
    "ops": _OFFICE | {"Stop list"},
    "cs": _OFFICE | {"Stop list"},
    "finance": _OFFICE,
    "packer": {"Now", "Queues", "Orders", "Stop list", "Help"},
    "lead": _OFFICE | {"Stop list", "Alerts"},
    "admin": _OFFICE | {"Stop list", "Alerts"},
    "nobody": {"Now"},
}


@pytest.mark.parametrize("role", [*ROLES, "nobody"])
def test_each_role_logs_in_and_out(visit: Visitor, role: str) -> None:
    make_order()
    visitor = visit()
    page = visitor.log_in(role)
    expect(page.get_by_role("heading", level=1)).to_have_text("Now")
    links = page.locator("#navigation-links > li > a > span:first-of-type")
    assert {text.strip() for text in links.all_inner_texts()} == SEES[role]
    page.get_by_label(f"Account of {role}").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("button", name="Log in")).to_be_visible()


def test_an_administrator_sets_a_store_up(
    visit: Visitor, sandbox: SandboxServer, settings: Any
) -> None:
    settings.SHIPSYNC_SANDBOX_URL = sandbox.url
    visitor = visit()
    page = visitor.log_in("admin")
    page.get_by_role("link", name="Set up a store").click()

    page.get_by_role("link", name="Add account", exact=True).click()
    page.get_by_role("link", name="Add ShipStation").click()
    page.get_by_label("Name", exact=True).fill("Warehouse Leeds")
    page.get_by_label("Environment").select_option("sandbox")
    page.get_by_label("API key", exact=True).fill("demo-key")
    page.get_by_label("API secret").fill("demo-secret")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_role("status")).to_contain_text("The key works")

    page.get_by_role("link", name="Stores", exact=True).first.click()
    page.get_by_role("link", name="Add account", exact=True).click()
    page.get_by_role("link", name="Add Amazon").click()
    page.get_by_label("Name", exact=True).fill("Amazon Europe")
    page.get_by_label("Environment").select_option("sandbox")
    page.get_by_label("Seller id").fill("A2DEMOSELLER")
    page.get_by_label("Region").select_option("eu")
    page.get_by_label("LWA client id").fill("amzn1.application-oa2-client.demo")
    page.get_by_label("LWA client secret").fill("demo-secret")
    page.get_by_label("Refresh token").fill("Atzr|demo")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Add a store").click()

    page.get_by_label("Name", exact=True).fill("Amazon UK")
    page.get_by_label("Marketplace").select_option("A1F83G8C2ARO7P")
    store = page.get_by_label("ShipStation store", exact=True)
    store.select_option(first_store_id())
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_role("link", name="Go live")).to_be_visible()

    page.get_by_role("link", name="Amazon Europe").click()
    page.get_by_role("button", name="Test connection").click()
    expect(page.locator(".note-fine")).to_be_visible()
    page.get_by_role("link", name="Amazon UK").click()

    page.get_by_role("link", name="Change").click()
    page.get_by_label("Keep on hold after the order, minutes").fill("30")
    cancellations = page.locator("#cancellations")
    cancellations.get_by_role("button", name="Decide").click()
    expect(page.locator("#changes")).to_contain_text("30")
    page.get_by_label("Why").fill("Buyers may cancel alone for 30 minutes")
    page.get_by_role("button", name="Save as version 2").click()
    expect(page.get_by_role("status")).to_contain_text("Version 2")

    store_row = Store.objects.get()
    make_ready(store_row, User.objects.get(username="admin"))
    visitor.open(f"/stores/{store_row.slug}/gate/")
    page.get_by_role("button", name="Go live").click()
    expect(page.get_by_role("status")).to_contain_text("is live")
    assert Store.objects.get().state == StoreState.LIVE

    page.get_by_role("link", name="Amazon UK").click()
    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sync Amazon UK")
    expect(page.locator("progress")).to_be_visible()


def first_store_id() -> str:
    """A store of the account that its connection test listed."""
    known = ShipStationAccount.objects.get().known_stores
    return str(next(store["id"] for store in known if store["active"]))


def test_following_an_order_by_its_number(visit: Visitor) -> None:
    order = make_order()
    make_event(order, "The buyer ordered")
    page = visit().log_in("cs")
    page.keyboard.press("/")
    expect(
        page.get_by_label("Search orders by any id or tracking number")
    ).to_be_focused()
    page.keyboard.type(order.number)
    page.keyboard.press("Enter")
    page.get_by_role("link", name=order.number).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(order.number)
    expect(page.get_by_text("The buyer ordered")).to_be_visible()
    expect(page.get_by_text("Ada Byron")).to_have_count(0)


def test_resolving_a_case_from_the_queue(
    visit: Visitor, users: dict[str, User]
) -> None:
    case = make_case(make_order(), kind="overdue")
    page = visit().log_in("lead")
    page.get_by_role("link", name="Queues").click()
    page.locator(f'a[href*="/cases/{case.pk}/"]').first.click()
    page.get_by_role("button", name="Take it").click()
    expect(page.get_by_text("lead has it", exact=True)).to_be_visible()
    page.get_by_label("Why?").fill("The carrier collects tonight.")
    page.get_by_role("button", name="Accept as it is").click()
    expect(page.locator(".note").first).to_contain_text("Decided")
    decision = Decision.objects.get()
    assert decision.by == users["lead"]
    assert decision.reason == "The carrier collects tonight."


def test_the_menu_folds_on_a_phone(visit: Visitor) -> None:
    make_store()
    visitor = visit(width=390)
    page = visitor.log_in("ops")
    expect(page.get_by_role("link", name="Stores", exact=True)).not_to_be_visible()
    page.get_by_label("Menu").click()
    page.get_by_role("link", name="Stores", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Stores")


def test_the_theme_is_kept(visit: Visitor) -> None:
    visitor = visit()
    page = visitor.log_in("ops")
    root = page.locator("html")
    expect(root).to_have_attribute("data-bs-theme", "light")
    page.get_by_label("Switch between light and dark").click()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    # The admin owns the key 'theme'.
    assert page.evaluate("localStorage.getItem('theme')") is None


def test_a_session_that_ended_leads_to_the_login(visit: Visitor) -> None:
    page = visit().log_in("ops")
    page.context.clear_cookies(name="sessionid")
    page.evaluate(
        "htmx.ajax('GET', document.querySelector('#navigation-links')"
        ".getAttribute('hx-get'), {target: '#navigation-links', swap: 'outerHTML'})"
    )
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    expect(page.get_by_role("navigation")).to_have_count(0)


def test_now_refreshes_itself_and_its_sentence(visit: Visitor) -> None:
    order = make_order()
    page = visit().log_in("ops")
    expect(page.locator("#lead")).not_to_contain_text("past ship-by")
    order.ship_by = clock.now() - timedelta(hours=1)
    order.save()
    expect(page.locator("#lead")).to_contain_text(
        "1 order is past ship-by", timeout=30_000
    )
    expect(page.locator("#now")).to_have_count(1)
    expect(page.locator("#now")).to_contain_text("late")
