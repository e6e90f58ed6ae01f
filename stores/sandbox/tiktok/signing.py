"""The two signatures: of a request by its sender, of a message by TikTok.

Sheet section 1 ('sign', step by step) and section 8 ('Check').
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

_UNSIGNED = frozenset(["sign", "access_token"])


def sign_request(
    secret: str,
    path: str,
    query: Iterable[tuple[str, str]],
    body: bytes,
    *,
    multipart: bool = False,
) -> str:
    """The ``sign`` of a request; ``query`` holds decoded values, ``path`` begins '/'."""
    pairs = sorted(
        (pair for pair in query if pair[0] not in _UNSIGNED), key=lambda pair: pair[0]
    )
    text = path + "".join(f"{name}{value}" for name, value in pairs)
    content = text.encode() + (b"" if multipart else body)
    wrapped = secret.encode() + content + secret.encode()
    return hmac.new(secret.encode(), wrapped, hashlib.sha256).hexdigest()


def sign_message(secret: str, app_key: str, body: bytes) -> str:
    """The Authorization header of a message."""
    return hmac.new(
        secret.encode(), app_key.encode() + body, hashlib.sha256
    ).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare two signatures without telling by time where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())
