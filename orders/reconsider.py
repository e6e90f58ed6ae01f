"""Run decide() over orders and make its verdict true in our own tables.

The one place where stages, jobs, dispatches and order cases are written. Idempotent;
safe with several at once: orders are locked in primary-key order.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from orders.case_sync import sync_cases
from orders.decide import decide
from orders.events import Timeline
from orders.facts import DispatchDraft, Verdict, Work
from orders.follow_ups import sync_follow_ups
from orders.models import (
    Dispatch,
    DispatchLine,
    LineComponent,
    Order,
    Peer,
    Rung,
    ShipStationOrder,
    SyncAttempt,
    SyncJob,
)
from orders.payload_inputs import make_anew
from orders.snapshot import Loaded, load, stores_once
from shipsync_site.lib import bulk, clock
from stores.lanes import nudge
from stores.models import Direction

# A structural change (adopted, dispatch made, new key) asks for another look at once;
# three looks are the longest chain there is.
_MAX_LOOKS = 4
# A next look beyond this is not moved later: it would be written at every decision.
_SOON = timedelta(hours=3)
_JOB_FIELDS = ("account", "operation", "dirty", "priority", "due_at")
CHUNK = 100


def locked(order_ids: Sequence[int]) -> list[Order]:
    """The orders, locked in primary-key order, with store and accounts."""
    return list(
        Order.objects.select_for_update(of=("self",))
        .filter(pk__in=order_ids)
        .order_by("pk")
        .prefetch_related(stores_once())
    )


def reconsider(
    order_ids: Sequence[int], *, now: datetime | None = None, lease_id: str = ""
) -> dict[int, Verdict]:
    """Decide these orders anew and apply the verdicts; returns them by order id.

    ``lease_id``: jobs leased under it are left as they are, for their engine is at
    work and calls again when it is done. Own transactions of at most 100 orders.
    """
    verdicts: dict[int, Verdict] = {}
    ids = sorted(set(order_ids))
    for start in range(0, len(ids), CHUNK):
        with transaction.atomic():
            verdicts.update(
                _apply(ids[start : start + CHUNK], now or clock.now(), lease_id)
            )
    return verdicts


def _apply(ids: list[int], now: datetime, lease_id: str) -> dict[int, Verdict]:
    verdicts: dict[int, Verdict] = {}
    timeline = Timeline(now)
    loaded: dict[int, Loaded] = {}
    again = ids
    for _look in range(_MAX_LOOKS):
        orders = locked(again)
        make_anew([order for order in orders if order.payload_stale])
        batch = load(orders)
        changed = []
        for item in batch:
            verdict = decide(item.snapshot, item.policy, now)
            if _restructure(item, verdict, now, timeline):
                changed.append(item.order.pk)
            verdicts[item.order.pk] = verdict
            loaded[item.order.pk] = item
        again = changed
        if not again:
            break
    items = list(loaded.values())
    _save_orders(items, verdicts, now, timeline)
    _save_rungs(items, verdicts, now, timeline)
    _settle(verdicts, now)
    _learn(verdicts)
    due = _save_jobs(items, verdicts, lease_id)
    moves = sync_cases(items, verdicts, now, timeline)
    sync_follow_ups(items, verdicts, now, timeline)
    timeline.save()
    moves.save()
    for (account, direction), due_at in due.items():
        transaction.on_commit(partial(nudge_business, account, direction, due_at))
    return verdicts


def nudge_business(account: str, direction: str, due_at: datetime) -> None:
    """Nudge a lane for a moment of business time."""
    wait = clock.real_seconds(max(due_at - clock.now(), timedelta(0)))
    nudge(account, direction, due_at=clock.real_now() + timedelta(seconds=wait))


def _restructure(
    item: Loaded, verdict: Verdict, now: datetime, timeline: Timeline
) -> bool:
    """Make what the next look needs to see: adoption, a new key, dispatches."""
    order = item.order
    if verdict.adopt is not None:
        ShipStationOrder.objects.filter(pk=verdict.adopt).update(
            # What the marketplace says now is what a later change is measured by; what
            # ShipStation imports itself is compared with what it shows instead.
            order=order,
            adopted=True,
            written_digest="" if item.snapshot.direct else order.payload_digest,
        )
        if not item.snapshot.direct:
            # Its parcels name the parts of a kit, as ours would.
            LineComponent.objects.bulk_create(item.unpacked, ignore_conflicts=True)
        text = "Took over the ShipStation order"
        if item.snapshot.direct:
            text = "Found the order that ShipStation's own connection imported"
        timeline.add(order, "shipsync", "adopted", text)
        return True
    if verdict.raise_generation:
        order.generation += 1
        order.order_key = f"{order.order_key[:48]}~{order.generation}"
        order.save(update_fields=["generation", "order_key"])
        timeline.add(
            order,
            "shipsync",
            "new_key",
            "ShipStation keeps the old key reserved: using a new one",
            key=order.order_key,
        )
        return True
    for draft in verdict.dispatches:
        _make_dispatch(item, draft, now, timeline)
    return bool(verdict.dispatches)


def _make_dispatch(
    item: Loaded, draft: DispatchDraft, now: datetime, timeline: Timeline
) -> None:
    order = item.order
    used = [row.package_ref for row in item.dispatches.values()]
    reference = max(used, default=0) + 1
    replaced = item.dispatches.get(draft.supersedes or 0)
    if replaced is not None:
        reference = replaced.package_ref
        Dispatch.objects.filter(pk=replaced.pk).update(rung=Rung.WITHDRAWN, rung_at=now)
    dispatch = Dispatch.objects.create(
        order=order,
        shipment_id=draft.shipment_id,
        package_ref=reference,
        rung_at=now,
        as_of=now,
        supersedes=replaced,
    )
    item.dispatches[dispatch.pk] = dispatch
    DispatchLine.objects.bulk_create(
        DispatchLine(dispatch=dispatch, order_line_id=line, quantity=quantity)
        for line, quantity in draft.lines
    )
    timeline.add(
        order,
        "shipsync",
        "dispatch_planned",
        f"Parcel {reference} to be confirmed"
        + (", in place of the voided one" if replaced is not None else ""),
        units=sum(quantity for _line, quantity in draft.lines),
    )


def _save_orders(
    items: list[Loaded],
    verdicts: dict[int, Verdict],
    now: datetime,
    timeline: Timeline,
) -> None:
    changed = []
    for item in items:
        order, verdict = item.order, verdicts[item.order.pk]
        closed_at = (order.closed_at or now) if verdict.closed else None
        look_at = _look_at(order.next_look_at, verdict.next_look_at, now)
        wanted = (verdict.stage, verdict.why, look_at, closed_at)
        if (order.stage, order.why) != wanted[:2]:
            timeline.add(order, "shipsync", "decided", verdict.why or verdict.stage)
        if (order.stage, order.why, order.next_look_at, order.closed_at) != wanted:
            order.stage, order.why, order.next_look_at, order.closed_at = wanted
            changed.append(order)
    if changed:
        bulk.save(changed, ["stage", "why", "next_look_at", "closed_at"])


def _look_at(
    known: datetime | None, wanted: datetime | None, now: datetime
) -> datetime | None:
    """The next look; one that is hours away stays, for a look too early does no harm."""
    if known is None or wanted is None or known > wanted:
        return wanted
    return known if known - now > _SOON else wanted


def _save_rungs(
    items: list[Loaded],
    verdicts: dict[int, Verdict],
    now: datetime,
    timeline: Timeline,
) -> None:
    texts = {
        Rung.READ_BACK: "Read back with our tracking",
        Rung.SHIPPED: "Shipped by the marketplace's status",
        Rung.WITHDRAWN: "Withdrawn: the label was voided before it was told",
    }
    for item in items:
        for change in verdicts[item.order.pk].rungs:
            row, rung = item.dispatches[change.dispatch_id], Rung(change.rung)
            row.rung, row.rung_at = rung, now
            fields = ["rung", "rung_at"]
            if rung is Rung.READ_BACK:
                row.read_back_at = now
                row.accepted_at = row.accepted_at or now
                fields += ["read_back_at", "accepted_at"]
            elif rung is Rung.SHIPPED:
                row.shipped_at = now
                fields.append("shipped_at")
            row.save(update_fields=fields)
            source = "shipsync" if rung is Rung.WITHDRAWN else "marketplace"
            timeline.add(
                item.order,
                source,
                f"dispatch_{rung}",
                f"Parcel {row.package_ref}: {texts[rung]}",
            )


def _settle(verdicts: dict[int, Verdict], now: datetime) -> None:
    settled = [pk for verdict in verdicts.values() for pk in verdict.settled]
    if settled:
        SyncAttempt.objects.filter(pk__in=settled).update(settled_at=now)


def _learn(verdicts: dict[int, Verdict]) -> None:
    """Take over what a read showed of writes whose answers were lost."""
    for order_id, verdict in verdicts.items():
        for lesson in verdict.learned:
            values: dict[str, object] = {"written_at": lesson.written_at}
            if lesson.digest:
                values["written_digest"] = lesson.digest
            if lesson.status:
                values["written_status"] = lesson.status
            if lesson.held:
                values |= {"held_by_us": True, "held_for_id": order_id}
            ShipStationOrder.objects.filter(pk=lesson.record_id).update(**values)


def _save_jobs(
    items: list[Loaded], verdicts: dict[int, Verdict], lease_id: str
) -> dict[tuple[str, str], datetime]:
    """Bring the outbox in line; returns which lanes have work due from when."""
    new, changed = [], []
    due: dict[tuple[str, str], datetime] = {}
    for item in items:
        store = item.order.store
        lanes = {
            Peer.SHIPSTATION: (store.shipstation_account.key, Direction.PUSH),
            Peer.MARKETPLACE: (store.remote_account.key, Direction.CONFIRM),
        }
        for peer, (account, direction) in lanes.items():
            work = [w for w in verdicts[item.order.pk].work if w.peer == peer]
            job = item.jobs.get(peer)
            if job is None and work:
                job = SyncJob(order=item.order, peer=peer)
                new.append(job)
            elif job is None or (lease_id and job.lease_id == lease_id):
                continue
            before = [getattr(job, name) for name in _JOB_FIELDS]
            _fill(job, account, work)
            if job.pk and before != [getattr(job, name) for name in _JOB_FIELDS]:
                changed.append(job)
            if work and not job.parked:
                lane = (account, direction)
                due[lane] = min(due.get(lane, job.due_at), job.due_at)
    if new:
        SyncJob.objects.bulk_create(new)
    if changed:
        bulk.save(changed, _JOB_FIELDS)
    return due


def _fill(job: SyncJob, account: str, work: list[Work]) -> None:
    job.account, job.dirty = account, bool(work)
    if not work:
        job.operation = ""
        return
    first = min(work, key=lambda w: (w.priority, w.due_at))
    job.operation, job.priority = first.operation, first.priority
    job.due_at = min(w.due_at for w in work)
    if job.retry_at is not None and job.retry_at > job.due_at:
        job.due_at = job.retry_at
