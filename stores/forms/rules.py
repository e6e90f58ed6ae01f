"""The form of a store's rules: what may be set depends on what runs there."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from stores.connectors import CONNECTORS
from stores.connectors.base import Capability
from stores.models import OperatingModel, Store, StoreMode
from stores.setup import RULE_LABELS

_OURS_ALONE = "Counts only for parcels that shipsync tells."


class RulesForm(forms.ModelForm):  # type: ignore[type-arg]
    """The operating model, grouped by decision; saving writes a new version."""

    GROUPS = (
        (
            "When is a dispatch confirmed?",
            (
                "Too early and a parcel that misses the van counts as lost; too late and "
                "the marketplace counts the order as late. Never past ship-by, whatever is "
                "set here."
            ),
            ("confirm_timing", "confirm_hours", "confirm_margin_minutes"),
        ),
        (
            "When may the warehouse start?",
            (
                "While the buyer can still cancel alone, a printed label is often a lost "
                "label."
            ),
            ("release_window_minutes",),
        ),
        (
            "The buyer asks to cancel before there is a label",
            (
                "A held order waits for somebody. An order that is cancelled here still "
                "has to be answered on the marketplace."
            ),
            ("cancel_request",),
        ),
        (
            "Orders combined into one parcel",
            (
                "Each order needs its own confirmation, or the marketplace counts the "
                "others as late."
            ),
            ("combined",),
        ),
        (
            "Who accepts its orders?",
            (
                "The marketplace waits for the seller's yes and refuses by itself when "
                "none comes. An order that is accepted but can't be shipped counts worse "
                "than one that is refused."
            ),
            ("acceptance",),
        ),
        (
            "What is asked of ShipStation's own connection?",
            (
                "ShipStation imports this store's orders itself. Two who tell the "
                "marketplace of one parcel contradict each other; nobody makes it late."
            ),
            ("shipped_owner", "arrives_within_minutes", "told_within_hours"),
        ),
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
            "shipped_owner": "Where shipsync tells, set the store's shipping notification "
            "in ShipStation to 'never' first: no interface shows or changes it.",
            "arrives_within_minutes": "An order that is not in ShipStation by then is a "
            "case.",
            "told_within_hours": "A label that the marketplace does not know of by then "
            "is a case.",
        }
        widgets = {
            "confirm_timing": forms.RadioSelect,
            "cancel_request": forms.RadioSelect,
            "combined": forms.RadioSelect,
            "acceptance": forms.RadioSelect,
            "shipped_owner": forms.RadioSelect,
        }

    def __init__(self, *args: Any, store: Store, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in _without(store):
            del self.fields[name]
        if store.mode == StoreMode.DIRECT:
            for name in ("confirm_timing", "combined"):
                self.fields[name].help_text = _OURS_ALONE
        for name, field in self.fields.items():
            if isinstance(field, forms.IntegerField):
                field.widget.attrs.update(_limits(name))

    def groups(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        """(question, what goes wrong otherwise, fields) for the page."""
        return [
            (title, text, [self[name] for name in names if name in self.fields])
            for title, text, names in self.GROUPS
            if any(name in self.fields for name in names)
        ]

    def clean(self) -> dict[str, Any]:
        """Hours are asked for exactly where they count."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("confirm_timing") == "hours_after" and not cleaned.get(
            "confirm_hours"
        ):
            self.add_error(
                "confirm_hours", "How many hours after the label? At least 1."
            )
        return cleaned


def _limits(name: str) -> dict[str, int]:
    """The strictest limits of a rule, for the browser to name before sending."""
    found: dict[str, int] = {}
    for rule in getattr(OperatingModel._meta.get_field(name), "validators", ()):
        if isinstance(rule, MinValueValidator):
            found["min"] = max(found.get("min", rule.limit_value), rule.limit_value)
        elif isinstance(rule, MaxValueValidator):
            found["max"] = min(found.get("max", rule.limit_value), rule.limit_value)
    return found


def _without(store: Store) -> list[str]:
    """The rules that mean nothing for this store; they stay as they are."""
    without = []
    connector = CONNECTORS.get(store.remote_account.marketplace)
    if Capability.ACCEPT_ORDERS not in connector.capabilities:
        without.append("acceptance")
    if store.mode == StoreMode.DIRECT:
        # ShipStation imports its orders: nothing waits for us.
        without.append("release_window_minutes")
    else:
        without += ["shipped_owner", "arrives_within_minutes", "told_within_hours"]
    return without
