from __future__ import annotations

import json
from typing import Any

import pytest

from stores.sandbox.mirakl.peer import MiraklPeer
from tests.sandbox.mirakl.driver import Driver, read

LOG, CYCLES = "sellerpayment/transactions_logs", "seller-billing-cycles"


@pytest.fixture(autouse=True)
def _no_limits(mirakl: Driver) -> None:
    mirakl.peer.configure({"limits": {"all": "off"}})


def log(shop: Driver, **query: Any) -> list[Any]:
    rows: list[Any] = shop.get(LOG, limit=2000, **query)["data"]
    return rows


def cycles(shop: Driver) -> list[Any]:
    rows: list[Any] = shop.get(CYCLES)["data"]
    return rows


def sold(shop: Driver, **spec: Any) -> str:
    """An order that has left; its id."""
    order_id = shop.ready(sku="MUG-BLUE", quantity=2, **spec)
    carrier = shop.rules.carriers[0].code
    assert shop.track(order_id, carrier_code=carrier, tracking_number="1").status_code == 204  # fmt: skip
    assert shop.ship(order_id).status_code == 204
    return order_id


def refund(shop: Driver, order_id: str, **changes: Any) -> Any:
    row = {
        "order_line_id": f"{order_id}-1",
        "quantity": 1,
        "amount": 12.9,
        "shipping_amount": 0,
        "reason_code": "11",
        **changes,
    }
    return shop.call("PUT", "orders/refund", {"refunds": [row]})


def test_a_shipped_order_earns_once_it_is_received(mirakl: Driver) -> None:
    order_id = sold(mirakl)
    pending = log(mirakl, order_id=order_id)
    mirakl.later(days=7)

    payable = log(mirakl, order_id=order_id, payment_state="PAYABLE")

    assert {row["payment_state"] for row in pending} == {"PENDING"}
    assert {row["id"] for row in payable} == {row["id"] for row in pending}
    amounts = {row["type"]: row["amount"] for row in payable}
    order = mirakl.order(order_id)
    assert amounts["ORDER_AMOUNT"] == order["price"] == 25.8
    fees = amounts["COMMISSION_FEE"] + amounts["COMMISSION_VAT"]
    assert -fees == pytest.approx(order["total_commission"])


def test_the_lines_of_a_cycle_add_up_to_what_is_paid(mirakl: Driver) -> None:
    ids = [sold(mirakl, seed=seed) for seed in range(3)]
    assert refund(mirakl, ids[0]).status_code == 200
    mirakl.peer.control("penalty", {"order_id": ids[1], "amount": 5})
    mirakl.later(days=7)
    assert refund(mirakl, ids[2], amount=25.8).status_code == 200
    mirakl.later(days=20)

    for cycle in cycles(mirakl):
        rows = log(mirakl, seller_billing_cycle_id=cycle["id"])
        earned = [row["amount"] for row in rows if row["type"] != "PAYMENT"]
        (paid,) = [row["amount"] for row in rows if row["type"] == "PAYMENT"]
        assert cycle["pay_out"]["state"] == "PAID"
        assert sum(earned) == pytest.approx(cycle["amount_transferred_to_seller"])
        assert paid == -cycle["amount_transferred_to_seller"]
        assert {row["payment_state"] for row in rows} == {"PAID"}
    assert len(cycles(mirakl)) >= 2
    kinds = {row["type"] for row in log(mirakl)}
    assert kinds >= {"SUBSCRIPTION_FEE", "SELLER_PENALTY_FEE", "REFUND_ORDER_AMOUNT", "REFUND_COMMISSION_FEE"}  # fmt: skip


def test_a_cycle_is_paid_some_days_after_it_closed(mirakl: Driver) -> None:
    sold(mirakl)
    for _ in range(40):
        mirakl.later(days=1)
        if found := cycles(mirakl):
            break

    assert found[0]["pay_out"] == {"state": "TO_PAY"}
    assert log(mirakl, transaction_type="PAYMENT") == []
    mirakl.later(days=3)
    assert cycles(mirakl)[0]["pay_out"]["state"] == "PAID"


def test_a_jump_of_the_clock_puts_nothing_into_an_earlier_cycle(mirakl: Driver) -> None:
    sold(mirakl)

    mirakl.later(days=60)

    created = {row["id"]: row["date_created"] for row in cycles(mirakl)}
    for row in log(mirakl):
        cycle = row["seller_billing_cycle_id"]
        if cycle and row["type"] != "PAYMENT":
            assert row["date_created"] <= created[cycle]


def test_a_pay_out_may_fail(mirakl: Driver) -> None:
    sold(mirakl)
    mirakl.peer.fault({"fault": "payout_failed"})
    assert mirakl.peer.weather() == ["payout_failed, 1"]

    mirakl.later(days=30)

    states = [row["pay_out"] for row in cycles(mirakl)]
    assert states[0] == {"state": "FAILED", "failure_reason": "AWAITING_INVOICE_CHECK"}
    assert {row["state"] for row in states[1:]} == {"PAID"}


def test_the_operator_keeps_the_tax_that_it_remits(mirakl: Driver) -> None:
    shop = mirakl.at("homeware")
    order_id = sold(shop, country="DEU", ioss=True)

    amounts = {row["type"]: row for row in log(shop, order_id=order_id)}

    tax = amounts["OPERATOR_REMITTED_ORDER_AMOUNT_TAX"]
    assert tax["amount"] == pytest.approx(-25.8 * 21 / 121, abs=0.01)
    assert tax["entities"]["order_tax"] == {"code": "VAT", "rate": 21}


def test_a_refund_stands_in_the_order_and_ends_with_the_price(mirakl: Driver) -> None:
    order_id = sold(mirakl)

    first = read(refund(mirakl, order_id))
    second = refund(mirakl, order_id)
    third = refund(mirakl, order_id)

    order = mirakl.order(order_id)
    (line,) = order["order_lines"]
    assert line["refunds"][0]["id"] == first["refunds"][0]["refund_id"]
    assert (second.status_code, third.status_code) == (200, 400)
    assert order["fully_refunded"] is True


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"reason_code": "12"}, 400),
        ({"reason_code": "1"}, 400),
        ({"amount": 0}, 400),
        ({"amount": 26}, 400),
        ({"shipping_amount": 99}, 400),
        ({"order_line_id": "1-A-1"}, 404),
    ],
)
def test_a_refund_that_does_not_fit_is_refused(
    mirakl: Driver, changes: Any, status: int
) -> None:
    assert refund(mirakl, sold(mirakl), **changes).status_code == status
    assert mirakl.ledger("refund") == []


def test_nothing_is_refunded_before_it_left(mirakl: Driver) -> None:
    assert refund(mirakl, mirakl.ready(sku="MUG-BLUE")).status_code == 400


def test_each_shop_sees_its_own_money(mirakl: Driver) -> None:
    sold(mirakl)

    assert log(mirakl)
    assert log(mirakl.at("homeware")) == []


def test_the_log_is_paged_and_cut_by_date(mirakl: Driver) -> None:
    sold(mirakl, seed=1)
    mirakl.later(days=1)
    late = sold(mirakl, seed=2)
    moment = mirakl.time.now.isoformat()

    rows = log(mirakl, date_created_from=moment)
    page = mirakl.get(LOG, limit=2)

    assert {row["entities"]["order"]["id"] for row in rows} == {late}
    assert len(page["data"]) == 2
    assert page["next_page_token"]
    assert mirakl.call("GET", LOG, limit=2001).status_code == 400


def test_a_snapshot_keeps_the_money(mirakl: Driver) -> None:
    sold(mirakl)
    state = json.loads(json.dumps(mirakl.peer.dump()))
    other = Driver(peer=MiraklPeer(), time=mirakl.time)
    other.peer.load(state)
    assert json.loads(json.dumps(other.peer.dump())) == state

    other.later(days=30)

    assert cycles(other)[0]["amount_transferred_to_seller"] != 0
