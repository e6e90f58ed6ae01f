"""Where a TikTok order goes, and whether it is ours to ship; pure.

While an order is unpaid or in its hour after payment, the fields of buyer and recipient
are empty; where TikTok ships, they are masked with asterisks. Both are unknown, not
empty.
"""

from __future__ import annotations

from stores.connectors.tiktok import fields
from stores.connectors.tiktok.fields import Json
from stores.remote_types import NotOurs, RemoteAddress

Unknown = list[tuple[str, str]]

_PATH = "recipient_address."
BY_SELLER, BY_TIKTOK = "FULFILLMENT_BY_SELLER", "FULFILLMENT_BY_TIKTOK"
SHIPPING_TYPES = frozenset({"SELLER", "TIKTOK"})
HOME, COLLECTION_POINT = "HOME_DELIVERY", "COLLECTION_POINT"
# What TikTok calls the levels of a place that name a town or a county.
_TOWNS = ("post town", "city", "town", "municipality")
_STATES = ("state", "province", "county", "region")
# Kinds of order that people should see; the ordinary ones have none.
_FLAGS = (
    ("is_sample_order", "SAMPLE"),
    ("is_replacement_order", "REPLACEMENT"),
    ("is_exchange_order", "EXCHANGE"),
    ("is_cod", "CASH_ON_DELIVERY"),
)
ORDER_TYPES = frozenset(
    {"NORMAL", "ZERO_LOTTERY", "PRE_ORDER", "MADE_TO_ORDER", "BACK_ORDER"}
)


def not_ours(raw: Json, unknown: Unknown) -> str:
    """Why this order is not ours to ship; '' when it is."""
    fulfilled = fields.text(raw, "fulfillment_type", "")
    shipping = fields.text(raw, "shipping_type", "")
    if shipping and shipping not in SHIPPING_TYPES:
        unknown.append(("shipping_type", shipping))
    if fulfilled and fulfilled != BY_SELLER:
        if fulfilled != BY_TIKTOK:
            unknown.append(("fulfillment_type", fulfilled))
        return NotOurs.FULFILLED_BY_MARKETPLACE
    if shipping == "TIKTOK":
        return NotOurs.MARKETPLACE_LABEL
    return ""


def programs_of(raw: Json, unknown: Unknown) -> tuple[str, ...]:
    """What is special about an order, in TikTok's words."""
    found = [word for name, word in _FLAGS if fields.flag(raw, name, "")]
    kind = fields.text(raw, "order_type", "")
    if kind and kind not in ORDER_TYPES:
        unknown.append(("order_type", kind))
    if kind and kind != "NORMAL":
        found.append(kind)
    delivery = fields.text(raw, "delivery_type", "")
    if delivery and delivery not in (HOME, COLLECTION_POINT):
        unknown.append(("delivery_type", delivery))
    if delivery == COLLECTION_POINT:
        found.append(COLLECTION_POINT)
    items = fields.rows(raw, "line_items", "")
    if any(fields.flag(row, "is_gift", "line_items.") for row in items):
        found.append("GIFT")
    if any(
        fields.rows(row, name, "line_items.")
        for row in items
        for name in ("combined_listing_skus", "sub_item_info")
    ):
        found.append("BUNDLE")
    tag = fields.text(raw, "split_or_combine_tag", "")
    if tag:
        found.append(tag)
    return tuple(dict.fromkeys(found))


def recipient_of(raw: Json) -> RemoteAddress | None:
    """The address for the label, or None while TikTok hides it."""
    to = fields.obj(raw, "recipient_address", "")
    name = fields.text(to, "name", _PATH).strip() or " ".join(
        filter(
            None,
            (fields.text(to, part, _PATH) for part in ("first_name", "last_name")),
        )
    )
    streets = [
        fields.text(to, f"address_line{number}", _PATH).strip()
        for number in (1, 2, 3, 4)
    ]
    detail = fields.text(to, "address_detail", _PATH).strip()
    if not any(streets):
        streets = [detail, "", "", ""]
    if not name or not any(streets) or _masked(name) or _masked(" ".join(streets)):
        return None
    places = _places(to)
    lines = [street for street in streets if street]
    return RemoteAddress(
        name=name,
        line1=lines[0],
        line2=lines[1] if len(lines) > 1 else "",
        line3=", ".join(lines[2:]),
        city=fields.text(to, "post_town", _PATH) or _first(places, _TOWNS),
        state=_first(places, _STATES),
        postcode=fields.text(to, "postal_code", _PATH),
        country=_country(to),
        phone=fields.text(to, "phone_number", _PATH),
    )


def _country(to: Json) -> str:
    """ISO 3166 alpha-2, '' for anything else: then a case asks for it."""
    code = fields.text(to, "region_code", _PATH).strip().upper()
    return code if len(code) == 2 and code.isascii() and code.isalpha() else ""


def _places(to: Json) -> dict[str, str]:
    """Level name in small letters → name of the place."""
    path = f"{_PATH}district_info."
    return {
        fields.text(row, "address_level_name", path).casefold(): fields.text(
            row, "address_name", path
        )
        for row in fields.rows(to, "district_info", _PATH)
    }


def _first(places: dict[str, str], levels: tuple[str, ...]) -> str:
    return next((places[level] for level in levels if places.get(level)), "")


def _masked(text: str) -> bool:
    return "**" in text
