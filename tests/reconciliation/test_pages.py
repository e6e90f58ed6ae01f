"""Pages of runs, findings and closed days: figures that are links to just these rows."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client

from orders.models import OrderEvent
from reconciliation.models import (
    ExportLog,
    Finding,
    FindingState,
    Period,
    Run,
    RunState,
)
from reconciliation.runs import census, lifecycle
from reconciliation.sums import sum_of
from shipsync_site.lib import clock
from stores.remote_money import CensusEntry
from tests.orders.factories import make_case, make_order, make_store
from tests.reconciliation.census import FakeCensus
from tests.reconciliation.factories import make_finding, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(client: Client, users: dict[str, User]) -> Client:
    client.force_login(users["lead"])
    return client


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return str(answer.content.decode())


def words(html: str) -> str:
    """What a person reads of it."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_every_figure_of_a_run_is_a_link_to_exactly_that_many_rows(
    lead: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_store(slug="amazon-uk")
    placed = clock.now() - timedelta(days=3)
    fields: dict[str, Any] = {"store": store, "ordered_at": placed, "buyer": False}
    orders = [
        make_order(**fields, stage="cancelled", status="cancelled") for _ in range(55)
    ]
    orders += [make_order(**fields, not_ours="digital") for _ in range(3)]
    orders += [make_order(**fields, status="pending") for _ in range(2)]
    orders += [make_order(**fields, imported_at=placed) for _ in range(4)]
    names = [x.remote_id for x in orders] + ["404-1", "404-2"]
    fake = FakeCensus([CensusEntry(remote_id=name) for name in names])
    monkeypatch.setattr(census, "connector_of", lambda part: fake)
    run = lifecycle.start([store], placed.date(), placed.date())
    while lifecycle.work_on(run):
        pass
    part = run.stores.get()
    assert (part.counted, part.adds_up) == (66, True)
    assert {"agrees", "missing_here", "skip:digital", "skip:not_payable"} <= set(
        part.buckets
    )
    html = page(lead, f"/reconcile/{run.pk}/")

    links = re.findall(
        rf'href="(/reconcile/{run.pk}/amazon-uk/[^"]+)">([\d,]+)</a>', html
    )
    assert len(links) >= 4
    for address, figure in links:
        listed = lead.get(address.replace("&amp;", "&"))
        assert listed.context["page_obj"].paginator.count == int(figure), address
    for code, number in part.buckets.items():
        assert f"/reconcile/{run.pk}/amazon-uk/{code}/" in html
        rows = lead.get(
            f"/exports/run-rows.csv?run={run.pk}&store=amazon-uk&bucket={code}"
        )
        assert rows.getvalue().decode().count("\r\n") - 1 == number


def test_buckets_that_do_not_add_up_are_red_and_say_by_how_many(lead: Client) -> None:
    store = make_store(slug="amazon-uk")
    good = make_run([store], buckets={"agrees": 5, "skip:digital": 1}, counted=6)
    bad = make_run([store], buckets={"agrees": 5, "missing_here": 1}, counted=8)
    unknown = make_run([store], buckets={"agrees": 5}, counted=None)

    assert "All buckets add up to what" in words(page(lead, f"/reconcile/{good.pk}/"))
    text = page(lead, f"/reconcile/{bad.pk}/")
    assert "2 missing" in words(text)
    assert "tone-breach" in text
    assert "do not add up" in words(text)
    assert "could not be counted" in words(page(lead, f"/reconcile/{unknown.pk}/"))
    listed = words(page(lead, "/reconcile/"))
    assert "does not add up" in listed
    assert "not counted" in listed
    # What agrees first, what does not by rank, what is skipped last.
    order = [x.code for x in sum_of(bad.stores.get(), {}).buckets]
    assert order == ["agrees", "missing_here"]


def test_a_run_is_started_watched_cancelled_and_goes_on(lead: Client) -> None:
    store = make_store(slug="amazon-uk", name="Amazon UK")
    asked = {"period": "month", "first_day": "2026-02-11", "stores": [store.pk]}
    started = lead.post("/reconcile/start/", asked)
    run = Run.objects.get()
    assert started["Location"] == f"/reconcile/{run.pk}/"
    assert (f"{run.first_day}", f"{run.last_day}") == ("2026-02-01", "2026-02-28")
    assert "Waiting for its turn" in page(lead, f"/reconcile/{run.pk}/")
    part = lead.get(f"/reconcile/{run.pk}/", headers={"HX-Request": "true"})
    assert b"<progress" in part.content
    assert b"<html" not in part.content

    lead.post(f"/reconcile/{run.pk}/cancel/")
    assert "Cancelled" in page(lead, f"/reconcile/{run.pk}/")
    Run.objects.update(state=RunState.FAILED, error="The database was away")
    assert "The database was away" in page(lead, f"/reconcile/{run.pk}/")
    lead.post(f"/reconcile/{run.pk}/go-on/")
    run.refresh_from_db()
    assert run.state == RunState.RUNNING

    again = lead.post("/reconcile/start/", asked)
    assert again.status_code == 422
    assert "is under way" in again.content.decode()
    own = lead.post("/reconcile/start/", asked | {"period": "own"})
    assert "Say up to which day." in own.content.decode()


def test_findings_are_narrowed_by_the_address_and_say_for_how_long(
    lead: Client,
) -> None:
    uk, de = make_store(slug="amazon-uk"), make_store(slug="amazon-de")
    order = make_order(store=uk)
    make_finding(uk, "missing_here", days=3, order=order, case=make_case(order))
    make_finding(uk, "money_paid_twice", amount=Decimal("-12.50"), currency="GBP")
    make_finding(de, "missing_here", days=2)
    make_finding(de, "missing_here", state=FindingState.GONE)

    def shown(query: str) -> int:
        return int(lead.get(f"/reconcile/findings/?{query}").context["total"])

    assert [shown(x) for x in ("", "store=amazon-uk", "rule=missing_here")] == [3, 2, 2]
    assert [shown(x) for x in ("days=2", "days=3", "state=any")] == [2, 1, 4]
    assert [shown(x) for x in ("money=taken", f"q={order.number}")] == [1, 1]
    assert [shown(x) for x in ("rule=nonsense", "state=gone")] == [0, 1]
    text = words(page(lead, "/reconcile/findings/"))
    assert "3 findings are open, 1 seen 3 days running or more" in text
    assert "-12.50 GBP" in text
    assert "seen 2 days running" in text
    for code, _label, number in lead.get("/reconcile/findings/").context["by_rule"]:
        assert shown(f"rule={code}") == number
    rows = lead.get("/exports/findings.csv?store=amazon-uk").getvalue().decode()
    assert rows.count("\r\n") == 3
    assert ",-12.50,GBP," in rows


def test_a_finding_is_accepted_with_a_reason_and_opened_again(
    lead: Client, users: dict[str, User]
) -> None:
    store = make_store()
    order = make_order(store=store)
    finding = make_finding(store, "missing_here", order=order)
    path = f"/reconcile/findings/{finding.pk}/"

    assert lead.post(f"{path}accept/", {"reason": " "}).status_code == 422
    past = lead.post(f"{path}accept/", {"reason": "known", "until": "2020-01-01"})
    assert "is over" in past.content.decode()
    assert lead.post(f"{path}accept/", {"reason": "A test order"}).status_code == 302
    finding.refresh_from_db()
    assert (finding.state, finding.accepted_by) == ("accepted", users["lead"])
    assert "A test order" in page(lead, path)
    lead.post(f"{path}reopen/")
    finding.refresh_from_db()
    assert finding.state == FindingState.OPEN
    verbs = OrderEvent.objects.filter(order=order).values_list("verb", flat=True)
    assert {"finding_accepted", "finding_reopened"} <= set(verbs)


def test_all_that_match_are_accepted_at_once_if_they_are_what_was_looked_at(
    lead: Client,
) -> None:
    store = make_store(slug="amazon-uk")
    order = make_order(store=store)
    for _ in range(5):
        make_finding(store, "missing_here", order=order)
    other = make_finding(store, "store_silent")
    path = "/reconcile/findings/accept/?rule=missing_here"

    stale = lead.post(path, {"reason": "Known", "shown": "4"})
    assert "look again" in stale.content.decode()
    assert not Finding.objects.filter(state=FindingState.ACCEPTED).exists()

    until = (clock.now() + timedelta(days=9)).date().isoformat()
    lead.post(path, {"reason": "Known", "until": until, "shown": "5"})
    assert Finding.objects.filter(state=FindingState.ACCEPTED).count() == 5
    other.refresh_from_db()
    assert other.state == FindingState.OPEN
    assert OrderEvent.objects.filter(verb="finding_accepted").count() == 5

    lead.post("/reconcile/findings/reopen/?state=accepted", {"shown": "5"})
    assert not Finding.objects.filter(state=FindingState.ACCEPTED).exists()


def test_a_day_is_closed_and_opens_again_visibly(lead: Client) -> None:
    store = make_store(slug="amazon-uk")
    day = (clock.now() - timedelta(days=2)).date()
    make_run([store], day, buckets={"agrees": 4, "skip:digital": 1}, counted=5)
    address = f"/reconcile/periods/?store=amazon-uk&day={day}&month={day:%Y-%m}"
    assert "compared" in words(page(lead, address))

    posted = {"store": "amazon-uk", "kind": "day", "day": day.isoformat()}
    lead.post("/reconcile/periods/close/", posted)
    assert "Closed by lead" in words(page(lead, address))

    Period.objects.update(
        closed_at=None,
        reopened_at=clock.now(),
        reopened_why="After it was closed 3 orders came in.",
        late_rows=3,
    )
    text = words(page(lead, address))
    assert "reopened: 3 late rows" in text
    assert "1 of Amazon UK opened again after it was closed" in text
    lead.post("/reconcile/periods/close/", posted)
    assert Period.objects.get().closed_at
    lead.post("/reconcile/periods/reopen/", posted | {"why": "A refund was missed"})
    assert Period.objects.get().reopened_why == "lead: A refund was missed"


@pytest.mark.parametrize("month", ["2026-13", "x", "0000-00", "2024-02"])
def test_no_month_in_the_address_breaks_the_calendar(lead: Client, month: str) -> None:
    make_store(slug="amazon-uk")
    page(lead, f"/reconcile/periods/?month={month}&of=month&day=2026-99-99")


def test_the_calendar_knows_the_year_before_and_after(lead: Client) -> None:
    make_store(slug="amazon-uk")
    context: Any = lead.get("/reconcile/periods/?month=2026-01").context
    moments = (context["before"], context["after"])
    assert [f"{x:%Y-%m}" for x in moments] == ["2025-12", "2026-02"]
    december: Any = lead.get("/reconcile/periods/?month=2026-12").context
    assert f"{december['after']:%Y-%m}" == "2027-01"
    assert datetime(2026, 1, 1, tzinfo=UTC).date() == context["month"]


def test_the_navigation_has_its_parts(lead: Client, users: dict[str, User]) -> None:
    text = page(lead, "/reconcile/findings/")
    assert re.search(r'href="/reconcile/findings/"[^>]* aria-current="page"', text)
    assert re.search(r'href="/exports/"', text)
    lead.force_login(users["packer"])
    assert "Reconcile" not in page(lead, "/")


def test_raw_records_can_be_looked_at_and_not_changed(
    client: Client, users: dict[str, User]
) -> None:
    store = make_store(slug="amazon-uk")
    run = make_run([store], buckets={"agrees": 1}, counted=1)
    make_finding(store)
    ExportLog.objects.create(report="orders", by=users["lead"])
    client.force_login(users["superuser"])
    for model in admin.site._registry:
        if model._meta.app_label != "reconciliation":
            continue
        place = f"/admin/reconciliation/{model._meta.model_name}/"
        assert client.get(place).status_code == 200, place
        assert client.get(f"{place}add/").status_code == 403, place
    one = client.get(f"/admin/reconciliation/run/{run.pk}/change/")
    assert b'name="_save"' not in one.content
    client.force_login(users["lead"])
    assert client.get("/admin/reconciliation/run/").status_code == 302


def test_a_case_and_an_order_show_what_was_found(lead: Client) -> None:
    store = make_store()
    order = make_order(store=store)
    case = make_case(order)
    for _ in range(12):
        make_finding(store, "missing_here", order=order, case=case)
    make_finding(store, "missing_here", order=order, state=FindingState.GONE)

    for address in (f"/cases/{case.pk}/", f"/orders/{order.pk}/"):
        html = page(lead, address)
        assert "What does not agree" in html
        (link,) = re.findall(r'href="(/reconcile/findings/\?[^"]+)">12 finding', html)
        assert lead.get(link).context["total"] == 12
    assert "What does not agree" not in page(lead, f"/orders/{make_order().pk}/")
