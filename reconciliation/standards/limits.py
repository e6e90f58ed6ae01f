"""The limit that counts for a store: a person's, else the marketplace's as it was read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import transaction

from reconciliation.models import StandardLimit
from reconciliation.standards.arithmetic import Limit
from stores.connectors import CONNECTORS
from stores.models import Store
from stores.remote_standards import Standard
from stores.setup import log_change


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A limit with where it is from; ``set_by`` '' for the marketplace's own."""

    limit: Limit | None
    note: str = ""
    set_by: str = ""
    set_at: datetime | None = None

    @property
    def own(self) -> bool:
        """Whether a person set it for this store."""
        return self.set_at is not None


def standards_of(store: Store) -> tuple[Standard, ...]:
    """What its marketplace judges it by."""
    marketplace = store.remote_account.marketplace
    return CONNECTORS.get(marketplace).standards if marketplace in CONNECTORS else ()


def standard_of(store: Store, code: str) -> Standard | None:
    """One of them."""
    return next((x for x in standards_of(store) if x.code == code), None)


def limits_of(stores: Iterable[Store]) -> dict[tuple[int, str], Kept]:
    """The limits of stores by (store, code), each named; one query."""
    stores = list(stores)
    rows = StandardLimit.objects.filter(store__in=stores).select_related("set_by")
    own = {(row.store_id, row.metric): row for row in rows}
    return {
        (store.pk, standard.code): _kept(standard, own.get((store.pk, standard.code)))
        for store in stores
        for standard in standards_of(store)
    }


def change(
    store: Store,
    standard: Standard,
    share: Decimal | None,
    note: str,
    user: User,
) -> None:
    """Set a store's own limit, or with None go back to the marketplace's."""
    before = limits_of([store])[store.pk, standard.code]
    with transaction.atomic():
        rows = StandardLimit.objects.filter(store=store, metric=standard.code)
        if share is None:
            rows.delete()
        else:
            StandardLimit.objects.update_or_create(
                store=store,
                metric=standard.code,
                defaults={"limit": share, "note": note, "set_by": user},
            )
        after = limits_of([store])[store.pk, standard.code]
        log_change(
            store,
            f"{standard.label}: limit {shown(before.limit)}, now {shown(after.limit)}"
            + (f" ({note})" if note else ""),
            user,
        )


def shown(limit: Limit | None) -> str:
    """'below 4 %', 'at least 95 %', 'none'."""
    if limit is None:
        return "none"
    words = {
        (False, False): "below",
        (False, True): "at most",
        (True, False): "above",
        (True, True): "at least",
    }[limit.at_least, limit.touching]
    return f"{words} {percent(limit.share)}"


def percent(share: Decimal, places: int = 3) -> str:
    """'4 %', '2.5 %' for a share."""
    text = f"{share * 100:.{places}f}".rstrip("0").rstrip(".")
    return f"{text} %"


def _kept(standard: Standard, row: StandardLimit | None) -> Kept:
    share = row.limit if row is not None else standard.limit
    limit = None
    if share is not None:
        limit = Limit(
            share=share, at_least=standard.at_least, touching=standard.touching
        )
    if row is None:
        return Kept(limit=limit)
    return Kept(
        limit=limit,
        note=row.note,
        set_by=str(row.set_by or "a deleted account"),
        set_at=row.set_at,
    )
