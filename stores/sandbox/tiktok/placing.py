"""Buyers place orders: from a control call's options to order rows.

Same options, seed and moment give the same orders; an id that is taken is drawn again.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from stores.sandbox.tiktok.accounts import Shop
from stores.sandbox.tiktok.carriers import TIKTOK_SHIPPING, options_of
from stores.sandbox.tiktok.orders import (
    AWAITING_SHIPMENT,
    HOUR,
    ON_HOLD,
    UNPAID,
    Line,
    Order,
    OrderBook,
)
from stores.sandbox.tiktok.people import ITEMS, make_person

Json = dict[str, Any]

KINDS = ("NORMAL", "SAMPLE", "REPLACEMENT", "EXCHANGE", "FULFILLED_BY_TIKTOK", "TIKTOK_SHIPPING", "COLLECTION_POINT")  # fmt: skip
VARIANTS = ("zero_lines", "unknown_status", "unknown_enum", "emoji_name", "missing_postcode", "malformed")  # fmt: skip
DELIVERIES = ("standard", "express")
CURRENCIES = {"GB": "GBP", "US": "USD"}
BUYER_REASONS = tuple(
    f"ecom_order_to_ship_canceled_reason_{name}_uk"
    for name in ("no_longer_needed", "created_by_mistakes", "better_price")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The options of one control call; times in seconds."""

    count: int = 1
    seed: int = 0
    country: str = ""
    sku: str = ""
    lines: int = 2
    quantity: int = 0
    kind: str = "NORMAL"
    delivery: str = "standard"
    on_hold: bool = True
    hold: float = 3600.0
    pending: float = 0.0
    ship_by_hours: float = 48.0
    order_age: float = 0.0
    late_cancel: float = 0.0
    late_cancel_after: float = 1800.0
    same_buyer: bool = False
    gift: bool = False
    bundle: bool = False
    split: bool = False
    seller_discount: bool = False
    platform_discount: bool = False
    note: str = ""
    variant: str = ""


_OPTIONS = {field.name for field in fields(Wish)} | {"channel", "peer", "shop_id"}


def read_wish(spec: Mapping[str, Any], *, hold: float, order_age: float) -> Wish:
    """Check a control call's options; ValueError says what is wrong."""
    if unknown := sorted(set(spec) - _OPTIONS):
        raise ValueError(
            f"unknown option {', '.join(unknown)}; there are: "
            + ", ".join(sorted(_OPTIONS))
        )
    values = {
        name: value
        for name, value in spec.items()
        if name in Wish.__dataclass_fields__ and value is not None
    }
    values.setdefault("hold", hold)
    values.setdefault("order_age", order_age)
    wish = Wish(**values)
    if not 0 <= wish.count <= 200_000 or not 1 <= wish.lines <= 100:
        raise ValueError(f"count={wish.count}, lines={wish.lines}: out of range")
    if not 0 <= wish.late_cancel <= 1:
        raise ValueError(f"late_cancel={wish.late_cancel}: must be from 0 to 1")
    for name, value, allowed in (
        ("kind", wish.kind, KINDS),
        ("variant", wish.variant or VARIANTS[0], VARIANTS),
        ("delivery", wish.delivery, DELIVERIES),
    ):
        if value not in allowed:
            raise ValueError(f"{name}={value!r}: one of {', '.join(allowed)}")
    return wish


def place(wish: Wish, shop: Shop, book: OrderBook, now: int) -> list[Order]:
    """Make the orders and put them and their future into the book."""
    rng = random.Random(wish.seed)  # noqa: S311 - demo data, not secrets
    country = (wish.country or shop.region).upper()
    shared = _buyer(rng, country)
    taken: set[str] = set()
    orders = []
    for _ in range(wish.count):
        buyer = shared if wish.same_buyer else _buyer(rng, country)
        order_id = _order_id(rng, book, taken)
        orders.append(_order(wish, shop, rng, order_id, buyer, now))
    book.add(orders)
    for order in orders:
        _plan(wish, rng, order, book, now)
    return orders


def _plan(
    wish: Wish, rng: random.Random, order: Order, book: OrderBook, now: int
) -> None:
    """What time will bring: payment, the end of the hold, a change of mind, the end."""
    if order.status == UNPAID:
        book.schedule(now + int(wish.pending), "payment", order.order_id)
    elif order.status == ON_HOLD:
        book.schedule(order.held_until, "release", order.order_id)
    if order.kind != "FULFILLED_BY_TIKTOK":
        book.schedule(order.shipping_due, "shipping_due", order.order_id)
        book.schedule(order.collection_due, "collection_due", order.order_id)
    if rng.random() < wish.late_cancel:
        due = now + int(wish.pending + wish.late_cancel_after)
        reason = rng.choice(BUYER_REASONS)
        book.schedule(due, "buyer_cancel", order.order_id, reason)


def _buyer(rng: random.Random, country: str) -> tuple[str, dict[str, str]]:
    return f"749{rng.randrange(10**16):016d}", make_person(rng, country)


def _order_id(rng: random.Random, book: OrderBook, taken: set[str]) -> str:
    while True:
        order_id = f"5765{rng.randrange(10**14):014d}"
        if order_id not in taken and order_id not in book:
            taken.add(order_id)
            return order_id


def _order(
    wish: Wish,
    shop: Shop,
    rng: random.Random,
    order_id: str,
    buyer: tuple[str, dict[str, str]],
    now: int,
) -> Order:
    user_id, recipient = buyer
    created = now - int(wish.order_age)
    pending = wish.pending > 0
    held_until = created + int(wish.hold)
    held = wish.on_hold and wish.hold > 0
    tiktok_ships = wish.kind in ("TIKTOK_SHIPPING", "FULFILLED_BY_TIKTOK")
    options = options_of(shop.region)
    wanted = DELIVERIES.index(wish.delivery)
    option = TIKTOK_SHIPPING if tiktok_ships else options[min(wanted, len(options) - 2)]
    fee = 0 if rng.random() < 0.6 or wish.kind != "NORMAL" else 399
    order = Order(
        order_id=order_id,
        shop_id=shop.id,
        region=shop.region,
        currency=CURRENCIES.get(shop.region, "EUR"),
        created=created,
        updated=now,
        status=UNPAID
        if pending
        else ON_HOLD
        if held and held_until > now
        else AWAITING_SHIPMENT,
        user_id=user_id,
        buyer_email=f"{rng.randrange(16**12):012x}@scs.tiktokw.eu",
        recipient=dict(recipient),
        lines=_lines(wish, rng, order_id),
        warehouse_id=shop.warehouse_id,
        option_id=option.id,
        option_name=option.name,
        ship_by=created + int(wish.ship_by_hours * HOUR),
        paid_at=0 if pending else created,
        on_hold=held,
        held_until=held_until,
        shipping_fee=fee,
        shipping_platform_discount=fee // 2,
        kind=wish.kind,
        shipping_type="TIKTOK" if tiktok_ships else "SELLER",
        note=wish.note,
        split=wish.split,
        replaces=f"5765{rng.randrange(10**14):014d}"
        if wish.kind in ("REPLACEMENT", "EXCHANGE")
        else "",
        variant=wish.variant or None,
    )
    match wish.variant:
        case "zero_lines":
            order.lines = []
        case "emoji_name":
            order.recipient["name"] = "Zoë 👩‍🚀🎉 Brown 🦄"
        case "missing_postcode":
            order.recipient["postal_code"] = ""
    return order


def _basket(wish: Wish, rng: random.Random) -> list[tuple[str, str, int]]:
    if wish.sku:
        known = [item for item in ITEMS if item[0] == wish.sku]
        return known or [(wish.sku, f"Article {wish.sku}", 1999)]
    size = 1 + min(wish.lines - 1, int(rng.random() ** 2 * wish.lines))
    start = rng.randrange(len(ITEMS))
    return [ITEMS[(start + step * 3) % len(ITEMS)] for step in range(size)]


def _lines(wish: Wish, rng: random.Random, order_id: str) -> list[Line]:
    """A line for each unit: TikTok has no quantities."""
    rows: list[tuple[tuple[str, str, int], bool, bool]] = []
    for place, item in enumerate(_basket(wish, rng)):
        units = wish.quantity or (1 if rng.random() < 0.8 else rng.randint(2, 4))
        rows += [(item, False, wish.bundle and place == 0)] * units
    if wish.gift:
        rows.append((("GIFT-SPOON", "Tea spoon, with our compliments", 250), True, False))  # fmt: skip
    return [
        _line(wish, order_id, number, *row, last=number == len(rows))
        for number, row in enumerate(rows, 1)
    ]


def _line(
    wish: Wish,
    order_id: str,
    number: int,
    item: tuple[str, str, int],
    gift: bool,
    bundle: bool,
    *,
    last: bool,
) -> Line:
    sku, title, price = item
    free = gift or wish.kind in ("SAMPLE", "REPLACEMENT")
    return Line(
        line_id=f"{order_id}{number:02d}",
        product_id=f"1729{_number(sku, 15)}",
        sku_id=f"1729{_number(sku + '#', 15)}",
        sku=sku,
        title=title,
        variation="M" if sku.endswith("-M") else "Default",
        price=price,
        seller_discount=price if free else (price // 10 if wish.seller_discount else 0),
        platform_discount=price // 20 if wish.platform_discount and not free else 0,
        gift=gift,
        parts=_parts(sku) if bundle else [],
        group=1 if wish.split and last and number > 1 else 0,
    )


def _parts(sku: str) -> list[Json]:
    """The two SKUs behind a virtual bundle."""
    return [
        {
            "sku_id": f"1729{_number(part, 15)}",
            "sku_count": count,
            "product_id": f"1729{_number(part + '@', 15)}",
            "seller_sku": part,
        }
        for part, count in ((f"{sku}-A", 1), (f"{sku}-B", 2))
    ]


def _number(text: str, digits: int) -> str:
    """A number that stands for a text, the same in each process."""
    return str(int.from_bytes(text.encode(), "big") % 10**digits).zfill(digits)
