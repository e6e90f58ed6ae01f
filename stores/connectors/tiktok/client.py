"""TikTok's operations for one account: signed, with token and quota; answers out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shipsync_site.lib import clock
from stores.connectors.base import AccountConfig, TokenStore
from stores.connectors.tiktok import errors
from stores.connectors.tiktok.access import Access
from stores.connectors.tiktok.operations import Operation
from stores.connectors.tiktok.refusals import BAD_ID, READ, Row
from stores.connectors.tiktok.regions import API_HOST, CONSENT_HOST
from stores.connectors.tiktok.sign import request_sign
from stores.errors import UnauthorisedError
from stores.http import Answer, Call, Gateway

Json = dict[str, Any]

SELLER = "access"


class TikTokClient:
    """Sends one operation at a time; raises only :mod:`stores.errors`."""

    def __init__(
        self, account: AccountConfig, *, gateway: Gateway, tokens: TokenStore
    ) -> None:
        self._account = account
        self._gateway = gateway
        self._tokens = tokens
        self.access = Access(account, gateway=gateway, tokens=tokens)

    def __repr__(self) -> str:
        return f"TikTokClient({self._account.key})"

    @property
    def consent_host(self) -> str:
        """Where a seller's browser goes to authorise the app."""
        return self._account.sandbox_url or CONSENT_HOST

    def send(
        self,
        operation: Operation,
        *,
        cipher: str = "",
        ids: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        refusals: Mapping[int, Row] = READ,
        urgent: bool = False,
        subjects: int = 1,
    ) -> Answer:
        """Send with an access token; a stale one is replaced once.

        ``cipher`` names the shop. ``refusals`` is the table for what TikTok may say no
        to; the answer that comes back is a success.
        """
        if ids:
            # One number for a bad id and bad credentials: lists tell the latter.
            refusals = {errors.BAD_CREDENTIAL: BAD_ID, **refusals}
        token = self._tokens.get(SELLER)
        fresh = not token
        while True:
            if not token:
                token = self._tokens.refresh(SELLER, self.access.fresh)
            call = replace(
                self._call(operation, token, cipher, ids, query, body),
                urgent=urgent,
                subjects=subjects,
            )
            try:
                return self._gateway.send(call, classify=_classify(call, refusals))
            except UnauthorisedError as error:
                if fresh or error.code not in errors.STALE_TOKEN:
                    raise
                token, fresh = "", True

    def _call(
        self,
        operation: Operation,
        token: str,
        cipher: str,
        ids: Mapping[str, str] | None,
        query: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
    ) -> Call:
        path = operation.at(**(ids or {}))
        content = b""
        if body is not None:
            content = json.dumps(
                body, ensure_ascii=False, separators=(",", ":")
            ).encode()
        params = {
            "app_key": str(self._account.settings.get("app_key", "")),
            "timestamp": str(int(clock.timestamp())),
            **({"shop_cipher": cipher} if cipher else {}),
            **(query or {}),
        }
        secret = self._account.secrets.get("app_secret", "")
        # Signed over the path on TikTok's own host, whatever ours begins with.
        params["sign"] = request_sign(secret, path, params, content)
        return Call(
            operation=operation.name,
            method=operation.method,
            url=f"{self._account.sandbox_url or API_HOST}{path}",
            groups=(operation.name,),
            params=params,
            data=content or None,
            headers={
                "x-tts-access-token": token,
                "content-type": "application/json",
            },
            write=operation.write,
        )


def _classify(call: Call, refusals: Mapping[int, Row]) -> Any:
    def classify(answer: Answer) -> None:
        errors.check(answer, call, refusals)

    return classify
