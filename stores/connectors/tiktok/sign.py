"""TikTok's two signatures: of our requests, and of the messages it sends; pure.

Partner Center, 'Sign your API request' and 'Webhook signature'.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

UNSIGNED = frozenset({"sign", "access_token"})


def request_sign(
    secret: str, path: str, query: Mapping[str, str], body: bytes = b""
) -> str:
    """The ``sign`` of a request: lower-case hex.

    ``path`` is that on TikTok's own host, ``query`` holds decoded values, ``body`` the
    very bytes that are sent. An upload (multipart) is signed without its body.
    """
    pairs = "".join(
        f"{name}{query[name]}" for name in sorted(query) if name not in UNSIGNED
    )
    key = secret.encode()
    message = key + path.encode() + pairs.encode() + body + key
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def message_sign(secret: str, app_key: str, body: bytes) -> str:
    """The ``Authorization`` header of a message with this raw body."""
    message = app_key.encode() + body
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def is_signed(header: str, secret: str, app_key: str, body: bytes) -> bool:
    """Whether a message's header is TikTok's; takes the same time either way."""
    if not secret or not app_key:
        return False
    wanted = message_sign(secret, app_key, body)
    given = header.strip().encode("utf-8", "replace")
    return hmac.compare_digest(wanted.encode(), given)
