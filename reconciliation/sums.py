"""What a run counted of a store: its buckets as a table that adds up, or says by how much not."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from reconciliation.models import Hit, Run, RunStore
from reconciliation.rules import AGREES, RULES, bucket_label
from reconciliation.rules.skips import PREFIX


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A bucket with its orders; ``found`` is all that its rule found (None: no rule)."""

    code: str
    label: str
    tone: str
    why: str
    orders: int
    found: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """A store's part of a run; ``off`` is how many orders the buckets hold too many.

    ``elsewhere`` are findings that stand for no order that the marketplace counted.
    """

    part: RunStore
    buckets: tuple[Bucket, ...]
    elsewhere: tuple[Bucket, ...]
    whole: int
    off: int | None

    @property
    def tone(self) -> str:
        """Fine where it adds up, breach where not, soon where nobody counted."""
        return "soon" if self.off is None else "breach" if self.off else "fine"

    @property
    def verdict(self) -> str:
        """Whether it adds up, in words."""
        if self.part.compared_at is None:
            return "Not compared yet"
        if self.off is None:
            return "Not counted by the marketplace"
        if not self.off:
            return "Adds up"
        return f"{abs(self.off):,} {'too many' if self.off > 0 else 'missing'}"


def sums_of(run: Run) -> list[Sum]:
    """Each store of a run; three queries."""
    parts = list(
        run.stores.select_related("store__remote_account")
        .defer("store__remote_account__secrets")
        .order_by("store__name", "pk")
    )
    found: dict[int, dict[str, int]] = {}
    rows = (
        Hit.objects.filter(run_store__in=parts)
        .values_list("run_store", "rule")
        .annotate(number=Count("pk"))
        .order_by()
    )
    for part, rule, number in rows:
        found.setdefault(part, {})[rule] = number
    return [sum_of(part, found.get(part.pk, {})) for part in parts]


def sum_of(part: RunStore, found: dict[str, int]) -> Sum:
    """A store's part; ``found`` are its hits by rule. Pure."""
    counted = {code: int(number) for code, number in part.buckets.items()}
    whole = sum(counted.values())
    return Sum(
        part=part,
        buckets=tuple(
            _bucket(code, number, found)
            for code, number in sorted(counted.items(), key=_place)
        ),
        elsewhere=tuple(
            _bucket(code, 0, found) for code in sorted(found) if code not in counted
        ),
        whole=whole,
        off=None if part.counted is None else whole - part.counted,
    )


def _place(item: tuple[str, int]) -> tuple[int, int, str]:
    """What agrees first, then what does not by its rank, then what is skipped."""
    code, _number = item
    if code == AGREES:
        return 0, 0, ""
    if code.startswith(PREFIX):
        return 2, 0, code
    return 1, RULES.get(code).rank if code in RULES else 999, code


def _bucket(code: str, orders: int, found: dict[str, int]) -> Bucket:
    if code == AGREES:
        tone, why = "fine", "Both sides say the same."
    elif code.startswith(PREFIX):
        tone, why = "plain", "Not compared, for this reason."
    else:
        rule = RULES.get(code) if code in RULES else None
        tone, why = "soon", rule.sentence if rule else "This rule is no longer there."
        return Bucket(
            code=code,
            label=bucket_label(code),
            tone=tone,
            why=why,
            orders=orders,
            found=found.get(code, 0),
        )
    return Bucket(
        code=code, label=bucket_label(code), tone=tone, why=why, orders=orders
    )
