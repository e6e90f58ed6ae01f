"""Stores that are read well and sell strangely little: found, told, and over again."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from orders.models import CaseState, FlowHour, Order, OrderException
from orders.store_cases import close_store_case, open_store_case
from orders.watch.hours import HISTORY, hour_of
from orders.watch.usual import History, Quiet, too_quiet
from shipsync_site.lib import clock
from shipsync_site.lib.tones import span
from shipsync_site.lib.zones import zone
from stores.calendars import Calendars, calendars
from stores.models import AccountState, Store, StoreState

KIND, CAUSE = "store_quiet", "quiet"
# A store that was not read for so long is not quiet but unheard: another case's matter.
READ_WITHIN = timedelta(minutes=15)


def run() -> int:
    """Open and close the cases of all live stores; how many are too quiet."""
    now = clock.now()
    stores = list(
        Store.objects.filter(
            state=StoreState.LIVE, remote_account__state=AccountState.ACTIVE
        ).order_by("pk")
    )
    standing = set(
        OrderException.objects.filter(kind=KIND, state=CaseState.OPEN).values_list(
            "scope", flat=True
        )
    )
    known, histories, found = calendars(), _histories(stores, now), 0
    for store in stores:
        scope = f"store:{store.pk}"
        history = histories.get(store.pk)
        if store.last_pull_at is None or now - store.last_pull_at > READ_WITHIN:
            # Nothing is learnt while nobody reads: what stands goes on to stand.
            standing.discard(scope)
            continue
        quiet = _look(store, history, known, now) if history else None
        if quiet is not None:
            found += 1
            standing.discard(scope)
            _open(store, scope, quiet, now)
    for scope in sorted(standing):
        close_store_case(scope, KIND)
    return found


def _look(
    store: Store, history: History, known: Calendars, now: datetime
) -> Quiet | None:
    def heard(start: datetime, end: datetime) -> int:
        return Order.objects.filter(
            store=store, imported_at__gt=start, imported_at__lte=end
        ).count()

    calendar = known.of(store.shipstation_account_id)
    holiday = calendar.local(now) in calendar.holidays
    return too_quiet(history, now, heard, holiday=holiday)


def _histories(stores: list[Store], now: datetime) -> dict[int, History]:
    """The hours of the last weeks of each store; one query."""
    by_store: dict[int, dict[datetime, int]] = defaultdict(dict)
    rows = FlowHour.objects.filter(
        hour__gte=now - HISTORY, hour__lt=hour_of(now), imported__gt=0
    )
    for key, hour, count in rows.values_list("store", "hour", "imported"):
        by_store[key][hour] = count
    return {
        store.pk: History(
            by_hour=by_store[store.pk],
            first=min(by_store[store.pk]),
            zone=zone(store.timezone),
        )
        for store in stores
        if by_store[store.pk]
    }


def _open(store: Store, scope: str, quiet: Quiet, now: datetime) -> None:
    local = quiet.start.astimezone(zone(store.timezone))
    open_store_case(
        scope=scope,
        kind=KIND,
        cause=CAUSE,
        summary=f"{store.name}: {quiet.heard} order{'s'[: quiet.heard != 1]} in "
        f"{span(now - quiet.start)}, where a weak {local:%A} brings about "
        f"{quiet.usual:,.0f}",
        store=store,
        context={"store": store.slug},
    )
