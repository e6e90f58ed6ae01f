"""OR11, OR12, OR21, OR29, OR30: reading orders, taking them, ending them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from stores.sandbox.mirakl.answers import (
    ApiError,
    empty_response,
    invalid,
    json_response,
    wrong_state,
)
from stores.sandbox.mirakl.call import Call
from stores.sandbox.mirakl.operators import Operator, reason_of
from stores.sandbox.mirakl.orders import (
    DEAD,
    REFUSED,
    SHIPPING,
    WAITING_ACCEPTANCE,
    Line,
    Order,
)
from stores.sandbox.mirakl.parts import money, tax_of
from stores.sandbox.mirakl.render import can_cancel, narrow, render_order
from stores.sandbox.mirakl.search import read_query, run_query
from stores.sandbox.mirakl.weather import poisons

Json = dict[str, Any]


def list_orders(call: Call) -> HttpResponse:
    """OR11."""
    world, operator = call.world, call.operator
    query = read_query(call.params)
    found = run_query(
        query,
        world.book,
        operator.code,
        call.shop_id,
        delta=int(world.settings.update_delta * 1000),
    )
    lag = int(world.settings.list_lag * 1000)
    if lag:
        found = [order for order in found if order.updated <= call.now - lag]
    if query.workflow not in ("", operator.workflow) or query.tax_mode not in (
        "",
        operator.tax_mode,
    ):
        found = []
    rows = []
    for order in found[query.offset : query.offset + query.limit]:
        row = render_order(order, operator, novelty=world.settings.novelties)
        if poisons(world.weather, order):
            row["order_lines"] = "poison"
        rows.append(row)
    return json_response(200, {"orders": rows, "total_count": len(found)})


def get_order(call: Call, order_id: str) -> HttpResponse:
    """OR12, in its narrower shape unless ``wide_order`` is set."""
    order = call.order(order_id)
    body = render_order(order, call.operator, novelty=call.world.settings.novelties)
    wide = call.world.settings.wide_order
    return json_response(200, body if wide else narrow(body))


def accept(call: Call, order_id: str) -> HttpResponse:
    """OR21: each waiting line is taken or refused."""
    order = call.own_order(order_id)
    decisions = _decisions(call, order)
    if order.state != WAITING_ACCEPTANCE:
        raise wrong_state(order_id, order.state)
    waiting = {line.line_id for line in order.open_lines}
    if missing := sorted(waiting - set(decisions)):
        raise ApiError(
            400,
            f"No decision on order lines {', '.join(missing)}",
            code="ORDER_LINE_ACCEPTANCE_DECISION_MISSING",
            field="order_lines",
        )
    taken = {line_id for line_id, yes in decisions.items() if yes}
    if taken and taken != waiting and not call.operator.partial_acceptance:
        raise ApiError(
            400,
            "Partial acceptance is disabled for this shop",
            code="ORDER_PARTIAL_ACCEPTANCE_DISABLED",
            field="order_lines",
        )
    life, now = call.world.life, call.now
    order.decided = now
    if not taken:
        life.refused(order, now, "SHOP")
        return empty_response()
    for line in order.open_lines:
        if line.line_id not in taken:
            line.state = REFUSED
    life.accepted(order, call.operator, now)
    call.world.record(
        "accept",
        order_id,
        accepted=True,
        lines=sorted(taken),
        refused_lines=sorted(waiting - taken),
    )
    return empty_response()


def cancel_order(call: Call, order_id: str) -> HttpResponse:
    """OR29: the shop ends the whole order, where ``can_cancel`` says so."""
    order = call.own_order(order_id)
    if not can_cancel(order, call.operator):
        raise wrong_state(order_id, order.state)
    reason = _shop_reasons(call.operator)[0]
    call.world.life.cancel_all(order, call.now, reason)
    call.world.record("cancelled", order_id, accepted=True, by="SHOP", reason=reason)
    return empty_response()


def cancel_lines(call: Call) -> HttpResponse:
    """OR30: all parts of a call are taken, or none."""
    wanted = [_part(call, row) for row in call.rows("cancelations", most=100)]
    mode = call.body().get("order_tax_mode", call.operator.tax_mode)
    if mode != call.operator.tax_mode:
        raise invalid(f"order_tax_mode: orders are {call.operator.tax_mode}")
    spent: dict[str, int] = {}
    for _, line, row in wanted:
        spent[line.line_id] = spent.get(line.line_id, 0) + read_pence(row, "amount")
        if spent[line.line_id] > line.amount_left:
            raise invalid(f"amount: {money(line.amount_left)} is left of the line")
    created = []
    for order, line, row in wanted:
        part = call.world.life.cancel_line(
            order,
            line,
            call.now,
            quantity=row["quantity"],
            amount=read_pence(row, "amount"),
            shipping=read_pence(row, "shipping_amount"),
            reason=row["reason_code"],
        )
        call.world.record(
            "line_cancelled",
            order.order_id,
            row,
            accepted=True,
            by="SHOP",
            reason=part.reason,
            line_id=line.line_id,
            quantity=part.quantity,
            left=line.wanted,
        )
        created.append(
            {
                "amount": money(part.amount),
                "cancelation_id": part.id,
                "currency_iso_code": call.operator.currency,
                "fees": [],
                "order_line_id": line.line_id,
                "quantity": part.quantity,
                "reason_code": part.reason,
                "shipping_amount": money(part.shipping),
                "shipping_taxes": taxes_of(row, "shipping_taxes", call.operator),
                "taxes": taxes_of(row, "taxes", call.operator),
            }
        )
    return json_response(200, {"cancelations": created, "order_tax_mode": mode})


def _decisions(call: Call, order: Order) -> dict[str, bool]:
    rows = call.body().get("order_lines")
    if not isinstance(rows, list) or not rows:
        raise invalid("order_lines: must not be empty", "order_lines")
    decisions: dict[str, bool] = {}
    for index, row in enumerate(rows):
        at = f"order_lines[{index}]"
        if row is None:
            raise ApiError(
                400, f"{at} is null", code="ORDER_LINE_NULL_ELEMENT", field=at
            )
        line_id = row.get("id") if isinstance(row, dict) else None
        if not isinstance(line_id, str) or not isinstance(row.get("accepted"), bool):
            raise invalid(f"{at}: id and accepted are required", at)
        if line_id in decisions:
            raise ApiError(
                400,
                f"Order line '{line_id}' comes twice",
                code="ORDER_LINE_DUPLICATE_ID",
                field=at,
            )
        if order.line(line_id) is None:
            raise ApiError(
                404,
                f"Order line '{line_id}' is not of order '{order.order_id}'",
                code="ORDER_LINE_NOT_FOUND",
                field=at,
            )
        decisions[line_id] = row["accepted"]
    return decisions


def _shop_reasons(operator: Operator) -> list[str]:
    found = [r.code for r in operator.reasons if r.kind == "CANCELATION" and r.shop]
    return found or [reason_of(operator, "CANCELATION")]


def _part(call: Call, row: object) -> tuple[Order, Line, Json]:
    """One entry of OR30, checked but for what others of the call take."""
    if not isinstance(row, dict):
        raise invalid("cancelations: null element")
    line_id = str(row.get("order_line_id", ""))
    order = call.world.book.get(line_id.rpartition("-")[0])
    if order is not None:
        order = call.own_order(order.order_id)
    line = order.line(line_id) if order is not None else None
    if order is None or line is None:
        raise ApiError(
            404, f"Order line '{line_id}' not found", code="ORDER_LINE_NOT_FOUND"
        )
    if order.state != SHIPPING or line.state in DEAD or line.sent >= line.wanted:
        raise wrong_state(order.order_id, order.state)
    allowed = {
        r.code for r in call.operator.reasons if r.kind == "CANCELATION" and r.shop
    }
    if row.get("reason_code") not in allowed:
        raise invalid(f"reason_code: '{row.get('reason_code')}' may not be used")
    quantity = row.get("quantity")
    if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 1:
        raise invalid("quantity: a whole number from 1")
    if quantity > line.wanted - line.sent:
        raise invalid(f"quantity: {line.wanted - line.sent} are left of the line")
    if read_pence(row, "amount") <= 0:
        raise invalid("amount: must be above 0")
    if read_pence(row, "shipping_amount") > line.shipping_left:
        raise invalid(
            f"shipping_amount: {money(line.shipping_left)} is left of the line"
        )
    currency = row.get("currency_iso_code", call.operator.currency)
    if currency != call.operator.currency:
        raise invalid(f"currency_iso_code: orders are in {call.operator.currency}")
    for name, amount in (("taxes", "amount"), ("shipping_taxes", "shipping_amount")):
        if tax_of(read_pence(row, amount), call.operator) and not row.get(name):
            raise invalid(f"{name}: required, as the order has taxes")
    return order, line, row


def read_pence(row: Json, name: str) -> int:
    """An amount of a request in pence; raises ApiError."""
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise invalid(f"{name}: a number is required")
    return round(value * 100)


def taxes_of(row: Json, name: str, operator: Operator) -> list[Json]:
    """A request's taxes as the answer repeats them."""
    return [
        {"amount": each["amount"], "code": each["code"], "rate": operator.tax_rate}
        for each in row.get(name) or []
    ]
