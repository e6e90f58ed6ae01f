"""One value of a store's rules changes, nothing else: the peers' ledgers differ."""

from __future__ import annotations

from typing import Any

import pytest

from orders import approvals
from orders.models import Decision, OrderEvent
from orders.triage import InvalidActError, NotAllowedError, resolve
from tests.orders.loop.conftest import MakeWorld
from tests.orders.loop.world import World, staff


def keys(world: World, *remote_ids: str) -> list[str]:
    return [world.order(remote_id).order_key for remote_id in remote_ids]


def combined(world: World) -> tuple[str, str]:
    """Two orders of one buyer that somebody combined; nothing was read since."""
    first, second = world.live(2, same_buyer=True)
    world.sandbox.manual(order_keys=keys(world, first, second), action="combine")
    return first, second


# --- after the label ------------------------------------------------------------------


@pytest.mark.parametrize(("value", "told"), [("ask", 0), ("ship", 1)])
def test_a_request_after_the_label_keeps_the_confirmation_back_or_not(
    value: str, told: int, make_world: MakeWorld
) -> None:
    world = make_world(after_label=value)
    (remote_id,) = world.live()
    world.sandbox.cancel("amazon", remote_id, "request")
    world.sandbox.ship()
    world.later(90, "pull")
    world.later()

    assert len(world.confirms(remote_id)) == told
    assert world.cases(remote_id) == {"cancelled_after_label"}


@pytest.mark.parametrize("value", ["ask", "ship"])
def test_what_the_marketplace_itself_cancelled_is_never_confirmed(
    value: str, make_world: MakeWorld
) -> None:
    world = make_world(after_label=value, confirm_timing="hours_after", confirm_hours=6)
    (remote_id,) = world.live()
    world.sandbox.ship()
    world.later()
    world.sandbox.cancel("amazon", remote_id, "cancelled")
    world.later()
    world.later(8 * 3600)

    assert world.confirms(remote_id) == []


# --- two people for a dear order ------------------------------------------------------


@pytest.mark.parametrize(("value", "told"), [("9.99", 0), (None, 1)])
def test_above_a_value_a_word_waits_for_a_second_person(
    value: str | None, told: int, make_world: MakeWorld
) -> None:
    world = make_world(four_eyes_above=value)
    (remote_id,) = world.live()
    world.sandbox.cancel("amazon", remote_id, "request")
    world.later()
    case = world.case("cancel_requested", remote_id)
    first, second = staff("first"), staff("second")

    resolve(case, "cancel_market", first, "", case.version, choice="BuyerCanceled")
    for _minute in range(6):
        world.later(60)
    assert len(world.ledger("amazon", "feed_created")) == told
    assert world.record(remote_id)["orderStatus"] == (
        "cancelled" if told else "on_hold"
    )
    if told:
        return
    approvals.answer(approvals.all_waiting().get(), second, yes=True, note="")
    for _minute in range(6):
        world.later(60)

    assert world.market(remote_id)["status"] == "CANCELLED"
    assert world.record(remote_id)["orderStatus"] == "cancelled"
    word = Decision.objects.get(order__remote_id=remote_id)
    assert word.by == first
    assert "second said yes" in OrderEvent.objects.get(verb="case_resolved").text


# --- who answers the buyer ------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "told", "cases"),
    [("console", 1, set()), ("seller_centre", 0, {"cancel_requested"})],
)
def test_a_word_on_a_request_is_told_or_never_leaves_the_house(
    value: str, told: int, cases: set[str], make_world: MakeWorld
) -> None:
    world = make_world()
    (remote_id,) = world.live()
    world.sandbox.cancel("amazon", remote_id, "request")
    world.later()
    case = world.case("cancel_requested", remote_id)
    word = {"choice": "BuyerCanceled"}
    resolve(case, "cancel_market", staff(), "", case.version, **word)
    world.uk.operating_models.update(answered_by=value)
    for _ in range(6):
        world.later(400)

    assert len(world.ledger("amazon", "feed_created")) == told
    assert world.cases(remote_id) == cases
    assert world.record(remote_id)["orderStatus"] in ("on_hold", "cancelled")


def test_the_case_says_where_to_answer_and_ends_with_the_marketplaces_fact(
    make_world: MakeWorld,
) -> None:
    world = make_world(answered_by="seller_centre")
    (remote_id,) = world.live()
    world.sandbox.cancel("amazon", remote_id, "request")
    world.later()

    case = world.case("cancel_requested", remote_id)
    assert case.summary.endswith(": answer it in Amazon Seller Central")
    with pytest.raises(InvalidActError):
        world.decide("cancel_requested", remote_id, "cancel_market")
    world.sandbox.cancel("amazon", remote_id, "cancelled")
    for _ in range(3):
        world.later()

    assert world.cases(remote_id) == set()
    assert world.record(remote_id)["orderStatus"] == "cancelled"


# --- combined parcels -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "told", "cases"),
    [
        ("confirm_each", 1, set()),
        ("ask", 0, {"combined_parcel"}),
        ("forbid", 0, {"combined_forbidden"}),
    ],
)
def test_a_combined_parcel_that_left_is_told_asked_about_or_forbidden(
    value: str, told: int, cases: set[str], make_world: MakeWorld
) -> None:
    world = make_world(combined=value)
    first, second = world.live(2, same_buyer=True)
    world.sandbox.ship(keys(world, first, second), combine=True)
    for _ in range(3):
        world.later()

    for remote_id in (first, second):
        assert len(world.confirms(remote_id)) == told
        assert world.cases(remote_id) == cases


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("confirm_each", "awaiting_shipment"),
        ("ask", "awaiting_shipment"),
        ("forbid", "on_hold"),
    ],
)
def test_a_combine_is_stopped_before_its_label_where_it_is_forbidden(
    value: str, status: str, make_world: MakeWorld
) -> None:
    world = make_world(combined=value)
    first, _second = combined(world)
    for _ in range(2):
        world.later()

    assert world.record(first)["orderStatus"] == status


def test_a_combine_is_seen_with_one_read_of_the_changes_and_nothing_is_told(
    make_world: MakeWorld,
) -> None:
    world = make_world(combined="forbid")
    first, second = combined(world)
    since = world.last_call()
    world.later(60, "mirror")

    # One pass: the newest changes, and the trailing look behind them.
    assert world.calls("orders", after=since) == 2
    for remote_id in (first, second):
        assert world.cases(remote_id) == {"combined_forbidden"}
        case = world.case("combined_forbidden", remote_id)
        assert case.deadline == world.order(remote_id).ship_by
    world.step()
    assert world.record(first)["orderStatus"] == "on_hold"
    assert world.confirms(first) + world.confirms(second) == []


def test_a_label_bought_before_the_combine_was_read_is_not_told_either(
    make_world: MakeWorld,
) -> None:
    world = make_world(combined="forbid")
    # ShipStation's list of changes comes two minutes late, its labels at once.
    world.sandbox.config(shipstation={"index_lag": 120})
    first, second = combined(world)
    world.sandbox.ship(keys(world, first))
    world.later(30, "dispatches", "confirm")
    for _ in range(4):
        world.later(120)

    assert world.confirms(first) + world.confirms(second) == []
    assert world.cases(first) == world.cases(second) == {"combined_forbidden"}


def test_taken_apart_the_case_ends_and_each_goes_its_way(make_world: MakeWorld) -> None:
    world = make_world(combined="forbid")
    first, second = combined(world)
    for _ in range(2):
        world.later()
    world.sandbox.manual(order_keys=keys(world, first), action="uncombine")
    for _ in range(3):
        world.later()
    for remote_id in (first, second):
        assert world.cases(remote_id) == set()
        assert world.record(remote_id)["orderStatus"] == "awaiting_shipment"

    world.sandbox.ship()
    for _ in range(2):
        world.later()
    assert len(world.confirms(first)) == len(world.confirms(second)) == 1


def test_a_leads_word_lets_it_go_once_every_order_in_it_has_one(
    make_world: MakeWorld,
) -> None:
    world = make_world(combined="forbid")
    first, second = combined(world)
    for _ in range(2):
        world.later()
    ops = staff("otto", superuser=False)
    case = world.case("combined_forbidden", first)
    with pytest.raises(NotAllowedError):
        resolve(case, "let_go", ops, "because", case.version)

    world.decide("combined_forbidden", first, "let_go")
    world.later(400)
    assert world.record(first)["orderStatus"] == "on_hold"
    world.decide("combined_forbidden", second, "let_go")
    for _ in range(2):
        world.later(400)
    assert world.record(first)["orderStatus"] == "awaiting_shipment"
    world.sandbox.ship(keys(world, first))
    for _ in range(3):
        world.later()
    assert len(world.confirms(first)) == len(world.confirms(second)) == 1
    assert world.cases(first) == world.cases(second) == set()


# --- before the label -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "status"), [("ask", "on_hold"), ("cancel", "cancelled")]
)
def test_a_request_before_the_label_holds_or_cancels(
    value: str, status: str, make_world: MakeWorld
) -> None:
    world = make_world(cancel_request=value)
    (remote_id,) = world.live()
    world.sandbox.cancel("amazon", remote_id, "request")
    for _ in range(3):
        world.later()

    assert world.record(remote_id)["orderStatus"] == status


@pytest.mark.parametrize(
    ("value", "pushed"), [(0, "awaiting_shipment"), (60, "on_hold")]
)
def test_the_release_window_creates_on_hold(
    value: int, pushed: str, make_world: MakeWorld
) -> None:
    world = make_world(release_window_minutes=value)
    (remote_id,) = world.place(1)
    world.step()

    (created,) = world.by_key("shipstation", "create")[world.order(remote_id).order_key]
    assert created["status"] == pushed


# --- when it is told ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ({"confirm_timing": "at_label"}, 1),
        ({"confirm_timing": "hours_after", "confirm_hours": 6}, 0),
        (
            {
                "confirm_timing": "hours_after",
                "confirm_hours": 6,
                "confirm_margin_minutes": 60,
            },
            0,
        ),
        (
            {
                "confirm_timing": "hours_after",
                "confirm_hours": 6,
                "confirm_margin_minutes": 3000,
            },
            1,
        ),
        ({"confirm_timing": "hours_after", "confirm_hours": 0}, 1),
    ],
)
def test_the_time_of_a_confirmation_is_the_rules(
    rules: dict[str, Any], told: int, make_world: MakeWorld
) -> None:
    world = make_world(**rules)
    (remote_id,) = world.live()
    world.sandbox.ship()
    for _ in range(2):
        world.later()

    assert len(world.confirms(remote_id)) == told
