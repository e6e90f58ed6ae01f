"""Faults that only this peer can play, set up and taken back."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from stores.sandbox.amazon.answers import json_response
from stores.sandbox.amazon.world import World
from stores.sandbox.core import ControlError

Json = dict[str, Any]

ORDER_READS = ("searchOrders", "getOrder", "getOrders", "getOrderV0", "getOrderItems")
FAULTS = {
    "poison": "the next `count` orders listed (or `order_id`) are malformed in lists",
    "revoked": "the seller's refresh tokens (`seller_id`, default all) are revoked",
    "secret_expired": "the client secrets (`client_id`, default all) are expired",
    "role_missing": "order reads (or one `operation`) answer 403, as without a role",
    "gateway": "the next `count` calls meet a proxy: 503 with an HTML page, no effect",
    "null_message": "the next `count` calls answer 500 with message null, no effect",
    "dropped": "the next `count` confirmations answer 204 and have no effect",
    "feed_fatal": "the next `count` feeds end FATAL",
    "feed_stuck": "the next `count` feeds stay IN_PROGRESS until faults are cleared",
    "report_fatal": "the next `count` reports end FATAL",
    "report_cancelled": "the next `count` reports end CANCELLED",
    "report_stuck": "the next `count` reports stay IN_PROGRESS until faults are cleared",
    "duplicate_notice": "the next `count` messages to queues come twice",
    "lost_notice": "the next `count` messages to queues are never sent",
    "late_notice": "messages to queues come `seconds` late",
}


def start_fault(world: World, rule: Json) -> Json:
    """Set up a fault; ControlError for one that is unknown or hits nothing."""
    weather = world.weather
    match rule.get("fault"):
        case "poison":
            return _poison(world, rule)
        case "revoked":
            seller_id = rule.get("seller_id")
            hit = [
                token
                for token, grant in world.auth.grants.items()
                if not grant.revoked and seller_id in (None, grant.seller_id)
            ]
            if not hit:
                raise ControlError(404, f"no live grant of seller {seller_id!r}")
            for token in hit:
                world.auth.grants[token].revoked = True
            weather.revoked.extend(hit)
            return {"grants": len(hit)}
        case "secret_expired":
            client_id = rule.get("client_id")
            apps = [
                app
                for app in world.auth.apps.values()
                if not app.secret_expired and client_id in (None, app.client_id)
            ]
            if not apps:
                raise ControlError(404, f"no app {client_id!r} with a live secret")
            for app in apps:
                app.secret_expired = True
                weather.expired.append(app.client_id)
            return {"apps": [app.client_id for app in apps]}
        case "role_missing":
            wanted = rule.get("operation")
            if wanted not in (None, *ORDER_READS):
                raise ControlError(
                    400, f"operation={wanted!r}: one of {', '.join(ORDER_READS)}"
                )
            weather.role_missing = [wanted] if wanted else list(ORDER_READS)
            return {"operations": weather.role_missing}
        case "gateway" | "null_message" | "dropped" as name:
            count = int(rule.get("count") or 1)
            setattr(weather, f"{name}_left", getattr(weather, f"{name}_left") + count)
            return {"count": count}
        case "feed_fatal" | "feed_stuck" as name:
            name = f"{name.removeprefix('feed_')}_left"
            count = int(rule.get("count") or 1)
            setattr(weather, name, getattr(weather, name) + count)
            return {"count": count}
        case "report_fatal" | "report_cancelled" | "report_stuck" as name:
            count = int(rule.get("count") or 1)
            setattr(weather, f"{name}_left", getattr(weather, f"{name}_left") + count)
            return {"count": count}
        case "duplicate_notice":
            world.notices.duplicates += int(rule.get("count") or 1)
            return {"count": world.notices.duplicates}
        case "lost_notice":
            world.notices.lost += int(rule.get("count") or 1)
            return {"count": world.notices.lost}
        case "late_notice":
            world.notices.late = float(rule.get("seconds", 60.0))
            return {"seconds": world.notices.late}
    raise ControlError(
        400,
        f"amazon cannot play the fault {rule.get('fault')!r}; its own are "
        + ", ".join(FAULTS),
    )


def clear_weather(world: World) -> None:
    """Take back every fault that :func:`start_fault` set up."""
    weather = world.weather
    for token in weather.revoked:
        if token in world.auth.grants:
            world.auth.grants[token].revoked = False
    for client_id in weather.expired:
        if client_id in world.auth.apps:
            world.auth.apps[client_id].secret_expired = False
    weather.role_missing.clear()
    weather.poison_left = weather.dropped_left = 0
    weather.gateway_left = weather.null_message_left = 0
    weather.fatal_left = weather.stuck_left = 0
    weather.report_fatal_left = weather.report_cancelled_left = 0
    weather.report_stuck_left = 0
    for report in world.reports.reports.values():
        if report.fate == "stuck":
            report.fate = ""
    for feed in world.feeds.feeds.values():
        if feed.fate == "stuck":
            feed.fate = ""
    world.notices.duplicates = world.notices.lost = 0
    world.notices.late = 0.0
    weather.poisoned.clear()
    weather.revoked.clear()
    weather.expired.clear()


def describe(world: World) -> list[str]:
    """What of :func:`start_fault` is in force, in words."""
    weather = world.weather
    counts = {
        "poison": weather.poison_left + len(weather.poisoned),
        "gateway": weather.gateway_left,
        "null_message": weather.null_message_left,
        "dropped": weather.dropped_left,
        "revoked": len(weather.revoked),
        "secret_expired": len(weather.expired),
        "role_missing": len(weather.role_missing),
        "feed_fatal": weather.fatal_left,
        "feed_stuck": weather.stuck_left,
        "report_fatal": weather.report_fatal_left,
        "report_cancelled": weather.report_cancelled_left,
        "report_stuck": weather.report_stuck_left,
        "duplicate_notice": world.notices.duplicates,
        "lost_notice": world.notices.lost,
        "late_notice": round(world.notices.late),
    }
    return [f"{name}, {count}" for name, count in counts.items() if count]


def strike(world: World) -> HttpResponse | None:
    """The answer of a fault that hits this call before it has any effect."""
    weather = world.weather
    if weather.gateway_left > 0:
        weather.gateway_left -= 1
        return HttpResponse(
            "<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>",
            status=503,
            content_type="text/html",
        )
    if weather.null_message_left > 0:
        weather.null_message_left -= 1
        error = {"code": "InternalFailure", "message": None}
        return json_response(500, {"errors": [error]})
    return None


def drops_confirmation(world: World) -> bool:
    """Whether a valid confirmation is answered 204 and forgotten."""
    if world.settings.confirm_mode == "dropped":
        return True
    if world.weather.dropped_left > 0:
        world.weather.dropped_left -= 1
        return True
    return False


def _poison(world: World, rule: Json) -> Json:
    weather = world.weather
    order_id = rule.get("order_id")
    if order_id is None:
        count = int(rule.get("count") or 1)
        weather.poison_left += count
        return {"count": count}
    if order_id not in world.book:
        raise ControlError(404, f"no order {order_id!r}")
    weather.poisoned.append(str(order_id))
    return {"order_id": order_id}
