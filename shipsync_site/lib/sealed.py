"""Sealed model fields: compressed, encrypted with MultiFernet, never searchable.

Keys come from ``settings.SHIPSYNC_FIELD_KEYS``, newest first; saving a row again seals
it with the newest key. A value that no key opens raises :class:`SealBrokenError`
instead of handing out the ciphertext.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import zlib
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import models

_PREFIX = b"s1:"


class SealBrokenError(ValueError):
    """No key of SHIPSYNC_FIELD_KEYS opens the stored value."""


@lru_cache(maxsize=4)
def _ring(keys: tuple[str, ...]) -> MultiFernet:
    if not keys:
        raise ImproperlyConfigured(
            "SHIPSYNC_FIELD_KEYS is empty: give at least one Fernet key"
        )
    return MultiFernet([Fernet(key) for key in keys])


def _current_ring() -> MultiFernet:
    return _ring(tuple(settings.SHIPSYNC_FIELD_KEYS))


def seal(text: str) -> bytes:
    """Compress and encrypt a text."""
    return _PREFIX + _current_ring().encrypt(zlib.compress(text.encode(), 6))


def unseal(token: bytes) -> str:
    """Open what :func:`seal` made; raises SealBrokenError when no key fits."""
    if not token.startswith(_PREFIX):
        raise SealBrokenError("the stored value was not sealed by this application")
    try:
        return zlib.decompress(_current_ring().decrypt(token[len(_PREFIX) :])).decode()
    except InvalidToken:
        raise SealBrokenError(
            "no key in SHIPSYNC_FIELD_KEYS opens this value; add the key it was sealed with"
        ) from None


def resealed(token: bytes) -> bytes | None:
    """The same value under the newest key; None when it is under that key already.

    Raises SealBrokenError when no key fits.
    """
    if not token.startswith(_PREFIX):
        raise SealBrokenError("the stored value was not sealed by this application")
    body = token[len(_PREFIX) :]
    keys = tuple(settings.SHIPSYNC_FIELD_KEYS)
    with suppress(InvalidToken):
        _ring(keys[:1]).decrypt(body)
        return None
    try:
        return _PREFIX + _ring(keys).rotate(body)
    except InvalidToken:
        raise SealBrokenError(
            "no key in SHIPSYNC_FIELD_KEYS opens this value; add the key it was sealed with"
        ) from None


def search_hash(text: str) -> str:
    """A keyed hash for exact search over sealed values (case and spaces folded)."""
    folded = "".join(text.casefold().split())
    if not folded:
        return ""
    key = settings.SHIPSYNC_SEARCH_KEY.encode()
    return hmac.new(key, folded.encode(), hashlib.sha256).hexdigest()[:32]


if TYPE_CHECKING:
    _BinaryField = models.BinaryField[Any, Any]
else:
    _BinaryField = models.BinaryField


class SealedTextField(_BinaryField):
    """A text that lies sealed in the database; empty text is stored as NULL."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.update(null=True, blank=True, editable=kwargs.get("editable", False))
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return self._open("" if value is None else unseal(bytes(value)))

    def get_db_prep_value(
        self, value: Any, connection: Any, prepared: bool = False
    ) -> Any:
        text = self._text(value)
        sealed = None if text == "" else seal(text)
        return super().get_db_prep_value(sealed, connection, prepared)

    def to_python(self, value: Any) -> Any:
        return value

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        raise FieldError(
            f"{self.name} is sealed and can't be filtered; use its search hash"
        )

    def _open(self, text: str) -> Any:
        return text

    def _text(self, value: Any) -> str:
        return value or ""

    def value_to_string(self, obj: models.Model) -> str:
        raise FieldError(f"{self.name} is sealed and isn't serialised")


class SealedJSONField(SealedTextField):
    """A JSON value that lies sealed in the database; NULL opens as ``{}``."""

    def _open(self, text: str) -> Any:
        return json.loads(text) if text else {}

    def _text(self, value: Any) -> str:
        if value in (None, {}, []):
            return ""
        return json.dumps(value, separators=(",", ":"), default=str)

    def get_default(self) -> Any:
        return {}
