"""Tokens: what a code or a refresh token is changed for; times are absolute.

Partner Center, 'Authorization guide': ``access_token_expire_in`` and
``refresh_token_expire_in`` are Unix seconds, not spans, and a refresh may bring another
refresh token, which ends the old one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import MAXYEAR, UTC, datetime
from typing import Any

from shipsync_site.lib import clock
from stores.connectors.base import AccountConfig, TokenStore
from stores.connectors.tiktok.errors import check_token, data_of
from stores.connectors.tiktok.regions import (
    AUTH_HOST,
    TOKEN_GET_PATH,
    TOKEN_REFRESH_PATH,
)
from stores.errors import UnauthorisedError
from stores.http import Answer, Call, Gateway
from stores.remote_types import FreshToken, Grant

Json = dict[str, Any]

REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name of a secret
ENDS_AT, SELLER_NAME, OPEN_ID = "authorisation_ends_at", "seller_name", "open_id"
SCOPES = "granted_scopes"
# Real seconds. The lease of a refresh is 30: an answer that came after it would bring a
# refresh token that nobody keeps, and end the one that others still use.
ANSWER_WITHIN = 15.0


class Access:
    """The token endpoint for one account."""

    def __init__(
        self, account: AccountConfig, *, gateway: Gateway, tokens: TokenStore
    ) -> None:
        self._account = account
        self._gateway = gateway
        self._tokens = tokens

    def __repr__(self) -> str:
        return f"Access({self._account.key})"

    def redeem(self, code: str) -> Grant:
        """A consent's code, good for half an hour and once, for the refresh token."""
        body = self._ask(
            "getAccessToken",
            TOKEN_GET_PATH,
            {"auth_code": code, "grant_type": "authorized_code"},
        )
        return Grant(secrets=_secrets(body), settings=_settings(body))

    def fresh(self) -> FreshToken:
        """A new access token, and the refresh token that replaces the one used.

        Only the token store calls this, in one process at a time: it reads the refresh
        token as it is now, since another process may have used the one we knew.
        """
        refresh_token = self._tokens.secret(REFRESH_TOKEN)
        if not refresh_token:
            raise UnauthorisedError(
                "The seller has not authorised the app yet: press 'Connect' on the "
                "account's page",
                reason="revoked",
                code="no_consent",
            )
        body = self._ask(
            "refreshAccessToken",
            TOKEN_REFRESH_PATH,
            {"refresh_token": refresh_token, "grant_type": "refresh_token"},
        )
        return FreshToken(
            token=body["access_token"],
            seconds=max(0.0, body["access_token_expire_in"] - clock.timestamp()),
            secrets=_secrets(body),
            settings=_settings(body),
        )

    def _ask(self, operation: str, path: str, query: Mapping[str, str]) -> Json:
        call = Call(
            operation=operation,
            method="GET",
            url=f"{self._account.sandbox_url or AUTH_HOST}{path}",
            params={
                "app_key": str(self._account.settings.get("app_key", "")),
                "app_secret": self._account.secrets.get("app_secret", ""),
                **query,
            },
            headers={"Accept": "application/json"},
            timeout=ANSWER_WITHIN,
        )
        answer = self._gateway.send(
            call, classify=lambda answer: check_token(answer, call)
        )
        return _tokens_of(answer)


def _tokens_of(answer: Answer) -> Json:
    """The data of a token answer; its body is never kept, it holds tokens."""
    body = data_of(answer)
    texts = ("access_token", REFRESH_TOKEN)
    numbers = ("access_token_expire_in", "refresh_token_expire_in")
    good = all(isinstance(body.get(name), str) and body[name] for name in texts)
    good = good and all(
        isinstance(body.get(name), int) and not isinstance(body[name], bool)
        for name in numbers
    )
    if good:
        return body
    error = answer.unexpected("TikTok answered without tokens or when they end")
    error.body = ""
    raise error


def _secrets(body: Json) -> dict[str, str]:
    return {REFRESH_TOKEN: body[REFRESH_TOKEN]}


def _settings(body: Json) -> Json:
    """What may be shown of a seller's authorisation."""
    try:
        ends_at = datetime.fromtimestamp(body["refresh_token_expire_in"], UTC)
    except (OverflowError, OSError, ValueError):
        # A consent without an end is told as one in a far century.
        ends_at = datetime(MAXYEAR, 12, 31, tzinfo=UTC)
    scopes = body.get("granted_scopes")
    return {
        ENDS_AT: ends_at.isoformat(timespec="seconds"),
        SELLER_NAME: str(body.get("seller_name") or "")[:100],
        OPEN_ID: str(body.get("open_id") or "")[:100],
        SCOPES: [str(row)[:100] for row in scopes] if isinstance(scopes, list) else [],
    }
