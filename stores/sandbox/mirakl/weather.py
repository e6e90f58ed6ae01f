"""Faults that only this peer can play, set up and taken back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse

from stores.sandbox.core import ControlError
from stores.sandbox.mirakl.answers import error_to_response, too_many
from stores.sandbox.mirakl.orders import Order

if TYPE_CHECKING:
    from stores.sandbox.mirakl.world import World

Json = dict[str, Any]

FAULTS = {
    "poison": "the next `count` orders listed (or `order_id`) are malformed in lists",
    "revoked": "the keys (of `operator`, default all) are regenerated: 401",
    "suspended": "the shops (of `operator`, default all) are suspended: 403",
    "gateway": "the next `count` calls meet a proxy: 502 with an HTML page, no effect",
    "maintenance": "the next `count` calls answer 503 with an HTML page, no effect",
    "payout_failed": "the next `count` pay-outs fail, waiting for an invoice",
    "burst": "the next `count` calls answer 429 with calls left (`seconds` to wait)",
}


@dataclass(slots=True, kw_only=True)
class Weather:
    """Faults in force that only this peer can play."""

    poison_left: int = 0
    poisoned: list[str] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    suspended: list[str] = field(default_factory=list)
    gateway_left: int = 0
    maintenance_left: int = 0
    burst_left: int = 0
    burst_seconds: int = 30


def start_fault(world: World, rule: Json) -> Json:
    """Set up a fault; ControlError for one that is unknown or hits nothing."""
    weather, count = world.weather, int(rule.get("count") or 1)
    match rule.get("fault"):
        case "poison":
            if order_id := rule.get("order_id"):
                weather.poisoned.append(world.order({"order_id": order_id}).order_id)
                return {"order_id": order_id}
            weather.poison_left += count
        case "revoked" | "suspended" as name:
            wanted = rule.get("operator")
            hit = [code for code in world.operators if wanted in (None, code)]
            if not hit:
                raise ControlError(404, f"no operator {wanted!r}")
            setattr(weather, name, sorted({*getattr(weather, name), *hit}))
            return {"operators": hit}
        case "gateway" | "maintenance" | "burst" as name:
            setattr(weather, f"{name}_left", getattr(weather, f"{name}_left") + count)
            weather.burst_seconds = int(rule.get("seconds") or 30)
        case "payout_failed":
            world.money.failing += count
        case unknown:
            raise ControlError(
                400,
                f"mirakl cannot play the fault {unknown!r}; its own are "
                + ", ".join(FAULTS),
            )
    return {"count": count}


def describe(world: World) -> list[str]:
    """What of :func:`start_fault` is in force, in words."""
    weather = world.weather
    counts = {
        "poison": weather.poison_left + len(weather.poisoned),
        "gateway": weather.gateway_left,
        "maintenance": weather.maintenance_left,
        "payout_failed": world.money.failing,
        "burst": weather.burst_left,
    }
    said = [f"{name}, {count}" for name, count in counts.items() if count]
    said += [
        f"{name}, {', '.join(getattr(weather, name))}"
        for name in ("revoked", "suspended")
        if getattr(weather, name)
    ]
    return said


def strike(weather: Weather) -> HttpResponse | None:
    """The answer of a fault that hits this call before it has any effect."""
    if weather.gateway_left > 0:
        weather.gateway_left -= 1
        return _page(502, "Bad Gateway")
    if weather.maintenance_left > 0:
        weather.maintenance_left -= 1
        return _page(503, "Under maintenance")
    if weather.burst_left > 0:
        weather.burst_left -= 1
        return error_to_response(too_many(weather.burst_seconds))
    return None


def poisons(weather: Weather, order: Order) -> bool:
    """Whether a list shows this order malformed; once hit it stays so."""
    if order.order_id in weather.poisoned:
        return True
    if weather.poison_left <= 0:
        return False
    weather.poison_left -= 1
    weather.poisoned.append(order.order_id)
    return True


def _page(status: int, title: str) -> HttpResponse:
    return HttpResponse(
        f"<html><body><h1>{status} {title}</h1></body></html>",
        status=status,
        content_type="text/html",
    )
