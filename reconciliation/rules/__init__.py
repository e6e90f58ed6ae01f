"""Rules: what two sides must agree in, one module per rule.

A rule of the orders gives querysets over one store and period; the runner turns each
into one ``INSERT INTO hit … SELECT``. A rule of the money is only described here and
found where settlements are compared. A rule needs no migration: register one in a module
of this package, and its kind of case in ``orders.exception_kinds``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from orders.exception_kinds import Severity, Team
from reconciliation.rules.rows import Rows
from reconciliation.rules.scope import Scope
from reconciliation.rules.skips import SKIPS, Skip, skip_label
from shipsync_site.lib.registry import Registry

Find = Callable[[Scope], Sequence[Rows]]
AGREES = "agrees"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One disagreement that is looked for.

    ``rank``: of an order's findings the lowest is its bucket. ``sentence`` says what a
    finding means, ``explanation`` what is compared with what, and from when on.
    ``joins``: kinds of cases of the order that a finding belongs to while one is open.
    ``whole_store``: it stands for the store and is no order's bucket. ``needs_count``: it
    says nothing where the marketplace was not counted. ``find`` is None where settlements
    find it (``family`` 'money').
    """

    code: str
    label: str
    team: Team
    severity: Severity
    owner_system: str
    sentence: str
    explanation: str
    rank: int = 100
    joins: tuple[str, ...] = ()
    whole_store: bool = False
    needs_count: bool = False
    family: str = "orders"
    case_kind: str = ""
    find: Find | None = None

    @property
    def kind(self) -> str:
        """The kind of the store's case for findings that join none of an order."""
        return self.case_kind or f"reconciled_{self.code}"


RULES: Registry[Rule] = Registry("reconciliation rules", "reconciliation.rules")


def order_rules() -> list[Rule]:
    """The rules that a run goes through, in the order of their rank."""
    found = (rule for rule in RULES if rule.find is not None)
    return sorted(found, key=lambda rule: (rule.rank, rule.code))


def rule_choices() -> list[tuple[str, str]]:
    """(code, label) of every rule, for filters."""
    return [(rule.code, rule.label) for rule in RULES]


def rule_label(code: str) -> str:
    """What a rule is called; its code in words where it no longer exists."""
    if code in RULES:
        return RULES.get(code).label
    return code.replace("_", " ").capitalize()


def bucket_label(code: str) -> str:
    """What a bucket is called: agrees, a stated reason to skip, or a rule."""
    if code == AGREES:
        return "Agrees"
    if code.startswith("skip:"):
        return skip_label(code)
    return rule_label(code)


__all__ = [
    "AGREES",
    "RULES",
    "SKIPS",
    "Find",
    "Rows",
    "Rule",
    "Scope",
    "Skip",
    "bucket_label",
    "order_rules",
    "rule_choices",
    "rule_label",
    "skip_label",
]
