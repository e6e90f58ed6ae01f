"""Background work on home: lanes as they stand, and how many things are late or down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count
from django.urls import reverse

from orders.models import Watch, WatchState
from shipsync_site.lib import clock
from shipsync_site.lib.tones import Tone, span
from shipsync_site.presentation import Mark, mark
from stores.models import Direction, Lane

LATE_AFTER = timedelta(minutes=2)
_BAD = (Tone.BREACH, Tone.SOON)
SHOWN = (WatchState.UP, WatchState.LATE, WatchState.DOWN, WatchState.NEW)


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneRow:
    """One lane: when it last ran and how it stands."""

    account: str
    label: str
    last_run_at: datetime | None
    last_ok_at: datetime | None
    word: str
    tone: Tone
    error: str

    @property
    def bad(self) -> bool:
        """Whether somebody should look."""
        return self.tone in _BAD


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchCount:
    """How many things are in a state, and the list of them."""

    state: Mark
    count: int
    url: str


def lanes_late(lanes: Sequence[Lane]) -> set[str]:
    """The accounts whose orders are read late."""
    return {
        lane.account
        for lane in lanes
        if lane.direction == Direction.PULL and _tone(lane, paused=False)[1] in _BAD
    }


def lane_rows(
    lanes: Sequence[Lane], names: Mapping[str, tuple[str, bool]]
) -> tuple[LaneRow, ...]:
    """The lanes of accounts; our own beat is a lane of none, the heart speaks for it."""
    return tuple(_row(lane, names) for lane in lanes if lane.account in names)


def watch_counts() -> tuple[WatchCount, ...]:
    """One query over what is watched."""
    counted = Counter(
        dict(Watch.objects.order_by().values_list("state").annotate(Count("pk")))
    )
    return tuple(
        WatchCount(
            state=mark("watch", state),
            count=counted[state],
            url=f"{reverse('orders:watches')}?state={state}",
        )
        for state in SHOWN
    )


def _tone(lane: Lane, *, paused: bool) -> tuple[str, Tone]:
    now = clock.real_now()
    if paused:
        return "paused", Tone.SOON
    if lane.lease_id and lane.lease_until:
        if lane.lease_until < now:
            return "its process died", Tone.SOON
        return "running", Tone.INFO
    if lane.due_at and lane.due_at < now - LATE_AFTER:
        return f"late by {span(now - lane.due_at)}", Tone.BREACH
    if lane.failures:
        return f"failed {lane.failures}×", Tone.SOON
    if lane.last_run_at is None:
        return "not run yet", Tone.PLAIN
    return "up", Tone.FINE


def _row(lane: Lane, names: Mapping[str, tuple[str, bool]]) -> LaneRow:
    name, paused = names[lane.account]
    word, tone = _tone(lane, paused=paused)
    return LaneRow(
        account=name,
        label=lane.get_direction_display(),
        last_run_at=lane.last_run_at,
        last_ok_at=lane.last_ok_at,
        word=word,
        tone=tone,
        error=lane.last_error if lane.failures else "",
    )
