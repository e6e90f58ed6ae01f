"""Checklists: what a team goes through every day, week or month, and signs."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from orders.exception_kinds import Team
from shipsync_site.lib.clock_field import BusinessTimeField
from stores.models import Store


class Cadence(models.TextChoices):
    """How often a checklist is due."""

    DAILY = "daily", "Every day"
    WEEKLY = "weekly", "Every week"
    MONTH_END = "month_end", "At the end of the month"
    PEAK_DAY = "peak_day", "On peak days"


class ChecklistState(models.TextChoices):
    """How far one day's checklist is."""

    OPEN = "open", "Open"
    HALF_SIGNED = "half_signed", "Signed once, a second person is asked"
    SIGNED = "signed", "Signed"
    MISSED = "missed", "Never signed"


def team_choices() -> list[tuple[str, str]]:
    """(code, label) of every team."""
    return [(team.value, team.label) for team in Team]


class Checklist(models.Model):
    """What a team checks, in the lead's words; each day's run freezes it as it is then.

    ``due_time`` is of ``zone``. ``weekday`` (0 Monday) counts for weekly ones, ``dates``
    (ISO) for peak days, ``weekdays`` for daily ones ([]: every day), ``days_after`` for
    the end of the month: so many days after its last. ``skips_days_off``: not due where
    the calendar of all warehouses is closed. Without stores it is for all of them.
    """

    name = models.CharField(max_length=100, unique=True)
    team = models.CharField(max_length=20, choices=team_choices)
    cadence = models.CharField(max_length=20, choices=Cadence.choices)
    weekday = models.PositiveSmallIntegerField(default=0)
    dates = models.JSONField(default=list, blank=True)
    weekdays = models.JSONField(default=list, blank=True)
    days_after = models.PositiveSmallIntegerField(default=0)
    skips_days_off = models.BooleanField(default=False)
    due_time = models.TimeField()
    zone = models.CharField(max_length=50, default="Europe/London")
    stores = models.ManyToManyField(Store, blank=True, related_name="+")
    four_eyes = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    # The code of a list that every installation starts with, '' for one made here.
    code = models.CharField(max_length=40, blank=True)
    created_at = BusinessTimeField(auto_now_add=True)
    updated_at = BusinessTimeField(auto_now=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        ordering = ["name"]
        permissions = [
            ("define_checklist", "Can define checklists"),
            ("work_checklist", "Can tick and sign checklists"),
        ]

    def __str__(self) -> str:
        return self.name


class ChecklistItem(models.Model):
    """One thing to check. ``check_code`` names the rule that ticks it by itself, '' for a
    person; ``limit`` is the rule's threshold.
    """

    checklist = models.ForeignKey(
        Checklist, on_delete=models.CASCADE, related_name="items"
    )
    position = models.PositiveSmallIntegerField(default=0)
    text = models.CharField(max_length=300)
    help = models.TextField(blank=True, max_length=2000)
    check_code = models.CharField(max_length=40, blank=True)
    limit = models.PositiveIntegerField(null=True, blank=True)
    needs_note = models.BooleanField(default=False)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.text


class ChecklistRun(models.Model):
    """A checklist on one day: ticked item by item, signed by name, then frozen.

    ``frozen`` holds the ``definition`` as of that day from the start; with each signature
    also ticks with their evidence and signatures as they were. ``digest`` is its SHA-256,
    so that a later change shows; '' while it is not signed. MISSED means overdue: it can
    still be signed, late.
    """

    checklist = models.ForeignKey(
        Checklist, on_delete=models.PROTECT, related_name="runs"
    )
    day = models.DateField()
    due_at = models.DateTimeField()
    state = models.CharField(
        max_length=20, choices=ChecklistState.choices, default=ChecklistState.OPEN
    )
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_as = models.CharField(max_length=150, blank=True)
    second_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    second_at = models.DateTimeField(null=True, blank=True)
    second_as = models.CharField(max_length=150, blank=True)
    note = models.TextField(blank=True, max_length=4000)
    frozen = models.JSONField(default=dict, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["checklist", "day"], name="checklist_run_once"
            )
        ]
        indexes = [models.Index(fields=["state", "due_at"], name="checklist_run_due")]

    def __str__(self) -> str:
        return f"{self.checklist}, {self.day}"


class ChecklistTick(models.Model):
    """One item of a day's checklist: its words as of that day, who ticked it, on what.

    ``automatic``: by its rule, with the figures it saw in ``evidence``; a rule that says no
    leaves it open with the evidence, until a person overrides it with a note.
    """

    run = models.ForeignKey(
        ChecklistRun, on_delete=models.CASCADE, related_name="ticks"
    )
    item = models.ForeignKey(
        ChecklistItem,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    position = models.PositiveSmallIntegerField(default=0)
    text = models.CharField(max_length=300)
    help = models.TextField(blank=True, max_length=2000)
    check_code = models.CharField(max_length=40, blank=True)
    limit = models.PositiveIntegerField(null=True, blank=True)
    needs_note = models.BooleanField(default=False)
    ticked_at = models.DateTimeField(null=True, blank=True)
    ticked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    automatic = models.BooleanField(default=False)
    note = models.TextField(blank=True, max_length=2000)
    evidence = models.JSONField(default=dict, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.text
