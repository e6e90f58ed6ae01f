"""After a cancellation that met a label: stopped or gone, voided, and followed to its
end; and what a packer does not find."""

from __future__ import annotations

import pytest

from orders import bench_acts
from orders.bench import look_up
from orders.bench_acts import Reporter
from orders.knew_when_rows import moments_of
from orders.models import FollowUp, Shipment
from orders.stop_list import Light, answer
from orders.views.kiosk import MAX_AGE
from shipsync_site.lib import clock
from tests.orders.loop.conftest import MakeWorld
from tests.orders.loop.world import World

BENCH = Reporter(name="Bench 2")


@pytest.fixture
def late(make_world: MakeWorld) -> World:
    """Parcels are told hours after the label, so that cancellations come in between."""
    return make_world(confirm_timing="hours_after", confirm_hours=6)


def labelled(world: World, how: str = "cancelled") -> str:
    """An order whose cancellation arrived after its label was bought."""
    (remote_id,) = world.live()
    world.sandbox.ship()
    world.later()
    world.sandbox.cancel("amazon", remote_id, how)
    world.later()
    assert world.cases(remote_id) == {"cancelled_after_label"}
    return remote_id


def light(text: str) -> Light:
    return answer(look_up(text).parcel, now=clock.now(), max_age=MAX_AGE).light


def states(world: World, remote_id: str) -> dict[str, str]:
    rows = FollowUp.objects.filter(order__remote_id=remote_id)
    return dict(rows.values_list("kind", "state"))


def test_the_bench_says_go_until_the_cancellation_is_heard(late: World) -> None:
    (remote_id,) = late.live()
    late.later(600)
    assert light(remote_id) is Light.GO

    late.sandbox.cancel("amazon", remote_id, "request")
    late.later()
    assert light(remote_id) is Light.STOP
    late.decide("cancel_requested", remote_id, "ship_anyway")
    late.later()
    assert light(remote_id) is Light.GO

    # Nothing is read for a while: what is known grows old.
    late.forward(MAX_AGE.total_seconds() + 60)
    assert light(remote_id) is Light.UNKNOWN


def test_a_stopped_parcel_is_voided_on_a_word_and_followed_to_its_end(
    late: World,
) -> None:
    remote_id = labelled(late)
    late.decide("cancelled_after_label", remote_id, "intercept")
    assert late.cases(remote_id) == {"intercept_parcel"}
    known = {moment.code: moment for moment in moments_of(late.order(remote_id))}
    assert known["decided"].text.startswith("Take the parcel off the line, by ")
    tracking = Shipment.objects.get().tracking_number
    assert light(tracking) is Light.STOP

    bench_acts.report_parcel(late.order(remote_id).pk, stopped=True, who=BENCH)
    assert late.cases(remote_id) == {"label_to_void", "goods_to_stock"}
    assert states(late, remote_id)["intercept"] == "done"
    assert states(late, remote_id)["refund"] == "done"
    late.later()
    assert late.ledger("shipstation", "void") == []

    late.decide("label_to_void", remote_id, "void_label")
    late.later()
    late.later()

    assert len(late.ledger("shipstation", "void")) == 1
    assert Shipment.objects.get().voided
    # ShipStation opened its order again: it is stopped there like any cancelled one.
    assert late.record(remote_id)["orderStatus"] == "cancelled"
    assert late.cases(remote_id) == {"goods_to_stock", "label_credit"}
    assert late.order(remote_id).closed_at is None
    late.decide("goods_to_stock", remote_id, "done")
    late.decide("label_credit", remote_id, "given_up")

    assert late.cases(remote_id) == set()
    assert late.order(remote_id).closed_at is not None
    assert states(late, remote_id) == {
        "intercept": "done",
        "void_label": "done",
        "credit": "failed",
        "restock": "done",
        "refund": "done",
    }
    assert late.confirms(remote_id) == []


def test_a_label_that_was_voided_there_closes_its_case_by_itself(late: World) -> None:
    remote_id = labelled(late)
    late.decide("cancelled_after_label", remote_id, "intercepted")
    assert "label_to_void" in late.cases(remote_id)

    late.sandbox.void(Shipment.objects.get().tracking_number)
    late.later(200)

    assert late.cases(remote_id) == {"goods_to_stock", "label_credit"}
    assert states(late, remote_id)["void_label"] == "done"


def test_a_void_whose_answer_was_lost_is_looked_at_not_repeated(late: World) -> None:
    remote_id = labelled(late)
    late.decide("cancelled_after_label", remote_id, "intercepted")
    late.decide("label_to_void", remote_id, "void_label")
    late.sandbox.faults("shipstation", "lost_answer", count=1, operation="voidlabel")
    late.later()
    for _minute in range(3):
        late.later()

    assert len(late.ledger("shipstation", "void")) == 1
    assert states(late, remote_id)["void_label"] == "done"
    assert "label_to_void" not in late.cases(remote_id)


def test_a_cancelled_parcel_that_has_left_is_expected_back(late: World) -> None:
    remote_id = labelled(late)
    late.decide("cancelled_after_label", remote_id, "intercept")
    bench_acts.report_parcel(late.order(remote_id).pk, stopped=False, who=BENCH)

    assert late.cases(remote_id) == {"return_expected"}
    late.forward(22 * 86_400)
    assert late.case("return_expected", remote_id).summary.startswith("Overdue: ")
    late.decide("return_expected", remote_id, "done")
    assert late.cases(remote_id) == {"goods_to_stock"}
    late.decide("goods_to_stock", remote_id, "done")
    assert late.cases(remote_id) == set()


def test_a_request_whose_parcel_has_left_is_for_cs_again(late: World) -> None:
    remote_id = labelled(late, "request")
    late.decide("cancelled_after_label", remote_id, "intercept")
    late.later()
    assert late.confirms(remote_id) == []
    bench_acts.report_parcel(late.order(remote_id).pk, stopped=False, who=BENCH)

    case = late.case("cancelled_after_label", remote_id)
    assert case.summary.endswith("the bench says that it has left")
    late.decide("cancelled_after_label", remote_id, "ship_anyway")
    late.later(6 * 3600)
    assert len(late.confirms(remote_id)) == 1


def test_a_request_that_is_withdrawn_ends_the_task(late: World) -> None:
    remote_id = labelled(late, "request")
    late.decide("cancelled_after_label", remote_id, "intercept")
    late.sandbox.cancel("amazon", remote_id, "withdrawn")
    late.later()

    assert late.cases(remote_id) == set()
    assert states(late, remote_id) == {"intercept": "dropped"}
    assert light(remote_id) is Light.GO


def test_a_short_pick_holds_in_shipstation_until_it_is_found(world: World) -> None:
    (remote_id,) = world.live(quantity=2, lines=1)
    order = world.order(remote_id)
    sku = order.lines.get().sku
    assert light(remote_id) is Light.GO

    bench_acts.report_short(order.pk, sku, 1, BENCH)
    world.later()
    assert world.record(remote_id)["orderStatus"] == "on_hold"
    assert world.cases(remote_id) == {"not_on_shelf"}
    assert light(remote_id) is Light.STOP

    world.decide("not_on_shelf", remote_id, "found")
    world.later()
    assert world.record(remote_id)["orderStatus"] == "awaiting_shipment"
    assert world.cases(remote_id) == set()
    assert light(remote_id) is Light.GO


def test_the_rest_is_shipped_and_what_is_missing_asked_about_again(
    world: World,
) -> None:
    (remote_id,) = world.live(quantity=2, lines=1)
    order = world.order(remote_id)
    bench_acts.report_short(order.pk, order.lines.get().sku, 1, BENCH)
    world.later()
    world.decide("not_on_shelf", remote_id, "ship_rest")
    world.later()
    assert world.record(remote_id)["orderStatus"] == "awaiting_shipment"

    world.sandbox.ship(quantity=1)
    world.later()
    world.later()
    assert len(world.confirms(remote_id)) == 1
    assert "not_on_shelf" in world.cases(remote_id)


def test_a_line_that_is_cancelled_ends_the_short_pick(world: World) -> None:
    (remote_id,) = world.live(lines=2)
    order = world.order(remote_id)
    line = order.lines.order_by("pk").first()
    assert line is not None
    bench_acts.report_short(order.pk, line.sku, line.quantity, BENCH)
    world.later()
    world.sandbox.cancel("amazon", remote_id, "cancelled")
    world.later()
    world.later()

    assert world.cases(remote_id) == set()
    assert world.order(remote_id).stage == "cancelled"
