"""Spoilt settlement files: two hundred are judged, broken rules of ours show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from reconciliation.models import Settlement
from reconciliation.settlements import store
from shipsync_site.lib import clock
from shipsync_site.soak.faults.worker import empty
from shipsync_site.soak.settlements.history import COPIES, play
from stores import flat_values
from stores.connectors.amazon import settlement
from stores.connectors.amazon.settlement_table import Columns

SEEDS = range(10)
# So many of them on PostgreSQL too; manage.py soak plays any range there.
ON_BOTH = 2

Break = Callable[[pytest.MonkeyPatch], None]


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(seed, marks=[pytest.mark.sqlite] if seed >= ON_BOTH else [])
        for seed in SEEDS
    ],
)
def test_spoilt_files_are_taken_in_exactly_or_refused(db: None, seed: int) -> None:
    result = play(seed)

    told = "\n".join([*map(str, result.problems), *result.log])
    assert not result.problems, (
        f"{told}\nagain: manage.py soak settlements --seeds {seed} --verbose"
    )
    assert result.counts["files"] == COPIES
    assert result.counts["refused"]


def pads_short_rows(patch: pytest.MonkeyPatch) -> None:
    """A row that lacks cells is taken as if they were empty."""

    def cells(self: Columns, line: Any) -> list[str]:
        found: list[str] = line.text.split("\t")
        return (found + [""] * self.width)[: self.width]

    patch.setattr(Columns, "cells", cells)


def guesses_amounts(patch: pytest.MonkeyPatch) -> None:
    """Whatever stands last is the decimal sign."""
    real = flat_values.amount

    def guess(text: str, _point: str | None) -> Any:
        return real(text.replace(",", "."), ".")

    patch.setattr(flat_values, "amount", guess)


def loses_a_row(patch: pytest.MonkeyPatch) -> None:
    """The last row is not taken in, and the deposit is what remains."""
    real = settlement.read

    def read(content: bytes) -> tuple[Any, Iterator[Any]]:
        head, lines = real(content)
        found = list(lines)
        return replace(head, total=head.total - found[-1].amount), iter(found[:-1])

    patch.setattr(settlement, "read", read)


def shows_what_is_staged(patch: pytest.MonkeyPatch) -> None:
    """A settlement can be seen before its file is read to the end."""
    real = store.add_lines

    def add(staged: Settlement, lines: Any) -> int:
        added = real(staged, lines)
        if staged.line_count > 30:
            rows = Settlement.objects.filter(pk=staged.pk)
            rows.update(stored_at=clock.now())
            raise RuntimeError("the rest is not read")
        return added

    patch.setattr(store, "add_lines", add)


BROKEN: tuple[Break, ...] = (
    pads_short_rows,
    guesses_amounts,
    loses_a_row,
    shows_what_is_staged,
)


@pytest.mark.sqlite
@pytest.mark.parametrize("broken", BROKEN, ids=lambda x: x.__name__)
def test_broken_rule_is_seen(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, broken: Break
) -> None:
    broken(monkeypatch)
    seen: Counter[str] = Counter()
    for seed in range(8):
        empty()
        seen.update(problem.rule for problem in play(seed).problems)
        if seen:
            return
    pytest.fail(f"nobody sees that {broken.__doc__}")
