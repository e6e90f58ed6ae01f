"""Message signatures, which eBay wants of sellers in the UK and the EU; pure.

Digital Signatures for APIs (developer.ebay.com), which follows RFC 9421: a second proof
beside the token over method, path, host, key and, where there is a body, its digest. The
key is minted by Key Management and kept; Ed25519 only, whose signature knows no options.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key

CIPHER = "ED25519"
KEY_HEADER = "x-ebay-signature-key"
# Renewed a week early; without an end that can be read, yearly.
EARLY, YEAR = 7 * 86400.0, 365 * 86400.0


class BadKeyError(ValueError):
    """A signing key that can't be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A key as eBay minted it; ``jwe`` is its public half in eBay's wrapping."""

    jwe: str = field(repr=False)
    private: str = field(repr=False)

    def text(self) -> str:
        """For the token store, which seals it."""
        return json.dumps({"jwe": self.jwe, "private": self.private})


def read_key(content: Any) -> SigningKey:
    """A key of the token store or of createSigningKey's answer; raises BadKeyError."""
    found = content if isinstance(content, dict) else {}
    jwe = found.get("jwe")
    private = found.get("private") or found.get("privateKey")
    if not isinstance(jwe, str) or not isinstance(private, str) or not jwe:
        raise BadKeyError("it has no jwe or no private key")
    key = SigningKey(jwe=jwe, private=private)
    _private(key)
    return key


def kept_key(text: str) -> SigningKey | None:
    """The key that lies in the token store; None where none does."""
    try:
        return read_key(json.loads(text)) if text else None
    except (BadKeyError, json.JSONDecodeError):
        return None


def good_for(content: Any, *, now: float) -> float:
    """Business seconds for which a new key is used; eBay tells its end in Unix time."""
    end = content.get("expirationTime") if isinstance(content, dict) else None
    if isinstance(end, bool) or not isinstance(end, int | float):
        return YEAR
    return max(EARLY, end - now - EARLY)


def headers(
    key: SigningKey,
    *,
    method: str,
    path: str,
    authority: str,
    body: bytes | None,
    created: int,
) -> dict[str, str]:
    """What to send with a request; ``path`` without its query, ``created`` Unix time."""
    values = {KEY_HEADER: key.jwe}
    if body:
        values["Content-Digest"] = digest(body)
    covered = {"content-digest": values["Content-Digest"]} if body else {}
    covered |= {
        KEY_HEADER: key.jwe,
        "@method": method.upper(),
        "@path": path,
        "@authority": authority.lower(),
    }
    names = " ".join(f'"{name}"' for name in covered)
    parameters = f"({names});created={created}"
    signature = _private(key).sign(signature_base(covered, parameters))
    encoded = base64.b64encode(signature).decode()
    return {
        **values,
        "Signature-Input": f"sig1={parameters}",
        "Signature": f"sig1=:{encoded}:",
    }


def digest(body: bytes) -> str:
    """Content-Digest of a body."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def signature_base(covered: dict[str, str], parameters: str) -> bytes:
    """The bytes that are signed: a line per component, the parameters last."""
    lines = [f'"{name}": {value}' for name, value in covered.items()]
    lines.append(f'"@signature-params": {parameters}')
    return "\n".join(lines).encode()


def _private(key: SigningKey) -> Ed25519PrivateKey:
    inner = re.sub(r"-----[A-Z ]+-----|\s+", "", key.private)
    try:
        found = load_der_private_key(base64.b64decode(inner, validate=True), None)
    except (binascii.Error, ValueError, TypeError):
        raise BadKeyError("its private key can't be read") from None
    if not isinstance(found, Ed25519PrivateKey):
        raise BadKeyError(f"its private key is not {CIPHER}")
    return found
