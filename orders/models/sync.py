"""The outbox and its attempts."""

from __future__ import annotations

from django.db import models

from orders.models.order import Order
from stores.models import RemoteCall


class Peer(models.TextChoices):
    """The side of an order that a job writes to."""

    SHIPSTATION = "shipstation", "ShipStation"
    MARKETPLACE = "marketplace", "Marketplace"


class SyncJob(models.Model):
    """'Look at this order towards this peer': one row per (order, peer), for ever.

    What is to be done is not written here but decided at lease time from the facts as
    of then. Due: dirty (or its lease expired) and not leased and ``due_at`` reached.
    ``due_at`` and ``retry_at`` (back-off after a failure) are business time, the lease
    real time. ``parked`` says why the job is left alone until a person retries.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="jobs")
    peer = models.CharField(max_length=20, choices=Peer.choices)
    account = models.CharField(max_length=40)
    operation = models.CharField(max_length=30, blank=True)
    dirty = models.BooleanField(default=False)
    priority = models.SmallIntegerField(default=5)
    due_at = models.DateTimeField()
    lease_id = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    leases = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True)
    parked = models.CharField(max_length=300, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "peer"], name="sync_job_once")
        ]
        indexes = [
            # the pump's question, per account: what is due, most urgent first
            models.Index(
                fields=["account", "priority", "due_at"],
                name="sync_job_due",
                condition=models.Q(dirty=True),
            ),
            models.Index(
                fields=["account", "lease_until"],
                name="sync_job_leased",
                condition=models.Q(lease_until__isnull=False),
            ),
        ]
        permissions = [("retry_sync", "Can retry syncs")]

    def __str__(self) -> str:
        return f"{self.operation or 'nothing'} for {self.order_id}"


class AttemptOutcome(models.TextChoices):
    """How one attempt for one order ended; OPEN after a crash means: unknown."""

    OPEN = "open", "Sent, no answer yet"
    OK = "ok", "Done"
    REFUSED = "refused", "Refused"
    LOCKED = "locked", "Record locked"
    UNKNOWN = "unknown", "Outcome unknown"
    FAILED = "failed", "Failed, nothing was changed"


class SyncAttempt(models.Model):
    """One order's share of one remote call; written before it is sent.

    ``call`` is None where a connector refused by what it knew, before it called.
    ``settled_at`` is set once a later read has shown what an OPEN or UNKNOWN attempt
    really did.
    """

    job = models.ForeignKey(SyncJob, on_delete=models.CASCADE, related_name="attempts")
    call = models.ForeignKey(
        RemoteCall,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="attempts",
    )
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="attempts")
    operation = models.CharField(max_length=30)
    target = models.CharField(max_length=60, blank=True)
    payload_digest = models.CharField(max_length=64, blank=True)
    started_at = models.DateTimeField()
    outcome = models.CharField(
        max_length=20, choices=AttemptOutcome.choices, default=AttemptOutcome.OPEN
    )
    finished_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=100, blank=True)
    error_field = models.CharField(max_length=100, blank=True)
    error_text = models.CharField(max_length=500, blank=True)
    retried_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "call"], name="sync_attempt_once")
        ]
        indexes = [
            models.Index(fields=["order", "started_at"], name="sync_attempt_order"),
            # writes in doubt and refusals that still stand
            models.Index(
                fields=["order"],
                name="sync_attempt_standing",
                condition=models.Q(settled_at__isnull=True) & ~models.Q(outcome="ok"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.outcome}"
