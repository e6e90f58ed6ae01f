"""The shadow: what we would have created beside what the present route created.

Run from the mirror's pass, in batches, over what both sides said already: it makes no
call of its own. An order is compared again when its payload or its record is another.
What differs counts as unexplained until a person has said of the field why it may.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet, Subquery

from orders.models import (
    Order,
    OrderLine,
    ShadowComparison,
    ShadowExplanation,
    ShadowOutcome,
    ShipStationOrder,
)
from orders.payload import build
from orders.payload_facts import payload_facts
from orders.payload_inputs import raw_orders, rules_for
from orders.shadow_diff import differences
from orders.snapshot import stores_once
from shipsync_site.lib import clock
from stores.models import (
    ARRIVES_WITHIN,
    Cursor,
    ShipStationAccount,
    Store,
    StoreState,
)
from stores.setup import current_rules, log_change

BATCH = 100
# The cursor that remembers when records were read again for their contents.
STREAM = "shadow"
READ_AGAIN = timedelta(hours=6)
NOT_YET = ("pending", "waiting_acceptance", "cancelled", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldCount:
    """A field that differs: in how many orders, and why it may (None: nobody said).

    ``example``: the latest comparison in which it does.
    """

    field: str
    orders: int
    explanation: ShadowExplanation | None
    example: ShadowComparison


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A store's shadow in figures; orders each.

    ``compared`` are those that both sides have: ``same`` and ``differs``. Of the latter
    ``unexplained`` differ in a field without an explanation. ``not_there``: not in
    ShipStation although the present route had its time. ``waiting``: not there yet.
    """

    compared: int = 0
    same: int = 0
    differs: int = 0
    unexplained: int = 0
    not_there: int = 0
    waiting: int = 0
    not_sendable: int = 0
    fields: tuple[FieldCount, ...] = ()
    since: datetime | None = None
    last_at: datetime | None = None

    @property
    def unexplained_fields(self) -> int:
        """Fields that differ and that nobody has explained."""
        return sum(row.explanation is None for row in self.fields)


def compare_if_due(account: ShipStationAccount, now: datetime) -> Counter[str]:
    """Compare one batch of the orders of this account's shadow stores; how many."""
    stores = list(
        account.stores.filter(state=StoreState.SHADOW).values_list("pk", flat=True)
    )
    if not stores:
        return Counter()
    _read_contents(account, stores, now)
    ids = list(due(stores).values_list("pk", flat=True)[:BATCH])
    return Counter({"shadow": compare(ids, now)} if ids else {})


def due(stores: Sequence[int]) -> QuerySet[Order]:
    """Orders of these stores that were never compared, or whose side is another since."""
    linked = ShipStationOrder.objects.filter(order=OuterRef("pk"), gone_at=None)
    unread = linked.filter(body__isnull=True)
    beside = ShipStationOrder.objects.filter(
        account=OuterRef("store__shipstation_account"),
        order_number=OuterRef("number"),
        order=None,
        as_of__gt=OuterRef("shadow_comparison__compared_at"),
    )
    row = Subquery(linked.order_by("ss_order_id").values("modify_date")[:1])
    orders = (
        Order.objects.filter(store__in=stores, not_ours="", payload_stale=False)
        .exclude(buyer__purged_at__isnull=False)
        .annotate(theirs=row)
    )
    never = Q(shadow_comparison=None)
    ours = ~Q(shadow_comparison__payload_digest=F("payload_digest"))
    moved = Q(theirs__isnull=False) & ~Q(shadow_comparison__modify_date=F("theirs"))
    return (
        orders.filter(never | ours | moved | Exists(beside))
        .exclude(Exists(unread))
        .exclude(status__in=NOT_YET, theirs__isnull=True)
        .order_by("pk")
    )


def compare(order_ids: Sequence[int], now: datetime) -> int:
    """Compare these orders; a constant number of queries, one transaction."""
    with transaction.atomic():
        orders = list(
            Order.objects.filter(pk__in=order_ids)
            .select_related("buyer")
            .prefetch_related("lines__components", stores_once())
        )
        lines: dict[int, list[OrderLine]] = {
            order.pk: list(order.lines.all()) for order in orders
        }
        books = rules_for((order.store, lines[order.pk]) for order in orders)
        raws = raw_orders(orders, books)
        records = _records(orders)
        rows = []
        for order in orders:
            buyer = getattr(order, "buyer", None)
            payload = build(
                payload_facts(
                    order,
                    lines[order.pk],
                    buyer,
                    books[order.store_id],
                    raws.get(order.pk),
                ),
                current=None,
                want="awaiting_shipment",
                stop_tag_id=None,
                stop=False,
            )
            record = records.get(order.pk)
            details = {}
            if record is not None and record.body:
                details = differences(payload.body, record.body)
            outcome = ShadowOutcome.DIFFERS if details else ShadowOutcome.SAME
            if not payload.sendable:
                outcome = ShadowOutcome.NOT_SENDABLE
            elif record is None:
                outcome = ShadowOutcome.NOT_THERE
            rows.append(
                ShadowComparison(
                    order=order,
                    store_id=order.store_id,
                    outcome=outcome,
                    ss_order_id=record.ss_order_id if record else None,
                    fields=sorted(details),
                    details={name: list(pair) for name, pair in details.items()},
                    payload_digest=order.payload_digest,
                    modify_date=record.modify_date[:40] if record else "",
                    compared_at=now,
                    purge_at=buyer.purge_at if buyer is not None else None,
                )
            )
        ShadowComparison.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["order"],
            update_fields=[
                "store",
                "outcome",
                "ss_order_id",
                "fields",
                "details",
                "payload_digest",
                "modify_date",
                "compared_at",
                "purge_at",
            ],
        )
    return len(rows)


def _records(orders: Sequence[Order]) -> dict[int, ShipStationOrder]:
    """The record of each: the one taken over, else the oldest of its number."""
    found: dict[int, ShipStationOrder] = {}
    linked = ShipStationOrder.objects.filter(order__in=orders, gone_at=None)
    for row in linked.order_by("-ss_order_id"):
        if row.order_id is not None:
            found[row.order_id] = row
    rest = {
        (order.store.shipstation_account_id, order.number): order.pk
        for order in orders
        if order.pk not in found
    }
    numbered = ShipStationOrder.objects.filter(
        account__in={account for account, _number in rest},
        order_number__in={number for _account, number in rest},
        order=None,
        gone_at=None,
        body__isnull=False,
    ).exclude(status="cancelled")
    for row in numbered.order_by("-ss_order_id"):
        order_id = rest.get((row.account_id, row.order_number))
        if order_id is not None:
            found[order_id] = row
    return found


def _read_contents(
    account: ShipStationAccount, stores: Sequence[int], now: datetime
) -> None:
    """Have the mirror read once more what it knew before the shadow without contents.

    Its cursor goes back to the oldest such record; every few hours at most, for one that
    ShipStation does not list any more never comes.
    """
    unread = ShipStationOrder.objects.filter(
        account=account,
        order__store__in=stores,
        order__buyer__purged_at=None,
        order__shadow_comparison=None,
        gone_at=None,
        body__isnull=True,
    )
    oldest = unread.aggregate(at=Min("modified_at"))["at"]
    if oldest is None:
        return
    mark, _new = Cursor.objects.get_or_create(account=account.key, stream=STREAM)
    if mark.completed_at is not None and now - mark.completed_at < READ_AGAIN:
        return
    mark.completed_at = now
    mark.save(update_fields=["completed_at"])
    back = oldest - timedelta(seconds=1)
    Cursor.objects.filter(account=account.key, stream="orders", params={}).update(
        watermark=back
    )


def summary(store: Store) -> Summary:
    """The store's shadow in figures, as the gate and its page show it."""
    rows = ShadowComparison.objects.filter(store=store)
    kinds = Counter(rows.values_list("outcome", flat=True))
    last = rows.order_by("-compared_at").values_list("compared_at", flat=True).first()
    model = current_rules(store)
    late = clock.now() - timedelta(
        minutes=model.arrives_within_minutes or ARRIVES_WITHIN
    )
    absent = rows.filter(outcome=ShadowOutcome.NOT_THERE)
    old = absent.filter(order__ordered_at__lt=late, order__imported_at__lt=late)
    not_there = old.exclude(order__status__in=("cancelled", "shipped")).count()
    explained = {row.field: row for row in store.shadow_explanations.all()}
    counts: Counter[str] = Counter()
    examples: dict[str, int] = {}
    unexplained = 0
    differing = rows.filter(outcome=ShadowOutcome.DIFFERS).order_by("pk")
    for pk, fields in differing.values_list("pk", "fields"):
        counts.update(fields)
        examples.update(dict.fromkeys(fields, pk))
        unexplained += any(name not in explained for name in fields)
    shown = ShadowComparison.objects.select_related("order").in_bulk(
        set(examples.values())
    )
    return Summary(
        compared=kinds[ShadowOutcome.SAME] + kinds[ShadowOutcome.DIFFERS],
        same=kinds[ShadowOutcome.SAME],
        differs=kinds[ShadowOutcome.DIFFERS],
        unexplained=unexplained,
        not_there=not_there,
        waiting=kinds[ShadowOutcome.NOT_THERE] - not_there,
        not_sendable=kinds[ShadowOutcome.NOT_SENDABLE],
        fields=tuple(
            FieldCount(
                field=name,
                orders=count,
                explanation=explained.get(name),
                example=shown[examples[name]],
            )
            for name, count in sorted(
                counts.items(), key=lambda x: (x[0] in explained, -x[1], x[0])
            )
        ),
        since=store.shadow_from,
        last_at=last,
    )


@transaction.atomic
def explain(store: Store, field: str, reason: str, user: AbstractBaseUser) -> None:
    """Say why a field may differ; the last word on it counts."""
    ShadowExplanation.objects.update_or_create(  # type: ignore[misc]
        store=store,
        field=field,
        defaults={"reason": reason, "at": clock.now(), "by": user},
    )
    log_change(store, f"Shadow: {field} may differ: {reason}", user)


@transaction.atomic
def take_back(store: Store, field: str, user: AbstractBaseUser) -> None:
    """Take an explanation back: the field counts as unexplained again."""
    if store.shadow_explanations.filter(field=field).delete()[0]:
        log_change(store, f"Shadow: {field} is no longer explained", user)
