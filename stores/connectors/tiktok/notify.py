"""What TikTok sends us: signed messages, which only ask us to look.

Partner Center, 'Webhooks overview': the header ``Authorization`` signs the app key and
the raw body with the app's secret. TikTok wants an empty 200 within three seconds, and
sends again after 2 minutes, 30 minutes, 3 and 12 hours; 401 for a bad signature.
"""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

from stores.connectors.base import AccountConfig
from stores.connectors.tiktok import fields
from stores.connectors.tiktok.client import TikTokClient
from stores.connectors.tiktok.errors import data_of
from stores.connectors.tiktok.operations import SUBSCRIBE, WEBHOOKS
from stores.connectors.tiktok.shops import Shop
from stores.connectors.tiktok.sign import is_signed
from stores.errors import RejectedError
from stores.remote_types import WebhookAnswer, WebhookRequest

SIGNATURE_HEADER = "authorization"
# Number in a message → its name where it is asked for.
TYPES = {
    1: "ORDER_STATUS_CHANGE",
    3: "RECIPIENT_ADDRESS_UPDATE",
    4: "PACKAGE_UPDATE",
    6: "SELLER_DEAUTHORIZATION",
    7: "UPCOMING_AUTHORIZATION_EXPIRATION",
    11: "CANCELLATION_STATUS_CHANGE",
}
LONGEST_ADDRESS = 255
_LONGEST_ID = 100
_EMPTY = b""
_IP = re.compile(r"[\d.]+|\[.*\]")


def receive(account: AccountConfig, request: WebhookRequest) -> WebhookAnswer:
    """Check a message and say what it asks of us; never raises, calls nobody."""
    if request.method != "POST":
        return WebhookAnswer(status=405)
    signed = is_signed(
        request.headers.get(SIGNATURE_HEADER, ""),
        account.secrets.get("app_secret", ""),
        str(account.settings.get("app_key") or ""),
        request.body,
    )
    if not signed:
        return WebhookAnswer(status=401)
    try:
        content = json.loads(request.body)
        number, message_id = content["type"], content["tts_notification_id"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return WebhookAnswer(status=400)
    known = isinstance(number, int) and not isinstance(number, bool)
    if not known or not isinstance(message_id, str | int):
        return WebhookAnswer(status=400)
    dedupe_key = str(message_id)
    if not 0 < len(dedupe_key) <= _LONGEST_ID:
        return WebhookAnswer(status=400)
    return WebhookAnswer(
        body=_EMPTY,
        dedupe_key=dedupe_key,
        topic=TYPES.get(number, f"type {number}")[:_LONGEST_ID],
        # Whatever it says is out of order, late or doubled: the orders tell.
        look=number in TYPES,
    )


def subscribe(client: TikTokClient, shops: tuple[Shop, ...], url: str) -> None:
    """Have the shops' messages sent to ``url``; TikTok keeps one address per topic."""
    for shop in shops:
        present = _present(client, shop)
        for topic in TYPES.values():
            if present.get(topic) != url:
                client.send(
                    SUBSCRIBE,
                    cipher=shop.cipher,
                    body={"address": url, "event_type": topic},
                )


def check_address(url: str) -> None:
    """TikTok's rules for an address; RejectedError says which one it breaks."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        port = parts.port
    except ValueError:
        port = 0
    problem = ""
    if parts.scheme != "https":
        problem = "TikTok sends to https addresses only"
    elif not host or "." not in host or _IP.fullmatch(host):
        problem = "TikTok wants a domain name, not an IP address or a machine's name"
    elif port is not None:
        problem = "TikTok takes no port in the address"
    elif len(url) > LONGEST_ADDRESS:
        problem = f"TikTok takes {LONGEST_ADDRESS} characters at most"
    if problem:
        raise RejectedError(
            f"{problem}. Change this console's public address",
            code="bad_address",
            field="address",
        )


def _present(client: TikTokClient, shop: Shop) -> dict[str, str]:
    """Topic → the address it is sent to now."""
    answer = client.send(WEBHOOKS, cipher=shop.cipher)
    try:
        return {
            fields.text(row, "event_type", "webhooks."): fields.text(
                row, "address", "webhooks."
            )
            for row in fields.rows(data_of(answer), "webhooks", "")
        }
    except fields.FieldError as error:
        problem = f"getShopWebhooks: {error}"
    raise answer.unexpected(problem)
