"""Budgets, lanes, cursors and the log of remote calls."""

from __future__ import annotations

from django.db import models


class Budget(models.Model):
    """What an account may still spend in one quota group (DESIGN section 5).

    ``period`` > 0: a fixed window of ``capacity`` calls that ends at ``resets_at``;
    otherwise a bucket refilled at ``rate`` per second. Business Unix seconds, floats,
    so that one UPDATE can do the arithmetic on both databases.
    """

    account = models.CharField(max_length=40)
    group = models.CharField(max_length=60)
    capacity = models.FloatField()
    rate = models.FloatField(default=0)
    period = models.FloatField(default=0)
    tokens = models.FloatField()
    at = models.FloatField()
    resets_at = models.FloatField(default=0)
    blocked_until = models.FloatField(default=0)
    reserve = models.FloatField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "group"], name="budget_once")
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.group}"


class Direction(models.TextChoices):
    """What a lane does for its account."""

    PULL = "pull", "Read orders"
    READ_BACK = "read_back", "Read shipped orders back"
    CONFIRM = "confirm", "Confirm dispatches"
    PUSH = "push", "Write to ShipStation"
    MIRROR = "mirror", "Read ShipStation's orders"
    DISPATCHES = "dispatches", "Read shipments"
    LISTEN = "listen", "Fetch messages"


class Lane(models.Model):
    """A stream of work of one account that a pump leases while it is due.

    ``due_at`` and ``nudged_at`` are real time, like the lease: they time our own
    processes. ``nudged_at`` is set by the one nudge that enqueued a pump and cleared
    when a pump takes the lane.
    """

    account = models.CharField(max_length=40)
    direction = models.CharField(max_length=20, choices=Direction.choices)
    priority = models.SmallIntegerField(default=5)
    due_at = models.DateTimeField(null=True, blank=True)
    lease_id = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    nudged_at = models.DateTimeField(null=True, blank=True)
    last_run_at = models.DateTimeField(null=True, blank=True)
    last_ok_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    failures = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "direction"], name="lane_once")
        ]
        indexes = [models.Index(fields=["due_at"], name="lane_due")]

    def __str__(self) -> str:
        return f"{self.account} {self.direction}"


class Cursor(models.Model):
    """How far a stream of an account was read; advanced after a page is stored."""

    account = models.CharField(max_length=40)
    stream = models.CharField(max_length=30)
    watermark = models.DateTimeField(null=True, blank=True)
    window_end = models.DateTimeField(null=True, blank=True)
    page_token = models.TextField(blank=True)
    params = models.JSONField(default=dict, blank=True)
    token_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "stream"], name="cursor_once")
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.stream}"


class CallOutcome(models.TextChoices):
    """How a remote call ended; OPEN after a crash means: unknown."""

    OPEN = "open", "Sent, no answer yet"
    OK = "ok", "Answered"
    THROTTLED = "throttled", "Throttled"
    TRANSIENT = "transient", "Failed, can be repeated"
    UNKNOWN = "unknown", "Outcome unknown"
    REJECTED = "rejected", "Refused"
    LOCKED = "locked", "Record locked"
    UNAUTHORISED = "unauthorised", "Not authorised"
    UNEXPECTED = "unexpected", "Answer not understood"


class RemoteCall(models.Model):
    """One HTTP request, written before it is sent and finished after its answer.

    Holds no body, no header, no buyer data. ``started_at`` is business time;
    ``duration_ms`` is real.
    """

    account = models.CharField(max_length=40)
    operation = models.CharField(max_length=40)
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=300)
    subjects = models.PositiveIntegerField(default=1)
    urgent = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    outcome = models.CharField(
        max_length=20, choices=CallOutcome.choices, default=CallOutcome.OPEN
    )
    error_code = models.CharField(max_length=100, blank=True)
    error_text = models.CharField(max_length=500, blank=True)
    request_id = models.CharField(max_length=100, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["account", "started_at"], name="remote_call_account"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.status or self.outcome}"


class Heartbeat(models.Model):
    """A running cluster (host:pid of its main process); real time.

    ``beat_at`` is written by its workers, ``unreported_since`` when one of them ends a
    task and cleared when the cluster's monitor has taken the result.
    """

    cluster = models.CharField(max_length=100, unique=True)
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()
    unreported_since = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.cluster
