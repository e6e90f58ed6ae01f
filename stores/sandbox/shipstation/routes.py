"""Which call is which: the v1 operations that the sandbox plays."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stores.sandbox.core import Json
from stores.sandbox.shipstation import account_calls, reads, webhook_calls
from stores.sandbox.shipstation.calls import Call, done
from stores.sandbox.shipstation.catalogue import CARRIERS
from stores.sandbox.shipstation.errors import ApiError

MAX_BATCH = 100
# The smallest thing that opens as a PDF; labels are not looked at.
LABEL_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"


@dataclass(frozen=True, slots=True)
class Route:
    """A matched operation with the arguments from its path."""

    name: str
    play: Callable[[Call], Any]
    arguments: dict[str, str]


def _orders(call: Call) -> str:
    chosen = reads.select_orders(call.account, call.query, call.now)
    return reads.orders_page(call.account, chosen, call.query)


def _by_tag(call: Call) -> str:
    chosen = reads.orders_by_tag(call.account, call.query)
    return reads.orders_page(call.account, chosen, call.query)


def _order(call: Call) -> str:
    return call.effects.get(call.arguments["order_id"]).json()


def _delete(call: Call) -> Json:
    call.effects.delete(call.arguments["order_id"])
    return done("The requested order has been deleted")


def _createorder(call: Call) -> str:
    return call.effects.upsert(call.fields, "createorder").json()


def _createorders(call: Call) -> Json:
    if not isinstance(call.body, list):
        raise ApiError(400, "Invalid request parameters")
    if len(call.body) > MAX_BATCH:
        raise ApiError(400, f"No more than {MAX_BATCH} orders can be sent at once.")
    results, call.accepted_rows = call.effects.upsert_batch(call.body)
    errors = any(not row["success"] for row in results)
    return {"hasErrors": errors, "results": results}


def _hold(call: Call) -> Json:
    call.effects.hold(call.fields.get("orderId"), call.fields.get("holdUntilDate"))
    return done("The requested order has been updated")


def _restore(call: Call) -> Json:
    call.effects.restore(call.fields.get("orderId"))
    return done("The requested order has been restored from on hold status.")


def _add_tag(call: Call) -> Json:
    call.effects.tag(call.fields.get("orderId"), call.fields.get("tagId"), add=True)
    return done("Tag added successfully.")


def _remove_tag(call: Call) -> Json:
    call.effects.tag(call.fields.get("orderId"), call.fields.get("tagId"), add=False)
    return done("Tag removed successfully.")


def _assign(call: Call) -> Json:
    user_id = str(call.fields.get("userId") or "")
    call.effects.assign(call.fields.get("orderIds"), user_id)
    return done("User assigned successfully")


def _unassign(call: Call) -> Json:
    call.effects.assign(call.fields.get("orderIds"), None)
    return done("User unassigned successfully")


def _mark_shipped(call: Call) -> Json:
    order = call.effects.get(call.fields.get("orderId"))
    call.effects.mark_shipped(order, call.fields, "markasshipped")
    return {"orderId": order.order_id, "orderNumber": order.number}


def _label(call: Call) -> Json:
    body = call.fields
    order = call.effects.get(body.get("orderId"))
    carrier, service = body.get("carrierCode"), body.get("serviceCode")
    day = body.get("shipDate")
    if not carrier or not service or not day:
        raise ApiError(400, "carrierCode, serviceCode and shipDate are required.")
    if carrier not in CARRIERS:
        raise ApiError(400, f"Carrier {carrier} was not found.")
    test = bool(body.get("testLabel"))
    if test and carrier != "stamps_com":
        raise ApiError(400, "Test labels are made by USPS only.")
    row = call.effects.label(
        order,
        carrier,
        service,
        ship_date=str(day)[:10],
        test=test,
        via="createlabelfororder",
    ).row
    return {
        "shipmentId": row["shipmentId"],
        "shipmentCost": row["shipmentCost"],
        "insuranceCost": row["insuranceCost"],
        "trackingNumber": row["trackingNumber"],
        "labelData": base64.b64encode(LABEL_PDF).decode(),
        "formData": None,
    }


def _void(call: Call) -> Json:
    wanted = call.fields.get("shipmentId")
    for shipment in call.account.shipments:
        if shipment.row["shipmentId"] == wanted and not shipment.test:
            if call.effects.void(shipment, "voidlabel"):
                return {"approved": True, "message": "Label voided successfully"}
            return {"approved": False, "message": "The label is already voided."}
    raise ApiError(404, f"Shipment {wanted} was not found.")


def _shipments(call: Call) -> str:
    items = call.query.get("includeShipmentItems", "").lower() == "true"
    return _labels_page(call, "shipments", items=items)


def _fulfillments(call: Call) -> str:
    return _labels_page(call, "fulfillments", items=False)


def _labels_page(call: Call, name: str, *, items: bool) -> str:
    query = dict(call.query)
    if name == "fulfillments":  # filters which only /shipments has
        for absent in ("storeId", "voidDateStart", "voidDateEnd"):
            query.pop(absent, None)
        rows = call.account.fulfillments
    else:
        rows = call.account.shipments
    return reads.shipments_page(
        name,
        reads.select_shipments(rows, call.account, query),
        query,
        call.now,
        pages_zero=call.world.settings["pages_zero"],
        items=items,
    )


_FIXED: dict[tuple[str, str], Callable[[Call], Any]] = {
    ("GET", "accounts/listtags"): account_calls.tags,
    ("GET", "carriers"): account_calls.carriers,
    ("GET", "carriers/getcarrier"): account_calls.get_carrier,
    ("GET", "carriers/listpackages"): account_calls.packages,
    ("GET", "carriers/listservices"): account_calls.services,
    ("GET", "fulfillments"): _fulfillments,
    ("GET", "orders"): _orders,
    ("GET", "orders/listbytag"): _by_tag,
    ("POST", "orders/addtag"): _add_tag,
    ("POST", "orders/assignuser"): _assign,
    ("POST", "orders/createlabelfororder"): _label,
    ("POST", "orders/createorder"): _createorder,
    ("POST", "orders/createorders"): _createorders,
    ("POST", "orders/holduntil"): _hold,
    ("POST", "orders/markasshipped"): _mark_shipped,
    ("POST", "orders/removetag"): _remove_tag,
    ("POST", "orders/restorefromhold"): _restore,
    ("POST", "orders/unassignuser"): _unassign,
    ("GET", "shipments"): _shipments,
    ("POST", "shipments/voidlabel"): _void,
    ("GET", "stores"): account_calls.stores,
    ("GET", "stores/getrefreshstatus"): account_calls.refresh_status,
    ("GET", "stores/marketplaces"): account_calls.marketplaces,
    ("POST", "stores/refreshstore"): account_calls.refresh,
    ("GET", "users"): account_calls.users,
    ("GET", "warehouses"): account_calls.warehouses,
    ("GET", "webhooks"): webhook_calls.list_all,
    ("POST", "webhooks/subscribe"): webhook_calls.subscribe,
}
_PATTERNS: tuple[tuple[str, str, re.Pattern[str], Callable[[Call], Any]], ...] = (
    ("GET", "order", re.compile(r"orders/(?P<order_id>\d+)"), _order),
    ("DELETE", "deleteorder", re.compile(r"orders/(?P<order_id>\d+)"), _delete),
    ("GET", "store", re.compile(r"stores/(?P<store_id>\d+)"), account_calls.store),
    (
        "GET",
        "warehouse",
        re.compile(r"warehouses/(?P<warehouse_id>\d+)"),
        account_calls.warehouse,
    ),
    (
        "DELETE",
        "unsubscribe",
        re.compile(r"webhooks/(?P<webhook_id>\d+)"),
        webhook_calls.delete,
    ),
)


def find_route(method: str, path: str) -> Route | None:
    """The operation of a request; paths are read without regard to case."""
    clean = path.strip("/").lower()
    play = _FIXED.get((method, clean))
    if play is not None:
        return Route(clean.rsplit("/", 1)[-1], play, {})
    for verb, name, pattern, handler in _PATTERNS:
        match = pattern.fullmatch(clean)
        if match and verb == method:
            return Route(name, handler, match.groupdict())
    return None


def operations() -> list[tuple[str, str]]:
    """All operations played, as method and path template of the v1 documents."""
    fixed = [(method, f"/{path}") for method, path in _FIXED]
    names = {"order_id": "{orderId}", "store_id": "{storeId}"}
    names |= {"warehouse_id": "{warehouseId}", "webhook_id": "{webhookId}"}
    found = []
    for method, _, pattern, _ in _PATTERNS:
        folder, _, _ = pattern.pattern.partition("/")
        argument = names[next(iter(pattern.groupindex))]
        found.append((method, f"/{folder}/{argument}"))
    return sorted([*fixed, *found])
