"""How far a run is, how fast it goes and when it may end; pure but for its stores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reconciliation.models import Run, RunState
from reconciliation.rules import rule_label
from reconciliation.runs import phases


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What the page shows; ``left`` and ``waits`` are words or ''.

    ``steps`` are (label, word, tone) of each phase of the store at hand.
    """

    sentence: str
    percent: int
    store: int
    stores: int
    left: str
    waits: str
    steps: tuple[tuple[str, str, str], ...]
    ended: bool


def progress_of(run: Run, now: datetime, real_now: datetime) -> Progress:
    """The progress as of now."""
    position = run.position or {}
    share = run.done / run.total if run.total else 0.0
    elapsed = (now - run.started_at).total_seconds() if run.started_at else 0.0
    waits = ""
    if not run.lease_id and run.lease_until is not None and run.lease_until > real_now:
        waits = _words((run.lease_until - real_now).total_seconds())
    ended = run.state not in (RunState.WAITING, RunState.RUNNING)
    stores = run.stores.count()
    return Progress(
        sentence=_sentence(run, ended=ended),
        percent=100 if run.state == RunState.DONE else min(99, int(share * 100)),
        store=min(int(position.get("store", 0)) + 1, stores),
        stores=stores,
        left=""
        if ended or not elapsed or share <= 0.02
        else _words(elapsed * (1 - share) / share),
        waits=waits,
        steps=tuple(_steps(run, ended=ended)),
        ended=ended,
    )


def _sentence(run: Run, *, ended: bool) -> str:
    if ended:
        return f"{run.get_state_display()}."
    if run.state == RunState.WAITING:
        return "Waiting for its turn: it starts within a minute."
    label = phases.LABELS.get(run.phase, run.phase)
    last = str((run.position or {}).get("rule", ""))
    return f"{label}: ‘{rule_label(last)}’ is done." if last else f"{label}."


def _steps(run: Run, *, ended: bool) -> list[tuple[str, str, str]]:
    found = []
    word, tone = "done", "fine"
    for code, label in phases.LABELS.items():
        if code == run.phase and not (ended and run.state == RunState.DONE):
            at = (
                ("waits", "plain")
                if run.state == RunState.WAITING
                else ("at it", "info")
            )
            found.append((label, *(("stopped", "plain") if ended else at)))
            word, tone = "waits", "plain"
        else:
            found.append((label, word, tone))
    return found


def _words(seconds: float) -> str:
    """'about 4 minutes'."""
    if seconds < 60:
        return "less than a minute"
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"about {minutes} minute{'' if minutes == 1 else 's'}"
    return f"about {round(minutes / 60)} hours"
