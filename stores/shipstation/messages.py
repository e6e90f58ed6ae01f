"""What ShipStation's webhooks say, read without trusting any of it.

API v1 documentation, 'Webhooks': the body is ``{resource_url, resource_type}``, without
signature or id. The address in it is never fetched: it would be handed our key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

MAX_URL = 2000
MAX_IDS = 100
_HOST = re.compile(r"ssapi\d*\.shipstation\.com", re.ASCII)
_TOPIC = re.compile(r"[A-Z][A-Z0-9_]{2,39}", re.ASCII)
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
_BATCH = re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII)
_PATHS = frozenset({"/orders", "/shipments", "/fulfillments"})

ORDER_EVENTS = frozenset({"ORDER_NOTIFY", "ITEM_ORDER_NOTIFY"})
DISPATCH_EVENTS = frozenset(
    {"SHIP_NOTIFY", "ITEM_SHIP_NOTIFY", "FULFILLMENT_SHIPPED", "FULFILLMENT_REJECTED"}
)
EVENTS = ORDER_EVENTS | DISPATCH_EVENTS
UNKNOWN_TOPIC = "unknown"


class MalformedMessageError(ValueError):
    """The body is not a message of ShipStation's; says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message: its event, and the parameters that have the right type.

    ``foreign``: the address in it is not one of ShipStation's; then ``params`` is
    empty. ``batch`` names the run it is about, '' when it names none.
    """

    topic: str
    params: Mapping[str, Any]
    foreign: bool = False
    batch: str = ""


def _number(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) else None


def _numbers(text: str) -> list[int] | None:
    parts = text.split(",")
    if len(parts) > MAX_IDS or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    return [int(part) for part in parts]


def _batch(text: str) -> str | None:
    return text if _BATCH.fullmatch(text) else None


_PARAMETERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "storeid": ("storeID", _number),
    "batchid": ("batchId", _batch),
    "importbatch": ("importBatch", _batch),
    "orderid": ("orderId", _number),
    "orderids": ("orderIds", _numbers),
    "shipmentid": ("shipmentId", _number),
    "fulfillmentid": ("fulfillmentId", _number),
}


def read(body: bytes) -> Message:
    """The message in a body; raises MalformedMessageError."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise MalformedMessageError("the body is not JSON") from None
    if not isinstance(said, dict):
        raise MalformedMessageError("the body is not an object")
    event, address = said.get("resource_type"), said.get("resource_url")
    if not isinstance(event, str) or not isinstance(address, str):
        raise MalformedMessageError("resource_type and resource_url must be texts")
    topic = event if event in EVENTS else _unknown(event)
    params = None if len(address) > MAX_URL else _parameters(address)
    if params is None:
        return Message(topic=topic, params={}, foreign=True)
    batch = params.get("importBatch") or params.get("batchId") or ""
    return Message(topic=topic, params=params, batch=batch)


def _unknown(event: str) -> str:
    """An event that we don't know, if its name is harmless to keep and show."""
    return event if _TOPIC.fullmatch(event) else UNKNOWN_TOPIC


def _parameters(address: str) -> dict[str, Any] | None:
    """The known parameters of an address of ShipStation's; None for any other."""
    try:
        parts = urlsplit(address)
        ours = (
            parts.scheme == "https"
            and parts.port in (None, 443)
            and "@" not in parts.netloc
            and _HOST.fullmatch(parts.hostname or "") is not None
            and parts.path.rstrip("/").lower() in _PATHS
        )
        pairs = parse_qsl(parts.query, max_num_fields=30) if ours else []
    except ValueError:
        return None
    if not ours:
        return None
    params: dict[str, Any] = {"path": parts.path.rstrip("/").lower()}
    for name, text in pairs:
        if name.lower() in _PARAMETERS:
            key, convert = _PARAMETERS[name.lower()]
            value = convert(text)
            if value is not None:
                params[key] = value
    return params
