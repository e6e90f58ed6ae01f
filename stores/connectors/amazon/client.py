"""Amazon's endpoints for one seller: token, hosts, quotas; parsed JSON out.

Login with Amazon, Sellers v1, Orders v2026-01-01 (searchOrders, getOrder) and
confirmShipment of Orders v0, which has no newer counterpart (models of August 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from stores.connectors.amazon import errors
from stores.connectors.amazon.marketplaces import HOSTS, LWA_HOST, LWA_PATH
from stores.connectors.base import AccountConfig, TokenStore
from stores.errors import UnauthorisedError, UnexpectedAnswerError
from stores.http import Answer, Call, Gateway
from stores.remote_types import BudgetSpec

RATE_HEADER = "x-amzn-RateLimit-Limit"
TOKEN_KIND = "access"  # noqa: S105 - the name of a kind of token
SEARCH, GET, CONFIRM, SELLERS = "searchOrders", "getOrder", "confirmShipment", "sellers"
_SOURCE = "usage plan in the model of August 2026"
BUDGET_SPECS = (
    BudgetSpec(group=SEARCH, capacity=20, rate=0.0056, source=_SOURCE),
    # Looks before a label and at people's word find these when stragglers took the rest.
    BudgetSpec(group=GET, capacity=30, rate=0.5, reserve=5, source=_SOURCE),
    BudgetSpec(group=CONFIRM, capacity=10, rate=2.0, reserve=1, source=_SOURCE),
    BudgetSpec(group=SELLERS, capacity=15, rate=0.016, source=_SOURCE),
)


class AmazonClient:
    """The calls of one account; raises only :mod:`stores.errors`."""

    def __init__(
        self, account: AccountConfig, *, gateway: Gateway, tokens: TokenStore
    ) -> None:
        self._account = account
        self._gateway = gateway
        self._tokens = tokens

    def __repr__(self) -> str:
        return f"AmazonClient({self._account.key})"

    def search_orders(self, params: Mapping[str, str]) -> Answer:
        """One page of searchOrders."""
        return self._send(SEARCH, SEARCH, "GET", "/orders/2026-01-01/orders", params)

    def get_order(
        self, order_id: str, included: str, *, urgent: bool = False
    ) -> Answer:
        """getOrder; an id that Amazon doesn't know is a RejectedError 'not_found'."""
        path = f"/orders/2026-01-01/orders/{quote(order_id, safe='')}"
        return self._send(
            GET, GET, "GET", path, {"includedData": included}, urgent=urgent
        )

    def confirm_shipment(
        self, order_id: str, body: Mapping[str, Any], *, urgent: bool = False
    ) -> Answer:
        """confirmShipment; 204. The same package reference again edits the package."""
        path = f"/orders/v0/orders/{quote(order_id, safe='')}/shipmentConfirmation"
        return self._send(CONFIRM, CONFIRM, "POST", path, json=body, urgent=urgent)

    def participations(self, region: str = "") -> Answer:
        """The marketplaces that the seller is in, asked in its or another region."""
        return self._send(
            "getMarketplaceParticipations",
            SELLERS,
            "GET",
            "/sellers/v1/marketplaceParticipations",
            region=region,
            urgent=True,
        )

    def new_token(self) -> tuple[str, float]:
        """An access token and the seconds it is good for, from Login with Amazon."""
        answer = self._login(
            grant_type="refresh_token",
            refresh_token=self._account.secrets.get("refresh_token", ""),
        )
        body = answer.json()
        token = body.get("access_token") if isinstance(body, dict) else None
        seconds = body.get("expires_in") if isinstance(body, dict) else None
        if not isinstance(token, str) or not isinstance(seconds, int | float):
            raise _without(answer, "a token or its life span")
        return token, float(seconds)

    def refresh_token(self, code: str, redirect_uri: str) -> str:
        """The refresh token that an authorisation code stands for; it works once."""
        answer = self._login(
            grant_type="authorization_code", code=code, redirect_uri=redirect_uri
        )
        body = answer.json()
        token = body.get("refresh_token") if isinstance(body, dict) else None
        if not isinstance(token, str) or not token:
            raise _without(answer, "a refresh token")
        return token

    def _login(self, **form: str) -> Answer:
        """A call to the token endpoint of Login with Amazon, as our application."""
        call = Call(
            operation="token",
            method="POST",
            url=self._lwa_url(),
            data={
                **form,
                "client_id": str(self._account.settings.get("client_id", "")),
                "client_secret": self._account.secrets.get("lwa_client_secret", ""),
            },
        )

        def classify(answer: Answer) -> None:
            if answer.status != 200:
                raise errors.token_error(answer, call)

        return self._gateway.send(call, classify=classify)

    def _send(
        self,
        operation: str,
        group: str,
        method: str,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        json: Mapping[str, Any] | None = None,
        urgent: bool = False,
        region: str = "",
    ) -> Answer:
        """Send with an access token; a refused one is replaced once."""
        token = self._tokens.get(TOKEN_KIND)
        fresh = not token
        while True:
            if not token:
                token = self._tokens.refresh(TOKEN_KIND, self.new_token)
            call = Call(
                operation=operation,
                method=method,
                url=f"{self._base_url(region)}{path}",
                groups=(group,),
                params=params,
                json=json,
                headers={"x-amz-access-token": token},
                write=method != "GET",
                urgent=urgent,
            )
            try:
                return self._classified(call, group)
            except UnauthorisedError:
                if fresh:
                    raise
                # Amazon answers 403 to an expired token and to a missing role alike.
                token, fresh = "", True

    def _classified(self, call: Call, group: str) -> Answer:
        def classify(answer: Answer) -> None:
            rate = _rate(answer)
            if rate:
                self._gateway.learn(answer, group, rate=rate)
            if answer.status >= 300:
                # Amazon sends no Retry-After: one token's refill is the least wait.
                raise errors.api_error(
                    answer,
                    call,
                    retry_after=self._gateway.refill_seconds(group)
                    if answer.status == 429
                    else 0.0,
                )

        return self._gateway.send(call, classify=classify)

    def _base_url(self, region: str) -> str:
        region = region or self._account.region
        if self._account.sandbox_url:
            return f"{self._account.sandbox_url}/{region}"
        try:
            return HOSTS[region]
        except KeyError:
            raise UnauthorisedError(
                f"The account's region {region!r} is none of Amazon's: "
                + ", ".join(HOSTS),
                reason="wrong_region",
            ) from None

    def _lwa_url(self) -> str:
        return f"{self._account.sandbox_url or LWA_HOST}{LWA_PATH}"


def _without(answer: Answer, what: str) -> UnexpectedAnswerError:
    """The error for an answer that lacks something; its body would keep tokens."""
    error = answer.unexpected(f"Login with Amazon answered without {what}")
    error.body = ""
    return error


def _rate(answer: Answer) -> float:
    """The rate that an answer tells (only 20x, 400 and 404 do), or 0."""
    try:
        return max(0.0, float(answer.headers.get(RATE_HEADER, "0")))
    except ValueError:
        return 0.0
