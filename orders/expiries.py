"""Cases for consents, tokens and secrets that end: 30 days before, 7 days, and after.

Each step is a case of its own, so that having accepted the early one does not hide the
next. A renewed access has another end, and its cases close.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from orders.models import CaseState, OrderException
from orders.triage import close_store_case, open_store_case
from shipsync_site.lib import clock
from stores.expiries import Ending, Stage, access_changed, endings
from stores.models import RemoteAccount
from stores.remote_types import ConnectionOutcome

KIND = "access_expires"


def warn_of_expiries() -> int:
    """Open, escalate and close the cases of every account; how many stand open."""
    now = clock.now()
    return sum(_warn(account, now) for account in RemoteAccount.objects.order_by("pk"))


@receiver(access_changed, dispatch_uid="orders.access_changed")
def look_again(sender: Any, account: RemoteAccount, **kwargs: Any) -> None:
    """Close at once what a renewed access has settled; a refused one once it works."""
    _warn(account, clock.now())
    if account.active and account.check_outcome == ConnectionOutcome.WORKS:
        close_store_case(f"account:{account.key}", "store_unauthorised")


def _warn(account: RemoteAccount, now: datetime) -> int:
    scope = f"account:{account.key}"
    due = {
        _cause(ending): ending
        for ending in endings(account, now)
        if ending.stage is not Stage.FINE
    }
    standing = OrderException.objects.filter(
        scope=scope, kind=KIND, state=CaseState.OPEN
    ).values_list("cause", flat=True)
    for cause in set(standing) - set(due):
        close_store_case(scope, KIND, cause)
    for cause, ending in due.items():
        open_store_case(
            scope=scope,
            kind=KIND,
            cause=cause,
            summary=f"{account.name}: {_sentence(ending, now)}",
            context={"account": account.name, "what": ending.what},
            deadline=ending.at,
        )
    return len(due)


def _cause(ending: Ending) -> str:
    """Which access, which end of it, which step: what a person's acceptance answers."""
    return f"{ending.what[:40]}:{ending.at:%Y-%m-%d}:{ending.stage}"


def _sentence(ending: Ending, now: datetime) -> str:
    day = f"{ending.at.day} {ending.at:%B %Y}"
    if ending.stage is Stage.PAST:
        return f"{ending.what} ended on {day}. {ending.remedy}"
    days = max(1, (ending.at - now).days)
    return (
        f"{ending.what} ends on {day}, in {days} day{'s'[: days > 1]}. {ending.remedy}"
    )
