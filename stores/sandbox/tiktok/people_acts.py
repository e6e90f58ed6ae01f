"""What the control API lets buyers, the seller and carriers do to orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stores.sandbox.core import ControlError
from stores.sandbox.tiktok import reasons
from stores.sandbox.tiktok.cancels import may_ask
from stores.sandbox.tiktok.orders import (
    AWAITING_SHIPMENT,
    CANCELLED,
    ON_HOLD,
    PARTIALLY_SHIPPING,
    PENDING,
    STAGES,
    SUCCESS,
    UNPAID,
    Line,
    Order,
)
from stores.sandbox.tiktok.world import ADDRESS_FIELDS, ADDRESS_UPDATE, World

Json = dict[str, Any]

MOVES = {
    "release": "the buyer's hour is over",
    "IN_TRANSIT": "a carrier collects",
    "DELIVERED": "a carrier delivers",
    "COMPLETED": "the time for returns is over",
}
_OPEN = (UNPAID, ON_HOLD, AWAITING_SHIPMENT, PARTIALLY_SHIPPING)


def cancel(world: World, spec: Mapping[str, Any]) -> Json:
    """Play ``{order_id, how, by?, reason?, line_id?}``; how the order is now.

    request, withdrawn: the buyer. cancelled: the buyer's request is granted, or seller
    or system (``by``) cancel. line: the seller cancels one that is out of stock.
    """
    order, now = world.order(spec), world.advance()
    how = str(spec.get("how", "request"))
    by = str(spec.get("by") or "BUYER").upper()
    if by not in ("BUYER", "SELLER", "SYSTEM"):
        raise ControlError(400, f"by={by!r}: BUYER, SELLER or SYSTEM")
    request = world.book.open_request(order.order_id)
    if how == "withdrawn":
        if request is None:
            raise ControlError(409, f"{order.order_id}: nobody asked to cancel")
        world.cancels.end(order, request, now, how="withdrawn")
        return state(world, order)
    if order.status not in _OPEN:
        raise ControlError(409, f"{order.order_id} is {order.status}")
    reason = str(spec.get("reason") or _DEFAULTS[by])
    if how == "request":
        if not may_ask(order):
            raise ControlError(409, f"{order.order_id}: a part of it is shipped")
        if request is not None:
            raise ControlError(409, f"{order.order_id}: a request is open already")
        world.cancels.ask(order, reason, now)
    elif how == "cancelled":
        if request is not None:
            world.cancels.approve(order, request, now, by="SELLER")
        elif order.parcels:
            raise ControlError(409, f"{order.order_id}: a part of it is shipped")
        elif by == "BUYER":
            row = world.cancels.ask(order, reason, now)
            if row.state == PENDING:
                world.cancels.approve(order, row, now, by="SELLER")
        else:
            world.cancels.cancel(order, by, reason, order.live_lines, now)
    elif how == "line":
        if request is not None:
            raise ControlError(409, f"{order.order_id}: a request is open already")
        line = _line(order, str(spec.get("line_id") or ""))
        reason = str(spec.get("reason") or reasons.OUT_OF_STOCK)
        world.cancels.cancel(order, "SELLER", reason, [line], now)
    else:
        raise ControlError(400, f"how={how!r}: request, withdrawn, cancelled or line")
    return state(world, order)


_DEFAULTS = {
    "BUYER": reasons.NO_LONGER_NEEDED,
    "SELLER": reasons.OUT_OF_STOCK,
    "SYSTEM": reasons.SHIPPING_TIMEOUT,
}


def _line(order: Order, line_id: str) -> Line:
    if line_id:
        found = order.line(line_id)
        if found is None or found not in order.unshipped:
            raise ControlError(409, f"{order.order_id}: no open line {line_id}")
        return found
    if len(order.live_lines) < 2 or not order.unshipped:
        raise ControlError(409, f"{order.order_id} has no line to spare")
    return order.unshipped[-1]


def change_address(world: World, spec: Mapping[str, Any]) -> Json:
    """Play ``{order_id, …}``: the recipient's fields in TikTok's names."""
    order, now = world.order(spec), world.advance()
    if order.status not in _OPEN:
        raise ControlError(409, f"{order.order_id} is {order.status}")
    chosen = spec.get("fields", spec)
    changes = {
        name: str(chosen[name] or "") for name in ADDRESS_FIELDS if name in chosen
    }
    if not changes:
        raise ControlError(
            400, "no address field; there are: " + ", ".join(ADDRESS_FIELDS)
        )
    order.recipient.update(changes)
    order.address_changed = True
    world.book.touch(order, now)
    world.record("address_changed", order.order_id, changes, fields=sorted(changes))
    data = {"order_id": order.order_id, "update_time": order.updated}
    world.announce(ADDRESS_UPDATE, order.shop_id, data, now)
    return {"order_id": order.order_id, "address": order.recipient}


def scan(world: World, spec: Mapping[str, Any]) -> Json:
    """Play ``{order_id? | tracking?, stage?}``: a carrier scans; without both, all.

    ``stage`` is IN_TRANSIT (default), DELIVERED or COMPLETED.
    """
    now = world.advance()
    stage = str(spec.get("stage") or "IN_TRANSIT")
    if stage not in STAGES[1:]:
        raise ControlError(400, f"stage={stage!r}: one of {', '.join(STAGES[1:])}")
    tracking = spec.get("tracking")
    orders = [world.order(spec)] if spec.get("order_id") else list(world.book)
    scanned: list[str] = []
    moved: list[str] = []
    for order in orders:
        parcels = [
            row
            for row in order.parcels
            if tracking in (None, row.tracking)
            and STAGES.index(row.stage) < STAGES.index(stage)
        ]
        if parcels and order.status != CANCELLED:
            world.scan(order, parcels, stage, now)
            scanned += [row.tracking for row in parcels]
            moved.append(order.order_id)
    if not scanned and (tracking or spec.get("order_id")):
        raise ControlError(409, "no package there that waits for this scan")
    return {"scanned": scanned, "order_ids": moved}


def move_on(world: World, spec: Mapping[str, Any]) -> Json:
    """Play ``{what, order_id?}``: a stage of a parcel's way, or ``release`` from hold."""
    what = str(spec.get("what", ""))
    if what not in MOVES:
        raise ControlError(400, f"what={what!r}: one of {', '.join(MOVES)}")
    if what != "release":
        moved = scan(world, {**spec, "stage": what})["order_ids"]
        return {"order_ids": moved}
    now = world.advance()
    orders = [world.order(spec)] if spec.get("order_id") else list(world.book)
    held = [order for order in orders if order.status == ON_HOLD]
    if spec.get("order_id") and not held:
        raise ControlError(409, f"{orders[0].order_id} is {orders[0].status}")
    for order in held:
        order.held_until = now
        world.move(order, AWAITING_SHIPMENT, now)
        world.record("released", order.order_id)
    return {"order_ids": [order.order_id for order in held]}


def refund(world: World, spec: Mapping[str, Any]) -> Json:
    """Play ``{order_id, line_ids?}``: TikTok pays the buyer of a settled order back."""
    order, now = world.order(spec), world.advance()
    if not world.money.settled(order):
        raise ControlError(409, f"{order.order_id} is not settled yet")
    wanted = [str(each) for each in spec.get("line_ids") or []]
    lines = [x for x in order.live_lines if not wanted or x.line_id in wanted]
    if not lines:
        raise ControlError(404, f"{order.order_id} has none of these lines")
    return {"transaction_id": world.money.refund(order, lines, now).id}


def state(world: World, order: Order) -> Json:
    """The order in three words."""
    return {
        "order_id": order.order_id,
        "status": order.status,
        "cancel": cancel_word(world, order),
    }


def cancel_word(world: World, order: Order) -> str:
    """none, requested, or cancelled; a line's cancellation is none of the order's."""
    if world.book.open_request(order.order_id) is not None:
        return "requested"
    return "cancelled" if order.status == CANCELLED else "none"


def order_view(world: World, order: Order) -> Json:
    """One row of ``/control/orders``; times in Unix seconds."""
    return {
        **state(world, order),
        "lines": [
            {
                "line_id": line.line_id,
                "sku": line.sku,
                "quantity": 1,
                "fulfilled": int(bool(line.package_id)),
                "cancelled": line.cancelled,
            }
            for line in order.lines
        ],
        "packages": [
            {
                "reference": parcel.package_id,
                "carrier": parcel.provider_name,
                "carrier_code": parcel.provider_id,
                "tracking": parcel.tracking,
                "stage": parcel.stage,
                "items": dict.fromkeys(parcel.line_ids, 1),
            }
            for parcel in order.parcels
        ],
        "refunded": sum(
            row.refund
            for row in world.book.of_order(order.order_id)
            if row.state not in (PENDING, "CANCEL")
        ),
        "refund_pending": any(
            row.state == SUCCESS for row in world.book.of_order(order.order_id)
        ),
        "shop_id": order.shop_id,
        "user_id": order.user_id,
        "country": order.recipient.get("region_code"),
        "kind": order.kind,
        "delivery_option": order.option_id,
        "held_until": order.held_until if order.on_hold else 0,
        "variant": order.variant,
        "ship_by": order.ship_by,
    }
