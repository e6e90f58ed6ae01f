"""Seeded cutovers: one holds, broken rules show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from orders import decide, decide_create, decide_push
from orders.facts import Snapshot
from orders.sync import attempts
from shipsync_site.soak.cutover.history import play
from shipsync_site.soak.faults.worker import empty

# One with the tests; the command plays any range.
SEEDS = (3,)
A_FEW = 12
Mutation = Callable[[pytest.MonkeyPatch], None]


def never_silent(patch: pytest.MonkeyPatch) -> None:
    """Shadow and draft are sent like live."""
    patch.setattr(Snapshot, "silent", property(lambda _: False))
    patch.setattr(attempts, "_refuse_silent", lambda items: None)


def creates_what_was_left(patch: pytest.MonkeyPatch) -> None:
    """Orders from before the start are created beside the other route's."""
    patch.setattr(decide, "take_over", lambda d: False)
    patch.setattr(decide_create, "left_behind", lambda d: False)
    patch.setattr(decide_create, "adopt", lambda d: False)


def never_gives_way(patch: pytest.MonkeyPatch) -> None:
    """After a roll-back both routes keep the order."""
    patch.setattr(decide_push, "give_way", lambda d: False)


MUTATIONS: dict[str, tuple[int, Mutation, set[str]]] = {
    "never_silent": (0, never_silent, {"silent"}),
    "creates_what_was_left": (0, creates_what_was_left, {"doubled"}),
    "never_gives_way": (0, never_gives_way, {"doubled", "lost"}),
}

# Broken each time the tests run; the others where they may take minutes.
ALWAYS = ("creates_what_was_left",)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_doubled_lost_or_sent_too_early(
    transactional_db: None, seed: int
) -> None:
    result = play(seed)

    told = "\n".join([*map(str, result.problems), *result.stories, *result.log])
    assert not result.problems, f"{told}\nagain: manage.py soak cutover --seeds {seed}"
    assert result.counts["orders"]
    assert result.counts["wanted"]


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in ALWAYS else [pytest.mark.costly])
        for name in MUTATIONS
    ],
)
def test_a_broken_rule_is_seen(
    transactional_db: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    first, mutation, rules = MUTATIONS[name]
    mutation(monkeypatch)

    for seed in range(first, first + A_FEW):
        empty()
        found = {problem.rule for problem in play(seed).problems}
        if found & rules:
            return
    pytest.fail(f"{A_FEW} seeds from {first} on did not see {name}")
