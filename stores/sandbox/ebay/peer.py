"""The eBay peer: routes, order of checks, ledger rows and control hooks."""

from __future__ import annotations

from dataclasses import asdict
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from stores.sandbox.core import ControlError, Json, Peer
from stores.sandbox.ebay import (
    answers,
    cancel_calls,
    finance_calls,
    notice_calls,
    operations,
)
from stores.sandbox.ebay.answers import ApiError
from stores.sandbox.ebay.auth import SCOPES, OAuthError
from stores.sandbox.ebay.mail import MailRoom
from stores.sandbox.ebay.notices import CONFIRMATION, DELETION
from stores.sandbox.ebay.operations import Call, Operation, find_operation
from stores.sandbox.ebay.orders import Order
from stores.sandbox.ebay.placing import place, read_wish
from stores.sandbox.ebay.render import iso
from stores.sandbox.ebay.weather import (
    FAULTS,
    clear_weather,
    describe,
    injected,
    start_fault,
    strike,
)
from stores.sandbox.ebay.world import Settings, Weather, World
from stores.sandbox.payouts import ODDITIES, read_planting

TOKEN_PATH = "identity/v1/oauth2/token"  # noqa: S105 - a path
AUTHORIZE_PATH = "oauth2/authorize"
TABLE = (
    *operations.OPERATIONS,
    *notice_calls.OPERATIONS,
    *cancel_calls.OPERATIONS,
    *finance_calls.OPERATIONS,
)


class EbayPeer(Peer):
    """OAuth, Sell Fulfillment v1, Post-Order v2's cancellations, Key Management, Commerce
    Notification v1 and Analytics."""

    code = "ebay"
    title = "eBay"
    own_faults = FAULTS
    oddities = ODDITIES

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.record)
        self.mail = MailRoom(self.world, self.lock)
        self.courier = self.mail.courier

    def reset(self, seed: int) -> None:
        self.world.reset(seed)

    def operation(self, request: HttpRequest, path: str) -> str:
        """eBay's operation name, or 'token'."""
        if path == TOKEN_PATH:
            return "token"
        found = find_operation(TABLE, request.method or "", path)
        return found[0].name if found else f"{request.method} {path}"

    def handle(self, request: HttpRequest, path: str) -> HttpResponse:
        now = self.world.advance()
        if path == TOKEN_PATH:
            return self._token(request, now)
        if path == AUTHORIZE_PATH:
            return self._authorize(request, now)
        if (struck := strike(self.world)) is not None:
            return struck
        try:
            found = find_operation(TABLE, request.method or "", path)
            if found is None:
                raise answers.no_resource()
            row, parts = found
            return row.serve(self._admit(request, row, now), **parts)
        except ApiError as error:
            return answers.error_to_response(error)

    def _admit(self, request: HttpRequest, row: Operation, now: int) -> Call:
        world = self.world
        header = request.headers.get("Authorization", "")
        access = world.auth.access(
            header, row.scopes, seller=row.seller, now=now / 1000, scheme=row.scheme
        )
        if row.seller and world.weather.scope_missing:
            raise answers.access_denied()
        if row.resource and not world.quotas.take(
            access.client_id, row.resource, now / 1000
        ):
            raise answers.limit_reached()
        if row.signed:
            world.check_signature(request, access.seller_id or "", now)
        return Call(request=request, world=world, access=access, now=now)

    def error_response(self, status: int) -> HttpResponse:
        if status == 429:
            return answers.error_to_response(answers.limit_reached())
        return injected(status, answers.system_error())

    def fault_response(
        self, request: HttpRequest, path: str, status: int
    ) -> HttpResponse:
        if path != TOKEN_PATH:
            return self.error_response(status)
        body = {"error": "server_error", "error_description": "try again later"}
        return answers.json_response(status, body)

    def fault(self, rule: Json) -> Json:
        try:
            return start_fault(self.world, rule)
        except (ValueError, TypeError) as error:
            raise ControlError(400, f"ebay: {error}") from None

    def clear_faults(self) -> None:
        clear_weather(self.world)

    def weather(self) -> list[str]:
        return describe(self.world)

    def place_orders(self, spec: Json) -> list[str]:
        world = self.world
        now = world.advance()
        sellers = world.auth.sellers
        seller_id = str(spec.get("seller_id") or next(iter(sellers)))
        if seller_id not in sellers:
            raise ControlError(404, f"no seller {seller_id!r}")
        try:
            wish = read_wish(spec, sellers[seller_id], world.settings.order_age)
            orders = place(wish, sellers[seller_id], world.book, now)
        except (ValueError, LookupError, TypeError) as error:
            raise ControlError(400, str(error)) from None
        for order in orders:
            self.record(
                "order_placed",
                order.order_id,
                seller_id=order.seller_id,
                marketplace_id=order.marketplace_id,
                payment=order.payment,
                variant=order.variant,
            )
            # One notice per line, as eBay sends them.
            for line in order.lines:
                data = {"orderId": order.order_id, "lineItemId": line.line_id}
                self.mail.announce(CONFIRMATION, data, order.seller_id)
        return [order.order_id for order in orders]

    def cancel(self, spec: Json) -> Json:
        return self.world.cancel(spec)

    def address(self, spec: Json) -> Json:
        return self.world.change_address(spec)

    def control(self, action: str, spec: Json) -> Json:
        """``payouts`` {oddities?, pay?}; ``authorise`` {seller_id?}: a consent's code; ``notify`` {topic, data?, url?,
        times?, forged?}: a notice; ``forget`` {username}: an account is deleted;
        ``subscribe`` {url, token, topics}: what a person sets up, without challenge."""
        now = self.world.advance()
        if action == "payouts":
            planting = read_planting(spec)
            made = self.world.money.pay_out(
                now, planting, pay_after=self.world.pay_after
            )
            return planting.result(made)
        if action == "authorise":
            auth = self.world.auth
            try:
                code = auth.authorise(
                    str(spec.get("client_id") or next(iter(auth.apps))),
                    str(spec.get("seller_id") or next(iter(auth.sellers))),
                    sorted(SCOPES),
                    now / 1000,
                )
            except LookupError as error:
                raise ControlError(404, str(error)) from None
            return {"code": code}
        if action == "forget":
            username = str(spec["username"])
            data = {
                "username": username,
                "userId": f"id-{username}",
                "eiasToken": f"nY+{username}",
            }
            return self.mail.notify({**spec, "topic": DELETION, "data": data}, now)
        if action == "notify":
            return self.mail.notify(spec, now)
        if action == "subscribe":
            return self.mail.subscribe(spec, now)
        return super().control(action, spec)

    def configure(self, config: Json) -> Json:
        self.world.advance()
        self.world.configure(config)
        return self.world.config_view()

    def orders_view(self) -> list[Json]:
        self.world.advance()
        return [_view(order) for order in self.world.book]

    def usage(self) -> Json:
        return self.world.quotas.usage(self.world.advance() / 1000)

    def dump(self) -> Json:
        world = self.world
        return {
            "auth": world.auth.dump(),
            "quotas": world.quotas.dump(),
            "book": world.book.dump(),
            "notices": world.notices.dump(),
            "keys": world.keys.dump(),
            "money": world.money.dump(),
            "settings": asdict(world.settings),
            "weather": asdict(world.weather),
        }

    def load(self, state: Json) -> None:
        world = self.world
        world.auth.load(state["auth"])
        world.quotas.load(state["quotas"])
        world.book.load(state["book"])
        world.notices.load(state["notices"])
        world.keys.load(state.get("keys", []))
        if "money" in state:
            world.money.load(state["money"])
        world.settings = Settings(**state["settings"])
        world.weather = Weather(**state["weather"])

    def _token(self, request: HttpRequest, now: int) -> HttpResponse:
        if request.method != "POST":
            return answers.json_response(405, {"error": "invalid_request"})
        form = {key: str(value) for key, value in request.POST.dict().items()}
        header = request.headers.get("Authorization", "")
        kind = form.get("grant_type", "")
        try:
            body, access = self.world.auth.token(header, form, now / 1000)
        except OAuthError as error:
            self.record("token_refused", kind, accepted=False, error=error.error)
            refusal = {"error": error.error, "error_description": error.description}
            return answers.json_response(error.status, refusal)
        self.record(
            "token", access.client_id, grant_type=kind, seller_id=access.seller_id
        )
        return answers.json_response(200, body)

    def _authorize(self, request: HttpRequest, now: int) -> HttpResponse:
        """The consent page; whoever comes is the seller, who agrees at once."""
        query = {key: str(value) for key, value in request.GET.dict().items()}
        app = self.world.auth.apps.get(query.get("client_id", ""))
        scopes = query.get("scope", "").split()
        if (
            app is None
            or query.get("redirect_uri") != app.ru_name
            or query.get("response_type") != "code"
            or not scopes
            or not set(scopes) <= SCOPES
        ):
            return HttpResponse(
                "invalid_request: unknown client, RuName, response type or scope",
                status=400,
                content_type="text/plain",
            )
        if not app.accept_url:
            return HttpResponse(
                "This RuName has no accept address: set accept_url of the app",
                status=400,
                content_type="text/plain",
            )
        seller_id = query.get("seller") or next(iter(self.world.auth.sellers))
        back = {"state": query.get("state", "")}
        if self.world.settings.consent == "deny":
            back["error"] = "access_denied"
        else:
            code = self.world.auth.authorise(
                app.client_id, seller_id, scopes, now / 1000
            )
            back |= {"code": code, "expires_in": "299"}
            self.record("consent", seller_id, scopes=scopes)
        return HttpResponseRedirect(f"{app.accept_url}?{urlencode(back)}")


def _view(order: Order) -> Json:
    return {
        "order_id": order.order_id,
        "status": order.status,
        "cancel": order.cancel_state,
        "payment": order.payment,
        "lines": [
            {
                "line_id": line.line_id,
                "sku": line.sku,
                "quantity": line.quantity,
                "fulfilled": line.fulfilled,
            }
            for line in order.lines
        ],
        "packages": [
            {
                "reference": parcel.fulfillment_id,
                "carrier": parcel.carrier,
                "carrier_code": parcel.carrier,
                "tracking": parcel.tracking,
                "items": dict(parcel.items),
            }
            for parcel in order.fulfillments
        ],
        "marketplace_id": order.marketplace_id,
        "seller_id": order.seller_id,
        "username": order.username,
        "country": order.address.get("countryCode"),
        "address_code": order.address_code,
        "hub_reference": order.hub_reference,
        "kind": order.kind,
        "variant": order.variant,
        "ship_by": iso(order.ship_by),
    }
