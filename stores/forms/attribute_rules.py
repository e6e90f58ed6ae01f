"""The form of an attribute rule: what of the marketplace's order goes where."""

from __future__ import annotations

from typing import Any

from stores.attribute_check import taken
from stores.forms.paths import PathRuleForm, expression
from stores.models import AttributeRule, AttributeTarget, Store
from stores.setup import current_rules


class AttributeRuleForm(PathRuleForm):
    """One rule; grouped by question, each with what goes wrong otherwise."""

    GROUPS = (
        (
            "What is it for, and where does it go?",
            (
                "A field of ShipStation that already means something else is read wrongly "
                "by the people and the rules there."
            ),
            ("name", "target"),
        ),
        (
            "What is put there?",
            "A path that gives nothing leaves the field as it was.",
            ("path", "text"),
        ),
        (
            "When?",
            "Without a condition it counts for every order of the store.",
            ("when",),
        ),
    )

    class Meta:
        model = AttributeRule
        fields = ["name", "target", "path", "text", "when"]
        labels = {
            "name": "Name",
            "target": "Goes to",
            "path": "Path in the marketplace's order",
            "text": "Text instead of a path",
            "when": "Only where",
        }
        help_texts = {
            "name": "As your colleagues call it: 'Requested service', 'Prime'. It stands "
            "in the preview of each order.",
            "target": "The first rule of a field that gives a value counts; notes take "
            "every one.",
            "path": "JMESPath. Pick it from a real order below, and see what it gives.",
            "text": "The same for every order of this rule. Path or text, not both.",
            "when": "JMESPath that is true or not empty, for example "
            "shipping_type_code == 'EXPRESS'. Empty: always.",
        }

    def __init__(self, *args: Any, store: Store, **kwargs: Any) -> None:
        super().__init__(*args, store=store, **kwargs)
        # ShipStation's fields hold 100 characters; others are cut by the payload.
        self.fields["target"].choices = [  # type: ignore[attr-defined]
            ("", "Choose"),
            *AttributeTarget.choices,
        ]

    def clean_path(self) -> str:
        """An expression that can be read."""
        return expression(self.cleaned_data["path"])

    def clean_when(self) -> str:
        """A condition that can be read."""
        return expression(self.cleaned_data["when"])

    def clean(self) -> dict[str, Any]:
        """A path or a text; a gift mark needs neither; a warehouse is a number."""
        cleaned = super().clean() or self.cleaned_data
        path, text = cleaned.get("path") or "", str(cleaned.get("text") or "").strip()
        target = cleaned.get("target")
        cleaned["text"] = text
        if path and text:
            self.add_error(
                "text", f"There is a path too. Empty one of them: {path} or ‘{text}’."
            )
        elif not path and not text and "path" not in self.errors:
            if target == AttributeTarget.GIFT:
                cleaned["text"] = "true"
            elif target:
                self.add_error(
                    "path", "What goes there? Pick a place, or type a text below."
                )
        if target:
            refused = taken(target, current_rules(self.store).tax_route)
            if refused:
                self.add_error("target", refused)
        number = text.isascii() and text.isdecimal()
        if target == AttributeTarget.WAREHOUSE and text and not number:
            self.add_error(
                "text",
                f"‘{text}’ is no warehouse: ShipStation's number of it, for example "
                "24079.",
            )
        return cleaned
