"""Buyers place orders: from a control call's options to order rows.

Same options, seed and moment give the same orders; an id that is taken is drawn again.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from stores.sandbox.ebay.auth import Seller
from stores.sandbox.ebay.orders import DAY_MS, Line, Order, OrderBook
from stores.sandbox.ebay.people import ITEMS, make_person

Json = dict[str, Any]

EU = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)
CURRENCIES = {"EBAY_GB": "GBP", "EBAY_US": "USD", "EBAY_AU": "AUD", "EBAY_CH": "CHF"}
HOMES = {"EBAY_GB": "GB", "EBAY_US": "US", "EBAY_MOTORS_US": "US"}
KINDS = ("SHIP_TO", "IN_STORE_PICKUP", "CLICK_AND_COLLECT", "DIGITAL", "FULFILLED_BY_EBAY", "EBAY_LABEL")  # fmt: skip
VARIANTS = ("zero_lines", "unknown_status", "unknown_enum", "emoji_name", "missing_postcode", "malformed")  # fmt: skip
# Made up; a number is read from the order and never known beforehand.
TAX_NUMBERS = {"IOSS": "IM2760000999", "VOEC": "2024999", "ABN": "64000000927"}
# Consignments above these stay with the buyer's customs: 150 EUR, 3,000 NOK, 1,000 AUD,
# in pence, roughly.
LIMITS = {"IOSS": 13_000, "VOEC": 22_000, "ABN": 50_000}
HUB = {
    "addressLine1": "Global Shipping Centre, Unit 7",
    "city": "Lichfield",
    "stateOrProvince": "Staffordshire",
    "postalCode": "WS13 8XA",
    "countryCode": "GB",
}
REASONS = ("ORDER_MISTAKE", "FOUND_CHEAPER_PRICE", "WONT_ARRIVE_IN_TIME", "OTHER")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The options of one control call; times in seconds."""

    count: int = 1
    seed: int = 0
    marketplace: str = "EBAY_GB"
    purchase_marketplace: str = ""
    country: str = ""
    sku: str = ""
    lines: int = 2
    quantity: int = 0
    ioss: bool | None = None
    mixed_tax: bool = False
    hub: bool = False
    kind: str = "SHIP_TO"
    ship_by_hours: float = 48.0
    order_age: float = 0.0
    late_cancel: float = 0.0
    late_cancel_after: float = 1800.0
    same_buyer: bool = False
    pending: float = 0.0
    discount: bool = False
    tax_identifier: bool = False
    note: str = ""
    variant: str = ""


_OPTIONS = {field.name for field in fields(Wish)} | {"channel", "peer", "seller_id"}


def read_wish(spec: Mapping[str, Any], seller: Seller, order_age: float) -> Wish:
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
    values.setdefault("marketplace", seller.marketplaces[0])
    values.setdefault("order_age", order_age)
    wish = Wish(**values)
    if wish.marketplace not in seller.marketplaces:
        raise ValueError(
            f"{seller.id} does not sell on {wish.marketplace}; only on "
            + ", ".join(seller.marketplaces)
        )
    if not 0 <= wish.count <= 200_000 or not 1 <= wish.lines <= 100:
        raise ValueError(f"count={wish.count}, lines={wish.lines}: out of range")
    if not 0 <= wish.late_cancel <= 1:
        raise ValueError(f"late_cancel={wish.late_cancel}: must be from 0 to 1")
    if wish.kind not in KINDS:
        raise ValueError(f"kind={wish.kind!r}: one of {', '.join(KINDS)}")
    if wish.variant and wish.variant not in VARIANTS:
        raise ValueError(f"variant={wish.variant!r}: one of {', '.join(VARIANTS)}")
    return wish


def place(wish: Wish, seller: Seller, book: OrderBook, now: int) -> list[Order]:
    """Make the orders and put them and their future into the book."""
    rng = random.Random(wish.seed)  # noqa: S311 - demo data, not secrets
    country = (
        wish.country or HOMES.get(wish.marketplace, wish.marketplace[-2:])
    ).upper()
    shared = _buyer(rng, country)
    taken: set[str] = set()
    orders = []
    for number in range(wish.count):
        buyer = shared if wish.same_buyer else _buyer(rng, country)
        order_id = _order_id(rng, book, taken)
        orders.append(
            _order(wish, seller, rng, order_id, country, buyer, now + number // 20)
        )
    book.add(orders)
    for order in orders:
        if wish.pending > 0:
            book.schedule(now + int(wish.pending * 1000), "payment", order.order_id)
        if rng.random() < wish.late_cancel:
            due = now + int((wish.pending + wish.late_cancel_after) * 1000)
            book.schedule(due, "cancel_request", order.order_id, rng.choice(REASONS))
    return orders


def _buyer(rng: random.Random, country: str) -> tuple[str, str, str, dict[str, str]]:
    name, phone, address = make_person(rng, country)
    return f"buyer_{rng.randrange(16**8):08x}", name, phone, address


def _order_id(rng: random.Random, book: OrderBook, taken: set[str]) -> str:
    while True:
        digits = f"{rng.randrange(10**10):010d}"
        order_id = f"{rng.randint(10, 27)}-{digits[:5]}-{digits[5:]}"
        if order_id not in taken and order_id not in book:
            taken.add(order_id)
            return order_id


def _order(
    wish: Wish,
    seller: Seller,
    rng: random.Random,
    order_id: str,
    country: str,
    buyer: tuple[str, str, str, dict[str, str]],
    moment: int,
) -> Order:
    username, name, phone, address = buyer
    created = moment - int(wish.order_age * 1000)
    ship_by = created + int(wish.ship_by_hours * 3_600_000)
    order = Order(
        order_id=order_id,
        seller_id=seller.id,
        marketplace_id=wish.marketplace,
        purchase_marketplace_id=wish.purchase_marketplace or wish.marketplace,
        currency=CURRENCIES.get(wish.marketplace, "EUR"),
        created=created,
        updated=moment,
        username=username,
        name=name,
        email=f"{rng.randrange(16**10):010x}@members.ebay.com",
        phone=phone,
        address=dict(address),
        lines=[_line(wish, rng, item) for item in _basket(wish, rng)],
        ship_by=ship_by,
        deliver_from=ship_by + DAY_MS,
        deliver_by=ship_by + 3 * DAY_MS,
        service="UK_RoyalMailTracked24"
        if country == "GB"
        else "UK_RoyalMailAirmailInternational",
        kind=wish.kind,
        paid=wish.pending <= 0,
        note=wish.note,
        variant=wish.variant or None,
    )
    if country == "GB":
        alphabet = "0123456789abcdefghijklmnopqrstuvwxyz"
        order.address_code = "ebay" + "".join(rng.choice(alphabet) for _ in range(7))
    if wish.tax_identifier:
        order.tax_identifier = {
            "taxpayerId": "12345678Z",
            "taxIdentifierType": "DNI",
            "issuingCountry": country,
        }
    _set_tax(wish, seller, order, country)
    if wish.hub:
        order.hub_reference = f"{rng.randrange(10**16):016d}"
        order.final_address, order.address = order.address, dict(HUB)
    match wish.variant:
        case "zero_lines":
            order.lines = []
        case "emoji_name":
            order.name = "Zoë 👩‍🚀🎉 Brown 🦄"
        case "missing_postcode":
            order.address.pop("postalCode")
    return order


def _basket(wish: Wish, rng: random.Random) -> list[tuple[str, str, int]]:
    if wish.sku:
        known = [item for item in ITEMS if item[0] == wish.sku]
        return known or [(wish.sku, f"Article {wish.sku}", 1999)]
    size = 1 + min(wish.lines - 1, int(rng.random() ** 2 * wish.lines))
    start = rng.randrange(len(ITEMS))
    return [ITEMS[(start + step * 3) % len(ITEMS)] for step in range(size)]


def _line(wish: Wish, rng: random.Random, item: tuple[str, str, int]) -> Line:
    sku, title, price = item
    return Line(
        line_id=str(rng.randrange(10**13, 10**14)),
        item_id=str(rng.randrange(10**11, 10**12)),
        sku=sku,
        title=title,
        quantity=wish.quantity or (1 if rng.random() < 0.8 else rng.randint(2, 4)),
        unit_price=price,
        shipping=0 if rng.random() < 0.6 else 399,
        discount=100 if wish.discount else 0,
        size="M" if sku.endswith("-M") else "",
    )


def _set_tax(wish: Wish, seller: Seller, order: Order, country: str) -> None:
    """eBay's own tax numbers on parcels from outside, up to what it collects for."""
    name = "IOSS" if country in EU else {"NO": "VOEC", "AU": "ABN"}.get(country, "")
    abroad = seller.ship_from_country not in EU | {country}
    worth = sum(line.cost - line.discount for line in order.lines)
    collected = name and abroad and worth <= LIMITS[name]
    if wish.ioss is not None:
        name = name or "IOSS"
        collected = wish.ioss
    # A parcel to a hub stays in the country.
    if not collected or wish.hub:
        return
    for index, line in enumerate(order.lines):
        line.tax_name, line.tax_number = name, TAX_NUMBERS[name]
        line.tax_type = "GST" if name == "ABN" else "VAT"
        line.collected_tax = (line.cost - line.discount) // 5
        if wish.mixed_tax and index:
            line.tax_number = f"{TAX_NUMBERS[name]}{index}"
