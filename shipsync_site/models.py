"""Who may come in: second factors, recovery codes, sign-ins, and what was done with them.

Orders and stores know nothing of these. Times are real time: no demo clock moves a
login.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django_otp.models import Device, ThrottlingMixin
from django_otp.oath import TOTP

from shipsync_site.lib import clock
from shipsync_site.lib.sealed import SealedTextField

STEP_SECONDS = 30
DIGITS = 6
# One step either way: a telephone's clock may be half a minute off.
TOLERANCE = 1


class Authenticator(ThrottlingMixin, Device):  # type: ignore[misc]
    """A person's authenticator app: one each, set up by the first right code.

    ``key`` is the shared secret in hex, sealed. ``last_step`` is the time step of the
    last accepted code: neither it nor an earlier one is taken again. Wrong codes,
    recovery codes included, make the next try wait twice as long each time.
    """

    key = SealedTextField()
    last_step = models.BigIntegerField(default=-1)
    set_up_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], name="authenticator_once")
        ]

    def get_throttle_factor(self) -> float:
        """Seconds to wait after the first wrong code; doubled by each further one."""
        return 1.0

    def verify_token(self, token: Any) -> bool:
        """Whether this is the code of now; a right one is spent. The row is locked.

        The caller has asked ``verify_is_allowed`` and counts a wrong one.
        """
        step = matching_step(bytes.fromhex(self.key), str(token), after=self.last_step)
        if step is None:
            return False
        self.last_step = step
        return True


def matching_step(key: bytes, code: str, *, after: int = -1) -> int | None:
    """The time step of a six-digit code of about now, later than ``after``; or None."""
    if not (len(code) == DIGITS and code.isascii() and code.isdigit()):
        return None
    totp = TOTP(key, step=STEP_SECONDS, digits=DIGITS)
    totp.time = clock.real_now().timestamp()
    if not totp.verify(int(code), tolerance=TOLERANCE, min_t=after + 1):
        return None
    return int(totp.t())


class RecoveryCode(models.Model):
    """A code that replaces the app once. Only its keyed hash is kept."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="recovery_codes",
    )
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "digest"], name="recovery_code_once"
            )
        ]

    def __str__(self) -> str:
        return f"recovery code {self.pk}"


class SecondFactorRule(models.Model):
    """A group whose members need a second factor; without a group: all superusers."""

    group = models.OneToOneField(
        Group,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="second_factor_rule",
    )
    for_superusers = models.BooleanField(default=False)
    since = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["for_superusers"],
                condition=models.Q(for_superusers=True),
                name="rule_for_superusers_once",
            ),
            models.CheckConstraint(
                condition=models.Q(group__isnull=True, for_superusers=True)
                | models.Q(group__isnull=False, for_superusers=False),
                name="rule_group_or_superusers",
            ),
        ]
        permissions = [
            (
                "guard_people",
                "Can see who logs in, require second factors and end sessions",
            ),
            ("reset_people", "Can take a second factor away and unlock a login"),
        ]

    def __str__(self) -> str:
        return self.group.name if self.group else "superusers"


class SignIn(models.Model):
    """A session that somebody opened; ends with it, at the latest at its lifetime.

    ``session_key`` is the current key; the row goes when the session does.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sign_ins"
    )
    session_key = models.CharField(max_length=40, unique=True)
    started_at = models.DateTimeField(db_index=True)
    address = models.GenericIPAddressField(null=True, blank=True)
    browser = models.CharField(max_length=200, blank=True)
    second_factor_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.user} since {self.started_at:%Y-%m-%d %H:%M}"


class SecurityEvent(models.Model):
    """What was done about somebody's access; append-only, outlives both persons."""

    at = models.DateTimeField(db_index=True)
    verb = models.CharField(max_length=40)
    text = models.CharField(max_length=300)
    subject = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="security_events",
    )
    subject_name = models.CharField(max_length=150, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    actor_name = models.CharField(max_length=150, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.text


class LessonDone(models.Model):
    """A training lesson that somebody finished, with what the sandbox's ledger showed.

    ``name`` is the person's at that time and outlives the login.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="lessons",
    )
    name = models.CharField(max_length=150)
    role = models.CharField(max_length=20)
    lesson = models.CharField(max_length=60)
    at = models.DateTimeField()
    evidence = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "lesson"], name="lesson_done_once")
        ]
        ordering = ["at", "pk"]
        permissions = [("see_training", "Can see who has done which lesson")]

    def __str__(self) -> str:
        return f"{self.lesson} by {self.name}"


class LessonRun(models.Model):
    """A lesson that somebody has begun; started again in place.

    ``step`` counts the acts of its play that are over, ``things`` names what they made
    in the sandbox (orders, tracking numbers, a carrier), ``since`` is the ledger's last
    row before it. While an act runs nobody else may run it: ``busy_until``, real time.
    ``verdict`` is what the last check found.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lesson_runs"
    )
    lesson = models.CharField(max_length=60)
    started_at = models.DateTimeField()
    step = models.PositiveSmallIntegerField(default=0)
    things = models.JSONField(default=dict)
    since = models.PositiveBigIntegerField(default=0)
    busy_until = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    verdict = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "lesson"], name="lesson_run_once")
        ]

    def __str__(self) -> str:
        return f"{self.lesson} of {self.user}"
