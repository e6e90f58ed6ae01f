"""What a scan means, from the rows that pulls have left: whose parcel, and how old."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from orders.bench import look_up
from orders.models import (
    Decision,
    MergeLink,
    Order,
    ParkedRecord,
    ShortPick,
)
from orders.reconsider import reconsider
from orders.snapshot import MIRROR_TRAILING
from orders.stop_list import Answer, Light, answer
from shipsync_site.lib import clock
from stores import lanes
from stores.connectors.base import Stream
from stores.models import Cursor, Lane, Store
from tests.orders import factories

pytestmark = pytest.mark.django_db
AGE = timedelta(minutes=15)


def read(store: Store, *, minutes: float = 2) -> datetime:
    """The marketplace and ShipStation were read this long ago."""
    at = clock.now() - timedelta(minutes=minutes)
    for account, stream in (
        (store.remote_account.key, Stream.OPEN),
        (store.shipstation_account.key, MIRROR_TRAILING),
    ):
        Cursor.objects.update_or_create(
            account=account, stream=stream, defaults={"watermark": at}
        )
    return at


def packed(store: Store | None = None, **fields: Any) -> Order:
    """An order in ShipStation, of which all was read two minutes ago."""
    order = factories.make_order(store=store, stage="in_shipstation", **fields)
    factories.make_record(order)
    read(order.store)
    return order


def ask(text: str) -> Answer:
    return answer(look_up(text).parcel, now=clock.now(), max_age=AGE)


def test_every_number_of_an_order_means_it() -> None:
    order = packed(number="2-TRADE", remote_id="203-77")
    shipment = factories.make_shipment(order)
    record = order.records.get()

    for text in (
        "2-trade",
        "203-77",
        order.order_key,
        str(record.ss_order_id),
        f"^#^{record.ss_order_id:X}^",
        shipment.tracking_number.lower(),
    ):
        found = look_up(text)
        assert [x.pk for x in found.orders] == [order.pk], text
        assert ask(text).light is Light.GO, text


def test_what_is_not_known_is_unknown() -> None:
    packed()
    assert ask("999-000").light is Light.UNKNOWN
    assert ask("").light is Light.UNKNOWN


def test_the_answer_says_how_old_it_is_and_old_is_never_go() -> None:
    order = packed()
    at = read(order.store, minutes=14)
    assert (ask(order.number).light, ask(order.number).known_at) == (Light.GO, at)

    read(order.store, minutes=16)
    assert ask(order.number).light is Light.UNKNOWN


def test_one_side_that_was_never_read_is_unknown() -> None:
    order = packed()
    Cursor.objects.filter(stream=MIRROR_TRAILING).delete()
    assert ask(order.number).light is Light.UNKNOWN


def test_a_lane_that_fails_counts_from_its_last_success() -> None:
    order = packed()
    lanes.ensure_lanes()
    lane = Lane.objects.filter(account=order.store.remote_account.key)
    lane = lane.filter(direction="pull")
    lane.update(failures=3, last_ok_at=clock.real_now() - timedelta(minutes=1))
    assert ask(order.number).light is Light.GO

    lane.update(last_ok_at=clock.real_now() - timedelta(hours=1))
    assert ask(order.number).light is Light.UNKNOWN


def test_an_order_whose_last_message_could_not_be_read_is_unknown() -> None:
    order = packed()
    ParkedRecord.objects.create(
        account=order.store.remote_account.key,
        source="amazon",
        remote_id=order.remote_id,
        problem="no status",
        body={},
        first_seen_at=clock.now(),
        last_seen_at=clock.now(),
    )
    assert ask(order.number).light is Light.UNKNOWN


def test_a_paused_store_is_unknown() -> None:
    order = packed()
    Store.objects.update(state="paused")
    assert ask(order.number).light is Light.UNKNOWN


@pytest.mark.parametrize(
    ("column", "value", "why"),
    [
        ("status", "cancelled", "Cancelled"),
        ("not_ours", "Fulfilled by Amazon", "Not ours to ship"),
    ],
)
def test_what_the_marketplace_says_stops(column: str, value: str, why: str) -> None:
    order = packed()
    Order.objects.update(**{column: value})
    said = ask(order.number)
    assert (said.light, said.why) == (Light.STOP, why)


def test_a_request_stops_until_somebody_says_ship_it() -> None:
    order = packed()
    order.lines.update(cancel_requested=True)
    assert ask(order.number).why == "The buyer asks to cancel"

    reconsider([order.pk])
    case = order.cases.get(kind="cancel_requested")
    Decision.objects.create(
        order=order,
        verb="ship_anyway",
        cause=case.cause,
        reason="withdrawn",
        by_name="cs",
        at=clock.now(),
    )
    assert ask(order.number).light is Light.GO


def test_a_hold_in_shipstation_stops() -> None:
    order = packed()
    order.records.update(status="on_hold")
    assert (ask(order.number).light, ask(order.number).why) == (Light.STOP, "On hold")


def test_a_voided_label_stops_though_its_order_may_go() -> None:
    order = packed()
    shipment = factories.make_shipment(order, voided=True)
    assert ask(shipment.tracking_number).why == "The label was voided"
    assert ask(order.number).light is Light.GO


def combined(store: Store | None = None) -> tuple[Order, Order]:
    """Two orders, the second combined into the first one's record."""
    first = packed(store)
    second = packed(first.store)
    into, away = first.records.get(), second.records.get()
    away.gone_at = clock.now()
    away.save()
    into.merged_ids = [away.ss_order_id]
    into.save()
    MergeLink.objects.create(
        account=into.account,
        absorbed_id=away.ss_order_id,
        primary_id=into.ss_order_id,
        as_of=clock.now(),
    )
    return first, second


def test_a_combined_parcel_is_one_and_stops_for_either() -> None:
    first, second = combined()
    for order in (first, second):
        found = look_up(order.number)
        assert {x.pk for x in found.orders} == {first.pk, second.pk}
        assert ask(order.number).why == "2 orders in this parcel"

    Order.objects.filter(pk=second.pk).update(status="cancelled")

    said = ask(first.number)
    assert (said.light, said.number) == (Light.STOP, second.number)


def test_goods_of_somebody_elses_order_in_the_parcel_are_unknown() -> None:
    first, _second = combined()
    first.records.update(order=None)
    assert ask(_second.number).light is Light.UNKNOWN


def test_a_number_of_two_orders_is_unknown() -> None:
    order = packed(number="SAME-1")
    other = factories.make_store(
        remote_account=order.store.remote_account, remote_marketplace="A1PA6795UKMFR9"
    )
    packed(other, number="SAME-1")

    said = ask("SAME-1")
    assert said.light is Light.UNKNOWN
    assert said.why.startswith("More than one parcel")


def test_units_that_are_missing_stop_the_parcel() -> None:
    order = packed()
    line = order.lines.get()
    ShortPick.objects.create(
        order=order, store=order.store, sku=line.sku, units=1, at=clock.now()
    )
    assert ask(order.number).why == "1 unit not on the shelf"


def test_an_order_that_is_not_in_shipstation_yet_is_unknown() -> None:
    order = factories.make_order()
    read(order.store)
    assert ask(order.number).light is Light.UNKNOWN


def test_a_scan_costs_a_bounded_number_of_queries(
    django_assert_max_num_queries: Any,
) -> None:
    first, _second = combined()
    factories.make_shipment(first)
    with django_assert_max_num_queries(60):
        look_up(first.number)
