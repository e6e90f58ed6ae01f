"""What a diagnosis keeps of an order, a record and a parcel; pure, and no buyer data.

Tax numbers themselves are not kept, only where they stand and of which scheme they are;
a tracking number is kept as a keyed hash.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from shipsync_site.lib.sealed import search_hash
from stores.remote_types import Block, RemoteOrder
from stores.shipstation.types import SsOrder, SsShipment

Json = dict[str, Any]

# IOSS: IM and ten digits (Regulation (EU) 2019/2026); EORI of the UK: GB and twelve.
_IOSS = re.compile(r"\bIM\d{10}\b", re.IGNORECASE)
_EORI = re.compile(r"\b(GB|XI)\d{12}\b", re.IGNORECASE)
# Norway's register numbers are seven digits: only a name beside them tells.
_VOEC = re.compile(r"\bVOEC\b.{0,3}\d{7}\b", re.IGNORECASE)
_NAMES = ("code", "name", "type", "key")
# Fields of a ShipStation order that people and rules put tax numbers into.
_SHIPSTATION_FIELDS = (
    "advancedOptions.customField1",
    "advancedOptions.customField2",
    "advancedOptions.customField3",
    "internalNotes",
    "customerNotes",
    "shipTo.company",
    "shipTo.street2",
    "shipTo.street3",
)


def link_of(number: str) -> str:
    """What joins the two sides of an order: its number in small letters."""
    return number.strip().casefold()[:100]


def mark_of(tracking: str) -> str:
    """A keyed hash of a tracking number's letters and digits; '' for none."""
    plain = "".join(filter(str.isalnum, tracking)).casefold()
    return search_hash(plain) if plain else ""


def order_note(order: RemoteOrder) -> Json:
    """A marketplace order; None is what this list does not tell."""
    lines = order.lines
    known = Block.TAX in order.blocks
    return {
        "id": order.remote_id,
        "number": order.number,
        "status": str(order.status),
        "not_ours": order.not_ours,
        "country": order.recipient.country if order.recipient else None,
        "ordered": order.ordered_at.isoformat(),
        "ship_by": order.ship_by.isoformat() if order.ship_by else None,
        "units": sum(line.quantity for line in lines) if lines else None,
        "cancelled": sum(line.quantity_cancelled or 0 for line in lines),
        "asked": (
            any(line.cancel_requested for line in lines)
            if Block.CANCELLATION in order.blocks
            else None
        ),
        "skus": sorted({line.sku for line in lines}) if lines else None,
        "total": str(order.total) if order.total is not None else None,
        "currency": order.currency,
        "tax": sorted(set(tax_places(order))) if known else None,
        "parcels": (
            [
                [mark_of(p.tracking_number), p.carrier, _iso(p.told_at)]
                for p in order.packages
            ]
            if order.packages is not None
            else None
        ),
    }


def merged(old: Json, new: Json) -> Json:
    """Two reads of one order: the newer's word, where it says anything."""
    return old | {name: value for name, value in new.items() if value is not None}


def tax_places(order: RemoteOrder) -> Iterator[tuple[str, str]]:
    """(scheme, path into the marketplace's order) of each tax number.

    List positions are '[]'; an entry of a list that names itself is '[name]'. What the
    connector read as a number is found where it stands, others by their shape; a
    number of the connector's own settings has the path ''.
    """
    read = {
        line.ioss_number: line.tax_scheme or "IOSS"
        for line in order.lines
        if line.ioss_number
    }
    missing = dict(read)
    for path, text in walk(order.raw):
        if text in read:
            missing.pop(text, None)
            yield read[text], path
        elif scheme := scheme_of(text):
            yield scheme, path
    for scheme in missing.values():
        yield scheme, ""
    for line in order.lines:
        if line.tax_scheme and not line.ioss_number:
            yield f"{line.tax_scheme} without a number", ""


def scheme_of(text: str) -> str:
    """The scheme whose numbers look like one in this text, or ''."""
    if _IOSS.search(text):
        return "IOSS"
    if _VOEC.search(text):
        return "VOEC"
    return "EORI" if _EORI.search(text) else ""


def walk(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """(path, text) of every text in a JSON value."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from walk(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner, f"{path}[{_name(inner)}]")


def _name(entry: Any) -> str:
    """What an entry {code or name: …, value: …} calls itself, or ''."""
    if not isinstance(entry, Mapping) or "value" not in entry:
        return ""
    for name in _NAMES:
        text = entry.get(name)
        if isinstance(text, str) and not scheme_of(text):
            return text[:60]
    return ""


def record_note(row: SsOrder) -> Json:
    """An order of ShipStation."""
    advanced = row.body.get("advancedOptions")
    advanced = advanced if isinstance(advanced, Mapping) else {}
    ship_to = row.body.get("shipTo")
    country = ship_to.get("country") if isinstance(ship_to, Mapping) else None
    return {
        "id": row.order_id,
        "key": row.order_key,
        "number": row.order_number,
        "status": str(row.status),
        "country": str(country or ""),
        "created": row.created_at.isoformat(),
        "combined": len(row.merged_ids),
        "parent": row.parent_id,
        "merged_or_split": row.merged_or_split,
        "elsewhere": row.externally_fulfilled,
        "source": str(advanced.get("source") or "")[:60],
        "tax": sorted(set(_recorded_tax(row.body))),
    }


def _recorded_tax(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for field in _SHIPSTATION_FIELDS:
        value: Any = body
        for name in field.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        if isinstance(value, str) and (scheme := scheme_of(value)):
            yield scheme, field


def parcel_note(row: SsShipment) -> Json:
    """A label or a mark-as-shipped."""
    return {
        "order_id": row.order_id,
        "number": row.order_number,
        "carrier": row.carrier_code,
        "service": row.service_code,
        "created": row.created_at.isoformat(),
        "tracked": bool(row.tracking_number.strip()),
        "alive": not (row.voided or row.is_return or row.is_test),
        "notified": row.notified,
        "error": bool(row.notify_error),
        "marked": row.source != "label",
    }


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment is not None else None
