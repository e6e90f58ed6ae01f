"""Who is told of what now: each rule for each of its targets, with the reason if not.

Reading is apart from writing: the preview shows exactly what the next look would write.
Two workers who look at once make one message: its ``window`` names the one before it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Max

from orders.alerts import words
from orders.alerts.findings import Finding, Look
from orders.alerts.quiet import quiet_until
from orders.alerts.triggers import TRIGGERS, gap
from orders.models import AlertMessage, AlertRule, AlertTarget, AlertWay
from shipsync_site.lib import clock
from shipsync_site.lib.zones import zone


class Verdict(StrEnum):
    """Whether a target is told now, and why not."""

    TELL = "tell"
    NOTHING = "nothing"  # nothing stands
    TOLD = "told"  # nothing is new since the last message
    SOON = "soon"  # new, and the last message is too fresh
    QUIET = "quiet"  # new, and nothing breaches before the quiet ends
    MUTED = "muted"  # switched off by the person or for the target
    NO_WAY = "no_way"  # no address, or mail is not set up


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One rule for one target; ``until`` is when SOON and QUIET end."""

    rule: AlertRule
    target: AlertTarget
    finding: Finding
    verdict: Verdict
    last: datetime | None
    until: datetime | None = None


def tellings(now: datetime) -> list[Telling]:
    """Every rule that is on for every target it reaches. Reads only."""
    rules = list(
        AlertRule.objects.filter(enabled=True).select_related("store", "target")
    )
    people = _people({rule.role for rule in rules if rule.role})
    last = _last_told()
    muted = _muted()
    looks: dict[tuple[int, datetime | None], Finding] = {}
    found, seen = [], set()
    for rule in rules:
        for target in [rule.target] if rule.target else people[rule.role]:
            same = (target.pk, *_signature(rule))
            if same in seen:
                continue  # of two roles, told once
            seen.add(same)
            told = last.get((target.pk, rule.pk))
            if (rule.pk, told) not in looks:
                looks[rule.pk, told] = look(rule, now, told)
            found.append(
                _judge(
                    rule,
                    target,
                    looks[rule.pk, told],
                    told,
                    now,
                    muted=(target.pk, rule.pk) in muted,
                )
            )
    return found


def look(rule: AlertRule, now: datetime, told: datetime | None) -> Finding:
    """What a rule finds for somebody who was last told at ``told``."""
    delay = timedelta(minutes=rule.delay)
    since = told - delay if told is not None else None
    return TRIGGERS[rule.trigger](rule, Look(now=now, at=now - delay, since=since))


def write_down() -> int:
    """Look, and write what is to be told into the outbox; how many messages."""
    now = clock.now()
    ensure_people()
    messages = [
        words.message(x.rule, x.target, x.finding, last=x.last, now=now)
        for x in tellings(now)
        if x.verdict is Verdict.TELL
    ]
    AlertMessage.objects.bulk_create(messages, ignore_conflicts=True)
    return len(messages)


def ensure_people() -> int:
    """Give everybody whom a rule's role reaches a target of their own; how many new."""
    roles = AlertRule.objects.exclude(role="").values("role")
    missing = (
        User.objects.filter(
            groups__name__in=roles, is_active=True, alert_target__isnull=True
        )
        .exclude(email="")
        .distinct()
    )
    made = [
        AlertTarget(name=person.username, user=person)
        for person in missing.order_by("pk")
    ]
    AlertTarget.objects.bulk_create(made, ignore_conflicts=True)
    return len(made)


def _people(roles: Iterable[str]) -> dict[str, list[AlertTarget]]:
    """By role, the targets of its active members."""
    found: dict[str, list[AlertTarget]] = defaultdict(list)
    rows = (
        AlertTarget.objects.filter(
            user__groups__name__in=list(roles), user__is_active=True
        )
        .select_related("user")
        .order_by("pk")
        .distinct()
        .prefetch_related("user__groups")
    )
    for target in rows:
        for group in target.user.groups.all():  # type: ignore[union-attr]
            found[group.name].append(target)
    return found


def _last_told() -> dict[tuple[int, int], datetime]:
    rows = (
        AlertMessage.objects.filter(rule__isnull=False)
        .order_by()
        .values_list("target", "rule")
        .annotate(last=Max("created_at"))
    )
    return {(target, rule): last for target, rule, last in rows if rule is not None}


def _muted() -> set[tuple[int, int]]:
    through = AlertTarget.muted.through.objects
    return set(through.values_list("alerttarget", "alertrule"))


def _signature(rule: AlertRule) -> Iterator[object]:
    for name in ("trigger", "team", "store_id", "kind", "minutes", "count", "delay"):
        yield getattr(rule, name)


def _judge(
    rule: AlertRule,
    target: AlertTarget,
    finding: Finding,
    told: datetime | None,
    now: datetime,
    *,
    muted: bool,
) -> Telling:
    verdict, until = Verdict.TELL, None
    hushed = quiet_until(
        now, target.quiet_from, target.quiet_until, zone(target.timezone)
    )
    if muted or not target.enabled:
        verdict = Verdict.MUTED
    elif not reachable(target):
        verdict = Verdict.NO_WAY
    elif not finding.count:
        verdict = Verdict.NOTHING
    elif not finding.fresh:
        verdict = Verdict.TOLD
    elif told is not None and now < told + gap(rule):
        verdict, until = Verdict.SOON, told + gap(rule)
    elif hushed is not None and not (
        finding.deadline is not None and finding.deadline < hushed
    ):
        verdict, until = Verdict.QUIET, hushed
    return Telling(
        rule=rule,
        target=target,
        finding=finding,
        verdict=verdict,
        last=told,
        until=until,
    )


def reachable(target: AlertTarget) -> bool:
    """Whether there is an address, and a way to it."""
    if target.way == AlertWay.MAIL:
        return bool(settings.EMAIL_IS_SET and address_of(target))
    return bool(target.address)


def address_of(target: AlertTarget) -> str:
    """The mail address or URL; a person's is that of the account."""
    return target.user.email if target.user else target.address
