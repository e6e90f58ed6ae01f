"""TikTok's units to our lines: it has one line per unit, we one per SKU and price; pure.

A line of ours is named by the smallest of its units' ids. Cancelled units stay in the
order, so neither name nor quantity changes when one is cancelled.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from stores.connectors.tiktok import fields
from stores.connectors.tiktok.fields import Json
from stores.remote_types import RemoteLine, RemotePackage

Unknown = list[tuple[str, str]]

CANCELLED = "CANCELLED"
SHIPPED = frozenset({"AWAITING_COLLECTION", "IN_TRANSIT", "DELIVERED", "COMPLETED"})
# ON_HOLD and PARTIALLY_SHIPPING are an order's; they tell of a unit that it waits.
WAITING = frozenset({"UNPAID", "ON_HOLD", "AWAITING_SHIPMENT", "PARTIALLY_SHIPPING"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One unit; ``status`` '' is unknown."""

    id: str
    status: str
    package_id: str
    tracking_number: str
    raw: Json

    @property
    def cancelled(self) -> bool:
        """Whether it is not wanted any more."""
        return self.status == CANCELLED

    @property
    def told(self) -> bool:
        """Whether TikTok has it in a parcel."""
        return not self.cancelled and (
            self.status in SHIPPED or bool(self.tracking_number)
        )

    @property
    def open(self) -> bool:
        """Whether it is still to be told of."""
        return not self.cancelled and not self.told


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The units of one line of ours, the smallest id first."""

    units: tuple[Unit, ...]

    @property
    def id(self) -> str:
        """The name of our line."""
        return self.units[0].id

    def holds(self, line_id: str) -> bool:
        """Whether this is the line of that name, also by another unit of it."""
        return any(unit.id == line_id for unit in self.units)


def groups_of(raw: Json) -> tuple[Group, ...]:
    """An order's units by SKU, price and gift, in TikTok's order.

    Raises FieldError naming the field that can't be read.
    """
    found: dict[tuple[object, ...], list[Unit]] = {}
    ids: set[str] = set()
    for index, row in enumerate(fields.rows(raw, "line_items", "")):
        path = f"line_items[{index}]."
        key = (
            fields.required_identifier(row, "sku_id", path),
            fields.money(row, "sale_price", path),
            fields.flag(row, "is_gift", path),
        )
        unit = Unit(
            id=fields.required_identifier(row, "id", path),
            status=fields.text(row, "display_status", path),
            package_id=fields.identifier(row, "package_id", path),
            tracking_number=fields.text(row, "tracking_number", path).strip(),
            raw=row,
        )
        if unit.id in ids:
            raise fields.FieldError(f"{path}id", f"is there twice: {unit.id}")
        ids.add(unit.id)
        found.setdefault(key, []).append(unit)
    return tuple(
        Group(units=tuple(sorted(units, key=lambda unit: (len(unit.id), unit.id))))
        for units in found.values()
    )


def line_of(
    group: Group,
    *,
    all_cancelled: bool,
    asked: bool | None,
    reason: str,
    unknown: Unknown,
) -> RemoteLine:
    """Our line for a group of units; ``asked``: the buyer wants it cancelled."""
    first = group.units[0].raw
    path = f"line_items[{group.id}]."
    statuses = [unit.status for unit in group.units]
    for status in statuses:
        if status and status != CANCELLED and status not in SHIPPED | WAITING:
            unknown.append(("line_items.display_status", status))
    known = all(
        status == CANCELLED or status in SHIPPED | WAITING for status in statuses
    )
    quantity = len(group.units)
    cancelled: int | None = sum(unit.cancelled for unit in group.units)
    shipped: int | None = sum(unit.told for unit in group.units)
    if all_cancelled:
        cancelled, shipped = quantity, 0
    elif not known:
        cancelled, shipped = None, None
    return RemoteLine(
        remote_id=group.id,
        sku=fields.text(first, "seller_sku", path),
        title=fields.text(first, "product_name", path),
        quantity=quantity,
        unit_price=fields.money(first, "sale_price", path),
        tax=_tax(group),
        quantity_fulfilled=shipped,
        quantity_cancelled=cancelled,
        cancel_requested=asked,
        cancel_reason=reason,
        ioss_number="",
        tax_scheme="",
        options=_options(first, path),
    )


def packages_of(raw: Json, groups: Iterable[Group]) -> tuple[RemotePackage, ...]:
    """The parcels that the units are in; several orders may share a number.

    Before shipping TikTok may name packages without a number: those prove nothing.
    """
    parcels: dict[tuple[str, str], list[tuple[str, Unit]]] = {}
    for group in groups:
        for unit in group.units:
            if unit.tracking_number:
                key = (unit.package_id, unit.tracking_number)
                parcels.setdefault(key, []).append((group.id, unit))
    found = []
    for (package_id, number), rows in parcels.items():
        first = rows[0][1].raw
        counts: dict[str, int] = {}
        for line_id, _unit in rows:
            counts[line_id] = counts.get(line_id, 0) + 1
        found.append(
            RemotePackage(
                reference=package_id or number,
                carrier=fields.text(first, "shipping_provider_name", "line_items."),
                tracking_number=number,
                status=fields.text(first, "package_status", "line_items."),
                shipped_at=fields.moment(first, "rts_time", "line_items."),
                told_at=fields.moment(first, "rts_time", "line_items."),
                lines=tuple(counts.items()),
            )
        )
    if not found and (number := fields.text(raw, "tracking_number", "").strip()):
        # Told of the order alone: which units are in it is not known.
        return (
            RemotePackage(
                reference=number,
                carrier=fields.text(raw, "shipping_provider", ""),
                tracking_number=number,
                status="",
                shipped_at=fields.moment(raw, "rts_time", ""),
                lines=(),
            ),
        )
    return tuple(found)


def _tax(group: Group) -> Decimal | None:
    """All units' tax; None where TikTok says nothing of it."""
    if not any("item_tax" in unit.raw for unit in group.units):
        return None
    amounts = [
        fields.money(row, "tax_amount", "line_items.item_tax.")
        for unit in group.units
        for row in fields.rows(unit.raw, "item_tax", "line_items.")
    ]
    return sum((amount for amount in amounts if amount is not None), Decimal(0))


def _options(first: Json, path: str) -> tuple[tuple[str, str], ...]:
    """What a packer should see beside title and SKU."""
    found = []
    variation = fields.text(first, "sku_name", path)
    if variation and variation.casefold() != "default":
        found.append(("Variation", variation))
    parts = [f"{count} × {sku}" for sku, count in _parts(first, path).items()]
    if parts:
        found.append(("Contains", ", ".join(parts)))
    if fields.flag(first, "is_gift", path):
        found.append(("Gift", "free with this order"))
    return tuple(found)


def _parts(first: Json, path: str) -> dict[str, int]:
    """The real SKUs of a virtual bundle and their units; {} for anything else.

    TikTok names them by count (``combined_listing_skus``), or unit by unit.
    """
    found: dict[str, int] = {}
    for name in ("combined_listing_skus", "sub_item_info"):
        for row in fields.rows(first, name, path):
            within = f"{path}{name}."
            sku = fields.text(row, "seller_sku", within) or fields.identifier(
                row, "sku_id", within
            )
            count = fields.whole(row, "sku_count", within) or 1
            found[sku] = found.get(sku, 0) + count
        if found:
            break
    return found
