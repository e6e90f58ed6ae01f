"""What a record of ShipStation shows of its order, in plain columns: compared as sets.

Addresses are sealed, so they are compared by keyed hashes, which go with the buyer. Of a
tax number it is kept whether it stood in a field that API v1 shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from orders.comparison import SHIP_TO
from orders.models import Order, OrderBuyer, ShipStationOrder
from orders.payload_checks import country_code
from orders.snapshot_direct import shows
from orders.tax_schemes import compact
from shipsync_site.lib.sealed import search_hash

_STREET = ("line1", "line2", "line3")
_PLACE = ("name", "city", "postcode")


def address_hash(address: Mapping[str, Any]) -> str:
    """The keyed hash of where a parcel goes; '' for no address.

    Letters and digits count, not their case, nor how the street is parted into lines. What
    systems add or drop (company, state, telephone) is left out.
    """
    street = "".join(str(address.get(name) or "") for name in _STREET)
    if not street and not address.get("postcode"):
        return ""
    place = [str(address.get(name) or "") for name in _PLACE]
    country = country_code(str(address.get("country") or ""))
    return search_hash("|".join(_letters(x) for x in (street, *place, country)))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def buyer_hash(buyer: OrderBuyer) -> str:
    """The hash of the address that counts: a person's correction before the market's."""
    counts = buyer.corrected if buyer.corrected_digest else buyer.recipient
    return address_hash(counts or {})


def number_of(order: Order) -> str:
    """The tax number that its record should show: as the rules found, else as read."""
    found = order.tax.get("number") if isinstance(order.tax, dict) else ""
    return compact(str(found or order.ioss_number or ""))[:40]


def linked_orders(
    records: Iterable[ShipStationOrder], by_key: Iterable[Order]
) -> dict[int, Order]:
    """The orders that these records show something of, with their tax.

    One query, and none where all of them were found by their keys.
    """
    found = {order.pk: order for order in by_key}
    left = {r.order_id for r in records if r.order_id is not None} - set(found)
    if left:
        rows = Order.objects.filter(pk__in=left).only("pk", "tax", "ioss_number")
        found |= {order.pk: order for order in rows}
    return found


def look(
    record: ShipStationOrder, body: Mapping[str, Any], order: Order | None
) -> None:
    """Note what this answer shows of the order that it is linked to, if it is to any."""
    if order is None or record.order_id is None:
        record.address_hash, record.tax_shown = "", None
        return
    ship_to = body.get("shipTo") or {}
    record.address_hash = address_hash(
        {ours: ship_to.get(theirs) for ours, theirs in SHIP_TO.items()}
    )
    number = number_of(order)
    record.tax_shown = number if number and shows(body, number) else ""
