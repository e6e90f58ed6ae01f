"""What is known of a cancellation's moments: frozen values, no models, no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A line of the timeline: ``at`` is ours, ``happened`` the system's own time."""

    verb: str
    at: datetime
    text: str
    happened: datetime | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A call for this order; ``outcome`` is an AttemptOutcome."""

    operation: str
    at: datetime
    target: str
    outcome: str
    finished_at: datetime | None = None
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person decided about the cancellation."""

    at: datetime
    by: str
    what: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label of a record that holds goods of this order."""

    bought_at: datetime
    tracking: str
    record: int
    voided_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that is known of an order's cancellation.

    ``records`` are the ShipStation ids that its goods may lie in: its own, and the
    primary that it was combined into (``primary``, None for none). ``parcels_read_at``:
    all labels bought before this were read. ``messages``: when the marketplace sent
    word that something of this account had changed.
    """

    marketplace: str
    heard: Sequence[Heard]
    tried: Sequence[Tried] = ()
    said: Sequence[Said] = ()
    labels: Sequence[Label] = ()
    records: Sequence[int] = ()
    primary: int | None = None
    parcels_read_at: datetime | None = None
    messages: Sequence[datetime] = ()
