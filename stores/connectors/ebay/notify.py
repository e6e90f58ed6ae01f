"""What eBay sends us: the challenge, and signed notices; they only ask us to look.

developer.ebay.com, 'Notification API' and 'Marketplace account deletion': an address
proves itself by hashing challenge code, verification token and its own URL; a notice is
signed over its raw body with an ECDSA key that is asked for by id. A keyset that does
not take notices of deleted accounts is disabled.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from stores.connectors.base import AccountConfig, TokenStore
from stores.connectors.ebay.client import EbayClient
from stores.errors import RejectedError, RemoteError
from stores.remote_types import FreshToken, WebhookAnswer, WebhookRequest

SIGNATURE_HEADER = "x-ebay-signature"
DELETION = "MARKETPLACE_ACCOUNT_DELETION"
# After these the orders, or our access to them, may be others than we know.
LOOK_TOPICS = frozenset(
    {"ORDER_CONFIRMATION", "ITEM_MARKED_SHIPPED", "AUTHORIZATION_REVOCATION"}
)
KEY_LIFE = 3600.0
# Slots of the token store: what strangers send must not fill a table.
KEY_SLOTS = 8
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{8,80}")
_DIGESTS: dict[str, type[hashes.HashAlgorithm]] = {
    "SHA1": hashes.SHA1,
    "SHA256": hashes.SHA256,
}
_LONGEST = 200


class BadSignatureError(Exception):
    """A notice that eBay did not prove to have sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice's envelope."""

    topic: str
    notification_id: str
    data: dict[str, Any]


def receive(
    client: EbayClient,
    account: AccountConfig,
    tokens: TokenStore,
    request: WebhookRequest,
) -> WebhookAnswer:
    """Answer a challenge or check a notice; never raises."""
    if request.method == "GET":
        return _challenge(account, request)
    if request.method != "POST":
        return WebhookAnswer(status=405)
    try:
        notice = _read(request.body)
        _verify(client, tokens, request)
    except BadSignatureError:
        return WebhookAnswer(status=412)
    except RejectedError:
        return WebhookAnswer(status=412)  # eBay knows no such key
    except RemoteError:
        return WebhookAnswer(status=500)  # ours to solve; eBay sends it again
    buyers: tuple[str, ...] = ()
    if notice.topic == DELETION:
        names = (notice.data.get("username"), notice.data.get("userId"))
        buyers = tuple(
            dict.fromkeys(name for name in names if isinstance(name, str) and name)
        )
    return WebhookAnswer(
        dedupe_key=notice.notification_id,
        topic=notice.topic,
        look=notice.topic in LOOK_TOPICS,
        forget_buyers=buyers,
    )


def _challenge(account: AccountConfig, request: WebhookRequest) -> WebhookAnswer:
    token = account.secrets.get("verification_token", "")
    code = request.query.get("challenge_code", "")
    if not code or len(code) > _LONGEST:
        return WebhookAnswer(status=400)
    if not token:
        return WebhookAnswer(status=500)
    proof = hashlib.sha256((code + token + request.url).encode()).hexdigest()
    body = json.dumps({"challengeResponse": proof}, separators=(",", ":"))
    return WebhookAnswer(body=body.encode())


def _read(body: bytes) -> Notice:
    """The envelope; what has none is not eBay's."""
    try:
        content = json.loads(body)
        notice = content["notification"]
        topic, notification_id = (
            content["metadata"]["topic"],
            notice["notificationId"],
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadSignatureError from None
    named = all(
        isinstance(text, str) and 0 < len(text) <= _LONGEST
        for text in (topic, notification_id)
    )
    if not named:
        raise BadSignatureError
    data = notice.get("data")
    return Notice(
        topic=topic,
        notification_id=notification_id,
        data=data if isinstance(data, dict) else {},
    )


def _verify(client: EbayClient, tokens: TokenStore, request: WebhookRequest) -> None:
    """Check the signature over the raw body; BadSignatureError when it is none."""
    key_id, signature = _signature(request.headers.get(SIGNATURE_HEADER, ""))
    found = _public_key(client, tokens, key_id)
    digest = _DIGESTS.get(str(found.get("digest", "")).upper().replace("-", ""))
    if digest is None:
        raise BadSignatureError
    try:
        key = load_der_public_key(_der(str(found.get("key", ""))))
    except (ValueError, UnsupportedAlgorithm):
        raise BadSignatureError from None
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise BadSignatureError
    try:
        key.verify(signature, request.body, ec.ECDSA(digest()))
    except InvalidSignature:
        raise BadSignatureError from None


def _signature(header: str) -> tuple[str, bytes]:
    """Key id and signature of the header: Base64 of a JSON object."""
    try:
        content = json.loads(base64.b64decode(header, validate=True))
        key_id, text = content["kid"], content["signature"]
        algorithm = str(content.get("alg", ""))
        signature = base64.b64decode(text, validate=True)
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        raise BadSignatureError from None
    if not isinstance(key_id, str) or not _KEY_ID.fullmatch(key_id):
        raise BadSignatureError
    if algorithm.lower() != "ecdsa":
        raise BadSignatureError
    return key_id, signature


def _public_key(client: EbayClient, tokens: TokenStore, key_id: str) -> dict[str, Any]:
    """eBay's key of this id, kept for an hour."""
    slot = int.from_bytes(hashlib.sha256(key_id.encode()).digest()[:2]) % KEY_SLOTS
    kind = f"notification-key-{slot}"
    known = _kept(tokens.get(kind), key_id)
    if known is not None:
        return known

    def fetch() -> FreshToken:
        answer = client.public_key(key_id)
        body = answer.json()
        if not isinstance(body, dict) or not isinstance(body.get("key"), str):
            raise answer.unexpected("getPublicKey answered without a key")
        kept = {name: body.get(name) for name in ("algorithm", "digest", "key")}
        token = json.dumps({"kid": key_id, **kept})
        return FreshToken(token=token, seconds=KEY_LIFE)

    found = _kept(tokens.refresh(kind, fetch), key_id)
    # Another process may have put another key there meanwhile.
    if found is None:
        found = _kept(fetch().token, key_id)
    return found or {}


def _kept(text: str, key_id: str) -> dict[str, Any] | None:
    content = json.loads(text) if text else {}
    return content if content.get("kid") == key_id else None


def _der(pem: str) -> bytes:
    """The key's bytes; eBay writes its PEM on one line, which parsers refuse."""
    inner = re.sub(r"-----[A-Z ]+-----|\s+", "", pem)
    try:
        return base64.b64decode(inner, validate=True)
    except binascii.Error:
        raise BadSignatureError from None
