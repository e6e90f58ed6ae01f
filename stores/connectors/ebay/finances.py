"""eBay's Finances v1 for one seller: payouts and what is in them, on a host of its own.

Every call is signed where the seller is based in the UK or the EU. An answer without
content (204) means that there is nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from stores.connectors.base import TokenStore
from stores.connectors.ebay import fields
from stores.connectors.ebay.client import FINANCE, FINANCES, EbayClient
from stores.connectors.ebay.key_ring import KeyRing
from stores.connectors.ebay.marketplaces import KEY_HOST
from stores.connectors.ebay.signing import SigningKey
from stores.errors import UnauthorisedError
from stores.http import Answer

PAYOUTS, TRANSACTIONS = "getPayouts", "getTransactions"
_PATH = "/sell/finances/v1"


class Finances:
    """The calls of one account; raises only :mod:`stores.errors`."""

    def __init__(self, client: EbayClient, tokens: TokenStore, *, signed: bool) -> None:
        self._client = client
        self._keys = KeyRing(client, tokens)
        self._signed = signed

    def __repr__(self) -> str:
        return f"Finances({self._client!r})"

    def payouts(self, params: Mapping[str, str]) -> Answer:
        """getPayouts, the oldest first."""
        return self._get(PAYOUTS, "/payout", params)

    def transactions(self, params: Mapping[str, str]) -> Answer:
        """getTransactions."""
        return self._get(TRANSACTIONS, "/transaction", params)

    def _get(self, operation: str, path: str, params: Mapping[str, str]) -> Answer:
        def send(key: SigningKey | None) -> Answer:
            return self._client.send(
                operation,
                "GET",
                f"{_PATH}{path}",
                params=params,
                group=FINANCES,
                kind=FINANCE,
                key=key,
                host=KEY_HOST,
            )

        try:
            return self._keys.signed(send) if self._signed else send(None)
        except UnauthorisedError as error:
            refused = error
        if refused.reason == "role_missing" and refused.code != "invalid_scope":
            refused.message = (
                f"{refused.message.rstrip('.')}. The consent lacks the scope "
                "sell.finances: let the seller consent again on the account's page"
            )
        raise refused


def rows_of(answer: Answer, name: str) -> tuple[list[fields.Json], bool]:
    """The rows of a page, and whether another one follows.

    Raises UnexpectedAnswerError for another shape.
    """
    if answer.status == 204:
        return [], False
    body = answer.json()
    if not isinstance(body, dict):
        raise answer.unexpected("Finances answered with something else than an object")
    try:
        return fields.rows(body, name, ""), bool(body.get("next"))
    except fields.FieldError as error:
        problem = f"Finances: {error}"
    raise answer.unexpected(problem)
