"""Drives the TikTok peer in process: a client that signs, and a movable clock.

It signs by the sheet's steps, apart from the peer's own code.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.test import RequestFactory

from shipsync_site.lib import clock
from stores.sandbox.core import LEDGER
from stores.sandbox.tiktok.accounts import (
    APP_KEY,
    APP_SECRET,
    REFRESH_TOKEN,
    SHOP_CIPHER,
)
from stores.sandbox.tiktok.carriers import STANDARD
from stores.sandbox.tiktok.peer import TikTokPeer

Json = dict[str, Any]

SEARCH = "order/202309/orders/search"
DETAIL = "order/202507/orders"
CANCELS = "return_refund/202602/cancellations"
START = datetime.fromisoformat("2026-11-22T10:00:00+00:00")
PROVIDERS = {provider.name: provider.id for provider in STANDARD.providers}
NUMBER = "AB123456785GB"


@dataclass
class StoppedClock:
    """Business time that moves only when told to."""

    now: datetime = START

    def move(self, **parts: float) -> None:
        self.now += timedelta(**parts)
        self.apply()

    def apply(self) -> None:
        clock.configure(clock.Clock(start=self.now.timestamp(), rate=0.0))

    @property
    def seconds(self) -> int:
        return int(self.now.timestamp())


@dataclass
class Driver:
    """One client of one shop."""

    peer: TikTokPeer
    time: StoppedClock
    token: str = ""
    refresh_token: str = REFRESH_TOKEN
    requests: RequestFactory = field(default_factory=RequestFactory)

    def ask_token(self, call: str = "refresh", **query: str) -> HttpResponse:
        given = {"app_key": APP_KEY, "app_secret": APP_SECRET, **query}
        path = f"api/v2/token/{call}"
        return self.peer.handle(self.requests.get(f"/tiktok/{path}", given), path)

    def login(self) -> Json:
        answer = self.ask_token(
            grant_type="refresh_token", refresh_token=self.refresh_token
        )
        data: Json = ok(answer)
        self.token, self.refresh_token = data["access_token"], data["refresh_token"]
        return data

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
        secret: str = APP_SECRET,
        signed_path: str | None = None,
        headers: Json | None = None,
        without: tuple[str, ...] = (),
        **query: Any,
    ) -> HttpResponse:
        """A signed call; ``query`` adds to, or replaces, what goes with each call."""
        given = {
            "app_key": APP_KEY,
            "timestamp": self.time.seconds,
            "shop_cipher": SHOP_CIPHER,
            **query,
        }
        pairs = [(k, str(v)) for k, v in given.items() if k not in without]
        raw = b"" if body is None else json.dumps(body).encode()
        text = f"/{signed_path or path}"
        text += "".join(f"{name}{value}" for name, value in sorted(pairs))
        message = secret.encode() + text.encode() + raw + secret.encode()
        if "sign" not in query:
            sign = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
            pairs.append(("sign", sign))
        request = self.requests.generic(
            method,
            f"/tiktok/{path}?{urlencode(pairs)}",
            raw,
            content_type="application/json",
            headers={"x-tts-access-token": self.token, **(headers or {})},
        )
        return self.peer.handle(request, path)

    def get(self, path: str, **query: Any) -> Any:
        return ok(self.call("GET", path, **query))

    def post(self, path: str, body: object = None, **query: Any) -> Any:
        return ok(self.call("POST", path, body or {}, **query))

    def search(self, body: Json | None = None, **query: Any) -> Json:
        found: Json = self.post(SEARCH, body, **{"page_size": 50, **query})
        return found

    def found(self, body: Json | None = None, **query: Any) -> list[str]:
        return [order["id"] for order in self.search(body, **query)["orders"]]

    def order(self, order_id: str) -> Json:
        (order,) = self.get(DETAIL, ids=order_id)["orders"]
        found: Json = order
        return found

    def place(self, count: int = 1, **spec: Any) -> list[str]:
        return self.peer.place_orders({"count": count, **spec})

    def place_one(self, **spec: Any) -> str:
        (order_id,) = self.place(1, **spec)
        return order_id

    def open_one(self, **spec: Any) -> str:
        """An order that waits for shipment already."""
        return self.place_one(**{"on_hold": False, **spec})

    def tell(
        self,
        order_id: str,
        lines: list[str] | None = None,
        number: str = NUMBER,
        provider: str = "Royal Mail",
    ) -> HttpResponse:
        """Mark lines, or all that are left, as shipped."""
        body: Json = {
            "tracking_number": number,
            "shipping_provider_id": PROVIDERS.get(provider, provider),
        }
        if lines is not None:
            body["order_line_item_ids"] = lines
        path = f"fulfillment/202309/orders/{order_id}/packages"
        return self.call("POST", path, body)

    def request(self, order_id: str) -> str:
        """The buyer asks to cancel; the request's id."""
        self.peer.cancel({"order_id": order_id, "how": "request"})
        return str(self.cancellations(order_id)[-1]["cancel_id"])

    def cancellations(self, order_id: str) -> list[Json]:
        rows: list[Json] = self.post(
            f"{CANCELS}/search", {"order_ids": [order_id]}, page_size=50
        )["cancellations"]
        return rows

    def ledger(self, *operations: str) -> list[Json]:
        rows = LEDGER.rows(peer="tiktok")
        return [row for row in rows if row["operation"] in operations]


def read(response: HttpResponse) -> Any:
    return json.loads(response.content)


def code(response: HttpResponse) -> int:
    """The envelope's code."""
    found: int = read(response)["code"]
    return found


def ok(response: HttpResponse) -> Any:
    """The data of an answer that succeeded."""
    body = read(response)
    assert (response.status_code, body["code"]) == (200, 0), body
    return body["data"]


def make_driver() -> Driver:
    """A fresh world, and a client that has its tokens."""
    time = StoppedClock()
    time.apply()
    LEDGER.clear()
    peer = TikTokPeer()
    peer.reset(7)
    driver = Driver(peer=peer, time=time)
    driver.login()
    return driver
