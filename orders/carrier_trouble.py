"""A carrier whose labels can't be bought: due orders wait for it while others print.

Which carrier an order waits for: the one chosen in its ShipStation record; without one,
the carrier that labels of the same requested service went with of late. Time counts in
opening hours only, so no night or weekend looks like a fault.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Max, QuerySet

from orders.due_soon import due_by
from orders.filters import at_risk
from orders.models import (
    CaseState,
    Order,
    OrderException,
    Shipment,
    ShipStationOrder,
)
from orders.triage import close_store_case, open_store_case
from shipsync_site.lib import clock
from stores.calendars import Calendar, Calendars, calendars, is_open, open_time, work_by
from stores.models import AccountState, ShipStationAccount

KIND = "carrier_in_trouble"
DUE = timedelta(hours=24)
# How far back labels say which carrier a service goes with, and how sure they must be.
LEARNT_FROM = timedelta(days=14)
LEAST, SHARE = 5, 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A carrier without labels: since when, which records wait, what they are worth."""

    carrier: str
    since: datetime
    records: tuple[ShipStationOrder, ...]
    others: int
    deadline: datetime | None

    @property
    def money(self) -> dict[str, Decimal]:
        """What the orders are worth, by currency."""
        return worth(self.records)


def watch() -> int:
    """Open and close the cases of every account; how many carriers are in trouble."""
    known, now, standing = calendars(), clock.now(), 0
    accounts = ShipStationAccount.objects.filter(state=AccountState.ACTIVE)
    for account in accounts.order_by("pk"):
        standing += _watch(account, known, now)
    return standing


def troubles(
    account: ShipStationAccount, known: Calendars, now: datetime
) -> list[Trouble]:
    """The carriers of an account that are in trouble now. Reads only."""
    calendar = known.of(account.pk)
    waits = timedelta(minutes=calendar.watch_minutes)
    if not waits or not is_open(calendar, now):
        return []
    labels = _labels(account)
    recent = dict(
        labels.filter(created_at__gt=now - waits)
        .order_by()
        .values_list("carrier_code")
        .annotate(Count("pk"))
    )
    found = []
    for carrier, records in sorted(waiting_by_carrier(account, known, now).items()):
        others = sum(count for code, count in recent.items() if code != carrier)
        if len(records) < calendar.watch_orders or not others or carrier in recent:
            continue
        since = _since(labels, carrier, records, calendar)
        if open_time(calendar, since, now) >= waits:
            found.append(
                Trouble(
                    carrier=carrier,
                    since=since,
                    records=tuple(records),
                    others=others,
                    deadline=_next(records, calendar, carrier, now),
                )
            )
    return found


def waiting_by_carrier(
    account: ShipStationAccount, known: Calendars, now: datetime
) -> dict[str, list[ShipStationOrder]]:
    """By carrier, the open records whose orders have to be packed within a day.

    Late ones too; those of which nobody knows the carrier are left out.
    """
    records = (
        ShipStationOrder.objects.filter(
            account=account,
            status="awaiting_shipment",
            gone_at=None,
            order__in=Order.objects.filter(
                at_risk(), due_by(now + DUE, known), store__shipstation_account=account
            ),
        )
        .select_related("order__store")
        .defer("body", "lines")
        .order_by("order__ship_by", "pk")
    )
    usual = usual_carriers(account, now)
    found: dict[str, list[ShipStationOrder]] = defaultdict(list)
    for record in records:
        carrier = record.carrier_code or usual.get(record.requested_service, "")
        if carrier:
            found[carrier].append(record)
    return found


def usual_carriers(account: ShipStationAccount, now: datetime) -> dict[str, str]:
    """By requested service, the carrier that nearly all its labels went with of late."""
    labels = (
        _labels(account)
        .filter(created_at__gt=now - LEARNT_FROM)
        .values_list("ss_order_id", "carrier_code")
    )
    bought = dict(labels)
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    asked = (
        ShipStationOrder.objects.filter(
            account=account, status="shipped", modified_at__gt=now - LEARNT_FROM
        )
        .exclude(requested_service="")
        .values_list("ss_order_id", "requested_service")
    )
    for ss_order_id, service in asked:
        if carrier := bought.get(ss_order_id):
            counts[service][carrier] += 1
    found = {}
    for service, carriers in counts.items():
        carrier, most = max(carriers.items(), key=lambda row: row[1])
        total = sum(carriers.values())
        if most >= LEAST and most >= SHARE * total:
            found[service] = carrier
    return found


def worth(records: Iterable[ShipStationOrder]) -> dict[str, Decimal]:
    """What the orders of these records are worth, by currency."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for record in records:
        if record.order is not None and record.order.total is not None:
            found[record.order.currency] += record.order.total
    return dict(found)


def amounts(money: Mapping[str, Decimal]) -> str:
    """'1,240.00 GBP, 99.00 EUR'."""
    return ", ".join(f"{amount:,.2f} {code}" for code, amount in sorted(money.items()))


def _watch(account: ShipStationAccount, known: Calendars, now: datetime) -> int:
    if not is_open(known.of(account.pk), now):
        # Nobody prints: nothing is learnt, and what stood goes on to stand.
        return 0
    scope = f"account:{account.key}"
    found = {trouble.carrier: trouble for trouble in troubles(account, known, now)}
    for carrier, trouble in found.items():
        open_store_case(
            scope=scope,
            kind=KIND,
            cause=carrier,
            summary=_sentence(account, trouble),
            context={
                "account": account.name,
                "carrier": carrier,
                "orders": len(trouble.records),
                "worth": amounts(trouble.money),
            },
            deadline=trouble.deadline,
        )
    _close(account, scope, known, now, set(found))
    return len(found)


def _close(
    account: ShipStationAccount,
    scope: str,
    known: Calendars,
    now: datetime,
    found: set[str],
) -> None:
    """Close what is over: a label was bought, or hardly an order waits any more."""
    standing = OrderException.objects.filter(
        scope=scope, kind=KIND, state=CaseState.OPEN
    ).exclude(cause__in=found)
    waiting = waiting_by_carrier(account, known, now) if standing.exists() else {}
    least = known.of(account.pk).watch_orders
    for case in standing:
        printed = (
            _labels(account)
            .filter(carrier_code=case.cause, created_at__gt=case.opened_at)
            .exists()
        )
        if printed or len(waiting.get(case.cause, ())) < least:
            close_store_case(scope, KIND, case.cause)


def _sentence(account: ShipStationAccount, trouble: Trouble) -> str:
    return (
        f"{trouble.carrier} at {account.name}: {len(trouble.records):,} due orders "
        f"({amounts(trouble.money)}) and no label since "
        f"{trouble.since:%H:%M} UTC on {trouble.since.day} {trouble.since:%b}, while "
        f"{trouble.others:,} of others were bought"
    )


def _labels(account: ShipStationAccount) -> QuerySet[Shipment]:
    return Shipment.objects.filter(
        account=account, source="label", is_return=False, is_test=False
    )


def _since(
    labels: QuerySet[Shipment],
    carrier: str,
    records: list[ShipStationOrder],
    calendar: Calendar,
) -> datetime:
    """The last label, or when enough of these orders waited, whichever came later."""
    last = labels.filter(carrier_code=carrier).aggregate(last=Max("created_at"))["last"]
    came = sorted(record.created_at or record.as_of for record in records)
    enough = came[min(calendar.watch_orders, len(came)) - 1]
    return max(last, enough) if last is not None else enough


def _next(
    records: list[ShipStationOrder], calendar: Calendar, carrier: str, now: datetime
) -> datetime | None:
    """The next last moment of these orders that is not past, else the next ship-by."""
    due = sorted(
        record.order.ship_by
        for record in records
        if record.order is not None and record.order.ship_by is not None
    )
    moments = [work_by(each, calendar, carrier).at for each in due]
    ahead = [at for at in (*sorted(moments), *due) if at > now]
    return next(iter((*ahead, *due)), None)
