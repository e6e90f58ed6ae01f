"""What one step of a diagnosis gives back, and the rows that it keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from orders.diagnosis.notes import Json
from orders.models import Diagnosis, DiagnosisRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one step found.

    ``cursor`` is where its phase goes on, ``done`` that it is over; ``extra`` replaces
    values of the position (see runs).
    """

    cursor: Json
    done: bool
    fraction: float
    rows: Sequence[DiagnosisRow] = ()
    read: int = 0
    unreadable: Sequence[str] = ()
    extra: Json = field(default_factory=dict)


OVER = Step(cursor={}, done=True, fraction=1.0)


def since_of(diagnosis: Diagnosis) -> datetime:
    """The start of the days that are looked at."""
    return diagnosis.period_end - timedelta(days=diagnosis.days)


def row_of(
    diagnosis: Diagnosis, kind: str, key: str, link: str, mark: str, facts: Json
) -> DiagnosisRow:
    """A row to keep; see the model."""
    return DiagnosisRow(
        diagnosis=diagnosis,
        kind=kind,
        key=key[:120],
        link=link,
        mark=mark,
        facts=facts,
    )
