"""What a person enters for a shop at one operator, in the words of its back office.

``api_key`` is a secret: sealed, never shown again. The operator itself is chosen from
the list that admins keep; no address is entered here.
"""

from __future__ import annotations

import re
from typing import Any

from django import forms

from stores.connectors.mirakl.confirm import Partial

SECRET_FIELDS = frozenset({"api_key"})
ACCOUNT_HELP = {
    "name": "How your colleagues call it, for example 'Debenhams'.",
    "seller_id": "The shop id, a number: in the operator's back office under your "
    "shop's name. A user of several shops sees only the default one without it.",
    "region": "The operator. One that is missing has to be put on the list of operators "
    "by an admin, with its address.",
    "app_id": "Leave it empty: Mirakl has no applications.",
}
DEFAULT_FIRST_PULL_DAYS = 30
AUTO, SEVERAL, WHOLE = "auto", "several", "whole"
_IOSS = re.compile(r"IM\d{10}")


class MiraklSettingsForm(forms.Form):
    """Settings of one shop at one operator."""

    api_key = forms.CharField(
        label="API key",
        max_length=300,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="In the operator's back office: your name at the top right > API "
        "key. Making a new one there ends the old one at once.",
    )
    accept_hours = forms.IntegerField(
        label="Hours to accept an order",
        min_value=1,
        max_value=720,
        required=False,
        help_text="After how many hours this operator refuses an order that nobody "
        "accepted. Its onboarding papers say so; the API does not. Empty: no deadline "
        "is shown.",
    )
    message_stops = forms.BooleanField(
        label="A customer's message stops the order",
        required=False,
        initial=True,
        help_text="Customers can't ask Mirakl to cancel: they write. With this, an "
        "order with a message waits for a person's word before it leaves.",
    )
    ioss_field = forms.CharField(
        label="Custom field with the IOSS number",
        max_length=100,
        required=False,
        help_text="Its code, if this operator gives the number in a custom field of the "
        "order or its lines. The operator's fields are listed on the account's page.",
    )
    ioss_number = forms.CharField(
        label="IOSS number of the operator",
        max_length=20,
        required=False,
        help_text="If the operator told one number for all orders. It is given to "
        "parcels from outside the EU to addresses in its VAT area; where amounts are in "
        "euros, up to 150 EUR of goods. UK-only operators need none.",
    )
    shipments = forms.ChoiceField(
        label="Shipments per order",
        required=False,
        initial=AUTO,
        choices=[
            (AUTO, "As the operator's configuration says"),
            (SEVERAL, "Several: each parcel is a shipment of its own"),
            (WHOLE, "One: the order is shipped as a whole"),
        ],
    )
    partial = forms.ChoiceField(
        label="Orders in several parcels",
        required=False,
        initial=Partial.ASK,
        choices=[
            (Partial.ASK, "Ask a person"),
            (Partial.FIRST, "The first parcel tells the whole order as shipped"),
        ],
        help_text="Only where the operator takes one parcel per order.",
    )
    unlisted = forms.BooleanField(
        label="Tell unlisted carriers by name",
        required=False,
        help_text="A carrier that the operator does not list is told by its name. "
        "Without this, such a parcel becomes a case.",
    )
    links = forms.CharField(
        label="Tracking links of unlisted carriers",
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One carrier a line: name = https://… with {number} where the "
        "tracking number stands.",
    )
    cancel_reason = forms.CharField(
        label="Usual reason to cancel",
        max_length=100,
        required=False,
        help_text="The code of a reason on the operator's list; used when a person who "
        "cancels a part of an order chooses none.",
    )
    centres = forms.CharField(
        label="Your fulfilment centres",
        max_length=300,
        required=False,
        help_text="Codes, separated by commas. Orders of any other centre are the "
        "operator's to ship. Empty: DEFAULT.",
    )
    first_pull_days = forms.IntegerField(
        label="First import, days back",
        min_value=1,
        max_value=365,
        initial=DEFAULT_FIRST_PULL_DAYS,
        help_text="How far back the first import reads orders that changed.",
    )

    def clean_api_key(self) -> str:
        """Only the key itself: operators' examples show it after a header's name."""
        value = str(self.cleaned_data["api_key"]).strip()
        if any(char.isspace() for char in value) or not value.isascii():
            raise forms.ValidationError(
                "Enter the key alone, without 'Authorization:', 'Bearer' or spaces."
            )
        return value

    def clean_ioss_number(self) -> str:
        """IM and ten digits."""
        value = "".join(str(self.cleaned_data["ioss_number"]).split()).upper()
        if value and not _IOSS.fullmatch(value):
            raise forms.ValidationError(
                f"'{value}' is no IOSS number: it is IM and ten digits."
            )
        return value

    def clean_links(self) -> str:
        """A name, '=' and an https address in each line."""
        value = str(self.cleaned_data["links"])
        read_links(value)
        return value

    def clean(self) -> dict[str, Any]:
        """Links without leave to use them would be a puzzle later."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("links") and not cleaned.get("unlisted"):
            self.add_error(
                "links", "Tick 'Tell unlisted carriers by name', or leave this empty."
            )
        return cleaned


def shop_id_problem(value: str) -> str:
    """What is wrong with a shop id: Mirakl's are whole numbers."""
    if value.isascii() and value.isdecimal():
        return ""
    return (
        f"'{value}' is no shop id, which is a number such as 2001; the operator's back "
        "office shows it under your shop's name."
    )


def read_links(text: str) -> tuple[tuple[str, str], ...]:
    """(carrier name, link) of each line; ValidationError naming a bad one."""
    found = []
    for row in filter(None, (line.strip() for line in text.splitlines())):
        name, _, link = (part.strip() for part in row.partition("="))
        if not name or not link.startswith("https://") or "{number}" not in link:
            raise forms.ValidationError(
                f"'{row[:60]}' is not of the form: name = https://…{{number}}"
            )
        found.append((name, link))
    return tuple(found)
