"""eBay's endpoints for one seller: tokens, hosts, quotas; answers out.

Sell Fulfillment v1, Commerce Notification v1 (public keys) and Developer Analytics
(quotas); Post-Order is in ``post_order``, Finances in ``finances``. Three tokens: the
seller's for orders and for money, and the application's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from json import dumps
from typing import Any
from urllib.parse import quote, urlsplit

from shipsync_site.lib import clock
from stores.connectors.base import AccountConfig, TokenStore
from stores.connectors.ebay import errors, quota, signing
from stores.connectors.ebay.marketplaces import (
    API_HOST,
    APP_SCOPES,
    AUTH_HOST,
    DEFAULT_MARKETPLACE,
    FINANCE_SCOPES,
    SELLER_SCOPES,
    TOKEN_PATH,
)
from stores.errors import RemoteError, UnauthorisedError
from stores.http import Answer, Call, Gateway
from stores.remote_types import BudgetSpec, FreshToken

Json = dict[str, Any]

SELLER, APP, FINANCE = "access", "app", "finances"
FULFILLMENT, NOTIFICATION, FINANCES = "fulfillment", "notification", "finances"
GET_ORDERS, GET_ORDER = "getOrders", "getOrder"
CREATE, LIST = "createShippingFulfillment", "getShippingFulfillments"
_FULFILLMENT_PATH = "/sell/fulfillment/v1"
_DAY = 86400.0
BUDGET_SPECS = (
    # Until the Analytics API has told the application's own figures.
    BudgetSpec(
        group=FULFILLMENT,
        capacity=100_000,
        period=_DAY,
        reserve=50,
        source="default of Sell Fulfillment as sellers tell it; Analytics corrects it",
    ),
    BudgetSpec(
        group=NOTIFICATION,
        capacity=10_000,
        period=_DAY,
        source="developer.ebay.com, API call limits",
    ),
    BudgetSpec(
        group=FINANCES,
        capacity=15_000,
        period=_DAY,
        source="developer.ebay.com, API call limits",
    ),
)


class EbayClient:
    """The calls of one account; raises only :mod:`stores.errors`."""

    def __init__(
        self, account: AccountConfig, *, gateway: Gateway, tokens: TokenStore
    ) -> None:
        self._account = account
        self._gateway = gateway
        self._tokens = tokens

    def __repr__(self) -> str:
        return f"EbayClient({self._account.key})"

    @property
    def consent_host(self) -> str:
        """Where a seller's browser goes to consent."""
        return self._account.sandbox_url or AUTH_HOST

    def get_orders(self, params: Mapping[str, str]) -> Answer:
        """One page of getOrders."""
        return self.send(GET_ORDERS, "GET", f"{_FULFILLMENT_PATH}/order", params=params)

    def get_order(self, order_id: str, *, urgent: bool = False) -> Answer:
        """getOrder with all it tells; an unknown id is a RejectedError 'not_found'."""
        return self.send(
            GET_ORDER,
            "GET",
            _order_path(order_id),
            params={"fieldGroups": "TAX_BREAKDOWN"},
            urgent=urgent,
        )

    def get_fulfillments(self, order_id: str, *, urgent: bool = False) -> Answer:
        """getShippingFulfillments: the parcels that eBay was told of."""
        return self.send(
            LIST, "GET", f"{_order_path(order_id)}/shipping_fulfillment", urgent=urgent
        )

    def create_fulfillment(
        self, order_id: str, body: Mapping[str, Any], *, urgent: bool = False
    ) -> Answer:
        """createShippingFulfillment: one parcel; 201 without a body."""
        return self.send(
            CREATE,
            "POST",
            f"{_order_path(order_id)}/shipping_fulfillment",
            json=body,
            urgent=urgent,
        )

    def rate_limits(self) -> Answer:
        """getRateLimits of the application, from the Analytics API."""
        return self.send(
            "getRateLimits",
            "GET",
            "/developer/analytics/v1_beta/rate_limit/",
            group="",
            kind=APP,
            urgent=True,
        )

    def public_key(self, key_id: str) -> Answer:
        """getPublicKey of a notification's signature."""
        return self.send(
            "getPublicKey",
            "GET",
            f"/commerce/notification/v1/public_key/{quote(key_id, safe='')}",
            group=NOTIFICATION,
            kind=APP,
            urgent=True,
        )

    def redeem(self, code: str, ru_name: str) -> Json:
        """A consent's code for tokens; ``redirect_uri`` is the RuName, no address."""
        return self._token(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": ru_name,
            }
        )

    def new_seller_token(self) -> FreshToken:
        """An access token of the seller and the seconds it is good for."""
        return self._refreshed(SELLER_SCOPES)

    def new_finance_token(self) -> FreshToken:
        """As :meth:`new_seller_token`, for the seller's money."""
        try:
            return self._refreshed(FINANCE_SCOPES)
        except UnauthorisedError as error:
            refused = error
        if refused.code == "invalid_scope":
            refused.message = errors.NO_FINANCE_SCOPE
        raise refused

    def _refreshed(self, scopes: tuple[str, ...]) -> FreshToken:
        refresh_token = self._account.secrets.get("refresh_token", "")
        if not refresh_token:
            raise UnauthorisedError(
                "The seller has not consented yet: open the account and let the seller "
                "consent",
                reason="revoked",
                code="no_consent",
            )
        return _good_for(
            self._token(
                {
                    "grant_type": "refresh_token",
                    "refresh_token": refresh_token,
                    "scope": " ".join(scopes),
                }
            )
        )

    def new_app_token(self) -> FreshToken:
        """An access token of the application itself."""
        return _good_for(
            self._token(
                {"grant_type": "client_credentials", "scope": " ".join(APP_SCOPES)}
            )
        )

    def _token(self, form: Mapping[str, str]) -> Json:
        call = Call(
            operation="token",
            method="POST",
            url=f"{self._api_host}{TOKEN_PATH}",
            data=form,
            auth=(
                str(self._account.settings.get("client_id", "")),
                self._account.secrets.get("client_secret", ""),
            ),
        )

        def classify(answer: Answer) -> None:
            if answer.status != 200:
                raise errors.token_error(answer, call)

        answer = self._gateway.send(call, classify=classify)
        body = answer.json()
        if (
            isinstance(body, dict)
            and isinstance(body.get("access_token"), str)
            and isinstance(body.get("expires_in"), int | float)
        ):
            return body
        error = answer.unexpected(
            "eBay answered without an access token or its life span"
        )
        # It may hold a token.
        error.body = ""
        raise error

    def send(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
        group: str = FULFILLMENT,
        kind: str = SELLER,
        urgent: bool = False,
        scheme: str = "Bearer",
        write: bool = True,
        key: signing.SigningKey | None = None,
        host: str = "",
    ) -> Answer:
        """Send with an access token; a refused one is replaced once.

        ``host`` is that of production where it is not the usual one.

        ``write`` says of a call that is no GET whether it may have changed something.
        With a ``key`` the very bytes that are sent are signed.
        """
        token = self._tokens.get(kind)
        fresh = not token
        fetch = {
            APP: self.new_app_token,
            FINANCE: self.new_finance_token,
        }.get(kind, self.new_seller_token)
        url = f"{self._account.sandbox_url or host or API_HOST}{path}"
        body = None if json is None else dumps(json).encode()
        while True:
            if not token:
                token = self._tokens.refresh(kind, fetch)
            headers = {
                "Authorization": f"{scheme} {token}",
                "Accept": "application/json",
                "X-EBAY-C-MARKETPLACE-ID": self._marketplace,
            }
            if body is not None:
                headers["Content-Type"] = "application/json"
            if key is not None:
                headers |= _signature(key, method, url, body)
            call = Call(
                operation=operation,
                method=method,
                url=url,
                groups=(group,) if group else (),
                params=params,
                data=body,
                headers=headers,
                write=write and method != "GET",
                urgent=urgent,
            )
            try:
                return self._gateway.send(call, classify=self._classify(call, group))
            except UnauthorisedError as error:
                if fresh or error.reason != "bad_key":
                    raise
                token, fresh = "", True

    def _classify(self, call: Call, group: str) -> Any:
        def classify(answer: Answer) -> None:
            if answer.status >= 300:
                raise errors.api_error(
                    answer,
                    call,
                    exhausted_for=self._exhausted_for(group)
                    if answer.status == 429
                    else None,
                )

        return classify

    def _exhausted_for(self, group: str) -> float | None:
        """Business seconds until a used-up quota is new; None when it is not used up.

        eBay sends no Retry-After: the Analytics API knows when the day ends.
        """
        if not group:
            return None
        try:
            limits = quota.read_limits(self.rate_limits())
        except RemoteError:
            return None
        limit = limits.get(group)
        if limit is None or limit.remaining > 0:
            return None
        return max(1.0, limit.resets_at - clock.timestamp())

    @property
    def _api_host(self) -> str:
        return self._account.sandbox_url or API_HOST

    @property
    def _marketplace(self) -> str:
        return next(iter(self._account.marketplace_ids), DEFAULT_MARKETPLACE)


def _order_path(order_id: str) -> str:
    return f"{_FULFILLMENT_PATH}/order/{quote(order_id, safe='')}"


def _signature(
    key: signing.SigningKey, method: str, url: str, body: bytes | None
) -> dict[str, str]:
    """The headers that sign a request to this address now."""
    parts = urlsplit(url)
    return signing.headers(
        key,
        method=method,
        path=parts.path,
        authority=parts.netloc,
        body=body,
        created=int(clock.timestamp()),
    )


def _good_for(body: Json) -> FreshToken:
    return FreshToken(
        token=str(body["access_token"]), seconds=float(body["expires_in"])
    )
