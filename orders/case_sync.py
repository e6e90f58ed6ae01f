"""Make an order's cases equal to what decide() wants: the only automatic writer."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from orders.case_groups import SLEEP, Moves, describe, wake
from orders.events import Timeline
from orders.exception_kinds import KINDS
from orders.facts import CaseDraft, Verdict
from orders.models import CaseState, Decision, OrderException, Verb
from orders.work_by import Clocks
from shipsync_site.lib import bulk

if TYPE_CHECKING:
    from orders.snapshot import Loaded

_FOR_THE_DECIDER = ("answer_cancellation", "answer_refused")
# What follows from the case and its order.
_DERIVED = ("shared_cause", "work_by", "amount", "currency")
_REFRESHED = (
    "state",
    "summary",
    "context",
    "deadline",
    "last_seen_at",
    "opened_at",
    "times_opened",
    "resolved_at",
    "resolved_by",
    "resolution",
    "resolution_note",
    "version",
    "group",
    *_DERIVED,
    *SLEEP,
)
_CLOSED = ("state", "resolution", "resolved_at", "version", "group", *SLEEP)


def sync_cases(
    items: list[Loaded],
    verdicts: dict[int, Verdict],
    now: datetime,
    timeline: Timeline,
) -> Moves:
    """Open, refresh, reopen and close cases of these orders in bulk.

    A case is reopened in place when its cause returns, and closes by itself when its
    cause is gone; a person's edit in between is never overwritten (``version``).
    Returns what this does to the queue's rows: to be saved last in the transaction.
    """
    ids = [item.order.pk for item in items]
    standing: dict[tuple[int, str, str], OrderException] = {
        (row.order_id or 0, row.kind, row.cause): row
        for row in OrderException.objects.filter(order__in=ids)
    }
    moves, clocks = Moves(), Clocks()
    moves.before(standing.values())
    new, refreshed = [], []
    for item in items:
        wanted = {
            (draft.kind, draft.cause): draft for draft in verdicts[item.order.pk].cases
        }
        for key, draft in wanted.items():
            row = standing.get((item.order.pk, *key))
            if row is None:
                new.append(_open(item, draft, clocks, now))
                timeline.add(
                    item.order,
                    "shipsync",
                    "case_opened",
                    f"Case for {KINDS.get(draft.kind).team.label}: {draft.summary}",
                    kind=draft.kind,
                )
            elif _refresh(row, item, draft, clocks, now):
                refreshed.append(row)
                if row.times_opened > 1 and row.opened_at == now:
                    timeline.add(
                        item.order,
                        "shipsync",
                        "case_reopened",
                        f"Case opened again: {draft.summary}",
                        kind=draft.kind,
                    )
    gone = _close_gone(items, verdicts, standing, now, timeline)
    if new:
        _hand_on(new)
    moves.after([*new, *refreshed, *gone])
    OrderException.objects.bulk_create(new)
    bulk.save(refreshed, _REFRESHED)
    bulk.save(gone, _CLOSED)
    return moves


def _hand_on(new: list[OrderException]) -> None:
    """What is left to do at the marketplace goes to whoever decided."""
    rows = [row for row in new if row.kind in _FOR_THE_DECIDER]
    if not rows:
        return
    deciders = dict(
        Decision.objects.filter(
            order__in=[row.order_id for row in rows],
            verb__in=(Verb.CANCEL, Verb.CANCEL_MARKET, Verb.REJECT_REQUEST),
        )
        .order_by("at", "pk")
        .values_list("order_id", "by_id")
    )
    for row in rows:
        row.assignee_id = deciders.get(row.order_id or 0)


def _open(
    item: Loaded, draft: CaseDraft, clocks: Clocks, now: datetime
) -> OrderException:
    row = OrderException(
        scope=f"order:{item.order.pk}",
        kind=draft.kind,
        cause=draft.cause,
        order=item.order,
        store=item.order.store,
        team=KINDS.get(draft.kind).team,
        summary=draft.summary,
        context=draft.context,
        deadline=draft.deadline,
        opened_at=now,
        last_seen_at=now,
    )
    describe(row, clocks)
    return row


def _refresh(
    row: OrderException, item: Loaded, draft: CaseDraft, clocks: Clocks, now: datetime
) -> bool:
    """Bring an existing row up to date; True when it is to be saved."""
    reopened = row.state == CaseState.RESOLVED
    same = (row.summary, row.context, row.deadline) == (
        draft.summary,
        draft.context,
        draft.deadline,
    )
    derived = [getattr(row, name) for name in _DERIVED]
    row.order = item.order
    row.summary, row.context, row.deadline = (
        draft.summary,
        draft.context,
        draft.deadline,
    )
    describe(row, clocks)
    if same and not reopened:
        # Nothing that a person saw is another: their act on it still fits.
        return derived != [getattr(row, name) for name in _DERIVED]
    row.last_seen_at = now
    row.version += 1
    if reopened:
        row.state, row.resolution, row.resolved_at = CaseState.OPEN, "", None
        row.resolved_by, row.resolution_note = None, ""
        row.opened_at = now
        row.times_opened += 1
    return True


def _close_gone(
    items: list[Loaded],
    verdicts: dict[int, Verdict],
    standing: dict[tuple[int, str, str], OrderException],
    now: datetime,
    timeline: Timeline,
) -> list[OrderException]:
    """End what nothing wants any more; the rows, to be saved."""
    orders = {item.order.pk: item.order for item in items}
    gone = [
        row
        for (order_id, kind, cause), row in standing.items()
        if row.state == CaseState.OPEN
        and not any(
            (draft.kind, draft.cause) == (kind, cause)
            for draft in verdicts[order_id].cases
        )
    ]
    for row in gone:
        row.state, row.resolution = CaseState.RESOLVED, "cause_gone"
        row.resolved_at = now
        row.version += 1
        wake(row)
        timeline.add(
            orders[row.order_id or 0],
            "shipsync",
            "case_closed",
            f"Case closed, its cause is gone: {row.summary}",
            kind=row.kind,
        )
    return gone
