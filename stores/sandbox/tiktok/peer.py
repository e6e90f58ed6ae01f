"""The TikTok peer: routes, order of checks, ledger rows and control hooks."""

from __future__ import annotations

import time as wall
from dataclasses import asdict
from urllib.parse import parse_qsl

from django.http import HttpRequest, HttpResponse

from shipsync_site.lib import clock
from stores.sandbox.core import ControlError, Json, Peer
from stores.sandbox.payouts import ODDITIES
from stores.sandbox.tiktok import (
    answers,
    cancel_calls,
    config,
    consent,
    finance_calls,
    hook_calls,
    operations,
    people_acts,
    ship_calls,
    signing,
    stock_calls,
)
from stores.sandbox.tiktok.accounts import App
from stores.sandbox.tiktok.answers import ApiError
from stores.sandbox.tiktok.calls import Call, Operation
from stores.sandbox.tiktok.control import play
from stores.sandbox.tiktok.hooks import Hooks
from stores.sandbox.tiktok.placing import place, read_wish
from stores.sandbox.tiktok.state import Settings, Weather
from stores.sandbox.tiktok.weather import (
    FAULTS,
    clear_weather,
    describe,
    start_fault,
    strike,
    take,
)
from stores.sandbox.tiktok.world import World

TOKEN_PATHS = {"api/v2/token/get": "get", "api/v2/token/refresh": "refresh"}
TABLE = (
    *operations.OPERATIONS,
    *ship_calls.OPERATIONS,
    *cancel_calls.OPERATIONS,
    *hook_calls.OPERATIONS,
    *stock_calls.OPERATIONS,
    *finance_calls.OPERATIONS,
)
# A timestamp may be so many seconds old, or ahead (sheet section 1).
MOST_AGE, MOST_AHEAD = 300, 30


class TikTokPeer(Peer):
    """Consent, tokens, orders, logistics, fulfilment, cancellations, messages."""

    code = "tiktok"
    title = "TikTok Shop"
    own_faults = FAULTS
    moves = people_acts.MOVES
    oddities = ODDITIES

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.record)
        self.hooks = Hooks(self.world, self.lock)
        self._requests = 0

    def reset(self, seed: int) -> None:
        self.world.reset(seed)
        self.hooks.reset(seed)

    def operation(self, request: HttpRequest, path: str) -> str:
        """The operation's name, 'token' or 'consent'."""
        if path in TOKEN_PATHS:
            return "token"
        if path == consent.PATH:
            return "consent"
        found = find(request.method or "", path)
        return found[0].name if found else f"{request.method} {path}"

    def handle(self, request: HttpRequest, path: str) -> HttpResponse:
        now = self.world.advance()
        if path == consent.PATH:
            return consent.page(self.world, request, now)
        if path in TOKEN_PATHS:
            return self._token(request, TOKEN_PATHS[path], now)
        self._requests += 1
        request_id = f"{now}{self._requests:012d}"
        try:
            if (struck := strike(self.world)) is not None:
                return struck
            row, parts = self._route(request, path)
            call = self._admit(request, path, row, parts, now)
            data = row.serve(call, **parts)
            if take(self.world, "internal_after"):
                raise answers.internal_error()
            return answers.success(data, request_id)
        except ApiError as error:
            http_errors = self.world.settings.error_status == "4xx"
            return answers.refusal(error, request_id, http_errors=http_errors)

    def _route(
        self, request: HttpRequest, path: str
    ) -> tuple[Operation, dict[str, str]]:
        method = request.method or ""
        found = find(method, path)
        if found is not None:
            return found
        if any(row.path.fullmatch(path) for row in TABLE):
            raise ApiError(answers.METHOD, f"{method} is not allowed here")
        raise ApiError(answers.PATH, f"there is no API /{path}")

    def _admit(
        self,
        request: HttpRequest,
        path: str,
        row: Operation,
        parts: dict[str, str],
        now: int,
    ) -> Call:
        """Signature, limit, token, scope, shop: in this order."""
        world = self.world
        # Not path_info: Django decodes it, and lets the prefix stand before it.
        raw_query = request.META.get("QUERY_STRING", "")
        query = parse_qsl(raw_query, keep_blank_values=True)
        first = dict(reversed(query))
        kind = request.content_type or ""
        if request.method in ("POST", "PUT") and kind != "application/json":
            raise ApiError(answers.CONTENT_TYPE, "content-type: application/json")
        app = self._app(first, now)
        expected = signing.sign_request(app.app_secret, f"/{path}", query, request.body)
        if not signing.same(expected, first.get("sign", "")):
            raise ApiError(answers.SIGN, "signature is invalid")
        cipher = first.get("shop_cipher", "")
        moment = clock.timestamp()
        if not world.limits.take(app.app_key, cipher or "-", row.name, moment):
            raise answers.too_many()
        token = request.headers.get("x-tts-access-token", "")
        scope = row.scope
        access = world.auth.access(token, app.app_key, scope, moment)
        if scope and world.weather.scope_missing:
            raise ApiError(
                answers.SCOPE_MISSING, f"the consent lacks the scope {scope}"
            )
        return Call(
            request=request,
            world=world,
            access=access,
            shop=world.auth.shop_of(access, cipher) if row.shop else None,
            version=parts.pop("version", ""),
            now=now,
        )

    def _app(self, query: dict[str, str], now: int) -> App:
        app = self.world.auth.apps.get(query.get("app_key", ""))
        if app is None or app.disabled:
            raise ApiError(answers.CREDENTIAL, "app_key is missing or invalid")
        text = query.get("timestamp", "")
        if not text.isdigit() or not -MOST_AHEAD <= now - int(text) <= MOST_AGE:
            raise ApiError(answers.CREDENTIAL, "timestamp is missing or out of range")
        return app

    def error_response(self, status: int) -> HttpResponse:
        error = answers.too_many() if status == 429 else answers.internal_error(status)
        return answers.refusal(error, f"{int(wall.time())}")

    def fault(self, rule: Json) -> Json:
        try:
            return start_fault(self.world, rule, self.world.advance())
        except (ValueError, TypeError) as error:
            raise ControlError(400, f"tiktok: {error}") from None

    def clear_faults(self) -> None:
        clear_weather(self.world)

    def weather(self) -> list[str]:
        return describe(self.world)

    def outlets(self) -> dict[str, Json]:
        """The shops of all sellers."""
        return {
            shop.name: {"shop_id": shop.id}
            for seller in self.world.auth.sellers.values()
            for shop in seller.shops
        }

    def place_orders(self, spec: Json) -> list[str]:
        world = self.world
        now = world.advance()
        try:
            shop_id = spec.get("shop_id")
            if shop_id is None:
                shop = next(iter(world.auth.sellers.values())).shops[0]
            else:
                _, shop = world.auth.shop(str(shop_id))
            wish = read_wish(
                spec,
                hold=world.settings.hold_seconds,
                order_age=world.settings.order_age,
            )
            orders = place(wish, shop, world.book, now)
        except (ValueError, LookupError, TypeError) as error:
            raise ControlError(400, str(error)) from None
        for order in orders:
            self.record(
                "order_placed",
                order.order_id,
                shop_id=order.shop_id,
                status=order.status,
                kind=order.kind,
                variant=order.variant,
            )
            world.stock.sold(order)
            world.tell_status(order)
        return [order.order_id for order in orders]

    def cancel(self, spec: Json) -> Json:
        return people_acts.cancel(self.world, spec)

    def address(self, spec: Json) -> Json:
        return people_acts.change_address(self.world, spec)

    def control(self, action: str, spec: Json) -> Json:
        """What :mod:`stores.sandbox.tiktok.control` lists."""
        return play(self.world, self.hooks, action, spec)

    def configure(self, config_: Json) -> Json:
        self.world.advance()
        config.configure(self.world, config_)
        return config.view(self.world)

    def orders_view(self) -> list[Json]:
        self.world.advance()
        return [people_acts.order_view(self.world, order) for order in self.world.book]

    def usage(self) -> Json:
        self.world.advance()
        return self.world.limits.usage(clock.timestamp())

    def dump(self) -> Json:
        world = self.world
        return {
            "auth": world.auth.dump(),
            "limits": world.limits.dump(),
            "book": world.book.dump(),
            "stock": world.stock.dump(),
            "money": world.money.dump(),
            "hooks": self.hooks.dump(),
            "settings": asdict(world.settings),
            "weather": asdict(world.weather),
        }

    def load(self, state: Json) -> None:
        world = self.world
        world.auth.load(state["auth"])
        world.limits.load(state["limits"])
        world.book.load(state["book"])
        world.stock.load(state["stock"])
        world.money.load(state["money"])
        self.hooks.load(state["hooks"])
        world.apply_settings(Settings(**state["settings"]))
        world.weather = Weather(**state["weather"])

    def _token(self, request: HttpRequest, kind: str, now: int) -> HttpResponse:
        query = {key: str(value) for key, value in request.GET.dict().items()}
        self._requests += 1
        request_id = f"{now}{self._requests:012d}"
        try:
            if request.method != "GET":
                raise ApiError(answers.METHOD, "GET only")
            data = self.world.auth.token(kind, query, now)
        except ApiError as error:
            self.record("token_refused", kind, accepted=False, code=error.code)
            return answers.refusal(error, request_id)
        self.record("token", query["app_key"], call=kind, open_id=data["open_id"])
        if kind == "get":
            self.hooks.warn_of_end(data["open_id"], data["refresh_token_expire_in"])
        return answers.success(data, request_id)


def find(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    """The operation of a request and its path's parts; None when nothing is played."""
    for row in TABLE:
        if row.method == method and (found := row.path.fullmatch(path)):
            return row, found.groupdict()
    return None
