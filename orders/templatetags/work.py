"""What a case's page shows of who has it open, and of the queue that is worked through."""

from __future__ import annotations

from typing import Any

from django import template

from orders import claims, working
from orders.models import CaseState, OrderException

register = template.Library()


@register.inclusion_tag("orders/_work_bar.html", takes_context=True)
def work_bar(context: dict[str, Any], case: OrderException) -> dict[str, Any]:
    """Next, skip and stop; who else has the case on screen."""
    request = context["request"]
    found = working.current(request.session)
    here = found is not None and found.at == case.pk
    may = request.user.has_perm("orders.assign_exception")
    left = 0
    if here and found is not None:
        left = found.cases(request.user.pk).exclude(pk__in=found.skipped).count()
    return {
        "case": case,
        "work": found if here else None,
        "left": left,
        "other": claims.holder(case, request.user.pk),
        "claims": may and case.state == CaseState.OPEN,
        "renew": claims.RENEW,
        "csrf_token": context.get("csrf_token"),
    }


@register.simple_tag(takes_context=True)
def works_at(context: dict[str, Any], case: OrderException) -> bool:
    """Whether this case is the open one of a queue that is worked through."""
    found = working.current(context["request"].session)
    return found is not None and found.at == case.pk
