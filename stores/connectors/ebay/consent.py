"""A seller's consent: the page, the code, and when it ends.

developer.ebay.com, 'The authorization code grant flow': the redirect address is not an
address but the RuName, a name that eBay keeps for one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

from stores.connectors.base import AccountConfig
from stores.connectors.ebay.client import EbayClient
from stores.connectors.ebay.marketplaces import (
    AUTHORIZE_PATH,
    FINANCE_SCOPES,
    SELLER_SCOPES,
)
from stores.errors import RejectedError, UnauthorisedError
from stores.remote_types import Expiry, Grant

ENDS_AT = "consent_ends_at"
# 47,304,000 s is what eBay gives; the answer's own figure counts where there is one.
CONSENT_LIFE = timedelta(seconds=47_304_000)
REMEDY = "Let the seller consent again, on the account's page, before that day."


def consent_url(client: EbayClient, account: AccountConfig, *, state: str) -> str:
    """The consent page; it wants a login so that the right seller consents."""
    query = {
        "client_id": _setting(account, "client_id", "App ID"),
        "redirect_uri": _setting(account, "ru_name", "RuName"),
        "response_type": "code",
        "scope": " ".join((*SELLER_SCOPES, *FINANCE_SCOPES)),
        "state": state,
        "prompt": "login",
    }
    return f"{client.consent_host}{AUTHORIZE_PATH}?{urlencode(query)}"


def redeem(
    client: EbayClient,
    account: AccountConfig,
    answer: Mapping[str, str],
    *,
    now: datetime,
) -> Grant:
    """The refresh token for what the seller's browser brought back."""
    if not answer.get("code"):
        reason = answer.get("error", "")
        raise RejectedError(
            "The seller did not consent"
            + (f" (eBay says {reason[:60]!r})" if reason else "")
            + ": start again and agree at eBay",
            code=reason[:60] or "no_code",
            field="code",
        )
    try:
        body = client.redeem(answer["code"], _setting(account, "ru_name", "RuName"))
    except UnauthorisedError as error:
        if error.code != "invalid_grant":
            raise
        spent = True
    else:
        spent = False
    if spent:
        raise RejectedError(
            "eBay no longer takes the consent's code: it is good for five minutes and "
            "once, and only with the RuName it was made for. Start again",
            code="invalid_grant",
            field="code",
        )
    token, seconds = body.get("refresh_token"), body.get("refresh_token_expires_in")
    if not isinstance(token, str) or not token:
        raise RejectedError(
            "eBay answered without a refresh token: check that the application may act "
            "for sellers (User Tokens on developer.ebay.com)",
            code="no_refresh_token",
        )
    life = (
        timedelta(seconds=seconds)
        if isinstance(seconds, int | float) and seconds > 0
        else CONSENT_LIFE
    )
    return Grant(
        secrets={"refresh_token": token},
        settings={ENDS_AT: (now + life).isoformat(timespec="seconds")},
    )


def expiries(account: AccountConfig) -> tuple[Expiry, ...]:
    """When the consent ends; for a token entered by hand, when at the latest."""
    if not account.secrets.get("refresh_token"):
        return ()
    ends_at = _moment(account.settings.get(ENDS_AT))
    if ends_at is not None:
        return (Expiry(what="The seller's consent", at=ends_at, remedy=REMEDY),)
    entered = account.secret_set_at("refresh_token")
    if entered is None:
        return ()
    return (
        Expiry(
            what="The seller's consent (its day is not known; at the latest)",
            at=entered + CONSENT_LIFE,
            remedy=REMEDY,
        ),
    )


def _moment(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value)) if value else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo else None


def _setting(account: AccountConfig, name: str, label: str) -> str:
    value = str(account.settings.get(name, ""))
    if not value:
        raise RejectedError(
            f"The account has no {label}: enter it first", code="not_set", field=name
        )
    return value
