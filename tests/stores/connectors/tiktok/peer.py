"""A scripted TikTok for one account, on its real hosts."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import responses

from shipsync_site.lib import clock
from stores import budgets
from stores.connectors.base import AccountConfig, TokenFetcher
from stores.connectors.tiktok.connector import TikTokConnector
from stores.connectors.tiktok.regions import API_HOST, AUTH_HOST
from stores.http import Gateway

ACCOUNT = "remote-1"
KEY, SECRET = "demo_key", "demo_secret_0123456789"
REFRESH_URL = f"{AUTH_HOST}/api/v2/token/refresh"
GET_URL = f"{AUTH_HOST}/api/v2/token/get"
SHOPS_URL = f"{API_HOST}/authorization/202309/shops"
SEARCH_URL = f"{API_HOST}/order/202309/orders/search"
DETAIL_URL = f"{API_HOST}/order/202507/orders"
CANCELLATIONS_URL = f"{API_HOST}/return_refund/202602/cancellations/search"
SHIP_URL = f"{API_HOST}/fulfillment/202309/orders/576500000000000001/packages"
PROVIDERS_URL = (
    f"{API_HOST}/logistics/202309/delivery_options/7129104820129498905"
    "/shipping_providers"
)
SHOP = {
    "id": "7490000000000000001",
    "name": "Demo Trading UK",
    "region": "GB",
    "seller_type": "LOCAL",
    "cipher": "GB_demo_cipher",
    "code": "GBLC000001",
}


class Tokens:
    """A token store without a database: what processes share of one account."""

    def __init__(self, **secrets: str) -> None:
        self.secrets = secrets
        self.kept: dict[str, str] = {}
        self.settings: dict[str, Any] = {}
        self.seconds: dict[str, float] = {}
        self._handed_out: dict[str, str] = {}

    def get(self, kind: str) -> str:
        self._handed_out[kind] = self.kept.get(kind, "")
        return self._handed_out[kind]

    def refresh(self, kind: str, fetch: TokenFetcher) -> str:
        known = self.kept.get(kind, "")
        if not known or known == self._handed_out.get(kind):
            fresh = fetch()
            self.kept[kind], self.seconds[kind] = fresh.token, fresh.seconds
            self.secrets |= fresh.secrets
            self.settings |= fresh.settings
        return self.kept[kind]

    def secret(self, name: str) -> str:
        return self.secrets.get(name, "")


def connector(
    tokens: Tokens | None = None, *, with_budgets: bool = True, **changes: Any
) -> TikTokConnector:
    """The connector of a consented account on TikTok's real hosts."""
    if with_budgets:
        budgets.ensure(ACCOUNT, TikTokConnector.budget_specs)
    values: dict[str, Any] = {
        "key": ACCOUNT,
        "environment": "production",
        "region": "",
        "seller_id": "GBLC000001",
        "settings": {"app_key": KEY, "service_id": "73"},
        "secrets": {"app_secret": SECRET, "refresh_token": "first"},
        "marketplace_ids": ("GB",),
    }
    account = AccountConfig(**(values | changes))
    store = tokens or Tokens(**account.secrets)
    return TikTokConnector(account, gateway=Gateway(ACCOUNT), tokens=store)


def good(data: Any = None, **more: Any) -> dict[str, Any]:
    """A successful envelope."""
    body = {"code": 0, "message": "Success", "request_id": "r-1"}
    return body | {"data": {} if data is None else data} | more


def bad(code: int, message: str = "Something") -> dict[str, Any]:
    """A refusal's envelope."""
    return {"code": code, "message": message, "request_id": "r-2", "data": None}


def token_data(number: int = 1, **changes: Any) -> dict[str, Any]:
    """What the token endpoint gives: access-N and refresh-N, times absolute."""
    now = int(clock.timestamp())
    return {
        "access_token": f"access-{number}",
        "access_token_expire_in": now + 7 * 86_400,
        "refresh_token": f"refresh-{number}",
        "refresh_token_expire_in": now + 90 * 86_400,
        "open_id": "open-1",
        "seller_name": "Demo Trading",
        "seller_base_region": "GB",
        "user_type": 0,
        "granted_scopes": ["seller.order.info"],
        **changes,
    }


def sent(mock: responses.RequestsMock, url: str) -> list[Any]:
    """The requests that went to an address, without their queries."""
    return [
        call.request
        for call in mock.calls
        if str(call.request.url).partition("?")[0] == url
    ]


def query_of(request: Any) -> dict[str, str]:
    """A request's query, decoded."""
    return dict(parse_qsl(urlsplit(str(request.url)).query, keep_blank_values=True))
