"""Billing cycles on demand, with what may be wrong in them."""

from __future__ import annotations

from typing import Any

from stores.sandbox.mirakl.orders import LEFT, Order
from stores.sandbox.mirakl.settlement import PAYABLE, PENDING, Transaction
from stores.sandbox.mirakl.world import World
from stores.sandbox.payouts import (
    FEE_SURPRISE,
    MISSING_REFUND,
    NOT_DISPATCHED,
    PAID_TWICE,
    REMAINDER,
    UNKNOWN_WORDS,
    Planting,
)

Json = dict[str, Any]
_SOLD = ("ORDER_AMOUNT", "ORDER_SHIPPING_AMOUNT")


def pay_out(world: World, planting: Planting) -> list[Json]:
    """Close every shop's cycle as if all that left had been received."""
    now = world.advance()
    money = world.money
    if planting.wants(NOT_DISPATCHED):
        _not_dispatched(world, planting, now)
    for row in list(money.rows):
        if row.state == PENDING:
            order = world.book.get(row.order_id)
            if order is not None:
                money.received(order, now)
    _plant(world, planting, now)
    made = []
    for key in money.shops():
        operator = world.operators[key[0]]
        cycle = money.close(key, operator, now)
        if cycle is None:
            continue
        if planting.wants(REMAINDER):
            cycle.amount += 1
            planting.plant(REMAINDER, cycle=cycle.id)
        if planting.pay:
            cycle.due = now
            money.pay(cycle)
        made.append(
            {
                "id": cycle.id,
                "operator": cycle.operator,
                "amount": cycle.amount / 100,
                "currency": operator.currency,
                "status": cycle.state,
            }
        )
    return made


def _not_dispatched(world: World, planting: Planting, now: int) -> None:
    for order in world.book:
        waits = not any(line.state in LEFT for line in order.lines)
        if waits and order.state == "SHIPPING" and planting.fits(order.order_id):
            world.money.sold(order, world.operators[order.operator], now)
            planting.plant(NOT_DISPATCHED, order.order_id)
            return


def _plant(world: World, planting: Planting, now: int) -> None:
    money = world.money
    rows = [
        row
        for row in money.rows
        if row.state == PAYABLE and not row.cycle_id and planting.fits(row.order_id)
    ]
    sold = [row for row in rows if row.kind == "ORDER_AMOUNT"]
    given = [row for row in rows if row.refund_id]
    if planting.wants(MISSING_REFUND) and given:
        lost = given[0].refund_id
        money.drop([row for row in given if row.refund_id == lost])
        planting.plant(MISSING_REFUND, given[0].order_id)
    if planting.wants(PAID_TWICE) and sold:
        order = _order(world, sold[0])
        for row in rows:
            if row.order_id == order.order_id and row.kind in _SOLD:
                money.again(row, now)
        planting.plant(PAID_TWICE, order.order_id)
    fees = [row for row in rows if row.kind == "COMMISSION_FEE"]
    if planting.wants(FEE_SURPRISE) and fees:
        fees[-1].amount *= 3
        planting.plant(FEE_SURPRISE, fees[-1].order_id, fee=-fees[-1].amount / 100)
    if planting.wants(UNKNOWN_WORDS) and sold:
        extra = money.again(sold[0], now)
        extra.kind, extra.amount = "STARDUST_LEVY", -37
        planting.plant(UNKNOWN_WORDS, sold[0].order_id)


def _order(world: World, row: Transaction) -> Order:
    order = world.book.get(row.order_id)
    assert order is not None  # noqa: S101 - rows of sales are of orders
    return order
