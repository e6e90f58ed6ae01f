"""A diagnosis against the sandbox: planted facts, exact figures, nothing written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import requests
from django.contrib.auth.models import User

from orders.diagnosis import reading, runs
from orders.models import Diagnosis, DiagnosisRow, DiagnosisState, Order
from orders.sync.pump import pump
from shipsync_site.lib import clock
from stores.errors import UnauthorisedError
from stores.models import Cursor, Lane, Product, RemoteCall
from tests.orders.loop.conftest import MakeWorld
from tests.orders.loop.world import World, staff


def begin(world: World, days: int = 30) -> Diagnosis:
    person = User.objects.filter(is_superuser=True).first() or staff()
    return runs.start(world.uk, days, person)


def walk(world: World, diagnosis: Diagnosis, most: int = 200) -> Diagnosis:
    """Step until it ends; time passes where it has to wait."""
    for _step in range(most):
        diagnosis.refresh_from_db()
        if diagnosis.state not in runs.OPEN:
            return diagnosis
        if not runs.run_one():
            pass_time(world, diagnosis)
    raise AssertionError(f"still at {diagnosis.phase} after {most} steps")


def pass_time(world: World, diagnosis: Diagnosis) -> None:
    diagnosis.refresh_from_db()
    assert diagnosis.lease_until is not None
    wait = (diagnosis.lease_until - clock.real_now()).total_seconds()
    world.forward(max(1.0, wait))
    Diagnosis.objects.filter(pk=diagnosis.pk).update(lease_until=None)


def reach(world: World, diagnosis: Diagnosis, phase: str) -> Diagnosis:
    while diagnosis.phase != phase:
        if not runs.run_one():
            pass_time(world, diagnosis)
        diagnosis.refresh_from_db()
    return diagnosis


def figures(diagnosis: Diagnosis) -> dict[str, int]:
    return {name: row["n"] for name, row in diagnosis.result["figures"].items()}


def examples(diagnosis: Diagnosis, name: str) -> list[str]:
    return list(diagnosis.result["figures"][name]["ids"])


def table(diagnosis: Diagnosis, name: str) -> dict[str, int]:
    return {key: row["n"] for key, row in diagnosis.result["tables"][name].items()}


def ship(world: World, *ids: str, **options: Any) -> None:
    world.sandbox.ship([world.record(x)["orderKey"] for x in ids], **options)


@pytest.fixture
def planted(world: World) -> dict[str, str]:
    """Eight orders in ShipStation, each with a fate of its own."""
    ids = world.live(8)
    names = ("told", "untold", "shipped", "packable", "asked", "two", "open", "stopped")
    fates = dict(zip(names, ids, strict=True))
    ship(world, fates["told"], carrier="dpd")
    world.later()
    world.sandbox.cancel("amazon", fates["stopped"], "cancelled")
    world.settle()
    ship(world, fates["shipped"], fates["two"], carrier="dpd")
    ship(world, fates["untold"], carrier="snail_mail")
    world.sandbox.cancel("amazon", fates["shipped"], "cancelled")
    world.sandbox.cancel("amazon", fates["packable"], "cancelled")
    world.sandbox.cancel("amazon", fates["asked"], "request")
    # Seven hours: longer than a dispatch may stay untold.
    now = clock.current()
    moved = clock.Clock(now.anchor, now.start + 7 * 3600, now.rate)
    clock.configure(moved)
    world.sandbox.set_clock(moved)
    return fates


def test_planted_facts_are_counted_exactly(
    world: World, planted: dict[str, str]
) -> None:
    sku = Order.objects.get(remote_id=planted["open"]).lines.all()[0].sku
    Product.objects.create(sku=sku)
    diagnosis = walk(world, begin(world))

    assert diagnosis.state == DiagnosisState.DONE, diagnosis.error
    found = figures(diagnosis)
    wanted = {
        "orders": 8,
        "records": 8,
        "cancelled": 3,
        "cancelled_after_sync": 3,
        "cancelled_shipped": 1,
        "cancelled_open": 1,
        "cancelled_stopped": 1,
        "asked": 1,
        "dispatches": 4,
        "told": 1,
        "untold": 2,
        "told_cancelled": 1,
        "unmapped": 1,
    }
    assert {name: found.get(name, 0) for name in wanted} == wanted
    assert examples(diagnosis, "cancelled_shipped") == [planted["shipped"]]
    assert examples(diagnosis, "cancelled_open") == [planted["packable"]]
    assert set(examples(diagnosis, "untold")) == {planted["untold"], planted["two"]}
    assert table(diagnosis, "pairs") == {'["dpd", "dpd_next_day", "DPD"]': 1}
    carriers = table(diagnosis, "carriers")
    assert carriers == {
        '["dpd", "dpd_next_day", "mapped"]': 3,
        '["snail_mail", "snail_mail", "not mapped"]': 1,
    }
    assert f'["{sku}"]' not in table(diagnosis, "unknown_skus")
    assert list(diagnosis.result["spreads"]["told_after"].values()) == [1]


def test_nothing_is_written_and_nothing_of_a_buyer_is_kept(
    world: World, planted: dict[str, str]
) -> None:
    before = world.sandbox.ledger()[-1]["sequence"]
    orders = list(Order.objects.order_by("pk").values())
    cursors = list(Cursor.objects.order_by("pk").values())
    lanes = list(Lane.objects.order_by("pk").values())
    last = world.last_call()
    diagnosis = reach(world, begin(world), "count")
    kept = " ".join(str(row) for row in DiagnosisRow.objects.values_list("facts"))
    walk(world, diagnosis)

    ledger = [row["operation"] for row in world.sandbox.ledger()]
    assert [
        row
        for row in world.sandbox.ledger()
        if row["sequence"] > before and row["operation"] != "token"
    ] == [], ledger
    methods = RemoteCall.objects.filter(pk__gt=last).exclude(operation="token")
    assert set(methods.values_list("method", flat=True)) == {"GET"}
    assert list(Order.objects.order_by("pk").values()) == orders
    assert list(Cursor.objects.order_by("pk").values()) == cursors
    assert list(Lane.objects.order_by("pk").values()) == lanes
    assert DiagnosisRow.objects.count() == 0
    for order in Order.objects.select_related("buyer"):
        for text in order.buyer.recipient.values():
            if isinstance(text, str) and len(text) > 3:
                assert text not in kept


def test_a_store_that_is_a_draft_is_looked_at_as_well(world: World) -> None:
    world.place(3)
    world.uk.state = "draft"
    world.uk.save()
    diagnosis = walk(world, begin(world))

    found = figures(diagnosis)
    assert (found["orders"], found["not_in_shipstation"]) == (3, 3)
    assert not Order.objects.exists()


def test_tax_numbers_are_found_where_they_stand(make_world: MakeWorld) -> None:
    world = make_world()
    abroad = world.place(2, country="FR", ioss=True, marketplace="DE")
    home = world.place(1)
    world.step()
    diagnosis = runs.start(world.de, 30, staff())
    diagnosis = walk(world, diagnosis)

    assert figures(diagnosis)["orders"] == 2
    (place,) = {key for key in table(diagnosis, "tax_places") if "IOSS" in key}
    assert "into the EU from outside" in place
    assert place.endswith('iossNumber"]')
    assert figures(diagnosis)["tax_present"] == 2
    assert not {*home} & {*examples(diagnosis, "tax_present")}
    assert {*abroad} == {*examples(diagnosis, "tax_present")}


def test_a_crash_in_the_middle_of_a_step_loses_and_doubles_nothing(
    world: World, planted: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    diagnosis = begin(world)
    whole = figures(walk(world, diagnosis))
    again = reach(world, begin(world), "records")

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(runs, "_store", killed)
        with pytest.raises(KeyboardInterrupt):
            runs.run_one()
    again.refresh_from_db()
    assert again.lease_id
    assert not runs.run_one(), "its lease still runs"
    past = clock.real_now() - timedelta(seconds=1)
    Diagnosis.objects.filter(pk=again.pk).update(lease_until=past)

    assert figures(walk(world, again)) == whole


def test_a_step_that_ends_after_the_cancel_keeps_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.place(3)
    diagnosis = begin(world)
    real = reading.step

    def cancelled_meanwhile(*args: Any) -> Any:
        found = real(*args)
        assert runs.cancel(diagnosis)
        return found

    monkeypatch.setattr(reading, "step", cancelled_meanwhile)
    assert runs.run_one()

    diagnosis.refresh_from_db()
    assert (diagnosis.state, diagnosis.position) == (DiagnosisState.CANCELLED, {})
    assert DiagnosisRow.objects.count() == 0
    assert not runs.cancel(diagnosis)
    assert not runs.run_one()


def test_a_429_is_waited_out_and_is_no_failure(world: World) -> None:
    world.place(2)
    diagnosis = begin(world)
    world.sandbox.faults("amazon", "429", count=1, operation="searchOrders")
    assert runs.run_one()
    diagnosis.refresh_from_db()
    assert (diagnosis.state, diagnosis.lease_id) == (DiagnosisState.RUNNING, "")
    assert diagnosis.lease_until is not None
    assert diagnosis.lease_until > clock.real_now()
    assert not runs.run_one()

    diagnosis = walk(world, diagnosis)
    assert (diagnosis.state, figures(diagnosis)["orders"]) == (DiagnosisState.DONE, 2)


def test_a_refused_key_stops_it_until_somebody_has_it_go_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.place(2)
    diagnosis = begin(world)

    def refused(*_: Any) -> None:
        raise UnauthorisedError("The key is refused", reason="bad_key")

    with monkeypatch.context() as patch:
        patch.setattr(reading, "step", refused)
        runs.run_one()
    diagnosis.refresh_from_db()
    assert diagnosis.state == DiagnosisState.FAILED
    assert diagnosis.error == "The key is refused"
    world.amazon.refresh_from_db()
    assert world.amazon.active

    assert runs.go_on(diagnosis)
    assert figures(walk(world, diagnosis))["orders"] == 2
    assert not runs.go_on(diagnosis)


def test_other_tools_on_the_key_are_counted(world: World) -> None:
    world.live(1)
    diagnosis = reach(world, begin(world), "records")
    world.forward(120)
    for _call in range(5):
        requests.get(
            f"{world.sandbox.peer_url('shipstation')}/stores",
            auth=("demo-key", "demo-secret"),
            timeout=10,
        ).raise_for_status()
    diagnosis = walk(world, diagnosis)

    assert diagnosis.result["foreign_calls"] >= 5
    assert diagnosis.result["foreign_calls"] <= 7


def test_the_pump_takes_it_where_nothing_else_is_due(world: World) -> None:
    world.live(2)
    diagnosis = begin(world)
    Lane.objects.update(due_at=None)
    pump(span=8)

    diagnosis.refresh_from_db()
    assert diagnosis.done > 0


def test_one_at_a_time_and_at_most_ninety_days(world: World) -> None:
    begin(world)
    with pytest.raises(runs.AlreadyRunningError):
        begin(world)
    with pytest.raises(ValueError, match="1 to 90"):
        begin(world, days=91)
