"""Drives the Amazon peer in process: a client with its token, and a movable clock."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.test import RequestFactory

from shipsync_site.lib import clock
from stores.sandbox.amazon.peer import TOKEN_PATH, AmazonPeer
from stores.sandbox.core import LEDGER

Json = dict[str, Any]

CLIENT_ID = "amzn1.application-oa2-client.demo"
LOGIN = {
    "grant_type": "refresh_token",
    "refresh_token": "Atzr|demo",
    "client_id": CLIENT_ID,
    "client_secret": "demo-secret",
}
UK, DE, FR = "A1F83G8C2ARO7P", "A1PA6795UKMFR9", "A13V1IB3VIYZZH"
ALL_BLOCKS = (
    "BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,"
    "PAYMENT,FULFILLMENT_ORDERS"
)
START = datetime.fromisoformat("2026-11-22T10:00:00+00:00")


@dataclass
class StoppedClock:
    """Business time that moves only when told to."""

    now: datetime = START

    def move(self, **parts: float) -> None:
        self.now += timedelta(**parts)
        self.apply()

    def apply(self) -> None:
        clock.configure(clock.Clock(start=self.now.timestamp(), rate=0.0))


@dataclass
class Driver:
    """One client of one peer."""

    peer: AmazonPeer
    time: StoppedClock
    token: str = ""
    requests: RequestFactory = field(default_factory=RequestFactory)

    def login(self, **changes: str) -> HttpResponse:
        response = self.peer.handle(
            self.requests.post("/", {**LOGIN, **changes}), TOKEN_PATH
        )
        if response.status_code == 200:
            self.token = json.loads(response.content)["access_token"]
        return response

    def get(self, path: str, **params: Any) -> HttpResponse:
        request = self.requests.get("/", params, headers=self._headers())
        return self.peer.handle(request, path)

    def post(self, path: str, body: object) -> HttpResponse:
        request = self.requests.post(
            "/",
            json.dumps(body),
            content_type="application/json",
            headers=self._headers(),
        )
        return self.peer.handle(request, path)

    def search(self, **params: Any) -> HttpResponse:
        if "createdAfter" not in params:
            params.setdefault("lastUpdatedAfter", "2026-01-01T00:00:00Z")
        params.setdefault("includedData", ALL_BLOCKS)
        return self.get("eu/orders/2026-01-01/orders", **params)

    def found(self, **params: Any) -> list[str]:
        """The order ids on the first page."""
        return [order["orderId"] for order in read(self.search(**params))["orders"]]

    def order(self, order_id: str, included: str = ALL_BLOCKS) -> Json:
        response = self.get(
            f"eu/orders/2026-01-01/orders/{order_id}", includedData=included
        )
        assert response.status_code == 200, response.content
        order: Json = read(response)["order"]
        return order

    def place(self, **spec: Any) -> list[str]:
        return self.peer.place_orders(spec)

    def place_one(self, **spec: Any) -> str:
        (order_id,) = self.peer.place_orders({"count": 1, "lines": 1, **spec})
        return order_id

    def confirmation(self, order_id: str, **detail: Any) -> Json:
        """A body that confirms the whole order; ``detail`` changes packageDetail."""
        order = self.order(order_id, "FULFILLMENT")
        return {
            "marketplaceId": order["salesChannel"]["marketplaceId"],
            "packageDetail": {
                "packageReferenceId": "1",
                "carrierCode": "Royal Mail",
                "trackingNumber": "AB123456785GB",
                "shipDate": self.time.now.isoformat(),
                "orderItems": [
                    {
                        "orderItemId": item["orderItemId"],
                        "quantity": item["quantityOrdered"],
                    }
                    for item in order["orderItems"]
                ],
                **detail,
            },
        }

    def send(self, order_id: str, body: object) -> HttpResponse:
        return self.post(f"eu/orders/v0/orders/{order_id}/shipmentConfirmation", body)

    def confirm(self, order_id: str, **detail: Any) -> HttpResponse:
        return self.send(order_id, self.confirmation(order_id, **detail))

    def ledger(self, operation: str) -> list[Json]:
        rows = LEDGER.rows(peer="amazon")
        return [row for row in rows if row["operation"] == operation]

    def _headers(self) -> dict[str, str]:
        return {"x-amz-access-token": self.token} if self.token else {}


def read(response: HttpResponse) -> Any:
    return json.loads(response.content)


def message(response: HttpResponse) -> str:
    text: str = read(response)["errors"][0]["message"]
    return text


def make_driver() -> Driver:
    """A fresh world with quotas off, no two-minute rule, and a client logged in."""
    time = StoppedClock()
    time.apply()
    LEDGER.clear()
    peer = AmazonPeer()
    peer.reset(7)
    peer.configure({"two_minutes": 0, "quotas": {"all": "off"}})
    driver = Driver(peer=peer, time=time)
    driver.login()
    return driver
