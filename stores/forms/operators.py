"""The form of an operator: the host that accounts' secrets may be sent to."""

from __future__ import annotations

from typing import Any

from django import forms

from stores.connectors import CONNECTORS
from stores.models import Operator, RemoteAccount
from stores.setup import Change


def operator_marketplaces() -> list[tuple[str, str]]:
    """(code, label) of the connectors whose operators have hosts of their own."""
    return [(c.code, c.label) for c in CONNECTORS if c.operators]


class OperatorForm(forms.ModelForm):  # type: ignore[type-arg]
    """An operator and its host; its code stays once it is made."""

    class Meta:
        model = Operator
        fields = ["marketplace", "label", "code", "host", "active"]
        labels = {
            "marketplace": "System",
            "label": "Name",
            "code": "Short name",
            "host": "Host",
            "active": "Calls may go there",
        }
        help_texts = {
            "label": "As your colleagues know it, for example 'B&Q'.",
            "code": "Small letters, figures and hyphens. Accounts refer to it; it can't "
            "be changed later.",
            "host": "Only https:// and the name, for example "
            "https://operator.mirakl.net, from the operator's own papers. Whoever runs "
            "this host gets the accounts' keys.",
            "active": "Without it the operator's accounts are paused at their next call.",
        }
        error_messages = {
            "__all__": {"unique_together": "This system has an operator of that name."},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        systems = operator_marketplaces()
        self.fields["marketplace"] = forms.ChoiceField(label="System", choices=systems)
        if systems and not self.instance.marketplace:
            self.initial["marketplace"] = systems[0][0]
        if self.instance.pk:
            del self.fields["marketplace"], self.fields["code"]
        elif len(systems) == 1:
            self.fields["marketplace"].widget = forms.HiddenInput()

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded - {"marketplace", "code"}

    def changes(self) -> list[Change]:
        """What saving changes, in the words of the form."""
        return [
            Change(
                label=str(self.fields[name].label),
                before=str(self.initial.get(name, "")),
                after=str(self.cleaned_data[name]),
            )
            for name in self.changed_data
        ]


def accounts_of(operator: Operator) -> list[RemoteAccount]:
    """The accounts whose secrets go to this operator."""
    return list(
        RemoteAccount.objects.filter(
            marketplace=operator.marketplace, region=operator.code
        ).order_by("name")
    )
