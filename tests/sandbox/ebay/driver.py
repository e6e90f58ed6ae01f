"""Drives the eBay peer in process: a client with its tokens, and a movable clock."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.test import RequestFactory

from shipsync_site.lib import clock
from stores.sandbox.core import LEDGER
from stores.sandbox.ebay.auth import (
    BASE,
    CLIENT_ID,
    CLIENT_SECRET,
    FULFILLMENT_SCOPE,
    REFRESH_TOKEN,
)
from stores.sandbox.ebay.peer import TOKEN_PATH, EbayPeer

Json = dict[str, Any]

ORDERS = "sell/fulfillment/v1/order"
NOTIFICATION = "commerce/notification/v1"
START = datetime.fromisoformat("2026-11-22T10:00:00+00:00")
BASIC = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()


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
    """One client of one peer: as the seller, or as the application itself."""

    peer: EbayPeer
    time: StoppedClock
    token: str = ""
    app_token: str = ""
    requests: RequestFactory = field(default_factory=RequestFactory)

    def ask_token(self, header: str = f"Basic {BASIC}", **form: str) -> HttpResponse:
        request = self.requests.post("/", form, headers={"Authorization": header})
        return self.peer.handle(request, TOKEN_PATH)

    def login(self, scope: str = FULFILLMENT_SCOPE) -> None:
        answer = self.ask_token(
            grant_type="refresh_token", refresh_token=REFRESH_TOKEN, scope=scope
        )
        assert answer.status_code == 200, answer.content
        self.token = read(answer)["access_token"]
        answer = self.ask_token(grant_type="client_credentials", scope=BASE)
        self.app_token = read(answer)["access_token"]

    def later(self, **parts: float) -> None:
        """Let time pass; tokens that ended meanwhile are renewed."""
        self.time.move(**parts)
        self.login()

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        app: bool = False,
        **query: Any,
    ) -> HttpResponse:
        token = self.app_token if app else self.token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        texts = {name: str(value) for name, value in query.items()}
        if method == "GET":
            request = self.requests.get(f"/ebay/{path}", texts, headers=headers)
        else:
            request = self.requests.generic(
                method,
                f"/ebay/{path}",
                b"" if body is None else json.dumps(body),
                content_type="application/json",
                headers=headers,
            )
        return self.peer.handle(request, path)

    def get(self, path: str, **query: Any) -> HttpResponse:
        return self.call("GET", path, **query)

    def search(self, **query: Any) -> HttpResponse:
        return self.get(ORDERS, **query)

    def found(self, **query: Any) -> list[str]:
        return [order["orderId"] for order in read(self.search(**query))["orders"]]

    def order(self, order_id: str, **query: Any) -> Json:
        answer = self.get(f"{ORDERS}/{order_id}", **query)
        assert answer.status_code == 200, answer.content
        order: Json = read(answer)
        return order

    def listed(self, order_id: str, **query: Any) -> Json:
        (order,) = read(self.search(orderIds=order_id, **query))["orders"]
        found: Json = order
        return found

    def place(self, count: int = 1, **spec: Any) -> list[str]:
        return self.peer.place_orders({"count": count, **spec})

    def place_one(self, **spec: Any) -> str:
        (order_id,) = self.place(1, **spec)
        return order_id

    def telling(self, order_id: str, **changes: Any) -> Json:
        """A body that tells of the whole order in one parcel."""
        body = {
            "lineItems": [
                {"lineItemId": line["lineItemId"], "quantity": line["quantity"]}
                for line in self.order(order_id)["lineItems"]
            ],
            "shippedDate": self.time.now.isoformat(),
            "shippingCarrierCode": "RoyalMail",
            "trackingNumber": "AB123456785GB",
            **changes,
        }
        return {name: value for name, value in body.items() if value is not None}

    def tell(self, order_id: str, **changes: Any) -> HttpResponse:
        body = self.telling(order_id, **changes)
        return self.call("POST", f"{ORDERS}/{order_id}/shipping_fulfillment", body)

    def ledger(self, *operations: str) -> list[Json]:
        rows = LEDGER.rows(peer="ebay")
        return [row for row in rows if row["operation"] in operations]


def read(response: HttpResponse) -> Any:
    return json.loads(response.content)


def number(response: HttpResponse) -> int:
    """The error's number."""
    (error,) = read(response)["errors"]
    found: int = error["errorId"]
    return found


def make_driver() -> Driver:
    """A fresh world, and a client that has its tokens."""
    time = StoppedClock()
    time.apply()
    LEDGER.clear()
    peer = EbayPeer()
    peer.reset(7)
    driver = Driver(peer=peer, time=time)
    driver.login()
    return driver
