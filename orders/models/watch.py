"""What should happen by itself and when it last did; and how busy each hour was."""

from __future__ import annotations

from django.db import models

from stores.models import Store


class WatchState(models.TextChoices):
    """Whether a thing that repeats still does (period + grace)."""

    NEW = "new", "Never yet"
    UP = "up", "Up"
    LATE = "late", "Late"
    DOWN = "down", "Down"
    OFF = "off", "Switched off"


class Watch(models.Model):
    """A dead-man's check: ``key`` is expected to be heard of every ``period`` seconds.

    Late after the period, down after period + ``grace``. ``key`` is 'cluster',
    'lane:remote-1:pull', 'store:5:orders' …; times are real time for lanes and clusters,
    business time for what the key's own sort says.
    """

    key = models.CharField(max_length=120, unique=True)
    label = models.CharField(max_length=200)
    store = models.ForeignKey(
        Store, null=True, blank=True, on_delete=models.CASCADE, related_name="watches"
    )
    period = models.PositiveIntegerField()
    grace = models.PositiveIntegerField()
    state = models.CharField(
        max_length=10, choices=WatchState.choices, default=WatchState.NEW
    )
    heard_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()
    looked_at = models.DateTimeField()
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name_plural = "watches"

    def __str__(self) -> str:
        return self.label


class WatchEvent(models.Model):
    """A change of a watch's state."""

    watch = models.ForeignKey(Watch, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=WatchState.choices)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.watch}: {self.state}"


class FlowHour(models.Model):
    """What a store did in one hour (UTC): counts, and the slowest of each step.

    Lags are seconds at the 95th percentile, NULL where nothing went that way.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="hours")
    hour = models.DateTimeField()
    ordered = models.PositiveIntegerField(default=0)
    imported = models.PositiveIntegerField(default=0)
    pushed = models.PositiveIntegerField(default=0)
    labelled = models.PositiveIntegerField(default=0)
    confirmed = models.PositiveIntegerField(default=0)
    import_lag = models.PositiveIntegerField(null=True, blank=True)
    push_lag = models.PositiveIntegerField(null=True, blank=True)
    confirm_lag = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "hour"], name="flow_hour_once")
        ]
        indexes = [models.Index(fields=["hour"], name="flow_hour_by_time")]

    def __str__(self) -> str:
        return f"{self.store}, {self.hour}"
