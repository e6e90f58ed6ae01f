"""Orders as the marketplace gave them, and what they became in ShipStation."""

from __future__ import annotations

from django.db import models

from shipsync_site.lib.sealed import SealedJSONField
from stores.models import Store


class Stage(models.TextChoices):
    """Where an order stands, derived by decide(); never set by hand."""

    NOT_OURS = "not_ours", "Not ours to ship"
    WAITING = "waiting", "Waiting at the marketplace"
    TO_PUSH = "to_push", "To be pushed"
    RELEASE = "release", "In its release window"
    IN_SHIPSTATION = "in_shipstation", "In ShipStation"
    HELD = "held", "Held"
    DISPATCHED = "dispatched", "Dispatched, to be confirmed"
    CONFIRMED = "confirmed", "Confirmed, to be read back"
    DONE = "done", "Done"
    CANCELLED = "cancelled", "Cancelled"


OPEN_STAGES = (
    Stage.WAITING,
    Stage.TO_PUSH,
    Stage.RELEASE,
    Stage.IN_SHIPSTATION,
    Stage.HELD,
    Stage.DISPATCHED,
    Stage.CONFIRMED,
)


class Order(models.Model):
    """One marketplace order: the plain facts, one column each; buyer data lies apart.

    Written by ingest (facts) and by reconsider (stage, why, next look). ``as_of`` maps
    each block to the start of the request that last covered it; an older answer never
    overwrites a newer one. Dies never; its buyer data is purged.
    """

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="orders")
    remote_id = models.CharField(max_length=60)
    number = models.CharField(max_length=60)
    order_key = models.CharField(max_length=50, unique=True)
    generation = models.PositiveSmallIntegerField(default=1)

    status = models.CharField(max_length=20)
    raw_status = models.CharField(max_length=60)
    not_ours = models.CharField(max_length=40, blank=True)
    ordered_at = models.DateTimeField()
    remote_updated_at = models.DateTimeField()
    ship_by = models.DateTimeField(null=True, blank=True)
    deliver_by = models.DateTimeField(null=True, blank=True)
    accept_by = models.DateTimeField(null=True, blank=True)
    cancel_answer_by = models.DateTimeField(null=True, blank=True)
    service_level = models.CharField(max_length=60, blank=True)
    delivery_option = models.CharField(max_length=100, blank=True)
    programs = models.JSONField(default=list, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    total = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    shipping_price = models.DecimalField(
        max_digits=12, decimal_places=2, null=True, blank=True
    )
    country = models.CharField(max_length=2, blank=True)
    postcode_area = models.CharField(max_length=10, blank=True)
    tax_scheme = models.CharField(max_length=30, blank=True)
    ioss_number = models.CharField(max_length=30, blank=True)
    unknown_values = models.JSONField(default=list, blank=True)
    as_of = models.JSONField(default=dict, blank=True)
    packages = models.JSONField(null=True, blank=True)

    imported_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    stage = models.CharField(
        max_length=20, choices=Stage.choices, default=Stage.WAITING
    )
    why = models.CharField(max_length=300, blank=True)
    next_look_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    payload_digest = models.CharField(max_length=64, blank=True)
    payload_problems = models.JSONField(default=list, blank=True)
    # A rule that makes it changed since: made anew before the order is decided.
    payload_stale = models.BooleanField(default=False)
    # What the tax rules found: scheme, number, rule, source; {} for nothing.
    tax = models.JSONField(default=dict, blank=True)
    cancel_seq = models.PositiveSmallIntegerField(default=0)
    # The warehouse's choice, unless a person made another: 'carrier:service' or ''.
    service_choice = models.CharField(max_length=161, blank=True)
    # A person wants it read anew at its marketplace before anything else is sent.
    fresh_asked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "remote_id"], name="order_once")
        ]
        indexes = [
            # the pump's question: which orders are due by time alone
            models.Index(
                fields=["next_look_at"],
                name="order_due",
                condition=models.Q(closed_at__isnull=True),
            ),
            # lists and home: a store's orders by stage, most urgent first
            models.Index(fields=["store", "stage", "ship_by"], name="order_stage"),
            # reconciliation: a store's orders of some days
            models.Index(fields=["store", "ordered_at"], name="order_placed"),
            # search by the number that people see
            models.Index(fields=["number"], name="order_number"),
            # what a store was heard to sell of late: hours, and whether it is too quiet
            models.Index(fields=["store", "imported_at"], name="order_imported"),
            # what leaves next, of all stores: lists, home, alerts
            models.Index(
                fields=["ship_by"],
                name="order_leaving",
                condition=models.Q(closed_at__isnull=True),
            ),
            # home: what ended in the last day, however much ended before
            models.Index(
                fields=["closed_at"],
                name="order_closed",
                condition=models.Q(closed_at__isnull=False),
            ),
        ]
        permissions = [
            ("reveal_buyer", "Can see buyer data"),
            ("search_buyer", "Can search by buyer data"),
            ("correct_address", "Can correct delivery addresses"),
            ("audit_buyer", "Can see who looked at buyers, and what is kept how long"),
        ]

    def __str__(self) -> str:
        return self.number


class OrderBuyer(models.Model):
    """Who bought: sealed, masked on screen, blanked from ``purge_at`` on; hashes go too.

    What was blanked (``purged_at``) is never taken in again. ``remote_hash`` is the
    keyed hash of the buyer's name or number on the marketplace, for being forgotten.

    ``recipient`` is the marketplace's word, ``corrected`` a person's, which counts while
    it stands ({} for none). ``corrected_from`` is the ``recipient_digest`` it answers: a
    pull never touches it, and an address that changes later is a case.
    """

    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="buyer")
    recipient = SealedJSONField()
    contact = SealedJSONField()
    recipient_digest = models.CharField(max_length=64, blank=True)
    corrected = SealedJSONField()
    corrected_digest = models.CharField(max_length=64, blank=True)
    corrected_from = models.CharField(max_length=64, blank=True)
    name_hash = models.CharField(max_length=32, blank=True, db_index=True)
    email_hash = models.CharField(max_length=32, blank=True, db_index=True)
    postcode_hash = models.CharField(max_length=32, blank=True, db_index=True)
    remote_hash = models.CharField(max_length=32, blank=True, db_index=True)
    # Of the address that counts, to be compared with ShipStation's: orders.shown.
    address_hash = models.CharField(max_length=32, blank=True)
    purge_at = models.DateTimeField(null=True, blank=True, db_index=True)
    purged_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"buyer of {self.order_id}"


class OrderLine(models.Model):
    """One line; ``line_key`` is what ShipStation carries as lineItemKey."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    remote_id = models.CharField(max_length=60)
    line_key = models.CharField(max_length=50, unique=True)
    sku = models.CharField(max_length=100, db_index=True)
    title = models.CharField(max_length=500)
    quantity = models.PositiveIntegerField()
    quantity_fulfilled = models.PositiveIntegerField(null=True, blank=True)
    quantity_cancelled = models.PositiveIntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)
    cancel_reason = models.CharField(max_length=300, blank=True)
    # Nobody asks to cancel it: what its reason says is a person's to judge.
    cancel_doubt = models.BooleanField(default=False)
    unit_price = models.DecimalField(
        max_digits=12, decimal_places=2, null=True, blank=True
    )
    tax = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    ioss_number = models.CharField(max_length=30, blank=True)
    tax_scheme = models.CharField(max_length=30, blank=True)
    # A person's word for this one order, where the marketplace's SKU is not known.
    sku_override = models.CharField(max_length=100, blank=True)
    details = SealedJSONField()
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "remote_id"], name="order_line_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku}"


class LineComponent(models.Model):
    """What a kit's line is packed as in ShipStation; ``key`` is its lineItemKey there.

    ``quantity`` is per unit of the line; amounts are of one component. Fixed once the
    order was pushed: a kit that changes later counts for later orders.
    """

    line = models.ForeignKey(
        OrderLine, on_delete=models.CASCADE, related_name="components"
    )
    key = models.CharField(max_length=50, unique=True)
    sku = models.CharField(max_length=100)
    title = models.CharField(max_length=500, blank=True)
    quantity = models.PositiveSmallIntegerField()
    unit_price = models.DecimalField(
        max_digits=12, decimal_places=2, null=True, blank=True
    )
    tax = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku}"


class RawBlock(models.Model):
    """The remote JSON behind our columns: sealed, with a purge date."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="raw")
    source = models.CharField(max_length=20)
    block = models.CharField(max_length=20)
    as_of = models.DateTimeField()
    digest = models.CharField(max_length=64)
    body = SealedJSONField()
    purge_at = models.DateTimeField(null=True, blank=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "source", "block"], name="raw_block_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.block} of {self.order_id}"


class ParkedRecord(models.Model):
    """A remote record that could not be read: kept whole and sealed, shown as a case.

    Ends when the same record is read well (``resolved_at``) or at ``purge_at``.
    """

    account = models.CharField(max_length=40)
    source = models.CharField(max_length=20)
    remote_id = models.CharField(max_length=100)
    field = models.CharField(max_length=100, blank=True)
    problem = models.CharField(max_length=500)
    body = SealedJSONField()
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    purge_at = models.DateTimeField(null=True, blank=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "source", "remote_id"], name="parked_record_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.remote_id}: {self.problem}"
