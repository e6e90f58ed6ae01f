"""What a person enters for a TikTok Shop account, in Partner Center's words.

``app_secret`` and ``refresh_token`` are secrets: sealed, never shown again. The refresh
token comes from the seller's authorisation and changes with each use; entering it by
hand is for those who have one already.
"""

from __future__ import annotations

import re

from django import forms

from stores.countries import COUNTRIES

SECRET_FIELDS = frozenset({"app_secret", "refresh_token"})
GRANTED_SECRETS = frozenset({"refresh_token"})
ACCOUNT_HELP = {
    "name": "How your colleagues call it, for example 'TikTok Shop UK'.",
    "seller_id": "The shop code of the seller's main shop (Seller Center > Account > "
    "Seller profile), for example GBLCABC123; the connection test compares it with "
    "those of the authorisation.",
    "app_id": "Leave it empty unless this seller uses two apps, which have separate "
    "quotas. The app key goes below.",
}
DEFAULT_FIRST_PULL_DAYS = 30
MOST_FIRST_PULL_DAYS = 90
_CODE = re.compile(r"[A-Za-z0-9_-]{4,40}")


class TikTokSettingsForm(forms.Form):
    """Settings of one seller, who authorises one app."""

    app_key = forms.CharField(
        label="App key",
        max_length=100,
        help_text="Partner Center > App & Service > your app > Credentials.",
    )
    app_secret = forms.CharField(
        label="App secret",
        max_length=300,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Beside the app key.",
    )
    service_id = forms.CharField(
        label="Service ID",
        max_length=300,
        help_text="In the app's authorisation link, behind 'service_id='. Set the app's "
        "redirect URL to the consent address of this console.",
    )
    refresh_token = forms.CharField(
        label="Refresh token",
        max_length=4000,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="The seller's authorisation fills it in: press 'Connect' on the "
        "account's page. It changes with each use, so no other program may use the "
        "same one.",
    )
    shop_codes = forms.CharField(
        label="Shop codes",
        max_length=200,
        required=False,
        help_text="Only where the seller has several shops in one country: the codes of "
        "those to be used, with commas between.",
    )
    ships_to = forms.CharField(
        label="Also ships to",
        max_length=200,
        required=False,
        help_text="Country codes with commas between, for example IE, FR. Orders to "
        "other countries than the shop's own wait with a case, since TikTok gives no "
        "tax number for customs.",
    )
    first_pull_days = forms.IntegerField(
        label="First import, days back",
        min_value=1,
        max_value=MOST_FIRST_PULL_DAYS,
        initial=DEFAULT_FIRST_PULL_DAYS,
        help_text="How far back the first import reads orders that changed.",
    )

    def clean_service_id(self) -> str:
        """Take the number, also out of a pasted authorisation link."""
        value = str(self.cleaned_data["service_id"]).strip()
        found = re.search(r"service_id=(\d+)", value)
        value = found[1] if found else value
        if not value.isdecimal():
            raise forms.ValidationError(
                "This is no service ID, which is a long number; the app key is another "
                "one."
            )
        return value

    def clean_shop_codes(self) -> str:
        """Codes, not names or ids."""
        codes = split(str(self.cleaned_data["shop_codes"]))
        for code in codes:
            if not _CODE.fullmatch(code):
                raise forms.ValidationError(
                    f"'{code}' is no shop code; Seller Center shows it in the profile, "
                    "for example GBLCABC123."
                )
        return ", ".join(codes)

    def clean_ships_to(self) -> str:
        """Countries that exist, as two letters."""
        codes = split(str(self.cleaned_data["ships_to"]).upper())
        for code in codes:
            if code not in COUNTRIES:
                raise forms.ValidationError(
                    f"'{code}' is no country code of two letters, such as IE."
                )
        return ", ".join(codes)


def shop_code_problem(value: str) -> str:
    """What is wrong with a shop code: one word of letters and digits."""
    if _CODE.fullmatch(value):
        return ""
    return (
        f"'{value}' is no shop code, which has no spaces; Seller Center > Account > "
        "Seller profile shows it, for example GBLCABC123."
    )


def split(text: str) -> tuple[str, ...]:
    """The entries of a list with commas, each once."""
    parts = (part.strip() for part in text.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))
