"""What happened to buyer data: purges that ran, and buyers that asked to be forgotten."""

from __future__ import annotations

from django.db import models


class PurgeRun(models.Model):
    """One run of the purge; ``counts`` is rows blanked by kind. Business time.

    Dies after a year; runs that found nothing keep only the latest.
    """

    at = models.DateTimeField(db_index=True)
    counts = models.JSONField(default=dict)
    total = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.total} rows at {self.at:%Y-%m-%d %H:%M}"


class ForgetRequest(models.Model):
    """A marketplace told us to forget a buyer of whom we hold something.

    ``buyer_hash`` is keyed, like ``OrderBuyer.remote_hash``, and cleared at the end.
    Open until the last open order of the buyer has finished and is blanked.
    """

    marketplace = models.CharField(max_length=30)
    buyer_hash = models.CharField(max_length=32, blank=True, db_index=True)
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    blanked = models.PositiveIntegerField(default=0)
    receipt = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        indexes = [
            # the minute's question: is anybody still to be forgotten
            models.Index(
                fields=["asked_at"],
                name="forget_open",
                condition=models.Q(finished_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.marketplace} buyer, asked {self.asked_at:%Y-%m-%d}"
