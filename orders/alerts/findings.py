"""What a trigger found: how much stands, what of it is new, what it is worth."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Min, Q, QuerySet, Sum

_PENNY = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look of a rule: what stood at ``at``, and what of it came after ``since``.

    Both lie back by the rule's delay. ``since`` is None where nothing was ever told.
    """

    now: datetime
    at: datetime
    since: datetime | None = None

    @property
    def delay(self) -> timedelta:
        """How long a thing must have stood."""
        return self.now - self.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """``count`` things stand, ``fresh`` of them are new; ``path`` lists them.

    ``what`` continues a count ('orders have to be packed within 4 h'); ``one`` does so
    after '1'. ``money`` is by currency.
    """

    count: int
    fresh: int
    what: str
    one: str
    path: str
    money: dict[str, Decimal] = field(default_factory=dict)
    oldest: datetime | None = None
    deadline: datetime | None = None
    details: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """'12 orders have to be packed within 4 h'."""
        if self.count == 1:
            return f"1 {self.one}"
        return f"{self.count:,} {self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """A queryset in figures."""

    count: int
    fresh: int
    money: dict[str, Decimal]
    oldest: datetime | None
    deadline: datetime | None


def sums(
    rows: QuerySet[object],  # type: ignore[type-var]
    fresh: Q,
    *,
    amount: str,
    oldest: str,
    deadline: str,
) -> Sums:
    """Count, worth by currency, oldest and next of some rows; one query."""
    lines = list(
        rows.order_by()
        .values("currency")
        .annotate(
            rows=Count("pk"),
            new=Count("pk", filter=fresh),
            worth=Sum(amount),
            first=Min(oldest),
            due=Min(deadline),
        )
    )
    return Sums(
        count=sum(line["rows"] for line in lines),
        fresh=sum(line["new"] for line in lines),
        money={
            line["currency"]: line["worth"].quantize(_PENNY)
            for line in lines
            if line["currency"] and line["worth"]
        },
        oldest=min((x["first"] for x in lines if x["first"]), default=None),
        deadline=min((x["due"] for x in lines if x["due"]), default=None),
    )
