"""People work on cases: an address is put right, a call is tried again, a list is taken
away, and two on one case are told of each other."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from orders import ingest_merge, triage
from orders.bulk import runs
from orders.models import (
    BulkRun,
    Decision,
    Order,
    OrderBuyer,
    OrderException,
    ShipStationOrder,
    SyncAttempt,
)
from orders.reconsider import reconsider
from shipsync_site.lib import clock
from stores.models import Cursor
from stores.rulebook import NO_RULES
from tests.browser.conftest import Visit, Visitor
from tests.browser.looks import look
from tests.orders import factories


@pytest.fixture
def doubted(users: dict[str, User]) -> OrderException:
    """An order in ShipStation whose address it could not verify, as decide() has it."""
    order = factories.make_order(stage="in_shipstation", why="In ShipStation")
    buyer = OrderBuyer.objects.get(order=order)
    ingest_merge.refresh_payload(order, list(order.lines.all()), buyer, NO_RULES, None)
    order.save()
    factories.make_record(order, address_verified="failed")
    reconsider([order.pk])
    return OrderException.objects.get(kind="address_not_verified")


def as_shipstation_answers(order: Order) -> None:
    """What the next push and the read after it leave behind."""
    order.refresh_from_db()
    ship_to = factories.ship_to(OrderBuyer.objects.get(order=order).corrected)
    ShipStationOrder.objects.update(
        written_digest=order.payload_digest,
        written_at=clock.now(),
        address_verified="ok",
    )
    record = ShipStationOrder.objects.get()
    record.body = {"shipTo": ship_to}
    record.save()
    reconsider([order.pk])


@pytest.mark.parametrize("width", [1400, 390])
def test_cs_fixes_an_address(
    visit: Visitor, doubted: OrderException, width: int
) -> None:
    order = doubted.order
    assert order is not None
    visitor = visit(width=width)
    page = visitor.log_in("cs")
    visitor.open("/cases/?team=cs")
    page.get_by_role("link", name="ShipStation doubts the address").first.click()
    expect(page.get_by_text("James's Square")).to_have_count(0)

    page.get_by_role("button", name="Correct the address").click()
    page.get_by_label("Postcode").fill("99")
    page.get_by_label("Where do you have it from?").fill("Her message of today")
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_text("The postcode is not a postcode of GB.")).to_be_visible()

    page.get_by_label("Postcode").fill("LS1 4DY")
    page.get_by_label("Town").fill("Leeds")
    page.get_by_role("button", name="Show what would change").click()
    changes = page.locator("#changes")
    expect(changes).to_contain_text("SW1Y 4JH")
    expect(changes).to_contain_text("LS1 4DY")
    page.get_by_role("button", name="Save and send to ShipStation").click()
    expect(page.locator(".note").first).to_contain_text("Waits to be written")
    expect(page.locator("#decide")).to_contain_text("by cs")

    as_shipstation_answers(order)
    visitor.open(f"/orders/{order.pk}/")
    expect(page.locator("#buyer")).to_contain_text("Corrected by cs")
    expect(page.locator("#buyer")).to_contain_text("Read back from ShipStation and ver")
    decision = Decision.objects.get(verb="correct_address")
    assert decision.reason == "Her message of today"
    assert not OrderException.objects.filter(order=order, state="open").exists()
    forgive(visitor, 422)


def test_two_people_on_one_address_are_told_of_each_other(
    visit: Visitor, doubted: OrderException
) -> None:
    visitors = {name: visit() for name in ("cs", "lead")}
    pages: dict[str, Page] = {}
    for name, town in (("cs", "Leeds"), ("lead", "York")):
        page = pages[name] = visitors[name].log_in(name)
        visitors[name].open(f"/cases/{doubted.pk}/")
        page.get_by_role("button", name="Correct the address").click()
        page.get_by_label("Town").fill(town)
        page.get_by_label("Where do you have it from?").fill(f"{name} asked her")
        page.get_by_role("button", name="Show what would change").click()

    pages["lead"].get_by_role("button", name="Save and send to ShipStation").click()
    expect(pages["lead"].locator(".note").first).to_contain_text("Address corrected")
    pages["cs"].get_by_role("button", name="Save and send to ShipStation").click()

    told = pages["cs"].get_by_role("alert")
    expect(told).to_contain_text("lead was faster")
    expect(pages["cs"].get_by_label("Town")).to_have_value("Leeds")
    expect(pages["cs"].get_by_label("Where do you")).to_have_value("cs asked her")
    expect(pages["cs"].locator("#changes")).to_contain_text("York")
    forgive(visitors["cs"], 409)
    assert Decision.objects.filter(verb="correct_address").count() == 1


def test_two_people_on_one_case_are_told_of_each_other(visit: Visitor) -> None:
    case = factories.make_case(kind="cancel_requested")
    visitors = {name: visit() for name in ("cs", "lead")}
    pages = {name: visitors[name].log_in(name) for name in visitors}
    for visitor in visitors.values():
        visitor.open(f"/cases/{case.pk}/")

    pages["lead"].get_by_role("button", name="Take it").click()
    expect(pages["lead"].get_by_text("lead has it", exact=True)).to_be_visible()
    pages["cs"].get_by_label("Why?").fill("She phoned: she wants it")
    pages["cs"].get_by_role("button", name="Ship anyway").click()

    told = pages["cs"].get_by_role("alert")
    expect(told).to_contain_text("lead was faster: 'Case taken'")
    expect(pages["cs"].get_by_label("Why?")).to_have_value("She phoned: she wants it")
    forgive(visitors["cs"], 409)
    assert not Decision.objects.exists()


def forgive(visitor: Visit, status: int) -> None:
    """Chromium reports the status of a refused form as a problem of the console."""
    visitor.problems = [text for text in visitor.problems if f" {status} " not in text]


def test_ops_tries_many_again(visit: Visitor) -> None:
    store = factories.make_store()
    Cursor.objects.create(
        account=store.shipstation_account.key,
        stream="orders_trailing",
        watermark=clock.now(),
    )
    for _ in range(3):
        order = factories.make_order(store=store)
        buyer = OrderBuyer.objects.get(order=order)
        ingest_merge.refresh_payload(
            order, list(order.lines.all()), buyer, NO_RULES, None
        )
        order.save()
        factories.make_attempt(
            order,
            operation="push",
            target="new",
            outcome="refused",
            error_code="refused",
            error_text="The store is inactive",
        )
        reconsider([order.pk])
    assert OrderException.objects.filter(kind="push_refused", state="open").count() == 3
    visitor = visit()
    page = visitor.log_in("ops")
    visitor.open("/cases/?team=ops&kind=push_refused")
    retry = page.get_by_role("button", name="Try again")
    expect(retry).to_be_disabled()

    page.get_by_label("Choose all rows of this page").check()
    expect(page.get_by_text("3 chosen")).to_be_visible()
    retry.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Try again: 3 cases?")
    expect(page.get_by_text("POST /orders/createorders")).to_be_visible()
    page.get_by_role("button", name="Try again: 3").click()
    expect(page.get_by_role("timer")).to_contain_text("Begins")
    BulkRun.objects.update(begins_at=clock.real_now())
    runs.run_one(30)

    expect(page.get_by_role("heading", level=1)).to_have_text("Try again: 3 of 3 done")
    page.get_by_role("link", name="Back to the queue").first.click()
    expect(page.get_by_text("No case matches these filters")).to_be_visible()
    assert SyncAttempt.objects.filter(retried_at__isnull=False).count() == 3


def test_a_user_downloads_a_csv_and_it_opens_right(
    visit: Visitor, tmp_path: Path
) -> None:
    factories.make_case(kind="cancel_requested", summary="Überfällig; “bald”, =1+1")
    factories.make_case(kind="push_refused")
    visitor = visit()
    page = visitor.log_in("finance")
    visitor.open("/cases/?rows=cases")
    page.locator(".tabs").get_by_role("link", name="CS").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="CSV of 1").click()
    file = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(file)

    assert file.suffix == ".csv"
    data = file.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    (row,) = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert row["What"] == "Überfällig; “bald”, =1+1"
    assert row["Case"] == "Buyer asks to cancel"
    shown = page.locator("thead th").all_inner_texts()
    words = {"Deadline", "Case", "Order", "Store", "Waits for", "Since", "Who"}
    assert words <= set(shown)
    assert words <= set(row)


def test_axe_finds_nothing_on_the_pages_behind_a_button(
    visit: Visitor, doubted: OrderException
) -> None:
    order = doubted.order
    assert order is not None
    lead = User.objects.get(username="lead")
    several = factories.make_order()
    records = [factories.make_record(several, order_key="") for _ in range(2)]
    ids = [record.ss_order_id for record in records]
    ShipStationOrder.objects.filter(ss_order_id__in=ids).update(order=None)
    candidates = factories.make_case(
        several, kind="already_in_shipstation", context={"records": ids}
    )
    contradicted = factories.make_case(order, kind="address_contradicted")
    done = factories.make_case(kind="overdue")
    triage.resolve(done, "dismiss", lead, "Agreed", done.version)
    visitor = visit(bypass_csp=True)
    page, axe = visitor.log_in("lead"), Axe()
    found: list[str] = []
    for path in (
        "/cases/?team=cs",
        "/cases/?team=lead",
        "/cases/?state=resolved",
        "/cases/?kind=address_not_verified&sort=oldest",
        f"/cases/{candidates.pk}/",
        f"/cases/{contradicted.pk}/",
        f"/cases/{done.pk}/",
        f"/orders/{order.pk}/address/",
    ):
        visitor.open(path)
        found += look(visitor, axe, path)
    page.get_by_role("button", name="Show the address and correct it").click()
    found += look(visitor, axe, "the form")
    page.get_by_label("Country", exact=True).fill("UK")
    page.get_by_label("Town").fill("Leeds")
    page.get_by_label("Where do you have it from?").fill("Her message")
    page.get_by_role("button", name="Show what would change").click()
    expect(page.locator("#changes")).to_be_visible()
    found += look(visitor, axe, "before and after")
    visitor.open("/cases/")
    page.locator("input[name=row]").first.check()
    found += look(visitor, axe, "chosen rows")
    page.get_by_role("button", name="Take", exact=True).last.click()
    found += look(visitor, axe, "what became of them")
    assert not found, "\n".join(found)
