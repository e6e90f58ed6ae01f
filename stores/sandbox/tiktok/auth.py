"""Apps, sellers with their shops, consents and tokens.

Sheet section 1. A refresh gives a new pair of tokens; the old refresh token dies when
the new pair is first used (setting ``rotation``: ``on_use``), so that an answer which
was lost can be asked for again; or ``at_once``, or never (``keep``).
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from stores.sandbox.tiktok.accounts import (
    ACCESS_SECONDS,
    APP_KEY,
    APP_SECRET,
    CODE_SECONDS,
    CONSENT_SECONDS,
    OPEN_ID,
    REFRESH_TOKEN,
    SCOPES,
    SHOP_CIPHER,
    SHOP_ID,
    Access,
    App,
    Grant,
    Seller,
    Shop,
)
from stores.sandbox.tiktok.answers import (
    CIPHER,
    CREDENTIAL,
    SCOPE_MISSING,
    TOKEN_EXPIRED,
    TOKEN_INVALID,
    ApiError,
)
from stores.sandbox.tiktok.carriers import options_of

Json = dict[str, Any]

# Of the token endpoint; 36004001 and 36004005 as integrators report them.
CODE_UNKNOWN, REFRESH_EXPIRED, REFRESH_UNKNOWN = 36004004, 36004001, 36004005


class Auth:
    """Everybody who may call, and every token that was handed out."""

    def __init__(self) -> None:
        self.reset(0)

    def reset(self, seed: int) -> None:
        """One app and one British seller with one shop, who has consented."""
        self._seed, self._serial = seed, 0
        self.rotation, self.consent_seconds = "on_use", CONSENT_SECONDS
        self.apps: dict[str, App] = {}
        self.sellers: dict[str, Seller] = {}
        self.codes: dict[str, Grant] = {}
        self.grants: dict[str, Grant] = {}
        self.tokens: dict[str, Access] = {}
        self.apps[APP_KEY] = App(app_key=APP_KEY, app_secret=APP_SECRET)
        self.add_seller(
            {
                "open_id": OPEN_ID,
                "name": "Demo Trading",
                "shops": [{"id": SHOP_ID, "name": "Demo Trading UK"}],
                "refresh_token": REFRESH_TOKEN,
            }
        )

    def add_app(self, spec: Mapping[str, Any]) -> None:
        """Register or change {app_key, app_secret, service_id, name, redirect_url,
        disabled}."""
        key = str(spec["app_key"])
        app = self.apps.get(key) or App(app_key=key, app_secret="")
        for name in ("app_secret", "service_id", "name", "redirect_url"):
            if name in spec:
                setattr(app, name, str(spec[name]))
        app.disabled = bool(spec.get("disabled", app.disabled))
        self.apps[key] = app

    def add_seller(self, spec: Mapping[str, Any]) -> None:
        """Register or change {open_id, name, region, shops}; with refresh_token
        (scopes, app_key, expires_at) also a consent."""
        open_id = str(spec["open_id"])
        seller = self.sellers.get(open_id) or Seller(open_id=open_id, name=open_id)
        seller.name = str(spec.get("name", seller.name))
        seller.region = str(spec.get("region", seller.region))
        options_of(seller.region)
        for row in spec.get("shops", []):
            self._add_shop(seller, row)
        self.sellers[open_id] = seller
        if "refresh_token" in spec:
            until = int(spec.get("expires_at", 2**40))
            self.grants[str(spec["refresh_token"])] = Grant(
                app_key=str(spec.get("app_key") or next(iter(self.apps))),
                open_id=open_id,
                scopes=[str(scope) for scope in spec.get("scopes", SCOPES)],
                expires_at=until,
                consent_until=until,
            )

    def _add_shop(self, seller: Seller, row: Mapping[str, Any]) -> None:
        shop_id = str(row["id"])
        region = str(row.get("region", seller.region))
        options_of(region)
        default = SHOP_CIPHER if shop_id == SHOP_ID else f"GCP_demo{region}{shop_id}"
        shop = Shop(
            id=shop_id,
            name=str(row.get("name", shop_id)),
            region=region,
            cipher=str(row.get("cipher", default)),
            code=str(row.get("code", f"{region}LC{shop_id[-6:]}")),
            seller_type=str(row.get("seller_type", "LOCAL")),
        )
        seller.shops = [each for each in seller.shops if each.id != shop_id] + [shop]

    def app_of_service(self, service_id: str) -> App | None:
        """The app that a consent page is asked for."""
        return next(
            (app for app in self.apps.values() if app.service_id == service_id), None
        )

    def shop(self, shop_id: str) -> tuple[Seller, Shop]:
        """A shop and whose it is; LookupError."""
        for seller in self.sellers.values():
            for shop in seller.shops:
                if shop.id == shop_id:
                    return seller, shop
        raise LookupError(f"no shop {shop_id!r}")

    def authorise(
        self, app_key: str, open_id: str, scopes: list[str], now: float
    ) -> str:
        """A seller consents; the code that the browser takes back."""
        if app_key not in self.apps:
            raise LookupError(f"no app {app_key!r}")
        if open_id not in self.sellers:
            raise LookupError(f"no seller {open_id!r}")
        code = self._mint("TTP")
        self.codes[code] = Grant(
            app_key=app_key,
            open_id=open_id,
            scopes=scopes,
            expires_at=int(now) + CODE_SECONDS,
            consent_until=0,
        )
        return code

    def token(self, call: str, query: Mapping[str, str], now: float) -> Json:
        """The ``data`` of token/get or token/refresh; raises ApiError."""
        app = self.apps.get(query.get("app_key", ""))
        secret = query.get("app_secret", "")
        if app is None or app.disabled or not secret or secret != app.app_secret:
            raise ApiError(CREDENTIAL, "app_key or app_secret is invalid")
        wanted = "authorized_code" if call == "get" else "refresh_token"
        if query.get("grant_type") != wanted:
            raise ApiError(CREDENTIAL, f"grant_type must be {wanted}")
        if call == "get":
            grant = self.codes.pop(query.get("auth_code", ""), None)
            if grant is None or grant.app_key != app.app_key or now >= grant.expires_at:
                raise ApiError(CODE_UNKNOWN, "auth_code is invalid or has expired")
            until = int(now) + self.consent_seconds
            return self._issue(grant, until, "", now)
        old = query.get("refresh_token", "")
        grant = self.grants.get(old)
        if grant is None or grant.revoked or grant.dead or grant.app_key != app.app_key:
            raise ApiError(REFRESH_UNKNOWN, "can not find related auth record")
        if now >= grant.expires_at:
            raise ApiError(REFRESH_EXPIRED, "refresh_token has expired")
        self._used(grant)
        return self._issue(grant, grant.consent_until, old, now)

    def access(self, token: str, app_key: str, scope: str, now: float) -> Access:
        """Who calls; raises ApiError 105001, 105002 or 105005."""
        access = self.tokens.get(token)
        grant = self.grants.get(access.refresh_token) if access else None
        if access is None or access.app_key != app_key:
            raise ApiError(TOKEN_INVALID, "access token is invalid")
        if grant is not None and grant.revoked:
            raise ApiError(TOKEN_INVALID, "the seller has withdrawn the consent")
        if now >= access.expires_at:
            raise ApiError(TOKEN_EXPIRED, "access token is expired, please refresh it")
        if scope and scope not in access.scopes:
            raise ApiError(SCOPE_MISSING, f"the consent lacks the scope {scope}")
        if grant is not None:
            self._used(grant)
        return access

    def shop_of(self, access: Access, cipher: str) -> Shop:
        """The caller's shop of this cipher; ApiError 106013."""
        for shop in self.sellers[access.open_id].shops:
            if cipher and shop.cipher == cipher:
                return shop
        raise ApiError(CIPHER, "shop_cipher is missing or is none of the seller's")

    def revoke(self, open_id: str) -> int:
        """A seller withdraws all consents; how many there were."""
        hit = [
            grant
            for grant in self.grants.values()
            if grant.open_id == open_id and not grant.revoked
        ]
        for grant in hit:
            grant.revoked = True
        return len(hit)

    def dump(self) -> Json:
        """State as JSON."""
        return {
            "seed": self._seed,
            "serial": self._serial,
            "rotation": self.rotation,
            "consent_seconds": self.consent_seconds,
            **{
                name: {key: asdict(row) for key, row in getattr(self, name).items()}
                for name in _TABLES
            },
        }

    def load(self, state: Json) -> None:
        """Restore what :meth:`dump` returned."""
        self._seed, self._serial = state["seed"], state["serial"]
        self.rotation = state["rotation"]
        self.consent_seconds = state["consent_seconds"]
        for name, kind in _TABLES.items():
            setattr(self, name, {key: kind(**row) for key, row in state[name].items()})
        for seller in self.sellers.values():
            seller.shops = [Shop(**dict(row)) for row in seller.shops]  # type: ignore[call-overload]

    def _used(self, grant: Grant) -> None:
        """The pair of this grant is in use: what it replaced dies."""
        old, grant.replaces = grant.replaces, ""
        if old and self.rotation == "on_use":
            self._bury(old)

    def _bury(self, refresh_token: str) -> None:
        if refresh_token in self.grants:
            self.grants[refresh_token].dead = True

    def _issue(self, grant: Grant, until: int, old: str, now: float) -> Json:
        refresh, token = self._mint("TTR"), self._mint("TTA")
        if old and self.rotation == "keep":
            refresh = old
        else:
            self.grants[refresh] = Grant(
                app_key=grant.app_key,
                open_id=grant.open_id,
                scopes=list(grant.scopes),
                expires_at=until,
                consent_until=until,
                replaces=old,
            )
            if old and self.rotation == "at_once":
                self._bury(old)
        self.tokens[token] = Access(
            app_key=grant.app_key,
            open_id=grant.open_id,
            scopes=list(grant.scopes),
            expires_at=min(int(now) + ACCESS_SECONDS, until),
            refresh_token=refresh,
        )
        for gone in list(itertools.islice(self.tokens, max(0, len(self.tokens) - 500))):
            del self.tokens[gone]
        seller = self.sellers[grant.open_id]
        return {
            "access_token": token,
            "access_token_expire_in": self.tokens[token].expires_at,
            "refresh_token": refresh,
            "refresh_token_expire_in": until,
            "open_id": seller.open_id,
            "seller_name": seller.name,
            "seller_base_region": seller.region,
            "user_type": 0,
            "granted_scopes": list(grant.scopes),
        }

    def _mint(self, kind: str) -> str:
        self._serial += 1
        text = f"{self._seed}:{kind}:{self._serial}"
        return f"{kind}_{hashlib.sha256(text.encode()).hexdigest()}"


_TABLES: dict[str, type] = {
    "apps": App,
    "sellers": Seller,
    "codes": Grant,
    "grants": Grant,
    "tokens": Access,
}
