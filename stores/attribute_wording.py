"""Attribute rules in words, and which of them never count; pure."""

from __future__ import annotations

from collections.abc import Iterable

from stores.attribute_check import taken
from stores.models import AttributeRule, AttributeTarget

_BRIEF = {
    AttributeTarget.NOTES: "a line of the notes",
    AttributeTarget.GIFT: "the gift mark",
    AttributeTarget.GIFT_MESSAGE: "the gift message",
    AttributeTarget.SERVICE: "the requested service",
    AttributeTarget.WAREHOUSE: "the warehouse",
}


def sentence(rule: AttributeRule) -> str:
    """How a rule reads: what becomes of which part of the order, and when."""
    target = _BRIEF.get(
        AttributeTarget(rule.target), str(rule.get_target_display()).lower()
    )
    what = f"What is at ‘{rule.path}’" if rule.path else f"The text ‘{rule.text}’"
    if rule.target == AttributeTarget.GIFT and not rule.path:
        told = "The order is marked as a gift"
    else:
        told = f"{what} becomes {target}"
    return f"{rule.name}: {told}{f', where ‘{rule.when}’' if rule.when else ''}."


def remarks(rules: Iterable[AttributeRule], tax_route: str) -> dict[int, str]:
    """By rule id, of the active rules in their order: why it never counts."""
    found: dict[int, str] = {}
    # Targets that always have a value by then, and the number of the rule that gives it.
    filled: dict[str, int] = {}
    for number, rule in enumerate(rules, start=1):
        if not rule.active:
            continue
        if refused := taken(rule.target, tax_route):
            found[rule.pk] = f"Not followed: {refused}"
        elif rule.target in filled:
            found[rule.pk] = (
                f"Never counts: rule {filled[rule.target]} above always gives "
                f"{rule.get_target_display()} a value. Move it up, or say when the "
                "other one counts."
            )
        elif rule.text and not rule.when and rule.target != AttributeTarget.NOTES:
            filled[rule.target] = number
    return found
