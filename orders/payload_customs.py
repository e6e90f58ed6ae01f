"""Customs lines of an order, and what is missing in them (ShipStation API v1); pure.

A line of ``internationalOptions.customsItems`` has description, quantity, value of the
whole line, harmonizedTariffCode and countryOfOrigin, and no weight. What was paid is
what a parcel of sold goods is declared at; a product's own customs value stands in where
nothing was paid or no price is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from orders import payload_checks as checks
from orders.payload_types import Json, LineFacts, OrderFacts, PayloadProblem
from stores.vat_area import country_of, in_northern_ireland, in_vat_area

INCOMPLETE = "customs_incomplete"
ITEMS = "internationalOptions.customsItems"


def is_abroad(order: OrderFacts) -> bool:
    """Whether the order leaves the country that it is sent from."""
    home = country_of(order.ship_from_country)
    return bool(home) and home != country_of(order.recipient.country)


def needs_customs(order: OrderFacts) -> bool:
    """Whether the parcel passes a customs border, so that its data must be complete.

    There is none within the VAT area of the EU. Northern Ireland counts as the EU for
    goods that come from it.
    """
    home, place = country_of(order.ship_from_country), order.recipient
    to = country_of(place.country)
    if not home or not to or home == to:
        return False
    inside = in_vat_area(to, place.postcode) or in_northern_ireland(to, place.postcode)
    return not (in_vat_area(home, "") and inside)


def customs_lines(order: OrderFacts, problems: list[PayloadProblem]) -> list[Json]:
    """Customs lines for a destination abroad; ``value`` is that of the whole line."""
    if not is_abroad(order):
        return []
    result = []
    for index, line in enumerate(order.lines):
        if line.quantity <= 0:
            continue
        field = f"{ITEMS}[{index}]"
        description = _description(line)
        item: Json = {"description": description, "quantity": line.quantity}
        value = unit_value(order, line)
        if value is None:
            text = "is unknown: the line has no price"
            problems.append(checks.problem(f"{field}.value", "", text, hard=False))
        else:
            item["value"] = float(value * line.quantity)
        if line.product.hs_code:
            item["harmonizedTariffCode"] = line.product.hs_code
        if line.product.origin_country:
            item["countryOfOrigin"] = line.product.origin_country
        if len(description) > checks.CUSTOMS_DESCRIPTION_LENGTH:
            text = f"has more than {checks.CUSTOMS_DESCRIPTION_LENGTH} characters"
            problems.append(
                checks.problem(f"{field}.description", "", text, hard=False)
            )
        result.append(item)
    return result


def unit_value(order: OrderFacts, line: LineFacts) -> Decimal | None:
    """What one unit is declared at: what was paid, else the product's customs value."""
    product = line.product
    if line.unit_price:
        return line.unit_price
    if product.customs_value and product.currency in ("", order.currency):
        return product.customs_value
    return line.unit_price


def incomplete(order: OrderFacts) -> Iterator[PayloadProblem]:
    """Products whose customs data is not whole, where a customs border is passed.

    One that nobody entered here is no news unless such orders are to be held.
    """
    if not needs_customs(order):
        return
    told: set[str] = set()
    for index, line in enumerate(order.lines):
        product = line.product
        if line.quantity <= 0 or line.sku in told:
            continue
        if not product.sku and not order.hold_customs:
            continue
        missing = _missing(order, line)
        if not missing:
            continue
        told.add(line.sku)
        where = country_of(order.recipient.country)
        name = f"‘{line.sku}’" if line.sku else f"line {index + 1}"
        what = f"lacks {_listed(missing)}, which customs of {where} needs"
        if not product.sku:
            what = f"is no product here, so {where} gets no customs data of it"
        yield replace(
            checks.problem(f"{ITEMS}[{index}]", line.sku, "", hard=order.hold_customs),
            message=f"{name} {what}",
            code=INCOMPLETE,
            releasable=True,
            context={"sku": line.sku, "missing": missing, "destination": where},
        )


def _missing(order: OrderFacts, line: LineFacts) -> list[str]:
    product = line.product
    parts = {
        "a description for customs": product.customs_description,
        "an HS code": product.hs_code,
        "a country of origin": product.origin_country,
        "a value": unit_value(order, line),
    }
    return [name for name, value in parts.items() if not value]


def _listed(names: list[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _description(line: LineFacts) -> str:
    text = line.product.customs_description or line.title or line.sku
    return checks.one_line(text) or "(no name)"
