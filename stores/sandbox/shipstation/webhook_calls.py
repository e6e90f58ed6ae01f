"""Subscriptions to messages: subscribe, list, delete; there is no update."""

from __future__ import annotations

from urllib.parse import urlsplit

from stores.sandbox.core import Json
from stores.sandbox.shipstation.calls import Call, done
from stores.sandbox.shipstation.errors import ApiError

OLD_EVENTS = ("ORDER_NOTIFY", "ITEM_ORDER_NOTIFY", "SHIP_NOTIFY", "ITEM_SHIP_NOTIFY")
NEW_EVENTS = ("FULFILLMENT_SHIPPED", "FULFILLMENT_REJECTED")
SELLER_ID = 210_000


def list_all(call: Call) -> Json:
    """Every subscription of the account, whoever made it."""
    return {"webhooks": call.account.hooks}


def subscribe(call: Call) -> Json:
    """Make one; the same event and address twice are two."""
    body = call.fields
    url, event = body.get("target_url"), body.get("event")
    if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https"):
        raise ApiError(400, "target_url must be an absolute http or https address.")
    old = call.world.settings["webhook_old_events"]
    if event not in (OLD_EVENTS if old else (*OLD_EVENTS, *NEW_EVENTS)):
        raise ApiError(400, f"'{event}' is not a valid webhook event.")
    store_id = body.get("store_id")
    if store_id is not None and store_id not in call.account.stores:
        raise ApiError(400, f"Store {store_id} was not found.")
    row: Json = {
        "IsLabelAPIHook": False,
        "WebHookID": call.world.next_id("hook"),
        "SellerID": SELLER_ID,
        "StoreID": store_id,
        "HookType": event,
        "MessageFormat": "Json",
        "Url": url,
        "Name": body.get("friendly_name"),
        "BulkCopyBatchID": None,
        "BulkCopyRecordID": None,
        "Active": True,
        "WebhookLogs": [],
        "Seller": None,
        "Store": None,
    }
    call.account.hooks.append(row)
    if call.world.settings["webhook_answer"] == "long":
        return {name: row[name] for name in ("WebHookID", "HookType", "Url", "Name")}
    return {"id": row["WebHookID"]}


def delete(call: Call) -> Json:
    """End one."""
    wanted = int(call.arguments["webhook_id"])
    left = [row for row in call.account.hooks if row["WebHookID"] != wanted]
    if len(left) == len(call.account.hooks):
        raise ApiError(404, f"Webhook {wanted} was not found.")
    call.account.hooks[:] = left
    return done("The webhook has been deleted")
