"""Rows for people: every rate of every store, and the orders behind one of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orders.models import CaseState, Dispatch, OrderException
from reconciliation.models import StandardReading
from reconciliation.standards.arithmetic import State, share_of, state_of
from reconciliation.standards.cases import NEAR
from reconciliation.standards.counting import Counted, grows
from reconciliation.standards.limits import (
    Kept,
    limits_of,
    percent,
    shown,
    standards_of,
)
from reconciliation.standards.readings import latest
from shipsync_site.lib.tones import Tone
from stores.models import Store
from stores.remote_standards import Counts, Standard

TONES = {
    State.BREACHED: (Tone.BREACH, "Beyond the limit", "octagon-alert"),
    State.NEAR: (Tone.SOON, "Near the limit", "triangle-alert"),
    State.FINE: (Tone.FINE, "Within the limit", "circle-check"),
    State.NO_LIMIT: (Tone.PLAIN, "No limit known", "circle-dashed"),
    State.EMPTY: (Tone.PLAIN, "Nothing counted", "circle-dashed"),
}
# A line of the last month in a list's row.
SPARK_WIDTH, SPARK_HEIGHT = 93, 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A rate of a store as it was counted last; ``reading`` None: not yet."""

    standard: Standard
    kept: Kept
    reading: StandardReading | None
    state: State
    spark: str

    @property
    def rate(self) -> str:
        """'3.6 %', '–' where nothing was counted."""
        row = self.reading
        if row is None:
            return "–"
        share = share_of(row.bad, row.whole, at_least=self.standard.at_least)
        return "–" if share is None else percent(share, 2)

    @property
    def limit(self) -> str:
        """'below 4 %'."""
        return shown(self.kept.limit)

    @property
    def left(self) -> int | None:
        """How many more may turn bad; None without a limit or a reading."""
        if self.kept.limit is None or self.reading is None or not self.reading.whole:
            return None
        return self.kept.limit.left(
            self.reading.bad, self.reading.whole, grows=grows(self.standard)
        )

    @property
    def badge(self) -> tuple[str, str, str]:
        """(words, tone, icon)."""
        tone, words, icon = TONES[self.state]
        return words, tone.value, icon


def lines_of(stores: Sequence[Store], now: datetime) -> list[tuple[Store, list[Line]]]:
    """Every store with its rates; three queries for any number of stores."""
    readings, limits = latest(stores, now), limits_of(stores)
    near = {
        (scope, cause.partition(":")[0])
        for scope, cause in OrderException.objects.filter(
            kind=NEAR, state=CaseState.OPEN
        ).values_list("scope", "cause")
    }
    found = []
    for store in stores:
        lines = []
        for standard in standards_of(store):
            key = (store.pk, standard.code)
            rows = readings.get(key, [])
            last = rows[-1] if rows else None
            lines.append(
                Line(
                    standard=standard,
                    kept=limits[key],
                    reading=last,
                    state=_state(
                        standard,
                        limits[key],
                        last,
                        near=(f"store:{store.pk}", standard.code) in near,
                    ),
                    spark=_spark(rows),
                )
            )
        found.append((store, lines))
    return found


def _state(
    standard: Standard, kept: Kept, row: StandardReading | None, *, near: bool
) -> State:
    if row is None:
        return State.EMPTY
    state = state_of(kept.limit, row.bad, row.whole, at_risk=0, grows=grows(standard))
    return State.NEAR if near and state is State.FINE else state


def _spark(rows: Sequence[StandardReading]) -> str:
    """A bar a day: the higher the more turned bad."""
    shares = [(row.bad / row.whole if row.whole else 0.0) for row in rows][-31:]
    most = max(shares, default=0.0)
    if not most:
        return ""
    start = SPARK_WIDTH - 3 * len(shares)
    high = [max(1, round(SPARK_HEIGHT * share / most)) for share in shares]
    return "".join(
        f"M{start + 3 * place} {SPARK_HEIGHT}v-{up}h2v{up}z"
        for place, up in enumerate(high)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """An order, or a parcel of one, that a rate counts."""

    order_id: int
    number: str
    ordered_at: datetime
    ship_by: datetime | None
    raw_status: str
    told_at: datetime | None
    carrier: str
    tracking: str


PATHS = ("pk", "number", "ordered_at", "ship_by", "raw_status")
# Names in the address of the list, as attributes of Counted.
WHICH = {
    "bad": "Counted against the store",
    "unclear": "Not clear from our data",
    "whole": "All that were counted",
}


def rows_of(standard: Standard, counted: Counted, which: str) -> Any:
    """The rows of a part of a rate in a stable order, as values of PATHS; None: none."""
    rows = getattr(counted, which)
    if rows is None:
        return None
    if standard.counts is Counts.TRACKED:
        return rows.order_by("-accepted_at", "-pk").values_list(
            *(f"order__{path}" for path in PATHS),
            "accepted_at",
            "sent_carrier",
            "sent_tracking",
        )
    return rows.order_by("-ship_by", "-pk").values_list(*PATHS)


def behind(standard: Standard, values: Iterable[tuple[Any, ...]]) -> list[Behind]:
    """A page of them for people; one more query for orders, for when they were told."""
    values = list(values)
    if standard.counts is Counts.TRACKED:
        return [_behind(row, *row[len(PATHS) :]) for row in values]
    told: dict[int, tuple[Any, ...]] = {}
    ids = [row[0] for row in values]
    for order_id, *rest in (
        Dispatch.objects.filter(order__in=ids)
        .exclude(accepted_at=None)
        .order_by("accepted_at")
        .values_list("order", "accepted_at", "sent_carrier", "sent_tracking")
    ):
        told[order_id] = tuple(rest)
    return [_behind(row, *told.get(row[0], (None, "", ""))) for row in values]


def _behind(
    row: tuple[Any, ...], told_at: datetime | None, carrier: str, tracking: str
) -> Behind:
    return Behind(
        order_id=row[0],
        number=row[1],
        ordered_at=row[2],
        ship_by=row[3],
        raw_status=row[4],
        told_at=told_at,
        carrier=carrier,
        tracking=tracking,
    )
