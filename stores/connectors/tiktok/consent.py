"""A seller's authorisation: the page, the code, and when it ends.

Partner Center, 'Authorization guide'. The redirect address is the app's own setting and
no parameter; the code is good for 30 minutes and once; a refusal comes back as
``code=null`` with an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import MAXYEAR, datetime
from urllib.parse import urlencode

from stores.connectors.base import AccountConfig
from stores.connectors.tiktok.access import ENDS_AT, REFRESH_TOKEN
from stores.connectors.tiktok.client import TikTokClient
from stores.connectors.tiktok.regions import CONSENT_PATH
from stores.errors import RejectedError, UnauthorisedError
from stores.remote_types import Expiry, Grant

REMEDY = "Let the seller authorise again, on the account's page, before that day."
WHAT = "The seller's authorisation"


def consent_url(client: TikTokClient, account: AccountConfig, *, state: str) -> str:
    """The page on which the seller authorises the app."""
    service_id = str(account.settings.get("service_id") or "")
    if not service_id:
        raise RejectedError(
            "The account has no service ID: enter it first",
            code="not_set",
            field="service_id",
        )
    query = urlencode({"service_id": service_id, "state": state})
    return f"{client.consent_host}{CONSENT_PATH}?{query}"


def redeem(client: TikTokClient, answer: Mapping[str, str]) -> Grant:
    """The refresh token for what the seller's browser brought back."""
    code = answer.get("code", "")
    if not code or code == "null":
        reason = answer.get("error", "")[:60]
        raise RejectedError(
            "The seller did not authorise the app"
            + (f" (TikTok says {reason!r})" if reason else "")
            + ": start again and agree at TikTok",
            code=reason or "no_code",
            field="code",
        )
    try:
        return client.access.redeem(code)
    except UnauthorisedError as error:
        if error.reason == "bad_key":
            raise
        number = error.code
    raise RejectedError(
        "TikTok no longer takes the authorisation's code: it is good for 30 minutes and "
        f"once, and only with the app it was made for (TikTok {number}). Start again",
        code=number,
        field="code",
    )


def expiries(account: AccountConfig) -> tuple[Expiry, ...]:
    """When the authorisation ends; nothing where TikTok has not told it yet."""
    if not account.secrets.get(REFRESH_TOKEN):
        return ()
    try:
        ends_at = datetime.fromisoformat(str(account.settings.get(ENDS_AT) or ""))
    except ValueError:
        return ()
    if ends_at.tzinfo is None or ends_at.year >= MAXYEAR:
        return ()
    return (Expiry(what=WHAT, at=ends_at, remedy=REMEDY),)
