"""A lead requires a second factor, a member sets it up, comes back, and gets lost."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import expect

from orders.models import Stage
from shipsync_site.models import Authenticator
from tests.browser.conftest import PASSWORD, Visit, Visitor
from tests.browser.looks import look
from tests.orders.factories import make_event, make_order
from tests.orders.test_purge import full_order
from tests.shipsync_site.security import app_code, code_of, equip, secret_on


def password(visitor: Visit, name: str) -> None:
    """Step 1 only."""
    visitor.open("/login/")
    visitor.page.get_by_label("Username").fill(name)
    visitor.page.get_by_label("Password").fill(PASSWORD)
    visitor.page.get_by_role("button", name="Log in").click()


def test_a_lead_requires_a_second_factor_and_a_member_lives_with_it(
    visit: Visitor, users: dict[str, User]
) -> None:
    make_order()
    lead = visit().log_in("lead")
    lead.get_by_label("Account of lead").click()
    lead.get_by_role("link", name="People").click()
    lead.get_by_role("button", name="(cs)").click()
    expect(lead.get_by_role("status")).to_contain_text("Members of cs set")
    expect(lead.locator("#lead")).to_contain_text("1 person must set")

    member = visit()
    password(member, "cs")
    page = member.page
    expect(page.get_by_role("heading", level=1)).to_have_text("Set a second factor up")
    page.goto(f"{member.base}/orders/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Set a second factor up")
    loaded = page.get_by_alt_text("QR code").evaluate("image => image.naturalWidth")
    assert loaded > 100
    page.get_by_label("Code from the app").fill(code_of(secret_on(page.content())))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Keep these recovery codes"
    )
    codes = page.locator(".recovery li").all_inner_texts()
    assert len(codes) == 10
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Orders")
    page.get_by_label("Account of cs").click()
    page.get_by_role("button", name="Log out").click()

    password(member, "cs")
    page.get_by_label("Code").fill(app_code(users["cs"], drift=1))
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Now")
    page.get_by_label("Account of cs").click()
    page.get_by_role("button", name="Log out").click()

    password(member, "cs")
    page.get_by_label("Code").fill(codes[0])
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("status")).to_contain_text("9 are left")
    page.get_by_label("Account of cs").click()
    page.get_by_role("button", name="Log out").click()

    lead.reload()
    expect(lead.locator("#lead")).to_contain_text("1 of 8 people have a second factor")


def test_axe_finds_nothing_on_the_pages_of_access(
    visit: Visitor, users: dict[str, User]
) -> None:
    order = full_order(Stage.DONE)
    make_event(order, "Looked at the buyer's name", verb="buyer_revealed")
    equip(users["cs"])
    visitor = visit(bypass_csp=True)
    axe = Axe()
    found: list[str] = []
    password(visitor, "cs")
    found += look(visitor, axe, "/second-factor/")
    visitor.page.context.clear_cookies()
    visitor.log_in("admin")
    person = users["cs"].pk
    for path in (
        "/second-factor/set-up/",
        "/account/",
        "/people/",
        "/people/?show=missing",
        f"/people/{person}/",
        "/buyer-data/",
        "/buyer-data/looks/",
    ):
        visitor.open(path)
        found += look(visitor, axe, path)
    visitor.open("/second-factor/set-up/")
    page = visitor.page
    page.get_by_label("Code from the app").fill(code_of(secret_on(page.content())))
    page.get_by_role("button", name="Confirm").click()
    found += look(visitor, axe, "the recovery codes")
    visitor.open("/account/")
    found += look(visitor, axe, "/account/ with a factor")
    assert Authenticator.objects.filter(user=users["admin"]).exists()
    assert not found, "\n".join(found)
