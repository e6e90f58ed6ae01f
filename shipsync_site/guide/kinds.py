"""The runbook of every kind of case: to be searched, one page each."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from orders.exception_kinds import KINDS, ExceptionKind, Team
from shipsync_site.lib.tones import span


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a runbook: a question, and its answer in sentences."""

    title: str
    lines: tuple[str, ...]
    numbered: bool = False


def runbook(kind: ExceptionKind) -> list[Entry]:
    """What is known of a kind, in the order in which it is needed."""
    entries = [
        Entry(title="What happened", lines=(kind.trigger,)),
        Entry(title="What it costs", lines=(kind.effect,)),
        Entry(title="What the buyer sees", lines=(kind.buyer_sees,)),
        Entry(title="Look first", lines=kind.checks),
        Entry(title="Then", lines=kind.steps, numbered=True),
        Entry(
            title="Ways out",
            lines=tuple(f"{way.label}: {way.effect}" for way in kind.resolutions),
        ),
        Entry(title="Why no button ends it", lines=(kind.no_fix,)),
        Entry(title="Who tells whom", lines=(kind.tells,)),
        Entry(title="Closes by itself", lines=(kind.closes_itself,)),
        Entry(title="What proves it closed", lines=(kind.proof,)),
        Entry(
            title="Time we give ourselves",
            lines=(span(kind.sla) if kind.sla else "",),
        ),
    ]
    return [entry for entry in entries if any(entry.lines)]


def found(query: str = "", team: str = "") -> list[ExceptionKind]:
    """The kinds that hold every word, of a team or of all, by label."""
    words = query.casefold().split()
    return sorted(
        (
            kind
            for kind in KINDS
            if (not team or kind.team == team)
            and all(word in _text(kind) for word in words)
        ),
        key=lambda kind: kind.label.casefold(),
    )


def teams() -> list[tuple[Team, list[ExceptionKind]]]:
    """Every team with its kinds."""
    return [(team, found(team=team)) for team in Team]


def _text(kind: ExceptionKind) -> str:
    lines = chain.from_iterable(entry.lines for entry in runbook(kind))
    return " ".join((kind.code, kind.label, *lines)).casefold()
