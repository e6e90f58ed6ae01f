"""The parts of a case's page: what to try first, all sides of its order, who knew when."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest

from orders import (
    carrier_fix,
    case_help,
    case_suggestions,
    correcting,
    fresh,
    selectors,
    triage,
)
from orders.as_if import outlook
from orders.as_if_calls import Call
from orders.case_suggestions import Suggestion
from orders.exception_kinds import Resolution
from orders.knew_when_rows import moments_of
from orders.models import CaseState, Order, OrderException
from orders.three_way import three_ways
from orders.views.order import REVEAL
from shipsync_site.lib import zones
from stores.remote_types import Choice, ChoiceKind

Json = dict[str, Any]
_BUYERS = ("buyer", "customer")
# Kinds in which the buyer's own request is answered.
_ASKED = ("cancel_requested", "cancelled_after_label", "answer_cancellation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way out as the page offers it; ``first``: it is what is suggested."""

    resolution: Resolution
    suggestion: Suggestion
    allowed: bool
    ask: str
    reasons: tuple[Choice, ...]
    chosen: str
    first: bool

    @property
    def many(self) -> bool:
        """Whether it may be taken for all cases of a cause at once."""
        way = self.resolution
        return not (way.page or way.chooses_record or way.must_choose)


def suggested(request: HttpRequest, case: OrderException) -> Json:
    """The ways out, what people take most first, and what stands out among them."""
    if case.state != CaseState.OPEN:
        return {"ways": []}
    hint = case_suggestions.suggest([case]).get(case.pk)
    fix = carrier_fix.fix_of(case)
    ways = []
    for found in case_suggestions.ranked(case):
        if found.resolution is None:
            continue
        reasons = triage.reasons_for(case, found.resolution)
        ways.append(
            Way(
                resolution=found.resolution,
                suggestion=found,
                allowed=request.user.has_perm(found.permission),
                ask=case_help.who_may(found.permission),
                reasons=reasons,
                chosen=likely_reason(case, found.resolution, reasons),
                first=hint is not None and hint.code == found.code,
            )
        )
    first = next((way for way in ways if way.first), None)
    return {
        "ways": ways,
        "hint_way": hint,
        "fix": fix,
        "fix_calls": shown_calls((fix.call,)) if fix and fix.call else [],
        # What can't be pressed here is not looked ahead of.
        "ahead": _ahead(case, first) if first is not None and first.allowed else None,
    }


def likely_reason(
    case: OrderException, way: Resolution, reasons: tuple[Choice, ...]
) -> str:
    """The reason that stands chosen when the page opens; '' where a person must look.

    Where the buyer asked, that is what the marketplace is told, and it does not count
    against the seller. What nobody asked for is never given a reason beforehand.
    """
    if len(reasons) == 1:
        return reasons[0].code
    if way.reasons != ChoiceKind.CANCEL_REASON or way.must_choose or not reasons:
        return ""
    theirs = [
        x.code
        for x in reasons
        if any(word in f"{x.code} {x.label}".casefold() for word in _BUYERS)
    ]
    return (theirs or [reasons[0].code])[0] if case.kind in _ASKED else ""


def whole_cause(case: OrderException) -> Json:
    """The other open cases with this cause: how many, and the list that has them."""
    if case.state != CaseState.OPEN or not case.shared_cause:
        return {"alike": 0, "cause_query": ""}
    found = selectors.alike([case]).get((case.kind, case.shared_cause), 0)
    return {
        "alike": found,
        "cause_query": urlencode(
            {"kind": case.kind, "cause": case.shared_cause, "rows": "cases"}
        ),
    }


def sides(case: OrderException, *, reveal: bool, user: Any, first: str = "") -> Json:
    """The order beside its records, how old that is, and its cancellation's moments.

    ``first``: the code of what is suggested, '' for nothing.
    """
    if case.order_id is None:
        return {}
    order = selectors.order_detail(Order.objects.all()).get(pk=case.order_id)
    known = fresh.freshness(order)
    again = fresh.retry_way(case) is not None
    return {
        "beside": three_ways(order, selectors.shipments_of(order), reveal=reveal),
        "revealed": reveal,
        "may_reveal": user.has_perm(REVEAL),
        "may_correct_address": user.has_perm(correcting.PERMISSION)
        and not correcting.refused_because(order, getattr(order, "buyer", None)),
        "freshness": known,
        "again": again,
        # With old facts a call is not repeated before the order was read anew.
        "fresh_first": again and known.stale and first in ("", "retry"),
        "may_repair": user.has_perm(fresh.PERMISSION),
        "moments": moments_of(order) if about_cancelling(case) else [],
    }


def their_time(case: OrderException) -> str:
    """The deadline as the marketplace's own clock has it: 'Mon 23 Nov 16:00, London'."""
    if case.deadline is None or case.store is None:
        return ""
    zone = zones.zone(case.store.timezone)
    return f"{case.deadline.astimezone(zone):%a %-d %b %H:%M} {case.store.timezone}"


def about_cancelling(case: OrderException) -> bool:
    """Whether the case is one of a cancellation."""
    return "cancel" in case.kind or case.kind == "answer_refused"


def shown_calls(calls: tuple[Call, ...]) -> list[tuple[Call, str]]:
    """Calls with their bodies as text."""
    return [
        (
            call,
            json.dumps(call.body, indent=2, ensure_ascii=False, default=str)
            if call.body is not None
            else "",
        )
        for call in calls
    ]


def _ahead(case: OrderException, way: Way) -> Json | None:
    """What the suggested way would send, for the page as it opens."""
    if way.resolution.page or way.resolution.chooses_record:
        return None
    found = outlook(case, way.resolution, choice=way.chosen)
    if found is None:
        return None
    return {"outlook": found, "calls": shown_calls(found.calls)}
