"""A settlement that came again: nothing, or what changed of it in one transaction.

The row that stands keeps its identity. Lines whose number and content are as before
stay, with their matches; the rest goes and the new ones take their place. What a person
matched is kept where the same line is still there, and the row says what changed.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from reconciliation.models import Settlement, SettlementLine
from reconciliation.settlements.totals import count_matches
from shipsync_site.lib import bulk, clock

CONTENT = (
    "kind",
    "raw_type",
    "raw_kind",
    "raw_description",
    "amount",
    "posted_at",
    "order_ref",
    "item_ref",
    "remote_line",
    "adjustment_ref",
    "marketplace",
    "sku",
    "quantity",
    "fulfilled_by_marketplace",
)
# What may be NULL, with what no line says.
_NULL = {"posted_at": datetime(1970, 1, 1, tzinfo=UTC), "quantity": -(1 << 31)}
HEAD = ("currency", "total", "starts_at", "ends_at", "deposited_at", "status")
_NAMES = {
    "currency": "currency",
    "total": "total",
    "starts_at": "start",
    "ends_at": "end",
    "deposited_at": "deposit date",
    "status": "status",
}
_MATCH = ("order_id", "order_line_id", "rung", "matched_by_id", "match_note")
_BLOCK = 500
_WRAP = 1 << 256

Row = tuple[Any, ...]


class ChangedMeanwhileError(Exception):
    """Another process has replaced the settlement that stands."""


@dataclass(slots=True)
class Difference:
    """Ids of lines that go, and of those that come; whether any content changed."""

    old: list[int] = field(default_factory=list)
    new: list[int] = field(default_factory=list)
    same_lines: bool = True


def replace(standing: Settlement, staged: Settlement) -> bool:
    """Give what stands the content of what is staged; False where it has it already.

    ``standing`` is as it is stored afterwards. Raises ChangedMeanwhileError.
    """
    changed = [x for x in HEAD if getattr(standing, x) != getattr(staged, x)]
    found = _difference(standing, staged)
    if found.same_lines:
        # The same lines in another order are the same settlement.
        found = Difference()
    if found.same_lines and not changed:
        return False
    kept, lost = (0, 0) if found.same_lines else _carry(found)
    count, sums = standing.line_count, (standing.total, standing.lines_total)
    with transaction.atomic():
        locked = Settlement.objects.select_for_update().get(pk=standing.pk)
        if locked.stored_at != standing.stored_at:
            raise ChangedMeanwhileError(f"settlement {standing.remote_id}")
        for part in _blocks(found.old):
            SettlementLine.objects.filter(pk__in=part).delete()
        for part in _blocks(found.new):
            SettlementLine.objects.filter(pk__in=part).update(settlement=standing)
        for name in HEAD:
            setattr(standing, name, getattr(staged, name))
        if not found.same_lines:
            standing.line_count = staged.line_count
            standing.lines_total = staged.lines_total
        standing.remainder = standing.total - standing.lines_total
        standing.file_id = staged.file_id or standing.file_id
        now = clock.now()
        standing.stored_at = standing.matched_at = standing.replaced_at = now
        signed = standing.signed_by if standing.signed_at else None
        resigned = sums != (standing.total, standing.lines_total) or found.new
        standing.replaced_note = _note(
            changed, found, (count, standing.line_count), sums, standing, (kept, lost)
        )
        if standing.signed_at and resigned:
            standing.replaced_note += f" The signature of {signed} was taken off."
            standing.signed_at = standing.signed_by = None
        count_matches(standing)
        standing.save()
    return True


def _difference(standing: Settlement, staged: Settlement) -> Difference:
    """Lines of either side that the other does not have under the same number."""
    found = Difference(
        old=list(_without_twin(standing, staged)),
        new=list(_without_twin(staged, standing)),
    )
    before = sum(map(_weight, _rows_of(found.old))) % _WRAP
    after = sum(map(_weight, _rows_of(found.new))) % _WRAP
    found.same_lines = before == after
    return found


def _without_twin(these: Settlement, those: Settlement) -> QuerySet[Any, int]:
    same = {x: OuterRef(x) for x in ("number", *CONTENT) if x not in _NULL}
    twins = SettlementLine.objects.filter(
        *(
            Exact(Coalesce(F(x), Value(nothing)), Coalesce(OuterRef(x), Value(nothing)))
            for x, nothing in _NULL.items()
        ),
        settlement=those,
        **same,
    )
    return (
        SettlementLine.objects.filter(~Exists(twins), settlement=these)
        .order_by("number")
        .values_list("pk", flat=True)
    )


def _rows_of(ids: Sequence[int]) -> Iterator[Row]:
    """Id and content of these lines, in their order."""
    for part in _blocks(ids):
        lines = SettlementLine.objects.filter(pk__in=part).order_by("number")
        yield from lines.values_list("pk", *CONTENT)


def _weight(row: Row) -> int:
    """A line's content as a number: sums are equal for the same lines in any order."""
    return int.from_bytes(hashlib.sha256(repr(row[1:]).encode()).digest())


def _carry(found: Difference) -> tuple[int, int]:
    """Give new lines what persons matched on the old ones: how many, how many not."""
    wanted: defaultdict[Row, list[Row]] = defaultdict(list)
    for part in _blocks(found.old):
        lines = SettlementLine.objects.filter(pk__in=part, matched_by__isnull=False)
        for row in lines.order_by("number").values_list(*_MATCH, *CONTENT):
            wanted[_likeness(row[len(_MATCH) :])].append(row[: len(_MATCH)])
    left = asked = sum(map(len, wanted.values()))
    if not asked:
        return 0, 0
    kept: list[SettlementLine] = []
    for row in _rows_of(found.new):
        if matches := wanted.get(_likeness(row[1:])):
            values = dict(zip(_MATCH, matches.pop(0), strict=True))
            kept.append(SettlementLine(pk=row[0], **values))
            left -= 1
    fields = ("order", "order_line", "rung", "matched_by", "match_note")
    for start in range(0, len(kept), _BLOCK):
        bulk.save(kept[start : start + _BLOCK], fields)
    return asked - left, left


def _likeness(content: Row) -> Row:
    """By what a line is the same as before: its own id, else all but its time."""
    values = dict(zip(CONTENT, content, strict=True))
    if values["remote_line"]:
        return values["remote_line"], values["kind"], values["raw_description"]
    return tuple(value for name, value in values.items() if name != "posted_at")


def _note(
    changed: list[str],
    found: Difference,
    counts: tuple[int, int],
    before: tuple[Any, Any],
    now: Settlement,
    matches: tuple[int, int],
) -> str:
    """What changed, in words."""
    parts = []
    if not found.same_lines:
        ours, theirs = counts
        grown = f"{ours} lines became {theirs}" if ours != theirs else f"{ours} lines"
        parts.append(
            f"{grown}, {max(len(found.old), len(found.new))} of them differ "
            f"(sum {before[1]} → {now.lines_total})."
        )
    if "total" in changed:
        parts.append(f"Paid out: {before[0]} → {now.total} {now.currency}.")
    if others := [_NAMES[name] for name in changed if name != "total"]:
        parts.append(f"New {', '.join(others)}.")
    kept, lost = matches
    if kept:
        parts.append(f"Matches by persons kept: {kept}.")
    if lost:
        parts.append(f"Matches by persons lost with their lines: {lost}.")
    return " ".join(parts)[:400]


def _blocks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _BLOCK):
        yield ids[start : start + _BLOCK]
