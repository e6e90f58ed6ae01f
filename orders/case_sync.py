"""Make an order's cases equal to what decide() wants: the only automatic writer."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import F

from orders.events import Timeline
from orders.exception_kinds import KINDS
from orders.facts import CaseDraft, Verdict
from orders.models import CaseState, Decision, OrderException, Verb
from shipsync_site.lib import bulk

if TYPE_CHECKING:
    from orders.snapshot import Loaded

_FOR_THE_DECIDER = ("answer_cancellation", "answer_refused")


def sync_cases(
    items: list[Loaded],
    verdicts: dict[int, Verdict],
    now: datetime,
    timeline: Timeline,
) -> None:
    """Open, refresh, reopen and close cases of these orders in bulk.

    A case is reopened in place when its cause returns, and closes by itself when its
    cause is gone; a person's edit in between is never overwritten (``version``).
    """
    ids = [item.order.pk for item in items]
    standing: dict[tuple[int, str, str], OrderException] = {
        (row.order_id or 0, row.kind, row.cause): row
        for row in OrderException.objects.filter(order__in=ids)
    }
    new, refreshed = [], []
    for item in items:
        wanted = {
            (draft.kind, draft.cause): draft for draft in verdicts[item.order.pk].cases
        }
        for key, draft in wanted.items():
            row = standing.get((item.order.pk, *key))
            if row is None:
                new.append(_open(item, draft, now))
                timeline.add(
                    item.order,
                    "shipsync",
                    "case_opened",
                    f"Case for {KINDS.get(draft.kind).team.label}: {draft.summary}",
                    kind=draft.kind,
                )
            elif _refresh(row, draft, now):
                refreshed.append(row)
                if row.times_opened > 1 and row.opened_at == now:
                    timeline.add(
                        item.order,
                        "shipsync",
                        "case_reopened",
                        f"Case opened again: {draft.summary}",
                        kind=draft.kind,
                    )
    if new:
        _hand_on(new)
        OrderException.objects.bulk_create(new)
    if refreshed:
        bulk.save(
            refreshed,
            [
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
            ],
        )
    _close_gone(items, verdicts, standing, now, timeline)


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


def _open(item: Loaded, draft: CaseDraft, now: datetime) -> OrderException:
    return OrderException(
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


def _refresh(row: OrderException, draft: CaseDraft, now: datetime) -> bool:
    """Bring an existing row up to date; True when it is to be saved."""
    reopened = row.state == CaseState.RESOLVED
    same = (row.summary, row.context, row.deadline) == (
        draft.summary,
        draft.context,
        draft.deadline,
    )
    if not reopened and same:
        return False
    row.summary, row.context = draft.summary, draft.context
    row.deadline, row.last_seen_at = draft.deadline, now
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
) -> None:
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
    if not gone:
        return
    OrderException.objects.filter(
        pk__in=[row.pk for row in gone], state=CaseState.OPEN
    ).update(
        state=CaseState.RESOLVED,
        resolution="cause_gone",
        resolved_at=now,
        version=F("version") + 1,
    )
    for row in gone:
        timeline.add(
            orders[row.order_id or 0],
            "shipsync",
            "case_closed",
            f"Case closed, its cause is gone: {row.summary}",
            kind=row.kind,
        )
