"""The calls of Finance: statements, what is in them, payments (sheet section 9)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from stores.sandbox.tiktok.accounts import FINANCE_SCOPE
from stores.sandbox.tiktok.answers import bad_parameter
from stores.sandbox.tiktok.calls import Call, Operation, Serve, operation
from stores.sandbox.tiktok.render import money
from stores.sandbox.tiktok.search import cut, read_page
from stores.sandbox.tiktok.settle import (
    ORDER,
    REFUND,
    SkuRow,
    Statement,
    Transaction,
)

Json = dict[str, Any]

STATUSES = ("PAID", "FAILED", "PROCESSING")


def get_statements(call: Call) -> Json:
    """``Get Statements``; revenue_amount is not for British and American shops."""
    page = read_page(
        call.params,
        default=20,
        most=100,
        order="ASC",
        fields=("statement_time",),
    )
    status = call.params.get("payment_status")
    if status is not None and status not in STATUSES:
        raise bad_parameter(f"payment_status={status!r}")
    start, end = _span(call, "statement_time")
    found = [
        row
        for row in _own(call)
        if status in (None, row.status) and start <= row.moment < end
    ]
    rows, token, _ = cut(found, page, lambda row: (row.moment, row.id))
    return {
        "statements": [_statement(call, row) for row in rows],
        "next_page_token": token,
    }


def _statement(call: Call, row: Statement) -> Json:
    found = call.world.money.of_statement(row)
    skus = _skus(found)
    return {
        "id": row.id,
        "statement_time": row.moment,
        "currency": row.currency,
        "settlement_amount": money(_settled(row, found)),
        "net_sales_amount": money(sum(sku.revenue for sku in skus)),
        "fee_amount": money(sum(sku.commission for sku in skus)),
        "shipping_cost_amount": "0.00",
        "adjustment_amount": money(-sum(each.adjustment for each in found)),
        "payment_status": row.status,
        "payment_id": row.payment_id,
    }


def get_transactions(call: Call, statement_id: str) -> Json:
    """``Get Transactions by Statement``."""
    statement = next((row for row in _own(call) if row.id == statement_id), None)
    if statement is None:
        raise bad_parameter("statement_id is none of the shop's")
    page = read_page(
        call.params,
        default=20,
        most=100,
        order="ASC",
        fields=("order_create_time",),
    )
    every = call.world.money.of_statement(statement)
    rows, token, total = cut(every, page, lambda row: (row.order_created, row.id))
    skus = _skus(every)
    amount = money(_settled(statement, every))
    return {
        "id": statement.id,
        "create_time": statement.moment,
        "status": "SETTLED",
        "currency": statement.currency,
        "payable_amount": amount,
        "total_reserve_amount": "0.00",
        "total_settlement_amount": amount,
        "total_settlement_breakdown": {
            "total_revenue_amount": money(sum(sku.revenue for sku in skus)),
            "total_shipping_cost_amount": "0.00",
            "total_fee_tax_amount": money(sum(sku.commission for sku in skus)),
            "total_adjustment_amount": money(-sum(each.adjustment for each in every)),
        },
        "total_count": total,
        "next_page_token": token,
        "transactions": [_transaction(row) for row in rows],
    }


def _transaction(row: Transaction) -> Json:
    adjusts = row.kind not in (ORDER, REFUND)
    named = "adjustment_order_id" if adjusts else "order_id"
    return {
        "id": row.id,
        "type": row.kind,
        named: row.order_id,
        **({"adjustment_id": row.id} if adjusts else {}),
        "order_create_time": row.order_created,
        **_amounts(row.rows, row.kind),
        # The reference's formula takes it off.
        "adjustment_amount": money(-row.adjustment),
        "settlement_amount": money(row.settlement),
        "supplementary_component": {
            "platform_discount_amount": money(
                sum(sku.platform_discount for sku in row.rows)
            )
        },
    }


def _amounts(rows: list[SkuRow], kind: str) -> Json:
    """Amounts with their parts: each total is the sum of its breakdown."""
    gross, own = sum(x.gross for x in rows), sum(x.seller_discount for x in rows)
    fee = sum(row.commission for row in rows)
    sold = kind == ORDER
    return {
        "settlement_amount": money(gross - own - fee),
        "revenue_amount": money(gross - own),
        "revenue_breakdown": {
            "subtotal_before_discount_amount": money(gross if sold else 0),
            "seller_discount_amount": money(-own if sold else 0),
            "refund_subtotal_before_discount_amount": money(0 if sold else gross),
            "seller_discount_refund_amount": money(0 if sold else -own),
        },
        "shipping_cost_amount": "0.00",
        "shipping_cost_breakdown": {
            "actual_shipping_fee_amount": "0.00",
            "customer_paid_shipping_fee_amount": "0.00",
        },
        "fee_tax_amount": money(fee),
        "fee_tax_breakdown": {
            "fee": {"platform_commission_amount": money(fee)},
            "tax": {"vat_amount": "0.00"},
        },
    }


def get_order_transactions(call: Call, order_id: str) -> Json:
    """``Get Transactions by Order``: by SKU, of the days that are closed."""
    order = call.own_order(order_id)
    found = [
        row
        for row in call.world.money.transactions.values()
        if row.order_id == order_id and row.statement_id
    ]
    skus = _skus(found)
    return {
        "order_id": order_id,
        "order_create_time": order.created,
        "currency": order.currency,
        "revenue_amount": money(sum(sku.revenue for sku in skus)),
        "fee_and_tax_amount": money(sum(sku.commission for sku in skus)),
        "shipping_cost_amount": "0.00",
        "settlement_amount": money(sum(sku.settlement for sku in skus)),
        "sku_transactions": [
            {
                "sku_id": sku.sku_id,
                "sku_name": sku.sku_name,
                "product_name": sku.product_name,
                "statement_id": row.statement_id,
                "quantity": str(sku.quantity),
                **_amounts([sku], row.kind),
            }
            for row in found
            for sku in row.rows
        ],
    }


def get_payments(call: Call) -> Json:
    """``Get Payments``: one of each statement; nothing is exchanged."""
    page = read_page(
        call.params,
        default=20,
        most=100,
        order="ASC",
        fields=("create_time",),
    )
    start, end = _span(call, "create_time")
    found = [row for row in _own(call) if start <= row.moment < end]
    rows, token, _ = cut(found, page, lambda row: (row.moment, row.payment_id))
    return {
        "payments": [_payment(call, row) for row in rows],
        "next_page_token": token,
    }


def _payment(call: Call, row: Statement) -> Json:
    total = _settled(row, call.world.money.of_statement(row))
    amount = {"value": money(total), "currency": row.currency}
    body: Json = {
        "id": row.payment_id,
        "create_time": row.moment,
        "status": row.status,
        "amount": amount,
        "settlement_amount": amount,
        "reserve_amount": {"value": "0.00", "currency": row.currency},
        "payment_amount_before_exchange": amount,
        "exchange_rate": "1.000000",
        "bank_account": "************0042",
    }
    if row.paid_at:
        body["paid_time"] = row.paid_at
    return body


def _own(call: Call) -> list[Statement]:
    rows = call.world.money.statements.values()
    return [row for row in rows if row.shop_id == call.shop_id]


def _settled(row: Statement, found: Iterable[Transaction]) -> int:
    return row.surplus + sum(each.settlement for each in found)


def _skus(rows: Iterable[Transaction]) -> list[SkuRow]:
    return [sku for row in rows for sku in row.rows]


def _span(call: Call, name: str) -> tuple[int, int]:
    """[ge, lt) of the query; without them everything."""
    texts = [call.params.get(f"{name}_{end}", "") for end in ("ge", "lt")]
    if any(text and not text.isdigit() for text in texts):
        raise bad_parameter(f"{name}: Unix seconds")
    start, end = texts
    return int(start or 0), int(end or 2**40)


def _finance(name: str, path: str, serve: Serve) -> Operation:
    return operation(name, "GET", f"finance/{path}", serve, FINANCE_SCOPE)


_ROWS = "statement_transactions"
OPERATIONS = (
    _finance("getStatements", "<202309>/statements", get_statements),
    _finance(
        "getTransactionsByStatement",
        f"<202501>/statements/{{statement_id}}/{_ROWS}",
        get_transactions,
    ),
    _finance(
        "getTransactionsByOrder",
        f"<202501>/orders/{{order_id}}/{_ROWS}",
        get_order_transactions,
    ),
    _finance("getPayments", "<202309|202605>/payments", get_payments),
)
