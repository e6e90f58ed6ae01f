"""'Test connection' for Amazon: one cheap read of each kind, told in a sentence."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from stores.connectors.amazon.client import AmazonClient
from stores.connectors.amazon.consent import CLIENT_SECRET, SECRET_LIFE
from stores.connectors.amazon.marketplaces import HOSTS, MARKETPLACES
from stores.connectors.amazon.queue import ORDER_CHANGE, PAYLOAD_VERSION, Queue
from stores.connectors.base import AccountConfig
from stores.errors import (
    RejectedError,
    RemoteError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
    UnsupportedOperationError,
)
from stores.remote_types import ConnectionOutcome, ConnectionReport

# No order has this id: 404 shows that the role to read orders is there, 403 that not.
NO_ORDER = "000-0000000-0000000"
_NAMES = dict(MARKETPLACES)


def check(
    client: AmazonClient,
    account: AccountConfig,
    queue: Queue | None = None,
    *,
    now: datetime,
) -> ConnectionReport:
    """Ask for a token, the marketplaces and an order that doesn't exist; never raises.

    Where there is a ``queue`` also whether it can be read and Amazon writes to it: what
    is missing there is said, the connection works without. ``now`` is business time, for
    the age of the secret.
    """
    try:
        answer = client.participations()
        report = _marketplaces(answer.json(), account)
        if report is not None:
            return report
    except UnauthorisedError as error:
        return _refused(client, account, error, now)
    except RemoteError as error:
        return _failed(error)
    try:
        client.get_order(NO_ORDER, "FULFILLMENT")
    except UnauthorisedError:
        return _report(
            ConnectionOutcome.ROLE_MISSING,
            "Amazon knows the seller but refuses to show orders: the application lacks "
            "the role 'Inventory and Order Tracking', or the seller must authorise it "
            "again after a change of roles.",
        )
    except RejectedError:
        pass
    except RemoteError as error:
        return _failed(error)
    return _report(
        ConnectionOutcome.WORKS,
        f"Works: Amazon accepts the account{_secret_age(account, now)}."
        f"{_queue_says(client, queue)}",
    )


def _queue_says(client: AmazonClient, queue: Queue | None) -> str:
    """What to know of the queue, as a sentence to add."""
    if queue is None:
        return ""
    try:
        waiting = queue.waiting()
    except UnsupportedOperationError as error:
        return f" But: {error.message}"
    except RemoteError as error:
        return f" But its queue can't be read: {error.message.rstrip('.')}."
    try:
        client.subscription(ORDER_CHANGE, PAYLOAD_VERSION)
    except RejectedError as error:
        if error.code == "not_found":
            return (
                " Its queue can be read, but Amazon sends nothing to it: there is no "
                "subscription of ORDER_CHANGE yet, see docs/amazon-queue.md."
            )
        return ""
    except RemoteError:
        return " Its queue can be read; whether Amazon writes to it could not be asked."
    return f" Its queue can be read ({waiting} waiting) and Amazon writes to it."


def _marketplaces(body: Any, account: AccountConfig) -> ConnectionReport | None:
    """None when the seller takes part in all marketplaces of the account's stores."""
    rows = body.get("payload") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        return _report(
            ConnectionOutcome.UNEXPECTED,
            "Amazon's list of marketplaces has another shape than documented; try "
            "again, then report it.",
        )
    active = {
        str(row["marketplace"].get("id"))
        for row in rows
        if isinstance(row, dict)
        and isinstance(row.get("marketplace"), dict)
        and isinstance(row.get("participation"), dict)
        and row["participation"].get("isParticipating") is True
    }
    absent = [key for key in account.marketplace_ids if key not in active]
    if not absent:
        return None
    names = ", ".join(_NAMES.get(key, key) for key in absent)
    return _report(
        ConnectionOutcome.STORE_INACTIVE,
        f"The seller does not sell on {names} (any more): check the store's marketplace "
        "and the account's status in Seller Central.",
        marketplaces=sorted(active),
    )


def _refused(
    client: AmazonClient,
    account: AccountConfig,
    error: UnauthorisedError,
    now: datetime,
) -> ConnectionReport:
    """Say which part of the access is wrong."""
    outcome = ConnectionOutcome(error.reason)
    if error.code == "invalid_client":
        set_at = account.secret_set_at(CLIENT_SECRET)
        if set_at is not None and now - set_at > SECRET_LIFE:
            return _report(
                ConnectionOutcome.SECRET_EXPIRED,
                f"The client secret was entered {(now - set_at).days} days ago and "
                "Amazon ends secrets after 180: rotate it in Seller Central and enter "
                "the new one.",
            )
        return _report(
            ConnectionOutcome.BAD_KEY,
            "Amazon refuses the client id or secret: it is wrong or has expired. Copy "
            "both from your application in Seller Central.",
        )
    if outcome is not ConnectionOutcome.ROLE_MISSING:
        return _report(outcome, f"{error.message.rstrip('.')}.")
    # A seller of another region is answered 403 as well: ask there.
    for region in HOSTS:
        if region != account.region:
            try:
                client.participations(region)
            except RemoteError:
                continue
            return _report(
                ConnectionOutcome.WRONG_REGION,
                f"The seller belongs to Amazon's region '{region}', the account is set "
                f"to '{account.region}': change the region.",
                region=region,
            )
    return _report(
        ConnectionOutcome.ROLE_MISSING,
        "Amazon gives a token but refuses the seller's data in every region: check the "
        "application's roles and authorise it again.",
    )


def _failed(error: RemoteError) -> ConnectionReport:
    if isinstance(error, ThrottledError):
        return _report(
            ConnectionOutcome.THROTTLED,
            f"The quota for this test is used up; try again in "
            f"{max(1, round(error.retry_after))} seconds.",
        )
    if isinstance(error, TransientError):
        return _report(
            ConnectionOutcome.UNREACHABLE,
            f"Amazon can't be reached at present ({error.message}); try again later.",
        )
    return _report(
        ConnectionOutcome.UNEXPECTED,
        f"Amazon answered something unexpected ({error.message}).",
    )


def _secret_age(account: AccountConfig, now: datetime) -> str:
    set_at = account.secret_set_at(CLIENT_SECRET)
    if set_at is None:
        return ""
    left = (SECRET_LIFE - (now - set_at)).days
    return f"; the client secret should be rotated within {max(0, left)} days"


def _report(
    outcome: ConnectionOutcome, sentence: str, **details: Any
) -> ConnectionReport:
    return ConnectionReport(outcome=outcome, sentence=sentence[:300], details=details)
