"""What was tried and what people said: facts of our own, as decide() sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

# A call may still be at work this long after it was sent, whatever we heard of it.
IN_FLIGHT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFacts:
    """A standing attempt: in doubt (open, unknown), refused or locked.

    Of what is told once, an order taken or a request answered, the done ones too.
    """

    id: int
    operation: str
    target: str
    digest: str
    outcome: str
    started_at: datetime
    code: str = ""
    field: str = ""
    text: str = ""
    retried: bool = False
    finished_at: datetime | None = None

    @property
    def in_doubt(self) -> bool:
        """Whether the write may have happened."""
        return self.outcome in ("open", "unknown")

    @property
    def over_at(self) -> datetime:
        """From when on a read shows what became of it: nobody works on it any more."""
        return max(self.started_at + IN_FLIGHT, self.finished_at or self.started_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFacts:
    """A person's word and the cause it answers.

    ``target``: the record they chose; ``choice``: the reason, from the marketplace's list.
    """

    verb: str
    cause: str
    at: datetime
    target: str = ""
    choice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionFacts:
    """A person's delivery address, which counts instead of the marketplace's.

    Digests of addresses: ``digest`` the corrected one, ``made_from`` the marketplace's
    that it answers, ``market`` the marketplace's now. ``at``: when it was made.
    """

    digest: str
    made_from: str
    market: str
    at: datetime

    @property
    def contradicted(self) -> bool:
        """Whether the marketplace has named a third address since."""
        return self.market not in (self.made_from, self.digest)
