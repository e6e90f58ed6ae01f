"""When the warehouse works and carriers collect: what turns a deadline into minutes."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Coalesce

from stores.models.account import ShipStationAccount

# A carrier that prints every few minutes and then not for an hour has a fault; fewer than
# five orders may just be a slow hour.
WATCH_MINUTES = 60
WATCH_ORDERS = 5


class WarehouseCalendar(models.Model):
    """When labels are bought and parcels collected, in the warehouse's own zone.

    Of one ShipStation account's warehouse, or of all that have none (NULL): an account
    with a calendar of its own takes nothing from the general one. ``version`` refuses a
    second person's overlapping edit.
    """

    account = models.OneToOneField(
        ShipStationAccount,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="calendar",
    )
    timezone = models.CharField(max_length=50, default="Europe/London")
    version = models.PositiveIntegerField(default=1)
    # A carrier is in trouble when so many due orders wait for it and no label was bought
    # on it for so many minutes of opening time, while others print. 0 minutes: never.
    watch_minutes = models.PositiveSmallIntegerField(default=WATCH_MINUTES)
    watch_orders = models.PositiveSmallIntegerField(default=WATCH_ORDERS)

    class Meta:
        constraints = [
            # NULLs differ in a plain unique index: two general ones could stand.
            models.UniqueConstraint(
                Coalesce(F("account"), Value(0)), name="warehouse_calendar_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.account) if self.account else "All warehouses"


class WorkingHours(models.Model):
    """When labels are bought on a weekday (0 is Monday); a day without a row is closed.

    ``closes`` 00:00 is midnight, the day's end. Without any row every hour counts.
    """

    calendar = models.ForeignKey(
        WarehouseCalendar, on_delete=models.CASCADE, related_name="hours"
    )
    weekday = models.PositiveSmallIntegerField()
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "weekday"], name="working_hours_once"
            )
        ]
        ordering = ["weekday"]

    def __str__(self) -> str:
        return f"{self.weekday}: {self.opens:%H:%M}-{self.closes:%H:%M}"


class Holiday(models.Model):
    """A day on which the warehouse is closed and nothing is collected."""

    calendar = models.ForeignKey(
        WarehouseCalendar, on_delete=models.CASCADE, related_name="holidays"
    )
    day = models.DateField()
    name = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["calendar", "day"], name="holiday_once")
        ]
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class CarrierCutoff(models.Model):
    """The last moment of a weekday at which a carrier takes parcels with it.

    ``carrier`` is ShipStation's code. A weekday without a row of the carrier: it does
    not collect then.
    """

    calendar = models.ForeignKey(
        WarehouseCalendar, on_delete=models.CASCADE, related_name="cutoffs"
    )
    carrier = models.CharField(max_length=60)
    weekday = models.PositiveSmallIntegerField()
    at = models.TimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "carrier", "weekday"], name="carrier_cutoff_once"
            )
        ]
        ordering = ["carrier", "weekday"]

    def __str__(self) -> str:
        return f"{self.carrier} {self.weekday} {self.at:%H:%M}"
