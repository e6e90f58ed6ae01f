"""A lead defines a checklist; ops work it on a phone and sign; every page in every look."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import expect

from reconciliation.checklists import acts, due, looking, tasks
from reconciliation.checklists.acts import stamp
from reconciliation.models import Checklist, ChecklistRun, ChecklistState
from shipsync_site.lib import clock
from stores.models import Store
from tests.browser.conftest import Visitor
from tests.browser.looks import look
from tests.browser.test_cases import forgive
from tests.orders.factories import make_order, make_store
from tests.reconciliation.checklists.build import make_checklist, make_day, saved_before

LIST = "Ops: before the last van"


@pytest.fixture
def store(users: dict[str, User]) -> Store:
    """A shop at noon with one late order, and no list but those of the test."""
    noon = clock.now().replace(hour=12, minute=0, second=0, microsecond=0)
    clock.configure(clock.fast(1.0, noon.timestamp()))
    Checklist.objects.all().delete()
    store = make_store(slug="amazon-uk")
    make_order(store=store, number="203-1", ship_by=noon - timedelta(hours=1))
    return store


def test_a_lead_defines_a_list_and_ops_work_and_sign_it(
    visit: Visitor, store: Store
) -> None:
    lead, axe = visit(bypass_csp=True), Axe()
    lead.log_in("lead")
    page = lead.open("/checklists/lists/")
    page.get_by_role("link", name="Add a list").click()
    page.get_by_label("Name").fill(LIST)
    page.get_by_label("Team").select_option("ops")
    for day in ("Saturday", "Sunday"):
        page.get_by_label(day).check()
    page.get_by_label("To be signed by").fill("16:00")
    expect(page.get_by_label("Peak days", exact=True)).to_be_hidden()
    first = page.locator(".define-item")
    first.nth(0).get_by_label("What is to be so").fill("The cage is counted")
    first.nth(0).get_by_label("Needs a note").check()
    first.nth(1).get_by_label("Who looks").select_option("orders_late")
    first.nth(2).get_by_label("What is to be so").fill("Not wanted")
    page.get_by_role("button", name="Move item 2 up").click()
    expect(first.nth(0).get_by_label("Who looks")).to_have_value("orders_late")
    page.get_by_role("button", name="Remove item 3").click()
    expect(first).to_have_count(2)
    page.get_by_role("button", name="Add an item").click()
    expect(first).to_have_count(3)
    first.nth(2).get_by_label("What is to be so").fill("The gate is locked")
    assert look(lead, axe, "checklist-define") == []
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_text(f"Saved: {LIST}.")).to_be_visible()
    checklist = Checklist.objects.get()
    assert [x.text for x in checklist.items.all()] == [
        *("No order is past its ship-by", "The cage is counted", "The gate is locked")
    ]
    assert look(lead, axe, "checklist-lists") == []

    ops = visit(width=390, bypass_csp=True)
    ops.log_in("ops")
    phone = ops.open("/checklists/")
    phone.get_by_role("link", name=LIST).first.click()
    tasks.keep()
    phone.get_by_role("button", name="Look again").click()
    late = phone.locator(".tick", has_text="No order is past its ship-by")
    expect(late).to_contain_text("1 order is past its ship-by.")
    for box in phone.locator("button.tick-box").all():
        size = box.bounding_box()
        assert size is not None
        assert min(size["width"], size["height"]) >= 44

    # The check says no: nothing without a reason, and what is open is named.
    late.get_by_role("button", name="Tick all the same").click()
    expect(late).to_contain_text("A note is missing.")
    expect(phone.locator("#sign")).to_contain_text("3 items are open")
    assert look(ops, axe, "checklist-run-open") == []
    late.get_by_label("Why it counts all the same").fill("The van waits for it")
    late.get_by_role("button", name="Tick all the same").click()
    expect(late).to_contain_text("All the same")
    cage = phone.locator(".tick", has_text="The cage is counted")
    cage.get_by_label("Note").fill("14 cages, one left")
    cage.get_by_role("button", name="Tick with this note").click()
    expect(cage).to_contain_text("14 cages, one left")
    gate = phone.locator(".tick", has_text="The gate is locked")
    gate.get_by_role("button", name="Tick: The gate is locked").click()
    gate.get_by_role("button", name="Take it back").click()
    expect(phone.locator("#sign")).to_contain_text("1 item is open")
    gate.get_by_role("button", name="Tick: The gate is locked").click()
    phone.get_by_label("Your name").fill("Ada Byron")
    assert look(ops, axe, "checklist-run-ticked") == []
    phone.get_by_role("button", name=f"Sign: {LIST}").click()

    expect(phone.locator("#sign")).to_contain_text("Unchanged since it was signed")
    run = ChecklistRun.objects.get()
    assert (run.state, run.signed_as) == (ChecklistState.SIGNED, "Ada Byron")
    assert look(ops, axe, "checklist-run-signed") == []
    run.ticks.filter(text="The gate is locked").update(note="and barred")
    phone.reload()
    expect(phone.locator("#sign")).to_contain_text("This is not what was signed.")
    expect(phone.locator("#sign")).to_contain_text("Item 3 differs")
    phone.get_by_role("link", name="Print").click()
    assert look(ops, axe, "checklist-print") == []


def test_a_list_is_defined_and_signed_without_javascript(
    visit: Visitor, store: Store
) -> None:
    lead = visit(javascript=False)
    lead.log_in("lead")
    page = lead.open("/checklists/lists/new/")
    page.get_by_label("Name").fill(LIST)
    page.get_by_label("Team").select_option("ops")
    page.locator(".define-item").nth(1).get_by_label("What is to be so").fill("Two")
    page.get_by_role("button", name="Add an item").click()
    page.locator(".define-item").nth(3).get_by_label("What is to be so").fill("One")
    for number in (4, 3):
        page.get_by_role("button", name=f"Move item {number} up").click()
    expect(page.get_by_label("Name")).to_have_value(LIST)
    page.get_by_role("button", name="Save", exact=True).last.click()
    checklist = Checklist.objects.get()
    assert [x.text for x in checklist.items.all()] == ["One", "Two"]
    run = ChecklistRun.objects.filter(checklist=checklist).first() or make_day(
        checklist
    )

    page = lead.open(f"/checklists/runs/{run.pk}/")
    for text in ("One", "Two"):
        page.get_by_role("button", name=f"Tick: {text}").click()
    page.get_by_role("button", name=f"Sign: {LIST}").click()
    expect(page.get_by_text("Write your name")).to_be_visible()
    forgive(lead, 422)
    page.get_by_label("Your name").fill("Ada Byron")
    page.get_by_role("button", name=f"Sign: {LIST}").click()
    expect(page.locator("#sign")).to_contain_text("Unchanged since it was signed")


def test_today_and_the_calendar_in_every_look(
    visit: Visitor, store: Store, users: dict[str, User]
) -> None:
    ops = users["ops"]
    for name, team in (("Ops: end of the day", "ops"), ("CS: end of the day", "cs")):
        checklist = make_checklist(
            name=name, team=team, items=["Look", {"text": "A", "check_code": "quotas"}]
        )
        checklist.due_time = checklist.due_time.replace(hour=17, minute=30)
        checklist.save()
        saved_before(checklist, 20)
        today = due.today(due.plan_of(checklist), clock.now())
        for back in range(10, -1, -1):
            run = make_day(checklist, today - timedelta(days=back))
            looking.look(run)
            if back in (0, 3, 9):
                continue
            end = run.due_at + timedelta(hours=3 if back == 5 else -1)
            clock.configure(clock.fast(1.0, end.timestamp()))
            item = run.ticks.get(text="Look")
            person = users["cs"] if team == "cs" else ops
            acts.tick(run.pk, item.pk, person, seen=stamp(item))
            run.refresh_from_db()
            acts.sign(run.pk, person, version=run.version, name="Ada Byron")
        clock.configure(clock.fast(1.0, (run.due_at - timedelta(hours=2)).timestamp()))
    tasks.keep()

    lead, axe = visit(bypass_csp=True), Axe()
    lead.log_in("lead")
    page = lead.open("/checklists/")
    expect(page.locator("#lead")).to_contain_text("2 lists should be signed by now")
    expect(page.locator("#waiting")).to_contain_text("2 older lists were never signed")
    found = look(lead, axe, "checklists-today")
    page.get_by_role("link", name="Calendar", exact=True).click()
    month = clock.now()
    if month.day < 11:
        page.get_by_role("link", name="Month before").click()
    expect(page.locator(".sheet")).to_have_count(2)
    found += look(lead, axe, "checklists-calendar")
    case = page.context.new_page()
    case.goto(f"{lead.base}/cases/?kind=checklist_overdue&rows=cases")
    case.locator("tbody tr", has_text="Ops: end of the day of").first.get_by_role(
        "link", name="Checklist not signed"
    ).click()
    case.get_by_role("link", name="Open the checklist").click()
    expect(case.get_by_role("heading", name="Ops: end of the day")).to_be_visible()
    assert found == []
