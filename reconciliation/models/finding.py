"""Findings: what does not agree, over all the days on which it is seen."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from orders.models import Order, OrderException
from reconciliation.models.run import Run
from reconciliation.models.settlement import Settlement, SettlementLine
from stores.models import Store


class FindingState(models.TextChoices):
    """Whether a finding still needs somebody."""

    OPEN = "open", "Open"
    ACCEPTED = "accepted", "Accepted"
    GONE = "gone", "No longer seen"


class Finding(models.Model):
    """One disagreement with a stable fingerprint: the rule, whose it is, and its cause.

    Runs and settlements refresh it: ``days`` counts the days (of the store's zone) on
    which it was seen without a gap between runs that looked there. Accepted by a person
    with a reason until ``accepted_until`` (NULL: for good); then it is open again. ``case``
    is the case that it opened or joined. ``placed_at``: when what it is about was placed:
    a run looks at the findings of its own period. ``look`` names the look that saw it
    last. No buyer data.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="findings")
    rule = models.CharField(max_length=40)
    fingerprint = models.CharField(max_length=220)
    order = models.ForeignKey(
        Order, null=True, blank=True, on_delete=models.CASCADE, related_name="findings"
    )
    remote_id = models.CharField(max_length=100, blank=True)
    settlement = models.ForeignKey(
        Settlement,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="findings",
    )
    line = models.ForeignKey(
        SettlementLine,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="findings",
    )
    expected = models.CharField(max_length=200, blank=True)
    found = models.CharField(max_length=200, blank=True)
    # What it stands for in money: positive is owed to us, negative taken too much.
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    state = models.CharField(
        max_length=20, choices=FindingState.choices, default=FindingState.OPEN
    )
    first_seen = models.DateField()
    last_seen = models.DateField()
    days = models.PositiveIntegerField(default=1)
    run = models.ForeignKey(
        Run, null=True, blank=True, on_delete=models.SET_NULL, related_name="findings"
    )
    seen_at = models.DateTimeField()
    look = models.CharField(max_length=40, blank=True)
    placed_at = models.DateTimeField(null=True, blank=True)
    gone_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    accepted_reason = models.CharField(max_length=300, blank=True)
    accepted_until = models.DateField(null=True, blank=True)
    case = models.ForeignKey(
        OrderException,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="findings",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "rule", "fingerprint"], name="finding_once"
            )
        ]
        indexes = [
            # the list: what is open, per store and rule
            models.Index(fields=["state", "store", "rule"], name="finding_list"),
            # what a day, a month or the look at one settlement can end
            models.Index(fields=["store", "rule", "placed_at"], name="finding_placed"),
        ]
        permissions = [("accept_finding", "Can accept findings with a reason")]

    def __str__(self) -> str:
        return f"{self.rule} {self.remote_id}"
