"""What leaves when, and what each order waits for: the bars of home and the same lists.

An order counts once: by the kind of its open case that has to be done first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from orders.case_groups import awake_cases
from orders.exception_kinds import KINDS
from orders.models import Order

# What has no case is said to wait for nothing.
NOTHING = "nothing"
_FORM = "%Y-%m-%dT%H"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Ship-by from ``start`` to before ``end``, whole hours in UTC."""

    start: datetime
    end: datetime

    @property
    def text(self) -> str:
        """As it stands in a URL."""
        return f"{self.start:{_FORM}}/{self.end:{_FORM}}"


def parse(text: str) -> Span | None:
    """The span that a URL names; None where it names none."""
    first, _, last = text.partition("/")
    try:
        start, end = (
            datetime.strptime(part, _FORM).replace(tzinfo=UTC) for part in (first, last)
        )
    except ValueError:
        return None
    return Span(start=start, end=end) if start < end else None


def spans(now: datetime, *, hours: int = 24, step: int = 3) -> list[Span]:
    """The next hours in steps, from the hour that runs."""
    first = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return [
        Span(
            start=first + timedelta(hours=back),
            end=first + timedelta(hours=back + step),
        )
        for back in range(0, hours, step)
    ]


def within(span: Span, now: datetime) -> Q:
    """Orders whose ship-by lies in it and is not past."""
    return Q(ship_by__gte=span.start, ship_by__lt=span.end, ship_by__gt=now)


def with_first_kind(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Each with ``waits``: the kind of its case that is to be done first, or NOTHING."""
    first = (
        awake_cases()
        .filter(order=OuterRef("pk"))
        .order_by("work_by", "pk")
        .values("kind")[:1]
    )
    return orders.annotate(waits=Coalesce(Subquery(first), Value(NOTHING)))


def others(kinds: Iterable[str]) -> str:
    """As a URL says: whatever else than these."""
    return "-" + ",".join(kinds)


def waiting_for(orders: QuerySet[Order], waits: str) -> QuerySet[Order]:
    """Those whose first case is of a kind (a code, or NOTHING), or of none of some."""
    chosen = Q(waits=waits)
    if waits.startswith("-"):
        chosen = ~Q(waits__in=waits[1:].split(","))
    return with_first_kind(orders).filter(chosen)


def words(waits: str) -> str:
    """The same for people."""
    if waits == NOTHING:
        return "without a case"
    if waits.startswith("-"):
        return "with a case of another cause"
    label = KINDS.get(waits).label if waits in KINDS else waits
    return f"whose first case is \u2018{label}\u2019"
