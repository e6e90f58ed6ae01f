"""Buyer data goes on its date or on request; open orders and the audit keep theirs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from orders import forgetting, purge
from orders.ingest import ingest
from orders.ingest_merge import buyer_hash
from orders.models import (
    OPEN_STAGES,
    Decision,
    ForgetRequest,
    Order,
    OrderBuyer,
    OrderEvent,
    ParkedRecord,
    PurgeRun,
    RawBlock,
    ShipStationOrder,
    Stage,
)
from shipsync_site.lib import clock
from shipsync_site.lib.sealed import SealedTextField
from stores.models import Store
from stores.webhooks.signals import buyers_to_forget
from tests.orders.factories import make_event, make_order, make_record, make_store
from tests.orders.test_ingest import line, remote

pytestmark = pytest.mark.django_db

PAST = timedelta(days=1)


def full_order(stage: Stage, *, due: bool = True, buyer_id: str = "") -> Order:
    """An order with something in every column that can hold buyer data."""
    now = clock.now()
    at = now - PAST if due else now + PAST
    order = make_order(stage=stage)
    OrderBuyer.objects.filter(order=order).update(
        purge_at=at,
        corrected={"line1": "2 Mill Lane"},
        corrected_digest="c" * 64,
        corrected_from="f" * 64,
        recipient_digest="r" * 64,
        remote_hash=buyer_hash("amazon", buyer_id),
    )
    order.lines.update(details={"gift_message": "Love, Ada"})
    Decision.objects.create(
        order=order,
        verb="correct_address",
        cause="x",
        reason="The buyer wrote.",
        by_name="cs",
        at=now,
        details={"line1": "2 Mill Lane"},
    )
    RawBlock.objects.create(
        order=order,
        source="amazon",
        block="order",
        as_of=now,
        digest="d",
        body={"buyer": "Ada"},
        purge_at=at,
    )
    make_record(order, body={"shipTo": {"name": "Ada"}}, purge_at=at)
    make_event(order, "The buyer ordered")
    return order


def sealed_values(order: Order) -> dict[str, Any]:
    """What every sealed column of an order's rows holds, by 'Model.field'."""
    return dict(_sealed(order))


def _sealed(order: Order) -> Iterator[tuple[str, Any]]:
    for model in apps.get_app_config("orders").get_models():
        names = [f.name for f in model._meta.fields if isinstance(f, SealedTextField)]
        links = {f.name for f in model._meta.fields if f.related_model is Order}
        if not names or "order" not in links:
            continue
        for row in model._default_manager.filter(order=order):
            for name in names:
                yield f"{model.__name__}.{name}", getattr(row, name)


def test_every_sealed_column_of_a_finished_order_is_blanked() -> None:
    order = full_order(Stage.DONE)
    before = sealed_values(order)
    assert len(before) == 7
    assert all(before.values()), before

    call_command("purge_buyers")

    assert not any(sealed_values(order).values())
    buyer = OrderBuyer.objects.get(order=order)
    assert buyer.purged_at is not None
    texts = [
        field.name
        for field in OrderBuyer._meta.fields
        if isinstance(field, models.CharField)
    ]
    assert "name_hash" in texts
    assert [getattr(buyer, name) for name in texts] == [""] * len(texts)


def test_the_audit_stays() -> None:
    order = full_order(Stage.CANCELLED)
    purge.run()
    order.refresh_from_db()
    assert (order.country, order.currency) == ("GB", "GBP")
    assert Decision.objects.get().reason == "The buyer wrote."
    assert OrderEvent.objects.filter(order=order).exists()


@pytest.mark.parametrize("stage", OPEN_STAGES)
def test_an_order_that_is_still_open_keeps_its_buyer(stage: Stage) -> None:
    order = full_order(stage)
    done = purge.run()
    assert all(sealed_values(order).values())
    assert (done.total, done.waiting) == (0, 1)

    Order.objects.filter(pk=order.pk).update(stage=Stage.DONE)
    assert purge.run().counts["buyers"] == 1
    assert not any(sealed_values(order).values())


def test_nothing_goes_before_its_date() -> None:
    order = full_order(Stage.DONE, due=False)
    assert purge.run().total == 0
    assert all(sealed_values(order).values())


def test_a_dry_run_counts_the_same_and_writes_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for _ in range(3):
        full_order(Stage.DONE)
    call_command("purge_buyers", "--dry-run")
    told = capsys.readouterr().out
    assert not PurgeRun.objects.exists()
    assert OrderBuyer.objects.filter(purged_at=None).count() == 3

    call_command("purge_buyers")
    assert told.splitlines()[:-1] == capsys.readouterr().out.splitlines()[:-1]
    assert "     3  Buyers" in told


def test_unreadable_records_go_on_their_date() -> None:
    now = clock.now()
    for number, at in enumerate((now - PAST, now + PAST)):
        ParkedRecord.objects.create(
            account="remote-1",
            source="amazon",
            remote_id=str(number),
            problem="is missing",
            body={"buyer": "Ada"},
            first_seen_at=now,
            last_seen_at=now,
            purge_at=at,
        )
    purge.run()
    assert [row.body for row in ParkedRecord.objects.order_by("pk")] == [
        {},
        {"buyer": "Ada"},
    ]


def test_what_was_blanked_is_not_taken_in_again() -> None:
    store = make_store()
    first = remote(store, lines=(line(gift_message="Love, Ada"),), buyer_id="ada99")
    ingest(store.remote_account, [first])
    order = Order.objects.get()
    purge.blank([order.pk], clock.now())

    later = clock.now() + timedelta(minutes=5)
    again = remote(
        store,
        as_of=later,
        updated_at=later,
        lines=(line(gift_message="Love, Ada"),),
        buyer_id="ada99",
        raw={"orderId": "other"},
    )
    ingest(store.remote_account, [again])

    assert not any(sealed_values(order).values())
    assert OrderBuyer.objects.get().remote_hash == ""


def test_a_record_read_again_after_the_purge_is_blanked_again() -> None:
    order = full_order(Stage.DONE)
    purge.run()
    order.records.update(
        body={"shipTo": {"name": "Ada"}}, purge_at=clock.now() + timedelta(days=60)
    )
    assert purge.run().counts == {"records": 1}
    assert order.records.get().body == {}


def test_hashes_of_postcodes_go_with_the_buyer_or_where_no_order_was_found() -> None:
    order = full_order(Stage.DONE)
    mine = order.records.get()
    stranger, young = make_record(make_order()), make_record(make_order())
    now = clock.now()
    ShipStationOrder.objects.update(postcode_hash="h", as_of=now)
    strangers = ShipStationOrder.objects.exclude(pk=mine.pk)
    strangers.update(order=None)
    strangers.filter(pk=stranger.pk).update(as_of=now - timedelta(days=61))

    purge.run()
    hashes = dict(ShipStationOrder.objects.values_list("pk", "postcode_hash"))
    assert hashes == {mine.pk: "", stranger.pk: "", young.pk: "h"}
    ShipStationOrder.objects.filter(pk=mine.pk).update(postcode_hash="again")
    purge.run()
    mine.refresh_from_db()
    assert mine.postcode_hash == ""


def test_runs_that_found_nothing_leave_one_row() -> None:
    full_order(Stage.DONE)
    for _ in range(4):
        purge.run()
    assert sorted(PurgeRun.objects.values_list("total", flat=True)) == [0, 5]


def tell(store: Store, *buyers: str) -> None:
    """What the webhook does once it has kept its receipt."""
    buyers_to_forget.send(
        sender=Store, account=store.remote_account, buyers=buyers, receipt=None
    )


def test_a_buyer_who_is_to_be_forgotten_goes_at_once_and_nobody_else() -> None:
    mine = full_order(Stage.DONE, due=False, buyer_id="ada99")
    other = full_order(Stage.DONE, due=False, buyer_id="charles")
    tell(mine.store, "ada99", "eias-1")
    assert forgetting.carry_out() == 1

    assert not any(sealed_values(mine).values())
    assert all(sealed_values(other).values())
    request = ForgetRequest.objects.get()
    assert request.finished_at is not None
    assert (request.buyer_hash, request.blanked) == ("", 1)
    verbs = set(OrderEvent.objects.filter(order=mine).values_list("verb", flat=True))
    assert "buyer_forgotten" in verbs


def test_an_open_order_of_such_a_buyer_goes_once_it_has_finished() -> None:
    order = full_order(Stage.HELD, due=False, buyer_id="ada99")
    tell(order.store, "ada99")
    tell(order.store, "ada99")
    assert forgetting.carry_out() == 0
    assert all(sealed_values(order).values())
    asked = OrderEvent.objects.get(order=order, verb="forget_asked")
    assert "as soon as the order has finished" in asked.text

    Order.objects.filter(pk=order.pk).update(stage=Stage.DONE)
    assert forgetting.carry_out() == 1
    assert not any(sealed_values(order).values())
    assert ForgetRequest.objects.get().finished_at is not None


def test_buyers_we_do_not_know_leave_no_trace() -> None:
    full_order(Stage.DONE, buyer_id="ada99")
    tell(make_store(), "somebody", "")
    assert not ForgetRequest.objects.exists()


def test_a_person_may_be_forgotten_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    mine = full_order(Stage.DONE, due=False, buyer_id="ada99")
    other = full_order(Stage.DONE, due=False, buyer_id="charles")
    call_command("purge_buyers", "--forget", "amazon:Ada99")
    assert "1 orders by request" in capsys.readouterr().out
    assert not any(sealed_values(mine).values())
    assert all(sealed_values(other).values())
    call_command("purge_buyers", "--forget", "amazon:ada99")
    assert "Nothing is held" in capsys.readouterr().out
    for wrong in ("ada99", "nowhere:ada99", "amazon: "):
        with pytest.raises(CommandError, match="--forget: write a marketplace"):
            call_command("purge_buyers", "--forget", wrong)
    with pytest.raises(CommandError, match="leave one out"):
        call_command("purge_buyers", "--dry-run", "--forget", "amazon:ada99")
    assert ForgetRequest.objects.count() == 1


def queries_of_a_purge() -> int:
    """How many a run needs."""
    with CaptureQueriesContext(connection) as queries:
        purge.run()
    assert not OrderBuyer.objects.filter(purged_at=None).exists()
    return len(queries)


def test_the_purge_needs_as_many_queries_for_forty_orders_as_for_four() -> None:
    for _ in range(4):
        full_order(Stage.DONE)
    few = queries_of_a_purge()
    for _ in range(40):
        full_order(Stage.DONE)
    assert queries_of_a_purge() == few
