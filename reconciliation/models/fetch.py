"""Fetching settlements: how far each account's marketplace has been asked."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from reconciliation.models.settlement import Settlement
from stores.models import RemoteAccount


class SettlementFetch(models.Model):
    """An account's fetch: when it is due, and where the present one goes on.

    ``next_at``, ``since`` and ``reached`` are business time: all settlements made before
    ``reached`` were seen by a fetch that came to its end. ``since`` is NULL between two
    fetches; during one ``cursor`` is what the connector goes on with, ``staging`` the
    settlement of which pages are in, ``ending`` set when all of them are. The lease is
    real time. ``left_out`` names settlements of this fetch that could not be taken in, as
    [{id, problem}], ``skipping`` the one whose pages pass by. ``problem`` is what the last fetch ended with, '' where it was whole.
    """

    account = models.OneToOneField(
        RemoteAccount, on_delete=models.CASCADE, related_name="settlement_fetch"
    )
    next_at = models.DateTimeField(db_index=True)
    reached = models.DateTimeField(null=True, blank=True)
    began_at = models.DateTimeField(null=True, blank=True)
    since = models.DateTimeField(null=True, blank=True)
    cursor = models.JSONField(default=dict, blank=True)
    staging = models.ForeignKey(
        Settlement, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    ending = models.BooleanField(default=False)
    # Settlements of the present or last fetch: seen, and new or changed among them.
    seen = models.PositiveIntegerField(default=0)
    news = models.PositiveIntegerField(default=0)
    left_out = models.JSONField(default=list, blank=True)
    skipping = models.CharField(max_length=100, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    asked_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    lease_id = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"settlements of {self.account_id}"
