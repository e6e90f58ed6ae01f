"""Drives the Amazon peer in process: a client with its token, and a movable clock."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

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

    def feed_body(self, document_id: str) -> Json:
        """A createFeed body of an acknowledgement in the UK."""
        return {
            "feedType": "POST_ORDER_ACKNOWLEDGEMENT_DATA",
            "marketplaceIds": [UK],
            "inputFeedDocumentId": document_id,
        }

    def acknowledgement(
        self,
        order_id: str,
        item_ids: list[str] | None = None,
        *,
        reason: str = "BuyerCanceled",
        merchant: str = "A2DEMOSELLER",
    ) -> bytes:
        """A feed that cancels items of an order, all of them by default."""
        order = self.peer.world.book.get(order_id)
        known = [line.item_id for line in order.lines] if order else []
        items = "".join(
            f"<Item><AmazonOrderItemCode>{item_id}</AmazonOrderItemCode>"
            f"<CancelReason>{reason}</CancelReason></Item>"
            for item_id in (known if item_ids is None else item_ids)
        )
        return (
            "<AmazonEnvelope><Header><DocumentVersion>1.01</DocumentVersion>"
            f"<MerchantIdentifier>{merchant}</MerchantIdentifier></Header>"
            "<MessageType>OrderAcknowledgement</MessageType><Message>"
            "<MessageID>1</MessageID><OrderAcknowledgement>"
            f"<AmazonOrderID>{order_id}</AmazonOrderID><StatusCode>Failure</StatusCode>"
            f"{items}</OrderAcknowledgement></Message></AmazonEnvelope>"
        ).encode()

    def upload(self, url: str, content: bytes, **headers: str) -> HttpResponse:
        """PUT at a presigned address, without a token."""
        parts = urlsplit(url)
        request = self.requests.put(
            f"{parts.path}?{parts.query}",
            content,
            content_type=headers.pop("content_type", "text/xml; charset=UTF-8"),
            headers=headers,
        )
        return self.peer.handle(request, parts.path.removeprefix("/amazon/"))

    def download(self, url: str) -> HttpResponse:
        """GET at a presigned address, without a token."""
        parts = urlsplit(url)
        request = self.requests.get(f"{parts.path}?{parts.query}")
        return self.peer.handle(request, parts.path.removeprefix("/amazon/"))

    def submit(self, content: bytes) -> str:
        """Upload a feed and have it processed; its id."""
        made = self.post(
            "eu/feeds/2021-06-30/documents",
            {"contentType": "text/xml; charset=UTF-8"},
        )
        document = read(made)
        assert self.upload(document["url"], content).status_code == 200
        answer = self.post(
            "eu/feeds/2021-06-30/feeds", self.feed_body(document["feedDocumentId"])
        )
        assert answer.status_code == 202, answer.content
        feed_id: str = read(answer)["feedId"]
        return feed_id

    def feed(self, feed_id: str) -> Json:
        found: Json = read(self.get(f"eu/feeds/2021-06-30/feeds/{feed_id}"))
        return found

    def report(self, feed: Json) -> bytes:
        """The processing report of a feed that is DONE."""
        answer = self.get(
            f"eu/feeds/2021-06-30/documents/{feed['resultFeedDocumentId']}"
        )
        return self.download(read(answer)["url"]).content

    def report_body(self, **changes: Any) -> Json:
        """A createReport body for the UK's orders of the last day."""
        return {
            "reportType": "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL",
            "marketplaceIds": [UK],
            "dataStartTime": (self.time.now - timedelta(days=1)).isoformat(),
            "dataEndTime": self.time.now.isoformat(),
            **changes,
        }

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
