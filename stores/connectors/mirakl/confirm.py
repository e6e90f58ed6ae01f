"""What is told of a dispatch, and from where the order stands; pure.

Without multi-shipment: number and carrier (OR23), then 'shipped' (OR24), each for the
whole order, and OR24 only once. With it: one shipment per parcel (ST01). Both are
decided after the order was read, so a repeat does nothing twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from stores.connectors.mirakl import cancels, fields
from stores.connectors.mirakl.carriers import Carrier, plain
from stores.connectors.mirakl.errors import (
    ALREADY_FULFILLED,
    CANCELLED,
    MAY_NOT_SHIP,
    refusal,
)
from stores.connectors.mirakl.fields import Json
from stores.connectors.mirakl.parcels import own_reference, reference_of
from stores.connectors.mirakl.states import (
    BEFORE_SHIPPING,
    CANCELED,
    GONE,
    SHIPPED,
)
from stores.remote_types import Confirmation


class Partial(StrEnum):
    """What to do with a parcel that holds a part of an order told as a whole."""

    ASK = "ask"
    FIRST = "first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What is still to be told of a whole order."""

    track: bool
    ship: bool


def check(confirmation: Confirmation) -> str:
    """The tracking number; raises RejectedError naming what can't be told."""
    number = confirmation.tracking_number.strip()
    if not number:
        raise refusal(
            "The shipment has no tracking number",
            field="tracking_number",
            remedy="Enter it in ShipStation, or tell the operator in its back office",
        )
    if not confirmation.lines:
        raise refusal("The dispatch holds no order lines", field="shipment_lines")
    return number


def whole_order(raw: Json, confirmation: Confirmation, partial: Partial) -> Steps:
    """What OR23 and OR24 still have to tell; RejectedError where neither may be.

    ``raw`` is the order as it was just read.
    """
    state = fields.required_text(raw, "order_state", "")
    told = fields.text(raw, "shipping_tracking", "")
    same = same_number(told, confirmation.tracking_number)
    covers = covers_all(raw, confirmation)
    _may_leave(state, raw)
    if state in SHIPPED:
        if same:
            return Steps(track=False, ship=False)
        if covers:
            return Steps(track=True, ship=False)
        raise refusal(
            f"The order is {state} with the number {told or 'of nobody'}, and this "
            "operator takes one parcel per order",
            field="tracking_number",
            code=ALREADY_FULFILLED,
        )
    if not covers and partial is Partial.ASK:
        raise refusal(
            "This operator takes one parcel per order, and this one holds a part of it",
            field="shipment_lines",
            code="one_parcel_only",
            remedy="Tell it in the operator's back office once all of it has left, or "
            "set 'Orders in several parcels' on the account",
        )
    return Steps(track=True, ship=True)


def tracking_body(carrier: Carrier, number: str) -> Json:
    """OR23's body."""
    return dict(carrier.told(number, link_name="carrier_url"))


def covers_all(raw: Json, confirmation: Confirmation) -> bool:
    """Whether the parcel holds every unit of the order that is still wanted."""
    sent: dict[str, int] = {}
    for line_id, units in confirmation.lines:
        sent[line_id] = sent.get(line_id, 0) + units
    for index, line in enumerate(fields.rows(raw, "order_lines", "")):
        path = f"order_lines[{index}]."
        line_id = fields.required_text(line, "order_line_id", path)
        quantity = fields.units(line, "quantity", path) or 0
        state = fields.text(line, "order_line_state", path)
        left = quantity - cancels.units_of(line, path, state, quantity, [])
        if sent.get(line_id, 0) < left:
            return False
    return True


def same_number(first: str, second: str) -> bool:
    """Whether two tracking numbers are one; separators and case do not count."""
    return bool(plain(first)) and plain(first) == plain(second)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """A shipment that stands for a parcel of ours already."""

    id: str
    shipped: bool
    same_number: bool


def known_shipment(rows: list[Json], confirmation: Confirmation) -> Shipment | None:
    """Ours among an order's shipments: the same number, else our reference."""
    found: list[Shipment] = []
    for index, row in enumerate(rows):
        path = f"shipments[{index}]."
        status = fields.text(row, "status", path)
        if status == CANCELED:
            continue
        tracking = fields.obj(row, "tracking", path)
        number = fields.text(tracking, "tracking_number", f"{path}tracking.")
        same = same_number(number, confirmation.tracking_number)
        if same or reference_of(row, path) == confirmation.package_ref:
            shipment = Shipment(
                id=fields.required_text(row, "id", path),
                shipped=status in SHIPPED,
                same_number=same,
            )
            found.append(shipment)
    return min(found, key=lambda x: not x.same_number, default=None)


def shipment_body(confirmation: Confirmation, carrier: Carrier, number: str) -> Json:
    """ST01's body: one parcel, shipped at once."""
    return {
        "shipments": [
            {
                "order_id": confirmation.order_remote_id,
                "shipped": True,
                "shipment_lines": [
                    {
                        "order_line_id": line_id,
                        "quantity": units,
                        "package_reference": own_reference(confirmation.package_ref),
                    }
                    for line_id, units in confirmation.lines
                ],
                "tracking": carrier.told(number, link_name="tracking_url"),
            }
        ]
    }


def correction_body(shipment_id: str, carrier: Carrier, number: str) -> Json:
    """ST23's body."""
    tracking = carrier.told(number, link_name="tracking_url")
    return {"shipments": [{"id": shipment_id, "tracking": tracking}]}


def leaving_body(shipment_id: str) -> Json:
    """ST24's body."""
    return {"shipments": [{"id": shipment_id}]}


def refused_inside(body: Any) -> str:
    """The first refusal inside an answer of success, '' when there is none."""
    rows = body.get("shipment_errors") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        return ""
    texts = [str(row.get("message") or "") for row in rows if isinstance(row, dict)]
    return (texts[0] or "The operator gives no reason") if texts else ""


def succeeded_inside(body: Any) -> bool:
    """Whether an answer names at least one shipment that went through."""
    rows = body.get("shipment_success") if isinstance(body, dict) else None
    return isinstance(rows, list) and bool(rows)


def _may_leave(state: str, raw: Json) -> None:
    if state in GONE:
        reason = fields.text(raw, "order_state_reason_code", "")
        because = f" ({reason})" if reason else ""
        raise refusal(
            f"The order is {state}{because} at the operator",
            field="order_state",
            code=CANCELLED,
            remedy="Stop the parcel, or get it back",
        )
    if state in BEFORE_SHIPPING:
        raise refusal(
            f"The order is {state} at the operator and may not leave yet",
            field="order_state",
            code=MAY_NOT_SHIP,
            remedy="Wait until it is SHIPPING; a parcel on its way is a matter for the "
            "operator's support",
        )
