"""'Test connection' for eBay: one cheap read of each kind, told in a sentence."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from stores.connectors.base import AccountConfig, Stream
from stores.connectors.ebay import consent, quota, window
from stores.connectors.ebay.client import FULFILLMENT, EbayClient
from stores.connectors.ebay.errors import TOKEN_REFUSALS
from stores.errors import (
    RemoteError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
)
from stores.http import Gateway
from stores.remote_types import (
    ConnectionOutcome,
    ConnectionReport,
    CursorState,
)

LOOK_BACK = timedelta(days=30)


def check(
    client: EbayClient, account: AccountConfig, gateway: Gateway, *, now: datetime
) -> ConnectionReport:
    """Ask for the quotas and for one order; never raises. ``now`` is business time.

    The quotas are the application's: what refuses those refuses the keyset.
    """
    if not account.secrets.get("refresh_token"):
        return _report(
            ConnectionOutcome.REVOKED,
            "The seller has not consented yet: let the seller consent, then test again.",
        )
    limits: dict[str, quota.Limit] = {}
    try:
        limits = quota.learn(gateway, client.rate_limits())
    except UnauthorisedError as error:
        if error.code in TOKEN_REFUSALS:
            return _refused(account, error, now)
    except RemoteError:
        pass  # the figures are a bonus: whether orders can be read is the question
    try:
        params, _ = window.request(
            Stream.OPEN, CursorState(), now=now, first_pull=LOOK_BACK
        )
        answer = client.get_orders(params | {"limit": "1"})
        body = answer.json()
    except UnauthorisedError as error:
        return _refused(account, error, now)
    except RemoteError as error:
        return _failed(error)
    orders = body.get("orders") if isinstance(body, dict) else None
    if not isinstance(orders, list):
        return _report(
            ConnectionOutcome.UNEXPECTED,
            "eBay's list of orders has another shape than documented; try again, then "
            "report it.",
        )
    sellers = {
        str(row.get("sellerId") or "") for row in orders if isinstance(row, dict)
    }
    other = sorted(sellers - {"", account.seller_id})
    if other:
        return _report(
            ConnectionOutcome.BAD_KEY,
            f"The consent is that of the seller {other[0]}, the account says "
            f"{account.seller_id}: correct the seller id, or let the right seller "
            "consent.",
            seller=other[0],
        )
    left = limits.get(FULFILLMENT)
    calls = ""
    if left is not None:
        calls = f"; {left.remaining:,} of {left.limit:,} calls are left today"
    return _report(
        ConnectionOutcome.WORKS,
        f"Works: eBay accepts the account{calls}{_ends(account)}.",
    )


def _refused(
    account: AccountConfig, error: UnauthorisedError, now: datetime
) -> ConnectionReport:
    """Say which part of the access is wrong."""
    outcome = ConnectionOutcome(error.reason)
    ended = [row.at for row in consent.expiries(account) if row.at <= now]
    if outcome is ConnectionOutcome.REVOKED and ended:
        return _report(
            ConnectionOutcome.SECRET_EXPIRED,
            f"The seller's consent ended on {ended[0]:%d %B %Y}: let the seller consent "
            "again.",
        )
    if error.code == "1100":
        return _report(
            outcome,
            "eBay knows the seller but refuses to show orders: the consent lacks the "
            "scope sell.fulfillment. Let the seller consent again.",
        )
    if outcome is ConnectionOutcome.STORE_INACTIVE:
        return _report(
            outcome, "eBay has suspended the seller: see the messages in Seller Hub."
        )
    if error.code in {"1001", "1002", "401"}:
        return _report(
            outcome,
            "eBay gives an access token and then refuses it: test again; if it stays so, "
            "let the seller consent again.",
        )
    return _report(outcome, f"{error.message.rstrip('.')}.")


def _failed(error: RemoteError) -> ConnectionReport:
    if isinstance(error, ThrottledError):
        return _report(
            ConnectionOutcome.THROTTLED,
            "eBay's quota of the day is used up; it is new in "
            f"{_span(error.retry_after)}.",
        )
    if isinstance(error, TransientError):
        return _report(
            ConnectionOutcome.UNREACHABLE,
            f"eBay can't be reached at present ({error.message}); try again later.",
        )
    return _report(
        ConnectionOutcome.UNEXPECTED,
        f"eBay answered something unexpected ({error.message}).",
    )


def _span(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    return f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 60)} hours"


def _ends(account: AccountConfig) -> str:
    ends = [row.at for row in consent.expiries(account)]
    return f"; the seller's consent ends on {ends[0]:%d %B %Y}" if ends else ""


def _report(
    outcome: ConnectionOutcome, sentence: str, **details: Any
) -> ConnectionReport:
    return ConnectionReport(outcome=outcome, sentence=sentence[:300], details=details)
