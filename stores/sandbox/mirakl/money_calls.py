"""OR28, TL02 and SBC11: refunds after shipping, the log, the billing cycles."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from stores.sandbox.mirakl.answers import ApiError, invalid, json_response, wrong_state
from stores.sandbox.mirakl.call import Call
from stores.sandbox.mirakl.order_calls import read_pence, taxes_of
from stores.sandbox.mirakl.orders import LEFT, Line, Order, Refund
from stores.sandbox.mirakl.parts import iso, money
from stores.sandbox.mirakl.search import CHANNEL, read_moment, reference
from stores.sandbox.mirakl.seek import page_of
from stores.sandbox.mirakl.settlement import FAILED, PAID, Cycle, Transaction

Json = dict[str, Any]

FILTERS = (
    *("seller_billing_cycle_id", "payment_state", "transaction_type"),
    *("order_id", "order_line_id"),
)
MOST_ROWS, MOST_CYCLES = 2000, 1000


def refund_lines(call: Call) -> HttpResponse:
    """OR28: all refunds of a call are made, or none."""
    wanted = [_part(call, row) for row in call.rows("refunds", most=100)]
    spent: dict[str, int] = {}
    for _, line, row in wanted:
        spent[line.line_id] = spent.get(line.line_id, 0) + read_pence(row, "amount")
        if spent[line.line_id] > line.refundable:
            raise invalid(f"amount: {money(line.refundable)} is left of the line")
    made = []
    for order, line, row in wanted:
        number = call.world.book.next_number()
        refund = Refund(
            id=str(7000 + number),
            quantity=int(row.get("quantity") or 0),
            amount=read_pence(row, "amount"),
            shipping=read_pence(row, "shipping_amount"),
            reason=row["reason_code"],
            at=call.now,
        )
        line.refunds.append(refund)
        call.world.money.refunded(order, line, refund, call.operator, call.now)
        call.world.book.touch(order, call.now)
        call.world.record(
            "refund", order.order_id, row, accepted=True, line_id=line.line_id
        )
        made.append(
            {
                "amount": money(refund.amount),
                "currency_iso_code": call.operator.currency,
                "fees": [],
                "order_line_id": line.line_id,
                "order_refund_id": f"G{refund.id}",
                "quantity": refund.quantity,
                "reason_code": refund.reason,
                "refund_id": refund.id,
                "shipping_amount": money(refund.shipping),
                "shipping_taxes": taxes_of(row, "shipping_taxes", call.operator),
                "taxes": taxes_of(row, "taxes", call.operator),
            }
        )
    body = {"order_tax_mode": call.operator.tax_mode, "refunds": made}
    return json_response(200, body)


def list_transactions(call: Call) -> HttpResponse:
    """TL02, the newest first."""
    params = call.params
    created = read_moment(params, "date_created_from"), read_moment(params, "date_created_to")  # fmt: skip
    updated = read_moment(params, "last_updated_from")
    chosen = {
        name: {each for text in call.texts(name) for each in text.split(",") if each}
        for name in FILTERS
    }
    found = [
        row
        for row in call.world.money.rows
        if (row.operator, row.shop_id) == (call.operator.code, call.shop_id)
        and row.cycle_id in (chosen["seller_billing_cycle_id"] or {row.cycle_id})
        and row.state in (chosen["payment_state"] or {row.state})
        and row.kind in (chosen["transaction_type"] or {row.kind})
        and row.order_id in (chosen["order_id"] or {row.order_id})
        and row.line_id in (chosen["order_line_id"] or {row.line_id})
        and (created[0] is None or row.created >= created[0])
        and (created[1] is None or row.created <= created[1])
        and (updated is None or row.updated >= updated)
    ]
    by_update = params.get("sort") == "lastUpdated"
    found.sort(key=lambda row: (row.updated if by_update else row.created, row.id))
    if params.get("order", "desc") == "desc":
        found.reverse()
    rows = [render_transaction(row, call) for row in found]
    return json_response(200, page_of(call, rows, most=MOST_ROWS))


def list_cycles(call: Call) -> HttpResponse:
    """SBC11, by creation."""
    states, ids = set(call.texts("pay_out_state")), set(call.texts("id"))
    rows = [
        render_cycle(row, call)
        for row in call.world.money.cycles
        if (row.operator, row.shop_id) == (call.operator.code, call.shop_id)
        and row.state in (states or {row.state})
        and row.id in (ids or {row.id})
    ]
    return json_response(200, page_of(call, rows, most=MOST_CYCLES))


def render_transaction(row: Transaction, call: Call) -> Json:
    """A line of the log."""
    order = call.world.book.get(row.order_id)
    entities: Json = {"domain": "PRODUCT"}
    if order is not None:
        entities["channel"] = {"code": CHANNEL}
        entities["order"] = {
            "commercial_id": order.commercial_id,
            "creation_date": iso(order.created),
            "id": order.order_id,
            "references": {
                "order_reference_for_customer": reference(order),
                "order_reference_for_seller": None,
            },
        }
    if row.line_id:
        entities["order_line"] = {"id": row.line_id}
    if row.refund_id:
        entities["refund"] = {"id": row.refund_id}
    if row.kind.startswith("OPERATOR_REMITTED"):
        entities["order_tax"] = {"code": "VAT", "rate": call.operator.tax_rate}
    return {
        "accounting_document_number": _document(row.cycle_id),
        "amount": money(row.amount),
        "amount_credited": money(max(0, row.amount)),
        "amount_debited": money(max(0, -row.amount)),
        "currency_iso_code": call.operator.currency,
        "date_created": iso(row.created),
        "entities": entities,
        "id": row.id,
        "last_updated": iso(row.updated),
        "payment_state": row.state,
        "seller_billing_cycle_id": row.cycle_id or None,
        "type": row.kind,
    }


def render_cycle(row: Cycle, call: Call) -> Json:
    """A billing cycle."""
    pay_out: Json = {"state": row.state}
    if row.state == PAID:
        pay_out |= {"reference": _document(row.id), "transaction_date": iso(row.paid)}
    if row.state == FAILED:
        pay_out["failure_reason"] = "AWAITING_INVOICE_CHECK"
    totals = _totals(row, call)
    return {
        "amount_transferred_to_operator": money(row.fees),
        "amount_transferred_to_seller": money(row.amount),
        "currency_iso_code": call.operator.currency,
        "date_created": iso(row.created),
        "id": row.id,
        "pay_out": pay_out,
        "shop": {
            "shop_id": row.shop_id,
            "shop_model": "MARKETPLACE",
            "shop_name": call.operator.shops[row.shop_id],
        },
        "summary": {name: money(abs(pence)) for name, pence in totals.items()},
    }


def _totals(cycle: Cycle, call: Call) -> dict[str, int]:
    rows = [row for row in call.world.money.rows if row.cycle_id == cycle.id]

    def total(*kinds: str) -> int:
        return sum(row.amount for row in rows if row.kind in kinds)

    fee, tax = "COMMISSION_FEE", "COMMISSION_VAT"
    return {
        "total_commissions_excl_tax": total(fee),
        "total_commissions_incl_tax": total(fee, tax),
        "total_operator_remitted_taxes": total("OPERATOR_REMITTED_ORDER_AMOUNT_TAX"),
        "total_payable_orders_incl_tax": total("ORDER_AMOUNT", "ORDER_SHIPPING_AMOUNT"),
        "total_refund_commissions_incl_tax": total(f"REFUND_{fee}", f"REFUND_{tax}"),
        "total_refund_orders_incl_tax": total(
            "REFUND_ORDER_AMOUNT", "REFUND_ORDER_SHIPPING_AMOUNT"
        ),
        "total_seller_penalty_fees_incl_tax": total(
            "SELLER_PENALTY_FEE", "SELLER_PENALTY_FEE_TAX"
        ),
        "total_subscription_incl_tax": total("SUBSCRIPTION_FEE", "SUBSCRIPTION_VAT"),
    }


def _part(call: Call, row: object) -> tuple[Order, Line, Json]:
    if not isinstance(row, dict):
        raise invalid("refunds: null element")
    line_id = str(row.get("order_line_id", ""))
    order = call.world.book.get(line_id.rpartition("-")[0])
    if order is not None:
        order = call.own_order(order.order_id)
    line = order.line(line_id) if order is not None else None
    if order is None or line is None:
        raise ApiError(404, f"Order line '{line_id}' not found")
    if line.state not in LEFT:
        raise wrong_state(order.order_id, line.state)
    allowed = {r.code for r in call.operator.reasons if r.kind == "REFUND" and r.shop}
    if row.get("reason_code") not in allowed:
        raise invalid(f"reason_code: '{row.get('reason_code')}' may not be used")
    if read_pence(row, "amount") <= 0:
        raise invalid("amount: must be above 0")
    shipped = line.shipping_left - sum(each.shipping for each in line.refunds)
    if read_pence(row, "shipping_amount") > shipped:
        raise invalid(f"shipping_amount: {money(shipped)} is left of the line")
    return order, line, row


def _document(cycle_id: str) -> str | None:
    return f"INV-{cycle_id[-6:]}" if cycle_id else None
