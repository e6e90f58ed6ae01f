"""'Test connection' for TikTok Shop: the shops, and one cheap read of their orders."""

from __future__ import annotations

from datetime import datetime, timedelta

from stores.connectors.base import AccountConfig
from stores.connectors.tiktok import consent
from stores.connectors.tiktok.access import REFRESH_TOKEN, SELLER_NAME
from stores.connectors.tiktok.client import TikTokClient
from stores.connectors.tiktok.errors import data_of
from stores.connectors.tiktok.operations import SEARCH_CANCELLATIONS, SEARCH_ORDERS
from stores.connectors.tiktok.shops import Shop, ShopBook
from stores.errors import (
    RemoteError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
)
from stores.remote_types import ConnectionOutcome, ConnectionReport

LOOK_BACK = timedelta(days=1)


def check(
    client: TikTokClient, book: ShopBook, account: AccountConfig, *, now: datetime
) -> ConnectionReport:
    """Ask for the shops and for one order and one cancellation of each; never raises."""
    if not account.secrets.get(REFRESH_TOKEN):
        return _report(
            ConnectionOutcome.REVOKED,
            "The seller has not authorised the app yet: press 'Connect', then test "
            "again.",
        )
    try:
        shops = book.ask()
        other = _other_seller(account, shops)
        if other:
            return other
        used = tuple(book.of(region) for region in account.marketplace_ids)
        for shop in used or shops:
            _read(client, shop, now)
    except UnauthorisedError as error:
        return _refused(account, error, now)
    except RemoteError as error:
        return _failed(error)
    names = ", ".join(
        f"{shop.name} ({shop.region}, {shop.code})" for shop in used or shops
    )
    return ConnectionReport(
        outcome=ConnectionOutcome.WORKS,
        sentence=f"Works: TikTok shows the orders of {names}{_ends(account)}."[:300],
        details={
            "shops": [
                {"name": x.name, "region": x.region, "code": x.code} for x in shops
            ]
        },
    )


def _read(client: TikTokClient, shop: Shop, now: datetime) -> None:
    """One row of each list that pulls read: scopes are given one by one."""
    since = int((now - LOOK_BACK).timestamp())
    for operation, name in (
        (SEARCH_ORDERS, "orders"),
        (SEARCH_CANCELLATIONS, "cancellations"),
    ):
        answer = client.send(
            operation,
            cipher=shop.cipher,
            query={"page_size": "1"},
            body={"update_time_ge": since},
            urgent=True,
        )
        rows = data_of(answer).get(name)
        if rows is not None and not isinstance(rows, list):
            raise answer.unexpected(f"{operation.name} answered without a list")


def _other_seller(
    account: AccountConfig, shops: tuple[Shop, ...]
) -> ConnectionReport | None:
    """The finding that somebody else's shops are authorised; None when they are right."""
    if not shops:
        return _report(
            ConnectionOutcome.STORE_INACTIVE,
            "The authorisation covers no shop: it was given by a partner or a creator, "
            "or the shop is closed. Let the seller's main account authorise.",
        )
    wanted = account.seller_id.strip().casefold()
    names = {str(account.settings.get(SELLER_NAME) or "").casefold()}
    for shop in shops:
        names |= {shop.code.casefold(), shop.id.casefold(), shop.name.casefold()}
    if not wanted or wanted in names - {""}:
        return None
    shown = ", ".join(f"{shop.name} ({shop.code})" for shop in shops[:5])
    return _report(
        ConnectionOutcome.BAD_KEY,
        f"The authorisation is for {shown}, the account says {account.seller_id}: "
        "correct the seller id, or let the right seller authorise.",
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
            f"The seller's authorisation ended on {ended[0]:%d %B %Y}: let the seller "
            "authorise again.",
        )
    return _report(outcome, f"{error.message.rstrip('.')}.")


def _failed(error: RemoteError) -> ConnectionReport:
    if isinstance(error, ThrottledError):
        return _report(
            ConnectionOutcome.THROTTLED,
            "TikTok refuses calls for the moment: too many were made in this second. "
            "Test again.",
        )
    if isinstance(error, TransientError):
        return _report(
            ConnectionOutcome.UNREACHABLE,
            f"TikTok can't be reached at present ({error.message}); try again later.",
        )
    return _report(
        ConnectionOutcome.UNEXPECTED,
        f"TikTok answered something unexpected ({error.message}).",
    )


def _ends(account: AccountConfig) -> str:
    ends = [row.at for row in consent.expiries(account)]
    return f"; the authorisation ends on {ends[0]:%d %B %Y}" if ends else ""


def _report(outcome: ConnectionOutcome, sentence: str) -> ConnectionReport:
    return ConnectionReport(outcome=outcome, sentence=sentence[:300])
