"""Buyers place orders: from a control call's options to order rows.

Same options, seed and moment give the same orders; ids of later calls differ, because
an id that is taken is drawn again.
"""

from __future__ import annotations

import random

from stores.sandbox.amazon.catalogue import KITS, SINGLES, Item, find_item
from stores.sandbox.amazon.marketplaces import (
    EU_COUNTRIES,
    EUR_PER_UNIT,
)
from stores.sandbox.amazon.orders import (
    AUTO_CANCEL_MS,
    DAY_MS,
    Line,
    Order,
    OrderBook,
)
from stores.sandbox.amazon.people import make_person
from stores.sandbox.amazon.wishes import LINE_PROGRAMS, ORDER_PROGRAMS, Wish

CANCEL_REASONS = (
    "Ordered by mistake",
    "Found a better price elsewhere",
    "Item would not arrive in time",
    "Wrong address selected",
)
_IOSS_LIMIT_EUR = 150
_SALES_TAX_PERCENT = 8


def place(wish: Wish, book: OrderBook, now_ms: int) -> list[Order]:
    """Make the orders and put them and their future into the book."""
    rng = random.Random(wish.seed)  # noqa: S311 - demo data, not secrets
    shared = make_person(rng, wish.country)
    taken: set[str] = set()
    orders = []
    for number in range(wish.count):
        person = shared if wish.same_buyer else make_person(rng, wish.country)
        order_id = _order_id(rng, book, taken)
        # Twenty orders a millisecond, so that they do not all share one moment.
        moment = now_ms + number // 20
        orders.append(_order(wish, rng, order_id, person, moment))
    book.add(orders)
    for order in orders:
        _plan_future(wish, rng, book, order, now_ms)
    return orders


def _order_id(rng: random.Random, book: OrderBook, taken: set[str]) -> str:
    while True:
        digits = f"{int(rng.random() * 10**14):014d}"
        order_id = f"{200 + int(rng.random() * 107)}-{digits[:7]}-{digits[7:]}"
        if order_id not in taken and order_id not in book:
            taken.add(order_id)
            return order_id


def _order(
    wish: Wish,
    rng: random.Random,
    order_id: str,
    person: tuple[str, dict[str, str]],
    moment: int,
) -> Order:
    name, address = person
    created = moment - int(wish.order_age * 1000)
    ship_by = created + int(wish.ship_by_hours * 3_600_000)
    programs = [name for name in wish.programs if name in ORDER_PROGRAMS]
    if wish.business and "AMAZON_BUSINESS" not in programs:
        programs.append("AMAZON_BUSINESS")
    buyer_key = abs(hash_text(name + address["postalCode"])) % 10**14
    order = Order(
        order_id=order_id,
        seller_id=wish.seller.id,
        marketplace_id=wish.marketplace.id,
        currency=wish.marketplace.currency,
        created=created,
        updated=moment,
        status="PENDING" if wish.pending > 0 else "UNSHIPPED",
        lines=[_line(wish, rng, item) for item in _basket(wish, rng)],
        buyer={
            "buyerName": name,
            "buyerEmail": f"{buyer_key:014x}@marketplace.{wish.marketplace.domain[4:]}",
        },
        address=dict(address),
        ship_from=created,
        ship_by=ship_by,
        deliver_from=ship_by + DAY_MS,
        deliver_by=ship_by + 3 * DAY_MS,
        fulfilled_by=wish.fulfilled_by,
        service_level=_service_level(wish, rng),
        programs=programs,
        seller_order_id=order_id if rng.random() < 0.1 else None,
        variant=wish.variant,
    )
    if wish.business:
        order.buyer["buyerCompanyName"] = f"{name.split()[-1]} Ltd"
        order.buyer["buyerPurchaseOrderNumber"] = f"PO-{int(rng.random() * 99999):05d}"
    _set_tax_scheme(wish, order)
    _apply_variant(order)
    return order


def hash_text(text: str) -> int:
    """A hash that is the same in every process."""
    value = 1469598103934665603
    for char in text:
        value = ((value ^ ord(char)) * 1099511628211) & 0xFFFFFFFFFFFFFFFF
    return value


def _basket(wish: Wish, rng: random.Random) -> list[Item]:
    if wish.sku is not None:
        return [find_item(wish.sku)]
    # Most baskets hold one article.
    size = 1 + min(wish.lines - 1, int(rng.random() ** 3 * wish.lines))
    start = int(rng.random() * len(SINGLES))
    items = [SINGLES[(start + step * 5) % len(SINGLES)] for step in range(size)]
    if wish.kit:
        items[0] = KITS[int(rng.random() * len(KITS))]
    return items


def _line(wish: Wish, rng: random.Random, item: Item) -> Line:
    # Order item ids are text: in real traffic some start with 0.
    item_id = f"{int(rng.random() * 10**14):014d}"
    if rng.random() < 0.1:
        item_id = "0" + item_id[1:]
    quantity = wish.quantity or (1 if rng.random() < 0.8 else 2 + int(rng.random() * 3))
    price = round(item.cents / EUR_PER_UNIT.get(wish.marketplace.currency, 1.0))
    shipping = 0 if rng.random() < 0.6 else 399
    untaxed = wish.marketplace.region == "na"
    line = Line(
        item_id=item_id,
        sku=item.sku,
        asin=item.asin,
        title=item.title,
        quantity=quantity,
        unit_price=price,
        shipping=shipping,
        # European prices include VAT; American ones get sales tax on top.
        tax=price * quantity * _SALES_TAX_PERCENT // 100 if untaxed else 0,
        discount=0 if rng.random() < 0.9 else 100,
        programs=[name for name in wish.programs if name in LINE_PROGRAMS],
    )
    if wish.gift:
        line.gift_message = "Happy birthday! With love from all of us."
        line.gift_wrap = "Gift Wrap - Red"
        line.gift_price = 350
    return line


def _service_level(wish: Wish, rng: random.Random) -> str:
    if wish.ship_by_hours <= 24 or "PRIME" in wish.programs:
        return "NEXT_DAY"
    return "EXPEDITED" if rng.random() < 0.1 else "STANDARD"


def _set_tax_scheme(wish: Wish, order: Order) -> None:
    into_eu = (
        wish.seller.ship_from_country not in EU_COUNTRIES
        and order.address["countryCode"] in EU_COUNTRIES
    )
    worth = order.total / 100 * EUR_PER_UNIT.get(order.currency, 1.0)
    ioss = wish.ioss
    if ioss is None:
        ioss = into_eu and worth <= _IOSS_LIMIT_EUR
    if ioss:
        # An empty text beside scheme IOSS occurs in real traffic.
        order.ioss_number = "" if ioss == "empty" else wish.seller.ioss_number
        order.reporting_scheme = "IOSS"


def _apply_variant(order: Order) -> None:
    match order.variant:
        case "zero_lines":
            order.lines = []
        case "long_note" if order.lines:
            order.lines[0].gift_message = "Dear friend, " + "all the best! " * 74_900
        case "emoji_name":
            order.address["name"] = order.buyer["buyerName"] = "Zoë 👩‍🚀🎉 Brown 🦄"
        case "long_address":
            order.address["addressLine1"] = (
                "The Old Converted Granary Behind the Former Railway Station Hotel, "
                * 4
            ).strip(", ")
            order.address["addressLine3"] = "Third courtyard, ring twice, " * 9
        case "missing_postcode":
            order.address.pop("postalCode")


def _plan_future(
    wish: Wish, rng: random.Random, book: OrderBook, order: Order, now_ms: int
) -> None:
    if wish.pending > 0:
        book.schedule(now_ms + int(wish.pending * 1000), "payment", order.order_id)
    if rng.random() < wish.late_cancel:
        reason = CANCEL_REASONS[int(rng.random() * len(CANCEL_REASONS))]
        due = now_ms + int((wish.pending + wish.late_cancel_after) * 1000)
        book.schedule(due, "cancel_request", order.order_id, reason)
    if rng.random() < wish.missed_in_list:
        order.unlisted_until = (
            None
            if wish.missed_seconds is None
            else now_ms + int(wish.missed_seconds * 1000)
        )
    if order.fulfilled_by == "MERCHANT":
        book.schedule(order.ship_by + AUTO_CANCEL_MS, "auto_cancel", order.order_id)
