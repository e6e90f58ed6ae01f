"""What of an account's access ends, and how near that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.dispatch import Signal

from stores import connect
from stores.connectors import CONNECTORS
from stores.models import RemoteAccount

# Secrets of an account were entered or granted, and tested: ``account`` (RemoteAccount).
access_changed = Signal()

WARN = timedelta(days=30)
URGENT = timedelta(days=7)


class Stage(StrEnum):
    """How near an end is; the value goes into the case's cause."""

    FINE = "fine"
    WARN = "30d"
    URGENT = "7d"
    PAST = "past"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A consent, token or secret of an account, when it ends and what to do."""

    what: str
    at: datetime
    remedy: str
    stage: Stage

    @property
    def tone(self) -> str:
        """The console's tone for it."""
        return {
            Stage.FINE: "plain",
            Stage.WARN: "soon",
            Stage.URGENT: "breach",
            Stage.PAST: "breach",
        }[self.stage]


def endings(account: RemoteAccount, now: datetime) -> list[Ending]:
    """Everything that ends, soonest first; ``now`` is business time. Calls nobody."""
    if account.marketplace not in CONNECTORS:
        return []
    return sorted(
        (
            Ending(
                what=each.what,
                at=each.at,
                remedy=each.remedy,
                stage=_stage(each.at - now),
            )
            for each in connect.idle_connector(account).expiries()
        ),
        key=lambda ending: ending.at,
    )


def _stage(left: timedelta) -> Stage:
    if left <= timedelta(0):
        return Stage.PAST
    if left <= URGENT:
        return Stage.URGENT
    return Stage.WARN if left <= WARN else Stage.FINE
