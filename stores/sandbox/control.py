"""The views: the JSON control API, and the way to the peers."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from shipsync_site.lib import clock
from stores.sandbox.core import LEDGER, PEERS, ControlError, Json, find_peer
from stores.sandbox.courier import COURIER
from stores.sandbox.faults import FAULTS, TRANSPORT_FAULTS, WEBHOOK_FAULTS

DEFAULT_LEDGER_LIMIT = 100_000

logger = logging.getLogger(__name__)


def handle_peer(request: HttpRequest, code: str, path: str) -> HttpResponse:
    """Pass a request to its peer, through the faults."""
    try:
        peer = find_peer(code)
    except ControlError as error:
        return JsonResponse({"error": error.message}, status=error.status)
    response = FAULTS.serve(peer, request, path)
    response["Content-Length"] = str(len(response.content))
    return response


def handle_control(request: HttpRequest, action: str) -> HttpResponse:
    """Answer a control call; errors are ``{"error": text}`` with their status."""
    method = request.method or ""
    try:
        call = CALLS.get((method, action))
        if call is not None:
            return JsonResponse(call(request), json_dumps_params={"default": str})
        if method != "POST":
            raise ControlError(404, f"no control call {method} {action!r}")
        return JsonResponse(_peer_action(_body(request), action))
    except ControlError as error:
        return JsonResponse({"error": error.message}, status=error.status)
    except (KeyError, TypeError, ValueError) as error:
        # Mostly a missing or misshapen option; the log tells it from a bug.
        logger.exception("control call %s failed", action)
        reason = f"{action}: {type(error).__name__} {error}"
        return JsonResponse({"error": reason}, status=500)


def _body(request: HttpRequest) -> Json:
    try:
        body = json.loads(request.body or b"{}")
    except ValueError as error:
        raise ControlError(400, f"the body is not JSON: {error}") from None
    if not isinstance(body, dict):
        raise ControlError(400, "the body must be a JSON object")
    return body


def _number(request: HttpRequest, name: str, default: int) -> int:
    text = request.GET.get(name, "")
    if text and not text.isdigit():
        raise ControlError(400, f"{name}={text!r}: expected a whole number")
    return int(text or default)


def _health(request: HttpRequest) -> Json:
    return {
        "ok": True,
        "peers": sorted(PEERS),
        "now": clock.now().isoformat(),
        "rows": len(LEDGER),
    }


def _reset(request: HttpRequest) -> Json:
    seed = int(_body(request).get("seed", 0))
    FAULTS.clear()
    COURIER.clear()
    for peer in PEERS.values():
        with peer.lock:
            peer.clear_faults()
            peer.reset(seed)
    LEDGER.clear()
    return {"ok": True, "seed": seed}


def _channel(spec: Json) -> str:
    code = spec.get("channel") or spec.get("peer")
    if not code:
        raise ControlError(400, "name the marketplace: channel is missing")
    return str(code)


def _place_orders(request: HttpRequest) -> Json:
    spec = _body(request)
    peer = find_peer(_channel(spec))
    with peer.lock:
        return {"order_ids": peer.place_orders(spec)}


def _orders_view(request: HttpRequest) -> Json:
    peer = find_peer(_channel(request.GET.dict()))
    with peer.lock:
        return {"orders": peer.orders_view()}


def _cancel(request: HttpRequest) -> Json:
    spec = _body(request)
    peer = find_peer(_channel(spec))
    with peer.lock:
        return peer.cancel(spec)


def _address(request: HttpRequest) -> Json:
    spec = _body(request)
    peer = find_peer(_channel(spec))
    with peer.lock:
        return peer.address(spec)


def _peer_action(spec: Json, action: str) -> Json:
    # The warehouse is ShipStation's, so its calls need not name the peer.
    peer = find_peer(str(spec.get("peer") or spec.get("channel") or "shipstation"))
    with peer.lock:
        return peer.control(action, spec)


def _configure(request: HttpRequest) -> Json:
    changes = _body(request)
    for code, config in changes.items():
        peer = find_peer(code)
        if not isinstance(config, dict):
            raise ControlError(400, f"{code}: the config must be a JSON object")
        with peer.lock:
            peer.configure(config)
    return _config(request)


def _config(request: HttpRequest) -> Json:
    answer: Json = {}
    for code, peer in PEERS.items():
        with peer.lock:
            answer[code] = peer.configure({})
    return answer


def _add_fault(request: HttpRequest) -> Json:
    spec = _body(request)
    if spec.get("clear"):
        code = spec.get("peer")
        FAULTS.clear(code)
        for peer in PEERS.values():
            if code in (None, peer.code):
                with peer.lock:
                    peer.clear_faults()
        return {"ok": True}
    return FAULTS.add(spec)


def _faults(request: HttpRequest) -> Json:
    return {
        "faults": FAULTS.views(),
        "transport": TRANSPORT_FAULTS,
        "webhooks": WEBHOOK_FAULTS,
    }


def _ledger(request: HttpRequest) -> Json:
    rows = LEDGER.rows(
        peer=request.GET.get("peer") or None,
        after=_number(request, "after", 0),
        limit=_number(request, "limit", DEFAULT_LEDGER_LIMIT),
    )
    return {"rows": rows}


def _usage(request: HttpRequest) -> Json:
    code = request.GET.get("peer")
    chosen = [find_peer(code)] if code else list(PEERS.values())
    answer: Json = {}
    for peer in chosen:
        with peer.lock:
            answer[peer.code] = peer.usage()
    return answer


def _set_clock(request: HttpRequest) -> Json:
    text = str(_body(request).get("clock", ""))
    try:
        clock.configure(clock.parse(text))
    except ValueError as error:
        raise ControlError(400, str(error)) from None
    return {"clock": clock.current().encode(), "now": clock.now().isoformat()}


CALLS: dict[tuple[str, str], Callable[[HttpRequest], Any]] = {
    ("GET", "health"): _health,
    ("POST", "reset"): _reset,
    ("POST", "orders"): _place_orders,
    ("GET", "orders"): _orders_view,
    ("POST", "cancel"): _cancel,
    ("POST", "address"): _address,
    ("POST", "config"): _configure,
    ("GET", "config"): _config,
    ("POST", "faults"): _add_fault,
    ("GET", "faults"): _faults,
    ("GET", "ledger"): _ledger,
    ("GET", "usage"): _usage,
    ("POST", "clock"): _set_clock,
}
