"""The marketplaces' own lists in the database: good for a day, shown until replaced."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from shipsync_site.lib import clock
from stores.models import Choice as ChoiceRow
from stores.models import ChoiceList
from stores.remote_types import Choice, ChoiceKind

GOOD_FOR = timedelta(days=1)
# Lists of one order or one delivery option that nobody read for so long are dropped.
DROPPED_AFTER = timedelta(days=2)


class DatabaseChoiceStore:
    """The lists of one account; business time decides when they are too old."""

    def __init__(self, account_key: str) -> None:
        self.account_key = account_key

    def get(self, kind: ChoiceKind, scope: str = "") -> tuple[Choice, ...] | None:
        """The list as it was read within the last day, or None."""
        fresh = ChoiceList.objects.filter(
            account=self.account_key,
            kind=kind,
            scope=scope[:100],
            read_at__gt=clock.now() - GOOD_FOR,
        )
        return listed(self.account_key, kind, scope) if fresh.exists() else None

    def keep(self, kind: ChoiceKind, scope: str, choices: tuple[Choice, ...]) -> None:
        """Keep what was read just now instead of what was kept before."""
        now = clock.now()
        with transaction.atomic():
            ChoiceList.objects.update_or_create(
                account=self.account_key,
                kind=kind,
                scope=scope[:100],
                defaults={"read_at": now},
            )
            rows = ChoiceRow.objects.filter(
                account=self.account_key, kind=kind, scope=scope[:100]
            )
            rows.delete()
            once = {choice.code[:100]: choice for choice in choices if choice.code}
            ChoiceRow.objects.bulk_create(
                ChoiceRow(
                    account=self.account_key,
                    kind=kind,
                    scope=scope[:100],
                    code=code,
                    label=(choice.label or choice.code)[:300],
                    standard=choice.standard[:100],
                    read_at=now,
                )
                for code, choice in once.items()
            )


def keep_all(account_key: str, choices: Iterable[Choice]) -> int:
    """Keep everything that an account's marketplace listed; how many entries.

    Lists of a scope that was not read for two days go.
    """
    lists: dict[tuple[ChoiceKind, str], list[Choice]] = {}
    for choice in choices:
        lists.setdefault((choice.kind, choice.scope), []).append(choice)
    store = DatabaseChoiceStore(account_key)
    with transaction.atomic():
        old = {"account": account_key, "read_at__lt": clock.now() - DROPPED_AFTER}
        for model in (ChoiceList, ChoiceRow):
            model._default_manager.filter(**old).exclude(scope="").delete()
        for (kind, scope), found in lists.items():
            store.keep(kind, scope, tuple(found))
    return sum(len(found) for found in lists.values())


def listed(
    account_key: str, kind: ChoiceKind, scope: str | None = None
) -> tuple[Choice, ...]:
    """The entries as they were read last, however long ago; ``scope`` None: of all."""
    rows = ChoiceRow.objects.filter(account=account_key, kind=kind)
    if scope is not None:
        rows = rows.filter(scope=scope[:100])
    return tuple(
        Choice(
            kind=ChoiceKind(row.kind),
            code=row.code,
            label=row.label,
            scope=row.scope,
            standard=row.standard,
        )
        for row in rows.order_by("pk")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """An account's entries of one kind, and when the oldest of its lists was read."""

    label: str
    choices: tuple[Choice, ...]
    read_at: datetime


_LABELS = {
    ChoiceKind.CARRIER: "Carriers",
    ChoiceKind.CANCEL_REASON: "Reasons to cancel",
    ChoiceKind.REJECT_REASON: "Reasons to reject a cancellation",
    ChoiceKind.FIELD: "Fields and settings",
}


def shelves(account_key: str) -> list[Shelf]:
    """What was read of an account's lists; lists of single orders are left out."""
    oldest: dict[str, datetime] = {}
    reasons = (ChoiceKind.CANCEL_REASON, ChoiceKind.REJECT_REASON)
    for kind, scope, read_at in ChoiceList.objects.filter(
        account=account_key
    ).values_list("kind", "scope", "read_at"):
        if not (scope and kind in reasons):
            oldest[kind] = min(oldest.get(kind, read_at), read_at)
    return [
        Shelf(
            label=label,
            choices=listed(account_key, kind, "" if kind in reasons else None),
            read_at=oldest[kind],
        )
        for kind, label in _LABELS.items()
        if kind in oldest
    ]
