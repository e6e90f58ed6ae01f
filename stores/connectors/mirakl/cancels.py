"""What speaks against shipping an order, as far as an operator tells; pure.

Mirakl knows no request to cancel. A late cancellation reaches the seller as an order
that is CANCELED, as ``cancelations`` of single lines while the order stays SHIPPING, as
an incident, or as a message of the customer. The first two are facts. The others, and a
refund in full without a cancellation, are doubts: the parcel waits for a person's word.
"""

from __future__ import annotations

from decimal import Decimal

from stores.connectors.mirakl import fields
from stores.connectors.mirakl.fields import Json
from stores.connectors.mirakl.reading import Reading
from stores.connectors.mirakl.states import (
    BEFORE_SHIPPING,
    GONE,
    INCIDENT_OPEN,
    SHIPPING,
)

Unknown = list[tuple[str, str]]
INCIDENT = "An incident is open on it at the operator"
MESSAGE = "The customer sent a message, maybe to cancel: read it at the operator"
REFUNDED = "Refunded in full at the operator, without a cancellation"


def doubts(raw: Json, state: str, reading: Reading) -> dict[str, str]:
    """Line ids that a person must look at before they leave, and why.

    Once an order is shipped, an incident is about the parcel on its way.
    """
    if state != SHIPPING and state not in BEFORE_SHIPPING:
        return {}
    lines = fields.rows(raw, "order_lines", "")
    ids = [str(line.get("order_line_id") or "") for line in lines]
    if fields.flag(raw, "fully_refunded", ""):
        return dict.fromkeys(ids, REFUNDED)
    open_on = {
        line_id: _because(line)
        for line_id, line in zip(ids, lines, strict=True)
        if line.get("order_line_state") == INCIDENT_OPEN
    }
    if open_on:
        return open_on
    if fields.flag(raw, "has_incident", ""):
        return dict.fromkeys(ids, INCIDENT)
    if reading.message_stops and fields.flag(raw, "has_customer_message", ""):
        return dict.fromkeys(ids, MESSAGE)
    return {}


def _because(line: Json) -> str:
    label = line.get("order_line_state_reason_label")
    code = line.get("order_line_state_reason_code")
    reason = label or code
    return f"{INCIDENT}: {reason}" if isinstance(reason, str) and reason else INCIDENT


def units_of(item: Json, path: str, state: str, quantity: int, unknown: Unknown) -> int:
    """Cancelled units of a line.

    A cancellation's quantity only informs, its amount decides: a line whose whole price
    was cancelled is cancelled, whatever quantity stands there. One that tells amounts
    but no units at all is somebody's to look at.
    """
    if state in GONE:
        return quantity
    rows = fields.rows(item, "cancelations", path)
    units, money, untold = 0, Decimal(0), False
    for index, row in enumerate(rows):
        inner = f"{path}cancelations[{index}]."
        told = fields.units(row, "quantity", inner)
        amount = fields.amount(row, "amount", inner) or Decimal(0)
        units, money = units + (told or 0), money + amount
        untold |= not told and amount > 0
    price = fields.amount(item, "price", path) or Decimal(0)
    if price > 0 and money >= price:
        return quantity
    if untold and units < quantity:
        each = price / quantity if price > 0 else Decimal(0)
        whole, rest = divmod(money, each) if each else (Decimal(0), money)
        if rest:
            unknown.append(
                ("order_lines.cancelations tell an amount without units", str(money))
            )
        units = max(units, int(whole) if not rest else 0)
    return min(units, quantity)
