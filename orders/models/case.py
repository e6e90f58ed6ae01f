"""What needs a person, what persons decided, and what happened."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from orders.models.order import Order
from shipsync_site.lib.sealed import SealedJSONField
from stores.models import RemoteCall, Store


class CaseState(models.TextChoices):
    """Whether a case still needs somebody."""

    OPEN = "open", "Open"
    RESOLVED = "resolved", "Resolved"


class Snooze(models.TextChoices):
    """When a case that was put off comes back by itself."""

    TIME = "time", "At a time"
    SHIP_BY = "ship_by", "4 hours before its deadline"
    DOUBLED = "doubled", "When there are twice as many of its cause"


class OrderException(models.Model):
    """A case: one thing that needs a person, owned by one team.

    One row per (scope, kind, cause): it is reopened in place when its cause returns.
    ``scope`` is 'order:5', 'store:2' or 'account:shipstation-1'. Only triage writes
    it; ``version`` refuses a second person's overlapping edit. ``context`` holds no
    buyer data.
    """

    scope = models.CharField(max_length=60)
    kind = models.CharField(max_length=40)
    cause = models.CharField(max_length=64)
    order = models.ForeignKey(
        Order, null=True, blank=True, on_delete=models.CASCADE, related_name="cases"
    )
    store = models.ForeignKey(
        Store, null=True, blank=True, on_delete=models.CASCADE, related_name="cases"
    )
    team = models.CharField(max_length=20)
    state = models.CharField(
        max_length=20, choices=CaseState.choices, default=CaseState.OPEN
    )
    summary = models.CharField(max_length=300)
    context = models.JSONField(default=dict, blank=True)
    deadline = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    times_opened = models.PositiveIntegerField(default=1)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="cases",
    )
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    resolution = models.CharField(max_length=40, blank=True)
    resolution_note = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    # The same for all cases that one fix ends, across orders: orders.case_groups.
    shared_cause = models.CharField(max_length=64, blank=True)
    # Until when work still helps: the deadline, or the last collection before it.
    work_by = models.DateTimeField(null=True, blank=True)
    # What it stands for in money, as of its last refresh: the order's total.
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    # The row of the queue that counts it while it is open (CaseGroup).
    group = models.ForeignKey(
        "orders.CaseGroup",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="cases",
    )
    # Put off by a person: out of the queue until ``snoozed_until`` or its rule's event.
    snoozed_until = models.DateTimeField(null=True, blank=True)
    snooze = models.CharField(max_length=20, choices=Snooze.choices, blank=True)
    snooze_reason = models.CharField(max_length=300, blank=True)
    snooze_count = models.PositiveIntegerField(default=0)
    snoozed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    # Open on somebody's screen in 'work through': nobody else is given it meanwhile.
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    claimed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "kind", "cause"], name="order_exception_once"
            )
        ]
        indexes = [
            # a team's queue, what must be done next first
            models.Index(
                fields=["team", "work_by", "id"],
                name="order_exception_queue",
                condition=models.Q(state="open", snooze=""),
            ),
            # the cases behind one row of the queue
            models.Index(
                fields=["group", "work_by", "id"],
                name="order_exception_group",
                condition=models.Q(state="open", snooze=""),
            ),
            models.Index(
                fields=["group", "opened_at"],
                name="order_exception_oldest",
                condition=models.Q(state="open", snooze=""),
            ),
            # what somebody has, next deadline first
            models.Index(
                fields=["assignee", "work_by", "id"],
                name="order_exception_mine",
                condition=models.Q(state="open", snooze="", assignee__isnull=False),
            ),
            # who wakes them: what was put off
            models.Index(
                fields=["snoozed_until"],
                name="order_exception_asleep",
                condition=models.Q(state="open") & ~models.Q(snooze=""),
            ),
            # how old a team's open cases are
            models.Index(
                fields=["team", "opened_at"],
                name="order_exception_age",
                condition=models.Q(state="open", snooze=""),
            ),
            # how the same cause was resolved before
            models.Index(fields=["kind", "shared_cause"], name="order_exception_alike"),
        ]
        permissions = [
            ("resolve_exception", "Can resolve cases"),
            ("assign_exception", "Can assign cases"),
            ("note_exception", "Can write notes on cases"),
            ("decide_cancellation", "Can decide about cancellations"),
            ("decide_acceptance", "Can accept or refuse orders"),
            ("release_preflight", "Can send an order that a pre-flight check holds"),
        ]

    def __str__(self) -> str:
        return self.summary


class ExceptionNote(models.Model):
    """What somebody wrote on a case."""

    case = models.ForeignKey(
        OrderException, on_delete=models.CASCADE, related_name="notes"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()
    text = models.TextField(max_length=4000)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.text[:50]


class Verb(models.TextChoices):
    """What a person can decide about an order."""

    SHIP_ANYWAY = "ship_anyway", "Ship anyway"
    CANCEL = "cancel", "Cancel it"
    KEEP = "keep", "Keep the order although the marketplace cancelled"
    CONFIRM = "confirm", "Confirm although doubtful"
    ADOPT = "adopt", "Take over the existing ShipStation order"
    PUSH_BESIDE = "push_beside", "Create ours beside it"
    RETRY = "retry", "Try again"
    ACCEPT = "accept", "Accept as it is"
    TAKE = "take", "Accept the order"
    REFUSE = "refuse", "Refuse the order"
    CANCEL_MARKET = "cancel_market", "Cancel it at the marketplace"
    REJECT_REQUEST = "reject_request", "Reject the request to cancel"
    TAKEN_OUT = "taken_out", "Units taken out of the parcel"
    LEFT_WITH_IT = "left_with_it", "It has left with them"
    CORRECT_ADDRESS = "correct_address", "Correct the address"
    MARKET_ADDRESS = "market_address", "Use the marketplace's address"
    RELEASE = "release", "Send it although a check holds it"
    PUSH_LEFT = "push_left", "Create it although it was placed before the start"
    USE_SKU = "use_sku", "Another SKU for this order"
    USE_SERVICE = "use_service", "Another carrier service for this order"
    INTERCEPT = "intercept", "Take the parcel off the line"
    VOID_LABEL = "void_label", "Void the label"
    GIVEN_UP = "given_up", "It will not come about"
    FOUND = "found", "Found after all"
    SHIP_REST = "ship_rest", "Ship the rest"
    REOPEN = "reopen", "Take the decision back"


class Decision(models.Model):
    """A person's word about an order, append-only.

    It answers one cause: 'ship anyway' for cancel request 1 does not answer request 2.
    ``target`` is the ShipStation order that was chosen, '' for none; ``choice`` the
    code of a reason from the marketplace's own list. ``details`` is
    buyer data (an address before and after), sealed and blanked with the buyer.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="decisions")
    case = models.ForeignKey(
        OrderException,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="decisions",
    )
    verb = models.CharField(max_length=20, choices=Verb.choices)
    cause = models.CharField(max_length=64)
    target = models.CharField(max_length=40, blank=True)
    choice = models.CharField(max_length=100, blank=True)
    reason = models.TextField(max_length=2000)
    details = SealedJSONField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    by_name = models.CharField(max_length=150)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.verb} by {self.by_name}"


class OrderEvent(models.Model):
    """A line of an order's timeline: a fact, a decision or something that was done.

    ``happened`` is the system's own time, ``heard`` is ours. ``data`` holds no buyer
    data. ``case``: what a person did there; without an order it stands for a store's
    case. Append-only.
    """

    order = models.ForeignKey(
        Order, null=True, blank=True, on_delete=models.CASCADE, related_name="events"
    )
    case = models.ForeignKey(
        OrderException,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="events",
    )
    at = models.DateTimeField()
    happened = models.DateTimeField(null=True, blank=True)
    system = models.CharField(max_length=30)
    verb = models.CharField(max_length=60)
    text = models.CharField(max_length=500)
    data = models.JSONField(default=dict, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    call = models.ForeignKey(
        RemoteCall, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        indexes = [
            models.Index(fields=["order", "at"], name="order_event_timeline"),
            # who looked at buyers, the latest first
            models.Index(
                fields=["-at"],
                name="order_event_reveals",
                condition=models.Q(verb="buyer_revealed"),
            ),
        ]
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.text
