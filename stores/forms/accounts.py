"""Forms of accounts. Secrets go in and never come out again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction

from shipsync_site.lib import clock
from stores.connectors.base import ConnectorType
from stores.models import RemoteAccount, ShipStationAccount, fingerprint
from stores.operators import regions_of


def seal_field(field: forms.Field, *, stored: bool, set_on: str) -> None:
    """Make a field write-only: never rendered back; empty keeps what is stored."""
    field.widget = forms.PasswordInput(
        render_value=False,
        attrs={"autocomplete": "new-password", "spellcheck": "false"},
    )
    field.required = field.required and not stored
    if stored:
        kept = f"Last set {set_on}. " if set_on else "Set. "
        field.help_text = f"{kept}Leave it empty to keep it. {field.help_text}".strip()


def _set_on(account: RemoteAccount | ShipStationAccount, name: str) -> str:
    dated = (account.secret_dates or {}).get(name)
    at = datetime.fromisoformat(dated) if dated else account.secrets_set_at
    return f"{at.day} {at:%B %Y}" if at else ""


class ShipStationAccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """A ShipStation account: its key and the tag that stops a parcel."""

    SECRETS = ("api_key", "api_secret", "api_key_v2")

    api_key = forms.CharField(
        label="API key",
        max_length=200,
        help_text="Settings > Account > API Settings. Making a new key there ends the "
        "old one everywhere at once.",
    )
    api_secret = forms.CharField(label="API secret", max_length=200)
    api_key_v2 = forms.CharField(
        label="API key of version 2",
        max_length=200,
        required=False,
        help_text="Only for stores whose tax numbers go by ShipStation's newer "
        "interface: Settings > Account > API Settings, 'V2 API'.",
    )

    class Meta:
        model = ShipStationAccount
        fields = ["name", "environment", "stop_tag_name"]
        labels = {"stop_tag_name": "Tag for parcels to stop"}
        help_texts = {
            "name": "How your colleagues call it, for example the warehouse's name.",
            "environment": "Sandbox talks to the practice server on this machine. A "
            "production key on it would simply be refused.",
            "stop_tag_name": "Make it in ShipStation first: the API can't. Without it "
            "packers don't see why an order is held.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = self.instance.secrets or {}
        for name in self.SECRETS:
            seal_field(
                self.fields[name],
                stored=bool(stored.get(name)),
                set_on=_set_on(self.instance, name),
            )

    def clean_api_key(self) -> str:
        """Refuse a key that another account uses: two quotas would be one."""
        key = str(self.cleaned_data["api_key"]).strip()
        if not key:
            return ""
        taken = (
            ShipStationAccount.objects.filter(key_fingerprint=fingerprint(key))
            .exclude(pk=self.instance.pk)
            .first()
        )
        if taken:
            raise ValidationError(
                f"The account '{taken.name}' already uses this key. One key has one "
                "quota, so it can belong to one account only."
            )
        return key

    def clean(self) -> dict[str, Any]:
        """A new key comes with its own secret."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("api_key") and not cleaned.get("api_secret"):
            if "api_secret" not in self.errors:
                self.add_error("api_secret", "A new key has a new secret: enter both.")
        return cleaned

    def save(self, commit: bool = True) -> ShipStationAccount:
        """Keep stored secrets unless new ones were entered."""
        account: ShipStationAccount = super().save(commit=False)
        entered = {
            name: self.cleaned_data[name].strip()
            for name in self.SECRETS
            if self.cleaned_data.get(name)
        }
        account.keep_secrets(entered, clock.now())
        if "api_key" in entered:
            account.key_fingerprint = fingerprint(entered["api_key"])
        if commit:
            account.save()
        return account


class RemoteAccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who the seller is; what else the marketplace wants is the connector's own form."""

    class Meta:
        model = RemoteAccount
        fields = ["name", "environment", "seller_id", "region", "app_id"]
        labels = {"seller_id": "Seller id", "app_id": "Application id"}
        help_texts = {
            "name": "How your colleagues call it, for example 'Amazon Europe'.",
            "environment": "Sandbox talks to the practice server on this machine, "
            "production to the marketplace.",
            "seller_id": "With the wrong one a connection test may work and the orders be "
            "somebody else's.",
            "region": "Decides which servers we ask; an account of another region is "
            "refused by them.",
            "app_id": "The consent page asks for it. Two applications of one seller have "
            "separate quotas.",
        }
        error_messages = {
            "__all__": {
                "unique_together": "This seller has an account here already, under Stores: "
                "correct that one. A second application goes by its application id."
            },
        }

    def __init__(
        self, *args: Any, connector: ConnectorType, data: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(data, *args, **kwargs)
        self.connector = connector
        self.instance.marketplace = connector.code
        regions = regions_of(connector, self.instance.region)
        if connector.operators:
            self.fields["region"] = forms.ChoiceField(
                label="Operator",
                choices=[("", "Choose one"), *regions],
                help_text="Who runs the marketplace: our secrets go to its host and "
                "nowhere else. An admin keeps the list of operators."
                if regions
                else "No operator is on the list yet: an admin adds one under Stores, "
                "'Operators'.",
            )
        elif any(code for code, _ in regions):
            self.fields["region"] = forms.ChoiceField(
                label="Region",
                choices=regions,
                help_text=self.fields["region"].help_text,
            )
        else:
            del self.fields["region"]
        for name, text in connector.account_help.items():
            self.fields[name].help_text = text
        stored = self.instance.secrets or {}
        self.own = connector.settings_form(
            data,
            prefix="own",
            initial={
                name: value
                for name, value in (self.instance.settings or {}).items()
                if name not in connector.secret_fields
            },
        )
        for name in connector.secret_fields:
            field = self.own.fields.setdefault(
                name, forms.CharField(label=name.replace("_", " ").capitalize())
            )
            seal_field(
                field,
                stored=bool(stored.get(name)),
                set_on=_set_on(self.instance, name),
            )

    def clean_seller_id(self) -> str:
        """What the marketplace would never have given out is a typing mistake."""
        seller_id = str(self.cleaned_data["seller_id"])
        problem = self.connector.seller_id_problem(seller_id)
        if problem:
            raise ValidationError(problem)
        return seller_id

    def is_valid(self) -> bool:
        """Both halves, so that all their errors are shown at once."""
        ours, theirs = super().is_valid(), self.own.is_valid()
        return ours and theirs and self._secrets_fit()

    def _secrets_fit(self) -> bool:
        """One operator's secrets are never sent to another's host."""
        moved = {"region", "environment"} & set(self.changed_data)
        if not (self.connector.operators and self.instance.pk and moved):
            return True
        stored = self.instance.secrets or {}
        for name in sorted(self.connector.secret_fields):
            if stored.get(name) and not self.own.cleaned_data.get(name):
                self.own.add_error(
                    name,
                    "Enter it anew: what is stored belongs to another operator, and is "
                    "not sent to this one.",
                )
        return self.own.is_valid()

    def _get_validation_exclusions(self) -> set[str]:
        # The marketplace is no field here but part of what must be unique.
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded - {"marketplace", "region"}

    def save(self, commit: bool = True) -> RemoteAccount:
        """Open settings in the open, entered secrets sealed, the others kept."""
        with transaction.atomic():
            self._refresh()
            return self._save(commit)

    def _refresh(self) -> None:
        """Take what a worker renewed while the form lay open: tokens that rotate."""
        newest = (
            RemoteAccount.objects.select_for_update()
            .filter(pk=self.instance.pk)
            .only("secrets", "secret_dates", "secrets_set_at", "settings")
            .first()
        )
        if newest is not None:
            for name in ("secrets", "secret_dates", "secrets_set_at", "settings"):
                setattr(self.instance, name, getattr(newest, name))

    def _save(self, commit: bool) -> RemoteAccount:
        account: RemoteAccount = super().save(commit=False)
        secret = self.connector.secret_fields
        entered = {
            name: str(value).strip()
            for name, value in self.own.cleaned_data.items()
            if name in secret and value
        }
        # What a consent put there is no field of the form, and stays.
        account.settings = {
            name: value
            for name, value in (account.settings or {}).items()
            if name not in self.own.fields
        } | {
            name: value
            for name, value in self.own.cleaned_data.items()
            if name not in secret
        }
        account.keep_secrets(entered, clock.now())
        if commit:
            account.save()
        return account


class PauseForm(forms.Form):
    """Why something is stopped; those who find it stopped will read it."""

    reason = forms.CharField(
        label="Reason",
        max_length=300,
        help_text="Everybody who finds it paused reads this.",
    )
