"""Who may log in, what protects each, and what leads do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from axes.utils import reset
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from shipsync_site.lib import clock
from shipsync_site.models import Authenticator, SecondFactorRule
from shipsync_site.security import sessions

SUPERUSERS = "superusers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """A group, or all superusers, with its rule and how far its members are."""

    code: str
    name: str
    members: int
    protected: int
    rule: SecondFactorRule | None

    @property
    def missing(self) -> int:
        """How many members have no second factor."""
        return self.members - self.protected


def rows() -> QuerySet[Any]:
    """People who may log in, with what the list shows of each.

    Annotations: ``factor_since``, ``needed``, ``locked``, ``open_sessions``.
    """
    now = clock.real_now()
    devices = Authenticator.objects.filter(user=OuterRef("pk"), confirmed=True)
    asked = SecondFactorRule.objects.filter(
        Q(group__user=OuterRef("pk"))
        | Q(for_superusers=True) & Q(pk__gt=0) & Exists(_superuser())
    )
    found: QuerySet[Any] = (
        User.objects.filter(is_active=True)
        .annotate(
            factor_since=Subquery(devices.values("set_up_at")[:1]),
            needed=Exists(asked),
            locked=Exists(_locked().filter(username=OuterRef("username"))),
            open_sessions=Count(
                "sign_ins",
                filter=Q(sign_ins__started_at__gt=now - sessions.lifetime()),
                distinct=True,
            ),
        )
        .prefetch_related("groups")
        .order_by("username")
    )
    return found


def _superuser() -> QuerySet[User]:
    return User.objects.filter(pk=OuterRef(OuterRef("pk")), is_superuser=True)


def _locked() -> QuerySet[AccessAttempt]:
    wait = get_cool_off() or timedelta(days=36500)
    found: QuerySet[AccessAttempt] = AccessAttempt.objects.filter(
        failures_since_start__gte=settings.AXES_FAILURE_LIMIT,
        attempt_time__gt=clock.real_now() - wait,
    )
    return found


def locked_addresses(person: User) -> list[tuple[str, datetime]]:
    """(address, when the wait ends) of each place where the person's login waits."""
    wait = get_cool_off() or timedelta(0)
    return [
        (address or "unknown", at + wait)
        for address, at in _locked()
        .filter(username=person.get_username())
        .order_by("-attempt_time")
        .values_list("ip_address", "attempt_time")
    ]


def audiences() -> list[Audience]:
    """Every group with members or a rule, and the superusers."""
    rules = {
        rule.group_id: rule for rule in SecondFactorRule.objects.select_related("by")
    }
    protected = Q(user__authenticator__confirmed=True, user__is_active=True)
    found = [
        Audience(
            code=str(group.pk),
            name=group.name,
            members=group.members,
            protected=group.protected,
            rule=rules.get(group.pk),
        )
        for group in Group.objects.annotate(
            members=Count("user", filter=Q(user__is_active=True), distinct=True),
            protected=Count("user", filter=protected, distinct=True),
        ).order_by("name")
    ]
    supers = User.objects.filter(is_active=True, is_superuser=True).aggregate(
        members=Count("pk"), protected=Count("authenticator", distinct=True)
    )
    return [
        *found,
        Audience(code=SUPERUSERS, name="superusers", rule=rules.get(None), **supers),
    ]


def require_factor(group: Group | None, needed: bool, by: User) -> bool:
    """Let a group (None: all superusers) need a second factor, or not; True if new."""
    with transaction.atomic():
        rule = SecondFactorRule.objects.filter(group=group).first()
        if needed and rule is None:
            SecondFactorRule.objects.create(
                group=group,
                for_superusers=group is None,
                since=clock.real_now(),
                by=by,
            )
        elif not needed and rule is not None:
            rule.delete()
        return needed != (rule is not None)


def may_act_on(actor: User, person: User) -> bool:
    """Whether an act on this person is the actor's: only superusers touch superusers."""
    return actor.is_superuser or not person.is_superuser


def unlock(person: User) -> int:
    """End every wait of the person's login; how many there were."""
    count: int = reset(username=person.get_username())
    return count


def by_name(username: str) -> User | None:
    """A person by the name they log in with."""
    return User.objects.filter(username=username).first()
