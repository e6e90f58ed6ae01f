"""Where an order's parcel goes: what each side says, field by field, and how far a
corrected address has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orders.comparison import SHIP_TO, folded
from orders.masking import ADDRESS_FIELDS, masked
from orders.models import Decision, Order, OrderBuyer, ShipStationOrder, Verb
from orders.payload_checks import country_code
from orders.payload_facts import address_json, address_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One side's address; ``counts``: this one is sent to ShipStation."""

    label: str
    counts: bool
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRow:
    """A field on every side: (whose, text) in the order of the sources."""

    label: str
    cells: tuple[tuple[str, str], ...]
    differs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a corrected address has come; ``tone`` as of the console's badges."""

    text: str
    tone: str


def sources(order: Order, buyer: OrderBuyer | None) -> list[Source]:
    """Each side's address, the marketplace's first; sides that say nothing are left out.

    The marketplace's earlier one is named where it has changed since the correction.
    """
    if buyer is None:
        return []
    market = order.store.remote_account.get_marketplace_display()
    corrected = bool(buyer.corrected)
    found = []
    last = corrected_by(order) if corrected else None
    if last is not None and buyer.corrected_from != buyer.recipient_digest:
        before = last.details.get("before") or {}
        found.append(Source(label=f"{market}, before", counts=False, fields=before))
    if buyer.recipient:
        label = f"{market}, now" if found else market
        found.append(Source(label=label, counts=not corrected, fields=buyer.recipient))
    if corrected:
        who = f"Corrected by {last.by_name}" if last is not None else "Corrected"
        found.append(Source(label=who, counts=True, fields=buyer.corrected))
    record = _record(order)
    body = record.body if record is not None else {}
    ship_to = (body or {}).get("shipTo") or {}
    if ship_to:
        fields = {name: ship_to.get(theirs) for name, theirs in SHIP_TO.items()}
        found.append(Source(label="ShipStation", counts=False, fields=fields))
    return found


def rows(found: list[Source], *, reveal: bool) -> list[AddressRow]:
    """The fields that any side fills; masked unless revealed."""
    result = []
    for name, label in ADDRESS_FIELDS:
        texts = [str(source.fields.get(name) or "") for source in found]
        if not any(texts):
            continue
        cells = tuple(
            (source.label, (text if reveal else masked(name, text)) or "none")
            for source, text in zip(found, texts, strict=True)
        )
        same = {folded(name, text) for text in texts}
        result.append(AddressRow(label=label, cells=cells, differs=len(same) > 1))
    return result


def corrected_by(order: Order) -> Decision | None:
    """The decision behind the correction that counts."""
    return (
        Decision.objects.filter(order=order, verb=Verb.CORRECT_ADDRESS)
        .order_by("-at", "-pk")
        .first()
    )


def progress(order: Order, buyer: OrderBuyer | None) -> Progress | None:
    """Where the corrected address is now; None without one."""
    if buyer is None or not buyer.corrected:
        return None
    record = _record(order)
    if record is None:
        return Progress(text="Goes out with the first push.", tone="info")
    if record.written_digest != order.payload_digest:
        if record.status in ("shipped", "cancelled") or record.gone_at is not None:
            return Progress(
                text=f"Not in ShipStation: the order is {record.raw_status} there and "
                "takes no change. The wanted address is kept here.",
                tone="breach",
            )
        return Progress(text="Waits to be written to ShipStation.", tone="info")
    if not record.modify_date:
        return Progress(text="Written to ShipStation; being read back.", tone="info")
    ship_to = (record.body or {}).get("shipTo") or {}
    wanted = address_json(address_of(buyer))
    other = [
        label.lower()
        for name, label in ADDRESS_FIELDS
        if ship_to
        and folded(name, wanted.get(name)) != folded(name, ship_to.get(SHIP_TO[name]))
    ]
    if other:
        text = f"Read back, and ShipStation shows another {', '.join(other)}."
        return Progress(text=text, tone="soon")
    return {
        "ok": Progress(text="Read back from ShipStation and verified.", tone="fine"),
        "failed": Progress(
            text="Read back; ShipStation could not verify it.", tone="soon"
        ),
        "warning": Progress(text="Read back; ShipStation has a doubt.", tone="soon"),
    }.get(
        record.address_verified,
        Progress(text="Read back; ShipStation has not checked it yet.", tone="info"),
    )


def sent_country(order: Order) -> str:
    """The code that ShipStation gets instead of the order's, '' when it is the same."""
    code = country_code(order.country)
    return code if order.country and code != order.country else ""


def _record(order: Order) -> ShipStationOrder | None:
    """The order's newest record in ShipStation that is not gone, else the newest."""
    records = sorted(order.records.all(), key=lambda row: row.pk)
    alive = [row for row in records if row.gone_at is None]
    return next(reversed(alive or records), None)
