"""M11 and M10: what customers wrote. A wish to cancel is a message like any other."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from stores.sandbox.mirakl.answers import ApiError, invalid, json_response
from stores.sandbox.mirakl.call import Call
from stores.sandbox.mirakl.orders import Order, Thread
from stores.sandbox.mirakl.parts import iso
from stores.sandbox.mirakl.search import read_moment
from stores.sandbox.mirakl.seek import page_of

Json = dict[str, Any]

ORDER_ENTITY = "MMP_ORDER"


def list_threads(call: Call) -> HttpResponse:
    """M11, the last changed first."""
    kind = call.params.get("entity_type", "")
    ids = {each for text in call.texts("entity_id") for each in text.split(",") if each}
    if ids and not kind:
        raise invalid("entity_type is required with entity_id", "entity_type")
    since = read_moment(call.params, "updated_since") or 0
    full = call.params.get("with_messages") == "true"
    rows = [
        render_thread(call, order, thread, full=full)
        for order in _orders(call)
        for thread in order.threads
        if kind in ("", ORDER_ENTITY)
        and (not ids or order.order_id in ids)
        and thread.updated >= since
    ]
    rows.sort(key=lambda row: (row["date_updated"], row["id"]), reverse=True)
    return json_response(200, page_of(call, rows))


def get_thread(call: Call, thread_id: str) -> HttpResponse:
    """M10."""
    order_id = thread_id.rpartition("-T")[0]
    order = call.world.book.get(order_id)
    if order is not None:
        for thread in call.order(order_id).threads:
            if thread.id == thread_id:
                return json_response(200, render_thread(call, order, thread, full=True))
    raise ApiError(404, f"Thread '{thread_id}' not found")


def render_thread(call: Call, order: Order, thread: Thread, *, full: bool) -> Json:
    """A thread's JSON; messages only where they are asked for."""
    name = f"{order.firstname} {order.lastname}"
    customer = {"display_name": name, "id": order.customer_id, "type": "CUSTOMER"}
    shop = {
        "display_name": call.operator.shops[order.shop_id],
        "id": str(order.shop_id),
        "type": "SHOP",
    }
    sender = {"display_name": name, "organization_details": customer, "type": "CUSTOMER_USER"}  # fmt: skip
    body: Json = {
        "authorized_participants": [customer, shop],
        "current_participants": [customer, shop],
        "customer_organization": None,
        "date_created": iso(thread.created),
        "date_updated": iso(thread.updated),
        "entities": [
            {"id": order.order_id, "label": order.order_id, "type": ORDER_ENTITY}
        ],
        "id": thread.id,
        "metadata": {
            "last_message_date": iso(thread.messages[-1][2]),
            "last_sender": sender,
            "shop_reply_needed_since": iso(thread.messages[0][2]),
            "total_count": len(thread.messages),
        },
        "topic": {"type": thread.kind, "value": thread.topic},
    }
    if full:
        body["messages"] = [
            {
                "attachments": [],
                "body": text,
                "date_created": iso(at),
                "from": sender,
                "id": f"{thread.id}-{index}",
                "to": [shop],
            }
            for index, (_, text, at) in enumerate(thread.messages, start=1)
        ]
        body["no_store_reply_needed"] = []
    return body


def _orders(call: Call) -> list[Order]:
    rows = call.world.book.changed_since(call.operator.code, 0)
    return [row for row in rows if row.threads and row.shop_id == call.shop_id]
