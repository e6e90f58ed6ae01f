"""Exports: who took which list out of the house, and what goes out by itself."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from shipsync_site.lib.clock_field import BusinessTimeField


class ExportLog(models.Model):
    """One export: the report, the filters by name (never what was typed), the rows.

    ``rows`` is NULL while it streams, or where the browser broke it off.
    """

    report = models.CharField(max_length=60)
    filters = models.JSONField(default=dict, blank=True)
    at = BusinessTimeField(auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    schedule = models.ForeignKey(
        "reconciliation.ExportSchedule",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="log",
    )
    rows = models.PositiveIntegerField(null=True, blank=True)
    unmasked = models.BooleanField(default=False)
    target = models.CharField(max_length=200, blank=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        permissions = [("see_exports", "Can see who exported what")]

    def __str__(self) -> str:
        return self.report


class ExportSchedule(models.Model):
    """A report that goes out by itself, to a folder of the server or by mail.

    ``query`` is the list's own query string. ``hour`` is of ``zone``; ``weekday`` (0 Monday)
    for weekly ones, NULL for daily.
    """

    report = models.CharField(max_length=60)
    name = models.CharField(max_length=100)
    query = models.CharField(max_length=1000, blank=True)
    bom = models.BooleanField(default=True)
    weekday = models.PositiveSmallIntegerField(null=True, blank=True)
    hour = models.PositiveSmallIntegerField(default=6)
    zone = models.CharField(max_length=50, default="Europe/London")
    folder = models.CharField(max_length=200, blank=True)
    mail = models.EmailField(blank=True)
    active = models.BooleanField(default=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    next_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True, blank=True)
    last_problem = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["next_at"], name="export_schedule_due")]
        permissions = [("schedule_export", "Can have reports sent by themselves")]

    def __str__(self) -> str:
        return self.name
