"""The key that signs messages: minted by Key Management v1, kept, replaced when refused.

It belongs to the application and lies, sealed, beside the access tokens.
"""

from __future__ import annotations

from collections.abc import Callable

from shipsync_site.lib import clock
from stores.connectors.base import TokenStore
from stores.connectors.ebay import errors, signing
from stores.connectors.ebay.client import APP, EbayClient
from stores.connectors.ebay.marketplaces import KEY_HOST
from stores.errors import RejectedError, UnexpectedAnswerError
from stores.http import Answer
from stores.remote_types import FreshToken

SIGNING_KEY = "signing-key"
_KEY_PATH = "/developer/key_management/v1/signing_key"


class KeyRing:
    """The signing key of one account's application."""

    def __init__(self, client: EbayClient, tokens: TokenStore) -> None:
        self._client = client
        self._tokens = tokens

    def __repr__(self) -> str:
        return f"KeyRing({self._client!r})"

    def signed(self, send: Callable[[signing.SigningKey], Answer]) -> Answer:
        """Send with the key; one that eBay refuses is replaced once."""
        key, renewed = self._kept(), False
        while True:
            try:
                return send(key)
            except RejectedError as error:
                if error.code != errors.SIGNATURE_REFUSED or renewed:
                    raise
            key, renewed = self._new(), True

    def _kept(self) -> signing.SigningKey:
        """The application's key, minted by one process where there is none."""
        kept = signing.kept_key(self._tokens.get(SIGNING_KEY))
        return kept or self._new()

    def _new(self) -> signing.SigningKey:
        made = signing.kept_key(self._tokens.refresh(SIGNING_KEY, self._mint))
        if made is None:
            raise UnexpectedAnswerError(
                "eBay's signing key can't be read back from the token store"
            )
        return made

    def _mint(self) -> FreshToken:
        """createSigningKey of Key Management; the private half is told this once."""
        answer = self._client.send(
            "createSigningKey",
            "POST",
            _KEY_PATH,
            json={"signingKeyCipher": signing.CIPHER},
            group="",
            kind=APP,
            urgent=True,
            write=False,
            host=KEY_HOST,
        )
        body = answer.json()
        try:
            key = signing.read_key(body)
        except signing.BadKeyError as error:
            refused = answer.unexpected(f"createSigningKey: {error}")
        else:
            seconds = signing.good_for(body, now=clock.timestamp())
            return FreshToken(token=key.text(), seconds=seconds)
        # It may hold the key.
        refused.body = ""
        raise refused
