"""Message signatures as eBay checks them, and the keys that Key Management mints.

developer.ebay.com, 'Digital Signatures for APIs' (RFC 9421, Ed25519). How old a
signature may be and which status a refusal has are not published: the peer chose.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from django.http import HttpRequest

from stores.sandbox.ebay.answers import ACCESS, ApiError

Json = dict[str, Any]

LIFE_SECONDS = 3 * 365 * 86_400
# eBay asks for signatures of sellers who live here.
SIGNING_COUNTRIES = frozenset(
    [
        "GB",
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)
NO_KEY, NO_SIGNATURE, TOO_OLD, INCOMPLETE, WRONG = (
    215001,
    215002,
    215114,
    215120,
    215122,
)
_INPUT = re.compile(r'sig1=(\((?:"[^"]+" ?)+\)((?:;[a-z]+=[^;]+)+))')
_SIGNATURE = re.compile(r"sig1=:([A-Za-z0-9+/=]+):")
_NEEDED = (KEY := "x-ebay-signature-key", "@method", "@path", "@authority")


@dataclass(slots=True, kw_only=True)
class SigningKey:
    """A key pair of an application; the private half is not kept."""

    id: str
    client_id: str
    jwe: str
    public: str
    created: int
    ends: int


class SigningKeys:
    """All keys, by their JWE."""

    def __init__(self) -> None:
        self._keys: dict[str, SigningKey] = {}

    def clear(self) -> None:
        """Forget all keys."""
        self._keys.clear()

    def mint(self, client_id: str, now: int) -> Json:
        """A new key of an application, as createSigningKey answers it."""
        private = Ed25519PrivateKey.generate()
        public = _b64(
            private.public_key().public_bytes(
                Encoding.DER, PublicFormat.SubjectPublicKeyInfo
            )
        )
        digest = hashlib.sha256(public.encode()).hexdigest()
        # Five parts like every JWE; nobody but eBay can look inside.
        jwe = f"eyJ6aXAiOiJERUYiLCJlbmMiOiJBMjU2R0NNIn0..{digest[:16]}.{digest}.{digest[-22:]}"
        key = SigningKey(
            id=f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}",
            client_id=client_id,
            jwe=jwe,
            public=public,
            created=now,
            ends=now + LIFE_SECONDS,
        )  # fmt: skip
        self._keys[jwe] = key
        return {
            "signingKeyId": key.id,
            "signingKeyCipher": "ED25519",
            "jwe": jwe,
            "privateKey": _b64(
                private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
            ),
            "publicKey": public,
            "creationTime": now,
            "expirationTime": key.ends,
        }

    def check(self, request: HttpRequest, *, now: int, age: float) -> None:
        """Whether a request is signed as it came; raises the ApiError that says no."""
        headers = request.headers
        jwe = headers.get(KEY, "")
        if not jwe:
            raise _refusal(NO_KEY, "The x-ebay-signature-key header is missing.")
        found = _INPUT.fullmatch(headers.get("Signature-Input", ""))
        signature = _SIGNATURE.fullmatch(headers.get("Signature", ""))
        if found is None or signature is None:
            raise _refusal(NO_SIGNATURE, "Signature-Input or Signature is missing.")
        covered = re.findall(r'"([^"]+)"', found[1].partition(")")[0])
        self._check_created(found[2], now=now, age=age)
        wanted = [*_NEEDED, *(["content-digest"] if request.body else [])]
        if set(wanted) - set(covered):
            raise _refusal(INCOMPLETE, "The signature does not cover what it must.")
        if request.body and headers.get("Content-Digest") != _digest(request.body):
            raise _refusal(INCOMPLETE, "Content-Digest does not fit the body.")
        key = self._keys.get(jwe)
        if key is None or now >= key.ends:
            raise _refusal(WRONG, "The signing key is unknown or has ended.")
        lines = [f'"{name}": {_component(request, name)}' for name in covered]
        base = "\n".join([*lines, f'"@signature-params": {found[1]}'])
        try:
            _public(key).verify(base64.b64decode(signature[1]), base.encode())
        except (InvalidSignature, binascii.Error):
            raise _refusal(WRONG, "Signature validation failed.") from None

    def dump(self) -> list[Json]:
        """State as JSON."""
        return [asdict(key) for key in self._keys.values()]

    def load(self, rows: list[Json]) -> None:
        """Restore what :meth:`dump` returned."""
        self._keys = {row["jwe"]: SigningKey(**row) for row in rows}

    @staticmethod
    def _check_created(parameters: str, *, now: int, age: float) -> None:
        found = re.search(r";created=(\d{1,12})(?:;|$)", parameters)
        if found is None or not now - age <= int(found[1]) <= now + age:
            raise _refusal(TOO_OLD, "The signature's created time is out of range.")


def needs_signature(country: str) -> bool:
    """Whether eBay wants signed messages of a seller who lives there."""
    return country in SIGNING_COUNTRIES


def _component(request: HttpRequest, name: str) -> str:
    derived: Mapping[str, str] = {
        "@method": request.method or "",
        "@path": request.path,
        "@authority": request.get_host().lower(),
    }
    return derived[name] if name in derived else request.headers.get(name, "")


def _public(key: SigningKey) -> Ed25519PublicKey:
    # A DER of this kind ends in the key's 32 bytes.
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(key.public)[-32:])


def _digest(body: bytes) -> str:
    return f"sha-256=:{_b64(hashlib.sha256(body).digest())}:"


def _b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _refusal(number: int, text: str) -> ApiError:
    return ApiError(400, number, text, domain=ACCESS)
