"""Statements on demand, with what may be wrong in them."""

from __future__ import annotations

from typing import Any

from stores.sandbox.payouts import (
    FEE_SURPRISE,
    MISSING_REFUND,
    NOT_DISPATCHED,
    PAID_TWICE,
    REMAINDER,
    UNKNOWN_WORDS,
    Planting,
)
from stores.sandbox.tiktok.orders import CANCELLED, DAY, Order
from stores.sandbox.tiktok.settle import ORDER, REFUND, Statement
from stores.sandbox.tiktok.world import World

Json = dict[str, Any]


def pay_out(world: World, planting: Planting) -> list[Json]:
    """Settle what was dispatched as if it had been delivered; a statement per shop."""
    now = world.advance()
    money = world.money
    # A day's rows lie before the moment at which it is closed.
    moment = now - 1
    for order in world.book:
        if order.parcels and order.status != CANCELLED and not order.unshipped:
            _settle(world, order, moment)
    _plant(world, planting, moment)
    made = []
    for shop_id in dict.fromkeys(row.shop_id for row in money.transactions.values()):
        statement = money.close_day(shop_id, now)
        if statement is None:
            continue
        # Statements are dated to the day's end, as they are made at 00:00 UTC.
        statement.moment = now // DAY * DAY
        if planting.wants(REMAINDER):
            statement.surplus = 1
            planting.plant(REMAINDER, statement=statement.id)
        if planting.pay:
            money.pay(statement.id, now)
        made.append(_shown(world, statement))
    return made


def _settle(world: World, order: Order, moment: int) -> None:
    if not world.money.settled(order) and order.live_lines:
        world.money.book_sale(order, moment)


def _plant(world: World, planting: Planting, moment: int) -> None:
    money = world.money
    rows = [
        row
        for row in money.transactions.values()
        if not row.statement_id and planting.fits(row.order_id)
    ]
    sold = [row for row in rows if row.kind == ORDER]
    if planting.wants(MISSING_REFUND):
        for row in rows:
            if row.kind == REFUND:
                del money.transactions[row.id]
                planting.plant(MISSING_REFUND, row.order_id)
                break
    if planting.wants(PAID_TWICE) and sold:
        order = world.book.get(sold[0].order_id)
        if order is not None:
            again = money.book_sale(order, moment)
            planting.plant(PAID_TWICE, order.order_id, transaction=again.id)
    if planting.wants(FEE_SURPRISE) and sold:
        for sku in sold[-1].rows:
            sku.commission *= 3
        planting.plant(FEE_SURPRISE, sold[-1].order_id)
    if planting.wants(NOT_DISPATCHED):
        for order in world.book:
            open_one = order.unshipped and order.live_lines and not order.parcels
            if open_one and planting.fits(order.order_id) and not order.on_hold:
                money.book_sale(order, moment)
                planting.plant(NOT_DISPATCHED, order.order_id)
                break
    if planting.wants(UNKNOWN_WORDS) and sold:
        order = world.book.get(sold[0].order_id)
        if order is not None:
            money.adjust(order, "STARDUST_LEVY", -37, moment)
            planting.plant(UNKNOWN_WORDS, order.order_id)


def _shown(world: World, row: Statement) -> Json:
    found = world.money.of_statement(row)
    return {
        "id": row.id,
        "amount": (row.surplus + sum(each.settlement for each in found)) / 100,
        "currency": row.currency,
        "status": row.status,
        "transactions": len(found),
    }
