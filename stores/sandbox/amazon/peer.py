"""The Amazon peer: routes, order of checks, ledger rows and control hooks."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse

from stores.sandbox.amazon import (
    answers,
    consent,
    document_store,
    feed_calls,
    report_calls,
    sqs,
)
from stores.sandbox.amazon.answers import ApiError
from stores.sandbox.amazon.auth import App, LwaError, Seller
from stores.sandbox.amazon.calls import Call
from stores.sandbox.amazon.marketplaces import REGIONS
from stores.sandbox.amazon.notices import Subscription
from stores.sandbox.amazon.operations import GRANTLESS, OPERATIONS, find_route
from stores.sandbox.amazon.orders import Order
from stores.sandbox.amazon.placing import place
from stores.sandbox.amazon.render import iso
from stores.sandbox.amazon.weather import (
    FAULTS,
    clear_weather,
    describe,
    start_fault,
    strike,
)
from stores.sandbox.amazon.wishes import read_wish
from stores.sandbox.amazon.world import Settings, Weather, World
from stores.sandbox.core import ControlError, Json, Peer
from stores.sandbox.payouts import ODDITIES, read_planting

TOKEN_PATH = "auth/o2/token"  # noqa: S105 - a path
# Orders may be read with any of these; without one the operation itself is refused.
_ORDER_ROLES = {
    *("inventory_and_order_tracking", "direct_to_consumer_shipping"),
    *("tax_invoicing", "tax_remittance"),
}


class AmazonPeer(Peer):
    """Login with Amazon, sellers v1, orders v2026-01-01, reads and confirm of v0, feeds,
    notifications, and the seller's own queue."""

    code = "amazon"
    own_faults = FAULTS
    oddities = ODDITIES

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.record)

    def reset(self, seed: int) -> None:
        self.world.reset(seed)

    def operation(self, request: HttpRequest, path: str) -> str:
        """Amazon's operationId, or 'token' for Login with Amazon."""
        if path == TOKEN_PATH:
            return "token"
        if path == consent.PATH:
            return "consent"
        if path == sqs.PATH:
            return request.headers.get("X-Amz-Target", "sqs").rpartition(".")[2]
        if path.startswith(feed_calls.STORE_PATH):
            return "putFeedContent" if request.method == "PUT" else "getFeedContent"
        if path.startswith(report_calls.STORE_PATH):
            return "getReportContent"
        route = find_route(request.method or "", _split_region(path)[1])
        return route[0] if route else f"{request.method} {path}"

    def handle(self, request: HttpRequest, path: str) -> HttpResponse:
        now_ms = self.world.advance()
        if path == TOKEN_PATH:
            return self._token(request, now_ms)
        if path == consent.PATH:
            return consent.page(self.world, request, now_ms / 1000)
        if path == sqs.PATH:
            return self.world.notices.sqs.handle(request, now_ms)
        if path.startswith(feed_calls.STORE_PATH):
            return document_store.serve_document(self.world.feeds, request, now_ms)
        if path.startswith(report_calls.STORE_PATH):
            return document_store.serve_document(self.world.reports, request, now_ms)
        if (struck := strike(self.world)) is not None:
            return struck
        name = None
        try:
            region, rest = _split_region(path)
            route = find_route(request.method or "", rest)
            app, seller = self._caller(
                request, region, now_ms, grantless=bool(route and route[0] in GRANTLESS)
            )
            if route is None:
                raise ApiError(404, "NotFound", f"Resource not found: /{rest}")
            name, parts = route
            self._check_role(name, app)
            buckets = self.world.buckets
            if not buckets.take(seller.id, app.client_id, name, now_ms / 1000):
                raise answers.throttled()
            call = Call(
                name=name,
                request=request,
                world=self.world,
                app=app,
                seller=seller,
                now_ms=now_ms,
            )
            return OPERATIONS[name](call, **parts)
        except ApiError as error:
            rate = self.world.buckets.rate_header(name) if name else None
            return answers.error_to_response(error, rate=rate)

    def error_response(self, status: int) -> HttpResponse:
        known = {429: answers.throttled, 503: answers.unavailable}
        return answers.error_to_response(known.get(status, answers.internal_failure)())

    def fault_response(
        self, request: HttpRequest, path: str, status: int
    ) -> HttpResponse:
        if path != TOKEN_PATH:
            return self.error_response(status)
        body = {"error": "server_error", "error_description": "Please try again."}
        return answers.json_response(status, body)

    def fault(self, rule: Json) -> Json:
        try:
            return start_fault(self.world, rule)
        except (ValueError, TypeError) as error:
            raise ControlError(400, f"amazon: {error}") from None

    def clear_faults(self) -> None:
        clear_weather(self.world)

    def weather(self) -> list[str]:
        return describe(self.world)

    def place_orders(self, spec: Json) -> list[str]:
        world = self.world
        now_ms = world.advance()
        try:
            wish = read_wish(spec, world.auth.sellers, world.settings.order_age)
            orders = place(wish, world.book, now_ms)
        except (ValueError, LookupError, TypeError) as error:
            raise ControlError(400, str(error)) from None
        for order in orders:
            self.record(
                "order_placed",
                order.order_id,
                seller_id=order.seller_id,
                marketplace_id=order.marketplace_id,
                status=order.status,
                variant=order.variant,
            )
            if world.settings.announce_new and order.status != "PENDING":
                world.status_changed(order, "New order", now_ms)
        return [order.order_id for order in orders]

    def cancel(self, spec: Json) -> Json:
        return self.world.cancel(spec)

    def address(self, spec: Json) -> Json:
        return self.world.change_address(spec)

    def control(self, action: str, spec: Json) -> Json:
        """``authorise`` {seller_id, client_id?}: the code of a seller's consent;
        ``queue`` {queue}: make a queue; ``listen`` {queue, seller_id?}: and have
        ORDER_CHANGE sent to it; ``payouts`` {oddities?}: a settlement report now;
        ``refund`` {order_id}: of a settled order, in the next one."""
        now_ms = self.world.advance()
        if action in ("payouts", "refund"):
            return self._money(action, spec, now_ms)
        if action == "queue":
            return {"queue": self._queue(spec).arn}
        if action == "listen":
            return self._listen(spec)
        if action != "authorise":
            return super().control(action, spec)
        try:
            return {"code": self.world.auth.authorise(spec, now_ms / 1000)}
        except LookupError as error:
            raise ControlError(404, str(error)) from None

    def configure(self, config: Json) -> Json:
        self.world.advance()
        self.world.configure(config)
        return self.world.config_view()

    def orders_view(self) -> list[Json]:
        self.world.advance()
        return [_view(order) for order in self.world.book]

    def usage(self) -> Json:
        return self.world.buckets.usage(self.world.advance() / 1000)

    def dump(self) -> Json:
        world = self.world
        return {
            "auth": world.auth.dump(),
            "buckets": world.buckets.dump(),
            "book": world.book.dump(),
            "feeds": world.feeds.dump(),
            "reports": world.reports.dump(),
            "money": world.money.dump(),
            "notices": world.notices.dump(),
            "settings": asdict(world.settings),
            "weather": asdict(world.weather),
        }

    def load(self, state: Json) -> None:
        world = self.world
        world.auth.load(state["auth"])
        world.buckets.load(state["buckets"])
        world.book.load(state["book"])
        # Snapshots of older versions know neither.
        if "feeds" in state:
            world.feeds.load(state["feeds"])
            world.notices.load(state["notices"])
        if "reports" in state:
            world.reports.load(state["reports"])
        if "money" in state:
            world.money.load(state["money"])
        world.settings = Settings(**state["settings"])
        world.weather = Weather(**state["weather"])

    def _money(self, action: str, spec: Json, now_ms: int) -> Json:
        world = self.world
        if action == "payouts":
            planting = read_planting(spec)
            packed = world.settings.report_gzip
            return planting.result(world.money.close(now_ms, planting, packed=packed))
        order = world.book.get(str(spec.get("order_id", "")))
        if order is None or not world.money.settled(order.order_id):
            raise ControlError(409, f"{spec.get('order_id')!r} is not settled yet")
        return {"amount": world.money.refund(order, now_ms) / 100}

    def _listen(self, spec: Json) -> Json:
        """What a seller sets up in AWS and by Notifications, in one go."""
        notices = self.world.notices
        seller_id = str(spec.get("seller_id") or next(iter(self.world.auth.sellers)))
        if seller_id not in self.world.auth.sellers:
            raise ControlError(404, f"no seller {seller_id!r}")
        queue = self._queue(spec)
        destination = notices.new_destination("demo", queue.arn)
        notices.subscribe(
            Subscription(id="", seller_id=seller_id, destination_id=destination.id)
        )
        return {"queue": queue.arn, "key_id": sqs.KEY_ID}

    def _queue(self, spec: Json) -> sqs.Queue:
        try:
            return self.world.notices.sqs.create(str(spec["queue"]))
        except ValueError as error:
            raise ControlError(400, str(error)) from None

    def _token(self, request: HttpRequest, now_ms: int) -> HttpResponse:
        if request.method != "POST":
            return answers.json_response(405, {"error": "invalid_request"})
        form = request.POST.dict()
        try:
            body, access = self.world.auth.token(
                {key: str(value) for key, value in form.items()}, now_ms / 1000
            )
        except LwaError as error:
            refusal = {"error": error.error, "error_description": error.description}
            self.record(
                "token_refused",
                str(form.get("client_id", "")),
                accepted=False,
                error=error.error,
            )
            return answers.json_response(error.status, refusal)
        self.record(
            "token",
            access.client_id,
            grant_type=form.get("grant_type"),
            seller_id=access.seller_id,
        )
        response = answers.json_response(200, body)
        response["Cache-Control"] = "no-store"
        return response

    def _caller(
        self, request: HttpRequest, region: str | None, now_ms: int, *, grantless: bool
    ) -> tuple[App, Seller]:
        header = request.headers.get("x-amz-access-token")
        if grantless:
            app = self.world.auth.application(header, now_ms / 1000)
            return app, Seller(id="", region=region or "")
        app, seller = self.world.auth.access(header, now_ms / 1000)
        if region not in (None, seller.region):
            raise answers.unauthorised("The seller does not sell in this region.")
        return app, seller

    def _check_role(self, name: str, app: App) -> None:
        if name == "getMarketplaceParticipations":
            return
        missing = name in self.world.weather.role_missing
        if missing or not _ORDER_ROLES & set(app.roles):
            raise answers.unauthorised("")


def _split_region(path: str) -> tuple[str | None, str]:
    head, _, rest = path.partition("/")
    return (head, rest) if head in REGIONS else (None, path)


def _view(order: Order) -> Json:
    return {
        "order_id": order.order_id,
        "status": order.status,
        "cancel": order.cancel,
        "lines": [
            {
                "order_item_id": line.item_id,
                "sku": line.sku,
                "quantity": line.quantity,
                "fulfilled": line.fulfilled,
                "cancel": line.cancel,
            }
            for line in order.lines
        ],
        "packages": [
            {
                "reference": package.reference,
                "carrier": package.carrier,
                "carrier_code": package.carrier_code,
                "tracking": package.tracking,
                "items": dict(package.items),
            }
            for package in order.packages
        ],
        "marketplace_id": order.marketplace_id,
        "seller_id": order.seller_id,
        "country": order.address.get("countryCode"),
        "variant": order.variant,
        "ship_by": iso(order.ship_by),
    }
