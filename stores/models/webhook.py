"""Where peers may knock, and what they said: receipts, never facts."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.db import models

from shipsync_site.lib.sealed import SealedTextField

TOKEN_BYTES = 32


class ReceiptOutcome(models.TextChoices):
    """What a message was taken for."""

    NUDGED = "nudged", "Looked at once"
    NOTED = "noted", "Noted"
    UNKNOWN = "unknown", "Unknown event, ignored"
    FOREIGN = "foreign", "Names another host, ignored"
    MALFORMED = "malformed", "Not understood, refused"


class WebhookEndpoint(models.Model):
    """One account's address for its peer: ``/hooks/<account key>/<token>/``.

    The token is looked up by its hash; sealed beside it, so that a lead can be shown
    the address. ``subscriptions`` is what the peer listed last: id, event, active.
    ``last_received_at`` and ``ensured_at`` are business time, ``lease_until`` is real.
    """

    account = models.CharField(max_length=40, unique=True)
    enabled = models.BooleanField(default=False)
    token_hash = models.CharField(max_length=64)
    token = SealedTextField()
    token_made_at = models.DateTimeField()
    last_received_at = models.DateTimeField(null=True, blank=True)
    subscriptions = models.JSONField(default=list, blank=True)
    ensured_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        permissions = [("manage_webhooks", "Can manage webhooks")]

    def __str__(self) -> str:
        return f"webhooks of {self.account}"

    def renew_token(self, now: datetime) -> None:
        """Give the endpoint a new secret path, not saved; the old one ends with it."""
        self.token = secrets.token_urlsafe(TOKEN_BYTES)
        self.token_hash = token_hash(self.token)
        self.token_made_at = now


class WebhookReceipt(models.Model):
    """One message of a peer; said again, it is only counted.

    Holds no body and no buyer data: ``params`` are the typed parameters of its
    address, ``body_digest`` is SHA-256. Times are business time.
    """

    source = models.CharField(max_length=40)
    dedupe_key = models.CharField(max_length=200)
    topic = models.CharField(max_length=60)
    outcome = models.CharField(max_length=20, choices=ReceiptOutcome.choices)
    params = models.JSONField(default=dict, blank=True)
    body_digest = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    received_at = models.DateTimeField()
    last_at = models.DateTimeField()
    repeats = models.PositiveIntegerField(default=0)
    purge_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "dedupe_key"], name="webhook_receipt_once"
            )
        ]
        indexes = [
            models.Index(fields=["source", "last_at"], name="webhook_receipt_last"),
            models.Index(fields=["purge_at"], name="webhook_receipt_purge"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.topic}"


def token_hash(token: str) -> str:
    """What a token of 256 random bits is looked up by: it needs no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
