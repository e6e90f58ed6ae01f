"""The form by which settlement files are brought in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile

from reconciliation.models import SettlementFormat
from reconciliation.settlements.mapped_layout import Given
from reconciliation.settlements.receiving import MOST_BYTES
from stores.connectors import CONNECTORS
from stores.connectors.base import Capability
from stores.models import RemoteAccount

MOST_FILES = 50


class _Files(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or more files."""

    widget = _Files

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        """Every file, checked like one."""
        files = data if isinstance(data, (list, tuple)) else [data]
        if len(files) > MOST_FILES:
            raise forms.ValidationError(
                f"{len(files)} files at once: choose {MOST_FILES} at most."
            )
        return [
            cast("UploadedFile[Any]", super(FilesField, self).clean(x)) for x in files
        ]


def own_source(account: RemoteAccount) -> str:
    """The source of the marketplace's own files, '' where we read none of it."""
    code = account.marketplace
    if code not in CONNECTORS:
        return ""
    connector = CONNECTORS.get(code)
    can = Capability.SETTLEMENT_FILES in connector.capabilities
    return connector.settlement_source if can else ""


class UploadForm(forms.Form):
    """Whose files they are, and how they are to be read."""

    account = forms.ModelChoiceField(
        queryset=RemoteAccount.objects.none(),
        label="Account",
        empty_label="Choose an account",
        help_text="Who was paid. A file of another account is refused or matches nothing.",
    )
    format = forms.ModelChoiceField(
        queryset=SettlementFormat.objects.none(),
        required=False,
        label="How it is to be read",
        empty_label="The marketplace's own file",
        help_text="Amazon's settlement report (flat file V2) is known; anything else is "
        "a CSV whose columns you name once.",
    )
    remote_id = forms.CharField(
        max_length=100, required=False, label="Settlement id", help_text="For one file."
    )
    total = forms.DecimalField(
        max_digits=14, decimal_places=2, required=False, label="Deposit"
    )
    deposited = forms.DateField(
        required=False,
        label="Paid on",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    currency = forms.CharField(max_length=3, required=False, label="Currency")
    chosen = FilesField(
        label="Files",
        help_text=f"Drag them here or choose. Up to {MOST_FILES} at once, each up to "
        f"{MOST_BYTES // 1024 // 1024} MB. A file is taken in whole or not at all; the "
        "same file again changes nothing.",
        error_messages={
            "required": "Choose at least one file.",
            "empty": "A file is empty.",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accounts = RemoteAccount.objects.defer("secrets").order_by("name", "pk")
        cast("forms.ModelChoiceField[Any]", self.fields["account"]).queryset = accounts
        formats = SettlementFormat.objects.order_by("name")
        cast("forms.ModelChoiceField[Any]", self.fields["format"]).queryset = formats

    def clean(self) -> dict[str, Any]:
        """A marketplace whose own files we can't read needs a format."""
        data = super().clean() or {}
        account, files = data.get("account"), data.get("chosen") or []
        typed = [x for x in ("remote_id", "total") if data.get(x) not in (None, "")]
        if typed and len(files) > 1:
            self.add_error(
                typed[0], "What is typed here is of one file: bring in one at a time."
            )
        if account and not data.get("format") and not own_source(account):
            self.add_error(
                "format",
                f"{account.get_marketplace_display()} has no file that is read by "
                "itself: choose how its columns are called, or set that up first.",
            )
        return data

    def given(self) -> dict[str, str]:
        """What was typed beside a CSV, as its file keeps it; {} without a format."""
        data = self.cleaned_data
        if not data["format"]:
            return {}
        paid = data["deposited"]
        at = datetime(paid.year, paid.month, paid.day, tzinfo=UTC) if paid else None
        return Given(
            remote_id=data["remote_id"],
            total=data["total"],
            deposited_at=at,
            currency=data["currency"].upper(),
        ).kept()
