"""Who is told of what outside the console, when, and whether it got there."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from orders.exception_kinds import KINDS, Team
from shipsync_site.lib.sealed import SealedTextField
from stores.models import Store


class AlertWay(models.TextChoices):
    """How a message travels, and in whose form."""

    MAIL = "mail", "Mail"
    SLACK = "slack", "Slack (incoming webhook)"
    TEAMS = "teams", "Teams (workflow webhook)"
    WEBHOOK = "webhook", "Webhook of your own"


class AlertTarget(models.Model):
    """Where messages go: a person, or a team's mailbox or channel.

    A person's (``user``) goes to the address of the account, whatever it is then, and is
    made when a rule first reaches its role. ``address`` (mail or URL) and ``secret``
    (signs webhooks) are sealed.

    Between ``quiet_from`` and ``quiet_until``, in ``timezone``, a target hears only of
    what breaches before the quiet ends; all else is told in one message when it ends,
    with the figures of then. Equal times are no quiet.
    """

    name = models.CharField(max_length=150)
    way = models.CharField(
        max_length=10, choices=AlertWay.choices, default=AlertWay.MAIL
    )
    address = SealedTextField(blank=True)
    secret = SealedTextField(blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="alert_target",
    )
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    timezone = models.CharField(max_length=50, default="Europe/London")
    enabled = models.BooleanField(default=True)
    muted: models.ManyToManyField[AlertRule, Any] = models.ManyToManyField(
        "AlertRule", blank=True, related_name="muted_by"
    )
    last_ok_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            # A person's is named like the account, whatever places are called.
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(user__isnull=True),
                name="alert_place_once",
            )
        ]
        ordering = ["name"]
        permissions = [("manage_alerts", "Can set up alerts")]

    def __str__(self) -> str:
        return self.name


class AlertTrigger(models.TextChoices):
    """What sets a message off."""

    SHIP_BY = "ship_by", "Orders near the last moment before their ship-by"
    DEADLINE = "deadline", "Cases near their deadline"
    SLA = "sla", "Cases past the time we gave ourselves"
    GROWTH = "growth", "A queue grows"
    STORE = "store", "A store or account is paused"
    EXPIRY = "expiry", "Access ends soon"
    KIND = "kind", "A case opens"


class AlertRule(models.Model):
    """One trigger for a team, store or kind ('' and NULL: all), and who hears of it.

    ``minutes`` is the warning time before a deadline; ``count`` the growth within an
    hour that matters. ``delay``: told only of what has stood for so many minutes, which
    makes an escalation of it. Told are the members of the group ``role``, or ``target``.
    ``code`` names a rule that we bring along: switched off, never deleted.
    """

    code = models.CharField(max_length=40, blank=True)
    trigger = models.CharField(max_length=20, choices=AlertTrigger.choices)
    team = models.CharField(max_length=20, blank=True)
    store = models.ForeignKey(
        Store, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    kind = models.CharField(max_length=40, blank=True)
    minutes = models.PositiveIntegerField(default=0)
    count = models.PositiveIntegerField(default=0)
    delay = models.PositiveIntegerField(default=0)
    role = models.CharField(max_length=20, blank=True)
    target = models.ForeignKey(
        AlertTarget,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="rules",
    )
    enabled = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code"], condition=~Q(code=""), name="alert_rule_once"
            ),
            models.CheckConstraint(
                condition=Q(role="", target__isnull=False)
                | (~Q(role="") & Q(target__isnull=True)),
                name="alert_rule_reaches_somebody",
            ),
        ]
        ordering = ["trigger", "delay", "-minutes", "pk"]

    def __str__(self) -> str:
        return self.get_trigger_display()

    @property
    def team_label(self) -> str:
        """The team as people write it."""
        return {team.value: team.label for team in Team}.get(self.team, self.team)

    @property
    def kind_label(self) -> str:
        """The kind as people know it."""
        return KINDS.get(self.kind).label if self.kind in KINDS else self.kind


class AlertState(models.TextChoices):
    """How far a message came."""

    WAITING = "waiting", "Waiting"
    SENT = "sent", "Sent"
    FAILED = "failed", "Could not be sent"


class AlertMessage(models.Model):
    """One message to one target about what a rule found: the outbox of alerts.

    ``window`` names the message before it (of the same rule and target), so that two
    workers who look at the same moment make one. ``deadline`` is the next that it is
    about. Counts, money and a link, no buyer data. ``created_at`` is business time, the
    other times are real ones.
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
    deadline = models.DateTimeField(null=True, blank=True)
    state = models.CharField(
        max_length=10, choices=AlertState.choices, default=AlertState.WAITING
    )
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    lease_id = models.CharField(max_length=40, blank=True)
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
            # what a target was told last by a rule
            models.Index(
                fields=["target", "rule", "-created_at"], name="alert_message_last"
            ),
        ]
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.subject
