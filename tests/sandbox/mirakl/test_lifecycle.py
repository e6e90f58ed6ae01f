from __future__ import annotations

from typing import Any

import pytest

from stores.sandbox.core import ControlError
from tests.sandbox.mirakl.driver import Driver, code, read

ACCEPT = "orders/{}/accept"


@pytest.fixture
def homeware(mirakl: Driver) -> Driver:
    return mirakl.at("homeware")


@pytest.fixture
def salon(mirakl: Driver) -> Driver:
    return mirakl.at("salon")


def decide(shop: Driver, order_id: str, rows: Any) -> Any:
    return shop.call("PUT", ACCEPT.format(order_id), {"order_lines": rows})


def rows_of(shop: Driver, order_id: str, **decisions: bool) -> list[Any]:
    """A decision on each line; yes but for the indexes named ``n1``, ``n2`` …"""
    return [
        {
            "id": line["order_line_id"],
            "accepted": decisions.get(f"n{line['order_line_index']}", True),
        }
        for line in shop.order(order_id)["order_lines"]
    ]


def several(shop: Driver, **spec: Any) -> str:
    """A waiting order of at least two lines."""
    for seed in range(20):
        order_id = shop.place_one(seed=seed, lines=6, **spec)
        if len(shop.order(order_id)["order_lines"]) > 1:
            return order_id
    raise AssertionError("no order of several lines")


def test_an_operator_that_accepts_by_itself_leaves_no_decision(mirakl: Driver) -> None:
    order_id = mirakl.place_one()

    assert mirakl.state(order_id) == "SHIPPING"
    assert mirakl.order(order_id)["acceptance_decision_date"] is None
    assert code(decide(mirakl, order_id, rows_of(mirakl, order_id))) == "ORDER_INVALID_STATE"  # fmt: skip


def test_after_an_acceptance_the_money_is_waited_for(homeware: Driver) -> None:
    order_id = homeware.place_one()
    seen = [homeware.state(order_id)]

    assert decide(homeware, order_id, rows_of(homeware, order_id)).status_code == 204
    for minutes in (0, 8, 8):
        homeware.later(minutes=minutes)
        seen.append(homeware.state(order_id))

    assert seen == ["WAITING_ACCEPTANCE", "WAITING_DEBIT", "WAITING_DEBIT_PAYMENT", "SHIPPING"]  # fmt: skip
    order = homeware.order(order_id)
    assert order["acceptance_decision_date"] == "2026-11-22T10:00:00.000Z"
    assert order["customer_debited_date"] == "2026-11-22T10:15:00.000Z"
    (row,) = homeware.ledger("accept")
    assert (row["key"], row["accepted"]) == (order_id, True)


def test_silence_is_a_refusal_once_the_time_is_over(homeware: Driver) -> None:
    silent, taken = homeware.place_one(seed=1), homeware.place_one(seed=2)
    homeware.accept(taken)
    homeware.later(days=2, seconds=-1)
    assert homeware.state(silent) == "WAITING_ACCEPTANCE"
    homeware.later(seconds=1)

    assert homeware.state(silent) == "REFUSED"
    assert homeware.state(taken) == "SHIPPING"
    (row,) = homeware.ledger("refused")
    assert (row["key"], row["by"]) == (silent, "TIMEOUT")
    assert homeware.accept(silent).status_code == 400


def test_refusing_every_line_refuses_the_order(homeware: Driver) -> None:
    order_id = several(homeware)
    rows = [{**row, "accepted": False} for row in rows_of(homeware, order_id)]

    assert decide(homeware, order_id, rows).status_code == 204

    order = homeware.order(order_id)
    assert order["order_state"] == "REFUSED"
    assert {line["order_line_state"] for line in order["order_lines"]} == {"REFUSED"}
    assert homeware.ledger("refused")[0]["by"] == "SHOP"


def test_lines_are_taken_one_by_one_where_the_operator_allows(
    homeware: Driver, salon: Driver
) -> None:
    whole, single = several(homeware), several(salon)

    refused = decide(homeware, whole, rows_of(homeware, whole, n1=False))
    taken = decide(salon, single, rows_of(salon, single, n1=False))

    assert (refused.status_code, code(refused)) == (400, "ORDER_PARTIAL_ACCEPTANCE_DISABLED")  # fmt: skip
    assert homeware.state(whole) == "WAITING_ACCEPTANCE"
    assert taken.status_code == 204
    order = salon.order(single)
    states = [line["order_line_state"] for line in order["order_lines"]]
    assert (order["order_state"], states[0], set(states[1:])) == ("SHIPPING", "REFUSED", {"SHIPPING"})  # fmt: skip


def test_a_decision_that_is_not_whole_is_refused_with_its_code(salon: Driver) -> None:
    order_id = several(salon)
    first, second, *rest = rows_of(salon, order_id)
    theirs = salon.place_one(seed=99, fulfilled_by="operator")

    for rows, status, found in (
        ([first], 400, "ORDER_LINE_ACCEPTANCE_DECISION_MISSING"),
        ([first, first, second, *rest], 400, "ORDER_LINE_DUPLICATE_ID"),
        ([first, None], 400, "ORDER_LINE_NULL_ELEMENT"),
        ([{"id": "1-A-1", "accepted": True}], 404, "ORDER_LINE_NOT_FOUND"),
        ([{"id": first["id"]}], 400, "VALIDATION_ERROR"),
        ([], 400, "VALIDATION_ERROR"),
    ):
        answer = decide(salon, order_id, rows)
        assert (answer.status_code, code(answer)) == (status, found)
    assert code(decide(salon, "9-A", [first])) == "ORDER_NOT_FOUND"
    assert code(decide(salon, theirs, [first])) == "ORDER_FULFILLED_UNAUTHORIZED"
    assert salon.state(order_id) == "WAITING_ACCEPTANCE"


def test_a_staged_order_is_offered_after_the_check(homeware: Driver) -> None:
    order_id = homeware.place_one(staging=600)

    assert homeware.state(order_id) == "STAGING"
    homeware.later(minutes=10)
    assert homeware.state(order_id) == "WAITING_ACCEPTANCE"


def test_an_order_that_is_never_paid_is_cancelled(homeware: Driver) -> None:
    order_id = homeware.place_one(debit_fails=True)
    homeware.accept(order_id)

    homeware.later(days=4)

    order = homeware.order(order_id)
    assert order["order_state"] == "CANCELED"
    assert order["order_state_reason_label"] == "Payment refused"
    assert order["customer"]["shipping_address"] is None


def test_a_cancelled_order_just_turns_up_so(mirakl: Driver) -> None:
    order_id = mirakl.ready(lines=6, seed=3)
    before = mirakl.order(order_id)["last_updated_date"]
    mirakl.later(seconds=5)

    mirakl.peer.cancel({"order_id": order_id, "how": "cancelled"})

    order = mirakl.order(order_id)
    assert (order["order_state"], order["has_incident"]) == ("CANCELED", False)
    assert order["last_updated_date"] > before
    assert order["order_state_reason_code"] == "3"
    for line in order["order_lines"]:
        (row,) = line["cancelations"]
        assert (row["quantity"], row["amount"]) == (line["quantity"], line["price"])
    assert mirakl.track(order_id).status_code == 400
    assert mirakl.ship(order_id).status_code == 400


def test_a_cancelled_part_leaves_the_order_in_shipping(mirakl: Driver) -> None:
    order_id = mirakl.ready(sku="MUG-BLUE", quantity=3)

    done = mirakl.peer.cancel({"order_id": order_id, "how": "line", "quantity": 1})

    order = mirakl.order(order_id)
    (line,) = order["order_lines"]
    assert (done["status"], order["order_state"]) == ("SHIPPING", "SHIPPING")
    assert (line["quantity"], line["order_line_state"]) == (3, "SHIPPING")
    assert [(r["quantity"], r["amount"]) for r in line["cancelations"]] == [(1, 12.9)]
    assert mirakl.track(order_id).status_code == 204
    assert mirakl.ship(order_id).status_code == 204
    (row,) = mirakl.ledger("ship")
    assert row["items"] == {line["order_line_id"]: 2}


def test_the_last_line_that_ends_takes_the_order_with_it(mirakl: Driver) -> None:
    order_id = mirakl.ready(sku="MUG-BLUE", quantity=2)

    mirakl.peer.cancel({"order_id": order_id, "how": "line"})

    assert mirakl.state(order_id) == "CANCELED"
    with pytest.raises(ControlError, match="CANCELED"):
        mirakl.peer.cancel({"order_id": order_id, "how": "line"})


def test_a_wish_to_cancel_is_a_message_and_may_be_taken_back(mirakl: Driver) -> None:
    order_id = mirakl.ready()

    mirakl.peer.cancel({"order_id": order_id, "how": "request"})

    order = mirakl.order(order_id)
    assert (order["order_state"], order["has_customer_message"]) == ("SHIPPING", True)
    (thread,) = mirakl.get("inbox/threads", entity_type="MMP_ORDER", entity_id=order_id)["data"]  # fmt: skip
    reasons = {row["code"]: row for row in mirakl.get("reasons")["reasons"]}
    assert reasons[thread["topic"]["value"]]["label"] == "I want to cancel my order"
    mirakl.peer.cancel({"order_id": order_id, "how": "withdrawn"})
    full = mirakl.get(f"inbox/threads/{thread['id']}")
    assert len(full["messages"]) == 2
    with pytest.raises(ControlError, match="nobody asked"):
        mirakl.peer.cancel({"order_id": order_id, "how": "withdrawn"})


def test_a_wish_to_cancel_may_be_an_incident(mirakl: Driver) -> None:
    order_id = mirakl.ready()

    mirakl.peer.cancel({"order_id": order_id, "how": "request", "via": "incident"})

    order = mirakl.order(order_id)
    assert (order["has_incident"], order["has_customer_message"]) == (True, False)
    states = [line["order_line_state"] for line in order["order_lines"]]
    assert "INCIDENT_OPEN" in states
    mirakl.peer.cancel({"order_id": order_id, "how": "withdrawn"})
    assert mirakl.order(order_id)["has_incident"] is False


def test_other_messages_look_the_same(mirakl: Driver) -> None:
    order_id = mirakl.ready()

    mirakl.peer.control(
        "message", {"order_id": order_id, "text": "Which colour is it?"}
    )

    assert mirakl.order(order_id)["has_customer_message"] is True
    (row,) = mirakl.peer.orders_view()
    assert row["cancel"] == "none"
    assert mirakl.get("inbox/threads", updated_since="2026-11-22T10:00:01Z")["data"] == []  # fmt: skip


@pytest.mark.parametrize(
    ("how", "state", "word"),
    [
        ("request", "SHIPPING", "requested"),
        ("cancelled", "CANCELED", "cancelled"),
        ("line", "CANCELED", "cancelled"),
    ],
)
def test_a_share_of_orders_ends_late(
    mirakl: Driver, how: str, state: str, word: str
) -> None:
    ids = mirakl.place(4, sku="MUG-BLUE", late_cancel=0.5, late_cancel_how=how, late_cancel_after=60)  # fmt: skip
    assert {row["cancel"] for row in mirakl.peer.orders_view()} == {"none"}

    mirakl.later(seconds=60)

    rows = {row["order_id"]: row for row in mirakl.peer.orders_view()}
    assert [rows[each]["cancel"] for each in ids] == [word, word, "none", "none"]
    assert mirakl.state(ids[0]) == state


def test_the_shop_ends_an_order_where_it_may(mirakl: Driver, homeware: Driver) -> None:
    own, theirs = mirakl.ready(), homeware.ready()

    assert mirakl.order(own)["can_cancel"] is True
    assert mirakl.call("PUT", f"orders/{own}/cancel").status_code == 204
    assert mirakl.state(own) == "CANCELED"
    assert mirakl.order(own)["can_cancel"] is False
    assert mirakl.call("PUT", f"orders/{own}/cancel").status_code == 400
    assert homeware.order(theirs)["can_cancel"] is False
    assert homeware.call("PUT", f"orders/{theirs}/cancel").status_code == 400
    (row,) = mirakl.ledger("cancelled")
    assert (row["key"], row["by"]) == (own, "SHOP")


def part(shop: Driver, order_id: str, **changes: Any) -> Any:
    """OR30 of one mug of an order of three."""
    (line,) = shop.order(order_id)["order_lines"]
    row = {
        "order_line_id": line["order_line_id"],
        "quantity": 1,
        "amount": 12.9,
        "shipping_amount": 0,
        "reason_code": "1",
        "taxes": [{"code": "VAT", "amount": 2.15}],
        "currency_iso_code": "GBP",
        **changes,
    }
    body = {"order_tax_mode": "TAX_INCLUDED", "cancelations": [row]}
    return shop.call("PUT", "orders/cancel", body)


def test_the_shop_ends_a_part_of_a_line(mirakl: Driver) -> None:
    order_id = mirakl.ready(sku="MUG-BLUE", quantity=3)

    answer = part(mirakl, order_id)

    assert answer.status_code == 200
    (made,) = read(answer)["cancelations"]
    (line,) = mirakl.order(order_id)["order_lines"]
    assert [row["id"] for row in line["cancelations"]] == [made["cancelation_id"]]
    assert mirakl.ledger("line_cancelled")[0]["left"] == 2


def test_the_amount_decides_not_the_quantity(mirakl: Driver) -> None:
    order_id = mirakl.ready(sku="MUG-BLUE", quantity=3)

    assert part(mirakl, order_id, quantity=1, amount=38.7).status_code == 200

    assert mirakl.state(order_id) == "CANCELED"


def test_units_without_their_amount_leave_the_order_open(mirakl: Driver) -> None:
    order_id = mirakl.ready(sku="MUG-BLUE", quantity=3)

    assert part(mirakl, order_id, quantity=3, amount=1).status_code == 200

    mirakl.later(minutes=1)
    assert mirakl.state(order_id) == "SHIPPING"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reason_code": "3"}, "'3' may not be used"),
        ({"reason_code": "11"}, "'11' may not be used"),
        ({"amount": 99}, "38.7 is left"),
        ({"amount": 0}, "above 0"),
        ({"amount": "12.9"}, "a number is required"),
        ({"quantity": 4}, "3 are left"),
        ({"quantity": 0.5}, "whole number"),
        ({"shipping_amount": 50}, "is left of the line"),
        ({"taxes": []}, "the order has taxes"),
        ({"currency_iso_code": "EUR"}, "orders are in GBP"),
        ({"order_line_id": "1-A-1"}, "not found"),
    ],
)
def test_a_part_that_can_not_end_is_refused(
    mirakl: Driver, changes: Any, words: str
) -> None:
    order_id = mirakl.ready(sku="MUG-BLUE", quantity=3)

    answer = part(mirakl, order_id, **changes)

    assert answer.status_code in (400, 404)
    assert words in read(answer)["message"]
    assert mirakl.ledger("line_cancelled") == []


def test_an_order_that_left_is_received_and_closed_in_time(mirakl: Driver) -> None:
    order_id = mirakl.ready()
    mirakl.track(order_id)
    mirakl.ship(order_id)

    seen = []
    for days in (0, 7, 14):
        mirakl.later(days=days)
        seen.append(mirakl.state(order_id))

    assert seen == ["SHIPPED", "RECEIVED", "CLOSED"]
    (line,) = {line["order_line_state"] for line in mirakl.order(order_id)["order_lines"]}  # fmt: skip
    assert line == "CLOSED"


def test_a_parcel_shop_holds_the_parcel_first(homeware: Driver) -> None:
    order_id = homeware.ready(collect=True)
    assert homeware.order(order_id)["shipping_pudo_id"].startswith("PUDO-")
    homeware.track(order_id, carrier_code="dpd-uk", tracking_number="15501234567890")
    homeware.ship(order_id)

    homeware.later(days=1)

    assert homeware.state(order_id) == "TO_COLLECT"
    homeware.later(days=7)
    assert homeware.state(order_id) == "RECEIVED"


def test_time_can_be_spared(mirakl: Driver, homeware: Driver, salon: Driver) -> None:
    silent, paid = homeware.place_one(seed=1), homeware.place_one(seed=2)
    sent = salon.ready(sku="MUG-BLUE", quantity=1)
    row = {"order_line_id": f"{sent}-1", "quantity": 1}
    tracking = {"carrier_code": "31", "tracking_number": "15501234567890"}
    body = {"shipments": [{"order_id": sent, "shipped": True, "shipment_lines": [row], "tracking": tracking}]}  # fmt: skip
    assert read(salon.call("POST", "shipments", body))["shipment_errors"] == []
    homeware.accept(paid)

    def move(what: str, **spec: Any) -> Any:
        found = mirakl.peer.control("move_on", {"what": what, **spec})
        return found["order_ids"]

    assert move("paid") == [paid]
    assert move("silence", order_id=silent) == [silent]
    assert move("checked") == [sent]
    assert move("received") == [sent]
    assert move("received") == []
    states = [mirakl.state(each) for each in (silent, paid, sent)]
    assert states == ["REFUSED", "SHIPPING", "RECEIVED"]
    (shipment,) = salon.get("shipments")["data"]
    assert shipment["tracking"]["validity_status"] == "VERIFIED"
    with pytest.raises(ControlError, match="silence, paid"):
        move("summer")
