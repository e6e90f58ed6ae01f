"""Seller standards: the rates by which marketplaces judge a seller."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from shipsync_site.lib.clock_field import BusinessTimeField
from stores.models import Store


class StandardLimit(models.Model):
    """A limit that a person set for a store instead of the one the sheets name.

    ``metric`` is a code of reconciliation.standards; ``limit`` is a share (0.04 is 4 %).
    """

    store = models.ForeignKey(
        Store, on_delete=models.CASCADE, related_name="standard_limits"
    )
    metric = models.CharField(max_length=40)
    limit = models.DecimalField(max_digits=6, decimal_places=5)
    note = models.CharField(max_length=300, blank=True)
    set_at = BusinessTimeField(auto_now=True)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "metric"], name="standard_limit_once"
            )
        ]
        permissions = [("set_standards", "Can set the limits of seller standards")]

    def __str__(self) -> str:
        return f"{self.metric} {self.limit}"


class StandardReading(models.Model):
    """A metric of a store on one day, as we counted it: for its course over time."""

    store = models.ForeignKey(
        Store, on_delete=models.CASCADE, related_name="standard_readings"
    )
    metric = models.CharField(max_length=40)
    day = models.DateField()
    bad = models.PositiveIntegerField()
    whole = models.PositiveIntegerField()
    taken_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "metric", "day"], name="standard_reading_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.bad}/{self.whole}"
