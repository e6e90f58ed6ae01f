"""A ShipStation peer in this process, with a clock that stands until it is moved."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from shipsync_site.lib import clock
from stores.sandbox.core import LEDGER
from stores.sandbox.shipstation.peer import ShipStationPeer

Json = dict[str, Any]
# 2026-03-04 09:00 in Los Angeles (PST), at second 0 of a UTC minute.
START = datetime.fromisoformat("2026-03-04T17:00:00+00:00").timestamp()


class StillClock:
    """The business clock, standing; ``advance`` moves it by seconds."""

    def __init__(self) -> None:
        self.moment = START
        self.advance(0)

    def advance(self, seconds: float) -> None:
        self.moment += seconds
        clock.configure(clock.Clock(0.0, self.moment, 0.0))


class Api:
    """Plays requests against a peer of its own, as one key of one account."""

    def __init__(self) -> None:
        self.peer = ShipStationPeer()
        self.peer.reset(0)
        self.peer.configure({"accounts": [{"key": "demo-key", "limit": 10_000}]})
        self.pair = ("demo-key", "demo-secret")
        self.factory = RequestFactory()
        LEDGER.clear()

    def call(
        self, method: str, path: str, body: object = None, **query: object
    ) -> HttpResponse:
        token = base64.b64encode(":".join(self.pair).encode()).decode()
        headers = {"Authorization": f"Basic {token}"}
        url = f"/shipstation/{path}"
        texts = {name: str(value) for name, value in query.items()}
        if method == "GET":
            request = self.factory.get(url, texts, headers=headers)
        else:
            request = self.factory.generic(
                method,
                url,
                json.dumps(body),
                content_type="application/json",
                headers=headers,
                query_params=texts,
            )
        return self.peer.handle(request, path)

    def get(self, path: str, **query: object) -> Any:
        answer = self.call("GET", path, **query)
        assert answer.status_code == 200, answer.content
        return json.loads(answer.content)

    def post(self, path: str, body: object, **query: object) -> Any:
        answer = self.call("POST", path, body, **query)
        assert answer.status_code == 200, answer.content
        return json.loads(answer.content)

    def refused(self, method: str, path: str, body: object = None) -> tuple[int, Json]:
        answer = self.call(method, path, body)
        assert answer.status_code >= 400, answer.content
        return answer.status_code, json.loads(answer.content)

    def create(self, number: str = "A-1", **fields: Any) -> Json:
        created: Json = self.post("orders/createorder", order_body(number, **fields))
        return created

    def control(self, call: str, /, **spec: Any) -> Json:
        return self.peer.control(call, spec)

    def operations(self) -> list[str]:
        return [row["operation"] for row in LEDGER.rows(peer="shipstation")]


def order_body(number: str = "A-1", **fields: Any) -> Json:
    """A createorder body; orderKey is ``k-<number>``."""
    return {
        "orderNumber": number,
        "orderKey": f"k-{number}",
        "orderDate": "2026-03-04 08:00:00",
        "orderStatus": "awaiting_shipment",
        "billTo": {"name": "Ada Buyer"},
        "shipTo": {
            "name": "Ada Buyer",
            "street1": "2 High St",
            "city": "York",
            "postalCode": "YO1 1AA",
            "country": "GB",
        },
        "items": [
            {
                "lineItemKey": f"{number}-1",
                "sku": "MUG",
                "name": "Mug",
                "quantity": 2,
                "unitPrice": 7.5,
            }
        ],
        **fields,
    }


@pytest.fixture
def still_clock() -> Iterator[StillClock]:
    before = clock.current()
    yield StillClock()
    clock.configure(before)


@pytest.fixture
def api(still_clock: StillClock) -> Api:
    return Api()


@pytest.fixture(name="order_body")
def _order_body() -> Any:
    return order_body
