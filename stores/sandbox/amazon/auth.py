"""Login with Amazon: applications, sellers, grants and tokens.

Grants, error bodies and lives as documented for SP-API ('Connect to the SP-API',
2026-08): access tokens live 3600 s, authorisation codes 5 minutes.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from stores.sandbox.amazon.answers import unauthorised
from stores.sandbox.amazon.marketplaces import find_marketplace

Json = dict[str, Any]

ACCESS_SECONDS = 3600
CODE_SECONDS = 300
GRANTLESS_SCOPES = (
    "sellingpartnerapi::notifications",
    "sellingpartnerapi::client_credential:rotation",
)
ROLES = (
    "inventory_and_order_tracking",
    "direct_to_consumer_shipping",
    "tax_invoicing",
    "tax_remittance",
)


@dataclass(slots=True, kw_only=True)
class App:
    """A developer's application; ``roles`` are those Amazon approved.

    Without ``redirect_uris`` the consent page sends the browser anywhere.
    """

    client_id: str
    client_secret: str
    roles: list[str] = field(default_factory=lambda: list(ROLES[:3]))
    secret_expired: bool = False
    application_id: str = ""
    draft: bool = False
    redirect_uris: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Seller:
    """A selling partner account in one region."""

    id: str
    name: str = "Demo Trading Ltd"
    region: str = "eu"
    marketplaces: list[str] = field(default_factory=list)
    ship_from_country: str = "GB"
    vat_countries: list[str] = field(default_factory=lambda: ["GB"])
    ioss_number: str = "IM4420001201"
    inactive: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Grant:
    """What a refresh token or an unused authorisation code stands for."""

    client_id: str
    seller_id: str
    revoked: bool = False
    expires_at: float | None = None


@dataclass(slots=True, kw_only=True)
class Access:
    """What an access token stands for; grantless ones have no seller."""

    client_id: str
    seller_id: str | None
    expires_at: float
    refresh_token: str | None = None


class LwaError(Exception):
    """A refusal of the token endpoint: ``{"error", "error_description"}``."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description


class Auth:
    """Everybody who may call, and every token that was handed out."""

    def __init__(self) -> None:
        self.reset(0)

    def reset(self, seed: int) -> None:
        """One application, one European seller in the UK, Germany and France."""
        self._seed = seed
        self._serial = 0
        self.apps: dict[str, App] = {}
        self.sellers: dict[str, Seller] = {}
        self.grants: dict[str, Grant] = {}
        self.codes: dict[str, Grant] = {}
        self.tokens: dict[str, Access] = {}
        self.add_app(
            {
                "client_id": "amzn1.application-oa2-client.demo",
                "client_secret": "demo-secret",
                "application_id": "amzn1.sp.solution.demo",
            }
        )
        self.add_seller(
            {
                "id": "A2DEMOSELLER",
                "refresh_token": "Atzr|demo",
                "marketplaces": ["UK", "DE", "FR"],
            }
        )

    def add_app(self, spec: Mapping[str, Any]) -> None:
        """Register or change ``{client_id, client_secret, roles?, secret_expired?,
        application_id?, draft?, redirect_uris?}``."""
        client_id = str(spec["client_id"])
        app = self.apps.get(client_id) or App(client_id=client_id, client_secret="")
        app.client_secret = str(spec.get("client_secret", app.client_secret))
        app.secret_expired = bool(spec.get("secret_expired", app.secret_expired))
        app.application_id = str(spec.get("application_id", app.application_id))
        app.draft = bool(spec.get("draft", app.draft))
        if "redirect_uris" in spec:
            app.redirect_uris = [str(uri) for uri in spec["redirect_uris"]]
        if "roles" in spec:
            app.roles = check_roles(spec["roles"])
        self.apps[client_id] = app

    def add_seller(self, spec: Mapping[str, Any]) -> None:
        """Register or change a seller and, with ``refresh_token``, grant it.

        Keys: id, name, region, marketplaces (ids or codes), ship_from_country,
        inactive (of them), vat_countries, ioss_number, refresh_token, client_id
        (default: the first application).
        Raises LookupError for a marketplace, ValueError for a region mismatch.
        """
        seller_id = str(spec["id"])
        seller = self.sellers.get(seller_id) or Seller(id=seller_id)
        for name in ("name", "region", "ship_from_country", "ioss_number"):
            if name in spec:
                setattr(seller, name, str(spec[name]))
        if "vat_countries" in spec:
            seller.vat_countries = [str(code) for code in spec["vat_countries"]]
        if "marketplaces" in spec:
            sites = [find_marketplace(str(name)) for name in spec["marketplaces"]]
            for site in sites:
                if site.region != seller.region:
                    raise ValueError(
                        f"seller {seller_id}: {site.code} belongs to region "
                        f"{site.region!r}, the seller to {seller.region!r}"
                    )
            seller.marketplaces = [site.id for site in sites]
        if "inactive" in spec:
            names = [str(name) for name in spec["inactive"]]
            seller.inactive = [find_marketplace(name).id for name in names]
        self.sellers[seller_id] = seller
        if "refresh_token" in spec:
            client_id = str(spec.get("client_id") or next(iter(self.apps)))
            self.grants[str(spec["refresh_token"])] = Grant(
                client_id=client_id, seller_id=seller_id
            )

    def authorise(self, spec: Mapping[str, Any], now: float) -> str:
        """A seller approves an application; the authorisation code of that consent."""
        seller_id = str(spec["seller_id"])
        if seller_id not in self.sellers:
            raise LookupError(f"no seller {seller_id!r}")
        code = self._mint("code")
        self.codes[code] = Grant(
            client_id=str(spec.get("client_id") or next(iter(self.apps))),
            seller_id=seller_id,
            expires_at=now + CODE_SECONDS,
        )
        return code

    def token(self, form: Mapping[str, str], now: float) -> tuple[Json, Access]:
        """Answer of ``POST /auth/o2/token``; raises LwaError."""
        kind = form.get("grant_type", "")
        if not kind:
            raise LwaError(
                400,
                "invalid_request",
                "The request is missing a required parameter : grant_type",
            )
        if kind not in ("refresh_token", "authorization_code", "client_credentials"):
            raise LwaError(
                400,
                "unsupported_grant_type",
                "The authorization grant type is not supported by the authorization "
                "server",
            )
        app = self.apps.get(form.get("client_id", ""))
        secret = form.get("client_secret")
        if app is None or app.client_secret != secret or app.secret_expired:
            raise LwaError(401, "invalid_client", "Client authentication failed")
        if kind == "client_credentials":
            if form.get("scope") not in GRANTLESS_SCOPES:
                raise LwaError(
                    400,
                    "invalid_scope",
                    "The requested scope is invalid, unknown, malformed, or exceeds "
                    "the scope granted to the client",
                )
            return self._issue(app.client_id, None, None, now)
        if kind == "authorization_code":
            refresh = self._redeem(app, form.get("code", ""), now)
        else:
            refresh = form.get("refresh_token", "")
        grant = self.grants.get(refresh)
        if grant is None or grant.revoked or grant.client_id != app.client_id:
            raise _invalid_grant("refresh_token")
        return self._issue(app.client_id, grant.seller_id, refresh, now)

    def access(self, header: str | None, now: float) -> tuple[App, Seller]:
        """Who calls with this ``x-amz-access-token``; raises the 403 ApiError."""
        if not header:
            raise unauthorised("Access token is missing in the request header.")
        access = self.tokens.get(header)
        if access is None:
            raise unauthorised(
                "The access token you provided is revoked, malformed or invalid."
            )
        if now >= access.expires_at:
            raise unauthorised("The access token you provided has expired.")
        grant = self.grants.get(access.refresh_token or "")
        app = self.apps.get(access.client_id)
        seller = self.sellers.get(access.seller_id or "")
        if app is None or seller is None or grant is None or grant.revoked:
            raise unauthorised(
                "The access token you provided is revoked, malformed or invalid."
            )
        return app, seller

    def application(self, header: str | None, now: float) -> App:
        """Which application calls with a grantless token; raises the 403 ApiError."""
        access = self.tokens.get(header or "")
        app = self.apps.get(access.client_id) if access else None
        if access is None or app is None or access.seller_id is not None:
            raise unauthorised("A grantless token is needed here.")
        if now >= access.expires_at:
            raise unauthorised("The access token you provided has expired.")
        return app

    def dump(self) -> Json:
        """State as JSON."""
        return {
            "seed": self._seed,
            "serial": self._serial,
            "apps": [asdict(app) for app in self.apps.values()],
            "sellers": [asdict(seller) for seller in self.sellers.values()],
            "grants": {key: asdict(value) for key, value in self.grants.items()},
            "codes": {key: asdict(value) for key, value in self.codes.items()},
            "tokens": {key: asdict(value) for key, value in self.tokens.items()},
        }

    def load(self, state: Json) -> None:
        """Restore what :meth:`dump` returned."""
        self._seed, self._serial = state["seed"], state["serial"]
        self.apps = {row["client_id"]: App(**row) for row in state["apps"]}
        self.sellers = {row["id"]: Seller(**row) for row in state["sellers"]}
        self.grants = {key: Grant(**row) for key, row in state["grants"].items()}
        self.codes = {key: Grant(**row) for key, row in state["codes"].items()}
        self.tokens = {key: Access(**row) for key, row in state["tokens"].items()}

    def _redeem(self, app: App, code: str, now: float) -> str:
        grant = self.codes.pop(code, None)
        if (
            grant is None
            or grant.client_id != app.client_id
            or now >= (grant.expires_at or 0)
        ):
            raise _invalid_grant("code")
        refresh = f"Atzr|{self._mint('refresh')}"
        self.grants[refresh] = Grant(client_id=app.client_id, seller_id=grant.seller_id)
        return refresh

    def _issue(
        self, client_id: str, seller_id: str | None, refresh: str | None, now: float
    ) -> tuple[Json, Access]:
        token = f"Atza|{self._mint('access')}"
        access = Access(
            client_id=client_id,
            seller_id=seller_id,
            refresh_token=refresh,
            expires_at=now + ACCESS_SECONDS,
        )
        self.tokens[token] = access
        # Old ones stay known for a while, so that 'expired' and 'invalid' differ.
        for old in list(itertools.islice(self.tokens, max(0, len(self.tokens) - 500))):
            if self.tokens[old].expires_at <= now:
                del self.tokens[old]
        body: Json = {"access_token": token}
        if refresh is not None:
            body["refresh_token"] = refresh
        return body | {"token_type": "bearer", "expires_in": ACCESS_SECONDS}, access

    def _mint(self, purpose: str) -> str:
        self._serial += 1
        text = f"{self._seed}:{purpose}:{self._serial}"
        return "IwEB" + hashlib.sha256(text.encode()).hexdigest()


def check_roles(roles: object) -> list[str]:
    """The roles as a list; ValueError names an unknown one and lists the known."""
    if not isinstance(roles, list):
        raise ValueError(f"roles={roles!r}: expected a list")
    for role in roles:
        if role not in ROLES:
            raise ValueError(f"roles: no role {role!r}; there are: {', '.join(ROLES)}")
    return list(roles)


def _invalid_grant(parameter: str) -> LwaError:
    return LwaError(
        400,
        "invalid_grant",
        f"The request has an invalid grant parameter : {parameter}. "
        "User may have revoked or didn't grant the permission.",
    )
