"""The rates by which marketplaces judge a seller."""

from __future__ import annotations

from reconciliation.checklists.checks import CHECKS, Check, Evidence, Link, Scope, page
from reconciliation.standards.arithmetic import State
from reconciliation.standards.cases import sentence
from reconciliation.standards.limits import shown
from reconciliation.standards.standing import standings


def standards(scope: Scope) -> Evidence:
    """Every rate by which a marketplace judges these stores is within its limit."""
    looked, near, broken = 0, 0, []
    figures: dict[str, int | str] = {}
    for each in standings(scope.stores, scope.now):
        looked += 1
        near += each.state is State.NEAR
        if each.state in (State.NEAR, State.BREACHED):
            name = f"{each.store.name}, {each.standard.label}"
            figures[name] = (
                f"{each.bad} of {each.whole}, limit {shown(each.kept.limit)}"
            )
        if each.state is State.BREACHED:
            broken.append(sentence(each))
    said = (
        " ".join(broken)
        if broken
        else f"All {looked} rates are within their limits; {near} of them near."
        if near
        else f"All {looked} rates are well within their limits."
        if looked
        else "No marketplace judges these stores by a rate that we count."
    )
    return Evidence(
        ok=not broken,
        sentence=said,
        figures={"rates": looked, "near": near, "broken": len(broken), **figures},
        links=(
            Link(
                text="The rates",
                url=page("reconciliation:standards", store=scope.slug),
            ),
        ),
    )


CHECKS.register(
    Check(
        code="standards",
        family="Reconciliation",
        label="Every seller standard is within its limit",
        look=standards,
    )
)
