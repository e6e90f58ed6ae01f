"""Which number customs must see; pure.

Mirakl has no field for an IOSS number. An operator may carry it in a custom field of
the order or of its lines (AF01), or have told its one number when the seller joined.
That one number goes on a parcel only where the scheme holds: into the VAT area of the
EU, from outside it, goods of at most 150 EUR. The buyer's own VAT id
(``customer.organization``) is the recipient's and no customs number; it stays in the
sealed answer.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from stores.connectors.mirakl import fields
from stores.connectors.mirakl.countries import alpha_2
from stores.connectors.mirakl.fields import Json
from stores.connectors.mirakl.reading import Reading
from stores.remote_types import RemoteAddress
from stores.vat_area import EU, in_vat_area

IOSS = "IOSS"
LIMIT_EUR = Decimal(150)
_NUMBER = re.compile(r"IM\d{10}")


def number_of(
    raw: Json, line: Json, path: str, reading: Reading, to: RemoteAddress | None
) -> str:
    """The IOSS number of a line, '' where it has none."""
    if reading.ioss_field:
        own = _custom(line, "order_line_additional_fields", path, reading.ioss_field)
        found = own or _custom(raw, "order_additional_fields", "", reading.ioss_field)
        if found:
            return found
    if not reading.ioss_number or to is None:
        return ""
    applies = (
        in_vat_area(to.country, to.postcode)
        and not _leaves_from_eu(line, path)
        and not _too_dear(raw)
    )
    return reading.ioss_number if applies else ""


def looks_right(number: str) -> bool:
    """Whether a number has the form of an IOSS number."""
    return bool(_NUMBER.fullmatch(number))


def _custom(source: Json, name: str, path: str, code: str) -> str:
    for index, row in enumerate(fields.rows(source, name, path)):
        if fields.text(row, "code", f"{path}{name}[{index}].") == code:
            return _shown(row.get("value")).strip()
    return ""


def _shown(value: Any) -> str:
    """A custom field's value as text: a number of many digits, the first of a list."""
    if isinstance(value, list):
        return _shown(value[0]) if value else ""
    return "" if value is None or isinstance(value, bool | dict) else str(value)


def _leaves_from_eu(line: Json, path: str) -> bool:
    origin = fields.obj(line, "shipping_from", path)
    place = fields.obj(origin, "address", f"{path}shipping_from.")
    code = fields.text(place, "country_iso_code", f"{path}shipping_from.address.")
    return alpha_2(code) in EU


def _too_dear(raw: Json) -> bool:
    """Goods of more than 150 EUR, VAT and shipping apart; other currencies: not known."""
    if raw.get("currency_iso_code") != "EUR":
        return False
    goods = fields.amount(raw, "price", "") or Decimal(0)
    if raw.get("order_tax_mode") != "TAX_EXCLUDED":
        for index, line in enumerate(fields.rows(raw, "order_lines", "")):
            goods -= fields.total(line, "taxes", f"order_lines[{index}].")
    return goods > LIMIT_EUR
