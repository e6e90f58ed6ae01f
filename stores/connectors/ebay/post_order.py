"""eBay's Post-Order v2: the cancellations of one seller, signed where eBay wants it.

Post-Order's quota is not published and its tokens are announced as IAF.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from stores.connectors.base import TokenStore
from stores.connectors.ebay.client import EbayClient
from stores.connectors.ebay.key_ring import KeyRing
from stores.connectors.ebay.signing import SigningKey
from stores.http import Answer

_CANCELLATION_PATH = "/post-order/v2/cancellation"


class PostOrder:
    """The calls that cancel; raises only :mod:`stores.errors`."""

    def __init__(self, client: EbayClient, tokens: TokenStore) -> None:
        self._client = client
        self._keys = KeyRing(client, tokens)

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
        """A call of Post-Order, whose tokens are announced as IAF."""

        def send(key: SigningKey | None) -> Answer:
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

        return self._keys.signed(send) if signed else send(None)
