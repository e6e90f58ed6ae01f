"""OR23 and OR24: who carries an order, and that it has left.

A registered carrier is named by its exact code; its address of tracking is made from the
operator's template, so a number is needed where the template has a place for one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse

from stores.sandbox.mirakl.answers import ApiError, empty_response, invalid, wrong_state
from stores.sandbox.mirakl.call import Call
from stores.sandbox.mirakl.operators import Operator
from stores.sandbox.mirakl.orders import (
    RECEIVED,
    SHIPPED,
    SHIPPING,
    TO_COLLECT,
    Order,
)

Json = dict[str, Any]

TRACKABLE = (SHIPPING, SHIPPED, TO_COLLECT, RECEIVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Tracking as a request told it, checked against the operator's carriers."""

    code: str
    name: str
    standard: str
    number: str
    url: str


def read_tracking(body: Json, operator: Operator, *, url_field: str) -> Told:
    """Check carrier and number; raises ApiError. OR23 and ST01 name the URL otherwise."""
    texts: dict[str, str] = {}
    for name in ("carrier_code", "carrier_name", "carrier_standard_code", "tracking_number", url_field):  # fmt: skip
        value = body.get(name)
        if value is not None and not isinstance(value, str):
            raise invalid(f"{name}: a text is required", name)
        texts[name] = (value or "").strip()
    code, name, number = texts["carrier_code"], texts["carrier_name"], texts["tracking_number"]  # fmt: skip
    if code:
        carrier = operator.carrier(code)
        if carrier is None:
            raise invalid(
                f"Carrier with code '{code}' is not registered", "carrier_code"
            )
        if carrier.needs_number and not number:
            raise invalid(
                f"tracking_number: required for carrier '{code}'", "tracking_number"
            )
        return Told(
            code=code,
            name=carrier.label,
            standard=carrier.standard,
            number=number,
            url=carrier.url(number),
        )
    if not name:
        raise invalid("carrier_code or carrier_name is required", "carrier_code")
    if not operator.alternative_carriers:
        raise invalid("Only registered carriers are allowed", "carrier_name")
    if texts[url_field] and not texts[url_field].startswith(("http://", "https://")):
        raise invalid(f"{url_field}: not an address", url_field)
    return Told(
        code="",
        name=name,
        standard=texts["carrier_standard_code"],
        number=number,
        url=texts[url_field],
    )


def set_tracking(call: Call, order_id: str) -> HttpResponse:
    """OR23; may be repeated to correct a number, after the shipment too."""
    body: Json = {}
    try:
        order = call.own_order(order_id)
        body = call.body()
        if order.shipments:
            raise ApiError(400, f"Order '{order_id}' has shipments of its own")
        if order.state not in TRACKABLE:
            raise wrong_state(order_id, order.state)
        told = read_tracking(body, call.operator, url_field="carrier_url")
    except ApiError as error:
        refuse(call, "tracking_refused", order_id, body, error)
        raise
    order.carrier_code, order.carrier_name = told.code, told.name
    order.standard, order.tracking, order.url = told.standard, told.number, told.url
    call.world.book.touch(order, call.now)
    call.world.record(
        "tracking",
        order_id,
        body,
        accepted=True,
        operator=call.operator.code,
        carrier_code=told.code,
        carrier_name=told.name,
        trackingNumber=told.number,
        after_shipping=order.state != SHIPPING,
    )
    return empty_response()


def ship(call: Call, order_id: str) -> HttpResponse:
    """OR24: the order has left; once, and only from SHIPPING."""
    try:
        order = call.own_order(order_id)
        if order.state != SHIPPING:
            raise wrong_state(order_id, order.state)
        if order.shipments:
            raise ApiError(400, f"Order '{order_id}' has shipments of its own")
        method = next(
            m for m in call.operator.shipping_types if m.code == order.shipping_type
        )
        told = order.carrier_code or order.carrier_name
        if method.mandatory_tracking and not told:
            raise ApiError(
                400, "Tracking details are mandatory for this shipping method"
            )
    except ApiError as error:
        refuse(call, "ship_refused", order_id, None, error)
        raise
    items = {line.line_id: line.wanted for line in order.open_lines}
    for line in order.open_lines:
        line.sent = line.wanted
    call.world.life.left(order, call.operator, call.now)
    record_ship(
        call, order, items, order.carrier_code, order.carrier_name, order.tracking
    )
    return empty_response()


def record_ship(
    call: Call,
    order: Order,
    items: dict[str, int],
    carrier_code: str,
    carrier_name: str,
    number: str,
    **parts: Any,
) -> None:
    """The ledger's row of units that left, by OR24, ST01 or ST24."""
    call.world.record(
        "ship",
        order.order_id,
        items,
        accepted=True,
        operator=order.operator,
        carrier_code=carrier_code,
        carrier_name=carrier_name,
        trackingNumber=number,
        items=items,
        asked=order.asked or None,
        **parts,
    )


def refuse(
    call: Call, operation: str, order_id: str, body: object, error: ApiError
) -> None:
    """The ledger's row of a telling that was not taken."""
    call.world.record(
        operation,
        order_id,
        body,
        accepted=False,
        operator=call.operator.code,
        code=error.name,
        message=error.message,
    )
