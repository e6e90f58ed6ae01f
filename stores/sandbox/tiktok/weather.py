"""Faults that only this peer can play, set up and taken back."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from stores.sandbox.core import ControlError
from stores.sandbox.faults import WEBHOOK_FAULTS
from stores.sandbox.tiktok.answers import ApiError, internal_error, too_many
from stores.sandbox.tiktok.orders import Order
from stores.sandbox.tiktok.world import World

Json = dict[str, Any]

COUNTED = {
    "internal": "the next `count` calls answer 36009003 inside HTTP 200, no effect",
    "internal_after": "the next `count` calls take effect, but answer 36009003",
    "timeout": "the next `count` calls answer 36009007 inside HTTP 200, no effect",
    "burst": "the next `count` calls answer 429 and 36009002, though the limit is far",
    "unavailable": "the next `count` calls answer 503 and 36009002",
    "gateway": "the next `count` calls meet a proxy: 502 with an HTML page, no effect",
    "unverifiable": "the next `count` numbers told can't be verified (21004016)",
    "locked": "the next `count` answers to cancellations meet a lock (25001028)",
}
FAULTS = {
    "poison": "the next `count` orders listed (or `order_id`) are malformed from then on",
    "revoked": "a seller (`open_id`, default the first) withdraws consent: webhook 6",
    "app_disabled": "the app (`app_key`, default all) is disabled",
    "scope_missing": "calls answer 105005, as without the scope",
    "payment_failed": "the next `count` payments fail",
    **COUNTED,
    **WEBHOOK_FAULTS,
}


def start_fault(world: World, rule: Json, now: int) -> Json:
    """Set up a fault; ControlError for one that is unknown or hits nothing."""
    weather, count = world.weather, int(rule.get("count") or 1)
    name = rule.get("fault")
    if name in COUNTED:
        weather.left[str(name)] = weather.left.get(str(name), 0) + count
        return {"count": count}
    match name:
        case "poison":
            if order_id := rule.get("order_id"):
                weather.poisoned.append(world.order({"order_id": order_id}).order_id)
                return {"order_id": order_id}
            weather.poison_left += count
            return {"count": count}
        case "revoked":
            open_id = str(rule.get("open_id") or next(iter(world.auth.sellers)))
            if open_id not in world.auth.sellers:
                raise ControlError(404, f"no seller {open_id!r}")
            weather.revoked.append(open_id)
            return {"consents": world.revoke(open_id, now)}
        case "app_disabled":
            wanted = rule.get("app_key")
            for app in world.auth.apps.values():
                if not app.disabled and wanted in (None, app.app_key):
                    app.disabled = True
                    weather.disabled.append(app.app_key)
            return {"apps": weather.disabled}
        case "payment_failed":
            world.money.failing += count
            return {"count": count}
        case "scope_missing":
            weather.scope_missing = True
            return {}
        case _:
            raise ControlError(
                400,
                f"tiktok cannot play the fault {name!r}; its own are "
                + ", ".join(FAULTS),
            )


def clear_weather(world: World) -> None:
    """Take back every fault that :func:`start_fault` set up."""
    for open_id in world.weather.revoked:
        for grant in world.auth.grants.values():
            if grant.open_id == open_id:
                grant.revoked = False
    for app_key in world.weather.disabled:
        if app_key in world.auth.apps:
            world.auth.apps[app_key].disabled = False
    world.weather = type(world.weather)()
    world.money.failing = 0


def describe(world: World) -> list[str]:
    """What of :func:`start_fault` is in force, in words."""
    weather = world.weather
    counts = {
        "poison": weather.poison_left + len(weather.poisoned),
        "revoked": len(weather.revoked),
        "app_disabled": len(weather.disabled),
        "scope_missing": int(weather.scope_missing),
        "payment_failed": world.money.failing,
        **weather.left,
    }
    return [f"{name}, {count}" for name, count in counts.items() if count]


def take(world: World, name: str) -> bool:
    """Whether a counted fault hits this call, which it then uses up."""
    left = world.weather.left.get(name, 0)
    if left <= 0:
        return False
    world.weather.left[name] = left - 1
    return True


def strike(world: World) -> HttpResponse | None:
    """A proxy's page, or an ApiError raised, before the call has any effect."""
    if take(world, "gateway"):
        return HttpResponse(
            "<html><body><h1>502 Bad Gateway</h1></body></html>",
            status=502,
            content_type="text/html",
        )
    if take(world, "burst"):
        raise too_many()
    if take(world, "unavailable"):
        raise too_many(503)
    if take(world, "timeout"):
        raise ApiError(36009007, "the request timed out")
    chance = world.settings.internal_errors
    if take(world, "internal") or (chance > 0 and world.chance.random() < chance):
        raise internal_error()
    return None


def unverifiable(world: World) -> None:
    """Raise 21004016 where a number can't be verified at this moment."""
    if take(world, "unverifiable"):
        raise ApiError(21004016, "the tracking number can't be verified")


def poison_some(world: World, orders: list[Order]) -> None:
    """Orders on a list turn malformed while poison is left; they stay so."""
    weather = world.weather
    for order in orders:
        if weather.poison_left > 0 and order.order_id not in weather.poisoned:
            weather.poison_left -= 1
            weather.poisoned.append(order.order_id)
