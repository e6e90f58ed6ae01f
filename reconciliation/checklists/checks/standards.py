"""The rates by which marketplaces judge a seller."""

from __future__ import annotations

from collections import Counter

from reconciliation.checklists.checks import CHECKS, Check, Evidence, Link, Scope, page
from reconciliation.standards.arithmetic import State
from reconciliation.standards.cases import sentence
from reconciliation.standards.limits import shown
from reconciliation.standards.standing import standings


def standards(scope: Scope) -> Evidence:
    """Every rate by which a marketplace judges these stores is within its limit."""
    seen: Counter[State] = Counter()
    broken = []
    figures: dict[str, int | str] = {}
    for each in standings(scope.stores, scope.now):
        seen[each.state] += 1
        if each.state in (State.NEAR, State.BREACHED):
            name = f"{each.store.name}, {each.standard.label}"
            figures[name] = (
                f"{each.bad} of {each.whole}, {each.at_risk} at risk, "
                f"limit {shown(each.kept.limit)}"
            )
        if each.state is State.BREACHED:
            broken.append(sentence(each))
    return Evidence(
        ok=not broken,
        sentence=" ".join(broken) or _within(seen),
        figures={
            "rates": seen.total(),
            "near": seen[State.NEAR],
            "broken": len(broken),
            "nothing counted": seen[State.EMPTY],
            "without a limit": seen[State.NO_LIMIT],
            **figures,
        },
        links=(
            Link(
                text="The rates",
                url=page("reconciliation:standards", store=scope.slug),
            ),
        ),
    )


def _within(seen: Counter[State]) -> str:
    """What is said when none is broken; only rates that have figures count as within."""
    near, empty, free = (
        seen[state] for state in (State.NEAR, State.EMPTY, State.NO_LIMIT)
    )
    judged = near + seen[State.FINE]
    if not seen:
        return "No marketplace judges these stores by a rate that we count."
    said = [f"None of {judged} rates is beyond its limit; {near} near."]
    if empty:
        said.append(f"Of {empty} nothing was counted.")
    if free:
        said.append(f"Of {free} no limit is known.")
    return " ".join(said)


CHECKS.register(
    Check(
        code="standards",
        family="Reconciliation",
        label="Every seller standard is within its limit",
        look=standards,
    )
)
