"""Runs: what each side says of a period's orders, compared by rules."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from orders.models import Order
from shipsync_site.lib.clock_field import BusinessTimeField
from stores.models import Store


class RunState(models.TextChoices):
    """How far a run came."""

    WAITING = "waiting", "Waiting to start"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Could not be finished"
    CANCELLED = "cancelled", "Cancelled"


class Run(models.Model):
    """A comparison of one or more stores over whole days, ``first_day`` to ``last_day``.

    Days are those of each store's own zone. ``position`` is where to go on after a stop:
    plain JSON, no buyer data. Leases are real time, the other times business time.
    """

    first_day = models.DateField()
    last_day = models.DateField()
    state = models.CharField(
        max_length=20, choices=RunState.choices, default=RunState.WAITING
    )
    phase = models.CharField(max_length=40, blank=True)
    position = models.JSONField(default=dict, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    lease_id = models.CharField(max_length=40, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    # '' for one that a person started, else the schedule's name ('daily', 'month').
    schedule = models.CharField(max_length=20, blank=True)
    created_at = BusinessTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        permissions = [
            ("start_run", "Can start and stop reconciliation runs"),
            ("close_period", "Can close and reopen reconciled periods"),
        ]

    def __str__(self) -> str:
        return f"{self.first_day} to {self.last_day}"


class RunStore(models.Model):
    """One store's part of a run: what both sides counted, and the buckets.

    ``buckets`` maps a bucket's code ('agrees', 'skip:…', a rule's code) to its orders;
    their sum is compared with ``counted``, the marketplace's own figure from
    ``counted_by`` (a report, a total that its list states), never from our tables. None:
    the marketplace could not be asked, and ``count_problem`` says why.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="stores")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField()
    zone = models.CharField(max_length=50)
    counted = models.PositiveIntegerField(null=True, blank=True)
    counted_by = models.CharField(max_length=100, blank=True)
    counted_at = models.DateTimeField(null=True, blank=True)
    count_problem = models.CharField(max_length=300, blank=True)
    ours = models.PositiveIntegerField(default=0)
    buckets = models.JSONField(default=dict, blank=True)
    # When ShipStation's side was read last before the comparison.
    mirror_as_of = models.DateTimeField(null=True, blank=True)
    compared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "store"], name="run_store_once")
        ]

    def __str__(self) -> str:
        return f"{self.store} in {self.run}"

    @property
    def adds_up(self) -> bool | None:
        """Whether the buckets hold what the marketplace counted; None: not known."""
        if self.counted is None:
            return None
        return sum(map(int, self.buckets.values())) == self.counted


class CensusRow(models.Model):
    """An order as the marketplace's independent source names it; dropped with old runs.

    ``status`` and ``not_ours`` are in our words (RemoteStatus, NotOurs), '' where the
    source has none.
    """

    run_store = models.ForeignKey(
        RunStore, on_delete=models.CASCADE, related_name="census"
    )
    remote_id = models.CharField(max_length=60)
    status = models.CharField(max_length=20, blank=True)
    not_ours = models.CharField(max_length=40, blank=True)
    units = models.PositiveIntegerField(null=True, blank=True)
    ordered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run_store", "remote_id"], name="census_row_once"
            )
        ]

    def __str__(self) -> str:
        return self.remote_id


class Hit(models.Model):
    """What one rule found in one run: an order's row that does not agree.

    ``cause`` tells two findings of one rule on one order apart (a parcel, a line; '' for
    one per order). ``expected`` and ``found`` are what the two sides say, as people read
    it, without buyer data. ``first``: this rule is the order's bucket in the run.
    ``placed_at``: when what it is about was placed.
    """

    run_store = models.ForeignKey(
        RunStore, on_delete=models.CASCADE, related_name="hits"
    )
    rule = models.CharField(max_length=40)
    order = models.ForeignKey(
        Order, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    remote_id = models.CharField(max_length=100)
    cause = models.CharField(max_length=100, blank=True)
    expected = models.CharField(max_length=200, blank=True)
    found = models.CharField(max_length=200, blank=True)
    first = models.BooleanField(default=False)
    placed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run_store", "rule", "remote_id", "cause"], name="hit_once"
            )
        ]
        indexes = [
            # an order's bucket is its first hit
            models.Index(fields=["run_store", "remote_id"], name="hit_order"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.remote_id}"


class Period(models.Model):
    """A store's day or month as a person closed it, and what came in afterwards.

    ``kind`` is 'day' or 'month'. Reopened by itself (``reopened_at``, with what came) when
    rows of it change after it was closed; closed again by a person.
    """

    store = models.ForeignKey(
        Store, on_delete=models.CASCADE, related_name="reconciled_periods"
    )
    kind = models.CharField(max_length=10)
    first_day = models.DateField()
    last_day = models.DateField()
    run = models.ForeignKey(
        Run, null=True, blank=True, on_delete=models.SET_NULL, related_name="periods"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    # The buckets and open findings as they stood when it was closed.
    closed_as = models.JSONField(default=dict, blank=True)
    reopened_at = models.DateTimeField(null=True, blank=True)
    reopened_why = models.CharField(max_length=300, blank=True)
    late_rows = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "kind", "first_day"], name="period_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.store}, {self.kind} {self.first_day}"
