"""Forms of stores."""

from __future__ import annotations

from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify

from stores.connectors import CONNECTORS
from stores.countries import COUNTRIES
from stores.models import (
    RemoteAccount,
    ShipStationAccount,
    Store,
    StoreMode,
)
from stores.setup import Change


class StoreForm(forms.ModelForm):  # type: ignore[type-arg]
    """A store of one marketplace account, and where its orders go."""

    class Meta:
        model = Store
        fields = [
            "name",
            "slug",
            "remote_marketplace",
            "shipstation_account",
            "shipstation_store_id",
            "mode",
            "timezone",
            "ship_from_country",
        ]
        labels = {
            "slug": "Short name",
            "remote_marketplace": "Marketplace",
            "shipstation_account": "ShipStation account",
            "shipstation_store_id": "ShipStation store id",
            "mode": "Who creates the orders in ShipStation",
            "timezone": "Time zone",
            "ship_from_country": "Ships from",
        }
        help_texts = {
            "slug": "Stands in this store's web address, for example amazon-uk. Small "
            "letters, figures and hyphens; made from the name if left empty. It can't be "
            "changed later.",
            "mode": "Orchestrated needs an API store in ShipStation without a "
            "marketplace connection of its own; with one, every order would be there "
            "twice.",
            "timezone": "In which the marketplace's days end, for example Europe/London.",
            "ship_from_country": "Decides when customs and tax numbers are asked for.",
        }
        error_messages = {
            "slug": {"unique": "Another store has this short name already."},
        }

    def __init__(
        self, *args: Any, remote_account: RemoteAccount, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.instance.remote_account = remote_account
        connector = CONNECTORS.get(remote_account.marketplace)
        if connector.marketplaces:
            self.fields["remote_marketplace"] = forms.ChoiceField(
                label="Marketplace",
                choices=[
                    ("", "Choose one"),
                    *(
                        (code, name)
                        for code, name in connector.marketplaces
                        if self._in_region(connector.marketplace_regions.get(code))
                    ),
                ],
                help_text="One store is one marketplace of the account. A wrong one "
                "reads no orders.",
            )
        self.fields["slug"].required = False
        self.fields["timezone"].widget = forms.TextInput(
            attrs={"list": "zones", "autocomplete": "off"}
        )
        self.zones = sorted(zone for zone in available_timezones() if "/" in zone)
        if self.instance.pk:
            del self.fields["slug"]
        self.fields["ship_from_country"] = CountryField(
            label="Ships from",
            choices=[("", "Choose one"), *COUNTRIES.items()],
            initial=self.fields["ship_from_country"].initial,
            help_text=self.fields["ship_from_country"].help_text,
        )
        self._offer_stores()

    def _in_region(self, region: str | None) -> bool:
        return region is None or region == self.instance.remote_account.region

    def _offer_stores(self) -> None:
        """A list of ShipStation's stores, once a test has named those of each account."""
        accounts = list(self.fields["shipstation_account"].queryset)  # type: ignore[attr-defined]
        if not accounts or not all(account.known_stores for account in accounts):
            self.fields[
                "shipstation_store_id"
            ].help_text = (
                "Test the ShipStation account's connection first: it lists its stores."
            )
            return
        groups: list[tuple[str, list[tuple[int, str]]]] = [
            (account.name, [(int(row["id"]), _store_name(row)) for row in stores])
            for account in accounts
            if (stores := account.known_stores)
        ]
        known = {code for _, stores in groups for code, _ in stores}
        ours = self.instance.shipstation_store_id
        if ours and ours not in known:
            groups.append(("Not seen by the last test", [(ours, str(ours))]))
        self.fields["shipstation_store_id"] = forms.TypedChoiceField(
            label="ShipStation store",
            coerce=int,
            choices=[("", "Choose one"), *groups],
            help_text="As the last connection test saw them.",
        )

    def _get_validation_exclusions(self) -> set[str]:
        # The account is no field here but part of what must be unique.
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded - {"remote_account"}

    def clean_slug(self) -> str:
        """Made from the name unless given; unique either way."""
        slug: str = self.cleaned_data["slug"] or slugify(
            self.cleaned_data.get("name", "")
        )
        if not slug:
            raise ValidationError("Give a short name in letters and figures.")
        if slug == "new":
            raise ValidationError("'new' is the address of this form; choose another.")
        if Store.objects.filter(slug=slug).exists():
            raise ValidationError(
                f"Another store has the short name '{slug}' already; choose one."
            )
        return slug

    def clean_timezone(self) -> str:
        """An IANA name."""
        name: str = self.cleaned_data["timezone"].strip()
        if name not in available_timezones():
            raise ValidationError(
                f"'{name}' is no time zone. Choose one from the list, for example "
                "Europe/London."
            )
        return name

    def clean(self) -> dict[str, Any]:
        """One ShipStation store belongs to one store of ours."""
        cleaned = super().clean() or self.cleaned_data
        account = cleaned.get("shipstation_account")
        store_id = cleaned.get("shipstation_store_id")
        if account and store_id:
            self._check_known(account, store_id)
            other = (
                Store.objects.filter(
                    shipstation_account=account, shipstation_store_id=store_id
                )
                .exclude(pk=self.instance.pk)
                .first()
            )
            if other:
                self.add_error(
                    "shipstation_store_id",
                    f"'{other.name}' already ships from ShipStation store {store_id}; "
                    "two stores in one would be mixed up there.",
                )
        return cleaned

    def _check_known(self, account: ShipStationAccount, store_id: int) -> None:
        known = {int(row["id"]): row for row in account.known_stores or []}
        if not known or store_id == self.initial.get("shipstation_store_id"):
            return
        if store_id not in known:
            self.add_error(
                "shipstation_store_id",
                f"{account.name} has no store {store_id}. If it is new there, test the "
                "account's connection again.",
            )
        elif not known[store_id].get("active", True):
            self.add_error(
                "shipstation_store_id",
                f"{_store_name(known[store_id])}: ShipStation takes no orders for an "
                "inactive store. Activate it there or choose another.",
            )

    def changes(self) -> list[Change]:
        """What saving changes, in the words of the form."""
        return [
            Change(
                label=str(self.fields[name].label or name),
                before=self._word(name, self.initial.get(name)),
                after=self._word(name, self.cleaned_data.get(name)),
            )
            for name in self.changed_data
            if name in self.fields
        ]

    def _word(self, name: str, value: Any) -> str:
        if name == "shipstation_account" and not isinstance(value, ShipStationAccount):
            value = ShipStationAccount.objects.filter(pk=value).first()
        if name == "mode":
            return str(StoreMode(value).label)
        return str(value)


class CountryField(forms.ChoiceField):
    """An ISO country; small letters do, and UK is taken for GB."""

    default_error_messages: ClassVar = {
        "invalid_choice": "'%(value)s' is no country code. Choose one from the list; the "
        "United Kingdom is GB.",
    }

    def to_python(self, value: Any) -> str:
        """In capitals."""
        code = str(value or "").strip().upper()
        return "GB" if code == "UK" else code


class ModeChangeForm(forms.Form):
    """Why a live store changes who creates its orders."""

    reason = forms.CharField(
        label="Why?",
        max_length=300,
        help_text="Orders placed from now on run in the new mode; older ones end as they "
        "began. Kept with the change on the store's page.",
    )


def _store_name(row: dict[str, Any]) -> str:
    inactive = "" if row.get("active", True) else " (inactive)"
    return f"{row.get('name') or 'Store'} · {row['id']}{inactive}"
