from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from stores.sandbox.core import ControlError
from tests.sandbox.tiktok.driver import Driver, code, ok

STATEMENTS = "finance/202309/statements"
BY_TIME: dict[str, Any] = {"sort_field": "statement_time"}
ROWS = "statement_transactions"


def delivered(tiktok: Driver, **spec: Any) -> str:
    number = f"AB{spec.get('seed', 0):09d}GB"
    order_id = tiktok.open_one(**{"lines": 3, "seller_discount": True, **spec})
    ok(tiktok.tell(order_id, number=number))
    tiktok.peer.control("scan", {"order_id": order_id, "stage": "DELIVERED"})
    return order_id


def statements(tiktok: Driver) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tiktok.get(STATEMENTS, **BY_TIME)["statements"]
    return rows


def transactions(tiktok: Driver, statement_id: str) -> dict[str, Any]:
    path = f"finance/202501/statements/{statement_id}/{ROWS}"
    found: dict[str, Any] = tiktok.get(path, sort_field="order_create_time")
    return found


def total(rows: list[dict[str, Any]], name: str = "settlement_amount") -> Decimal:
    return sum((Decimal(row[name]) for row in rows), Decimal())


def test_a_delivered_order_is_in_the_statement_of_the_day_it_settles(
    tiktok: Driver,
) -> None:
    order_id = delivered(tiktok)

    tiktok.later(days=7)
    before = statements(tiktok)
    tiktok.later(hours=14)  # from ten o'clock to midnight

    (statement,) = statements(tiktok)
    assert before == []
    assert statement["statement_time"] % 86_400 == 0
    (row,) = transactions(tiktok, statement["id"])["transactions"]
    assert (row["order_id"], row["type"]) == (order_id, "ORDER")
    assert "revenue_amount" not in statement  # not for British shops


def test_amounts_add_exactly_from_sku_to_statement(tiktok: Driver) -> None:
    ids = [delivered(tiktok, seed=seed) for seed in range(5)]
    tiktok.later(days=8)

    (statement,) = statements(tiktok)
    day = transactions(tiktok, statement["id"])
    orders = [
        tiktok.get(f"finance/202501/orders/{order_id}/{ROWS}") for order_id in ids
    ]

    amount = Decimal(statement["settlement_amount"])
    assert amount == Decimal(day["total_settlement_amount"]) == total(orders)
    assert amount == total(day["transactions"])
    assert amount == (
        Decimal(statement["net_sales_amount"]) - Decimal(statement["fee_amount"])
    )
    for order in orders:
        rows = order["sku_transactions"]
        assert Decimal(order["settlement_amount"]) == total(rows)
        for row in rows:
            parts = row["revenue_breakdown"].values()
            assert Decimal(row["revenue_amount"]) == sum(map(Decimal, parts))
            assert Decimal(row["settlement_amount"]) == (
                Decimal(row["revenue_amount"]) - Decimal(row["fee_tax_amount"])
            )


def test_a_statement_is_paid_later(tiktok: Driver) -> None:
    delivered(tiktok)
    tiktok.later(days=7, hours=14)
    processing = statements(tiktok)[0]["payment_status"]

    tiktok.later(days=1)

    (statement,) = statements(tiktok)
    (payment,) = tiktok.get("finance/202605/payments", sort_field="create_time")["payments"]  # fmt: skip
    assert (processing, statement["payment_status"]) == ("PROCESSING", "PAID")
    assert payment["id"] == statement["payment_id"]
    assert payment["paid_time"] == tiktok.time.seconds
    assert payment["amount"]["value"] == statement["settlement_amount"]


def test_a_payment_may_fail(tiktok: Driver) -> None:
    delivered(tiktok)
    tiktok.peer.fault({"fault": "payment_failed"})

    tiktok.later(days=10)

    assert statements(tiktok)[0]["payment_status"] == "FAILED"
    assert tiktok.get(STATEMENTS, payment_status="PAID", **BY_TIME)["statements"] == []


def test_a_refund_is_taken_back_in_a_later_statement(tiktok: Driver) -> None:
    order_id = delivered(tiktok)
    with pytest.raises(ControlError, match="not settled"):
        tiktok.peer.control("refund", {"order_id": order_id})
    tiktok.later(days=8)

    tiktok.peer.control("refund", {"order_id": order_id})
    tiktok.later(days=1)

    first, second = statements(tiktok)
    (row,) = transactions(tiktok, second["id"])["transactions"]
    assert row["type"] == "REFUND"
    assert Decimal(second["settlement_amount"]) == -Decimal(first["settlement_amount"])


def test_what_is_cancelled_or_on_its_way_is_not_settled(tiktok: Driver) -> None:
    on_its_way, cancelled = tiktok.open_one(seed=1), tiktok.open_one(seed=2)
    ok(tiktok.tell(on_its_way))
    tiktok.peer.cancel({"order_id": cancelled, "how": "cancelled"})

    tiktok.later(days=8)

    assert statements(tiktok) == []


def test_statements_are_found_by_time_and_page(tiktok: Driver) -> None:
    for seed in range(3):
        delivered(tiktok, seed=seed)
        tiktok.later(days=1)
    tiktok.later(days=7)
    every = statements(tiktok)

    page = tiktok.get(STATEMENTS, page_size=2, **BY_TIME)
    rest = tiktok.get(STATEMENTS, page_size=2, page_token=page["next_page_token"], **BY_TIME)  # fmt: skip
    since = tiktok.get(STATEMENTS, statement_time_ge=every[1]["statement_time"], **BY_TIME)  # fmt: skip

    assert len(every) == 3
    assert page["statements"] + rest["statements"] == every
    assert since["statements"] == every[1:]
    assert code(tiktok.call("GET", STATEMENTS)) == 101000
    unknown = tiktok.call("GET", STATEMENTS, payment_status="LATE", **BY_TIME)
    assert code(unknown) == 101000
