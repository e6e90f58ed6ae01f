"""eBay's Post-Order v2: the cancellations of one seller, signed where eBay wants it.

Post-Order's quota is not published and its tokens are announced as IAF. The signing key
comes from Key Management v1, belongs to the application and is kept, sealed, beside the
access tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from shipsync_site.lib import clock
from stores.connectors.base import TokenStore
from stores.connectors.ebay import errors, signing
from stores.connectors.ebay.client import APP, EbayClient
from stores.connectors.ebay.marketplaces import KEY_HOST
from stores.errors import RejectedError, UnexpectedAnswerError
from stores.http import Answer
from stores.remote_types import FreshToken

SIGNING_KEY = "signing-key"
_CANCELLATION_PATH = "/post-order/v2/cancellation"
_KEY_PATH = "/developer/key_management/v1/signing_key"


class PostOrder:
    """The calls that cancel; raises only :mod:`stores.errors`."""

    def __init__(self, client: EbayClient, tokens: TokenStore) -> None:
        self._client = client
        self._tokens = tokens

    def __repr__(self) -> str:
        return f"PostOrder({self._client!r})"

    def check_eligibility(self, legacy_id: str, *, urgent: bool) -> Answer:
        """checkCancellationEligibility: whether the seller may cancel, and why."""
        return self._post_order(
            "checkCancellationEligibility",
            "/check_eligibility",
            {"legacyOrderId": legacy_id},
            urgent=urgent,
            write=False,
        )

    def create_cancellation(
        self, body: Mapping[str, Any], *, signed: bool, urgent: bool
    ) -> Answer:
        """createCancellation: the seller cancels a whole order."""
        return self._post_order(
            "createCancellation", "", body, signed=signed, urgent=urgent
        )

    def approve_cancellation(
        self, cancel_id: str, *, signed: bool, urgent: bool
    ) -> Answer:
        """approveCancellationRequest; it has no body."""
        return self._post_order(
            "approveCancellation",
            f"/{quote(cancel_id, safe='')}/approve",
            None,
            signed=signed,
            urgent=urgent,
        )

    def reject_cancellation(self, cancel_id: str, *, urgent: bool) -> Answer:
        """rejectCancellationRequest; its body may be empty but must be there."""
        return self._post_order(
            "rejectCancellation",
            f"/{quote(cancel_id, safe='')}/reject",
            {},
            urgent=urgent,
        )

    def _post_order(
        self,
        operation: str,
        path: str,
        body: Mapping[str, Any] | None,
        *,
        urgent: bool,
        signed: bool = False,
        write: bool = True,
    ) -> Answer:
        """A call of Post-Order, whose tokens are announced as IAF.

        A signing key that eBay refuses is replaced once.
        """
        key = self._signing_key() if signed else None
        renewed = False
        while True:
            try:
                return self._client.send(
                    operation,
                    "POST",
                    f"{_CANCELLATION_PATH}{path}",
                    json=body,
                    group="",
                    scheme="IAF",
                    urgent=urgent,
                    write=write,
                    key=key,
                )
            except RejectedError as error:
                if error.code != errors.SIGNATURE_REFUSED or key is None or renewed:
                    raise
            key, renewed = self._new_signing_key(), True

    def _signing_key(self) -> signing.SigningKey:
        """The application's key, minted by one process where there is none."""
        kept = signing.kept_key(self._tokens.get(SIGNING_KEY))
        return kept or self._new_signing_key()

    def _new_signing_key(self) -> signing.SigningKey:
        made = signing.kept_key(self._tokens.refresh(SIGNING_KEY, self._mint_key))
        if made is None:
            raise UnexpectedAnswerError(
                "eBay's signing key can't be read back from the token store"
            )
        return made

    def _mint_key(self) -> FreshToken:
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
