"""The form of one decision: what may be set depends on what runs in the store."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from stores import decisions
from stores.decisions import Decision, Question
from stores.models import OperatingModel, Store, StoreMode, TaxRoute
from stores.setup import RULE_LABELS

_CHOSEN = (
    *("confirm_timing", "cancel_request", "after_label", "answered_by"),
    *("combined", "acceptance", "shipped_owner", "tax_route"),
    *("unknown_sku", "customs_check"),
)
_OURS_ALONE = "Counts only for parcels that shipsync tells."


class RulesForm(forms.ModelForm):  # type: ignore[type-arg]
    """The rules of one decision; saving writes a new version."""

    tax_tag_id = forms.TypedChoiceField(
        coerce=int, empty_value=None, required=False, label=RULE_LABELS["tax_tag_id"]
    )

    class Meta:
        model = OperatingModel
        fields = list(RULE_LABELS)
        labels = RULE_LABELS
        help_texts = {
            "confirm_hours": "Counts only with 'A number of hours after the label'.",
            "confirm_margin_minutes": "Room for a throttled or refused call to be "
            "repeated in time.",
            "release_window_minutes": "0 turns it off. Skipped where ship-by is near.",
            "answered_by": "In the marketplace's own pages: shipsync never tells it an "
            "answer. The case says where to answer, and ends once the marketplace shows "
            "what was decided.",
            "four_eyes_above": "In the order's own currency. Empty: one person suffices. "
            "Nothing is sent before somebody else of CS or a lead has said yes.",
            "tax_route": "A marker takes effect through an automation rule in "
            "ShipStation; 'Tax rules' has the guide, the numbers and where they stand.",
            "shipped_owner": "Where shipsync tells, set the store's shipping notification "
            "in ShipStation to 'never' first: no interface shows or changes it.",
            "arrives_within_minutes": "An order that is not in ShipStation by then is a "
            "case.",
            "told_within_hours": "A label that the marketplace does not know of by then "
            "counts as not told; where ShipStation is to tell it, it is a case.",
            "notify_samples": "With fewer the evidence is 'unknown', and a store whose "
            "parcels ShipStation tells does not go live.",
            "shadow_minimum": "0: there is no other route to compare with.",
            "shadow_tolerance": "Live is refused above it.",
        }
        widgets = dict.fromkeys(_CHOSEN, forms.RadioSelect)

    def __init__(
        self, *args: Any, store: Store, group: Decision, **kwargs: Any
    ) -> None:
        super().__init__(*args, **{"auto_id": f"id_{group.code}_%s", **kwargs})
        self.group = group
        kept = decisions.fields_for(store) & set(group.fields)
        for name in [x for x in self.fields if x not in kept]:
            del self.fields[name]
        if store.mode == StoreMode.DIRECT and "confirm_timing" in self.fields:
            self.fields["confirm_timing"].help_text = _OURS_ALONE
        if "tax_tag_id" in self.fields:
            self._offer_tags(store)
        if "combined" in self.fields:
            self._offer_combined(store)
        for name, field in self.fields.items():
            if isinstance(field, forms.IntegerField):
                field.widget.attrs.update(_limits(name))

    def _offer_tags(self, store: Store) -> None:
        """The account's own tags: one that is not there can't be set."""
        account = store.shipstation_account
        tags = [
            (row["id"], row["name"])
            for row in account.known_tags
            if row["id"] != account.stop_tag_id
        ]
        field = self.fields["tax_tag_id"]
        field.choices = [("", "No tag"), *tags]  # type: ignore[attr-defined]
        field.help_text = "Counts only with 'A tag'. Those that the last test saw."

    def _offer_combined(self, store: Store) -> None:
        """What the marketplace allows, and what is set now."""
        rule, field = decisions.combined_rule(store), self.fields["combined"]
        allowed = {*rule.allowed, self.initial.get("combined")}
        field.choices = [x for x in field.choices if x[0] in allowed]  # type: ignore[attr-defined]
        field.help_text = rule.sentence

    def questions(self) -> list[tuple[Question, list[forms.BoundField]]]:
        """Each question of the decision that means something here, with its fields."""
        return [
            (question, [self[name] for name in question.fields if name in self.fields])
            for question in self.group.questions
            if any(name in self.fields for name in question.fields)
        ]

    def clean(self) -> dict[str, Any]:
        """Hours and the tag are asked for exactly where they count."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("confirm_timing") == "hours_after" and not cleaned.get(
            "confirm_hours"
        ):
            self.add_error(
                "confirm_hours", "How many hours after the label? At least 1."
            )
        if cleaned.get("tax_route") == TaxRoute.TAG and not cleaned.get("tax_tag_id"):
            self.add_error(
                "tax_tag_id",
                "Which tag? Make it in ShipStation and test the connection, then it is "
                "offered here.",
            )
        return cleaned


class SaveForm(forms.Form):
    """Why a version is saved, and which one was seen."""

    note = forms.CharField(
        max_length=300,
        label="Why",
        help_text="Kept with the version, your name and the time.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def _limits(name: str) -> dict[str, int]:
    """The strictest limits of a rule, for the browser to name before sending."""
    found: dict[str, int] = {}
    for rule in getattr(OperatingModel._meta.get_field(name), "validators", ()):
        if isinstance(rule, MinValueValidator):
            found["min"] = max(found.get("min", rule.limit_value), rule.limit_value)
        elif isinstance(rule, MaxValueValidator):
            found["max"] = min(found.get("max", rule.limit_value), rule.limit_value)
    return found
