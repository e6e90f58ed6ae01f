"""Accounts: whose quota, credentials, cursors and lanes a call uses."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db import models

from shipsync_site.lib.clock_field import BusinessTimeField
from shipsync_site.lib.sealed import SealedJSONField, SealedTextField
from stores.connectors import connector_choices


class Environment(models.TextChoices):
    """Which hosts an account talks to."""

    PRODUCTION = "production", "Production"
    SANDBOX = "sandbox", "Sandbox"


class AccountState(models.TextChoices):
    """Whether calls may be made for an account."""

    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"


class Account(models.Model):
    """What ShipStation and marketplace accounts share.

    ``key`` names the account in budgets, lanes, cursors and calls.
    """

    key_prefix: str

    name = models.CharField(max_length=100)
    environment = models.CharField(
        max_length=20, choices=Environment.choices, default=Environment.PRODUCTION
    )
    state = models.CharField(
        max_length=20, choices=AccountState.choices, default=AccountState.ACTIVE
    )
    pause_reason = models.CharField(max_length=300, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    secrets = SealedJSONField()
    secrets_set_at = models.DateTimeField(null=True, blank=True)
    # Business time, ISO, by secret field: one may be renewed and another grow old.
    secret_dates = models.JSONField(default=dict, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    check_outcome = models.CharField(max_length=30, blank=True)
    check_sentence = models.CharField(max_length=300, blank=True)
    created_at = BusinessTimeField(auto_now_add=True)
    updated_at = BusinessTimeField(auto_now=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        """The account's name in budgets, lanes, cursors and remote calls."""
        return f"{self.key_prefix}-{self.pk}"

    @property
    def active(self) -> bool:
        """Whether calls may be made."""
        return self.state == AccountState.ACTIVE

    def keep_secrets(self, entered: Mapping[str, str], now: datetime) -> None:
        """Put new secrets beside the others and note their date; not saved.

        What a connection test found with the old ones is forgotten.
        """
        if not entered:
            return
        before = self.secrets_set_at.isoformat() if self.secrets_set_at else ""
        self.secret_dates = {
            **(dict.fromkeys(self.secrets or {}, before) if before else {}),
            **(self.secret_dates or {}),
            **dict.fromkeys(entered, now.isoformat()),
        }
        self.secrets = {**(self.secrets or {}), **entered}
        self.secrets_set_at = now
        self.check_outcome = self.check_sentence = ""


def fingerprint(text: str) -> str:
    """A short irreversible name of an API key, to refuse the same key twice."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class ShipStationAccount(Account):
    """One ShipStation API key: owns a quota, a mirror and the write lane.

    ``secrets``: api_key, api_secret. Written by people; state also by the engine when
    ShipStation refuses the key.
    """

    key_prefix = "shipstation"

    key_fingerprint = models.CharField(max_length=16, unique=True)
    stop_tag_name = models.CharField(max_length=100, default="shipsync: stop")
    stop_tag_id = models.IntegerField(null=True, blank=True)
    known_carriers = models.JSONField(default=list, blank=True)
    known_tags = models.JSONField(default=list, blank=True)
    known_stores = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = "ShipStation account"


class RemoteAccount(Account):
    """One seller at one marketplace through one app: credentials, quota, cursors.

    A Store is one marketplace of it; one pull serves all its stores. ``secrets`` holds
    the connector's secret fields, ``settings`` the open ones.
    """

    key_prefix = "remote"

    marketplace = models.CharField(max_length=30, choices=connector_choices)
    seller_id = models.CharField(max_length=100)
    region = models.CharField(max_length=20, blank=True)
    app_id = models.CharField(max_length=200, blank=True)
    settings = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["marketplace", "seller_id", "region", "app_id"],
                name="remote_account_once",
            )
        ]
        permissions = [("renew_consent", "Can connect accounts and renew consents")]


class AccessToken(models.Model):
    """The current access token of an account, sealed; refreshed by one process.

    ``lease_until`` (real time) is held by the process that refreshes.
    """

    account = models.CharField(max_length=40)
    kind = models.CharField(max_length=40, default="access")
    token = SealedTextField()
    expires_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "kind"], name="access_token_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.kind}"
