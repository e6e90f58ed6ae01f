"""What forms of rules share: paths that are checked, groups, and somebody else's change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from stores.jmespaths import PathError, compiled
from stores.models import Store
from stores.rule_lists import stamp


def expression(text: str) -> str:
    """A JMESPath without blanks around it; '' stays. Raises ValidationError."""
    text = text.strip()
    if text:
        try:
            compiled(text)
        except PathError as error:
            raise forms.ValidationError(str(error), code="path") from None
    return text


class PathRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A rule of a store; ``seen`` says which state of it the person began with."""

    GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = ()

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, store: Store, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.store = store
        self.instance.store = store
        self.initial["seen"] = stamp(self.instance)

    def groups(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        """(question, what goes wrong otherwise, fields) for the page."""
        return [
            (title, text, [self[name] for name in names])
            for title, text, names in self.GROUPS
        ]

    def draft(self) -> dict[str, str]:
        """What is typed so far, to be carried through the picker and back.

        What is empty goes along: on the way back it must not be filled from the rule.
        """
        return {
            name: str(self.data.get(name, "")) for name in self.fields if name != "seen"
        }

    @classmethod
    def drafted(cls, typed: Mapping[str, Any]) -> dict[str, Any]:
        """A draft out of an address, as initial values; {} for none."""
        return {
            name: bool(typed[name])
            if isinstance(field, forms.BooleanField)
            else typed[name]
            for name, field in cls.base_fields.items()
            if name in typed and name != "seen"
        }
