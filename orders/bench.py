"""What the packing bench scanned: whose parcel it is, and all that is known of it.

Reads only; the answer itself is :func:`orders.stop_list.answer`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q

from orders.decide_cancel_find import standing
from orders.deciding import OPEN_STATUSES
from orders.facts import RecordFacts, Snapshot
from orders.models import (
    CaseState,
    FollowUp,
    FollowUpKind,
    FollowUpState,
    MergeLink,
    Order,
    OrderEvent,
    OrderException,
    ParkedRecord,
    Shipment,
    ShipmentLine,
    ShipStationOrder,
    ShortPick,
    Verb,
)
from orders.snapshot import Loaded, load, stores_once
from orders.stop_list import BenchOrder, Parcel, readings
from shipsync_site.lib import clock
from stores.connectors.base import Stream
from stores.models import AccountState, Cursor, Direction, Lane, StoreState

# (ShipStation account, its order id)
Record = tuple[int, int]
# Open cases that say: units that were cancelled may be in the parcel.
UNWANTED = ("line_cancelled_after_label", "direct_line_cancelled")
_CANCEL_KINDS = (
    "cancel_requested",
    "cancel_in_doubt",
    "cancelled_after_label",
    *UNWANTED,
)
_LONGEST_CHAIN = 5


@dataclass(slots=True)
class Found:
    """The parcel that a scan means, with its orders' rows."""

    parcel: Parcel
    orders: list[Order] = field(default_factory=list)


@dataclass(slots=True)
class _Family:
    """Orders and ShipStation records whose goods share parcels."""

    orders: set[int]
    records: set[Record]


def look_up(text: str) -> Found:
    """Whatever this number names, as the bench must know it; a bounded number of queries.

    A number of ours, of the marketplace or of ShipStation, or a tracking number.
    """
    texts = readings(text)
    labels = list(
        Shipment.objects.filter(
            tracking_number__in=texts, is_return=False, is_test=False
        )
    )
    seeds = _seeds(texts, labels)
    if not seeds:
        return Found(Parcel())
    family = _family(seeds[0])
    several = any(
        seed.orders - family.orders or seed.records - family.records
        for seed in seeds[1:]
    )
    if several:
        for seed in seeds[1:]:
            family.orders |= seed.orders
    orders = list(
        Order.objects.filter(pk__in=family.orders)
        .order_by("pk")
        .prefetch_related(stores_once())
    )
    parcel = Parcel(
        orders=tuple(_bench_orders(load(orders))),
        several=several,
        voided=bool(labels) and all(label.voided for label in labels),
        strangers=not orders or _strangers(family),
    )
    return Found(parcel, orders)


def _seeds(texts: Sequence[str], labels: Iterable[Shipment]) -> list[_Family]:
    """Each thing with one of these numbers; the orders first."""
    ids = [int(text) for text in texts if text.isascii() and text.isdigit()]
    ids = [number for number in ids if number < 10**18]
    orders = Order.objects.filter(
        Q(number__in=texts) | Q(remote_id__in=texts) | Q(order_key__in=texts)
    )
    records = ShipStationOrder.objects.filter(
        Q(order_number__in=texts) | Q(ss_order_id__in=ids)
    ).order_by("pk")
    seeds = [_Family({pk}, set()) for pk in orders.values_list("pk", flat=True)]
    for account, ss_id, order_id in records.values_list(
        "account_id", "ss_order_id", "order_id"
    ):
        seeds.append(_Family({order_id} if order_id else set(), {(account, ss_id)}))
    seeds += [
        _Family(set(), {(label.account_id, label.ss_order_id)}) for label in labels
    ]
    return sorted(seeds, key=lambda seed: not seed.orders)


def _family(seed: _Family) -> _Family:
    """All orders and records that share a parcel with this one, step by step."""
    family = _Family(set(seed.orders), set(seed.records))
    for _step in range(_LONGEST_CHAIN):
        before = len(family.orders), len(family.records)
        _add_records(family)
        _add_merges(family)
        _add_orders(family)
        if before == (len(family.orders), len(family.records)):
            break
    return family


def _add_records(family: _Family) -> None:
    rows = ShipStationOrder.objects.filter(order__in=family.orders)
    family.records.update(rows.values_list("account_id", "ss_order_id"))


def _add_merges(family: _Family) -> None:
    """The primary of each record, and what else was combined into it."""
    ids = [ss_id for _account, ss_id in family.records]
    links = MergeLink.objects.filter(
        Q(absorbed_id__in=ids) | Q(primary_id__in=ids),
        account__in={account for account, _ss_id in family.records},
    )
    alive = {
        (row.account_id, row.ss_order_id): row.as_of
        for row in ShipStationOrder.objects.defer("body").filter(
            ss_order_id__in=[link.absorbed_id for link in links], gone_at=None
        )
    }
    for link in links:
        absorbed = (link.account_id, link.absorbed_id)
        # Read alive since, it was taken out of its combine again.
        if absorbed in alive and alive[absorbed] > link.as_of:
            continue
        if {absorbed, (link.account_id, link.primary_id)} & family.records:
            family.records |= {absorbed, (link.account_id, link.primary_id)}


def _add_orders(family: _Family) -> None:
    """Whose the records are, and whose lines their labels hold."""
    ids = [ss_id for _account, ss_id in family.records]
    accounts = {account for account, _ss_id in family.records}
    rows = ShipStationOrder.objects.filter(
        account__in=accounts, ss_order_id__in=ids, order__isnull=False
    )
    for account, ss_id, order_id in rows.values_list(
        "account_id", "ss_order_id", "order_id"
    ):
        if (account, ss_id) in family.records and order_id is not None:
            family.orders.add(order_id)
    lines = ShipmentLine.objects.filter(
        shipment__account__in=accounts,
        shipment__ss_order_id__in=ids,
        shipment__voided=False,
        order_line__isnull=False,
    )
    family.orders.update(lines.values_list("order_line__order_id", flat=True))


def _strangers(family: _Family) -> bool:
    """Whether goods of no known order may be in a combined parcel."""
    ids = [ss_id for _account, ss_id in family.records]
    accounts = {account for account, _ss_id in family.records}
    unknown = ShipStationOrder.objects.filter(
        account__in=accounts, ss_order_id__in=ids, order=None, gone_at=None
    ).exclude(status="cancelled")
    if unknown.exists():
        return True
    if len(family.orders) < 2:
        return False
    lines = ShipmentLine.objects.filter(
        shipment__account__in=accounts,
        shipment__ss_order_id__in=ids,
        shipment__voided=False,
        order_line=None,
    )
    return lines.exists()


def _bench_orders(items: Sequence[Loaded]) -> Iterable[BenchOrder]:
    """One per order, from its snapshot and from what people have said."""
    ids = [item.order.pk for item in items]
    wanted_back = set(
        FollowUp.objects.filter(
            order__in=ids, kind=FollowUpKind.INTERCEPT, state=FollowUpState.OPEN
        ).values_list("order_id", flat=True)
    )
    unwanted = set(
        OrderException.objects.filter(
            order__in=ids, state=CaseState.OPEN, kind__in=UNWANTED
        ).values_list("order_id", flat=True)
    )
    short: dict[int, int] = {}
    for order_id, units in ShortPick.objects.filter(
        order__in=ids, cleared_at=None
    ).values_list("order_id", "units"):
        short[order_id] = short.get(order_id, 0) + units
    since = _since(ids)
    read = _reads(items)
    for item in items:
        order, s = item.order, item.snapshot
        cancel = standing(s, item.policy, clock.now())
        ends = cancel is not None and cancel.ends
        yield BenchOrder(
            number=order.number,
            cancelled=ends,
            apart=cancel is not None and cancel.apart,
            asked=cancel is not None and not ends and not cancel.doubt,
            doubt=cancel is not None and not ends and cancel.doubt,
            unwanted=order.pk in unwanted or _still_in(s),
            held=any(record.status == "on_hold" for record in _living(s)),
            intercept=order.pk in wanted_back,
            not_ours=bool(order.not_ours),
            short=short.get(order.pk, 0),
            rest_may_go=_rest_may_go(s),
            since=since.get(order.pk)
            if cancel is not None or order.pk in unwanted
            else None,
            runs=_runs(order),
            status=order.status,
            in_shipstation=_in_shipstation(s),
            known_at=read[order.pk],
        )


def _since(ids: Sequence[int]) -> dict[int, datetime]:
    """When each was cancelled or asked to be, as the marketplace or its case tells."""
    cases = OrderException.objects.filter(
        order__in=ids, kind__in=_CANCEL_KINDS
    ).order_by("-opened_at")
    known = dict(cases.values_list("order_id", "opened_at"))
    events = OrderEvent.objects.filter(
        Q(verb__in=("cancel_requested", "line_cancelled"))
        | Q(verb="status", order__status="cancelled"),
        order__in=ids,
    ).order_by("at", "pk")
    return known | dict(events.values_list("order_id", "at"))


def _still_in(s: Snapshot) -> bool:
    """Whether units were cancelled that an open record still names."""
    return any(line.cancelled for line in s.lines) and any(
        r.status in OPEN_STATUSES and r.written_digest not in ("", s.payload_digest)
        for r in s.records
        if not r.candidate
    )


def _rest_may_go(s: Snapshot) -> bool:
    """Whether a person's last word on what is missing lets the others leave."""
    words = [d for d in s.decisions if d.verb in (Verb.SHIP_REST, Verb.FOUND)]
    last = max(words, key=lambda d: d.at, default=None)
    newest = max((short.at for short in s.shorts), default=None)
    return (
        last is not None
        and last.verb == Verb.SHIP_REST
        and (newest is None or last.at >= newest)
    )


def _in_shipstation(s: Snapshot) -> bool:
    return any(record.status != "cancelled" for record in _living(s)) or any(
        not shipment.voided for shipment in s.shipments
    )


def _living(s: Snapshot) -> list[RecordFacts]:
    """The records that its goods are packed from: its own, or that of its combine."""
    return [r for r in s.records if not (r.candidate or r.gone or r.absorbed_by)]


def _runs(order: Order) -> bool:
    store = order.store
    accounts = (store.remote_account, store.shipstation_account)
    return store.state in (StoreState.LIVE, StoreState.SHADOW) and all(
        account.state == AccountState.ACTIVE for account in accounts
    )


def _reads(items: Sequence[Loaded]) -> dict[int, datetime | None]:
    """Up to when each order's marketplace and ShipStation have been read."""
    accounts = {item.order.store.remote_account.key for item in items}
    accounts |= {item.order.store.shipstation_account.key for item in items}
    pulled = dict(
        Cursor.objects.filter(account__in=accounts, stream=Stream.OPEN).values_list(
            "account", "watermark"
        )
    )
    ailing = {
        lane.account: _in_business(lane.last_ok_at)
        for lane in Lane.objects.filter(
            account__in=accounts,
            direction__in=(Direction.PULL, Direction.MIRROR),
            failures__gt=0,
        )
    }
    unread = set(
        ParkedRecord.objects.filter(
            account__in=accounts,
            remote_id__in=[item.order.remote_id for item in items],
            resolved_at=None,
        ).values_list("account", "remote_id")
    )
    known: dict[int, datetime | None] = {}
    for item in items:
        store, market = item.order.store, item.snapshot.market
        remote = store.remote_account.key
        itself = market.cancel_as_of and min(market.status_as_of, market.cancel_as_of)
        there = max(filter(None, (pulled.get(remote), itself)), default=None)
        parts = [there, item.snapshot.mirror_read_at]
        parts += [
            ailing[key]
            for key in (remote, store.shipstation_account.key)
            if key in ailing
        ]
        if (remote, item.order.remote_id) in unread:
            parts.append(None)
        moments = [moment for moment in parts if moment is not None]
        known[item.order.pk] = min(moments) if len(moments) == len(parts) else None
    return known


def _in_business(real: datetime | None) -> datetime | None:
    """A moment of our own processes on the clock of orders."""
    if real is None:
        return None
    passed = (clock.real_now() - real).total_seconds() * clock.current().rate
    return clock.now() - timedelta(seconds=passed)
