"""ShipStation API v1 (ssapi.shipstation.com, the 'Legacy' API) as a sandbox peer.

Contract: the v1 API description of 2024 (Swagger, third-party mirrors) and the fact
sheet's list for a faithful simulator. Not played: customers, products, rates, webhooks.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from django.http import HttpRequest, HttpResponse

from shipsync_site.lib import clock
from stores.sandbox.core import Json, Peer
from stores.sandbox.faults import WEBHOOK_FAULTS
from stores.sandbox.shipstation import connections, errors, state, v2
from stores.sandbox.shipstation.account import Account
from stores.sandbox.shipstation.calls import Call
from stores.sandbox.shipstation.errors import ApiError
from stores.sandbox.shipstation.limits import Meter
from stores.sandbox.shipstation.reads import PoisonError
from stores.sandbox.shipstation.routes import Route, find_route
from stores.sandbox.shipstation.views import order_view
from stores.sandbox.shipstation.warehouse import Warehouse
from stores.sandbox.shipstation.webhooks import Post
from stores.sandbox.shipstation.world import World

DEFAULT_LIMIT = 40


class ShipStationPeer(Peer):
    """Quota, authentication, routing and the control hooks."""

    code = "shipstation"
    title = "ShipStation"
    own_faults = {
        "poison": "`count` orders break every page that holds them",
        "revoked": "the keys are refused",
        **WEBHOOK_FAULTS,
    }

    def __init__(self) -> None:
        super().__init__()
        self.reset(0)

    def reset(self, seed: int) -> None:
        self.world = World(seed)
        self.post = Post(self.world, seed)
        self.strangers: dict[str, Meter] = {}
        self.v2_meters: dict[str, Meter] = {}

    @property
    def warehouse(self) -> Warehouse:
        """The people at the bench and at the screen."""
        return Warehouse(self.world, self.record)

    def record(
        self, operation: str, key: str, body: object = None, **parts: Any
    ) -> int:
        """Write an effect into the ledger, and a message about it for its run."""
        self.post.note(operation, parts)
        return super().record(operation, key, body, **parts)

    # The wire

    def operation(self, request: HttpRequest, path: str) -> str:
        """The route's name: createorders, orders, order, shipments, voidlabel …"""
        route = find_route(request.method or "", path)
        return route.name if route else path

    def handle(self, request: HttpRequest, path: str) -> HttpResponse:
        if path.startswith(v2.PREFIX):
            self._advance()
            response = v2.answer(request, path, self.world, self.v2_meters, self.record)
            self.post.send()
            return response
        now = clock.timestamp()
        key, secret = _credentials(request)
        account = self.world.accounts.get(key)
        meter, limit = self._meter(key, account)
        route = find_route(request.method or "", path)
        name = route.name if route else path
        self._advance()
        if not meter.take(now, limit, name):
            response = errors.message(429, "Too Many Requests")
        elif account is None or account.secret != secret or account.revoked:
            response = errors.message(401, "Invalid API credentials")
        elif not account.api_in_plan:
            response = errors.message(402, "Payment Required: no API in this plan.")
        elif route is None:
            response = errors.message(404, "The requested resource was not found.")
        else:
            response = self._answer(request, account, meter, now, route)
        self.post.send()
        return _with_headers(response, meter.headers(now, limit))

    def _answer(
        self,
        request: HttpRequest,
        account: Account,
        meter: Meter,
        now: float,
        route: Route,
    ) -> HttpResponse:
        call = Call(
            world=self.world,
            account=account,
            now=now,
            record=self.record,
            query=request.GET.dict(),
            arguments=route.arguments,
        )
        try:
            if request.method == "POST":
                call.body = _json_body(request)
            answer = route.play(call)
        except ApiError as error:
            return errors.from_error(error)
        except PoisonError:
            return self.error_response(500)
        if call.accepted_rows:
            meter.windows[-1].rows += call.accepted_rows
        if isinstance(answer, str):
            return HttpResponse(answer, content_type="application/json; charset=utf-8")
        return errors.respond(answer)

    def error_response(self, status: int) -> HttpResponse:
        if status == 429:
            return errors.message(429, "Too Many Requests")
        form = self.world.settings["error_form"]
        turn = self.world.error_turn if form is None else int(form)
        self.world.error_turn += 1
        return errors.server_error(turn)

    def fault_response(
        self, request: HttpRequest, path: str, status: int
    ) -> HttpResponse:
        """An injected error counts against the quota and carries its headers."""
        now = clock.timestamp()
        key, _ = _credentials(request)
        meter, limit = self._meter(key, self.world.accounts.get(key))
        response = self.error_response(status)
        window = meter.current(now, limit)
        window.injected += 1
        window.used = min(window.limit, window.used + 1)
        headers = meter.headers(now, limit)
        if status == 429:
            headers["X-Rate-Limit-Remaining"] = "0"
        return _with_headers(response, headers)

    def _meter(self, key: str, account: Account | None) -> tuple[Meter, int]:
        if account is not None:
            return account.meter, account.limit
        # Wrong keys are limited as well; they share one meter, so it cannot grow.
        meter = self.strangers.setdefault("", Meter(""))
        return meter, DEFAULT_LIMIT

    # Control

    def fault(self, rule: Json) -> Json:
        """poison: an order that breaks its pages; revoked: the key is refused."""
        kind = rule.get("fault")
        if kind == "poison":
            return self.warehouse.poison(rule)
        if kind == "revoked":
            chosen = self.world.choose_accounts(rule)
            for account in chosen:
                account.revoked = True
            return {"revoked": [account.key for account in chosen]}
        return super().fault(rule)

    def clear_faults(self) -> None:
        for account in self.world.accounts.values():
            account.poison.clear()
            account.revoked = False

    def weather(self) -> list[str]:
        found = []
        for account in self.world.accounts.values():
            if account.poison:
                found.append(f"poison, {len(account.poison)}")
            if account.revoked:
                found.append(f"revoked, {account.key}")
        return found

    def _advance(self) -> None:
        """Let the stores' own connections do what is due by now."""
        for account in self.world.accounts.values():
            connections.catch_up(self.warehouse.labeller(account))

    def control(self, action: str, spec: Json) -> Json:
        try:
            self._advance()
            if action == "refresh":
                return self.warehouse.refresh(spec)
            return self.warehouse.run(action, spec)
        finally:
            self.post.send()

    def configure(self, config: Json) -> Json:
        self.world.configure(config)
        return self.world.config_view()

    def orders_view(self) -> list[Json]:
        views = []
        self._advance()
        for account in self.world.accounts.values():
            self.warehouse.labeller(account)  # what is due by now is released
            views += [order_view(account, order) for order in account.orders.values()]
        return views

    def usage(self) -> Json:
        return {
            key: [window.view() for window in account.meter.windows]
            for key, account in self.world.accounts.items()
        }

    def dump(self) -> Json:
        return state.dump(self.world)

    def load(self, state_: Json) -> None:
        self.world = state.load(state_)
        self.post = Post(self.world, 0)


def _credentials(request: HttpRequest) -> tuple[str, str]:
    """Key and secret of the Basic header; empty texts when there is none."""
    kind, _, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if kind.lower() != "basic":
        return "", ""
    try:
        pair = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    key, _, secret = pair.partition(":")
    return key, secret


def _json_body(request: HttpRequest) -> Any:
    try:
        return json.loads(request.body or b"null")
    except ValueError:
        raise ApiError(400, "Invalid request parameters") from None


def _with_headers(response: HttpResponse, headers: dict[str, str]) -> HttpResponse:
    for name, value in headers.items():
        response[name] = value
    return response
