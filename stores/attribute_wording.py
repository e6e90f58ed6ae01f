"""Attribute rules in words; pure."""

from __future__ import annotations

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
