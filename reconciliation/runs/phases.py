"""What a run does, in steps: each takes a store's next piece and says where to go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from reconciliation.models import Run, RunStore
from reconciliation.rules import Rule, order_rules
from reconciliation.runs import buckets, census, compare, seen
from reconciliation.runs.scopes import scope_of
from shipsync_site.lib import clock

FIRST = "census"
LABELS = {
    "census": "Asking the marketplace how many orders there are",
    "compare": "Comparing both sides, rule by rule",
    "buckets": "Putting each order into one bucket",
    "findings": "Writing down what does not agree",
}
# What each piece weighs in the progress; rules and findings once a rule.
CENSUS, RULE, BUCKETS, FINDINGS = 100, 10, 20, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Where a run goes on after a step; ``wait`` is business seconds."""

    phase: str
    position: dict[str, Any] = field(default_factory=dict)
    done: int = 0
    wait: float = 0
    ended: bool = False


def one_store() -> int:
    """What one store weighs."""
    return CENSUS + BUCKETS + (RULE + FINDINGS) * len(order_rules())


def whole(stores: int) -> int:
    """What a run over so many stores weighs."""
    return stores * one_store()


def part_of(run: Run) -> RunStore:
    """The store that is being worked on."""
    parts = run.stores.select_related(
        "store__remote_account", "store__shipstation_account"
    ).order_by("pk")
    return parts[int((run.position or {}).get("store", 0))]


def step(run: Run) -> Outcome:
    """Take the next step; raises what the connector raises while it counts."""
    part, position = part_of(run), dict(run.position or {})
    if run.phase == "census":
        return _census(run, part, position)
    if run.phase == "compare":
        return _compare(run, part, position)
    if run.phase == "buckets":
        buckets.fill(scope_of(part, _moment(position)))
        return _at(
            run, "findings", position | {"rule": ""}, CENSUS + _rules(RULE) + BUCKETS
        )
    return _findings(run, part, position)


def uncounted(run: Run, why: str) -> Outcome:
    """The marketplace could not be asked: said, and the run goes on without its count."""
    census.give_up(part_of(run), why)
    return _compared_next(run, dict(run.position or {}))


def _census(run: Run, part: RunStore, position: dict[str, Any]) -> Outcome:
    taken = census.take(part, position.get("cursor") or {}, clock.now())
    if taken.done:
        return _compared_next(run, position)
    position["cursor"] = dict(taken.cursor)
    position.pop("waited", None)
    position["steps"] = int(position.get("steps", 0)) + 1
    # Nobody knows how many pages there are: each is half of what is left.
    reached = round(CENSUS * (1 - 0.9 ** position["steps"]))
    return _at(run, "census", position, reached, wait=taken.wait)


def _compared_next(run: Run, position: dict[str, Any]) -> Outcome:
    now = clock.now()
    part = part_of(run)
    compare.begin(part)
    onward = {"store": position.get("store", 0), "now": now.isoformat(), "rule": ""}
    return _at(run, "compare", onward, CENSUS)


def _compare(run: Run, part: RunStore, position: dict[str, Any]) -> Outcome:
    scope, rules = scope_of(part, _moment(position)), order_rules()
    at = _next(rules, str(position.get("rule", "")))
    if at < len(rules):
        compare.compare(scope, rules[at])
        reached = CENSUS + RULE * (at + 1)
        return _at(run, "compare", position | {"rule": rules[at].code}, reached)
    compare.end(scope)
    return _at(run, "buckets", position | {"rule": ""}, CENSUS + _rules(RULE))


def _findings(run: Run, part: RunStore, position: dict[str, Any]) -> Outcome:
    scope, rules = scope_of(part, _moment(position)), order_rules()
    base = CENSUS + _rules(RULE) + BUCKETS
    at = _next(rules, str(position.get("rule", "")))
    if at < len(rules):
        seen.write_down(scope, rules[at])
        position |= {"rule": rules[at].code}
        return _at(run, "findings", position, base + FINDINGS * (at + 1))
    store = int(position.get("store", 0)) + 1
    if store < run.stores.count():
        return _at(run, FIRST, {"store": store}, 0)
    return Outcome(phase="findings", done=run.total, ended=True)


def _next(rules: list[Rule], last: str) -> int:
    """Where the rule behind this one stands; 0 for ''."""
    codes = [rule.code for rule in rules]
    return codes.index(last) + 1 if last in codes else 0


def _rules(weight: int) -> int:
    return weight * len(order_rules())


def _moment(position: Mapping[str, Any]) -> datetime:
    """When the comparison of this store began: the same for all of its rules."""
    return parse_datetime(str(position.get("now", ""))) or clock.now()


def _at(
    run: Run, phase: str, position: dict[str, Any], reached: int, *, wait: float = 0
) -> Outcome:
    done = int(position.get("store", 0)) * one_store() + reached
    return Outcome(phase=phase, position=position, done=done, wait=wait)
