"""How a run stands, as the pages show it: one word, tone and icon for each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from reconciliation.checklists import acts
from reconciliation.checklists.checks import CHECKS
from reconciliation.models import ChecklistRun, ChecklistState, ChecklistTick
from shipsync_site.lib.tones import Tone


class Standing(StrEnum):
    """What became of a day's list."""

    SIGNED = "signed"
    LATE = "late"
    MISSED = "missed"
    HALF = "half"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The word, tone and icon of a standing."""

    word: str
    tone: Tone
    icon: str


LOOKS = {
    Standing.SIGNED: Look(word="Signed", tone=Tone.FINE, icon="circle-check"),
    Standing.LATE: Look(word="Signed late", tone=Tone.SOON, icon="clock-alert"),
    Standing.MISSED: Look(word="Not signed", tone=Tone.BREACH, icon="octagon-alert"),
    Standing.HALF: Look(word="Second signature", tone=Tone.INFO, icon="users"),
    Standing.OPEN: Look(word="Open", tone=Tone.PLAIN, icon="circle-dot"),
}


def standing(run: ChecklistRun, now: datetime) -> Standing:
    """What became of it so far; late is what was signed, in full, after it was due."""
    if run.state == ChecklistState.SIGNED:
        signed = run.second_at or run.signed_at
        late = signed is not None and signed > run.due_at
        return Standing.LATE if late else Standing.SIGNED
    if run.state == ChecklistState.HALF_SIGNED:
        return Standing.HALF
    return Standing.MISSED if run.due_at <= now else Standing.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A run on a list of runs."""

    run: ChecklistRun
    name: str
    team: str
    standing: Standing
    done: int
    total: int

    @property
    def look(self) -> Look:
        """Its word and colour."""
        return LOOKS[self.standing]

    @property
    def open(self) -> int:
        """Items that nobody ticked."""
        return self.total - self.done


def card(run: ChecklistRun, now: datetime) -> Card:
    """A run whose ``ticks`` are prefetched."""
    ticks = list(run.ticks.all())
    definition = run.frozen["definition"]
    return Card(
        run=run,
        name=definition["name"],
        team=definition["team"],
        standing=standing(run, now),
        done=sum(tick.ticked_at is not None for tick in ticks),
        total=len(ticks),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A line of a run's page; ``why_note`` says why a tick needs a note, '' if not."""

    tick: ChecklistTick
    number: int
    stamp: str
    check: str
    says: str
    says_no: bool
    why_note: str
    figures: tuple[tuple[str, object], ...]
    links: tuple[dict[str, str], ...]

    @property
    def done(self) -> bool:
        """Whether it is ticked."""
        return self.tick.ticked_at is not None

    @property
    def overridden(self) -> bool:
        """Ticked by a person although its check says no."""
        return self.done and not self.tick.automatic and self.says_no


def items(run: ChecklistRun) -> list[Item]:
    """The run's lines, in order."""
    rows = run.ticks.select_related("ticked_by").order_by("position", "pk")
    return [_item(tick, number) for number, tick in enumerate(rows, start=1)]


def _item(tick: ChecklistTick, number: int) -> Item:
    evidence: dict[str, Any] = tick.evidence or {}
    code = tick.check_code
    return Item(
        tick=tick,
        number=number,
        stamp=acts.stamp(tick),
        check=CHECKS.get(code).label if code in CHECKS else code,
        says=str(evidence.get("sentence", "")),
        says_no=acts.says_no(tick),
        why_note=acts.note_wanted(tick),
        figures=tuple((name, value) for name, value in evidence.get("figures", ())),
        links=tuple(link for link in evidence.get("links", ()) if link.get("url")),
    )


def long_day(day: date) -> str:
    """'Monday 23 November 2026'."""
    return f"{day:%A} {day.day} {day:%B %Y}"
