from __future__ import annotations

from datetime import timedelta

import pytest

from orders import selectors
from orders.filters import OrderFilter
from orders.models import CaseState, Order, OrderException
from orders.timeline import story
from shipsync_site.lib import clock
from tests.orders import factories

pytestmark = pytest.mark.django_db


def narrowed(**values: str) -> list[Order]:
    form = OrderFilter(values, may_search_buyer=True)
    return list(form.narrow(Order.objects.all()).order_by("pk"))


def test_every_kind_of_id_finds_its_order() -> None:
    order = factories.make_order(lines=[{"sku": "TEAPOT-M"}])
    record = factories.make_record(order)
    shipment = factories.make_shipment(order)
    factories.make_record(factories.make_order())

    for query in (
        order.number,
        order.remote_id,
        order.order_key,
        str(record.ss_order_id),
        shipment.tracking_number,
        shipment.tracking_number.lower(),
        "TEAPOT-M",
        "teapot-m",
    ):
        assert narrowed(q=query) == [order], query


def test_order_with_two_parcels_of_one_number_is_found_once() -> None:
    order = factories.make_order()
    factories.make_record(order)
    for _ in range(2):
        shipment = factories.make_shipment(order, tracking_number="JD1")
        factories.make_dispatch(order, shipment=shipment)

    assert narrowed(q="JD1") == [order]


def test_closed_orders_are_listed_only_when_asked_for() -> None:
    open_order = factories.make_order()
    done = factories.make_order(stage="done")

    assert narrowed() == [open_order]
    assert narrowed(stage="any") == [open_order, done]
    assert narrowed(stage="done") == [done]
    assert narrowed(q=done.number) == [done]


def test_due_windows_leave_out_what_has_been_told() -> None:
    now = clock.now()
    late = factories.make_order(ship_by=now - timedelta(hours=1))
    soon = factories.make_order(ship_by=now + timedelta(hours=3))
    factories.make_order(ship_by=now + timedelta(hours=3), stage="confirmed")
    factories.make_order(ship_by=now + timedelta(hours=9))

    assert narrowed(due="late") == [late]
    assert narrowed(due="4h") == [soon]


def test_the_counts_are_those_of_the_lists_they_link_to() -> None:
    now = clock.now()
    factories.make_order(ship_by=now - timedelta(hours=1))
    factories.make_order(ship_by=now + timedelta(hours=3))
    factories.make_order(ship_by=now + timedelta(hours=3), stage="confirmed")
    cased = factories.make_order(ship_by=None)
    factories.make_case(cased)
    factories.make_case(cased, kind="push_refused")
    factories.make_case(factories.make_order(), state=CaseState.RESOLVED)

    counts = selectors.order_counts(OrderFilter({}).narrow(Order.objects.all()))

    assert counts.total == len(narrowed()) == 5
    assert counts.late == len(narrowed(due="late")) == 1
    assert counts.soon == len(narrowed(due="4h")) == 1
    assert counts.with_case == len(narrowed(case="yes")) == 1
    assert len(narrowed(case="no")) == 4


def test_buyer_hash_counts_only_for_those_who_may_search() -> None:
    order = factories.make_order()
    other = factories.make_order(
        recipient={"name": "Grace Hopper"}, email="g@x.example"
    )
    hashed = other.buyer.name_hash

    assert narrowed(buyer=hashed) == [other]
    barred = OrderFilter({"buyer": hashed}, may_search_buyer=False)
    assert list(barred.narrow(Order.objects.order_by("pk"))) == [order, other]


@pytest.mark.parametrize("with_ties", [True, False])
def test_pages_show_every_row_once_with_missing_deadlines_last(
    with_ties: bool,
) -> None:
    store = factories.make_store()
    now = clock.now()
    for number in range(110):
        hours = number // 7 if with_ties else number
        factories.make_order(
            store=store,
            buyer=False,
            lines=0,
            ship_by=None if number % 10 == 0 else now + timedelta(hours=hours),
        )

    seen: list[Order] = []
    after, pages = "", 0
    while True:
        page = selectors.keyset_page(Order.objects.all(), "ship_by", after)
        seen += page.rows
        pages += 1
        if not page.next:
            break
        after = page.next

    assert pages == 3
    assert len(seen) == len({row.pk for row in seen}) == 110
    assert [row.ship_by is None for row in seen] == [False] * 99 + [True] * 11
    dated = [row.ship_by for row in seen if row.ship_by]
    assert dated == sorted(dated)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "~",
        "~x",
        "2026-01-01~5",
        "nonsense~5",
        "2026-13-40T00:00~1",
        "~" + "9" * 40,
    ],
)
def test_a_broken_place_in_the_url_is_the_lists_start(text: str) -> None:
    assert selectors.parse_cursor(text) is None


def test_parcel_of_a_combined_order_is_found_by_its_dispatch() -> None:
    order, primary = factories.make_order(), factories.make_order()
    factories.make_record(primary)
    shipment = factories.make_shipment(primary)
    factories.make_dispatch(order, shipment=shipment)

    loaded = selectors.order_detail(Order.objects.all()).get(pk=order.pk)

    assert selectors.shipments_of(loaded) == [shipment]


def test_owner_system_names_the_orders_own_marketplace() -> None:
    case = factories.make_case(kind="confirm_not_honoured")
    refused = factories.make_case(kind="push_refused")

    assert selectors.owner_system(case) == "amazon"
    assert selectors.owner_system(refused) == "shipstation"


def test_case_of_a_kind_that_is_gone_still_has_a_name() -> None:
    case = OrderException(kind="old_kind", summary="x")

    assert selectors.kind_label(case) == "Old kind"
    assert selectors.owner_system(case) == "us"


def test_story_has_every_line_once_in_order_of_time() -> None:
    order = factories.make_order()
    now = clock.now()
    job = factories.make_job(order)
    user = factories.make_user("mia")
    case = factories.make_case(order)
    decision = case.decisions.create(
        order=order,
        verb="retry",
        cause="c",
        reason="Stock is back",
        by=user,
        by_name="mia",
        at=now - timedelta(minutes=1),
    )
    factories.make_event(
        order, "Imported", system="amazon", at=now - timedelta(hours=2)
    )
    factories.make_event(
        order,
        "Decided: Try again",
        actor=user,
        data={"decision": decision.pk},
        at=now - timedelta(minutes=1),
    )
    factories.make_attempt(order, job=job)
    case.notes.create(author=user, at=now, text="Looked into it")

    told = story(Order.objects.get(pk=order.pk))

    assert [(line.sort, line.text) for line in told.entries] == [
        ("fact", "Imported"),
        ("attempt", "Push"),
        ("decision", "Decided: Try again"),
        ("note", "Looked into it"),
    ]
    assert told.entries[2].detail == "Stock is back"
    assert told.entries[1].call is not None
    assert not told.cut


def test_long_story_keeps_its_newest_lines_and_says_so() -> None:
    order = factories.make_order()
    now = clock.now()
    for minute in range(8):
        factories.make_event(
            order, f"line {minute}", at=now + timedelta(minutes=minute)
        )

    told = story(order, limit=5)

    assert told.cut
    assert [line.text for line in told.entries] == [f"line {n}" for n in range(3, 8)]
