"""What sets an alert off: each trigger reads what stands for a rule, and writes nothing.

Each looks at levels, not at events: whatever was missed while nobody looked is found by
the next look. Cases that somebody put off are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Min, Q, QuerySet
from django.urls import reverse

from orders.alerts.findings import Finding, Look, sums
from orders.due_soon import due_by
from orders.exception_kinds import KINDS, ExceptionKind
from orders.filters import TEAM_LABELS, at_risk
from orders.models import AlertRule, AlertTrigger, CaseState, Order, OrderException
from shipsync_site.lib.tones import span
from stores.calendars import Calendars, calendars, work_by
from stores.models import Account, AccountState, Store, StoreState

HOUR = timedelta(hours=1)
EXPIRY_KIND = "access_expires"
# What the lists call these windows in their URLs.
DAY = 1440
_WINDOWS = {60: "1h", 240: "4h", DAY: "24h", 4320: "3d"}
EVERYTHING = Q(pk__isnull=False)


def orders_due(rule: AlertRule, look: Look) -> Finding:
    """Orders at risk that have to be packed within the rule's minutes."""
    ahead, known = timedelta(minutes=rule.minutes), calendars()
    rows = Order.objects.filter(
        at_risk(),
        due_by(look.at + ahead, known),
        ship_by__gt=look.at,
        imported_at__lte=look.at,
    )
    if rule.store is not None:
        rows = rows.filter(store=rule.store)
    fresh = EVERYTHING
    if look.since is not None:
        fresh = ~due_by(look.since + ahead, known) | Q(imported_at__gt=look.since)
    found = sums(rows, fresh, amount="total", oldest="ordered_at", deadline="ship_by")
    window = _WINDOWS.get(rule.minutes, "")
    return Finding(
        count=found.count,
        fresh=found.fresh,
        what=f"orders have to be packed within {_ahead(rule)}",
        one=f"order has to be packed within {_ahead(rule)}",
        path=_path(
            "orders:list",
            due=f"pack{window}" if window else "",
            store=rule.store.slug if rule.store else "",
        ),
        money=found.money,
        deadline=_next_moment(rows, known, look.now),
        details=tuple(_missed(rows, known, look.now)),
    )


def cases_due(rule: AlertRule, look: Look) -> Finding:
    """Open cases whose last moment comes within the rule's minutes."""
    ahead = timedelta(minutes=rule.minutes)
    rows = _cases(rule).filter(
        work_by__gt=look.at, work_by__lte=look.at + ahead, opened_at__lte=look.at
    )
    fresh = EVERYTHING
    if look.since is not None:
        fresh = Q(work_by__gt=look.since + ahead) | Q(opened_at__gt=look.since)
    within = f"due within {_ahead(rule)}"
    return _of_cases(rule, rows, fresh, within, due=_WINDOWS.get(rule.minutes, ""))


def cases_overdue(rule: AlertRule, look: Look) -> Finding:
    """Open cases that nobody settled within the time their kind gives us."""
    over, fresh = Q(pk__isnull=True), Q(pk__isnull=True)
    for kind in KINDS:
        if kind.sla is None:
            continue
        over |= Q(kind=kind.code, opened_at__lte=look.at - kind.sla)
        if look.since is not None:
            fresh |= Q(kind=kind.code, opened_at__gt=look.since - kind.sla)
    return _of_cases(
        rule,
        _cases(rule).filter(over),
        EVERYTHING if look.since is None else fresh,
        "open for longer than we gave ourselves",
        sort="oldest",
    )


def queue_grows(rule: AlertRule, look: Look) -> Finding:
    """A queue in which so many more cases were opened than settled within an hour."""
    start = look.at - HOUR
    rows = _cases(rule).filter(opened_at__gt=start)
    settled = _narrowed(
        OrderException.objects.filter(
            state=CaseState.RESOLVED, resolved_at__gt=start, opened_at__lte=start
        ),
        rule,
    ).count()
    found = _of_cases(rule, rows, EVERYTHING, "more than an hour before", sort="newest")
    grown = found.count - settled
    if grown < max(rule.count, 1):
        return Finding(
            count=0, fresh=0, what=found.what, one=found.one, path=found.path
        )
    told = look.since is not None and look.since > start
    return Finding(
        count=grown,
        fresh=0 if told else grown,
        what=found.what,
        one=found.one,
        path=found.path,
        money=found.money,
        oldest=found.oldest,
        deadline=found.deadline,
    )


def stores_paused(rule: AlertRule, look: Look) -> Finding:
    """Stores that are paused, by themselves or with one of their accounts."""
    stores = Store.objects.filter(_paused()).select_related(
        "remote_account", "shipstation_account"
    )
    if rule.store is not None:
        stores = stores.filter(pk=rule.store.pk)
    standing, fresh = [], 0
    for store in stores.order_by("name"):
        since = max(
            (
                found
                for found in (
                    store.paused_at if store.state == StoreState.PAUSED else None,
                    _paused_at(store.remote_account),
                    _paused_at(store.shipstation_account),
                )
                if found is not None
            ),
            default=None,
        )
        if since is not None and since > look.at:
            continue
        standing.append(store)
        fresh += look.since is None or (since is not None and since > look.since)
    waiting = sums(
        Order.objects.filter(at_risk(), store__in=standing),
        EVERYTHING,
        amount="total",
        oldest="ordered_at",
        deadline="ship_by",
    )
    names = ", ".join(store.name for store in standing[:10])
    return Finding(
        count=len(standing),
        fresh=fresh,
        what="stores are paused",
        one="store is paused",
        path=_path("stores:list"),
        money=waiting.money,
        deadline=waiting.deadline,
        details=(f"{names}: {_waiting(waiting.count)} to be shipped.",)
        if standing
        else (),
    )


def cases_opened(rule: AlertRule, look: Look) -> Finding:
    """Open cases, of the rule's kind if it names one."""
    fresh = EVERYTHING if look.since is None else Q(opened_at__gt=look.since)
    rows = _cases(rule).filter(opened_at__lte=look.at)
    return _of_cases(rule, rows, fresh, "open", sort="newest")


def access_ends(rule: AlertRule, look: Look) -> Finding:
    """Consents, tokens and secrets that end soon: their cases."""
    return cases_opened(_of_kind(rule, EXPIRY_KIND), look)


TRIGGERS: dict[str, Callable[[AlertRule, Look], Finding]] = {
    AlertTrigger.SHIP_BY: orders_due,
    AlertTrigger.DEADLINE: cases_due,
    AlertTrigger.SLA: cases_overdue,
    AlertTrigger.GROWTH: queue_grows,
    AlertTrigger.STORE: stores_paused,
    AlertTrigger.EXPIRY: access_ends,
    AlertTrigger.KIND: cases_opened,
}


def gap(rule: AlertRule) -> timedelta:
    """The least time between two messages of a rule to one target."""
    if rule.trigger in (AlertTrigger.SHIP_BY, AlertTrigger.DEADLINE):
        return max(timedelta(minutes=rule.minutes) / 4, timedelta(minutes=15))
    if rule.trigger in (AlertTrigger.SLA, AlertTrigger.GROWTH, AlertTrigger.EXPIRY):
        return HOUR
    return timedelta(minutes=15)


def _ahead(rule: AlertRule) -> str:
    """'4 h', '24 h', '3 d'."""
    if rule.minutes == DAY:
        return "24 h"
    return span(timedelta(minutes=rule.minutes))


def _next_moment(
    rows: QuerySet[Order], known: Calendars, now: datetime
) -> datetime | None:
    """The next last moment of these orders that is not past, else the next ship-by."""
    helped = rows.filter(~due_by(now, known)) if known.any_set else rows
    moments = [
        work_by(due, known.of(account)).at
        for account, due in helped.filter(ship_by__gt=now)
        .order_by()
        .values_list("store__shipstation_account")
        .annotate(Min("ship_by"))
    ]
    if moments:
        return min(moments)
    first: datetime | None = rows.aggregate(first=Min("ship_by"))["first"]
    return first


def _missed(rows: QuerySet[Order], known: Calendars, now: datetime) -> Iterator[str]:
    """What can't be helped by packing any more."""
    if late := rows.filter(ship_by__lte=now).count():
        yield f"Late by now: {late:,} of them."
    if known.any_set:
        missed = rows.filter(due_by(now, known), ship_by__gt=now).count()
        if missed:
            yield f"The last collection before its ship-by is past for {missed:,}."


def _of_kind(rule: AlertRule, kind: str) -> AlertRule:
    return AlertRule(trigger=rule.trigger, team=rule.team, store=rule.store, kind=kind)


def _cases(rule: AlertRule) -> QuerySet[OrderException]:
    return _narrowed(
        OrderException.objects.filter(state=CaseState.OPEN, snooze=""), rule
    )


def _narrowed(
    rows: QuerySet[OrderException], rule: AlertRule
) -> QuerySet[OrderException]:
    if rule.team:
        rows = rows.filter(team=rule.team)
    if rule.store is not None:
        rows = rows.filter(store=rule.store)
    if rule.kind:
        rows = rows.filter(kind=rule.kind)
    return rows


def _of_cases(
    rule: AlertRule, rows: QuerySet[OrderException], fresh: Q, state: str, **url: str
) -> Finding:
    found = sums(rows, fresh, amount="amount", oldest="opened_at", deadline="work_by")
    return Finding(
        count=found.count,
        fresh=found.fresh,
        what=f"{_named(rule, 'cases')} {state}",
        one=f"{_named(rule, 'case')} {state}",
        path=_path(
            "orders:cases",
            team=rule.team,
            kind=rule.kind,
            store=rule.store.slug if rule.store else "",
            **url,
        ),
        money=found.money,
        oldest=found.oldest,
        deadline=found.deadline,
    )


def _named(rule: AlertRule, noun: str) -> str:
    """'CS cases', 'Ops cases ‘Carrier code refused’ of Amazon UK'."""
    words = [noun]
    if rule.team in TEAM_LABELS:
        words.insert(0, TEAM_LABELS[rule.team])  # type: ignore[index]
    if rule.kind:
        kind: ExceptionKind | None = (
            KINDS.get(rule.kind) if rule.kind in KINDS else None
        )
        words.append(f"‘{kind.label if kind else rule.kind}’")
    if rule.store is not None:
        words.append(f"of {rule.store.name}")
    return " ".join(words)


def _path(name: str, **query: str) -> str:
    given = urlencode({key: value for key, value in query.items() if value})
    return f"{reverse(name)}?{given}" if given else reverse(name)


def _waiting(orders: int) -> str:
    return f"{orders:,} orders wait" if orders != 1 else "1 order waits"


def _paused() -> Q:
    return (
        Q(state=StoreState.PAUSED)
        | Q(remote_account__state=AccountState.PAUSED)
        | Q(shipstation_account__state=AccountState.PAUSED)
    )


def _paused_at(account: Account) -> datetime | None:
    return None if account.active else account.paused_at
