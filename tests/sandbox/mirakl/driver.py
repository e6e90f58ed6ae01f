"""Drives the Mirakl peer in process: one shop at each operator, and a movable clock."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import RequestFactory

from shipsync_site.lib import clock
from stores.sandbox.core import LEDGER
from stores.sandbox.mirakl.operators import Operator
from stores.sandbox.mirakl.peer import MiraklPeer

Json = dict[str, Any]

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
    """One client of one peer, as the shop at ``operator``."""

    peer: MiraklPeer
    time: StoppedClock
    operator: str = "northgate"
    key: str | None = None
    requests: RequestFactory = field(default_factory=RequestFactory)

    @property
    def rules(self) -> Operator:
        return self.peer.world.operators[self.operator]

    def at(self, operator: str) -> Driver:
        """The same world, asked as the shop at another operator."""
        return Driver(peer=self.peer, time=self.time, operator=operator)

    def later(self, **parts: float) -> None:
        self.time.move(**parts)

    def call(
        self, method: str, path: str, body: object = None, **query: Any
    ) -> HttpResponse:
        key = self.rules.key if self.key is None else self.key
        headers = {"Authorization": key} if key else {}
        address = f"{self.operator}/api/{path}"
        if method == "GET":
            request = self.requests.get(f"/mirakl/{address}", query, headers=headers)
        else:
            request = self.requests.generic(
                method,
                f"/mirakl/{address}",
                b"" if body is None else json.dumps(body),
                content_type="application/json",
                headers=headers,
                query_params={name: str(value) for name, value in query.items()},
            )
        return self.peer.handle(request, address)

    def upload(self, text: str) -> HttpResponse:
        """STO01 with this file."""
        address = f"{self.operator}/api/offers/stock/imports"
        file = SimpleUploadedFile("stock.csv", text.encode(), "text/csv")
        headers = {"Authorization": self.rules.key}
        request = self.requests.post(
            f"/mirakl/{address}", {"file": file}, headers=headers
        )
        return self.peer.handle(request, address)

    def get(self, path: str, **query: Any) -> Any:
        answer = self.call("GET", path, **query)
        assert answer.status_code == 200, answer.content
        return read(answer)

    def found(self, **query: Any) -> list[str]:
        """The ids that a pull of OR11 lists; a minute passes."""
        self.later(seconds=60)
        rows = self.get("orders", **{"max": 100, **query})["orders"]
        return [row["order_id"] for row in rows]

    def order(self, order_id: str) -> Json:
        """The order as OR11 shows it."""
        (row,) = self.get("orders", order_ids=order_id)["orders"]
        found: Json = row
        return found

    def state(self, order_id: str) -> str:
        self.peer.world.advance()
        order = self.peer.world.book.get(order_id)
        assert order is not None
        return order.state

    def place(self, count: int = 1, **spec: Any) -> list[str]:
        return self.peer.place_orders(
            {"count": count, "operator": self.operator, **spec}
        )

    def place_one(self, **spec: Any) -> str:
        (order_id,) = self.place(1, **spec)
        return order_id

    def ready(self, **spec: Any) -> str:
        """An order that was taken and paid for: in SHIPPING."""
        order_id = self.place_one(**spec)
        if self.state(order_id) == "WAITING_ACCEPTANCE":
            assert self.accept(order_id).status_code == 204
        self.later(seconds=self.rules.debit_seconds)
        assert self.state(order_id) == "SHIPPING"
        return order_id

    def accept(self, order_id: str, **decisions: bool) -> HttpResponse:
        """OR21: yes to every line but those that are decided otherwise."""
        rows = [
            {"id": line["order_line_id"], "accepted": True}
            for line in self.order(order_id)["order_lines"]
        ]
        return self.call("PUT", f"orders/{order_id}/accept", {"order_lines": rows})

    def track(self, order_id: str, **body: Any) -> HttpResponse:
        body = body or {"carrier_code": "ROYALMAIL", "tracking_number": "AB123456785GB"}
        return self.call("PUT", f"orders/{order_id}/tracking", body)

    def ship(self, order_id: str) -> HttpResponse:
        return self.call("PUT", f"orders/{order_id}/ship")

    def ledger(self, *operations: str) -> list[Json]:
        rows = LEDGER.rows(peer="mirakl")
        return [row for row in rows if row["operation"] in operations]


def read(response: HttpResponse) -> Any:
    return json.loads(response.content)


def code(response: HttpResponse) -> str:
    """The refusal's code."""
    (error,) = read(response)["errors"]
    found: str = error["code"]
    return found


def make_driver() -> Driver:
    """A fresh world, and the shop at northgate."""
    time = StoppedClock()
    time.apply()
    LEDGER.clear()
    peer = MiraklPeer()
    peer.reset(7)
    return Driver(peer=peer, time=time)
