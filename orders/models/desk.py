"""The exception desk: cases by cause, tags, saved views, and one act on many cases."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from orders.models.case import OrderException
from stores.models import Store


class CaseTag(models.Model):
    """A word that somebody put on a case, to find it again."""

    case = models.ForeignKey(
        OrderException, on_delete=models.CASCADE, related_name="tags"
    )
    name = models.CharField(max_length=30, db_index=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "name"], name="case_tag_once")
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class SavedView(models.Model):
    """A queue's filters under a name: one's own, or everybody's where ``shared``.

    ``query`` is the queue's query string; ``position`` its place among the others.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views"
    )
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000)
    shared = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="saved_view_once")
        ]
        ordering = ["position", "name", "pk"]

    def __str__(self) -> str:
        return self.name


class BulkState(models.TextChoices):
    """How far one act on many cases came."""

    PREVIEW = "preview", "Looked at"
    COUNTDOWN = "countdown", "Counting down"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    STOPPED = "stopped", "Stopped"
    UNDOING = "undoing", "Being undone"
    UNDONE = "undone", "Undone"


class BulkRun(models.Model):
    """One act on all cases that a filter matched when the person looked.

    ``token`` is the person's click: many of one click are one run. Nothing is done
    before ``begins_at`` (real time): until then it can be stopped without a trace.
    ``act`` is what to do (orders.bulk.acts.Act); ``sends``: calls may follow from it, so
    that it can't be undone afterwards; ``foreseen`` is what its preview says.
    ``lease_*`` belong to the worker that runs it, ``begun_at`` and ``ended_at`` (real
    time) give its rate.
    """

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    by_name = models.CharField(max_length=150)
    token = models.CharField(max_length=64, unique=True)
    query = models.CharField(max_length=1000, blank=True)
    act = models.JSONField(default=dict)
    sends = models.BooleanField(default=False)
    foreseen = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=20, choices=BulkState.choices)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    undone = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    begins_at = models.DateTimeField(null=True, blank=True)
    begun_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    lease_id = models.CharField(max_length=40, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            # the pump's question: which acts wait to be done
            models.Index(
                fields=["begins_at"],
                name="bulk_run_due",
                condition=models.Q(state__in=("countdown", "running", "undoing")),
            ),
        ]
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.act.get('name', '')} on {self.total} cases"


class BulkRow(models.Model):
    """One case of a bulk act: what the person saw, what became of it, how to undo it.

    ``way`` is the way out that was shown for it, '' for acts that end nothing. ``done``
    is None while it waits; ``before`` is what stood there, for ``undone``.
    """

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="rows")
    case = models.ForeignKey(OrderException, on_delete=models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()
    way = models.CharField(max_length=40, blank=True)
    done = models.BooleanField(null=True, blank=True)
    text = models.CharField(max_length=300, blank=True)
    before = models.JSONField(default=dict, blank=True)
    version_after = models.PositiveIntegerField(null=True, blank=True)
    undone = models.BooleanField(null=True, blank=True)
    undone_text = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "case"], name="bulk_row_once")
        ]
        indexes = [
            # the worker's question: which cases of a run are next
            models.Index(
                fields=["run", "id"],
                name="bulk_row_waits",
                condition=models.Q(done__isnull=True),
            ),
        ]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.text}"


class CaseGroup(models.Model):
    """All open cases of one kind with one cause in one store: a row of the queue.

    Kept equal to the cases by whoever writes them, in the same transaction
    (``orders.case_groups``). ``cause`` is the cases' ``shared_cause``; ``work_by`` and
    ``deadline`` are those of the case that is due next, ``money`` is {currency: amount
    as text}, ``owners`` {user id: cases}, ``opened_by_hour`` {hour, ISO in UTC: cases
    that were opened then and are open still} of the last days. Cases that are put off
    count in ``asleep`` alone. ``emptied_at``: when its last case was closed;
    ``returned_at``: when the cause came back after that.
    """

    team = models.CharField(max_length=20)
    store = models.ForeignKey(
        Store, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    # The same as text, for a constraint that holds without a store too: '' for none.
    store_key = models.CharField(max_length=20, blank=True)
    kind = models.CharField(max_length=40)
    cause = models.CharField(max_length=64)
    summary = models.CharField(max_length=300)
    awake = models.PositiveIntegerField(default=0)
    asleep = models.PositiveIntegerField(default=0)
    unowned = models.PositiveIntegerField(default=0)
    owners = models.JSONField(default=dict, blank=True)
    money = models.JSONField(default=dict, blank=True)
    work_by = models.DateTimeField(null=True, blank=True)
    deadline = models.DateTimeField(null=True, blank=True)
    oldest = models.DateTimeField(null=True, blank=True)
    opened_by_hour = models.JSONField(default=dict, blank=True)
    emptied_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "store_key", "kind", "cause"], name="case_group_once"
            )
        ]
        indexes = [
            # a team's queue of causes, what must be done next first
            models.Index(
                fields=["team", "work_by", "id"],
                name="case_group_queue",
                condition=models.Q(awake__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.summary}"
