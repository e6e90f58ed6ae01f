"""Settlements: what each marketplace paid, line by line, and for which order."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from orders.models import Order, OrderLine
from shipsync_site.lib.clock_field import BusinessTimeField
from shipsync_site.lib.sealed import SealedTextField
from stores.models import RemoteAccount
from stores.remote_money import LineKind


class SettlementSource(models.TextChoices):
    """In which form a settlement came."""

    AMAZON_V2 = "amazon_v2", "Amazon settlement report (flat file V2)"
    EBAY_PAYOUT = "ebay_payout", "eBay payout"
    TIKTOK_STATEMENT = "tiktok_statement", "TikTok statement"
    MIRAKL_CYCLE = "mirakl_cycle", "Mirakl billing cycle"
    MAPPED_CSV = "mapped_csv", "CSV with your own columns"


class SettlementFileState(models.TextChoices):
    """What became of a file."""

    WAITING = "waiting", "Waiting to be read"
    READING = "reading", "Being read"
    STORED = "stored", "Taken in"
    SEEN = "seen", "Taken in before"
    REFUSED = "refused", "Refused"


class SettlementFormat(models.Model):
    """How the columns of somebody's CSV are to be read.

    ``columns`` maps our fields (see reconciliation.settlements.mapped) to header names.
    """

    name = models.CharField(max_length=100, unique=True)
    columns = models.JSONField(default=dict)
    decimal_comma = models.BooleanField(default=False)
    day_first = models.BooleanField(default=True)
    delimiter = models.CharField(max_length=3, default=",")
    currency = models.CharField(max_length=3, blank=True)
    created_at = BusinessTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    def __str__(self) -> str:
        return self.name


class SettlementFile(models.Model):
    """A file or answer as it came in: taken in whole, or refused whole.

    ``digest`` is the SHA-256 of its bytes: the same bytes again change nothing. ``problems``
    lists what is wrong as [{line, field, value, message}], ``note`` says in words what
    became of it. ``body`` is dropped once stored (NULL); a refused one is kept sealed until
    ``purge_at``. ``rows_done`` of ``rows`` are read; the lease is real time.
    """

    account = models.ForeignKey(
        RemoteAccount, on_delete=models.PROTECT, related_name="settlement_files"
    )
    source = models.CharField(max_length=30, choices=SettlementSource.choices)
    format = models.ForeignKey(
        SettlementFormat,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    size = models.PositiveIntegerField(default=0)
    state = models.CharField(
        max_length=20,
        choices=SettlementFileState.choices,
        default=SettlementFileState.WAITING,
    )
    problems = models.JSONField(default=list, blank=True)
    problem_count = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=500, blank=True)
    # What a person typed beside a CSV of their own: its settlement, deposit, day.
    given = models.JSONField(default=dict, blank=True)
    # A digest of the format by which its lines are being staged.
    read_as = models.CharField(max_length=64, blank=True)
    rows = models.PositiveIntegerField(null=True, blank=True)
    rows_done = models.PositiveIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    lease_id = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    # The remote's own id of what was fetched (a report id, a payout id); '' for uploads.
    remote_ref = models.CharField(max_length=100, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = BusinessTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    body = SealedTextField(null=True)
    purge_at = models.DateTimeField(null=True, blank=True, db_index=True)

    class Meta:
        indexes = [
            models.Index(fields=["account", "digest"], name="settlement_file_digest"),
            # the pump's question: which files are to be read
            models.Index(
                fields=["created_at"],
                name="settlement_file_due",
                condition=models.Q(state__in=["waiting", "reading"]),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Settlement(models.Model):
    """One deposit or billing period of one account: what was paid, and of what it is made.

    ``remainder`` is ``total`` minus the sum of its lines, to the penny: 0 where the file
    adds up. ``deposited_at`` is NULL while nothing was paid yet (``open`` of a carried
    forward or pending one). Amounts are in ``currency``, from the seller's side.

    Written by :mod:`reconciliation.settlements.store` alone: staged first, then shown at
    once. One that came again with other lines keeps its row; ``replaced_note`` says what
    changed. ``staged_at`` is when (real time) its lines last grew before it was stored.
    """

    account = models.ForeignKey(
        RemoteAccount, on_delete=models.PROTECT, related_name="settlements"
    )
    source = models.CharField(max_length=30, choices=SettlementSource.choices)
    remote_id = models.CharField(max_length=100)
    file = models.ForeignKey(
        SettlementFile,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="settlements",
    )
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    deposited_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=40, blank=True)
    currency = models.CharField(max_length=3)
    total = models.DecimalField(max_digits=14, decimal_places=2)
    lines_total = models.DecimalField(max_digits=14, decimal_places=2)
    remainder = models.DecimalField(max_digits=14, decimal_places=2)
    line_count = models.PositiveIntegerField(default=0)
    unmatched_count = models.PositiveIntegerField(default=0)
    unmatched_total = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    matched_at = models.DateTimeField(null=True, blank=True)
    # When its lines without an order were last looked up again.
    tried_at = models.DateTimeField(null=True, blank=True)
    compared_at = models.DateTimeField(null=True, blank=True)
    # NULL while its lines are still being stored: shown nowhere until then.
    stored_at = models.DateTimeField(null=True, blank=True)
    staged_at = models.DateTimeField(null=True, blank=True)
    replaced_at = models.DateTimeField(null=True, blank=True)
    replaced_note = models.CharField(max_length=500, blank=True)
    # Signed off by a person of finance, with what they saw.
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    signed_note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "source", "remote_id"],
                name="settlement_once",
                condition=models.Q(stored_at__isnull=False),
            )
        ]
        indexes = [
            # what was begun and never finished
            models.Index(
                fields=["staged_at"],
                name="settlement_staged",
                condition=models.Q(stored_at__isnull=True),
            ),
        ]
        ordering = ["-deposited_at", "-pk"]
        permissions = [
            ("upload_settlement", "Can bring in settlements"),
            ("match_settlement", "Can match settlement lines and sign settlements"),
        ]

    def __str__(self) -> str:
        return f"{self.get_source_display()} {self.remote_id}"


class MatchRung(models.TextChoices):
    """By which rung of the ladder a line was matched to an order; the surest first."""

    NONE = "", "Not matched"
    ORDER = "order", "By order number"
    ITEM = "item", "By line id"
    SKU_AMOUNT = "sku_amount", "By SKU and amount"
    ORDER_TYPE = "order_type", "By order and kind"
    PERSON = "person", "By a person"
    NO_ORDER = "no_order", "Belongs to no order"


class SettlementLine(models.Model):
    """One component of a settlement, in the file's order.

    ``raw_kind`` and ``raw_description`` are the marketplace's own words (amount-type and
    amount-description, transactionType and feeType …). ``quantity`` only where the file
    states it for this row. ``remote_line`` is its own id where it has one, else ''.
    """

    settlement = models.ForeignKey(
        Settlement, on_delete=models.CASCADE, related_name="lines"
    )
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=LineKind.choices)
    raw_type = models.CharField(max_length=100, blank=True)
    raw_kind = models.CharField(max_length=100, blank=True)
    raw_description = models.CharField(max_length=200, blank=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    posted_at = models.DateTimeField(null=True, blank=True)
    order_ref = models.CharField(max_length=100, blank=True)
    item_ref = models.CharField(max_length=100, blank=True)
    remote_line = models.CharField(max_length=100, blank=True)
    adjustment_ref = models.CharField(max_length=100, blank=True)
    marketplace = models.CharField(max_length=60, blank=True)
    sku = models.CharField(max_length=100, blank=True)
    quantity = models.IntegerField(null=True, blank=True)
    fulfilled_by_marketplace = models.BooleanField(default=False)
    order = models.ForeignKey(
        Order,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="settlement_lines",
    )
    order_line = models.ForeignKey(
        OrderLine, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    rung = models.CharField(max_length=20, choices=MatchRung.choices, blank=True)
    matched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    match_note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["settlement", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["settlement", "number"], name="settlement_line_once"
            )
        ]
        indexes = [
            # the ladder: lines of one order number, whatever settlement they came in
            models.Index(fields=["order_ref"], name="settlement_line_ref"),
            # what is not matched yet
            models.Index(
                fields=["settlement"],
                name="settlement_line_unmatched",
                condition=models.Q(rung=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"
