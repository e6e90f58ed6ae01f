"""When the warehouse works and carriers collect: what turns a deadline into minutes."""

from __future__ import annotations

from django.db import models

from stores.models.account import ShipStationAccount


class WorkingHours(models.Model):
    """When labels are bought on a weekday (0 is Monday); a day without a row is closed.

    Of one ShipStation account's warehouse, or of all (NULL); local to ``timezone``.
    """

    account = models.ForeignKey(
        ShipStationAccount,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="working_hours",
    )
    weekday = models.PositiveSmallIntegerField()
    opens = models.TimeField()
    closes = models.TimeField()
    timezone = models.CharField(max_length=50, default="Europe/London")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "weekday"], name="working_hours_once"
            ),
            models.UniqueConstraint(
                fields=["weekday"],
                condition=models.Q(account__isnull=True),
                name="working_hours_once_for_all",
            ),
        ]
        ordering = ["weekday"]

    def __str__(self) -> str:
        return f"{self.weekday}: {self.opens}-{self.closes}"


class Holiday(models.Model):
    """A day on which the warehouse is closed, in its own zone."""

    account = models.ForeignKey(
        ShipStationAccount,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="holidays",
    )
    day = models.DateField()
    name = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "day"], name="holiday_once"),
            models.UniqueConstraint(
                fields=["day"],
                condition=models.Q(account__isnull=True),
                name="holiday_once_for_all",
            ),
        ]
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class CarrierCutoff(models.Model):
    """The last moment of a weekday at which a carrier takes parcels with it."""

    account = models.ForeignKey(
        ShipStationAccount,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="cutoffs",
    )
    carrier = models.CharField(max_length=60)
    weekday = models.PositiveSmallIntegerField()
    at = models.TimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "carrier", "weekday"], name="carrier_cutoff_once"
            ),
            models.UniqueConstraint(
                fields=["carrier", "weekday"],
                condition=models.Q(account__isnull=True),
                name="carrier_cutoff_once_for_all",
            ),
        ]
        ordering = ["carrier", "weekday"]

    def __str__(self) -> str:
        return f"{self.carrier} {self.weekday} {self.at}"
