"""The face of API v2 (api.shipstation.com/v2): reading and replacing a shipment.

Source: the v2 description of August 2025 for tax_identifiers and errors; that PUT takes
them is told by newer documentation alone. Played for nothing but that: header
``api-key`` ('v2-' and the v1 key, unless the account's config says ``key_v2``), 200
calls a minute with Retry-After, schema and status checks. An order 123 is ``se-123``.
"""

from __future__ import annotations

import json
import re
from typing import Any

from django.http import HttpRequest, HttpResponse

from shipsync_site.lib import clock
from stores.sandbox.core import Json
from stores.sandbox.shipstation import errors
from stores.sandbox.shipstation.account import Account, Order
from stores.sandbox.shipstation.limits import Meter
from stores.sandbox.shipstation.world import World
from stores.sandbox.shipstation.writes import Record

LIMIT = 200
PREFIX = "v2/"
_SHIPMENT = re.compile(r"v2/shipments/se-(\d+)")
_STATUS = {
    "awaiting_payment": "awaiting_payment",
    "awaiting_shipment": "pending",
    "on_hold": "on_hold",
    "shipped": "label_purchased",
    "cancelled": "cancelled",
}
_OPEN = ("pending", "on_hold", "awaiting_payment")
ENTITIES = ("shipper", "recipient", "ior")
KINDS = tuple(
    "vat eori ssn ein tin ioss pan voec pccc oss passport abn ukims".split()  # noqa: SIM905
)
FIELDS = ("taxable_entity_type", "identifier_type", "issuing_authority", "value")


class RefusedError(Exception):
    """A refusal by v2: status, error code, text and the field it is about."""

    def __init__(self, status: int, code: str, text: str, field: str = "") -> None:
        super().__init__(text)
        self.status, self.code, self.text, self.field = status, code, text, field


def key_of(account: Account) -> str:
    """The account's key of v2."""
    return account.key_v2 or f"v2-{account.key}"


def answer(
    request: HttpRequest, path: str, world: World, meters: dict[str, Meter], log: Record
) -> HttpResponse:
    """Play one call of v2."""
    now = clock.timestamp()
    key = request.headers.get("api-key", "")
    accounts = {key_of(account): account for account in world.accounts.values()}
    meter = meters.setdefault(key if key in accounts else "", Meter(key))
    if not meter.take(now, LIMIT, path):
        response = _error(RefusedError(429, "rate_limit_exceeded", "Too many requests"))
        response["Retry-After"] = meter.headers(now, LIMIT)["X-Rate-Limit-Reset"]
        return response
    try:
        account = accounts.get(key)
        if account is None or account.revoked:
            raise RefusedError(401, "unauthorized", "The API key is not valid.")
        return errors.respond(_play(request, path, account, world, now, log))
    except RefusedError as refusal:
        return _error(refusal)


def _play(
    request: HttpRequest,
    path: str,
    account: Account,
    world: World,
    now: float,
    log: Record,
) -> Json:
    match = _SHIPMENT.fullmatch(path.rstrip("/"))
    if match is None or request.method not in ("GET", "PUT"):
        raise RefusedError(404, "not_found", "The requested resource was not found.")
    order = account.orders.get(int(match[1]))
    if order is None:
        raise RefusedError(
            404, "not_found", "Shipment not found with id.", "shipment_id"
        )
    if request.method == "PUT":
        try:
            body = json.loads(request.body)
        except ValueError:
            raise RefusedError(400, "invalid_field_value", "No JSON.") from None
        _put(account, order, body, world, now, log)
    return shipment_view(account, order)


def _put(
    account: Account, order: Order, body: Any, world: World, now: float, log: Record
) -> None:
    if _STATUS.get(order.status) not in _OPEN:
        text = f"A shipment that is {order.status} can't be changed."
        raise RefusedError(400, "invalid_status", text, "shipment_status")
    rows = body.get("tax_identifiers") if isinstance(body, dict) else None
    checked = [_checked(row, index) for index, row in enumerate(rows or [])]
    if not world.settings["v2_takes_tax"]:
        return  # an unknown field of an older version: dropped without a word
    account.tax_ids[order.order_id] = checked
    account.touch(order, now, world.lag())
    log(
        "tax_identifiers",
        order.key,
        checked,
        orderId=order.order_id,
        status=order.status,
        identifiers=checked,
    )


def _checked(row: Any, index: int) -> Json:
    field = f"tax_identifiers[{index}]"
    if not isinstance(row, dict):
        raise RefusedError(400, "invalid_field_value", "Not an object.", field)
    for name in FIELDS:
        if not isinstance(row.get(name), str) or not row[name]:
            text = f"'{name}' is required."
            raise RefusedError(400, "field_value_required", text, f"{field}.{name}")
    if set(row) - set(FIELDS):
        text = f"Unknown: {', '.join(sorted(set(row) - set(FIELDS)))}."
        raise RefusedError(400, "invalid_field_value", text, field)
    for name, allowed in (
        ("taxable_entity_type", ENTITIES),
        ("identifier_type", KINDS),
    ):
        if row[name] not in allowed:
            text = f"'{row[name]}' is no {name}."
            raise RefusedError(400, "invalid_field_value", text, f"{field}.{name}")
    if not re.fullmatch(r"[A-Z]{2}", row["issuing_authority"]):
        text = "A country code of two letters is required."
        raise RefusedError(
            400, "invalid_field_value", text, f"{field}.issuing_authority"
        )
    return {name: row[name] for name in FIELDS}


def shipment_view(account: Account, order: Order) -> Json:
    """The order as a v2 shipment, as far as anybody here reads it."""
    resource = order.resource
    to = resource.get("shipTo") or {}
    return {
        "shipment_id": f"se-{order.order_id}",
        "external_shipment_id": order.key[:50],
        "shipment_number": order.number[:50],
        "shipment_status": _STATUS.get(order.status, "processing"),
        "store_id": f"se-{order.store_id}",
        "ship_to": {
            "name": to.get("name"),
            "address_line1": to.get("street1"),
            "city_locality": to.get("city"),
            "postal_code": to.get("postalCode"),
            "country_code": to.get("country"),
        },
        "tax_identifiers": account.tax_ids.get(order.order_id) or None,
    }


def _error(refusal: RefusedError) -> HttpResponse:
    row = {
        "error_source": "ShipStation",
        "error_type": "security" if refusal.status == 401 else "validation",
        "error_code": refusal.code,
        "message": refusal.text,
    }
    if refusal.field:
        row["field_name"] = refusal.field
    body = {"request_id": "00000000-0000-4000-8000-000000000000", "errors": [row]}
    return errors.respond(body, refusal.status)
