"""What a message says: figures, money, times and a link; never who bought."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.urls import reverse

from orders.alerts.findings import Finding
from orders.models import AlertMessage, AlertRule, AlertTarget
from shipsync_site.lib import clock
from shipsync_site.lib.tones import span
from shipsync_site.lib.zones import zone


def message(
    rule: AlertRule,
    target: AlertTarget,
    finding: Finding,
    *,
    last: datetime | None,
    now: datetime,
) -> AlertMessage:
    """The message that tells a target of a finding; not saved."""
    return AlertMessage(
        target=target,
        rule=rule,
        window=f"rule {rule.pk} after {last.isoformat() if last else 'nothing'}",
        subject=subject(rule, finding)[:200],
        body="\n".join(lines(rule, target, finding, last=last)),
        link=absolute(finding.path),
        count=finding.count,
        money={code: str(amount) for code, amount in finding.money.items()},
        deadline=finding.deadline,
        created_at=now,
        due_at=clock.real_now(),
    )


def subject(rule: AlertRule, finding: Finding) -> str:
    """'12 orders have to be packed within 4 h: 1,240.00 GBP'."""
    worth = f": {amounts(finding.money)}" if finding.money else ""
    stands = f"Still standing after {rule.delay} min: " if rule.delay else ""
    return f"{stands}{finding.sentence}{worth}"


def lines(
    rule: AlertRule, target: AlertTarget, finding: Finding, *, last: datetime | None
) -> list[str]:
    """What stands under the subject."""
    found = [f"{finding.sentence}."]
    if rule.delay:
        found.append(
            f"That has stood for {span(timedelta(minutes=rule.delay))} or longer."
        )
    if last is not None and finding.fresh != finding.count:
        found.append(f"{finding.fresh:,} of them since {local(last, target)}.")
    if finding.deadline is not None:
        found.append(f"The next has to be done by {local(finding.deadline, target)}.")
    if finding.oldest is not None:
        found.append(f"The oldest since {local(finding.oldest, target)}.")
    if finding.money:
        found.append(f"At risk: {amounts(finding.money)}.")
    found += finding.details
    return found


def why(message: AlertMessage) -> str:
    """The last line of a mail: why this person gets it, and where to change that."""
    page = absolute(reverse("orders:my_alerts"))
    if message.target.user is None:
        return f"Sent to {message.target.name} by shipsync."
    return f"You can change or switch off what you are told: {page}"


def absolute(path: str) -> str:
    """A link that works outside the console, where its own address is known."""
    return f"{settings.SHIPSYNC_PUBLIC_URL}{path}"


def amounts(money: Mapping[str, Decimal]) -> str:
    """'1,240.00 GBP, 99.00 EUR'."""
    return ", ".join(
        f"{Decimal(amount):,.2f} {code}" for code, amount in sorted(money.items())
    )


def local(at: datetime, target: AlertTarget) -> str:
    """A moment in the target's zone: 'Mon 23 Nov 16:00 GMT'."""
    here = at.astimezone(zone(target.timezone))
    return f"{here:%a} {here.day} {here:%b %H:%M %Z}"
