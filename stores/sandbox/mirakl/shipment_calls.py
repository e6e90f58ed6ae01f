"""ST01, ST11, ST12, ST23, ST24: shipments of operators with multi-shipment.

Writes answer 201 or 200 with errors inside, one per shipment. Hours later Mirakl asks the
carrier itself, and ``validity_status`` tells a number that the carrier does not know.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from stores.sandbox.mirakl.answers import ApiError, json_response, wrong_state
from stores.sandbox.mirakl.call import Call
from stores.sandbox.mirakl.orders import DEAD, SHIPPED, SHIPPING, Order, Shipment
from stores.sandbox.mirakl.parts import iso
from stores.sandbox.mirakl.render import address
from stores.sandbox.mirakl.search import read_moment, reference
from stores.sandbox.mirakl.seek import page_of
from stores.sandbox.mirakl.ship_calls import Told, read_tracking, record_ship, refuse

Json = dict[str, Any]


def create_shipments(call: Call) -> HttpResponse:
    """ST01: a 201, whatever became of each."""
    success: list[Json] = []
    errors: list[Json] = []
    for row in call.rows("shipments"):
        order_id = str(row.get("order_id", "")) if isinstance(row, dict) else ""
        try:
            order = call.own_order(order_id)
            shipment = _create(call, order, row)
        except ApiError as error:
            refuse(call, "ship_refused", order_id, row, error)
            errors.append({"order_id": order_id, "message": error.message})
            continue
        success.append(render_shipment(shipment, order))
    body = {"shipment_success": success, "shipment_errors": errors}
    return json_response(201, body)


def list_shipments(call: Call) -> HttpResponse:
    """ST11, by creation."""
    wanted, states = set(call.texts("order_id")), set(call.texts("shipment_state_code"))
    since = read_moment(call.params, "last_updated_from") or 0
    rows = [
        render_shipment(row, order)
        for order in _orders(call, wanted)
        for row in order.shipments
        if row.updated >= since and (not states or row.status in states)
    ]
    rows.sort(key=lambda row: (row["created_date"], row["id"]))
    return json_response(200, page_of(call, rows))


def list_items_to_ship(call: Call) -> HttpResponse:
    """ST12: what is left of orders in SHIPPING, with address and deadline."""
    rows = [
        _to_ship(order)
        for order in _orders(call, set(call.texts("order_id")))
        if order.state == SHIPPING and _left(order)
    ]
    rows.sort(key=lambda row: (row["shipping_date"], row["order_id"]))
    return json_response(200, page_of(call, rows))


def correct_tracking(call: Call) -> HttpResponse:
    """ST23: other numbers or carriers for shipments, sent or not."""

    def correct(order: Order, shipment: Shipment, row: Json) -> None:
        tracking = row.get("tracking")
        told = read_tracking(
            tracking if isinstance(tracking, dict) else {},
            call.operator,
            url_field="tracking_url",
        )
        _apply(call, order, shipment, told)
        call.world.record(
            "tracking",
            order.order_id,
            row,
            accepted=True,
            operator=order.operator,
            shipment_id=shipment.id,
            carrier_code=told.code,
            carrier_name=told.name,
            trackingNumber=told.number,
            after_shipping=shipment.status != SHIPPING,
        )

    return _each(call, correct)


def ship_shipments(call: Call) -> HttpResponse:
    """ST24: prepared shipments have left."""

    def send(order: Order, shipment: Shipment, _: Json) -> None:
        if order.state != SHIPPING or shipment.status != SHIPPING:
            raise wrong_state(order.order_id, f"{order.state}, {shipment.status}")
        _send(call, order, shipment)

    return _each(call, send)


def render_shipment(row: Shipment, order: Order) -> Json:
    """A shipment's JSON."""
    skus = {line.line_id: line.sku for line in order.lines}
    debit = {
        "customer_debited_date": iso(order.debited),
        "transaction_date": iso(order.debited),
        "transaction_number": f"T{row.id}",
    }
    return {
        "created_date": iso(row.created),
        "id": row.id,
        "invoice_reference": row.invoice or None,
        "last_updated_date": iso(row.updated),
        "order_id": order.order_id,
        "payment_details": debit if order.debited else None,
        "shipment_additional_information": [],
        "shipment_lines": [
            {
                "offer_sku": skus[line_id],
                "order_line_id": line_id,
                "package_reference": row.packages.get(line_id) or None,
                "quantity": quantity,
            }
            for line_id, quantity in row.items.items()
        ],
        "shipped_date": iso(row.shipped),
        "shipping_from": {
            "address": None,
            "warehouse": {"code": row.warehouse} if row.warehouse else None,
        },
        "status": row.status,
        "status_customer_debit": "DEBIT_OK" if order.debited else "NOT_STARTED",
        "tracking": {
            "carrier_code": row.carrier_code or None,
            "carrier_name": row.carrier_name or None,
            "carrier_standard_code": row.standard or None,
            "milestones": [],
            "tracking_number": row.tracking or None,
            "tracking_url": row.url or None,
            "validity_status": row.validity,
        },
    }


def _create(call: Call, order: Order, row: Json) -> Shipment:
    if order.state != SHIPPING:
        raise wrong_state(order.order_id, order.state)
    if order.carrier_code or order.carrier_name:
        raise ApiError(400, f"Order '{order.order_id}' was given tracking as a whole")
    items, packages = _read_lines(order, row)
    told = Told(code="", name="", standard="", number="", url="")
    if isinstance(row.get("tracking"), dict):
        told = read_tracking(row["tracking"], call.operator, url_field="tracking_url")
    origin = row.get("shipping_from") or {}
    warehouse = (origin.get("warehouse") or {}).get("code")
    shipment = Shipment(
        id=f"{order.order_id}-SHP{len(order.shipments) + 1}",
        status=SHIPPING,
        items=items,
        packages=packages,
        carrier_code="",
        carrier_name="",
        standard="",
        tracking="",
        url="",
        validity="MISSING_TRACKING",
        created=call.now,
        updated=call.now,
        invoice=str(row.get("invoice_reference") or ""),
        warehouse=str(warehouse or ""),
    )
    order.shipments.append(shipment)
    _apply(call, order, shipment, told)
    if row.get("shipped") is True:
        _send(call, order, shipment)
    else:
        call.world.book.touch(order, call.now)
        call.world.record(
            "shipment", order.order_id, row, accepted=True, shipment_id=shipment.id
        )
    return shipment


def _read_lines(order: Order, row: Json) -> tuple[dict[str, int], dict[str, str]]:
    wanted = row.get("shipment_lines")
    if not isinstance(wanted, list) or not wanted:
        raise ApiError(400, "shipment_lines must not be empty")
    left = _left(order)
    items: dict[str, int] = {}
    packages: dict[str, str] = {}
    for each in wanted:
        line_id = str(each.get("order_line_id") or "")
        line = order.line(line_id) or next(
            (row for row in order.lines if row.sku == each.get("offer_sku")), None
        )
        if line is None:
            raise ApiError(400, f"Order line '{line_id}' is not of this order")
        quantity = each.get("quantity")
        if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 1:
            raise ApiError(400, f"Order line '{line.line_id}': quantity from 1")
        items[line.line_id] = items.get(line.line_id, 0) + quantity
        if items[line.line_id] > left.get(line.line_id, 0):
            raise ApiError(
                400,
                f"Order line '{line.line_id}': {left.get(line.line_id, 0)} units are "
                "left to ship",
            )
        if each.get("package_reference"):
            packages[line.line_id] = str(each["package_reference"])
    return items, packages


def _left(order: Order) -> dict[str, int]:
    """Units by line that no shipment holds yet."""
    found = {}
    for line in order.lines:
        if line.state in DEAD:
            continue
        held = sum(row.items.get(line.line_id, 0) for row in order.shipments)
        if line.wanted > held:
            found[line.line_id] = line.wanted - held
    return found


def _apply(call: Call, order: Order, shipment: Shipment, told: Told) -> None:
    shipment.carrier_code, shipment.carrier_name = told.code, told.name
    shipment.standard, shipment.tracking = told.standard, told.number
    shipment.url, shipment.updated = told.url, call.now
    shipment.validity = "UNVERIFIED" if told.number else "MISSING_TRACKING"
    if told.number:
        due = call.now + int(call.operator.verify_seconds * 1000)
        call.world.book.schedule(due, "verify", order.order_id, shipment.id)
    call.world.book.touch(order, call.now)


def _send(call: Call, order: Order, shipment: Shipment) -> None:
    shipment.status, shipment.shipped, shipment.updated = SHIPPED, call.now, call.now
    for line_id, quantity in shipment.items.items():
        line = order.line(line_id)
        if line is not None:
            line.sent += quantity
            if line.sent >= line.wanted:
                line.state = SHIPPED
    if all(line.sent >= line.wanted for line in order.open_lines):
        call.world.life.left(order, call.operator, call.now)
    else:
        call.world.book.touch(order, call.now)
    record_ship(
        call,
        order,
        dict(shipment.items),
        shipment.carrier_code,
        shipment.carrier_name,
        shipment.tracking,
        shipment_id=shipment.id,
    )


def _each(call: Call, act: Any) -> HttpResponse:
    """Do something to each named shipment; errors stand beside successes."""
    success: list[Json] = []
    errors: list[Json] = []
    for row in call.rows("shipments"):
        shipment_id = str(row.get("id", "")) if isinstance(row, dict) else ""
        order_id = shipment_id.rpartition("-SHP")[0]
        try:
            order = call.own_order(order_id)
            found = [each for each in order.shipments if each.id == shipment_id]
            if not found:
                raise ApiError(404, f"Shipment '{shipment_id}' not found")
            act(order, found[0], row)
        except ApiError as error:
            refuse(call, "ship_refused", order_id, row, error)
            errors.append({"id": shipment_id, "message": error.message})
            continue
        success.append({"id": shipment_id})
    body = {"shipment_success": success, "shipment_errors": errors}
    return json_response(200, body)


def _orders(call: Call, wanted: set[str]) -> list[Order]:
    book, code = call.world.book, call.operator.code
    named = (book.get(order_id) for order_id in wanted)
    return [
        order
        for order in (named if wanted else book.changed_since(code, 0))
        if order is not None and (order.operator, order.shop_id) == (code, call.shop_id)
    ]


def _to_ship(order: Order) -> Json:
    left = _left(order)
    return {
        "fulfillment": {"center": {"code": order.centre}},
        "order_id": order.order_id,
        "references": {
            "order_reference_for_customer": reference(order),
            "order_reference_for_seller": None,
        },
        "shipment_lines": [
            {
                "offer_sku": line.sku,
                "order_line_id": line.line_id,
                "package_reference": None,
                "product_title": line.title,
                "quantity": left[line.line_id],
            }
            for line in order.lines
            if line.line_id in left
        ],
        "shipping_address": address(order),
        "shipping_date": iso(order.ready),
        "shipping_deadline": iso(order.deadline),
        "shipping_type_code": order.shipping_type,
        "shipping_type_standard_code": None,
    }
