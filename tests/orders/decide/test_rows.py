"""What rows become before decide() sees them, and what becomes of its verdicts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orders.facts import Operation, Priority, Work
from orders.models import MergeLink, Order, Peer, ShipStationOrder, SyncJob
from orders.reconsider import reconsider
from orders.snapshot import load
from orders.sync.attempts import Attempted
from orders.sync.operations import confirm, push
from shipsync_site.lib import clock
from stores.models import CarrierMapping, Cursor
from tests.orders import factories

pytestmark = pytest.mark.django_db


def facts_of(order: Order) -> dict[int, int | None]:
    """ShipStation id → the record it was combined into, as decide() sees it."""
    (loaded,) = load(
        [
            Order.objects.select_related(
                "store__remote_account", "store__shipstation_account"
            ).get(pk=order.pk)
        ]
    )
    return {r.ss_order_id: r.absorbed_by for r in loaded.snapshot.records}


def test_a_record_read_alive_since_is_out_of_its_combine() -> None:
    order = factories.make_order()
    record = factories.make_record(order)
    link = MergeLink.objects.create(
        account=record.account,
        absorbed_id=record.ss_order_id,
        primary_id=99,
        as_of=record.as_of,
    )
    assert facts_of(order) == {record.ss_order_id: 99}
    record.as_of += timedelta(seconds=1)
    record.save()
    assert facts_of(order) == {record.ss_order_id: None}
    record.gone_at = record.as_of
    record.save()
    assert facts_of(order) == {record.ss_order_id: 99}
    link.delete()
    assert facts_of(order) == {record.ss_order_id: None}


def test_a_change_after_adoption_becomes_a_case() -> None:
    order = factories.make_order()
    record = factories.make_record(
        order, order_key="manual-1", written_digest="", written_status=""
    )
    ShipStationOrder.objects.filter(pk=record.pk).update(order=None)
    Cursor.objects.create(
        account=order.store.shipstation_account.key,
        stream="orders_trailing",
        watermark=clock.now(),
    )
    verdict = reconsider([order.pk])[order.pk]
    record.refresh_from_db()
    assert (record.order_id, record.adopted) == (order.pk, True)
    assert [case.kind for case in verdict.cases] == []
    Order.objects.filter(pk=order.pk).update(payload_digest="changed")
    verdict = reconsider([order.pk])[order.pk]
    assert [case.kind for case in verdict.cases] == ["change_locked"]
    assert not verdict.work


def test_a_confirmation_names_only_units_that_are_still_wanted() -> None:
    order = factories.make_order(lines=[{"quantity": 2}, {"quantity": 1}])
    factories.make_record(order, status="shipped")
    dispatch = factories.make_dispatch(order)
    CarrierMapping.objects.create(
        marketplace="amazon",
        shipstation_carrier="royal_mail",
        carrier_code="Royal Mail",
    )
    first, second = order.lines.order_by("position")
    assert dict(confirm.confirmation_of(order, dispatch).lines) == {
        first.remote_id: 2,
        second.remote_id: 1,
    }
    first.quantity_cancelled = 1
    first.save()
    second.quantity_cancelled = 1
    second.save()
    order = Order.objects.get(pk=order.pk)
    assert confirm.confirmation_of(order, dispatch).lines == ((first.remote_id, 1),)


def test_a_correction_names_the_numbers_that_it_stands_for() -> None:
    order = factories.make_order()
    CarrierMapping.objects.create(
        marketplace="amazon",
        shipstation_carrier="royal_mail",
        carrier_code="Royal Mail",
    )
    first = factories.make_dispatch(order, rung="withdrawn")
    first.sent_tracking = "RM 1"
    first.save()
    assert confirm.confirmation_of(order, first).replaces == ()
    second = factories.make_dispatch(order, rung="withdrawn", supersedes=first)
    third = factories.make_dispatch(order, supersedes=second)
    assert confirm.confirmation_of(order, third).replaces == (
        second.shipment.tracking_number,
        "RM 1",
        first.shipment.tracking_number,
    )


@pytest.mark.parametrize(
    ("operation", "replaces"),
    [
        (Operation.HOLD, False),
        (Operation.RESTORE, False),
        (Operation.CANCEL, True),
    ],
)
def test_parts_of_a_split_are_held_and_released_by_date(
    operation: Operation, replaces: bool
) -> None:
    order = factories.make_order()
    parent = factories.make_record(order)
    child = factories.make_record(order, parent_id=parent.ss_order_id)
    job = SyncJob.objects.create(
        order=order,
        peer=Peer.SHIPSTATION,
        account=order.store.shipstation_account.key,
        due_at=clock.now(),
    )
    for record in (parent, child):
        work = Work(
            peer="shipstation",
            operation=operation,
            target=str(record.ss_order_id),
            priority=Priority.STOP,
            due_at=clock.now(),
        )
        found = push.replaced_whole(record.account, [Attempted(job=job, work=work)])
        assert found == ({order.pk} if replaces else set())
