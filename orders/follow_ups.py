"""Follow-ups as rows: made equal to what decide() wants, and shown with their cases.

:func:`sync_follow_ups` is their only writer. A person ends one by a word on its case, a
read by what it shows; what is no longer wanted is dropped, never deleted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from orders.decide_follow_up import CASE_OF
from orders.events import Timeline
from orders.facts import FollowUpDraft, Verdict
from orders.models import (
    CaseState,
    Decision,
    FollowUp,
    FollowUpKind,
    FollowUpState,
    Order,
    OrderException,
    Shipment,
    ShortPick,
)
from shipsync_site.lib import bulk, clock

if TYPE_CHECKING:
    from orders.snapshot import Loaded

WHOSE = {
    "marketplace": "the marketplace",
    "seller": "us",
    "warehouse": "the warehouse",
    "carrier": "the carrier",
}


def sync_follow_ups(
    items: Sequence[Loaded],
    verdicts: Mapping[int, Verdict],
    now: datetime,
    timeline: Timeline,
) -> None:
    """Open, end and drop follow-ups of these orders; ends short picks that are over."""
    found = [pk for item in items for pk in verdicts[item.order.pk].found]
    if found:
        ShortPick.objects.filter(pk__in=found, cleared_at=None).update(cleared_at=now)
    wanted = {item.order.pk: verdicts[item.order.pk].follow_ups for item in items}
    known = {item.order.pk for item in items if item.snapshot.follow_ups}
    if not known and not any(wanted.values()):
        return
    rows = {
        (row.order_id, row.kind, row.cause): row
        for row in FollowUp.objects.filter(order__in=[i.order.pk for i in items])
    }
    said = _said(wanted)
    new, ended = [], []
    for item in items:
        drafts = {(x.kind, x.cause): x for x in wanted[item.order.pk]}
        for key, draft in drafts.items():
            row = rows.get((item.order.pk, *key))
            if row is None:
                row = _new(item.order, draft, now)
                new.append(row)
                if not draft.shown:
                    label = row.get_kind_display()
                    timeline.add(
                        item.order, "shipsync", "follow_up", f"To follow: {label}"
                    )
            elif row.state in (FollowUpState.OPEN, FollowUpState.DROPPED) or (
                "decision" in row.evidence and not draft.shown
            ):
                # Open, wanted again, or a person took the word back that ended it.
                ended.append(row)
            else:
                continue
            _end(row, draft, said.get((item.order.pk, draft.said)), now)
            if draft.shown:
                timeline.add(
                    item.order,
                    "shipsync",
                    "follow_up_ended",
                    f"{row.get_kind_display()}: {row.get_state_display().lower()}. "
                    f"{row.note}".strip(),
                )
        for (order_id, *name), row in rows.items():
            gone = order_id == item.order.pk and tuple(name) not in drafts
            if gone and row.state == FollowUpState.OPEN:
                row.state, row.done_at = FollowUpState.DROPPED, now
                ended.append(row)
    if new:
        FollowUp.objects.bulk_create(new)
    if ended:
        bulk.save(ended, ["state", "done_at", "done_by", "note", "evidence"])


def _said(
    wanted: Mapping[int, Sequence[FollowUpDraft]],
) -> dict[tuple[int, str], Decision]:
    """The latest decision by (order, cause), of those that ended something."""
    causes = {x.said for drafts in wanted.values() for x in drafts if x.said}
    if not causes:
        return {}
    rows = Decision.objects.defer("details").filter(order__in=wanted, cause__in=causes)
    return {(row.order_id, row.cause): row for row in rows.order_by("at", "pk")}


def _new(order: Order, draft: FollowUpDraft, now: datetime) -> FollowUp:
    return FollowUp(
        order=order,
        kind=draft.kind,
        cause=draft.cause,
        whose=draft.whose,
        shipment_id=draft.shipment_id,
        due=draft.due,
        amount=order.total if draft.worth else None,
        currency=order.currency if draft.worth else "",
        created_at=now,
    )


def _end(
    row: FollowUp, draft: FollowUpDraft, word: Decision | None, now: datetime
) -> None:
    """Write its end, if it has come; one that is wanted again is open."""
    if not draft.shown:
        row.state, row.done_at, row.done_by_id = FollowUpState.OPEN, None, None
        row.note, row.evidence = "", {}
        return
    row.state = FollowUpState.FAILED if draft.failed else FollowUpState.DONE
    row.done_at = now
    row.note = draft.shown
    row.evidence = {"shown": draft.shown}
    if word is not None:
        row.done_by_id, row.done_at = word.by_id, word.at
        row.note = word.reason[:300]
        row.evidence = {"said_by": word.by_name, "decision": word.pk}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A follow-up on a page; ``case`` is where a person ends it, None for none."""

    row: FollowUp
    whose: str
    late: bool
    said_by: str
    tracking: str
    case: OrderException | None


def for_order(order: Order) -> list[Shown]:
    """What follows this order's cancellation, the open ones first; two queries."""
    now = clock.now()
    rows = list(
        FollowUp.objects.filter(order=order).select_related("shipment", "done_by")
    )
    if not rows:
        return []
    cases = {
        case.kind: case
        for case in OrderException.objects.filter(
            order=order,
            state=CaseState.OPEN,
            kind__in=[*CASE_OF.values(), "intercept_parcel"],
        )
    }
    rows.sort(key=lambda row: (row.state != FollowUpState.OPEN, row.due or now, row.pk))
    kinds = CASE_OF | {FollowUpKind.INTERCEPT: "intercept_parcel"}
    return [
        Shown(
            row=row,
            whose=WHOSE.get(row.whose, row.whose),
            late=bool(row.state == FollowUpState.OPEN and row.due and row.due <= now),
            said_by=str(row.evidence.get("said_by", "")),
            tracking=_tracking(row.shipment),
            case=cases.get(kinds[row.kind])
            if row.state == FollowUpState.OPEN
            else None,
        )
        for row in rows
    ]


def _tracking(shipment: Shipment | None) -> str:
    return "" if shipment is None else shipment.tracking_number
