"""Write what we say over a ShipStation record as read (API v1); pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from orders import payload_checks as checks
from orders.payload_content import BLOCK_CLOSE, BLOCK_OPEN
from orders.payload_types import (
    Json,
    LineFacts,
    OrderFacts,
    PayloadProblem,
    TaxMarker,
    Want,
)
from orders.tax_schemes import scheme_of

BLOCK_POINTER = "The notes are too long for ShipStation: read them in shipsync."
# From the last opening mark before a closing one: an unclosed mark swallows nothing.
_BLOCK = re.compile(r"\n?\[shipsync\](?:(?!\[shipsync\]).)*?\[/shipsync\]", re.DOTALL)
# what TaxMarker.text writes
_MARKER = re.compile(r"[A-Z0-9-]+=\S*")
# What ShipStation makes or derives (fact sheet of API v1, 'RO').
_READ_ONLY = frozenset(
    {
        "createDate",
        "modifyDate",
        "orderTotal",
        "customerId",
        "externallyFulfilled",
        "externallyFulfilledBy",
        "externallyFulfilledById",
        "externallyFulfilledByName",
    }
)
_SERVICE = ("carrierCode", "serviceCode", "packageCode")
_READ_ONLY_OPTIONS = frozenset({"mergedOrSplit", "mergedIds", "parentId"})
_READ_ONLY_ITEM = frozenset({"orderItemId", "createDate", "modifyDate"})


def created(order: OrderFacts, content: Json) -> Json:
    """The body of a new record: what we say and its store, the rest is ShipStation's.

    Weights and the warehouse are the warehouse's own from then on, so they are no part
    of what we say.
    """
    body = {key: value for key, value in content.items() if key != "customsItems"}
    _weigh(body, [line for line in order.lines if line.quantity > 0])
    body["advancedOptions"] = {**body.get("advancedOptions", {})}
    if order.store_id is not None:
        body["advancedOptions"]["storeId"] = order.store_id
    if warehouse := order.attributes.get("warehouse"):
        body["advancedOptions"]["warehouseId"] = warehouse
    if content.get("internalNotes"):
        body["internalNotes"], _ = _with_block("", content["internalNotes"])
    if content.get("customsItems"):
        body["internationalOptions"] = {
            "contents": "merchandise",
            "customsItems": content["customsItems"],
        }
    return body


def _weigh(body: Json, lines: Sequence[LineFacts]) -> None:
    """Write what units weigh, and the order where every line is known."""
    items = body.get("items", [])
    body["items"] = [
        {**item, "weight": _grams(line.grams)} if line.grams else item
        for item, line in zip(items, lines, strict=True)
    ]
    if lines and all(line.grams for line in lines):
        total = sum((line.grams or 0) * line.quantity for line in lines)
        body["weight"] = _grams(total)


def _grams(weight: int) -> Json:
    return {"value": weight, "units": "grams"}


def updated(
    current: Mapping[str, Any], content: Json
) -> tuple[Json, list[PayloadProblem]]:
    """The record as read with our fields over it."""
    problems: list[PayloadProblem] = []
    body = writable(current)
    nested = {"items", "billTo", "shipTo", "advancedOptions", "internalNotes", "tagIds"}
    identity = {"orderKey", "orderNumber"}
    for key, value in content.items():
        # The key is fixed at creation; a record that we took over keeps its own.
        if key in nested | {"customsItems"} or (key in identity and current.get(key)):
            continue
        body[key] = value
    if content.get("carrierCode", body.get("carrierCode")) != current.get(
        "carrierCode"
    ):
        # A kind of parcel is its carrier's own: another one does not know it.
        body.pop("packageCode", None)
    body["billTo"] = {**(body.get("billTo") or {}), **content["billTo"]}
    residential = {"residential": (body.get("shipTo") or {}).get("residential")}
    body["shipTo"] = {**residential, **content["shipTo"]}
    body["items"] = _items(current.get("items") or [], content.get("items", []))
    advanced = body.get("advancedOptions") or {}
    ours = content.get("advancedOptions", {})
    for field in TaxMarker.FIELDS.values():
        # A number that is gone, or went to another field, leaves no marker behind.
        if field not in ours and _is_marker(field, str(advanced.get(field) or "")):
            ours = {**ours, field: ""}
    body["advancedOptions"] = {**advanced, **ours}
    if content.get("tagIds"):
        body["tagIds"] = list(
            dict.fromkeys([*(body.get("tagIds") or []), *content["tagIds"]])
        )
    before = str(current.get("internalNotes") or "")
    notes, too_long = _with_block(before, content.get("internalNotes", ""))
    if notes or before:
        body["internalNotes"] = notes
    if too_long:
        problems.append(
            checks.problem(
                "internalNotes",
                "",
                f"would have more than {checks.NOTE_LENGTH} characters: "
                "a pointer is sent instead of our lines",
                hard=False,
            )
        )
    if content.get("customsItems"):
        theirs = body.get("internationalOptions") or {}
        body["internationalOptions"] = {
            **theirs,
            "contents": theirs.get("contents") or "merchandise",
            "customsItems": _customs_over(
                theirs.get("customsItems") or [], content["customsItems"]
            ),
        }
    return body, problems


def keep_service(body: Json, current: Mapping[str, Any]) -> None:
    """Leave carrier and service as the warehouse has them."""
    for name in _SERVICE:
        if name in current:
            body[name] = current[name]


def set_state(body: Json, *, want: Want, stop_tag_id: int | None, stop: bool) -> None:
    """Write status and stop tag; a hold date only stays on a held order."""
    body["orderStatus"] = want
    if want != "on_hold":
        body.pop("holdUntilDate", None)
    if stop_tag_id is None:
        return
    tags = [tag for tag in body.get("tagIds") or [] if tag != stop_tag_id]
    if stop:
        tags.append(stop_tag_id)
    if tags or body.get("tagIds"):
        body["tagIds"] = tags


def writable(current: Mapping[str, Any]) -> Json:
    """A deep copy of the record without what ShipStation makes itself."""
    body: Json = json.loads(json.dumps(dict(current)))
    for name in _READ_ONLY:
        body.pop(name, None)
    for name in ("shipTo", "billTo"):
        if isinstance(body.get(name), dict):
            body[name].pop("addressVerified", None)
    if isinstance(body.get("advancedOptions"), dict):
        for name in _READ_ONLY_OPTIONS:
            body["advancedOptions"].pop(name, None)
    if isinstance(body.get("items"), list):
        body["items"] = [_writable_item(item) for item in body["items"]]
    international = body.get("internationalOptions")
    if isinstance(international, dict):
        for item in international.get("customsItems") or []:
            item.pop("customsItemId", None)
    _drop_weight_units(body)
    return body


def _writable_item(item: Mapping[str, Any]) -> Json:
    kept = {key: value for key, value in item.items() if key not in _READ_ONLY_ITEM}
    _drop_weight_units(kept)
    return kept


def _drop_weight_units(holder: Json) -> None:
    weight = holder.get("weight")
    if isinstance(weight, dict):
        holder["weight"] = {
            key: value for key, value in weight.items() if key != "WeightUnits"
        }


def _items(theirs: Sequence[Mapping[str, Any]], ours: Sequence[Json]) -> list[Json]:
    """Our lines over theirs; adjustments and lines typed by hand stay.

    A line with a key that is no line of ours any more was ours and goes. Without any
    line of ours left (a cancellation) theirs stay: the record keeps its history.
    """
    if not ours:
        return [_writable_item(item) for item in theirs]
    rest = [dict(item) for item in theirs]
    result = []
    for line in ours:
        found = _take(rest, line)
        result.append({**_writable_item(found), **line})
    kept = (
        item for item in rest if item.get("adjustment") or not item.get("lineItemKey")
    )
    return [*result, *map(_writable_item, kept)]


def _take(rest: list[Json], line: Json) -> Json:
    """Take their item for a line of ours: by key, else a keyless one by SKU."""
    for item in rest:
        if item.get("lineItemKey") == line["lineItemKey"]:
            rest.remove(item)
            return item
    for item in rest:
        if not item.get("lineItemKey") and not item.get("adjustment"):
            if line["sku"] and item.get("sku") == line["sku"]:
                rest.remove(item)
                return item
    return {}


def _with_block(notes: str, block: str) -> tuple[str, bool]:
    """Their notes with our block in its place, and whether ours had to become a pointer."""
    text = _place(notes, block)
    if len(text) <= checks.NOTE_LENGTH or not block:
        return text, False
    return _place(notes, BLOCK_POINTER), True


def _is_marker(field: str, text: str) -> bool:
    """Whether a custom field holds a tax marker of ours; others may use such words too."""
    first = field == TaxMarker.FIELDS["custom_field_1"]
    scheme = text.partition("=")[0]
    return bool(_MARKER.fullmatch(text)) and (first or scheme_of(scheme) is not None)


def without_tag(body: Json, tag_id: int) -> None:
    """Take a tag of ours off the record."""
    if tag_id in (body.get("tagIds") or []):
        body["tagIds"] = [tag for tag in body["tagIds"] if tag != tag_id]


def _place(notes: str, block: str) -> str:
    found = _BLOCK.search(notes)
    marked = f"{BLOCK_OPEN} {block} {BLOCK_CLOSE}" if block else ""
    if found is None:
        return "\n".join(part for part in (notes, marked) if part)
    lead = "\n" if marked and notes[: found.start()] else ""
    after = _BLOCK.sub("", notes[found.end() :])
    return f"{notes[: found.start()]}{lead}{marked}{after}"


def _customs_over(
    theirs: Sequence[Mapping[str, Any]], ours: Sequence[Json]
) -> list[Json]:
    """Our customs lines, with what the warehouse typed of what we don't know."""
    rest = list(theirs)
    in_step = len(theirs) == len(ours)
    result = []
    for index, line in enumerate(ours):
        found: Mapping[str, Any] = next(
            (item for item in rest if item.get("description") == line["description"]),
            {},
        )
        if found:
            rest.remove(found)
        elif in_step:
            # the warehouse may have written a better description
            found = theirs[index]
        typed = {
            name: found[name]
            for name in ("harmonizedTariffCode", "countryOfOrigin")
            if found.get(name)
        }
        result.append({**typed, **line})
    return result


def merge_problems(current: Mapping[str, Any]) -> list[PayloadProblem]:
    """Why a record must not be written as one order: combined, or part of a split."""
    advanced = current.get("advancedOptions") or {}
    if advanced.get("mergedIds"):
        field, value = "mergedIds", str(advanced["mergedIds"])[:40]
        message = "holds other orders: an update would wipe their lines"
    elif advanced.get("mergedOrSplit") or advanced.get("parentId"):
        field, value = "parentId", str(advanced.get("parentId") or "")
        message = "is part of a split: an update would put every line into this part"
    else:
        return []
    return [checks.problem(f"advancedOptions.{field}", value, message)]
