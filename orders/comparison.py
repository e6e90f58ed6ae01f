"""An order and its ShipStation record, field by field: what each side says."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orders.masking import ADDRESS_FIELDS, masked
from orders.models import Order, ShipStationOrder, Stage
from orders.payload_checks import country_code
from orders.skus import units_of
from stores.rulebook import NO_RULES
from stores.shipstation import pacific

# ShipStation's names (API v1, shipTo) of the fields of an address.
SHIP_TO = {
    "name": "name",
    "company": "company",
    "line1": "street1",
    "line2": "street2",
    "line3": "street3",
    "city": "city",
    "state": "state",
    "postcode": "postalCode",
    "country": "country",
    "phone": "phone",
}
# The status that a record should have in each of our stages; the rest may be anything.
WANTED = {
    Stage.RELEASE: "on_hold",
    Stage.HELD: "on_hold",
    Stage.IN_SHIPSTATION: "awaiting_shipment",
    Stage.DISPATCHED: "shipped",
    Stage.CONFIRMED: "shipped",
    Stage.DONE: "shipped",
    Stage.CANCELLED: "cancelled",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field on both sides. Values are texts or times; buyer data comes masked."""

    label: str
    ours: str | datetime
    theirs: str | datetime
    differs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A record beside its order, differences first."""

    record: ShipStationOrder
    rows: list[Difference] = field(default_factory=list)

    @property
    def differing(self) -> int:
        """How many fields differ."""
        return sum(row.differs for row in self.rows)


def compare(
    order: Order, record: ShipStationOrder, recipient: dict[str, Any]
) -> Comparison:
    """The record beside its order; ``recipient`` is the order's, {} when purged.

    A record whose body was purged is compared by what its columns still hold.
    """
    body = record.body if isinstance(record.body, dict) else {}
    rows = [_status(order, record), *_lines(order, record)]
    if body:
        rows += [_ship_by(order, body), *_address(recipient, body.get("shipTo") or {})]
    rows += [_hold(order, record), _tags(order, record)]
    rows.sort(key=lambda row: not row.differs)
    return Comparison(record=record, rows=rows)


def _status(order: Order, record: ShipStationOrder) -> Difference:
    wanted = WANTED.get(Stage(order.stage), "")
    shown = "gone" if record.gone_at else record.raw_status
    return Difference(
        label="Status",
        ours=(wanted or "any").replace("_", " "),
        theirs=shown.replace("_", " "),
        differs=bool(wanted) and (shown if record.gone_at else record.status) != wanted,
    )


def _lines(order: Order, record: ShipStationOrder) -> list[Difference]:
    """Units by SKU: keys differ on records that somebody else made.

    A kit counts as it was packed. A line that they carry under its key has their SKU:
    an alias is no difference.
    """
    named = {str(row.get("line_key") or ""): row.get("sku") for row in record.lines}
    ours: Counter[str] = Counter()
    for line in order.lines.all():
        for key, sku, units in units_of(line, NO_RULES, order.currency):
            ours[str(named.get(key) or sku)] += units
    theirs: Counter[str] = Counter()
    for row in record.lines:
        if not row.get("adjustment"):
            theirs[str(row.get("sku") or "(no SKU)")] += int(row.get("quantity") or 0)
    return [
        Difference(
            label=f"Units of {sku}",
            ours=str(ours[sku]) if sku in ours else "not in the order",
            theirs=str(theirs[sku]) if sku in theirs else "missing",
            differs=ours[sku] != theirs[sku],
        )
        for sku in sorted({*ours, *theirs})
        if ours[sku] or theirs[sku]
    ]


def _ship_by(order: Order, body: dict[str, Any]) -> Difference:
    theirs: datetime | None
    try:
        theirs = pacific.from_text(str(body["shipByDate"]))
    except (KeyError, ValueError):
        theirs = None
    same_day = (order.ship_by and pacific.today(order.ship_by)) == (
        theirs and pacific.today(theirs)
    )
    return Difference(
        label="Ship-by",
        ours=order.ship_by or "none",
        theirs=theirs or "none",
        differs=not same_day,
    )


def _address(recipient: dict[str, Any], ship_to: dict[str, Any]) -> list[Difference]:
    rows = []
    for name, label in ADDRESS_FIELDS:
        ours, theirs = recipient.get(name) or "", ship_to.get(SHIP_TO[name]) or ""
        if not recipient or not (ours or theirs):
            continue
        differs = folded(name, ours) != folded(name, theirs)
        hint = " (another)" if differs and ours and theirs else ""
        rows.append(
            Difference(
                label=label,
                ours=masked(name, ours) or "none",
                theirs=(masked(name, theirs) or "none") + hint,
                differs=differs,
            )
        )
    return rows


def folded(name: str, value: object) -> str:
    """An address field as it is compared: no case, no spaces, ISO country codes."""
    text = "".join(str(value or "").casefold().split())
    return country_code(text) if name == "country" else text


def _hold(order: Order, record: ShipStationOrder) -> Difference:
    held = record.status == "on_hold"
    wanted = order.stage in (Stage.HELD, Stage.RELEASE)
    theirs = "no hold"
    if held:
        until = f" until {record.hold_until}" if record.hold_until else ""
        theirs = (
            "held by us" if record.held_by_us else "held by somebody else"
        ) + until
    return Difference(
        label="Hold",
        ours="hold wanted" if wanted else "no hold wanted",
        theirs=theirs,
        differs=held != wanted and not record.gone_at,
    )


def _tags(order: Order, record: ShipStationOrder) -> Difference:
    stop = record.account.stop_tag_id
    stopped = stop is not None and stop in record.tag_ids
    # A hold of the release window carries no stop tag: nothing is wrong with it.
    wanted = record.held_by_us and order.stage == Stage.HELD
    others = sum(tag != stop for tag in record.tag_ids)
    theirs = "stop tag" if stopped else "no stop tag"
    if others:
        theirs += f", {others} other{'s' if others > 1 else ''}"
    return Difference(
        label="Tags",
        ours="stop tag" if wanted else "no stop tag",
        theirs=theirs,
        # Only a missing stop tag misleads a packer; an old one is swept by us.
        differs=wanted and stop is not None and not stopped,
    )
