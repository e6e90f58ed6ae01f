"""The calls of Event: which address hears of which events of a shop."""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from stores.sandbox.tiktok.answers import bad_parameter
from stores.sandbox.tiktok.calls import Call, operation
from stores.sandbox.tiktok.hooks import EVENTS

Json = dict[str, Any]

MOST_ADDRESS = 255
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def get_webhooks(call: Call) -> Json:
    """``Get Shop Webhooks``."""
    rows = [
        {
            "event_type": row.event,
            "address": row.address,
            "create_time": row.created,
            "update_time": row.updated,
        }
        for row in call.world.hook_rows.values()
        if (row.app_key, row.shop_id) == (call.access.app_key, call.shop_id)
    ]
    return {"webhooks": rows, "total_count": len(rows)}


def put_webhook(call: Call) -> Json:
    """``Update Shop Webhook``: one address for each event, the last one counts."""
    body = call.body()
    event, address = _event(body), body.get("address")
    if not isinstance(address, str) or not _allowed(address):
        raise bad_parameter(
            "address: https, a domain name, no port, at most 255 characters"
        )
    call.world.subscribe(call.access.app_key, call.shop_id, event, address, call.now)
    call.world.record(
        "webhook_registered", call.shop_id, event=event, shop_id=call.shop_id
    )
    return {}


def delete_webhook(call: Call) -> Json:
    """``Delete Shop Webhook``; it succeeds where nobody listened, too."""
    event = _event(call.body())
    if call.world.unsubscribe(call.access.app_key, call.shop_id, event):
        call.world.record("webhook_removed", call.shop_id, event=event)
    return {}


def _event(body: Json) -> str:
    event = body.get("event_type")
    if not isinstance(event, str) or event not in EVENTS:
        raise bad_parameter(f"event_type={event!r}")
    return event


def _allowed(address: str) -> bool:
    """As TikTok has it; beside that any loopback address: this is a practice server."""
    if len(address) > MOST_ADDRESS:
        return False
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if host in _LOOPBACK:
        return parts.scheme in ("http", "https")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return parts.scheme == "https" and port is None and "." in host
    return False


_PATH = "event/<202309>/webhooks"
OPERATIONS = (
    operation("getShopWebhooks", "GET", _PATH, get_webhooks, ""),
    operation("updateShopWebhook", "PUT", _PATH, put_webhook, ""),
    operation("deleteShopWebhook", "DELETE", _PATH, delete_webhook, ""),
)
