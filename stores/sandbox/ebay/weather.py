"""Faults that only this peer can play, set up and taken back."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from stores.sandbox.core import ControlError
from stores.sandbox.ebay.answers import ApiError, error_to_response, limit_reached
from stores.sandbox.ebay.auth import FINANCE_SCOPE
from stores.sandbox.ebay.orders import Order
from stores.sandbox.ebay.world import World

Json = dict[str, Any]

FAULTS = {
    "poison": "the next `count` orders listed (or `order_id`) are malformed in lists",
    "revoked": "the seller's consents (`seller_id`, default all) are revoked",
    "keyset_disabled": "the keysets (`client_id`, default all) are disabled",
    "scope_missing": "order calls answer 403, as without the scope",
    "gateway": "the next `count` calls meet a proxy: 502 with an HTML page, no effect",
    "burst": "the next `count` calls answer 429, though the day's quota is not used up",
    "finance_scope_missing": "consents lack sell.finances: its tokens are refused",
    "payout_failed": "the bank refuses the next `count` payouts; they are tried again",
    "duplicate_webhook": "the next `count` notices are sent twice",
    "hostile_webhook": "the next `count` notices carry a signature of other bytes",
    "late_webhook": "notices are sent `seconds` real seconds late",
}


def start_fault(world: World, rule: Json) -> Json:
    """Set up a fault; ControlError for one that is unknown or hits nothing."""
    weather, count = world.weather, int(rule.get("count") or 1)
    match rule.get("fault"):
        case "poison":
            if order_id := rule.get("order_id"):
                weather.poisoned.append(world.order({"order_id": order_id}).order_id)
                return {"order_id": order_id}
            weather.poison_left += count
        case "revoked":
            seller_id = rule.get("seller_id")
            hit = [
                token
                for token, row in world.auth.consents.items()
                if not row.revoked and seller_id in (None, row.seller_id)
            ]
            if not hit:
                raise ControlError(404, f"no live consent of seller {seller_id!r}")
            for token in hit:
                world.auth.consents[token].revoked = True
            weather.revoked.extend(hit)
            return {"consents": len(hit)}
        case "keyset_disabled":
            wanted = rule.get("client_id")
            for app in world.auth.apps.values():
                if not app.disabled and wanted in (None, app.client_id):
                    app.disabled = True
                    weather.disabled.append(app.client_id)
            return {"apps": weather.disabled}
        case "scope_missing":
            weather.scope_missing = True
            return {}
        case "finance_scope_missing":
            world.auth.without = frozenset({FINANCE_SCOPE})
            return {}
        case "payout_failed":
            world.money.failing += count
        case "gateway" | "burst" as name:
            setattr(weather, f"{name}_left", getattr(weather, f"{name}_left") + count)
        case "duplicate_webhook":
            world.notices.duplicates += count
        case "hostile_webhook":
            world.notices.hostile += count
        case "late_webhook":
            world.notices.late = float(rule.get("seconds", 2.0))
        case unknown:
            raise ControlError(
                400,
                f"ebay cannot play the fault {unknown!r}; its own are "
                + ", ".join(FAULTS),
            )
    return {"count": count}


def clear_weather(world: World) -> None:
    """Take back every fault that :func:`start_fault` set up."""
    weather = world.weather
    for token in weather.revoked:
        if token in world.auth.consents:
            world.auth.consents[token].revoked = False
    for client_id in weather.disabled:
        if client_id in world.auth.apps:
            world.auth.apps[client_id].disabled = False
    world.weather = type(weather)()
    world.auth.without = frozenset()
    world.money.failing = 0
    world.notices.duplicates = world.notices.hostile = 0
    world.notices.late = 0.0


def describe(world: World) -> list[str]:
    """What of :func:`start_fault` is in force, in words."""
    weather, notices = world.weather, world.notices
    counts = {
        "poison": weather.poison_left + len(weather.poisoned),
        "gateway": weather.gateway_left,
        "burst": weather.burst_left,
        "revoked": len(weather.revoked),
        "keyset_disabled": len(weather.disabled),
        "scope_missing": int(weather.scope_missing),
        "finance_scope_missing": len(world.auth.without),
        "payout_failed": world.money.failing,
        "duplicate_webhook": notices.duplicates,
        "hostile_webhook": notices.hostile,
        "late_webhook": int(notices.late > 0),
    }
    return [f"{name}, {count}" for name, count in counts.items() if count]


def strike(world: World) -> HttpResponse | None:
    """The answer of a fault that hits this call before it has any effect."""
    weather = world.weather
    if weather.gateway_left > 0:
        weather.gateway_left -= 1
        return HttpResponse(
            "<html><body><h1>502 Bad Gateway</h1></body></html>",
            status=502,
            content_type="text/html",
        )
    if weather.burst_left > 0:
        weather.burst_left -= 1
        return error_to_response(limit_reached())
    return None


def poisons(world: World, order: Order) -> bool:
    """Whether a list shows this order malformed; once hit it stays so."""
    weather = world.weather
    if order.order_id in weather.poisoned:
        return True
    if weather.poison_left <= 0:
        return False
    weather.poison_left -= 1
    weather.poisoned.append(order.order_id)
    return True


def injected(status: int, error: ApiError) -> HttpResponse:
    """An error with another status than its own."""
    error.status = status
    return error_to_response(error)
