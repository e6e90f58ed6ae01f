"""Who ships an eBay order and where to: addresses, hubs, programmes; pure.

* eBay UK writes a code of its own ('ebay' and seven letters or digits) behind the second
  address line, to match tracking by. It is not printed; it stays in the raw order.
* A hub of eBay's international shipping forwards the parcel: the address is the hub's,
  and its reference stands right above the street (contract, shipToReferenceId).
* 'Prepare for pickup' is two things: in-store pickup, which nobody ships, and click &
  collect, which is shipped to the shop that the address names.
"""

from __future__ import annotations

import re

from stores.connectors.ebay import fields
from stores.connectors.ebay.fields import Json
from stores.remote_types import NotOurs, RemoteAddress

Unknown = list[tuple[str, str]]

_CODE = re.compile(r"(?:^|[\s,]+)ebay[0-9a-z]{7}\s*$", re.IGNORECASE)
_INSTRUCTIONS = "fulfillmentStartInstructions"
PICK_UP = "PREPARE_FOR_PICKUP"
INSTRUCTION_TYPES = frozenset(
    {"SHIP_TO", PICK_UP, "DIGITAL", "SELLER_DEFINED", "FULFILLED_BY_EBAY"}
)


def start_instruction(raw: Json) -> Json:
    """How the order is to be fulfilled; {} when eBay says nothing."""
    found = fields.rows(raw, _INSTRUCTIONS, "")
    return found[0] if found else {}


def is_hub(instruction: Json) -> bool:
    """Whether the parcel goes to a hub of eBay's, domestic for customs."""
    step = fields.obj(instruction, "shippingStep", f"{_INSTRUCTIONS}[0].")
    return bool(fields.text(step, "shipToReferenceId", "shippingStep."))


def not_ours(raw: Json, instruction: Json, unknown: Unknown) -> str:
    """Why this order is not ours to ship; '' when it is."""
    kind = fields.text(instruction, "fulfillmentInstructionsType", _INSTRUCTIONS)
    program = fields.obj(raw, "program", "")
    fulfilled = fields.obj(program, "fulfillmentProgram", "program.")
    label = fields.obj(program, "ebayShipping", "program.")
    if kind and kind not in INSTRUCTION_TYPES:
        unknown.append((f"{_INSTRUCTIONS}.fulfillmentInstructionsType", kind))
    if kind == "FULFILLED_BY_EBAY" or fulfilled.get("fulfilledBy") == "EBAY":
        return NotOurs.FULFILLED_BY_MARKETPLACE
    if label.get("shippingLabelProvidedBy") == "EBAY":
        return NotOurs.MARKETPLACE_LABEL
    if kind == "DIGITAL":
        return NotOurs.DIGITAL
    if kind == PICK_UP and not _has_address(instruction):
        return NotOurs.PICK_UP
    return ""


def programs_of(raw: Json, instruction: Json) -> tuple[str, ...]:
    """The programmes that an order is part of, in eBay's words."""
    program = fields.obj(raw, "program", "")
    found = [
        name
        for name, key in (
            ("AUTHENTICITY_GUARANTEE", "authenticityVerification"),
            ("EBAY_VAULT", "ebayVault"),
            ("EBAY_INTERNATIONAL_SHIPPING", "ebayInternationalShipping"),
        )
        if program.get(key)
    ]
    if is_hub(instruction) and "EBAY_INTERNATIONAL_SHIPPING" not in found:
        found.append("GLOBAL_SHIPPING")
    if instruction.get("fulfillmentInstructionsType") == PICK_UP:
        found.append("CLICK_AND_COLLECT" if _has_address(instruction) else PICK_UP)
    return tuple(found)


def recipient_of(instruction: Json) -> RemoteAddress | None:
    """The address for the label, or None where eBay no longer gives name and street."""
    path = "shippingStep.shipTo."
    step = fields.obj(instruction, "shippingStep", f"{_INSTRUCTIONS}[0].")
    to = fields.obj(step, "shipTo", "shippingStep.")
    place = fields.obj(to, "contactAddress", path)
    within = f"{path}contactAddress."
    streets = [
        fields.text(place, "addressLine1", within),
        _CODE.sub("", fields.text(place, "addressLine2", within)),
    ]
    if not any(streets):
        return None
    reference = fields.text(step, "shipToReferenceId", "shippingStep.")
    if reference:
        streets.insert(0, f"Reference #{reference.lstrip('#')}")
    phone = fields.obj(to, "primaryPhone", path)
    address = RemoteAddress(
        name=fields.text(to, "fullName", path),
        company=fields.text(to, "companyName", path),
        line1=streets[0],
        line2=streets[1],
        line3=streets[2] if len(streets) > 2 else "",
        city=fields.text(place, "city", within),
        state=fields.text(place, "stateOrProvince", within)
        or fields.text(place, "county", within),
        postcode=fields.text(place, "postalCode", within),
        country=fields.text(place, "countryCode", within),
        phone=fields.text(phone, "phoneNumber", f"{path}primaryPhone."),
    )
    return address if address.name or address.company else None


def _has_address(instruction: Json) -> bool:
    step = fields.obj(instruction, "shippingStep", f"{_INSTRUCTIONS}[0].")
    to = fields.obj(step, "shipTo", "shippingStep.")
    return bool(to.get("contactAddress")) and not instruction.get("pickupStep")
