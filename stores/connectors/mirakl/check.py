"""'Test connection' for a shop at an operator: one cheap read, told in a sentence."""

from __future__ import annotations

from typing import Any

from stores.connectors.base import AccountConfig
from stores.connectors.mirakl import fields
from stores.connectors.mirakl.client import MiraklClient
from stores.connectors.mirakl.errors import NOT_FOUND
from stores.connectors.mirakl.fields import FieldError
from stores.connectors.mirakl.lists import Lists
from stores.errors import (
    RejectedError,
    RemoteError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
)
from stores.remote_types import ConnectionOutcome, ConnectionReport

OPEN, CLOSED, SUSPENDED, TERMINATED = "OPEN", "CLOSE", "SUSPENDED", "TERMINATED"
_SUSPENSIONS = {
    "MANUAL": "by the operator",
    "PENDING_APPROVAL": "until the operator approves it",
    "AUTOMATIC_SUSPENSION": "for its figures (late, refused or disputed orders)",
    "INCOMPLETE_PROFILE": "until its profile is complete",
}


def check(
    client: MiraklClient, account: AccountConfig, lists: Lists
) -> ConnectionReport:
    """Ask for the shop (A01); never raises.

    A01 may be asked once a day. After that PC01 shows whether the key is good, though
    not whose it is. A custom field that the account names but the operator does not
    have is told as well.
    """
    try:
        report = _shop(client.shop(urgent=True).json(), account)
        return _with_field(report, account, lists) if report.ok else report
    except ThrottledError as error:
        return _only_the_key(client, error)
    except RemoteError as error:
        return _failed(account, error)


def _shop(body: Any, account: AccountConfig) -> ConnectionReport:
    try:
        if not isinstance(body, dict):
            raise FieldError("shop_id", "is missing")
        shop_id = fields.word(body, "shop_id", "")
        name = fields.text(body, "shop_name", "")
        state = fields.text(body, "shop_state", "")
        currency = fields.text(body, "currency_iso_code", "")
        suspension = fields.text(body, "suspension_type", "")
        if not shop_id:
            raise FieldError("shop_id", "is missing")
    except FieldError as error:
        return _report(
            ConnectionOutcome.UNEXPECTED,
            f"The operator's answer about the shop can't be read ({error}); try again, "
            "then report it.",
        )
    details = {"shop_id": shop_id, "shop_name": name, "currency": currency}
    if shop_id != account.seller_id.strip():
        return _report(
            ConnectionOutcome.BAD_KEY,
            f"The key is that of shop {shop_id} ({name}), the account says "
            f"{account.seller_id}: correct the shop id, or enter that shop's key.",
            **details,
        )
    if state == SUSPENDED:
        why = _SUSPENSIONS.get(suspension, suspension)
        return _report(
            ConnectionOutcome.STORE_INACTIVE,
            f"The shop {name} is suspended{f' {why}' if why else ''}: see the messages "
            "in the operator's back office.",
            **details,
        )
    if state == TERMINATED:
        return _report(
            ConnectionOutcome.STORE_INACTIVE,
            f"The shop {name} was ended at this operator: pause the account.",
            **details,
        )
    closed = ""
    if state == CLOSED:
        closed = "; the shop is closed at present, so only orders of before come in"
    elif state != OPEN:
        closed = f"; its state is {state or 'unknown'}"
    return _report(
        ConnectionOutcome.WORKS,
        f"Works: the key is that of shop {name} ({shop_id}), which sells in "
        f"{currency}{closed}.",
        **details,
    )


def _with_field(
    report: ConnectionReport, account: AccountConfig, lists: Lists
) -> ConnectionReport:
    wanted = str(account.settings.get("ioss_field") or "")
    known = lists.custom_fields() if wanted else None
    if known is None or wanted in known:
        return report
    shown = ", ".join(known[:8]) or "none"
    return _report(
        report.outcome,
        f"{report.sentence} But the operator has no custom field '{wanted}' for the IOSS "
        f"number; its fields: {shown}.",
        **report.details,
    )


def _only_the_key(client: MiraklClient, error: ThrottledError) -> ConnectionReport:
    try:
        client.platform(urgent=True)
    except ThrottledError:
        minutes = max(1, round(error.retry_after / 60))
        return _report(
            ConnectionOutcome.THROTTLED,
            f"The operator answers this question once a day; again in {minutes} minutes.",
        )
    except RemoteError as refused:
        return _failed(None, refused)
    return _report(
        ConnectionOutcome.WORKS,
        "Works: the operator accepts the key. Whose shop it is may be asked once a day "
        "only, and was asked already.",
    )


def _failed(account: AccountConfig | None, error: RemoteError) -> ConnectionReport:
    if isinstance(error, UnauthorisedError):
        outcome = ConnectionOutcome(error.reason)
        return _report(outcome, f"{error.message.rstrip('.')}.")
    if isinstance(error, RejectedError) and error.code == NOT_FOUND:
        if account is not None and account.seller_id and error.status == 404:
            return _report(
                ConnectionOutcome.WRONG_REGION,
                "The operator's address has no such shop or no seller API: check the "
                f"shop id {account.seller_id} and, in the list of operators, the "
                "address.",
            )
    if isinstance(error, ThrottledError):
        return _report(
            ConnectionOutcome.THROTTLED,
            "The operator refuses calls for the moment; test again in a minute.",
        )
    if isinstance(error, TransientError):
        return _report(
            ConnectionOutcome.UNREACHABLE,
            f"The operator can't be reached at present ({error.message}); try again "
            "later.",
        )
    return _report(
        ConnectionOutcome.UNEXPECTED,
        f"The operator answered something unexpected ({error.message}).",
    )


def _report(
    outcome: ConnectionOutcome, sentence: str, **details: Any
) -> ConnectionReport:
    return ConnectionReport(outcome=outcome, sentence=sentence[:300], details=details)
