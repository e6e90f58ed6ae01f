"""How a seller lets our application in, and when that ends.

SP-API documentation, 'Website Authorization Workflow' and 'Renew Authorizations'
(August 2026): the seller's browser goes to Seller Central's consent page and comes
back with ``spapi_oauth_code`` (good for five minutes), ``selling_partner_id`` and
``state``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

from stores.connectors.amazon.client import AmazonClient
from stores.connectors.amazon.marketplaces import MARKETPLACES
from stores.connectors.base import AccountConfig
from stores.errors import RejectedError, UnauthorisedError
from stores.remote_types import Expiry, Grant

CLIENT_SECRET, REFRESH_TOKEN = "lwa_client_secret", "refresh_token"
# LWA client secrets must be rotated every 180 days (rule since February 2023).
SECRET_LIFE = timedelta(days=180)
# A public application must be authorised again every 365 days.
CONSENT_LIFE = timedelta(days=365)
PATH = "/apps/authorize/consent"

_SITES = dict(MARKETPLACES)
# These share one Seller Central; every other marketplace has its own.
_EUROPE = "sellercentral-europe.amazon.com"
_UNIFIED = frozenset(
    {"amazon.co.uk", "amazon.de", "amazon.fr", "amazon.it", "amazon.es"}
)
_DEFAULT_SITES = {"na": "amazon.com", "fe": "amazon.co.jp"}


def url(account: AccountConfig, *, state: str, redirect_uri: str) -> str:
    """Seller Central's consent page for our application.

    Raises RejectedError naming the setting that is missing.
    """
    application = account.app_id
    if not application:
        raise RejectedError(
            "The application id (amzn1.sp.solution.…) is missing: enter it in the "
            "account's settings.",
            code="not_configured",
            field="app_id",
        )
    query = {"application_id": application, "state": state}
    if redirect_uri:
        query["redirect_uri"] = redirect_uri
    if account.settings.get("draft_application"):
        query["version"] = "beta"
    base = account.sandbox_url or f"https://{_seller_central(account)}"
    return f"{base}{PATH}?{urlencode(query)}"


def redeem(
    client: AmazonClient,
    account: AccountConfig,
    answer: Mapping[str, str],
    *,
    redirect_uri: str,
) -> Grant:
    """The refresh token behind what the browser brought back.

    Raises RejectedError when there is no code, it is spent, or another seller gave it.
    """
    code = answer.get("spapi_oauth_code", "")
    if not code:
        raise RejectedError(
            "Amazon sent the browser back without an authorisation: the seller did not "
            "agree. Nothing was changed.",
            code="declined",
        )
    seller = answer.get("selling_partner_id", "")
    if seller != account.seller_id:
        raise RejectedError(
            f"The seller who agreed is {seller[:40] or 'not named'}, this account is "
            f"for {account.seller_id}. Sign in to Seller Central as that seller, or "
            "correct the seller id here.",
            code="other_seller",
            field="selling_partner_id",
        )
    try:
        token = client.refresh_token(code, redirect_uri)
    except UnauthorisedError as error:
        if error.code != "invalid_grant":
            raise
    else:
        return Grant(secrets={REFRESH_TOKEN: token})
    raise RejectedError(
        "Amazon no longer takes this authorisation code: it works once, for five "
        "minutes. Press 'Connect' again.",
        code="code_spent",
        field="spapi_oauth_code",
    )


def expiries(account: AccountConfig) -> tuple[Expiry, ...]:
    """When the client secret ends and, for a public application, the consent."""
    found = []
    entered = account.secret_set_at(CLIENT_SECRET)
    if entered is not None and account.secrets.get(CLIENT_SECRET):
        found.append(
            Expiry(
                what="LWA client secret",
                at=entered + SECRET_LIFE,
                remedy="Rotate the secret of the application in Seller Central, then "
                "enter the new one on the account's page.",
            )
        )
    granted = account.secret_set_at(REFRESH_TOKEN)
    yearly = account.settings.get("yearly_authorisation", True)
    if yearly and granted is not None and account.secrets.get(REFRESH_TOKEN):
        found.append(
            Expiry(
                what="Seller's authorisation",
                at=granted + CONSENT_LIFE,
                remedy="Press 'Renew consent' on the account's page and agree as the "
                "seller in Seller Central.",
            )
        )
    return tuple(found)


def _seller_central(account: AccountConfig) -> str:
    """The host of the seller's own Seller Central."""
    sites = [_SITES[key] for key in account.marketplace_ids if key in _SITES]
    if account.region == "eu" and (not sites or _UNIFIED & set(sites)):
        return _EUROPE
    site = sites[0] if sites else _DEFAULT_SITES.get(account.region, "amazon.com")
    return f"sellercentral.{site}"
