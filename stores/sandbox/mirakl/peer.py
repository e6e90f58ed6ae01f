"""The Mirakl peer: operators and routes, order of checks, control hooks."""

from __future__ import annotations

import hmac
from dataclasses import asdict

from django.http import HttpRequest, HttpResponse

from stores.sandbox.core import ControlError, Json, Peer
from stores.sandbox.mirakl import answers
from stores.sandbox.mirakl.answers import ApiError
from stores.sandbox.mirakl.call import Call
from stores.sandbox.mirakl.customers import cancel_word
from stores.sandbox.mirakl.moves import MOVES, move_on
from stores.sandbox.mirakl.operations import Operation, find_operation, knows_path
from stores.sandbox.mirakl.operators import Operator
from stores.sandbox.mirakl.orders import Order
from stores.sandbox.mirakl.parts import iso
from stores.sandbox.mirakl.payouts import pay_out
from stores.sandbox.mirakl.weather import FAULTS, Weather, describe, start_fault, strike
from stores.sandbox.mirakl.world import Settings, World
from stores.sandbox.payouts import ODDITIES, read_planting

# What a suspended shop may still ask.
ALWAYS = ("A01", "V01")


class MiraklPeer(Peer):
    """The seller API of several operators, each under its own base address."""

    code = "mirakl"
    title = "Mirakl"
    own_faults = FAULTS
    moves = MOVES
    oddities = ODDITIES

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.record)

    def reset(self, seed: int) -> None:
        self.world.reset(seed)

    def operation(self, request: HttpRequest, path: str) -> str:
        """Mirakl's name of the operation, such as OR11."""
        found = find_operation(request.method or "", path.partition("/")[2])
        return found[0].name if found else f"{request.method} {path}"

    def handle(self, request: HttpRequest, path: str) -> HttpResponse:
        now = self.world.advance()
        code, _, rest = path.partition("/")
        operator = self.world.operators.get(code)
        if operator is None:
            # No such host: what a proxy says, not Mirakl.
            return HttpResponse(
                "no such operator", status=404, content_type="text/plain"
            )
        if (struck := strike(self.world.weather)) is not None:
            return struck
        found = find_operation(request.method or "", rest)
        row, parts = found or (None, {})
        try:
            self._check_key(request, operator)
            if row is None:
                status, text = (405, "Method Not Allowed") if knows_path(rest) else (404, "Not Found")  # fmt: skip
                raise ApiError(status, text)
            return row.serve(self._admit(request, row, operator, now), **parts)
        except ApiError as error:
            coded = row is not None and row.coded
            return answers.error_to_response(error, coded=coded)

    def _check_key(self, request: HttpRequest, operator: Operator) -> None:
        given = request.headers.get("Authorization", "")
        right = hmac.compare_digest(given.encode(), operator.key.encode())
        if not right or operator.code in self.world.weather.revoked:
            raise answers.unauthorised()

    def _admit(
        self, request: HttpRequest, row: Operation, operator: Operator, now: int
    ) -> Call:
        world = self.world
        wait = world.limits.take(operator.code, row.counter(request), now / 1000)
        if wait:
            raise answers.too_many(wait)
        text = request.GET.get("shop_id", "")
        shop_id = int(text) if text.isascii() and text.isdigit() else 0
        if text and shop_id not in operator.shops:
            raise answers.forbidden(f"You have no access to shop '{text}'")
        suspended = operator.suspended or operator.code in world.weather.suspended
        if suspended and row.name not in ALWAYS:
            raise answers.forbidden("The shop is suspended")
        if row.shipments and not operator.multi_shipment:
            raise answers.forbidden("Multi-shipment is not activated")
        return Call(
            request=request,
            world=world,
            operator=operator,
            shop_id=shop_id or operator.default_shop,
            now=now,
        )

    def error_response(self, status: int) -> HttpResponse:
        if status == 429:
            return answers.error_to_response(answers.too_many(60))
        return answers.error_to_response(ApiError(status, "Internal Server Error"))

    def fault(self, rule: Json) -> Json:
        try:
            return start_fault(self.world, rule)
        except (ValueError, TypeError) as error:
            raise ControlError(400, f"mirakl: {error}") from None

    def clear_faults(self) -> None:
        self.world.weather = Weather()
        self.world.money.failing = 0

    def weather(self) -> list[str]:
        return describe(self.world)

    def outlets(self) -> dict[str, Json]:
        return {
            row.title: {"operator": row.code} for row in self.world.operators.values()
        }

    def place_orders(self, spec: Json) -> list[str]:
        return self.world.place(spec)

    def cancel(self, spec: Json) -> Json:
        return self.world.customers.cancel(spec)

    def address(self, spec: Json) -> Json:
        return self.world.customers.change_address(spec)

    def control(self, action: str, spec: Json) -> Json:
        """``message`` {order_id, text}: the customer writes about something else;
        ``penalty`` {order_id, amount}: the operator's fine; ``move_on`` {what,
        order_id?}; ``payouts`` {oddities?, pay?}: every shop's cycle is closed."""
        if action == "payouts":
            planting = read_planting(spec)
            return planting.result(pay_out(self.world, planting))
        if action == "move_on":
            return move_on(self.world, spec)
        if action == "penalty":
            order, now = self.world.order(spec), self.world.advance()
            pence = round(float(spec["amount"]) * 100)
            operator = self.world.operators[order.operator]
            self.world.money.penalty(order, operator, pence, now)
            return {"order_id": order.order_id}
        if action != "message":
            return super().control(action, spec)
        order, now = self.world.order(spec), self.world.advance()
        self.world.customers.write(order, "ORDER_MESSAGING", str(spec["text"]), now)
        self.world.book.touch(order, now)
        self.record("message", order.order_id, thread=order.threads[-1].id)
        return {"order_id": order.order_id, "thread_id": order.threads[-1].id}

    def configure(self, config: Json) -> Json:
        self.world.advance()
        self.world.configure(config)
        return self.world.config_view()

    def orders_view(self) -> list[Json]:
        self.world.advance()
        return [_view(order) for order in self.world.book]

    def usage(self) -> Json:
        return self.world.limits.usage(self.world.advance() / 1000)

    def dump(self) -> Json:
        world = self.world
        return {
            "seed": world.seed,
            "operators": world.changes,
            "limits": world.limits.dump(),
            "book": world.book.dump(),
            "shelf": world.shelf.dump(),
            "money": world.money.dump(),
            "settings": asdict(world.settings),
            "weather": asdict(world.weather),
        }

    def load(self, state: Json) -> None:
        world = self.world
        world.reset(state["seed"])
        world.change_operators(state["operators"])
        world.limits.load(state["limits"])
        world.book.load(state["book"])
        world.shelf.load(state["shelf"])
        world.money.load(state["money"])
        world.settings = Settings(**state["settings"])
        world.weather = Weather(**state["weather"])


def _view(order: Order) -> Json:
    return {
        "order_id": order.order_id,
        "status": order.state,
        "cancel": cancel_word(order),
        "asked": order.asked,
        "message": order.has_message,
        "operator": order.operator,
        "shop_id": order.shop_id,
        "commercial_id": order.commercial_id,
        "lines": [
            {
                "line_id": line.line_id,
                "sku": line.sku,
                "quantity": line.quantity,
                "wanted": line.wanted,
                "sent": line.sent,
                "state": line.state,
                "incident": bool(line.incident),
            }
            for line in order.lines
        ],
        "packages": _packages(order),
        "country": order.address.get("country_iso_code"),
        "ioss": next((v for v in order.fields.values() if v.startswith("IM")), None),
        "variant": order.variant or None,
        "ship_by": iso(order.deadline),
    }


def _packages(order: Order) -> list[Json]:
    if order.shipments:
        return [
            {
                "reference": row.id,
                "carrier": row.carrier_name,
                "carrier_code": row.carrier_code,
                "tracking": row.tracking,
                "status": row.status,
                "validity": row.validity,
                "items": dict(row.items),
            }
            for row in order.shipments
        ]
    if not order.shipped:
        return []
    return [
        {
            "reference": order.order_id,
            "carrier": order.carrier_name,
            "carrier_code": order.carrier_code,
            "tracking": order.tracking,
            "status": order.state,
            "items": {line.line_id: line.sent for line in order.lines if line.sent},
        }
    ]
