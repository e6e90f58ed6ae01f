"""The flow map: where orders are, how long each step takes, and where it is interrupted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Sum
from django.urls import reverse

from orders.exception_kinds import KINDS
from orders.models import CaseGroup, Stage, Watch, WatchState
from shipsync_site.headline import Standstill
from shipsync_site.home.hours import Hours
from shipsync_site.home.rows import Cell, cases_url, orders_url
from shipsync_site.lib.tones import Tone, span
from stores.models import Direction, Store, StoreState

# Where a silent lane interrupts: the station whose work it brings.
_LANES = {
    Direction.PULL: 0,
    Direction.LISTEN: 0,
    Direction.PUSH: 1,
    Direction.MIRROR: 2,
    Direction.DISPATCHES: 2,
    Direction.CONFIRM: 3,
    Direction.READ_BACK: 4,
}
# Kinds that say where the flow stands still; others are counted with their orders.
_KINDS = {
    "store_quiet": 0,
    "unknown_store": 0,
    "contract_broken": 0,
    "carrier_in_trouble": 2,
    "carrier_unmapped": 3,
    "confirm_refused": 3,
    "tracking_missing": 3,
}
_STATIONS: tuple[tuple[str, tuple[Stage, ...]], ...] = (
    ("Marketplaces", (Stage.WAITING,)),
    ("shipsync", (Stage.TO_PUSH, Stage.RELEASE)),
    ("ShipStation", (Stage.IN_SHIPSTATION, Stage.HELD)),
    ("Dispatched", (Stage.DISPATCHED,)),
    ("Confirmed", (Stage.CONFIRMED, Stage.DONE)),
)
# Between stations: what of an hour's lags tells how long the step takes, in words.
_STEPS = (
    ("import_lag", "from the sale until we heard of it"),
    ("push_lag", "from hearing of it until it was in ShipStation"),
    ("", "the warehouse packs"),
    ("confirm_lag", "from the label until the marketplace was told"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """An interruption and what it is about; ``staff``: its page is not for packers."""

    text: str
    url: str
    tone: Tone
    title: str = ""
    staff: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """A box of the map, and the step to the next one."""

    label: str
    cells: tuple[Cell, ...]
    troubles: tuple[Trouble, ...]
    words: str = ""
    lag: str = ""
    step: str = ""

    @property
    def broken(self) -> bool:
        """Whether nothing, or not all, gets through here."""
        return any(trouble.tone is Tone.BREACH for trouble in self.troubles)


def stations(
    by_stage: Mapping[Stage, Cell],
    stores: Sequence[Store],
    standing: Iterable[Standstill],
    cased: Counter[str],
    hours: Hours,
) -> tuple[Station, ...]:
    """The five boxes in their order; two queries."""
    troubles: list[list[Trouble]] = [[] for _ in _STATIONS]
    for place in standing:
        number = 2 if "/shipstation/" in place.url else 0
        troubles[number].append(
            Trouble(
                text=f"{place.name}: {place.word}",
                url=place.url,
                tone=Tone.BREACH if place.word == "refused" else Tone.SOON,
                title=place.reason,
                staff=True,
            )
        )
    _silent(troubles)
    _kinds(troubles)
    for number, (_label, stages) in enumerate(_STATIONS):
        troubles[number] += _with_case(stages, cased)
    return tuple(
        Station(
            label=label,
            cells=tuple(by_stage[stage] for stage in stages),
            troubles=tuple(troubles[number]),
            words=_live(stores) if number == 0 else "",
            **_step(number, hours),
        )
        for number, (label, stages) in enumerate(_STATIONS)
    )


def _live(stores: Sequence[Store]) -> str:
    live = sum(store.state == StoreState.LIVE for store in stores)
    return f"{live} of {len(stores)} stores live"


def _step(number: int, hours: Hours) -> dict[str, str]:
    if number >= len(_STEPS):
        return {}
    name, words = _STEPS[number]
    lag = hours.last_lag(name) if name else None
    if lag is None:
        return {"step": words, "lag": ""}
    seconds, hour = lag
    return {
        "lag": f"p95 {span(timedelta(seconds=seconds))}",
        "step": f"{words}: 95 of 100 within this, in the hour from {hour:%H:%M} UTC, "
        "at the slowest store",
    }


def _silent(troubles: list[list[Trouble]]) -> None:
    """What is late or down of what should happen by itself."""
    rows = Watch.objects.filter(state__in=(WatchState.LATE, WatchState.DOWN))
    for key, label, state in rows.order_by("label").values_list(
        "key", "label", "state"
    ):
        sort, _, rest = key.partition(":")
        if sort == "lane":
            number = _LANES.get(Direction(rest.rpartition(":")[2]), 1)
        elif sort == "store":
            number = 0
        else:
            continue
        troubles[number].append(
            Trouble(
                text=f"{label}: {WatchState(state).label.lower()}",
                url=f"{reverse('orders:watches')}?state={state}",
                tone=Tone.BREACH if state == WatchState.DOWN else Tone.SOON,
                staff=True,
            )
        )


def _kinds(troubles: list[list[Trouble]]) -> None:
    rows = (
        CaseGroup.objects.filter(awake__gt=0, kind__in=_KINDS)
        .order_by("kind")
        .values_list("kind")
        .annotate(Sum("awake"))
    )
    for kind, count in rows:
        troubles[_KINDS[kind]].append(
            Trouble(
                text=f"{count:,} × {KINDS.get(kind).label}",
                url=cases_url(kind=kind),
                tone=Tone.BREACH if _KINDS[kind] == 0 else Tone.SOON,
            )
        )


def _with_case(stages: tuple[Stage, ...], cased: Counter[str]) -> Iterable[Trouble]:
    for stage in stages:
        if count := cased.get(stage, 0):
            yield Trouble(
                text=f"{count:,} {stage.label.lower()} with a case",
                url=orders_url(stage=stage.value, case="yes"),
                tone=Tone.SOON,
            )
