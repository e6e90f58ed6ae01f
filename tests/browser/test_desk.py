"""The desk all day: cases cleared by keyboard, many at once, undone, and two people who
work through one queue."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from orders.bulk import runs
from orders.models import BulkRun, BulkState, CaseState, Decision, OrderException
from orders.views import bulk
from shipsync_site.lib import clock
from stores.models import Store
from tests.browser.conftest import Visitor
from tests.browser.looks import look
from tests.orders import factories

CAUSE = {"code": "inactive_store"}


@pytest.fixture
def short_countdown(monkeypatch: pytest.MonkeyPatch) -> None:
    """People wait for ten seconds, a test for one."""
    monkeypatch.setattr(runs, "COUNTDOWN", timedelta(seconds=1))


def make_cases(store: Store, kind: str, count: int) -> list[OrderException]:
    """Cases of one cause, due one after the other."""
    now = clock.now()
    return [
        factories.make_case(
            factories.make_order(store=store, buyer=False),
            kind=kind,
            context=CAUSE,
            summary=f"{kind} for one reason",
            deadline=now + timedelta(hours=1, minutes=number),
        )
        for number in range(count)
    ]


def work(page: Page) -> None:
    """What the cluster does meanwhile; then the page has heard of it."""
    expect(page.get_by_role("timer")).to_be_visible()
    run = BulkRun.objects.latest("pk")
    for _ in range(300):
        runs.run_one()
        run.refresh_from_db()
        if run.state == BulkState.DONE:
            break
        page.wait_for_timeout(100)
    expect(page.locator("#bulk-progress")).to_have_count(0)


def press(page: Page, *keys: str) -> None:
    """Keys on a page that is all there."""
    page.wait_for_load_state()
    for key in keys:
        page.keyboard.press(key)


def open_count() -> int:
    return OrderException.objects.filter(state=CaseState.OPEN).count()


def test_twenty_mixed_cases_are_cleared_by_keyboard_alone(
    visit: Visitor, short_countdown: None
) -> None:
    store = factories.make_store()
    make_cases(store, "push_refused", 12)
    for kind in ("overdue", "cancel_requested", "tracking_missing", "confirm_refused"):
        make_cases(store, kind, 2)
    assert open_count() == 20
    visitor = visit()
    page = visitor.log_in("lead")

    # Twelve of one cause: its row is ticked, looked at, confirmed.
    press(page, "g", "q")
    page.wait_for_url("**/cases/")
    press(page, "j", "x")
    expect(page.get_by_text("12 chosen")).to_be_visible()
    press(page, "r")
    expect(page.get_by_role("heading", level=1)).to_have_text("Try again: 12 cases?")
    press(page, "y")
    work(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("12 of 12 done")
    assert Decision.objects.filter(verb="retry").count() == 12
    press(page, "b")
    page.wait_for_url("**/cases/")

    # The others one by one: each opens by itself.
    press(page, "w")
    for number in range(8):
        expect(page.get_by_label("Working through")).to_contain_text(f"{number} done")
        press(page, "e")
        if page.evaluate("document.activeElement.tagName") == "TEXTAREA":
            page.keyboard.type("Asked the buyer; it is settled")
            press(page, "Control+Enter")
        else:
            press(page, "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing is left for you")
    expect(page.locator("#lead")).to_have_text("8 cases done.")
    assert open_count() == 0
    press(page, "b")
    expect(page.get_by_text("Worked through: 8 done, 0 skipped.")).to_be_visible()


def test_many_of_one_cause_are_taken_and_put_back(
    visit: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOMENT", 30.0)
    make_cases(factories.make_store(), "carrier_unmapped", 30)
    page = visit().log_in("ops")

    press(page, "g", "o")
    page.wait_for_url("**/cases/?team=ops")
    press(page, "j", "x", "a")
    expect(page.get_by_role("heading", level=1)).to_have_text("Take: 30 cases?")
    press(page, "y")
    expect(page.get_by_text("Take: 30 done.")).to_be_visible()
    assert OrderException.objects.filter(assignee__username="ops").count() == 30

    press(page, "u")
    expect(page.get_by_text("Take is undone: 30 as before.")).to_be_visible()
    assert not OrderException.objects.filter(assignee__isnull=False).exists()


def test_what_is_stopped_in_its_countdown_was_never_sent(visit: Visitor) -> None:
    make_cases(factories.make_store(), "push_refused", 3)
    page = visit().log_in("ops")
    page.goto(page.url + "cases/?rows=cases")

    press(page, "j", "x", "j", "x", "r")
    expect(page.get_by_role("heading", level=1)).to_have_text("Try again: 2 cases?")
    press(page, "y")
    expect(page.get_by_role("timer")).to_be_visible()
    assert not runs.run_one()
    press(page, "s")

    expect(page.get_by_text("Stopped before anything was done")).to_be_visible()
    assert open_count() == 3
    assert not Decision.objects.exists()


def test_two_who_work_through_one_queue_never_get_the_same(visit: Visitor) -> None:
    cases = make_cases(factories.make_store(), "overdue", 4)
    pages = {name: visit().log_in(name) for name in ("ops", "lead")}
    seen: dict[str, list[int]] = {name: [] for name in pages}

    def at(name: str) -> int:
        return int(pages[name].url.rstrip("/").rsplit("/", 1)[1])

    for name, page in pages.items():
        press(page, "g", "o")
        page.wait_for_url("**/cases/?team=ops")
        press(page, "w")
        page.wait_for_url("**/cases/*/")
        seen[name].append(at(name))
    visitor = visit()
    visitor.log_in("admin")
    other = visitor.open(f"/cases/{seen['ops'][0]}/")
    expect(other.get_by_text("ops has this case on screen.")).to_be_visible()
    for name, page in pages.items():
        press(page, "e")
        page.keyboard.type("It has left")
        with page.expect_navigation():
            press(page, "Control+Enter")
        seen[name].append(at(name))

    everything = [pk for pks in seen.values() for pk in pks]
    assert sorted(everything) == sorted(case.pk for case in cases)


def test_keys_are_helped_with_and_leave_fields_alone(visit: Visitor) -> None:
    make_cases(factories.make_store(), "overdue", 3)
    visitor = visit()
    page = visitor.log_in("lead")
    visitor.open("/cases/?rows=cases")

    press(page, "?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("Next row, row before")
    expect(keys).to_contain_text("Work through")
    expect(keys).to_contain_text("Finance")
    press(page, "w", "Escape")
    expect(keys).to_be_hidden()

    press(page, "/")
    page.keyboard.type("jxawg?")
    expect(page.locator("#top-search")).to_have_value("jxawg?")
    press(page, "Escape", "j")
    expect(page.locator("tr.at-row")).to_have_count(1)
    expect(page.locator("tr.at-row th a").first).to_be_focused()
    press(page, "Control+a")
    assert not BulkRun.objects.exists()
    press(page, "Enter")
    page.wait_for_url("**/cases/*/")


def test_the_pages_of_many_at_once_look_right(visit: Visitor) -> None:
    make_cases(factories.make_store(), "push_refused", 3)
    make_cases(factories.make_store(), "overdue", 2)
    visitor = visit(bypass_csp=True)
    page, axe = visitor.log_in("lead"), Axe()
    visitor.open("/cases/?rows=cases")
    press(page, "j", "?")
    found = look(visitor, axe, "keys")
    press(page, "Escape")
    page.get_by_label("All 5 that match").check()
    press(page, "r")
    expect(page.get_by_role("heading", level=1)).to_have_text("Try again: 3 cases?")
    found += look(visitor, axe, "preview")
    press(page, "y")
    expect(page.get_by_role("timer")).to_be_visible()
    found += look(visitor, axe, "countdown")
    press(page, "s")
    expect(page.get_by_text("Stopped before anything was done")).to_be_visible()
    found += look(visitor, axe, "stopped")
    visitor.open("/cases/bulk/runs/")
    found += look(visitor, axe, "earlier acts")
    visitor.open("/cases/?kind=overdue")
    press(page, "w")
    expect(page.get_by_label("Working through")).to_be_visible()
    found += look(visitor, axe, "working through")
    for _ in range(2):
        page.get_by_role("button", name="Skip").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing is left for you")
    found += look(visitor, axe, "the end of it")
    assert not found, "\n".join(found)
