"""A store's way: draft → shadow → live, from one mode to the other, and back.

Each step is one transaction: checked, dated, written down with its person, announced to
whoever knows orders. What an order becomes is decided by when it was placed (see
``stores.periods``), so no step moves, repeats or drops an order in flight.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from shipsync_site.lib import clock
from stores import lanes
from stores.connectors.base import Stream
from stores.models import Cursor, Store, StoreMode, StorePeriod, StoreState
from stores.rules_changed import announce
from stores.setup import (
    Change,
    NotReadyError,
    impact,
    lanes_of,
    log_change,
    missing_for_live,
    save_store,
)

# A form takes so long from its minute to its button.
JUST_NOW = timedelta(minutes=5)


@transaction.atomic
def to_shadow(store: Store, user: AbstractBaseUser) -> None:
    """Read and decide everything of this store from now on, and send nothing.

    Raises NotReadyError where it is in shadow already, or where orders that shipsync
    must bring to their end are still open.
    """
    row = _locked(store)
    if row.state == StoreState.SHADOW:
        raise NotReadyError("it is in shadow already")
    _nothing_open(row)
    row.state, row.shadow_from = StoreState.SHADOW, clock.now()
    _close_period(row, clock.now(), user)
    row.live_from = row.live_until = None
    row.save()
    _read_again(row)
    _done(
        store, row, "In shadow: everything is read and decided, nothing is sent", user
    )


@transaction.atomic
def back_to_draft(store: Store, user: AbstractBaseUser) -> None:
    """Take a store out of everything; what was compared or created stays as it is.

    Raises NotReadyError as :func:`to_shadow` does.
    """
    row = _locked(store)
    if row.state == StoreState.DRAFT:
        raise NotReadyError("it is a draft already")
    _nothing_open(row)
    row.state = StoreState.DRAFT
    _close_period(row, clock.now(), user)
    row.live_from = row.live_until = None
    row.save()
    _done(store, row, "Back to a draft: nothing is sent", user)


@transaction.atomic
def go_live(
    store: Store,
    *,
    user: AbstractBaseUser,
    live_from: datetime | None = None,
) -> None:
    """Let shipsync create the orders of this store that are placed from a moment on.

    ``live_from`` None: now, where the store was in shadow or live before, for another
    route has brought its orders so far; a draft that never ran takes every open order.
    A live store that is to be given back at a later moment is simply kept. Raises
    NotReadyError when something is missing (see ``missing_for_live``) or the moment has
    passed: what was placed since may have gone the other way.
    """
    row = _locked(store)
    given_back = row.live_until is not None
    if row.state not in (StoreState.DRAFT, StoreState.SHADOW) and not given_back:
        raise NotReadyError("it is live already")
    missing = missing_for_live(row)
    if missing:
        raise NotReadyError("; ".join(missing))
    now = clock.now()
    if row.state == StoreState.LIVE and row.live_until and now < row.live_until:
        row.periods.filter(live_until=row.live_until).update(
            live_until=None, ended_at=None, ended_by=None
        )
        row.live_until = None
        row.save()
        _done(store, row, "The roll-back is called off: live as before", user)
        return
    fresh = row.state == StoreState.DRAFT and not row.periods.exists()
    if live_from is not None or not fresh:
        live_from = _moment("The start", live_from, now)
        _start_period(row, live_from, user)
    row.state, row.live_from, row.live_until = StoreState.LIVE, live_from, None
    row.save()
    _read_again(row)
    lanes.ensure_lanes()
    told = f"for orders placed from {_text(live_from)} on" if live_from else "for all"
    _done(
        store,
        row,
        f"Live {told} open orders" if not live_from else f"Live {told}",
        user,
    )


@transaction.atomic
def roll_back(store: Store, until: datetime | None, user: AbstractBaseUser) -> None:
    """Give orders placed from a moment on (None: now) to the other route again.

    Orders placed before stay ours to their end: the store remains live for them. Raises
    NotReadyError where the store is not live, is given back already, or the moment has
    passed.
    """
    row = _locked(store)
    if row.state not in (StoreState.LIVE, StoreState.PAUSED):
        raise NotReadyError(f"it is not live but {row.get_state_display().lower()}")
    if row.live_until is not None:
        raise NotReadyError(f"it is given back from {_text(row.live_until)} on already")
    until = _moment("The moment", until, clock.now())
    if row.live_from is not None and until < row.live_from:
        raise NotReadyError(
            f"{_text(until)} is before its start, {_text(row.live_from)}"
        )
    _close_period(row, until, user)
    row.live_until = until
    row.save()
    _done(store, row, f"Rolled back: orders placed from {_text(until)} on", user)


@transaction.atomic
def switch_mode(
    store: Store,
    mode: StoreMode,
    *,
    shipstation_store_id: int,
    user: AbstractBaseUser,
    live_from: datetime | None = None,
) -> None:
    """Run orders placed from a moment on (None: now) in the other mode.

    Older ones end as they began, whoever has them. Raises NotReadyError where the store
    is not live, runs in that mode, or the moment has passed.
    """
    row = _locked(store)
    if row.state not in (StoreState.LIVE, StoreState.PAUSED) or row.live_until:
        raise NotReadyError("only a live store changes its mode by a moment")
    if row.mode == mode:
        raise NotReadyError(f"it is {row.get_mode_display().lower()} already")
    live_from = _moment("The start", live_from, clock.now())
    if row.live_from is not None and live_from <= row.live_from:
        raise NotReadyError(
            f"{_text(live_from)} is not after its start, {_text(row.live_from)}"
        )
    _close_period(row, live_from, user)
    before, row.mode = row.get_mode_display(), mode
    row.shipstation_store_id, row.live_from = shipstation_store_id, live_from
    _start_period(row, live_from, user)
    row.save()
    _read_again(row)
    told = f"From {_text(live_from)} on: {before} → {row.get_mode_display()}"
    _done(store, row, told, user)


@transaction.atomic
def save_in_new_mode(
    store: Store, changes: list[Change], user: AbstractBaseUser, reason: str
) -> int:
    """Save a live store's changed settings, its mode from now on alone.

    ``store`` holds what was typed. Returns how many orders are looked at again; raises
    what :func:`switch_mode` does, and nothing is saved then.
    """
    mode, number = StoreMode(store.mode), store.shipstation_store_id
    before = _locked(store)
    store.mode, store.shipstation_store_id = before.mode, before.shipstation_store_id
    orders = save_store(store, changes, user, reason)
    switch_mode(store, mode, shipstation_store_id=number, user=user)
    return orders


def _locked(store: Store) -> Store:
    """The store as it is now, nobody else's steps meanwhile."""
    return (
        Store.objects.select_for_update(of=("self",))
        .select_related("remote_account", "shipstation_account")
        .get(pk=store.pk)
    )


def _moment(what: str, moment: datetime | None, now: datetime) -> datetime:
    """A moment that is not past; one that was just now is now."""
    if moment is not None and moment < now - JUST_NOW:
        raise NotReadyError(
            f"{what} {_text(moment)} has passed: choose now or a later one, for what was "
            "placed since may have gone the other way"
        )
    return now if moment is None else max(moment, now)


def _nothing_open(store: Store) -> None:
    """Whoever goes silent must owe nobody anything."""
    if store.state in (StoreState.DRAFT, StoreState.SHADOW):
        return
    owed = impact([store.pk]).ours
    if owed:
        orders = "1 order is" if owed == 1 else f"{owed} orders are"
        raise NotReadyError(
            f"{orders} still shipsync's to bring to an end; roll back first, and come "
            "back when they are done"
        )


def _start_period(store: Store, live_from: datetime, user: AbstractBaseUser) -> None:
    StorePeriod.objects.create(  # type: ignore[misc]
        store=store,
        live_from=live_from,
        mode=store.mode,
        shipstation_store_id=store.shipstation_store_id,
        started_at=clock.now(),
        started_by=user,
    )


def _close_period(store: Store, until: datetime, user: AbstractBaseUser) -> None:
    """End the span in force; a store without bounds gets its first one with its end."""
    if store.state in (StoreState.DRAFT, StoreState.SHADOW) and not store.live_from:
        return
    end = {"live_until": until, "ended_at": clock.now(), "ended_by": user}
    if store.live_from is None and store.live_until is None:
        StorePeriod.objects.create(
            store=store,
            mode=store.mode,
            shipstation_store_id=store.shipstation_store_id,
            started_at=store.created_at,
            **end,
        )
        return
    store.periods.filter(live_until=None).update(**end)


def _read_again(store: Store) -> None:
    """Read from far back: a cursor may have passed what this store still has open."""
    Cursor.objects.filter(account=store.remote_account.key, stream=Stream.OPEN).update(
        watermark=None, window_end=None, page_token="", params={}
    )


def _done(store: Store, row: Store, told: str, user: AbstractBaseUser) -> None:
    log_change(row, told, user)
    announce([row.pk])
    for account_key, direction in lanes_of(row):
        lanes.nudge(account_key, direction)
    store.refresh_from_db()


def _text(moment: datetime) -> str:
    return f"{moment:%d %b %Y %H:%M} UTC"
