"""What a store's route shows before it goes live: diagnosis and shadow."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from orders.models.order import Order
from shipsync_site.lib.clock_field import BusinessTimeField
from shipsync_site.lib.sealed import SealedJSONField
from stores.models import Store


class DiagnosisState(models.TextChoices):
    """How far a diagnosis came."""

    WAITING = "waiting", "Waiting to start"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Could not be finished"
    CANCELLED = "cancelled", "Cancelled"


class Diagnosis(models.Model):
    """A read-only look at what both sides did over the last days.

    ``position`` is where to go on after a stop; ``result`` holds figures and order ids,
    no buyer data. Times but ``created_at`` are business time.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="diagnoses")
    days = models.PositiveSmallIntegerField(default=30)
    state = models.CharField(
        max_length=20, choices=DiagnosisState.choices, default=DiagnosisState.WAITING
    )
    phase = models.CharField(max_length=100, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    position = SealedJSONField()
    result = models.JSONField(default=dict, blank=True)
    error = models.CharField(max_length=300, blank=True)
    lease_id = models.CharField(max_length=40, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    period_end = models.DateTimeField()
    created_at = BusinessTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-created_at", "-pk"]
        permissions = [("run_diagnosis", "Can run a diagnosis of a store")]
        verbose_name_plural = "diagnoses"

    def __str__(self) -> str:
        return f"{self.store}, {self.days} days"


class DiagnosisRow(models.Model):
    """What a running diagnosis noted of one thing on one side; gone when it ends.

    ``kind`` is order, told, record or parcel, ``key`` its remote id. ``link`` joins both
    sides of an order (its number in small letters), ``mark`` a parcel with what the
    marketplace was told (keyed hash of the tracking number). No buyer data.
    """

    diagnosis = models.ForeignKey(
        Diagnosis, on_delete=models.CASCADE, related_name="rows"
    )
    kind = models.CharField(max_length=10)
    key = models.CharField(max_length=120)
    link = models.CharField(max_length=100)
    mark = models.CharField(max_length=32, blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["diagnosis", "kind", "key"], name="diagnosis_row_once"
            )
        ]
        indexes = [
            # counting goes through both sides of one order after the other
            models.Index(fields=["diagnosis", "link"], name="diagnosis_row_link"),
            # whether the marketplace was told of a parcel
            models.Index(fields=["diagnosis", "mark"], name="diagnosis_row_mark"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class ShadowOutcome(models.TextChoices):
    """How what we would have sent compares with what the present route created."""

    SAME = "same", "The same"
    DIFFERS = "differs", "Differs"
    NOT_THERE = "not_there", "Not in ShipStation yet"
    NOT_SENDABLE = "not_sendable", "We could not have sent it"


class ShadowComparison(models.Model):
    """One order of a store in shadow: our body against the record that is there.

    ``fields`` names what differs; ``details`` has both values of each, sealed, for they
    may be a buyer's.
    """

    order = models.OneToOneField(
        Order, on_delete=models.CASCADE, related_name="shadow_comparison"
    )
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    outcome = models.CharField(max_length=20, choices=ShadowOutcome.choices)
    ss_order_id = models.BigIntegerField(null=True, blank=True)
    fields = models.JSONField(default=list, blank=True)
    details = SealedJSONField()
    # What was compared: compared again when either is another.
    payload_digest = models.CharField(max_length=64, blank=True)
    modify_date = models.CharField(max_length=40, blank=True)
    compared_at = models.DateTimeField()
    purge_at = models.DateTimeField(null=True, blank=True, db_index=True)

    class Meta:
        indexes = [
            models.Index(fields=["store", "outcome"], name="shadow_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.order}: {self.outcome}"


class ShadowExplanation(models.Model):
    """Why a field may differ between the two routes of a store, said by a person."""

    store = models.ForeignKey(
        Store, on_delete=models.CASCADE, related_name="shadow_explanations"
    )
    field = models.CharField(max_length=100)
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "field"], name="shadow_explanation_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}"
