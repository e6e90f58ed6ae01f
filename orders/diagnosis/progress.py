"""How far a diagnosis under way is, how fast it goes and when it may end; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from orders.diagnosis import phases
from orders.models import Diagnosis, DiagnosisState


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What the page shows; ``rate`` is records a minute, ``left`` words or ''."""

    sentence: str
    percent: int
    read: int
    rate: int | None
    left: str
    waits: str
    steps: tuple[tuple[str, str, str], ...]
    ended: bool


def progress_of(diagnosis: Diagnosis, now: datetime, real_now: datetime) -> Progress:
    """The progress as of now; (label, word, tone) of each step of the way."""
    position = diagnosis.position or {}
    read = int(position.get("read", 0))
    share = diagnosis.done / diagnosis.total if diagnosis.total else 0.0
    elapsed = 0.0
    if diagnosis.started_at is not None:
        elapsed = (now - diagnosis.started_at).total_seconds()
    label = phases.phase(diagnosis.phase or phases.FIRST).label
    waits = ""
    until = diagnosis.lease_until
    if not diagnosis.lease_id and until is not None and until > real_now:
        waits = _words((until - real_now).total_seconds())
    started = diagnosis.state != DiagnosisState.WAITING
    return Progress(
        sentence=(
            f"{label}: {read:,} record{'' if read == 1 else 's'} read so far."
            if started
            else "Waiting for its turn: it starts within a minute."
        ),
        percent=round(share * 100),
        read=read,
        rate=round(60 * read / elapsed) if elapsed >= 1 and read else None,
        left=_words(elapsed * (1 - share) / share) if elapsed and share > 0.02 else "",
        waits=waits,
        steps=tuple(_steps(diagnosis, started=started)),
        ended=diagnosis.state not in (DiagnosisState.WAITING, DiagnosisState.RUNNING),
    )


def _steps(diagnosis: Diagnosis, *, started: bool) -> list[tuple[str, str, str]]:
    found = []
    word, tone = "done", "fine"
    for each in phases.PHASES:
        if each.code == diagnosis.phase:
            now = ("at it", "info") if started else ("waits", "plain")
            found.append((each.label, *now))
            word, tone = "waits", "plain"
        else:
            found.append((each.label, word, tone))
    return found


def _words(seconds: float) -> str:
    """'about 4 minutes'."""
    if seconds < 60:
        return "less than a minute"
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"about {minutes} minute{'' if minutes == 1 else 's'}"
    return f"about {round(minutes / 60)} hours"
