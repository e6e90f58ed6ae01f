"""The mirror of ShipStation: its orders, merges, shipments; and our dispatches."""

from __future__ import annotations

from django.db import models

from orders.models.order import Order, OrderLine
from shipsync_site.lib.sealed import SealedJSONField
from stores.models import ShipStationAccount


class ShipStationOrder(models.Model):
    """A ShipStation order as last read. ``order`` is NULL for orders not ours.

    Only reads and the answers to our writes fill it. ``modify_date`` is ShipStation's
    own text, compared for equality before an upsert. ``held_by_us`` is set when our
    hold was accepted and cleared when the record leaves on_hold; ``held_for`` is the
    order it was held for, which in a combined record need not be ``order``.
    """

    account = models.ForeignKey(
        ShipStationAccount, on_delete=models.CASCADE, related_name="mirror"
    )
    ss_order_id = models.BigIntegerField()
    order = models.ForeignKey(
        Order, null=True, blank=True, on_delete=models.SET_NULL, related_name="records"
    )
    order_key = models.CharField(max_length=100)
    order_number = models.CharField(max_length=100)
    status = models.CharField(max_length=30)
    raw_status = models.CharField(max_length=60)
    store_id = models.BigIntegerField(null=True, blank=True)
    modify_date = models.CharField(max_length=40, blank=True)
    modified_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(null=True, blank=True)
    # For matching what ShipStation imported itself: the channel's order date, and the
    # keyed hash of the postcode, which goes with the buyer.
    ordered_at = models.DateTimeField(null=True, blank=True)
    postcode_hash = models.CharField(max_length=32, blank=True)
    hold_until = models.DateField(null=True, blank=True)
    held_by_us = models.BooleanField(default=False)
    held_for = models.ForeignKey(
        Order, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    merged_or_split = models.BooleanField(default=False)
    merged_ids = models.JSONField(default=list, blank=True)
    parent_id = models.BigIntegerField(null=True, blank=True)
    address_verified = models.CharField(max_length=20, blank=True)
    externally_fulfilled = models.BooleanField(default=False)
    # By what the warehouse means to ship it (its codes, '' while nothing is chosen),
    # and the service that the marketplace's buyer asked for.
    carrier_code = models.CharField(max_length=60, blank=True)
    service_code = models.CharField(max_length=100, blank=True)
    requested_service = models.CharField(max_length=100, blank=True)
    tag_ids = models.JSONField(default=list, blank=True)
    lines = models.JSONField(default=list, blank=True)
    adopted = models.BooleanField(default=False)
    gone_at = models.DateTimeField(null=True, blank=True)
    as_of = models.DateTimeField()
    body = SealedJSONField()
    purge_at = models.DateTimeField(null=True, blank=True, db_index=True)
    # What we last wrote and had accepted: digest and wanted status of the payload.
    written_digest = models.CharField(max_length=64, blank=True)
    written_status = models.CharField(max_length=30, blank=True)
    written_at = models.DateTimeField(null=True, blank=True)
    # The customs lines that we wrote last, until the first reading after it.
    written_customs = models.JSONField(default=list, blank=True)
    # The person's choice of a service that has reached it: not written over it again.
    written_service = models.CharField(max_length=161, blank=True)
    # The tax number as ShipStation's newer interface showed it, and when it was read.
    tax_number = models.CharField(max_length=40, blank=True)
    tax_as_of = models.DateTimeField(null=True, blank=True)
    # What it shows of its order, to be compared as sets (orders.shown): the keyed hash of
    # its address, the tax number if it stood in a field (NULL: not looked), and in words
    # what of the customs lines that we wrote was not there any more.
    address_hash = models.CharField(max_length=32, blank=True)
    tax_shown = models.CharField(max_length=40, null=True, blank=True)  # noqa: DJ001
    customs_lost = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "ss_order_id"], name="ss_order_once"
            )
        ]
        indexes = [
            models.Index(fields=["order_key"], name="ss_order_key"),
            # adoption looks for an order that somebody else put there
            models.Index(fields=["account", "order_number"], name="ss_order_number"),
            # what another connection imported under a number of its own
            models.Index(
                fields=["account", "postcode_hash"],
                name="ss_order_postcode",
                condition=models.Q(order__isnull=True) & ~models.Q(postcode_hash=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_number} ({self.ss_order_id})"


class MergeLink(models.Model):
    """ShipStation order ``absorbed_id`` was combined into ``primary_id``.

    Learned from mergedIds before the absorbed order vanished; kept for ever.
    """

    account = models.ForeignKey(ShipStationAccount, on_delete=models.CASCADE)
    absorbed_id = models.BigIntegerField()
    primary_id = models.BigIntegerField()
    as_of = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "absorbed_id"], name="merge_link_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.absorbed_id} → {self.primary_id}"


class Shipment(models.Model):
    """A label or a marked-as-shipped fulfilment in ShipStation, as last read.

    Return and test labels are kept and never confirmed.
    """

    account = models.ForeignKey(
        ShipStationAccount, on_delete=models.CASCADE, related_name="shipments"
    )
    source = models.CharField(max_length=20)
    remote_id = models.CharField(max_length=40)
    ss_order_id = models.BigIntegerField(db_index=True)
    order_key = models.CharField(max_length=100, blank=True, db_index=True)
    order_number = models.CharField(max_length=100, blank=True)
    tracking_number = models.CharField(max_length=100, blank=True)
    carrier_code = models.CharField(max_length=60, blank=True)
    service_code = models.CharField(max_length=100, blank=True)
    ship_date = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()
    voided = models.BooleanField(default=False)
    voided_at = models.DateTimeField(null=True, blank=True)
    is_return = models.BooleanField(default=False)
    is_test = models.BooleanField(default=False)
    notified = models.BooleanField(null=True, blank=True)
    notify_error = models.CharField(max_length=300, blank=True)
    as_of = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "source", "remote_id"], name="shipment_once"
            )
        ]
        indexes = [
            models.Index(fields=["tracking_number"], name="shipment_tracking"),
            # what was labelled of late
            models.Index(fields=["created_at"], name="shipment_created"),
        ]

    def __str__(self) -> str:
        return self.tracking_number or f"{self.source} {self.remote_id}"


class ShipmentLine(models.Model):
    """What a parcel holds; ``order_line`` when the line key is one of ours."""

    shipment = models.ForeignKey(
        Shipment, on_delete=models.CASCADE, related_name="lines"
    )
    order_line = models.ForeignKey(
        OrderLine, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    line_key = models.CharField(max_length=100, blank=True)
    sku = models.CharField(max_length=100, blank=True)
    quantity = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku}"


class Rung(models.TextChoices):
    """How much we know of a confirmation: the evidence ladder (DESIGN section 6)."""

    DUE = "due", "To be confirmed"
    SENT = "sent", "Sent, answer unknown"
    ACCEPTED = "accepted", "Accepted"
    SHIPPED = "shipped", "Shipped by status"
    READ_BACK = "read_back", "Read back with our tracking"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Dispatch(models.Model):
    """One order's share of a shipment: what is confirmed to the marketplace.

    ``package_ref`` is a positive number per order, the marketplace's handle for
    repeating or correcting the confirmation: a dispatch that supersedes a withdrawn one
    takes over its reference.
    """

    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, related_name="dispatches"
    )
    shipment = models.ForeignKey(
        Shipment, on_delete=models.PROTECT, related_name="dispatches"
    )
    package_ref = models.PositiveIntegerField()
    rung = models.CharField(max_length=20, choices=Rung.choices, default=Rung.DUE)
    rung_at = models.DateTimeField()
    as_of = models.DateTimeField()
    supersedes = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="superseded_by",
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True)
    read_back_at = models.DateTimeField(null=True, blank=True)
    sent_carrier = models.CharField(max_length=60, blank=True)
    sent_tracking = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "shipment"], name="dispatch_shipment_once"
            ),
            models.UniqueConstraint(
                fields=["order", "package_ref"],
                name="dispatch_reference_once",
                condition=~models.Q(rung="withdrawn"),
            ),
        ]
        indexes = [
            # what was confirmed of late
            models.Index(
                fields=["accepted_at"],
                name="dispatch_accepted",
                condition=models.Q(accepted_at__isnull=False),
            )
        ]
        verbose_name_plural = "dispatches"

    def __str__(self) -> str:
        return f"{self.order} parcel {self.package_ref}"


class DispatchLine(models.Model):
    """How many units of a line went with a dispatch."""

    dispatch = models.ForeignKey(
        Dispatch, on_delete=models.CASCADE, related_name="lines"
    )
    order_line = models.ForeignKey(
        OrderLine, on_delete=models.CASCADE, related_name="dispatched"
    )
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dispatch", "order_line"], name="dispatch_line_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.order_line_id}"
