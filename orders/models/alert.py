"""Who is told of what outside the console, when, and whether it got there."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from shipsync_site.lib.sealed import SealedTextField
from stores.models import Store


class AlertWay(models.TextChoices):
    """How a message travels."""

    MAIL = "mail", "Mail"
    WEBHOOK = "webhook", "Webhook (Slack, Teams or your own)"


class AlertTarget(models.Model):
    """Where messages go: one team, person or channel.

    ``address`` (mail or URL) and ``secret`` (signs webhooks) are sealed. Between
    ``quiet_from`` and ``quiet_until`` in ``timezone`` nothing is sent but what breaches
    before the quiet ends.
    """

    name = models.CharField(max_length=100, unique=True)
    way = models.CharField(max_length=10, choices=AlertWay.choices)
    address = SealedTextField()
    secret = SealedTextField(blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="alert_targets",
    )
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    timezone = models.CharField(max_length=50, default="Europe/London")
    enabled = models.BooleanField(default=True)
    last_ok_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["name"]
        permissions = [("manage_alerts", "Can set up alerts")]

    def __str__(self) -> str:
        return self.name


class AlertTrigger(models.TextChoices):
    """What sets a message off."""

    SHIP_BY = "ship_by", "Orders near their ship-by"
    SLA = "sla", "Cases past the time we gave ourselves"
    GROWTH = "growth", "A queue grows"
    STORE = "store", "A store is paused"
    EXPIRY = "expiry", "Access ends soon"
    KIND = "kind", "A case of a kind opens"


class AlertRule(models.Model):
    """One trigger for a team, store or kind ('' and NULL: all), and who hears of it.

    ``minutes`` is the warning time (ship-by) or the step's delay; ``count`` the growth
    within an hour that matters. ``step`` 0 is told first, 1 and more are escalations
    while the cause stands.
    """

    trigger = models.CharField(max_length=20, choices=AlertTrigger.choices)
    team = models.CharField(max_length=20, blank=True)
    store = models.ForeignKey(
        Store, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    kind = models.CharField(max_length=40, blank=True)
    minutes = models.PositiveIntegerField(default=0)
    count = models.PositiveIntegerField(default=0)
    step = models.PositiveSmallIntegerField(default=0)
    target = models.ForeignKey(
        AlertTarget, on_delete=models.CASCADE, related_name="rules"
    )
    enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ["trigger", "step", "pk"]

    def __str__(self) -> str:
        return f"{self.get_trigger_display()} to {self.target}"


class AlertState(models.TextChoices):
    """How far a message came."""

    WAITING = "waiting", "Waiting"
    SENT = "sent", "Sent"
    FAILED = "failed", "Could not be sent"


class AlertMessage(models.Model):
    """One message to one target for one window; ``window`` makes it once only.

    Counts, money and a link, no buyer data.
    """

    target = models.ForeignKey(
        AlertTarget, on_delete=models.CASCADE, related_name="messages"
    )
    rule = models.ForeignKey(
        AlertRule, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    window = models.CharField(max_length=120)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    link = models.CharField(max_length=500)
    count = models.PositiveIntegerField(default=0)
    money = models.JSONField(default=dict, blank=True)
    state = models.CharField(
        max_length=10, choices=AlertState.choices, default=AlertState.WAITING
    )
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["target", "window"], name="alert_message_once"
            )
        ]
        indexes = [
            # the sender's question: what is due
            models.Index(
                fields=["due_at"],
                name="alert_message_due",
                condition=models.Q(state="waiting"),
            ),
        ]
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.subject
