"""Where an order goes and whether the seller ships it; pure.

Names and addresses are null before SHIPPING (or before acceptance, as the operator
chose): that is unknown, not empty.
"""

from __future__ import annotations

from stores.connectors.mirakl import fields
from stores.connectors.mirakl.countries import alpha_2
from stores.connectors.mirakl.fields import Json
from stores.connectors.mirakl.reading import Reading
from stores.remote_types import NotOurs, RemoteAddress

Unknown = list[tuple[str, str]]
_PATH = "customer.shipping_address."


def recipient_of(raw: Json, unknown: Unknown) -> RemoteAddress | None:
    """The address for the label, None while the operator does not show it."""
    customer = fields.obj(raw, "customer", "")
    place = fields.obj(customer, "shipping_address", "customer.")
    streets = [fields.text(place, name, _PATH) for name in ("street_1", "street_2")]
    name = full_name(place, _PATH)
    company = " ".join(
        filter(None, (fields.text(place, x, _PATH) for x in ("company", "company_2")))
    )
    if not any(streets) or not (name or company):
        return None
    notes = [fields.text(place, "additional_info", _PATH)]
    pickup = fields.text(raw, "shipping_pudo_id", "")
    if pickup:
        notes.insert(0, f"Pick-up point {pickup}")
    return RemoteAddress(
        name=name,
        company=company,
        line1=streets[0] or streets[1],
        line2=streets[1] if streets[0] else "",
        line3=", ".join(filter(None, notes)),
        city=fields.text(place, "city", _PATH),
        state=fields.text(place, "state", _PATH),
        postcode=fields.text(place, "zip_code", _PATH),
        country=_country(place, unknown),
        phone=fields.text(place, "phone", _PATH)
        or fields.text(place, "phone_secondary", _PATH),
    )


def full_name(source: Json, path: str) -> str:
    """First and last name, as far as they are given."""
    parts = (fields.text(source, name, path) for name in ("firstname", "lastname"))
    return " ".join(filter(None, (part.strip() for part in parts)))


def _country(place: Json, unknown: Unknown) -> str:
    """Two letters; a code of no country is kept as it is, for people to see."""
    code = fields.text(place, "country_iso_code", _PATH)
    found = alpha_2(code)
    if code and not found:
        unknown.append((f"{_PATH}country_iso_code", code))
    return found or code


def not_ours(raw: Json, reading: Reading) -> str:
    """Why the seller does not ship it, '' when they do."""
    fulfilment = fields.obj(raw, "fulfillment", "")
    centre = fields.obj(fulfilment, "center", "fulfillment.")
    code = fields.text(centre, "code", "fulfillment.center.")
    if code and code not in reading.centres:
        return NotOurs.FULFILLED_BY_MARKETPLACE
    method = fields.text(raw, "shipping_type_code", "")
    if method and method in reading.theirs:
        return NotOurs.MARKETPLACE_LABEL
    if method and method in reading.collected:
        return NotOurs.PICK_UP
    return ""


def programs_of(raw: Json) -> tuple[str, ...]:
    """What is special about the order, in words for rules and screens."""
    found = []
    if fields.text(raw, "shipping_pudo_id", ""):
        found.append("PICKUP_POINT")
    if fields.obj(fields.obj(raw, "customer", ""), "organization", "customer."):
        found.append("B2B")
    return tuple(found)
