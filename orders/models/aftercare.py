"""What follows a cancellation, what packers say, and a second person's yes."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from orders.models.case import OrderException
from orders.models.order import Order
from orders.models.shipstation import Shipment
from shipsync_site.lib.sealed import SealedTextField
from stores.models import Store


class FollowUpKind(models.TextChoices):
    """What is still to come about of a cancelled order."""

    INTERCEPT = "intercept", "Take the parcel off the line"
    VOID_LABEL = "void_label", "Void the label"
    CREDIT = "credit", "The label's credit comes"
    REFUND = "refund", "Refund the buyer"
    RETURN = "return", "Parcel comes back"
    RESTOCK = "restock", "Goods back in stock"


class FollowUpState(models.TextChoices):
    """Whether it came about."""

    OPEN = "open", "Open"
    DONE = "done", "Done"
    FAILED = "failed", "Could not be done"
    DROPPED = "dropped", "Not needed"


class FollowUp(models.Model):
    """One thing that follows a cancellation, until somebody or a read says it is done.

    Only ``follow_ups`` writes it, as decide() wants it. ``whose`` does it: 'marketplace',
    'seller', 'warehouse' or 'carrier'. ``evidence`` says how it is known, no buyer data.
    """

    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, related_name="follow_ups"
    )
    kind = models.CharField(max_length=20, choices=FollowUpKind.choices)
    cause = models.CharField(max_length=64)
    shipment = models.ForeignKey(
        Shipment, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    whose = models.CharField(max_length=20)
    state = models.CharField(
        max_length=20, choices=FollowUpState.choices, default=FollowUpState.OPEN
    )
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    due = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    note = models.CharField(max_length=300, blank=True)
    evidence = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "kind", "cause"], name="follow_up_once"
            )
        ]
        indexes = [
            # what is still to come about, the most urgent first
            models.Index(
                fields=["due", "id"],
                name="follow_up_open",
                condition=models.Q(state="open"),
            ),
        ]
        ordering = ["created_at", "pk"]
        permissions = [
            ("close_follow_up", "Can say what became of what follows a cancellation"),
            ("void_label", "Can have labels voided"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_state_display()}"


class ApprovalState(models.TextChoices):
    """What the second person said."""

    WAITING = "waiting", "Waiting for a second person"
    GIVEN = "given", "Approved"
    REFUSED = "refused", "Refused"
    STALE = "stale", "Overtaken by a change"


class Approval(models.Model):
    """A way out of a case that needs a second person's yes before it counts.

    ``version`` is the case's when it was asked for: a case that changed since asks anew.
    """

    case = models.ForeignKey(
        OrderException, on_delete=models.CASCADE, related_name="approvals"
    )
    version = models.PositiveIntegerField()
    resolution = models.CharField(max_length=40)
    target = models.CharField(max_length=40, blank=True)
    choice = models.CharField(max_length=100, blank=True)
    reason = models.TextField(max_length=2000)
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    state = models.CharField(
        max_length=20, choices=ApprovalState.choices, default=ApprovalState.WAITING
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_by_name = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    answered_by_name = models.CharField(max_length=150, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer_note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=models.Q(state="waiting"),
                name="approval_one_waiting",
            )
        ]
        ordering = ["asked_at", "pk"]
        permissions = [("approve_decision", "Can give the second yes to a decision")]

    def __str__(self) -> str:
        return f"{self.resolution} asked by {self.asked_by_name}"


class KioskDevice(models.Model):
    """A screen on the packing bench: it sees STOP, GO or UNKNOWN, and no buyer.

    Its key is shown once and kept as a hash. ``max_age_minutes``: older knowledge than
    this is UNKNOWN, never GO.
    """

    name = models.CharField(max_length=60, unique=True)
    key_hash = models.CharField(max_length=64, unique=True)
    pairing_code = SealedTextField(blank=True)
    pairing_until = models.DateTimeField(null=True, blank=True)
    max_age_minutes = models.PositiveSmallIntegerField(default=15)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    last_seen_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        permissions = [
            ("manage_kiosks", "Can add and revoke packing-bench screens"),
            ("use_bench", "Can ask the stop list and report from the packing bench"),
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class PairingMiss(models.Model):
    """A wrong code typed where screens are paired; a few of them close the page."""

    address = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            # how often in the last minutes
            models.Index(fields=["at"], name="pairing_miss_at"),
        ]

    def __str__(self) -> str:
        return f"{self.address} at {self.at:%H:%M}"


class ShortPick(models.Model):
    """A packer says that units of an order are not on the shelf.

    ``cleared_at``: decide() saw that it was found, sent or no longer wanted; until then
    it is a fact that decide() knows.
    """

    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, related_name="short_picks"
    )
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    sku = models.CharField(max_length=100)
    units = models.PositiveIntegerField()
    device = models.ForeignKey(
        KioskDevice, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "sku"],
                condition=models.Q(cleared_at__isnull=True),
                name="short_pick_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.units} × {self.sku} not on the shelf"
