"""eBay's OAuth: keysets, sellers, consents and tokens.

developer.ebay.com, 'The authorization code grant flow': access tokens live 7,200 s,
consents 18 months, codes five minutes; a refresh keeps the refresh token.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import itertools
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from stores.sandbox.ebay.answers import access_denied, invalid_token, missing_token

Json = dict[str, Any]

ACCESS_SECONDS, CODE_SECONDS = 7200, 299
CONSENT_SECONDS = 47_304_000
BASE = "https://api.ebay.com/oauth/api_scope"
FULFILLMENT_SCOPE = f"{BASE}/sell.fulfillment"
READ_SCOPE = f"{BASE}/sell.fulfillment.readonly"
FINANCE_SCOPE = f"{BASE}/sell.finances"
SCOPES = frozenset(
    {
        BASE,
        FULFILLMENT_SCOPE,
        READ_SCOPE,
        FINANCE_SCOPE,
        *(
            f"{BASE}/{name}"
            for name in (
                *("sell.inventory", "sell.inventory.readonly", "sell.finances"),
                *("sell.account", "sell.account.readonly", "sell.payment.dispute"),
                "commerce.notification.subscription",
                "commerce.notification.subscription.readonly",
            )
        ),
    }
)
CLIENT_ID, CLIENT_SECRET = "Demo-shipsync-PRD-demo", "PRD-demo-secret"
RU_NAME, SELLER_ID = "Demo_Trading-Demoship-shipsy-demo", "demo_trading"
REFRESH_TOKEN = "v^1.1#i^1#r^1#demo"  # noqa: S105 - a simulated one


@dataclass(slots=True, kw_only=True)
class App:
    """A production keyset; ``accept_url`` is the address behind its RuName."""

    client_id: str
    client_secret: str
    ru_name: str = RU_NAME
    accept_url: str = ""
    disabled: bool = False


@dataclass(slots=True, kw_only=True)
class Seller:
    """An eBay user who sells."""

    id: str
    marketplaces: list[str] = field(default_factory=lambda: ["EBAY_GB"])
    ship_from_country: str = "GB"
    suspended: bool = False


@dataclass(slots=True, kw_only=True)
class Consent:
    """What a refresh token or an unused code stands for; times in Unix seconds."""

    client_id: str
    seller_id: str
    scopes: list[str]
    expires_at: float
    revoked: bool = False


@dataclass(slots=True, kw_only=True)
class Access:
    """What an access token stands for; the application's own has no seller."""

    client_id: str
    seller_id: str | None
    scopes: list[str]
    expires_at: float
    refresh_token: str | None = None


class OAuthError(Exception):
    """A refusal of the token endpoint: ``{"error", "error_description"}``."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status, self.error, self.description = status, error, description


class Auth:
    """Everybody who may call, and every token that was handed out."""

    def __init__(self) -> None:
        self.reset(0)

    def reset(self, seed: int) -> None:
        """One keyset and one British seller, who has consented."""
        self._seed, self._serial = seed, 0
        # Scopes that no consent holds for the moment.
        self.without: frozenset[str] = frozenset()
        self.apps: dict[str, App] = {}
        self.sellers: dict[str, Seller] = {}
        self.consents: dict[str, Consent] = {}
        self.codes: dict[str, Consent] = {}
        self.tokens: dict[str, Access] = {}
        self.apps[CLIENT_ID] = App(client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
        self.add_seller({"id": SELLER_ID, "refresh_token": REFRESH_TOKEN})

    def add_app(self, spec: Mapping[str, Any]) -> None:
        """Register or change {client_id, client_secret, ru_name, accept_url, disabled}."""
        client_id = str(spec["client_id"])
        app = self.apps.get(client_id) or App(client_id=client_id, client_secret="")
        for name in ("client_secret", "ru_name", "accept_url"):
            if name in spec:
                setattr(app, name, str(spec[name]))
        app.disabled = bool(spec.get("disabled", app.disabled))
        self.apps[client_id] = app

    def add_seller(self, spec: Mapping[str, Any]) -> None:
        """Register or change {id, marketplaces, ship_from_country, suspended}; with
        refresh_token (scopes, client_id) also a consent."""
        seller_id = str(spec["id"])
        seller = self.sellers.get(seller_id) or Seller(id=seller_id)
        if "marketplaces" in spec:
            seller.marketplaces = [str(name) for name in spec["marketplaces"]]
        if "ship_from_country" in spec:
            seller.ship_from_country = str(spec["ship_from_country"])
        seller.suspended = bool(spec.get("suspended", seller.suspended))
        self.sellers[seller_id] = seller
        if "refresh_token" in spec:
            self.consents[str(spec["refresh_token"])] = Consent(
                client_id=str(spec.get("client_id") or next(iter(self.apps))),
                seller_id=seller_id,
                scopes=[str(scope) for scope in spec.get("scopes", sorted(SCOPES))],
                expires_at=float(spec.get("expires_at", float(2**40))),
            )

    def authorise(
        self, client_id: str, seller_id: str, scopes: list[str], now: float
    ) -> str:
        """A seller consents; the code that the browser takes back."""
        if client_id not in self.apps:
            raise LookupError(f"no keyset {client_id!r}")
        if seller_id not in self.sellers:
            raise LookupError(f"no seller {seller_id!r}")
        code = self._mint("code")
        self.codes[code] = Consent(
            client_id=client_id,
            seller_id=seller_id,
            scopes=scopes,
            expires_at=now + CODE_SECONDS,
        )
        return code

    def token(
        self, header: str, form: Mapping[str, str], now: float
    ) -> tuple[Json, Access]:
        """Answer of the token endpoint; raises OAuthError."""
        app = self._app(header)
        kind = form.get("grant_type", "")
        wanted = [name for name in form.get("scope", "").split() if name]
        if [name for name in wanted if name not in SCOPES]:
            raise _invalid_scope()
        if kind == "client_credentials":
            if not wanted:
                raise _invalid_scope()
            return self._issue(app, None, wanted, None, now)
        if kind == "refresh_token":
            return self._refresh(app, form.get("refresh_token", ""), wanted, now)
        if kind == "authorization_code":
            return self._redeem(app, form, now)
        raise OAuthError(
            400, "unsupported_grant_type", "grant type in request is not supported"
        )

    def access(
        self,
        header: str,
        needed: frozenset[str],
        *,
        seller: bool,
        now: float,
        scheme: str = "bearer",
    ) -> Access:
        """Who calls, with one of the ``needed`` scopes; raises the ApiError.

        ``scheme`` is how the token must be announced: bearer, iaf for Post-Order.
        """
        kind, _, text = header.partition(" ")
        if not text:
            raise missing_token()
        access = self.tokens.get(text) if kind.lower() == scheme else None
        if access is None or now >= access.expires_at:
            raise invalid_token()
        if access.refresh_token is not None:
            consent = self.consents.get(access.refresh_token)
            if consent is None or consent.revoked:
                raise invalid_token()
        if not needed & set(access.scopes) or (seller and access.seller_id is None):
            raise access_denied()
        return access

    def dump(self) -> Json:
        """State as JSON."""
        return {
            "seed": self._seed,
            "serial": self._serial,
            **{
                name: {key: asdict(row) for key, row in getattr(self, name).items()}
                for name in _TABLES
            },
        }

    def load(self, state: Json) -> None:
        """Restore what :meth:`dump` returned."""
        self._seed, self._serial = state["seed"], state["serial"]
        for name, kind in _TABLES.items():
            setattr(self, name, {key: kind(**row) for key, row in state[name].items()})

    def _app(self, header: str) -> App:
        try:
            pair = base64.b64decode(header.removeprefix("Basic "), validate=True)
            client_id, _, secret = pair.decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            client_id = secret = ""
        app = self.apps.get(client_id)
        if app is None or app.client_secret != secret or not secret:
            raise OAuthError(401, "invalid_client", "client authentication failed")
        if app.disabled:
            raise OAuthError(
                401, "unauthorized_client", "client is not authorized: keyset disabled"
            )
        return app

    def _refresh(
        self, app: App, refresh: str, wanted: list[str], now: float
    ) -> tuple[Json, Access]:
        consent = self.consents.get(refresh)
        if (
            consent is None
            or consent.revoked
            or consent.client_id != app.client_id
            or now >= consent.expires_at
        ):
            raise OAuthError(
                400,
                "invalid_grant",
                "the provided authorization refresh token is invalid or was issued to "
                "another client",
            )
        if not set(wanted) <= set(consent.scopes) - self.without:
            raise _invalid_scope()
        scopes = wanted or list(consent.scopes)
        return self._issue(app, consent.seller_id, scopes, refresh, now)

    def _redeem(
        self, app: App, form: Mapping[str, str], now: float
    ) -> tuple[Json, Access]:
        code = self.codes.pop(form.get("code", ""), None)
        fits = form.get("redirect_uri") == app.ru_name
        if (
            code is None
            or not fits
            or code.client_id != app.client_id
            or now >= code.expires_at
        ):
            raise OAuthError(
                400,
                "invalid_grant",
                "the provided authorization grant code is invalid or was issued to "
                "another client",
            )
        refresh = self._mint("refresh")
        code.expires_at = now + CONSENT_SECONDS
        self.consents[refresh] = code
        body, access = self._issue(app, code.seller_id, code.scopes, refresh, now)
        body["refresh_token"] = refresh
        body["refresh_token_expires_in"] = CONSENT_SECONDS
        return body, access

    def _issue(
        self,
        app: App,
        seller_id: str | None,
        scopes: list[str],
        refresh: str | None,
        now: float,
    ) -> tuple[Json, Access]:
        token = self._mint("access")
        access = Access(
            client_id=app.client_id,
            seller_id=seller_id,
            scopes=scopes,
            refresh_token=refresh,
            expires_at=now + ACCESS_SECONDS,
        )
        self.tokens[token] = access
        for old in list(itertools.islice(self.tokens, max(0, len(self.tokens) - 500))):
            del self.tokens[old]
        kind = "Application" if seller_id is None else "User"
        return {
            "access_token": token,
            "expires_in": ACCESS_SECONDS,
            "token_type": f"{kind} Access Token",
        }, access

    def _mint(self, kind: str) -> str:
        self._serial += 1
        text = f"{self._seed}:{kind}:{self._serial}"
        # '^' and '#' as in eBay's own: clients must encode them.
        return f"v^1.1#i^1#{kind[0]}^0#{hashlib.sha256(text.encode()).hexdigest()}"


_TABLES: dict[str, type] = {
    "apps": App,
    "sellers": Seller,
    "consents": Consent,
    "codes": Consent,
    "tokens": Access,
}


def _invalid_scope() -> OAuthError:
    return OAuthError(
        400,
        "invalid_scope",
        "The requested scope is invalid, unknown, malformed, or exceeds the scope "
        "granted to the client",
    )
