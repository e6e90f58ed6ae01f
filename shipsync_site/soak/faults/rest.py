"""Whether the engine is at rest: nothing waits that nobody would look at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from orders.due import decide_due
from orders.models import (
    AttemptOutcome,
    CaseState,
    Order,
    OrderEvent,
    OrderException,
    ShipStationOrder,
    SyncAttempt,
    SyncJob,
)
from orders.reconsider import reconsider
from shipsync_site.lib import clock
from shipsync_site.soak.faults.invariants import Problem, World
from stores import connect
from stores.connectors import CONNECTORS
from stores.connectors.base import Stream
from stores.models import Direction, Lane, RemoteAccount

# Every lane but these looks again by itself; these wait for a nudge.
NUDGED = ("push", "confirm")
# The longest that a lane of an account in good health waits.
LONGEST = timedelta(hours=1)


def leases(w: World) -> Iterator[Problem]:
    """No lease is left, no job given up without a word."""
    for job in SyncJob.objects.select_related("order"):
        number = job.order.remote_id
        if job.lease_id or job.lease_until is not None:
            yield Problem(rule="lease", number=number, text=f"{job} is still leased")
        if job.parked and job.dirty and "sync_stuck" not in w.cases.get(number, ()):
            yield Problem(
                rule="stuck", number=number, text=f"parked without a case: {job.parked}"
            )
    for lane in Lane.objects.exclude(lease_id=""):
        yield Problem(rule="lease", number="", text=f"{lane} is still leased")


def lanes(w: World) -> Iterator[Problem]:
    """Every lane goes on, and none is still failing in fine weather."""
    late = clock.real_now() + LONGEST
    for lane in Lane.objects.order_by("pk"):
        nudged = lane.direction in NUDGED or _has_no_list(lane)
        if lane.due_at is None and not nudged:
            yield Problem(rule="lane", number="", text=f"{lane} is never due again")
        elif lane.due_at is not None and lane.due_at > late:
            if not nudged:
                text = f"{lane} is not due before {lane.due_at}"
                yield Problem(rule="lane", number="", text=text)
        if lane.failures:
            text = f"{lane} failed {lane.failures} times: {lane.last_error}"
            yield Problem(rule="lane", number="", text=text)
        if lane.direction in NUDGED:
            yield from _unseen(lane)


def _has_no_list(lane: Lane) -> bool:
    """Whether the lane reads shipped orders where a marketplace has no list of them."""
    if lane.direction != Direction.READ_BACK:
        return False
    account = connect.account_of(lane.account)
    return (
        isinstance(account, RemoteAccount)
        and Stream.SHIPPED not in CONNECTORS.get(account.marketplace).streams
    )


def _unseen(lane: Lane) -> Iterator[Problem]:
    """Jobs of which their lane does not know."""
    waiting = SyncJob.objects.filter(account=lane.account, dirty=True, parked="")
    peer = "shipstation" if lane.direction == "push" else "marketplace"
    first = waiting.filter(peer=peer).order_by("due_at").first()
    if first is None:
        return
    if lane.due_at is None or lane.due_at > first.due_at + timedelta(minutes=1):
        yield Problem(
            rule="lane",
            number=first.order.remote_id,
            text=f"its job is due {first.due_at}, its lane {lane.due_at}",
        )


def doubts(w: World) -> Iterator[Problem]:
    """No call is left in doubt for good."""
    standing = SyncAttempt.objects.filter(
        settled_at=None, outcome__in=(AttemptOutcome.OPEN, AttemptOutcome.UNKNOWN)
    )
    for attempt in standing.select_related("order"):
        number = attempt.order.remote_id
        if not w.explained(number):
            yield Problem(
                rule="doubt",
                number=number,
                text=f"{attempt.operation} {attempt.target} is {attempt.outcome}",
            )


def mirror(w: World) -> Iterator[Problem]:
    """What we believe of the records of our orders is what ShipStation says."""
    if OrderException.objects.filter(
        kind="contract_broken", cause__startswith="record:"
    ).exists():
        return  # one that no page could hold is skipped, and a person has it
    theirs = {row["orderId"]: row for row in w.shipstation}
    for record in ShipStationOrder.objects.exclude(order=None).select_related("order"):
        row = theirs.get(record.ss_order_id)
        number = record.order.remote_id if record.order else ""
        if row is None:
            continue
        if record.gone_at is not None or record.status != row["orderStatus"]:
            yield Problem(
                rule="mirror",
                number=number,
                text=f"{record.ss_order_id} is {row['orderStatus']}; we say "
                f"{'gone' if record.gone_at else record.status}",
            )


def quiet(w: World) -> Iterator[Problem]:
    """To decide everything once more changes nothing: all is looked at in time."""
    yield from overlooked()


def overlooked() -> Iterator[Problem]:
    """What changes when everything is decided once more: it was not noted as due.

    Every order is decided anew some hours after it was last decided, which hides what
    was forgotten: ask this within those hours, and at the end.
    """
    decide_due(limit=10_000)
    before = _state()
    reconsider(list(Order.objects.values_list("pk", flat=True)))
    after = _state()
    for key in sorted(set(before) | set(after), key=str):
        if before.get(key) != after.get(key):
            order = Order.objects.filter(pk=key[1]).first()
            yield Problem(
                rule="quiet",
                number=order.remote_id if order else "",
                text=f"{key[0]} was {before.get(key)} and is {after.get(key)} once "
                "looked at",
            )


def looked_at(w: World) -> Iterator[Problem]:
    """Every order that is not closed is looked at again."""
    for number, order in w.orders.items():
        if order.closed_at is None and order.next_look_at is None:
            yield Problem(rule="look", number=number, text="open, and no next look")


def _state() -> dict[tuple[str, int, str], Any]:
    """What deciding may change, by order."""
    state: dict[tuple[str, int, str], Any] = {}
    for order in Order.objects.all():
        state["order", order.pk, ""] = (
            order.stage,
            order.why,
            order.closed_at is not None,
        )
    for case in OrderException.objects.filter(order__isnull=False):
        key = ("case", case.order_id or 0, f"{case.kind} {case.cause[:12]}")
        state[key] = case.state == CaseState.OPEN
    for job in SyncJob.objects.all():
        state["job", job.order_id, job.peer] = (job.dirty, job.operation)
    for event in OrderEvent.objects.values_list("order_id", "pk"):
        key = ("events", event[0], "")
        state[key] = state.get(key, 0) + 1
    return state


def causes(w: World) -> Iterator[Problem]:
    """No case about an account stands without its cause, now that all is well."""
    gone = ("store_unauthorised", "store_silent")
    rows = OrderException.objects.filter(state=CaseState.OPEN, order=None)
    for case in rows:
        if case.kind in gone:
            yield Problem(
                rule="cause", number="", text=f"{case.kind} {case.scope}: {case}"
            )


RULES = (leases, lanes, doubts, mirror, looked_at, quiet, causes)
