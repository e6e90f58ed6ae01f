"""What we say about an order, by ShipStation's names (API v1); pure.

The marketplace's fields and the rules' fields, and nothing of the warehouse's. The
digest of this is what tells an unchanged order.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from orders import payload_checks as checks
from orders.payload_customs import customs_lines, is_abroad
from orders.payload_types import (
    Json,
    LineFacts,
    OrderFacts,
    PayloadProblem,
    TaxMarker,
)
from stores.shipstation import pacific

NOTE_POINTER = "The note is too long for ShipStation: read it in shipsync."
BLOCK_OPEN, BLOCK_CLOSE = "[shipsync]", "[/shipsync]"


def content_of(order: OrderFacts) -> tuple[Json, list[PayloadProblem]]:
    """What we say, by ShipStation's names; what we don't know is left out."""
    problems: list[PayloadProblem] = []
    given = order.attributes
    gift_message = str(given.get("gift_message") or "") or _gift_message(order)
    service = str(given.get("service") or "") or order.service_level
    advanced = {
        "source": order.marketplace_label,
        **{name: given.get(target) for target, name in TaxMarker.FIELDS.items()},
        **_marker(order),
    }
    carrier, _, code = order.chosen_service.partition(":")
    content: Json = {
        "carrierCode": carrier,
        "serviceCode": code,
        "orderNumber": order.order_number,
        "orderKey": order.order_key,
        "orderDate": pacific.to_text(order.ordered_at),
        "paymentDate": pacific.to_text(order.paid_at) if order.paid_at else None,
        "shipByDate": pacific.to_text(order.ship_by) if order.ship_by else None,
        "customerUsername": order.buyer_username,
        "customerEmail": order.buyer_email,
        "billTo": {"name": checks.one_line(order.buyer_name or order.recipient.name)},
        "shipTo": _ship_to(order),
        "items": [_item(line) for line in order.lines if line.quantity > 0],
        "amountPaid": _number(order.amount_paid),
        "taxAmount": _number(order.tax_total),
        "shippingAmount": _number(order.shipping_price),
        "customerNotes": _note_text("customerNotes", order.customer_note, problems),
        "giftMessage": _note_text("giftMessage", gift_message, problems),
        "gift": True if gift_message or given.get("gift") else None,
        "requestedShippingService": checks.one_line(service),
        "advancedOptions": known(advanced),
        "internalNotes": _block(order),
        "customsItems": customs_lines(order, problems),
        "tagIds": _tags(order),
    }
    return known(content), problems


def _marker(order: OrderFacts) -> Json:
    """The custom field that a rule of ShipStation's finds the tax number in."""
    field = TaxMarker.FIELDS.get(order.tax_route)
    return {field: order.tax_marker.text} if field and order.tax_marker else {}


def _tags(order: OrderFacts) -> list[int]:
    """The tag by which a rule of ShipStation's adds the tax number that it knows."""
    tagged = order.tax_route == "tag" and order.tax_marker and order.tax_tag_id
    return [order.tax_tag_id] if tagged and order.tax_tag_id else []


def _item(line: LineFacts) -> Json:
    sku, title = checks.one_line(line.sku), checks.one_line(line.title)
    return {
        "lineItemKey": line.line_key,
        "sku": sku,
        "name": title or sku or "(no name)",
        "quantity": line.quantity,
        "options": [{"name": name, "value": value} for name, value in line.options],
        **known(
            {"unitPrice": _number(line.unit_price), "taxAmount": _number(line.tax)}
        ),
    }


def _ship_to(order: OrderFacts) -> Json:
    address = order.recipient
    texts = {
        "name": address.name,
        "company": address.company,
        "street1": address.line1,
        "street2": address.line2,
        "street3": address.line3,
        "city": address.city,
        "state": address.state,
        "postalCode": address.postcode,
        "phone": address.phone,
    }
    ship_to: Json = {name: checks.one_line(text) for name, text in texts.items()}
    ship_to["country"] = checks.country_code(address.country)
    if address.residential is not None:
        ship_to["residential"] = address.residential
    return ship_to


def _gift_message(order: OrderFacts) -> str:
    """The gift messages of the lines: one as it is, several with their SKUs."""
    lines = [line for line in order.lines if line.quantity > 0 and line.gift_message]
    messages = {line.gift_message for line in lines}
    if len(messages) <= 1:
        return next(iter(messages), "")
    return "\n".join(f"{line.sku}: {line.gift_message}" for line in lines)


def _note_text(field: str, text: str, problems: list[PayloadProblem]) -> str:
    """A buyer's note, or a pointer to it where ShipStation can't take it whole."""
    strange = checks.unprintable(text)
    if len(text) <= checks.NOTE_LENGTH and not strange:
        return text
    reason = (
        f"holds control characters ({', '.join(strange[:5])})"
        if strange
        else f"has {len(text)} characters, ShipStation takes {checks.NOTE_LENGTH}"
    )
    text = f"{reason}: a pointer to it is sent instead"
    problems.append(checks.problem(field, "", text, hard=False))
    return NOTE_POINTER


def _block(order: OrderFacts) -> str:
    """The lines of our marked block, '' for none."""
    given = (str(made.value) for made in order.attributes.notes)
    lines = [_harmless(line) for line in (*order.notes, *given) if line.strip()]
    if order.currency and is_abroad(order):
        lines.append(f"Amounts are in {order.currency}")
    if order.order_url:
        lines.append(order.order_url)
    return "\n".join(lines)


def _harmless(line: str) -> str:
    """A note that can't open or close our block."""
    for mark in (BLOCK_OPEN, BLOCK_CLOSE):
        line = line.replace(mark, mark.strip("[]"))
    return line


def known(values: Mapping[str, Any]) -> Json:
    """Without what is unknown: None, '' and empty lists."""
    return {key: value for key, value in values.items() if value not in (None, "", [])}


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)
