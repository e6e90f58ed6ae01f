"""How far a bulk act is, in the words of its page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from orders.models import BulkRun, BulkState

# A second of work says little of how fast the rest goes.
_TELLING = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """``wait``: seconds of the countdown left; ``rate`` cases a second, ``left``
    seconds, both None where nothing can be said yet."""

    handled: int
    total: int
    wait: int
    rate: float | None
    left: int | None
    ended: bool

    @property
    def percent(self) -> int:
        """0 to 100."""
        return 100 if self.ended else round(99 * self.handled / max(1, self.total))


def progress_of(run: BulkRun, now: datetime) -> Progress:
    """The progress at the real time ``now``."""
    undoing = run.state == BulkState.UNDOING
    total, handled = run.total, run.done + run.failed
    if undoing:
        total = run.done
        handled = run.rows.filter(undone__isnull=False).count()
    # What was set aside in the preview costs no time.
    aside = 0 if undoing else sum(count for _why, count in _left(run))
    worked = handled - aside
    spent = (now - run.begun_at).total_seconds() if run.begun_at else 0.0
    rate = worked / spent if worked > 0 and spent >= _TELLING else None
    wait = 0.0
    if run.state == BulkState.COUNTDOWN and run.begins_at is not None:
        wait = max(0.0, (run.begins_at - now).total_seconds())
    return Progress(
        handled=handled,
        total=total,
        wait=-int(-wait // 1),
        rate=rate,
        left=max(1, round((total - handled) / rate)) if rate else None,
        ended=run.state
        not in (BulkState.COUNTDOWN, BulkState.RUNNING, BulkState.UNDOING),
    )


def _left(run: BulkRun) -> list[tuple[str, int]]:
    return [(why, count) for why, count in run.foreseen.get("left", [])]
