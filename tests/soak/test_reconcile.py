"""Seeded worlds of reconciliation: a few hold, and broken rules show."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from django.db.models import Q, Value

from reconciliation.models import CensusRow
from reconciliation.rules import (
    cancelled_open,
    lines_differ,
    missing_in_shipstation,
    no_tracking_back,
)
from reconciliation.rules.scope import Scope
from reconciliation.runs import buckets
from shipsync_site.soak.faults.worker import empty
from shipsync_site.soak.reconcile.faults import EITHER, ORCHESTRATED
from shipsync_site.soak.reconcile.history import Reconciled, play
from shipsync_site.soak.reconcile.judge import FOUND_BY

# A few with the tests; the command plays any range.
SEEDS = (1, 4)
Mutation = Callable[[pytest.MonkeyPatch], None]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_was_planted_is_found_and_nothing_else(
    transactional_db: None, seed: int
) -> None:
    result = play(seed)

    told = "\n".join(map(str, result.problems))
    assert not result.problems, (
        f"{told}\nagain: manage.py soak reconcile --seeds {seed}"
    )
    assert result.counts["orders"] > 10
    assert result.counts["faults"]


def test_every_fault_has_its_rule() -> None:
    names = {fault.__name__ for fault in (*EITHER, *ORCHESTRATED)} | {"went_silent"}
    assert names == set(FOUND_BY)


def _no_grace(module: ModuleType) -> Mutation:
    return lambda patch: patch.setattr(module, "GRACE", -timedelta(hours=1))


def forgets_the_missing(patch: pytest.MonkeyPatch) -> None:
    """Orders without a record are taken as if they had one."""
    patch.setattr(missing_in_shipstation, "WANTED", ())


def counts_cancelled_units(patch: pytest.MonkeyPatch) -> None:
    """What was cancelled is wanted all the same."""
    patch.setattr(lines_differ, "Greatest", lambda *_: Value(1) * 7)


def nothing_is_skipped(patch: pytest.MonkeyPatch) -> None:
    """Orders that are not ours are compared like the others."""
    patch.setattr(Scope, "orders", Scope.all_orders)


def unread_are_nowhere(patch: pytest.MonkeyPatch) -> None:
    """What was counted and not read yet is in no bucket."""
    none = CensusRow.objects.annotate(why=Value("")).filter(pk__lt=0)
    patch.setattr(buckets, "_unread", lambda scope: none)


def nobody_cancels(patch: pytest.MonkeyPatch) -> None:
    """Cancelled orders are left out."""
    patch.setattr(
        cancelled_open, "cancelled", lambda scope: scope.orders().filter(Q(pk__in=[]))
    )


MUTATIONS: dict[str, tuple[Mutation, set[str]]] = {
    "too_early": (_no_grace(no_tracking_back), {"invented"}),
    "forgets_the_missing": (forgets_the_missing, {"missed"}),
    "counts_cancelled_units": (counts_cancelled_units, {"invented"}),
    "nothing_is_skipped": (nothing_is_skipped, {"invented"}),
    "unread_are_nowhere": (unread_are_nowhere, {"sum"}),
    "nobody_cancels": (nobody_cancels, {"missed"}),
}
# Broken each time the tests run; the others where they may take minutes.
ALWAYS = ("forgets_the_missing", "unread_are_nowhere")


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
    mutation, wanted = MUTATIONS[name]
    mutation(monkeypatch)
    for seed in range(12):
        empty()
        found = {problem.rule for problem in Reconciled(seed).play().problems}
        if found & wanted:
            return
    pytest.fail(f"12 seeds did not see {name}")
