"""Each lesson can be done: not yet before, not by the typical mistake, then passed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orders import approvals, correcting
from orders.bench import look_up
from orders.bench_acts import Reporter, report_short, wanted_units
from orders.correcting import Correction
from orders.models import Approval, Order, Stage
from orders.payload_facts import address_of
from orders.stop_list import answer
from orders.views.kiosk import MAX_AGE
from shipsync_site.demo.play import Pace, Play
from shipsync_site.lib import clock
from shipsync_site.models import LessonRun
from shipsync_site.training import LESSONS, room, running
from stores.connect import pause, resume, test_connection
from stores.models import CarrierMapping, Store
from stores.setup import current_rules, save_rules
from tests.shipsync_site.training.conftest import Train, Trainee


def shop(trainee: Trainee) -> Store:
    """The shop in which the lesson is played, as it is now."""
    lesson = LESSONS.get(trainee.run.lesson)
    return room.find(trainee.user, lesson.shop).store


def map_carrier(trainee: Trainee, code: str, *, everywhere: bool = False) -> None:
    store = trainee.case("carrier_unmapped").store
    CarrierMapping.objects.create(
        marketplace="amazon",
        store=None if everywhere else store,
        shipstation_carrier=f"moorland_{trainee.run.pk}_{trainee.run.since}",
        carrier_code=code,
    )


def test_a_carrier_that_nobody_has_mapped(train: Train) -> None:
    trainee = train("ops-1-carrier")
    assert not trainee.check().passed
    map_carrier(trainee, "Hermes UK")
    trainee.later(6 * 3600 + 100)
    trainee.later()

    verdict = trainee.check()
    assert verdict.passed, verdict.sentence
    assert "amazon: confirm" in verdict.sentence


def test_somebody_typed_it_in_already(train: Train) -> None:
    trainee = train("ops-2-typed-in")
    assert not trainee.check().passed
    trainee.decide("already_in_shipstation", "adopt")
    trainee.later(times=2)

    assert trainee.check().passed


def test_cancelled_in_shipstation_by_mistake(train: Train) -> None:
    trainee = train("ops-3-cancelled-there")
    assert not trainee.check().passed
    trainee.decide("cancelled_in_shipstation", "retry")
    trainee.later(times=2)

    assert trainee.check().passed


def test_one_parcel_for_two_orders(train: Train) -> None:
    trainee = train("ops-4-one-parcel")
    trainee.decide("combined_parcel", "confirm", 0)
    trainee.later(times=2)
    assert not trainee.check().passed
    trainee.decide("combined_parcel", "confirm", 1)
    trainee.later(times=2)

    assert trainee.check().passed


def test_a_hold_that_is_not_ours(train: Train) -> None:
    trainee = train("ops-5-their-hold")
    trainee.decide("held_in_shipstation", "dismiss")
    trainee.later()
    assert not trainee.check().passed
    trainee.outside("restore")
    trainee.later()

    assert trainee.check().passed


def test_the_label_was_void_after_we_told_of_it(train: Train) -> None:
    trainee = train("ops-6-void-label")
    assert not trainee.check().passed
    trainee.outside("print")
    trainee.later(300, times=2)

    assert trainee.check().passed


def test_the_buyer_asks_to_cancel(train: Train) -> None:
    trainee = train("cs-1-cancel")
    assert not trainee.check().passed
    trainee.decide("cancel_requested", "cancel_market")
    trainee.later(times=4)

    assert trainee.check().passed


def test_the_buyer_thought_again(train: Train) -> None:
    trainee = train("cs-2-ship-anyway")
    assert not trainee.check().passed
    trainee.decide("cancel_requested", "ship_anyway")
    trainee.later(times=2)

    assert trainee.check().passed


def test_no_to_a_request(train: Train) -> None:
    trainee = train("cs-3-reject")
    assert not trainee.check().passed
    trainee.decide("cancel_requested", "reject_request")
    trainee.later(times=2)

    assert trainee.check().passed


def correct(trainee: Trainee, postcode: str) -> None:
    case = trainee.case("address_incomplete")
    assert case.order is not None
    buyer = case.order.buyer
    correcting.correct(
        case.order,
        Correction(
            address=replace(address_of(buyer), postcode=postcode),
            reason="the buyer's message",
            base=correcting.base_of(buyer),
        ),
        trainee.user,
        case=case,
        version=case.version,
    )


def test_an_address_without_a_postcode(train: Train) -> None:
    trainee = train("cs-4-address")
    assert not trainee.check().passed
    correct(trainee, "LS1 4DY")
    trainee.later(times=2)

    assert trainee.check().passed


def test_cancelled_after_the_label(train: Train) -> None:
    trainee = train("cs-5-after-label")
    assert not trainee.check().passed
    trainee.outside("void")
    trainee.decide("cancelled_after_label", "stopped_cancel")
    trainee.later(times=4)

    assert trainee.check().passed


def test_where_is_my_order(train: Train) -> None:
    trainee = train("cs-6-where")
    void, counts = (
        row["tracking"]
        for row in trainee.sandbox.ledger("shipstation")
        if row["operation"] == "label"
    )
    assert not trainee.check("It will come.").passed
    assert "voided" in trainee.check(f"It is {void}.").sentence

    assert trainee.check(f"It is on its way with DPD, number {counts}.").passed


def light(scan: str) -> str:
    """What the stop list says to a scan."""
    found = look_up(scan)
    return answer(found.parcel, now=clock.now(), max_age=MAX_AGE).light.value.upper()


@pytest.mark.parametrize(
    ("code", "right", "wrong"),
    [
        ("packer-1-go", "GO", "STOP"),
        ("packer-2-cancelled", "STOP", "GO"),
        ("packer-3-asked", "STOP", "GO"),
        ("packer-5-two-in-one", "STOP", "UNKNOWN"),
    ],
)
def test_what_the_stop_list_says_is_right(
    code: str, right: str, wrong: str, train: Train
) -> None:
    trainee = train(code)
    offered = running.choices_of(trainee.run, LESSONS.get(code).question)
    answers = {x.partition(":")[0]: x for x in offered}
    numbers = trainee.run.things.get("tracking") or trainee.run.things["orders"]

    assert {light(number) for number in numbers} == {right}
    assert not trainee.check().passed
    assert trainee.check(answers[wrong]).wrong
    verdict = trainee.check(answers[right])
    assert verdict.passed
    assert verdict.points[0].rows


def test_one_of_three(train: Train) -> None:
    trainee = train("packer-4-pile")
    offered = running.choices_of(trainee.run, LESSONS.get("packer-4-pile").question)
    lights = [light(number) for number in trainee.run.things["tracking"]]

    assert offered == trainee.run.things["orders"]
    assert lights == ["GO", "STOP", "GO"]
    assert trainee.check(offered[0]).wrong
    assert trainee.check(offered[1]).passed


def test_not_on_the_shelf(train: Train) -> None:
    trainee = train("packer-6-not-there")
    (number,) = trainee.run.things["orders"]
    # The demo's own warehouse leaves what belongs to a lesson alone.
    play = Play(trainee.sandbox, 1.0, pace=Pace(pack_after=0.0))
    play.pack(0.0)
    assert play.shipped == 0
    assert light(number) == "GO"
    assert not trainee.check().passed
    order = Order.objects.get(remote_id=number)
    (sku,) = wanted_units(order)
    report_short(order.pk, sku, 1, Reporter(name="packer", user=trainee.user))
    assert "not on hold" in trainee.check().points[1].text
    trainee.later(times=2)

    assert trainee.check().passed


def test_a_carrier_for_every_shop(train: Train) -> None:
    trainee = train("lead-1-every-shop")
    map_carrier(trainee, "Hermes UK")
    trainee.later(6 * 3600 + 100)
    assert "every shop" in trainee.check().sentence
    trainee = Trainee(trainee.sandbox, trainee.user).begin("lead-1-every-shop")
    map_carrier(trainee, "Hermes UK", everywhere=True)
    trainee.later(6 * 3600 + 100)
    trainee.later()

    assert trainee.check().passed


def test_the_second_yes(train: Train) -> None:
    trainee = train("lead-2-second-yes")
    trainee.later(times=2)
    assert not trainee.check().passed
    approvals.answer(Approval.objects.get(), trainee.user, yes=True, note="")
    trainee.later(times=4)

    assert trainee.check().passed


def test_no_is_not_what_the_buyer_asked_for(train: Train) -> None:
    trainee = train("lead-2-second-yes")
    approvals.answer(Approval.objects.get(), trainee.user, yes=False, note="Dear")

    assert trainee.check().wrong


def test_decide_a_rule(train: Train) -> None:
    trainee = train("lead-3-rule")
    store = shop(trainee)
    trainee.outside("order")
    trainee.later(times=2)
    assert not trainee.check().passed
    rules = current_rules(store)
    save_rules(
        store,
        {"release_window_minutes": 30, "decided": rules.decided},
        version=rules.version,
        user=trainee.user,
    )
    trainee.outside("order")
    trainee.later(times=2)

    verdict = trainee.check()
    assert verdict.passed, verdict


def test_pause_a_shop(train: Train) -> None:
    trainee = train("lead-4-pause")
    trainee.outside("order")
    trainee.later(times=2)
    assert not trainee.check().passed
    pause(shop(trainee), "Stock is counted", trainee.user)
    trainee.outside("order")
    trainee.later(times=2)
    assert "still paused" in trainee.check().sentence
    resume(shop(trainee), trainee.user)
    trainee.later(times=2)

    assert trainee.check().passed


def test_a_marketplace_shuts_us_out(train: Train) -> None:
    trainee = train("lead-5-access")
    account = shop(trainee).remote_account
    resume(account, trainee.user)
    trainee.later()
    assert not trainee.check().passed
    trainee.outside("agree")
    account.refresh_from_db()
    assert test_connection(account).ok
    resume(account, trainee.user)
    trainee.later(times=2)

    assert trainee.check().passed


def test_an_exception_to_ones_own_rule(train: Train) -> None:
    trainee = train("lead-6-let-go")
    trainee.decide("combined_forbidden", "let_go", 0)
    trainee.later(400)
    assert not trainee.check().passed
    trainee.decide("combined_forbidden", "let_go", 1)
    trainee.later(400, times=2)

    assert trainee.check().passed


@pytest.mark.parametrize(
    ("code", "kind", "way"),
    [
        ("ops-2-typed-in", "already_in_shipstation", "push_beside"),
        ("cs-1-cancel", "cancel_requested", "ship_anyway"),
        ("cs-2-ship-anyway", "cancel_requested", "cancel_market"),
        ("cs-5-after-label", "cancelled_after_label", "ship_anyway"),
    ],
)
def test_what_can_not_be_mended_is_to_be_started_again(
    code: str, kind: str, way: str, train: Train
) -> None:
    trainee = train(code)
    trainee.decide(kind, way)
    trainee.later(times=3)

    verdict = trainee.check()
    assert verdict.wrong
    assert "Start the lesson again" in verdict.sentence


def test_a_wrong_code_has_been_told(train: Train) -> None:
    trainee = train("ops-1-carrier")
    map_carrier(trainee, "Hermes")
    trainee.later(6 * 3600 + 100)
    trainee.later()

    assert "Hermes" in trainee.check().sentence
    assert trainee.check().wrong


def test_started_again_the_old_orders_end_and_the_rules_are_those_of_the_first_day(
    train: Train,
) -> None:
    trainee = train("cs-1-cancel")
    (old,) = trainee.run.things["orders"]
    rules = current_rules(shop(trainee))
    save_rules(
        shop(trainee),
        {"release_window_minutes": 30, "decided": rules.decided},
        version=rules.version,
        user=trainee.user,
    )
    pause(shop(trainee), "Tried out", trainee.user)
    trainee = Trainee(trainee.sandbox, trainee.user).begin("cs-1-cancel")
    trainee.later()

    (new,) = trainee.run.things["orders"]
    assert new != old
    assert Order.objects.get(remote_id=old).stage == Stage.CANCELLED
    assert current_rules(shop(trainee)).release_window_minutes == 0
    assert shop(trainee).state == "live"
    assert LessonRun.objects.count() == 1


def test_two_people_at_the_same_lesson_are_in_rooms_of_their_own(
    train: Train,
) -> None:
    first = train("cs-1-cancel")
    second = train("cs-1-cancel", role="lead")
    assert shop(first) != shop(second)
    first.decide("cancel_requested", "cancel_market")
    first.later(times=4)

    assert first.check().passed
    assert not second.check().passed
    assert not second.check().wrong
