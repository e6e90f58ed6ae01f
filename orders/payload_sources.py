"""Who made each field of a createorder body, for people to read; pure.

A field that stands here under no name of its own is under that of what holds it:
``shipTo`` speaks for ``shipTo.city``. What we don't say is ShipStation's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orders.attributes import FIELDS
from orders.payload_types import (
    Json,
    LineFacts,
    OrderFacts,
    Source,
    TaxMarker,
)

_MARKET = Source(system="marketplace", text="As the marketplace gave it")
_PERSON = Source(system="person", text="A person's correction")
_CHOICE = Source(system="person", text="A person's choice of the service")
_KEY = Source(
    system="shipsync", text="Ours, and fixed: by it ShipStation knows the order"
)
_STATE = Source(system="shipsync", text="What we want the order to be")
_STORE = Source(system="store", text="The store's settings")
_THERE = Source(
    system="shipstation", text="The warehouse's: as it stands in ShipStation"
)
_NOTES = Source(
    system="shipsync", text="The lines between our marks; the rest is theirs"
)
_ALIAS = Source(
    system="rule", text="An approved alias", rule="SKU alias", url="stores:aliases"
)
_NAMED = Source(system="person", text="A person named this SKU for this order")
_KIT = Source(system="product", text="Part of a kit", rule="Kit", url="stores:kits")
_SPLIT = Source(
    system="product",
    text="The kit's amount, split to the penny over its parts",
    rule="Kit",
    url="stores:kits",
)
_PRODUCT = Source(
    system="product", text="The product", rule="Product", url="stores:products"
)
_TAG = Source(system="rule", text="The tax number's tag", rule="Tax rule")
_MARKET_FIELDS = (
    "orderNumber", "orderDate", "paymentDate", "shipByDate", "customerUsername",
    "customerEmail", "billTo", "amountPaid", "taxAmount", "shippingAmount",
    "customerNotes", "giftMessage", "gift", "requestedShippingService",
)  # fmt: skip


def sources_of(order: OrderFacts, body: Json) -> dict[str, Source]:
    """Field of the body, as in ``items[0].sku``, to who made it."""
    found: dict[str, Source] = dict.fromkeys(body, _THERE)
    found |= {name: _MARKET for name in _MARKET_FIELDS if _said(order, name)}
    found["shipTo"] = _PERSON if order.corrected else _MARKET
    if order.chosen_service:
        found |= dict.fromkeys(("carrierCode", "serviceCode"), _CHOICE)
    found |= {"orderKey": _KEY, "orderStatus": _STATE}
    if body.get("internalNotes"):
        found["internalNotes"] = _NOTES
    found |= dict(_advanced(order))
    for target, made in order.attributes.values.items():
        found[FIELDS[target]] = _of_rule(made.rule.name, made.rule.id)
    if order.attributes.notes:
        names = ", ".join(x.rule.name for x in order.attributes.notes)
        found["internalNotes"] = _of_rule(names, order.attributes.notes[0].rule.id)
    lines = [line for line in order.lines if line.quantity > 0]
    for index, line in enumerate(lines):
        for name, source in _line(line).items():
            found[f"items[{index}].{name}"] = source
    if body.get("internationalOptions"):
        found |= dict(_customs(lines))
    known = set(body)
    return {name: x for name, x in found.items() if _root(name) in known}


def _said(order: OrderFacts, name: str) -> bool:
    """Whether the marketplace gave a value; else the field stays as it was."""
    values: Mapping[str, object] = {
        "paymentDate": order.paid_at,
        "shipByDate": order.ship_by,
        "customerUsername": order.buyer_username,
        "customerEmail": order.buyer_email,
        "amountPaid": order.amount_paid,
        "taxAmount": order.tax_total,
        "shippingAmount": order.shipping_price,
        "customerNotes": order.customer_note,
        "requestedShippingService": order.service_level,
    }
    if name in ("gift", "giftMessage"):
        return any(line.gift_message for line in order.lines)
    return values.get(name, True) not in (None, "")


def _advanced(order: OrderFacts) -> Iterator[tuple[str, Source]]:
    yield "advancedOptions", _THERE
    yield "advancedOptions.source", _STORE
    yield "advancedOptions.storeId", _STORE
    if order.tax_marker is None:
        return
    rule = order.tax.get("rule")
    made = Source(
        system="rule",
        text=str(order.tax.get("source") or "The tax number of the order"),
        rule="Tax rule" if rule else "",
        url="stores:tax_rules" if rule else "",
        pk=rule if isinstance(rule, int) else None,
    )
    if field := TaxMarker.FIELDS.get(order.tax_route):
        yield f"advancedOptions.{field}", made
    elif order.tax_tag_id:
        yield "tagIds", _TAG


def _of_rule(name: str, pk: int) -> Source:
    return Source(
        system="rule",
        text=f"The attribute rule ‘{name}’",
        rule="Attribute rule",
        url="stores:attribute_rules",
        pk=pk,
    )


def _line(line: LineFacts) -> dict[str, Source]:
    sku = _MARKET
    if line.kit:
        sku = _KIT
    elif line.named_by_person:
        sku = _NAMED
    elif line.sku != line.market_sku and line.market_sku:
        sku = _ALIAS
    amount = _SPLIT if line.kit else _MARKET
    found = {
        "lineItemKey": _KEY,
        "sku": sku,
        "name": _KIT if line.kit else _MARKET,
        "quantity": _KIT if line.kit else _MARKET,
        "unitPrice": amount,
        "taxAmount": amount,
        "options": _MARKET,
    }
    return found | ({"weight": _PRODUCT} if line.grams else {})


def _customs(lines: list[LineFacts]) -> Iterator[tuple[str, Source]]:
    yield "internationalOptions", _THERE
    for index, line in enumerate(lines):
        field = f"internationalOptions.customsItems[{index}]"
        product = line.product
        yield field, _MARKET
        if product.customs_description:
            yield f"{field}.description", _PRODUCT
        yield f"{field}.harmonizedTariffCode", _PRODUCT if product.hs_code else _THERE
        origin = _PRODUCT if product.origin_country else _THERE
        yield f"{field}.countryOfOrigin", origin
        if not line.unit_price and product.customs_value:
            yield f"{field}.value", _PRODUCT
        elif line.kit:
            yield f"{field}.value", _SPLIT


def _root(name: str) -> str:
    return name.partition(".")[0].partition("[")[0]


def source_for(sources: Mapping[str, Source], name: str) -> Source:
    """The source of a field: its own, or that of what holds it."""
    while name:
        if name in sources:
            return sources[name]
        head = max(name.rfind("."), name.rfind("["))
        name = name[:head] if head > 0 else ""
    return _THERE
