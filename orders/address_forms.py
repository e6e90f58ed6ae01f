"""A delivery address, field by field, as long as ShipStation takes it."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.http import QueryDict

from orders.payload_checks import (
    ADDRESS_FIELDS,
    ADDRESS_LIMITS,
    address_problems,
    country_code,
)
from stores.remote_types import RemoteAddress

_PHONE_LENGTH = 50
_WORDS = {
    "name": ("Name", "Who takes the parcel in.", "off"),
    "company": ("Company", "", "off"),
    "line1": ("Street", "Street and number.", "off"),
    "line2": ("Street 2", "Flat, floor, building.", "off"),
    "line3": ("Street 3", "", "off"),
    "city": ("Town", "", "off"),
    "state": ("State", "Needed in the US, Canada and Australia.", "off"),
    "postcode": ("Postcode", "", "off"),
}

# Most countries need these two: the checks say so, the form can't.
_USUALLY_NEEDED = ("city", "postcode")


class AddressForm(forms.Form):
    """The corrected address and where it comes from.

    ``base`` names the addresses that the person looked at; ``case`` and ``version`` the
    case they came from. Buyer data: pages that hold it are not stored by browsers.
    """

    base = forms.CharField(max_length=64, widget=forms.HiddenInput)
    case = forms.IntegerField(required=False, widget=forms.HiddenInput)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, limit in ADDRESS_LIMITS.items():
            label, text, auto = _WORDS[name]
            self.fields[name] = forms.CharField(
                label=label,
                max_length=limit,
                required=name in ("name", "line1"),
                help_text=text,
                widget=forms.TextInput(attrs={"autocomplete": auto}),
            )
        self.fields["country"] = forms.CharField(
            label="Country",
            max_length=2,
            min_length=2,
            help_text="Two letters, ISO 3166: GB, DE, US.",
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )
        self.fields["phone"] = forms.CharField(
            label="Phone",
            max_length=_PHONE_LENGTH,
            required=False,
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )
        self.fields["reason"] = forms.CharField(
            label="Where do you have it from?",
            max_length=2000,
            widget=forms.Textarea(attrs={"rows": 2}),
            help_text="For example 'the buyer's message of 22 November'. Kept with your "
            "name; put no address here.",
        )
        self.remarks: list[str] = []
        self.country_note = ""

    @property
    def address_fields(self) -> list[tuple[forms.BoundField, bool]]:
        """The visible fields of the address itself, and which are called optional."""
        return [
            (self[name], name not in _USUALLY_NEEDED)
            for name in self.fields
            if name in _NAMES
        ]

    def clean_country(self) -> str:
        """The ISO code; UK and EL are turned into GB and GR, and the page says so."""
        typed = str(self.cleaned_data["country"]).strip().upper()
        code = country_code(typed)
        if code != typed:
            data = cast("QueryDict", self.data).copy()
            data["country"] = code
            self.data = data
            self.country_note = (
                f"{typed} was changed to {code}: ShipStation takes ISO codes."
            )
        return code

    def clean(self) -> dict[str, Any]:
        """Postal rules, told at the field that breaks them; remarks stop nothing."""
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        for problem in address_problems(self.address()):
            field = ADDRESS_FIELDS.get(problem.field, problem.field.split(".")[-1])
            if problem.hard and field in self.fields:
                self.add_error(field, f"{problem.message}.")
            elif problem.hard:
                self.add_error(None, f"{problem.message}.")
            else:
                self.remarks.append(f"{problem.message}.")
        return data

    def address(self, *, residential: bool | None = None) -> RemoteAddress:
        """What was typed; only of a form whose fields are valid."""
        values = {name: str(self.cleaned_data.get(name) or "") for name in _NAMES}
        return RemoteAddress(**values, residential=residential)


_NAMES = (*ADDRESS_LIMITS, "country", "phone")
