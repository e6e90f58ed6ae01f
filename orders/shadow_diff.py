"""What we would create against what another route created, field by field; pure.

Only what a route says of an order is compared (ShipStation's names, API v1). Keys, ids
and the store differ by design; weight, carrier, tags and the like are the warehouse's.
Spelling that means the same is the same: Pacific times in any form, money without a
value and none, white space, letter case of addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from orders.comparison import folded
from stores.shipstation import pacific

Json = Mapping[str, Any]
Pair = tuple[str, str]
# Seconds get lost on the way, minutes do not.
MINUTE = "%d %b %Y %H:%M UTC"
_TEXTS = ("customerUsername", "requestedShippingService", "giftMessage")
_NOTES = ("customerNotes", "internalNotes")
_TIMES = ("orderDate", "paymentDate", "shipByDate")
_MONEY = ("amountPaid", "taxAmount", "shippingAmount")
_ADDRESS = (
    "name",
    "company",
    "street1",
    "street2",
    "street3",
    "city",
    "state",
    "postalCode",
    "country",
    "phone",
)
_RULES = ("source", "customField1", "customField2", "customField3")
_CUSTOMS = (
    "description",
    "quantity",
    "value",
    "harmonizedTariffCode",
    "countryOfOrigin",
)
# The buyer's own words and whereabouts; shown masked.
BUYERS = frozenset(
    {
        "customerUsername",
        "customerEmail",
        "customerNotes",
        "internalNotes",
        "giftMessage",
        "billTo.name",
        *(f"shipTo.{name}" for name in _ADDRESS if name != "country"),
    }
)


def differences(ours: Json, theirs: Json) -> dict[str, Pair]:
    """The fields in which two bodies differ, each with (ours, theirs) as texts."""
    found: dict[str, Pair] = {}

    def note(field: str, mine: Any, other: Any, same: Callable[[Any], Any]) -> None:
        if same(mine) != same(other):
            found[field] = (_shown(mine, same), _shown(other, same))

    note("orderNumber", ours.get("orderNumber"), theirs.get("orderNumber"), _number)
    for field in _TIMES:
        note(field, ours.get(field), theirs.get(field), _moment)
    for field in _MONEY:
        note(field, ours.get(field), theirs.get(field), _money)
    for field in (*_TEXTS, *_NOTES):
        note(field, ours.get(field), theirs.get(field), _text)
    note(
        "customerEmail", ours.get("customerEmail"), theirs.get("customerEmail"), _lower
    )
    note("gift", ours.get("gift"), theirs.get("gift"), bool)
    note(
        "billTo.name",
        _of(ours, "billTo", "name"),
        _of(theirs, "billTo", "name"),
        _lower,
    )
    for name in _ADDRESS:
        mine, other = _of(ours, "shipTo", name), _of(theirs, "shipTo", name)
        note(f"shipTo.{name}", mine, other, _address(name))
    for name in _RULES:
        mine = _of(ours, "advancedOptions", name)
        other = _of(theirs, "advancedOptions", name)
        note(f"advancedOptions.{name}", mine, other, _text)
    note("customsItems", _customs(ours), _customs(theirs), _text)
    _items(ours, theirs, note)
    return found


def _items(ours: Json, theirs: Json, note: Callable[..., None]) -> None:
    """Goods as a whole; where they agree, each SKU's name, price, tax and options."""
    mine, other = _by_sku(ours), _by_sku(theirs)
    note("items", _goods(mine), _goods(other), _text)
    if _goods(mine) != _goods(other):
        return
    for name, same in (
        ("name", _lower),
        ("unitPrice", _money),
        ("taxAmount", _money),
        ("options", _text),
    ):
        first = [(sku, _value(row, name)) for sku, row in mine]
        second = [(sku, _value(row, name)) for sku, row in other]
        for (_sku, left), (_other, right) in zip(first, second, strict=True):
            note(f"items.{name}", left, right, same)


def _value(row: Json, name: str) -> Any:
    if name != "options":
        return row.get(name)
    options = row.get("options") or []
    return "; ".join(sorted(f"{x.get('name')}: {x.get('value')}" for x in options))


def _by_sku(body: Json) -> list[tuple[str, Json]]:
    rows = [
        (_lower(row.get("sku")), row)
        for row in body.get("items") or []
        if not row.get("adjustment") and row.get("quantity")
    ]
    return sorted(rows, key=lambda pair: (pair[0], int(pair[1]["quantity"])))


def _goods(rows: Iterable[tuple[str, Json]]) -> str:
    return ", ".join(
        f"{row['quantity']} × {row.get('sku') or '?'}" for _sku, row in rows
    )


def _customs(body: Json) -> str:
    rows = (body.get("internationalOptions") or {}).get("customsItems") or []
    return "; ".join(
        sorted(" ".join(_plain(row.get(name)) for name in _CUSTOMS) for row in rows)
    )


def _plain(value: Any) -> str:
    return _money(value) if isinstance(value, float) else _text(value)


def _of(body: Json, group: str, name: str) -> Any:
    return (body.get(group) or {}).get(name)


def _text(value: Any) -> str:
    return " ".join(str(value or "").split())


def _lower(value: Any) -> str:
    return _text(value).casefold()


def _number(value: Any) -> str:
    return _lower(value).lstrip("#")


def _money(value: Any) -> str:
    """Two decimals; nothing is zero, for v1 fills in zeros."""
    try:
        return f"{Decimal(str(value or 0)):.2f}"
    except InvalidOperation:
        return _text(value)


def _moment(value: Any) -> str:
    if not value:
        return ""
    try:
        return f"{pacific.from_text(str(value)):{MINUTE}}"
    except ValueError:
        return _text(value)


def _address(name: str) -> Callable[[Any], str]:
    def same(value: Any) -> str:
        if name == "phone":
            return "".join(filter(str.isdigit, str(value or "")))
        return folded(name, value)

    return same


def _shown(value: Any, same: Callable[[Any], Any]) -> str:
    """As people read it: times and money in one form, all else as it stands."""
    if same in (_moment, _money):
        return str(same(value))
    if same is bool:
        return "yes" if value else "no"
    return _text(value)
