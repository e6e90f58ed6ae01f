from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orders import triage
from orders.models import Order, OrderEvent
from shipsync_site.lib import clock, zones
from tests.orders import factories

pytestmark = pytest.mark.django_db


def url(order: Order, name: str = "detail") -> str:
    return reverse(f"orders:{name}", args=[order.pk])


def body(response: Any) -> str:
    text: str = response.content.decode()
    return text


@pytest.fixture
def told() -> Order:
    """An order with a record, a confirmed parcel, attempts, a case and a note."""
    order = factories.make_order(lines=2, stage="dispatched", why="The label is bought")
    factories.make_record(order)
    job = factories.make_job(order)
    factories.make_attempt(
        order,
        job=job,
        outcome="refused",
        error_code="400",
        error_field="items",
        error_text="Too many items",
        call=factories.make_call(job.account, status=400, request_id="req-77"),
    )
    factories.make_dispatch(order, rung="accepted")
    case = factories.make_case(order)
    case.notes.create(
        author=factories.make_user("mia"), at=clock.now(), text="Called them"
    )
    return order


@pytest.mark.parametrize(
    ("role", "status"),
    [("ops", 200), ("cs", 200), ("finance", 200), ("packer", 200), ("nobody", 403)],
)
def test_who_may_see_an_order(
    users: dict[str, User], client: Client, told: Order, role: str, status: int
) -> None:
    client.force_login(users[role])

    assert client.get(url(told)).status_code == status


def test_page_says_why_what_and_with_which_evidence(
    users: dict[str, User], client: Client, told: Order
) -> None:
    client.force_login(users["ops"])

    page = body(client.get(url(told)))

    for text in (
        "The label is bought",
        "Dispatched, to be confirmed",
        "Shipped by status",
        "not yet",
        "Too many items",
        "req-77",
        "Called them",
        "Carrier not mapped: the summary",
        "awaiting shipment",
    ):
        assert text in page, text


def test_a_rung_that_was_passed_over_is_not_awaited(
    users: dict[str, User], client: Client, told: Order
) -> None:
    told.dispatches.update(shipped_at=None, read_back_at=clock.now())
    client.force_login(users["ops"])

    page = body(client.get(url(told)))

    assert "not needed" in page
    assert "not yet" not in page


def test_times_stand_in_the_persons_zone_and_in_utc(
    users: dict[str, User], client: Client, told: Order
) -> None:
    client.force_login(users["ops"])
    client.cookies["shipsync_zone"] = "Asia/Tokyo"

    page = body(client.get(url(told)))

    assert "Asia/Tokyo" in page
    assert f"{clock.now():%H:}" in page
    assert " UTC</small>" in page


def test_page_costs_the_same_however_much_happened(
    users: dict[str, User],
    client: Client,
    told: Order,
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(30):
        factories.make_event(told, f"line {number}")
        factories.make_attempt(told, job=told.jobs.get())
    for kind in ("push_refused", "overdue", "address_incomplete"):
        factories.make_case(told, kind=kind)
    client.force_login(users["ops"])

    with django_assert_max_num_queries(30):
        assert client.get(url(told)).status_code == 200


@pytest.mark.parametrize("role", ["ops", "cs", "lead", "superuser"])
def test_buyer_is_masked_until_asked_for(
    users: dict[str, User], client: Client, told: Order, role: str
) -> None:
    client.force_login(users[role])

    page = body(client.get(url(told)))

    for secret in ("Ada", "Byron", "James", "Winchcombe", "4JH", "ada.byron"):
        assert secret not in page, secret


def test_revealing_shows_the_buyer_once_and_is_logged(
    users: dict[str, User], client: Client, told: Order
) -> None:
    client.force_login(users["cs"])

    response = client.post(url(told, "reveal"))
    again = body(client.get(url(told)))

    assert "Ada Byron" in body(response)
    assert "no-store" in response["Cache-Control"]
    assert "Byron" not in again
    assert "Looked at the buyer" in again
    event = OrderEvent.objects.get(order=told, verb="buyer_revealed")
    assert event.actor == users["cs"]


def test_ops_cannot_reveal(users: dict[str, User], client: Client, told: Order) -> None:
    client.force_login(users["ops"])

    assert client.post(url(told, "reveal")).status_code == 403
    assert "Show, and log that I did" not in body(client.get(url(told)))
    assert not OrderEvent.objects.filter(verb="buyer_revealed").exists()


def test_looking_does_nothing(
    users: dict[str, User], client: Client, told: Order
) -> None:
    client.force_login(users["lead"])

    answer = client.get(url(told, "reveal"))
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "Nothing to show here" in body(answer)
    assert client.get(url(told, "look_again")).status_code == 405


def test_look_again_decides_the_order_and_goes_back_to_it(
    users: dict[str, User], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[list[int]] = []
    monkeypatch.setattr(triage, "reconsider", lambda ids: looked.append(list(ids)))
    order = factories.make_order()
    client.force_login(users["ops"])

    response = client.post(url(order, "look_again"), follow=True)

    assert looked == [[order.pk]]
    assert "Looking again" in body(response)
    assert "Asked to look again now" in body(response)


def test_cs_cannot_start_a_retry(users: dict[str, User], client: Client) -> None:
    order = factories.make_order()
    client.force_login(users["cs"])

    assert client.post(url(order, "look_again")).status_code == 403


def test_purged_buyer_is_said_to_be_purged(
    users: dict[str, User], client: Client
) -> None:
    order = factories.make_order()
    order.buyer.recipient, order.buyer.contact = {}, {}
    order.buyer.purged_at = clock.now()
    order.buyer.save()
    client.force_login(users["cs"])

    assert "Purged" in body(client.get(url(order)))


def test_order_without_anything_still_has_a_page(
    users: dict[str, User], client: Client
) -> None:
    order = factories.make_order(
        lines=0,
        buyer=False,
        total=None,
        ship_by=None,
        not_ours="digital",
        stage="not_ours",
    )
    client.force_login(users["ops"])

    page = body(client.get(url(order)))

    assert "The marketplace sent no lines" in page
    assert "No ShipStation order yet" in page
    assert "Nothing is shipped: it is digital." in page


def test_a_title_is_shown_as_text(users: dict[str, User], client: Client) -> None:
    order = factories.make_order(lines=[{"title": "<script>alert(1)</script> 🎁"}])
    client.force_login(users["ops"])

    page = body(client.get(url(order)))

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; 🎁" in page


def test_a_refused_parcel_says_so_and_a_call_is_told_once(
    users: dict[str, User], client: Client
) -> None:
    order = factories.make_order(buyer=False)
    factories.make_dispatch(order, rung="refused")
    job = factories.make_job(order, peer="marketplace")
    call = factories.make_call(job.account, status=204, request_id="req-204")
    factories.make_attempt(order, job=job, operation="confirm", outcome="ok", call=call)
    OrderEvent.objects.create(
        order=order,
        at=clock.now(),
        system="amazon",
        verb="confirm_accepted",
        text="Accepted: the marketplace took it",
        call=call,
    )
    client.force_login(users["ops"])

    page = body(client.get(url(order)))

    assert "Sent, refused" in page
    assert "Accepted: the marketplace took it" not in page
    assert page.count('data-copy="req-204"') == 1


def test_lines_of_one_moment_stand_fact_decision_case(
    users: dict[str, User], client: Client
) -> None:
    order = factories.make_order(buyer=False)
    now = clock.now()
    for verb, text in (
        ("case_opened", "the case"),
        ("decided", "the decision"),
        ("status", "the fact"),
    ):
        OrderEvent.objects.create(
            order=order, at=now, system="amazon", verb=verb, text=text
        )
    client.force_login(users["ops"])

    page = body(client.get(url(order))).split('id="timeline"')[1]

    places = [page.index(text) for text in ("the fact", "the decision", "the case")]
    assert places == sorted(places)


def test_a_country_that_shipstation_gets_under_another_code_says_so(
    users: dict[str, User], client: Client
) -> None:
    order = factories.make_order(country="UK", recipient={"country": "UK"})
    factories.make_record(order)
    client.force_login(users["ops"])

    response = client.get(reverse("orders:detail", args=[order.pk]))

    page = response.content.decode()
    assert "The marketplace says UK; ShipStation gets GB, the ISO code." in page
    rows = response.context["comparisons"][0].rows
    assert not next(row for row in rows if row.label == "Country").differs


@pytest.mark.parametrize(("month", "twice"), [(1, False), (7, True)])
def test_utc_stands_beside_a_time_only_where_it_differs(
    users: dict[str, User], client: Client, month: int, twice: bool
) -> None:
    order = factories.make_order()
    at = datetime(2025, month, 3, 10, 29, 52, tzinfo=UTC)
    factories.make_event(order, "Seen there", at=at)
    client.force_login(users["ops"])
    client.cookies[zones.COOKIE] = "Europe/London"

    page = body(client.get(url(order)))

    assert ("10:29:52 UTC</small>" in page) is twice
