"""What a store's attribute rules make of a marketplace's order; pure.

The first rule of a target that gives a value counts; notes take every one. A rule that
gives nothing leaves the field as it was. A value that ShipStation could not hold is not
written at all, for a cut one would be read as whole (lengths: its Custom Store XSD).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orders import payload_checks as checks
from orders.payload_types import Attribute, Attributes, PayloadProblem
from stores import jmespaths
from stores.attribute_check import taken
from stores.models import AttributeTarget
from stores.rulebook import AttributeRuleFacts, Rulebook

# ShipStation's name of each target (API v1).
FIELDS: Mapping[str, str] = {
    AttributeTarget.CUSTOM_FIELD_1: "advancedOptions.customField1",
    AttributeTarget.CUSTOM_FIELD_2: "advancedOptions.customField2",
    AttributeTarget.CUSTOM_FIELD_3: "advancedOptions.customField3",
    AttributeTarget.NOTES: "internalNotes",
    AttributeTarget.GIFT: "gift",
    AttributeTarget.GIFT_MESSAGE: "giftMessage",
    AttributeTarget.SERVICE: "requestedShippingService",
    AttributeTarget.WAREHOUSE: "advancedOptions.warehouseId",
}
_LENGTHS: Mapping[str, int] = {
    AttributeTarget.NOTES: checks.NOTE_LENGTH,
    AttributeTarget.GIFT_MESSAGE: checks.NOTE_LENGTH,
}
_LENGTH = 100
_MAX_WAREHOUSE = 2**31
_NO = frozenset({"", "false", "no", "0", "none"})


def attributes_of(
    book: Rulebook, raw: Mapping[str, Any] | None
) -> tuple[Attributes, tuple[PayloadProblem, ...]]:
    """The values by target, and what is wrong with rules; no problem stops an order.

    ``raw``: the marketplace's order as read; paths find nothing without it.
    """
    reading = _Reading(raw=raw or {}, tax_route=book.tax_route)
    for rule in book.attributes:
        reading.take(rule)
    return (
        Attributes(values=reading.values, notes=tuple(reading.notes)),
        tuple(reading.problems),
    )


@dataclass(slots=True)
class _Reading:
    """One order under the rules, in their order."""

    raw: Mapping[str, Any] = field(repr=False)
    tax_route: str
    values: dict[str, Attribute] = field(default_factory=dict)
    notes: list[Attribute] = field(default_factory=list)
    problems: list[PayloadProblem] = field(default_factory=list)

    def take(self, rule: AttributeRuleFacts) -> None:
        """Ask one rule, unless another gave its target a value before."""
        if rule.target in self.values:
            return
        try:
            if rule.when and not jmespaths.holds(jmespaths.search(rule.when, self.raw)):
                return
            found = jmespaths.search(rule.path, self.raw) if rule.path else rule.text
        except jmespaths.PathError as error:
            self._wrong(rule, f"can't be asked: {error}")
            return
        if refused := taken(rule.target, self.tax_route):
            self._wrong(rule, f"is not followed: {refused}")
            return
        if isinstance(found, dict):
            self._wrong(rule, "gives an object, not a text: name one value of it")
            return
        text = checks.one_line(jmespaths.first_text(found))
        if rule.target == AttributeTarget.GIFT:
            gift = not rule.path or text.casefold() not in _NO
            if gift:
                self.values[rule.target] = Attribute(value=True, rule=rule)
        elif text and self._fits(rule, text):
            self._keep(rule, text)

    def _fits(self, rule: AttributeRuleFacts, text: str) -> bool:
        length = _LENGTHS.get(rule.target, _LENGTH)
        if len(text) > length:
            self._wrong(
                rule,
                f"gives {len(text)} characters, ShipStation takes {length}: "
                "nothing is written",
            )
        elif strange := checks.unprintable(text):
            self._wrong(rule, f"gives control characters ({', '.join(strange[:5])})")
        else:
            return True
        return False

    def _keep(self, rule: AttributeRuleFacts, text: str) -> None:
        if rule.target == AttributeTarget.NOTES:
            self.notes.append(Attribute(value=text, rule=rule))
        elif rule.target != AttributeTarget.WAREHOUSE:
            self.values[rule.target] = Attribute(value=text, rule=rule)
        elif text.isascii() and text.isdigit() and 0 < int(text[:12]) < _MAX_WAREHOUSE:
            self.values[rule.target] = Attribute(value=int(text), rule=rule)
        else:
            self._wrong(rule, "gives no number of a warehouse in ShipStation")

    def _wrong(self, rule: AttributeRuleFacts, told: str) -> None:
        self.problems.append(
            PayloadProblem(
                field=FIELDS[rule.target],
                value_excerpt="",
                message=f"The attribute rule ‘{rule.name}’ {told}",
                hard=False,
            )
        )
