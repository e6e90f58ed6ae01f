"""Drives tiktok-shop-api against a sandbox; prints what it saw as JSON.

Run by tests/clients/test_tiktok.py in the clients' own virtualenv:
``drive_tiktok.py journey|messages|refused '{"url", …}'``. The library keeps its own
addresses and signs for them; a transport below it brings each request to the sandbox,
so that only the host changes, after the signature.
"""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
from tiktok_shop_api import TikTokShop, TikTokShopAuth, TikTokShopError, Webhooks
from tiktok_shop_api.generated import models

Json = dict[str, Any]
APP_KEY, APP_SECRET = "6demoshipsync", "demo_secret_0123456789"
REFRESH_TOKEN = "TTR_demo_refresh"
SECONDS = 20


class ToSandbox(httpx.HTTPTransport):  # type: ignore[misc]
    """Carries what was made for TikTok's hosts to the sandbox's peer."""

    def __init__(self, url: str) -> None:
        super().__init__(trust_env=False)
        self._base = httpx.URL(url)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        base = self._base
        path = base.raw_path.rstrip(b"/") + request.url.raw_path
        request.url = request.url.copy_with(
            scheme=base.scheme, host=base.host, port=base.port, raw_path=path
        )
        return super().handle_request(request)


def connect(job: Json) -> TikTokShop:
    """The demo seller's shop: a refreshed token, and the cipher that it reveals."""
    transport = ToSandbox(job["url"])
    auth = TikTokShopAuth(APP_KEY, APP_SECRET, transport=ToSandbox(job["url"]))
    tokens = auth.refresh(job.get("refresh_token", REFRESH_TOKEN))
    token = job.get("token") or tokens.access_token
    secret = job.get("secret", APP_SECRET)
    api = TikTokShop(APP_KEY, secret, token, transport=transport)
    cipher = api.authorization.get_authorized_shops().data.shops[0].cipher
    return api.with_shop(shop_cipher=cipher)


def journey(job: Json) -> Json:
    """List in pages, read, look up the carrier, ship, read back, correct it once."""
    api, order_id = connect(job), job["order_id"]
    seen: Json = {"pages": []}
    token: Any = None
    while True:
        page = api.orders.get_order_list(
            page_size=2,
            sort_field=models.GetOrderListSortField("update_time"),
            sort_order=models.GetOrderListSortOrder("ASC"),
            **({"page_token": token} if token else {}),
            body=models.GetOrderListRequest.from_dict(
                {"order_status": "AWAITING_SHIPMENT"}
            ),
        ).data
        seen["pages"].append([order.id for order in page.orders])
        seen["total"] = page.total_count
        token = page.next_page_token
        if not token:
            break
    listed = [order for page in seen["pages"] for order in page]
    found = api.orders.get_order_detail(ids=listed).data.orders
    seen["details"] = [order.id for order in found]
    order = next(row for row in found if row.id == order_id)
    seen["before"] = order.status
    seen["lines"] = [line.id for line in order.line_items]
    providers = api.logistics.get_shipping_providers(order.delivery_option_id)
    rows = {row.name: row.id for row in providers.data.shipping_providers}
    told = api.fulfillment.mark_package_as_shipped(
        order_id,
        body=models.MarkPackageAsShippedRequest.from_dict(
            {
                "order_line_list": [{"order_line_id": line} for line in seen["lines"]],
                "shipping_info_list": [
                    {
                        "tracking_number": "AB123456785GB",
                        "shipping_provider_id": rows["Royal Mail"],
                    }
                ],
            }
        ),
    ).data
    package = api.fulfillment.get_package_detail(told.package_id).data
    seen["told"] = [package.tracking_number, package.package_status]
    api.fulfillment.update_order_shipping_info(
        order_id,
        body=models.UpdateOrderShippingInfoRequest(
            tracking_number="15501234567890", shipping_provider_id=rows["DPD"]
        ),
    )
    (after,) = api.orders.get_order_detail(ids=[order_id]).data.orders
    seen["after"] = after.status
    seen["tracking"] = sorted({line.tracking_number for line in after.line_items})
    return seen


def messages(job: Json) -> Json:
    """Register an address, ship an order, take its message and check the signature."""
    taken: list[tuple[bytes, str]] = []
    arrived = threading.Event()

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            taken.append((self.rfile.read(length), self.headers["Authorization"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()
            arrived.set()

        def log_message(self, *_: Any) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    api, order_id = connect(job), job["order_id"]
    event = "ORDER_STATUS_CHANGE"
    address = f"http://127.0.0.1:{server.server_port}/tiktok"
    api.event.update_shop_webhook(
        body=models.UpdateShopWebhookRequest.from_dict(
            {"event_type": event, "address": address}
        )
    )
    registered = api.event.get_shop_webhooks().data.webhooks
    (order,) = api.orders.get_order_detail(ids=[order_id]).data.orders
    providers = api.logistics.get_shipping_providers(order.delivery_option_id)
    rows = {row.name: row.id for row in providers.data.shipping_providers}
    info = {
        "tracking_number": "AB123456785GB",
        "shipping_provider_id": rows["Royal Mail"],
    }
    api.fulfillment.mark_package_as_shipped(
        order_id,
        body=models.MarkPackageAsShippedRequest.from_dict(
            {"shipping_info_list": [info]}
        ),
    )
    if not arrived.wait(SECONDS):
        return {"error": "no message came"}
    body, signature = taken[0]
    message = Webhooks.verify_and_parse(
        app_key=APP_KEY, app_secret=APP_SECRET, raw_body=body, signature=signature
    )
    api.event.delete_webhook_for_an_event(
        body=models.DeleteWebhookForAnEventRequest.from_dict({"event_type": event})
    )
    left = api.event.get_shop_webhooks().data.webhooks
    server.shutdown()
    return {
        "registered": [row.address == address for row in registered],
        "type": message.type_,
        "order_id": message.data.order_id,
        "status": str(message.data.order_status),
        "left": len(left),
    }


def refused(job: Json) -> Json:
    """One list call; which error of the library comes out."""
    try:
        connect(job).orders.get_order_list(page_size=10)
    except TikTokShopError as error:
        return {"code": error.code, "status": error.http_status}
    return {"code": 0}


if __name__ == "__main__":
    play = {"journey": journey, "messages": messages, "refused": refused}[sys.argv[1]]
    json.dump(play(json.loads(sys.argv[2])), sys.stdout)
