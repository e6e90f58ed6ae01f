"""Whose an order is by the moment it was placed: ours, or another route's.

Before its start a store's orders came to ShipStation by another way, and after a
roll-back they do again. Which way an order goes is fixed by when it was placed and never
changes with the store: an order in flight ends as it began.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Q

from stores.models import Store, StoreMode, StorePeriod, StoreState

# Stores in these states send nothing to any peer.
SILENT = (StoreState.DRAFT, StoreState.SHADOW)
Periods = Mapping[int, Sequence[StorePeriod]]


class Route(StrEnum):
    """Who creates an order in ShipStation."""

    OURS = "ours"
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Era:
    """What rules an order by when it was placed.

    ``route`` BEFORE: placed before a start, by the way there was then; AFTER: placed
    after the store was given back. ``mode`` is a StoreMode value. ``given_back_at``: the
    first roll-back after it was placed, from when on another route may bring it as well;
    ``resumed``: whether the store has started again since.
    """

    route: Route
    mode: str
    shipstation_store_id: int
    given_back_at: datetime | None = None
    resumed: bool = False


def periods_of(stores: Iterable[Store]) -> Periods:
    """The spans of these stores, in one query; of those that never had a bound none."""
    bounded = [
        store.pk
        for store in stores
        if store.live_from is not None or store.live_until is not None
    ]
    found: dict[int, list[StorePeriod]] = defaultdict(list)
    if bounded:
        for row in StorePeriod.objects.filter(store__in=bounded):
            found[row.store_id].append(row)
    return found


def era_of(store: Store, periods: Periods, placed_at: datetime) -> Era:
    """What rules an order of this store that was placed at this moment."""
    spans = periods.get(store.pk, ())
    back = _given_back(spans, placed_at)
    starts = [x.live_from for x in spans if x.live_from is not None]
    resumed = back is not None and any(start >= back for start in starts)
    here = [x for x in spans if _within(x, placed_at)]
    if here:
        last = here[-1]
        return Era(
            route=Route.OURS,
            given_back_at=back,
            resumed=resumed,
            mode=last.mode,
            shipstation_store_id=last.shipstation_store_id,
        )
    route = Route.OURS
    if spans and store.state not in SILENT:
        later = any(start > placed_at for start in starts)
        route = Route.BEFORE if later else Route.AFTER
    return Era(
        route=route,
        mode=store.mode,
        shipstation_store_id=store.shipstation_store_id,
        given_back_at=back,
        resumed=resumed,
    )


def era(store: Store, placed_at: datetime) -> Era:
    """The same for one order; the spans are read once for each loaded store."""
    if "_spans" not in vars(store):
        vars(store)["_spans"] = periods_of([store])
    return era_of(store, vars(store)["_spans"], placed_at)


def direct_stores() -> Q:
    """Of Store: those that run, or ran in an earlier span, in direct mode."""
    ran = StorePeriod.objects.filter(mode=StoreMode.DIRECT).values("store")
    return Q(mode=StoreMode.DIRECT) | Q(pk__in=ran)


def _given_back(spans: Sequence[StorePeriod], placed_at: datetime) -> datetime | None:
    """The first end after this moment that no other span follows at once."""
    starts = {span.live_from for span in spans}
    ends = [x.live_until for x in spans if x.live_until and x.live_until not in starts]
    return min((end for end in ends if end > placed_at), default=None)


def _within(span: StorePeriod, moment: datetime) -> bool:
    if span.live_from is not None and moment < span.live_from:
        return False
    return span.live_until is None or moment < span.live_until
