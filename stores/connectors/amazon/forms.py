"""What a person enters for an Amazon account, beside seller id and region.

``lwa_client_secret``, ``refresh_token`` and ``aws_secret_access_key`` are secrets:
sealed, never shown again.
"""

from __future__ import annotations

from typing import Any

from django import forms

from stores.connectors.amazon import queue

SECRET_FIELDS = frozenset({"lwa_client_secret", "refresh_token", queue.SECRET})
GRANTED_SECRETS = frozenset({"refresh_token"})
DEFAULT_FIRST_PULL_DAYS = 30


class AmazonSettingsForm(forms.Form):
    """Settings of one seller in one region, authorised for one application."""

    client_id = forms.CharField(
        label="LWA client id",
        max_length=200,
        help_text="Of your application in Seller Central: amzn1.application-oa2-client.…",
    )
    lwa_client_secret = forms.CharField(
        label="LWA client secret",
        max_length=300,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Amazon makes it invalid after 180 days; enter the new one in time.",
    )
    refresh_token = forms.CharField(
        label="Refresh token",
        max_length=2000,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Atzr|… Leave it empty and press 'Connect' on the account's page, or "
        "enter the one that Seller Central shows for an application of your own.",
    )
    draft_application = forms.BooleanField(
        label="The application is a draft",
        required=False,
        help_text="Amazon has not listed it yet; its consent page is another one.",
    )
    yearly_authorisation = forms.BooleanField(
        label="Its authorisation ends after 365 days",
        required=False,
        initial=True,
        help_text="True of public applications. Untick it for one of your own that you "
        "authorised yourself.",
    )
    first_pull_days = forms.IntegerField(
        label="First import, days back",
        min_value=1,
        max_value=365,
        initial=DEFAULT_FIRST_PULL_DAYS,
        help_text="How far back the first import reads orders that changed.",
    )

    queue_url = forms.CharField(
        label="Queue of notifications (SQS)",
        max_length=300,
        required=False,
        help_text="https://sqs.<region>.amazonaws.com/<account>/<name> of your own queue, "
        "to which Amazon sends ORDER_CHANGE. Leave it empty to poll only; "
        "docs/amazon-queue.md says how to set it up and what it gains.",
    )
    aws_access_key_id = forms.CharField(
        label="AWS access key id",
        max_length=128,
        required=False,
        help_text="Of a user in your AWS account who may do nothing but read this queue.",
    )
    aws_secret_access_key = forms.CharField(
        label="AWS secret access key",
        max_length=300,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="AWS shows it once, when the key is made.",
    )

    def clean_client_id(self) -> str:
        """Refuse what can't be a client id: people paste the application id instead."""
        value = str(self.cleaned_data["client_id"]).strip()
        if not value.startswith("amzn1.application-oa2-client."):
            raise forms.ValidationError(
                "An LWA client id begins with amzn1.application-oa2-client. – "
                "amzn1.sp.solution… is the application id, which has its own field."
            )
        return value

    def clean_refresh_token(self) -> str:
        """Refuse an access token (Atza|), which lives an hour only."""
        value = str(self.cleaned_data["refresh_token"]).strip()
        if value.startswith("Atza|"):
            raise forms.ValidationError(
                "This is an access token (Atza|…); enter the refresh token (Atzr|…)."
            )
        return value

    def clean_queue_url(self) -> str:
        """Refuse what is no queue of SQS, and a queue that nobody could read."""
        value = str(self.cleaned_data["queue_url"]).strip()
        if not value:
            return ""
        if queue.read_address(value) is None:
            raise forms.ValidationError(
                "This is no address of an SQS queue; it looks like "
                "https://sqs.eu-west-1.amazonaws.com/123456789012/shipsync-orders."
            )
        if not queue.installed():
            raise forms.ValidationError(queue.NEEDS_BOTO3)
        return value

    def clean(self) -> dict[str, Any]:
        """A queue is read with a key."""
        values = super().clean() or {}
        if values.get("queue_url") and not values.get("aws_access_key_id"):
            self.add_error(
                "aws_access_key_id", "The queue is read with an AWS key: enter its id."
            )
        return values


# What the account's own fields are called at Amazon.
ACCOUNT_HELP = {
    "seller_id": "Also called merchant token. With the wrong one a connection test may "
    "work and the orders be somebody else's.",
    "app_id": "The consent page asks for it: amzn1.sp.solution.… Two applications of one "
    "seller have separate quotas.",
}
