"""What a person enters for an eBay account, beside the seller's user name.

``client_secret``, ``refresh_token`` and ``verification_token`` are secrets: sealed,
never shown again. The refresh token comes from the seller's consent; entering it by
hand is for those who have one already.
"""

from __future__ import annotations

import re

from django import forms

SECRET_FIELDS = frozenset({"client_secret", "refresh_token", "verification_token"})
GRANTED_SECRETS = frozenset({"refresh_token"})
ACCOUNT_HELP = {
    "name": "How your colleagues call it, for example 'eBay UK'.",
    "seller_id": "The seller's eBay user name; the connection test compares it with that "
    "of the orders.",
    "app_id": "Leave it empty unless this seller uses two applications, which have "
    "separate quotas. eBay's App ID goes below.",
}
DEFAULT_FIRST_PULL_DAYS = 30
# eBay shows names and addresses of orders for 90 days only.
MOST_FIRST_PULL_DAYS = 90
_VERIFICATION_TOKEN = re.compile(r"[A-Za-z0-9_-]{32,80}")


class EbaySettingsForm(forms.Form):
    """Settings of one seller, who consents to one application."""

    client_id = forms.CharField(
        label="App ID (client id)",
        max_length=200,
        help_text="Of your production keyset on developer.ebay.com.",
    )
    client_secret = forms.CharField(
        label="Cert ID (client secret)",
        max_length=300,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Beside the App ID in the same keyset.",
    )
    ru_name = forms.CharField(
        label="RuName",
        max_length=200,
        help_text="eBay's name for the address that a seller comes back to after the "
        "consent: keyset > User Tokens > Get a Token from eBay via Your Application. "
        "Set its 'auth accepted' address to the consent address of this console.",
    )
    refresh_token = forms.CharField(
        label="Refresh token",
        max_length=4000,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Leave it empty and press 'Connect' on the account's page: the "
        "seller's consent fills it in.",
    )
    verification_token = forms.CharField(
        label="Verification token for notifications",
        max_length=80,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="32 to 80 letters, digits, _ or -, chosen by you and entered at eBay "
        "too. eBay ends keysets that don't take notices of deleted accounts.",
    )
    signs_messages = forms.BooleanField(
        label="The seller is based in the UK or the EU",
        required=False,
        initial=True,
        help_text="eBay then wants cancellations signed with a key, which is made when it "
        "is needed first.",
    )
    first_pull_days = forms.IntegerField(
        label="First import, days back",
        min_value=1,
        max_value=MOST_FIRST_PULL_DAYS,
        initial=DEFAULT_FIRST_PULL_DAYS,
        help_text="How far back the first import reads orders that changed. eBay hides "
        "names and addresses after 90 days.",
    )

    def clean_ru_name(self) -> str:
        """Refuse an address: the RuName only stands for one."""
        value = str(self.cleaned_data["ru_name"]).strip()
        if "://" in value or "/" in value:
            raise forms.ValidationError(
                "This is an address; enter the RuName that eBay made for it, such as "
                "Your_Company-YourComp-Yourap-abcdefg."
            )
        return value

    def clean_refresh_token(self) -> str:
        """Refuse a consent's code and an access token, which are short-lived."""
        value = str(self.cleaned_data["refresh_token"]).strip()
        if value.startswith("v^1.1#i^1#") and "#r^0#" in value:
            raise forms.ValidationError(
                "This is an access token, which lives two hours; enter the refresh "
                "token, or leave it empty and let the seller consent."
            )
        return value

    def clean_verification_token(self) -> str:
        """eBay's own rule for it."""
        value = str(self.cleaned_data["verification_token"]).strip()
        if value and not _VERIFICATION_TOKEN.fullmatch(value):
            raise forms.ValidationError(
                f"It has {len(value)} characters; eBay takes 32 to 80 letters, digits, "
                "_ and - only."
            )
        return value
