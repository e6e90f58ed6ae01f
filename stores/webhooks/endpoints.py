"""The addresses that peers are given: made, shown, switched, found again."""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from shipsync_site.lib import clock
from stores.models import Account, WebhookEndpoint
from stores.models.webhook import token_hash

# Compared against when there is no such account, so that both ways take as long.
_NOBODY = token_hash("")


class NoPublicAddressError(Exception):
    """This installation has no address that a peer can reach; says what to set."""


def public_url() -> str:
    """The console's address from outside, without a slash at its end.

    Raises NoPublicAddressError naming SHIPSYNC_PUBLIC_URL and what is wrong with it.
    """
    url = settings.SHIPSYNC_PUBLIC_URL
    if not url:
        raise NoPublicAddressError(
            "SHIPSYNC_PUBLIC_URL is not set: say under which https address this "
            "console can be reached from outside, then restart."
        )
    parts = urlsplit(url)
    if not parts.hostname or parts.username or parts.query or parts.fragment:
        raise NoPublicAddressError(
            f"SHIPSYNC_PUBLIC_URL={url!r} is no address: expected https://host."
        )
    if parts.scheme != "https" and not (
        settings.DEVELOPMENT and parts.scheme == "http"
    ):
        raise NoPublicAddressError(
            f"SHIPSYNC_PUBLIC_URL={url!r} must begin with https://: the address is "
            "secret and must not travel in the clear."
        )
    return str(url)


def endpoint_of(account: Account) -> WebhookEndpoint:
    """The account's endpoint; made, switched off, when there is none yet."""
    row = WebhookEndpoint.objects.filter(account=account.key).first()
    if row is None:
        fresh = WebhookEndpoint(account=account.key)
        fresh.renew_token(clock.now())
        WebhookEndpoint.objects.bulk_create([fresh], ignore_conflicts=True)
        row = WebhookEndpoint.objects.get(account=account.key)
    return row


def path_of(endpoint: WebhookEndpoint) -> str:
    """The secret path, from the root of the site."""
    return reverse("stores:hook", args=[endpoint.account, endpoint.token])


def address_of(endpoint: WebhookEndpoint) -> str:
    """The whole secret address; raises NoPublicAddressError."""
    return f"{public_url()}{path_of(endpoint)}"


def prefix_of(account_key: str) -> str:
    """What every address of the account here begins with, old tokens included."""
    return f"{public_url()}/hooks/{account_key}/"


def find(account_key: str, token: str) -> WebhookEndpoint | None:
    """The endpoint behind an address, or None whatever part of it was wrong."""
    row = WebhookEndpoint.objects.filter(account=account_key, enabled=True).first()
    known = row.token_hash if row is not None else _NOBODY
    fits = hmac.compare_digest(known, token_hash(token))
    return row if fits and row is not None else None


def new_address(endpoint: WebhookEndpoint) -> None:
    """End the present address and make another."""
    endpoint.renew_token(clock.now())
    endpoint.ensured_at = None
    endpoint.save(update_fields=["token", "token_hash", "token_made_at", "ensured_at"])


def switch(endpoint: WebhookEndpoint, *, on: bool) -> None:
    """Take messages from now on, or answer them as if the address were unknown."""
    endpoint.enabled = on
    endpoint.ensured_at = None
    endpoint.save(update_fields=["enabled", "ensured_at"])
