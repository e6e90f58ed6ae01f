"""Buyers place orders: from a control call's options to order rows.

Same options, seed and moment give the same orders; an id that is taken is drawn again.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from stores.sandbox.mirakl.offers import offer_id
from stores.sandbox.mirakl.operators import Operator
from stores.sandbox.mirakl.orders import (
    OPERATORS_CENTRE,
    OWN_CENTRE,
    STAGING,
    Line,
    Order,
    OrderBook,
)
from stores.sandbox.mirakl.people import ITEMS, make_person

Json = dict[str, Any]

VARIANTS = (
    *("zero_lines", "unknown_status", "unknown_enum", "emoji_name"),
    *("missing_postcode", "malformed"),
)
# Operators collect the tax of consignments up to 150 EUR from outside the union.
IOSS_LIMIT = 15_000
OUTSIDE = ("GBR", "NOR")
LETTERS = "ABCDEFGH"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The options of one control call; times in seconds unless they say otherwise."""

    count: int = 1
    seed: int = 0
    operator: str = "northgate"
    shop_id: int = 0
    country: str = ""
    sku: str = ""
    lines: int = 2
    quantity: int = 0
    ioss: bool | None = None
    b2b: bool = False
    ship_by_hours: float = 48.0
    order_age: float = 0.0
    late_cancel: float = 0.0
    late_cancel_after: float = 1800.0
    late_cancel_how: str = "request"
    same_buyer: bool = False
    split: int = 1
    staging: float = 0.0
    debit: float | None = None
    debit_fails: bool = False
    shipping_type: str = ""
    collect: bool = False
    fulfilled_by: str = "shop"
    note: str = ""
    variant: str = ""


_OPTIONS = {row.name for row in fields(Wish)} | {"channel", "peer"}


def read_wish(
    spec: Mapping[str, Any], operators: Mapping[str, Operator], order_age: float
) -> Wish:
    """Check a control call's options; ValueError or LookupError says what is wrong."""
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
    values.setdefault("order_age", order_age)
    wish = Wish(**values)
    operator = operators.get(wish.operator)
    if operator is None:
        raise LookupError(
            f"no operator {wish.operator!r}; there are: {', '.join(operators)}"
        )
    if wish.shop_id and wish.shop_id not in operator.shops:
        raise LookupError(f"{operator.code} has no shop {wish.shop_id}")
    if wish.country and wish.country not in operator.countries:
        raise ValueError(
            f"{operator.code} does not deliver to {wish.country!r} (alpha-3); only to "
            + ", ".join(operator.countries)
        )
    if not 0 <= wish.count <= 200_000 or not 1 <= wish.lines <= 100:
        raise ValueError(f"count={wish.count}, lines={wish.lines}: out of range")
    if not 1 <= wish.split <= len(LETTERS):
        raise ValueError(f"split={wish.split}: from 1 to {len(LETTERS)}")
    if not 0 <= wish.late_cancel <= 1:
        raise ValueError(f"late_cancel={wish.late_cancel}: must be from 0 to 1")
    for name, value, allowed in (
        ("late_cancel_how", wish.late_cancel_how, ("request", "cancelled", "line")),
        ("fulfilled_by", wish.fulfilled_by, ("shop", "operator")),
        ("variant", wish.variant, ("", *VARIANTS)),
        (
            "shipping_type",
            wish.shipping_type,
            ("", *(row.code for row in operator.shipping_types)),
        ),
    ):
        if value not in allowed:
            raise ValueError(f"{name}={value!r}: one of {', '.join(allowed)}")
    return wish


def place(wish: Wish, operator: Operator, book: OrderBook, now: int) -> list[Order]:
    """Make the orders of ``count`` baskets, in STAGING; the caller takes them in.

    A basket becomes ``split`` orders of one commercial id.
    """
    rng = random.Random(wish.seed)  # noqa: S311 - demo data, not secrets
    shared = _buyer(wish, operator, rng)
    taken: set[str] = set()
    orders = []
    for number in range(wish.count):
        buyer = shared if wish.same_buyer else _buyer(wish, operator, rng)
        basket = _basket_id(rng, operator, book, taken)
        # Another shop's part of the basket may come first.
        first = 0 if wish.split > 1 or rng.random() < 0.9 else 1
        orders += [
            _order(wish, operator, rng, f"{basket}-{letter}", buyer, now + number // 20)
            for letter in LETTERS[first : first + wish.split]
        ]
    return orders


@dataclass(frozen=True, slots=True)
class _Buyer:
    firstname: str
    lastname: str
    locale: str
    phone: str
    address: dict[str, str]
    number: int


def _buyer(wish: Wish, operator: Operator, rng: random.Random) -> _Buyer:
    country = wish.country or rng.choice(operator.countries)
    return _Buyer(*make_person(rng, country), rng.randrange(10**6, 10**7))


def _basket_id(
    rng: random.Random, operator: Operator, book: OrderBook, taken: set[str]
) -> str:
    while True:
        found = f"{operator.prefix}{rng.randrange(10**8):08d}"
        if found in taken or any(f"{found}-{letter}" in book for letter in "AB"):
            continue
        taken.add(found)
        return found


def _order(
    wish: Wish,
    operator: Operator,
    rng: random.Random,
    order_id: str,
    buyer: _Buyer,
    moment: int,
) -> Order:
    created = moment - int(wish.order_age * 1000)
    method = next(
        row
        for row in operator.shipping_types
        if row.code == wish.shipping_type
        or (not wish.shipping_type and row.collect == wish.collect)
    )
    debit = operator.debit_seconds if wish.debit is None else wish.debit
    order = Order(
        order_id=order_id,
        commercial_id=order_id.rpartition("-")[0],
        operator=operator.code,
        shop_id=wish.shop_id or operator.default_shop,
        state=STAGING,
        created=created,
        updated=moment,
        firstname=buyer.firstname,
        lastname=buyer.lastname,
        company="",
        customer_id=f"C{buyer.number}",
        locale=buyer.locale,
        email=f"{rng.randrange(16**12):012x}@notification.mirakl.net",
        phone=buyer.phone,
        address=dict(buyer.address),
        organization={},
        lines=[],
        lead=int(wish.ship_by_hours * 3_600_000),
        debit=int(debit * 1000),
        debit_fails=wish.debit_fails,
        shipping_type=method.code,
        centre=OPERATORS_CENTRE if wish.fulfilled_by == "operator" else OWN_CENTRE,
        pudo=f"PUDO-{rng.randrange(10**5):05d}" if method.collect else "",
        variant=wish.variant,
    )
    order.lines = [
        _line(wish, rng, order_id, index, item)
        for index, item in enumerate(_basket(wish, rng), start=1)
    ]
    if wish.b2b:
        order.company = f"{buyer.lastname} Interiors Ltd"
        order.organization = {
            "organization_id": f"ORG-{buyer.number}",
            "name": order.company,
            "identification_number": f"{buyer.number:08d}",
            "tax_identification_number": f"{_tax_prefix(buyer)}{buyer.number:09d}",
        }
    _fill_fields(wish, operator, order)
    match wish.variant:
        case "zero_lines":
            order.lines = []
        case "emoji_name":
            order.firstname, order.lastname = "Zoë 👩‍🚀🎉", "Brown 🦄"
        case "missing_postcode":
            order.address["zip_code"] = ""
    return order


def _tax_prefix(buyer: _Buyer) -> str:
    return buyer.locale[-2:]


def _basket(wish: Wish, rng: random.Random) -> list[tuple[str, str, int]]:
    if wish.sku:
        known = [item for item in ITEMS if item[0] == wish.sku]
        return known or [(wish.sku, f"Article {wish.sku}", 1999)]
    size = 1 + min(wish.lines - 1, int(rng.random() ** 2 * wish.lines))
    start = rng.randrange(len(ITEMS))
    return [ITEMS[(start + step * 3) % len(ITEMS)] for step in range(size)]


def _line(
    wish: Wish,
    rng: random.Random,
    order_id: str,
    index: int,
    item: tuple[str, str, int],
) -> Line:
    sku, title, price = item
    return Line(
        line_id=f"{order_id}-{index}",
        index=index,
        offer_id=offer_id(sku),
        sku=sku,
        product_sku=f"P-{offer_id(sku):05d}",
        title=title,
        quantity=wish.quantity or (1 if rng.random() < 0.8 else rng.randint(2, 4)),
        unit_price=price,
        shipping=0 if rng.random() < 0.6 else 395,
        state=STAGING,
    )


def _fill_fields(wish: Wish, operator: Operator, order: Order) -> None:
    worth = sum(line.price for line in order.lines)
    abroad = order.address["country_iso_code"] not in OUTSIDE
    collected = abroad and worth <= IOSS_LIMIT if wish.ioss is None else wish.ioss
    if operator.ioss_field and collected:
        order.fields[operator.ioss_field] = operator.ioss_number
    known = {row.code: row.entity for row in operator.custom_fields}
    if wish.note:
        for code in ("gift-note", "customer-ref"):
            if code in known:
                order.fields[code] = wish.note
    for code, entity in known.items():
        if entity == "ORDER_LINE":
            for line in order.lines:
                line.fields[code] = f"{code} {line.index}"
