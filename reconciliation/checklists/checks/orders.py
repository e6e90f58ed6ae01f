"""Orders and the cases about them: nothing late, nothing forgotten."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet

from orders.exception_kinds import Team
from orders.filters import at_risk
from orders.models import (
    Approval,
    ApprovalState,
    CaseState,
    FollowUp,
    FollowUpState,
    Order,
    OrderException,
    Stage,
)
from reconciliation.checklists.checks import (
    CHECKS,
    Check,
    Evidence,
    Link,
    Scope,
    counted,
    page,
)

FAMILY = "Orders and cases"
OVERDUE = "checklist_overdue"
ORDERS, CASES = "orders:list", "orders:cases"
SHOWN = 20


def orders_late(scope: Scope) -> Evidence:
    """Orders past their ship-by of which nobody was told that they are shipped."""
    rows = Order.objects.filter(at_risk(), ship_by__lte=scope.now)
    return counted(
        scope,
        rows,
        "order is past its ship-by",
        "orders are past their ship-by",
        ORDERS,
        due="late",
    )


def orders_today(scope: Scope) -> Evidence:
    """Orders whose ship-by comes within 24 hours and that are not shipped."""
    rows = Order.objects.filter(
        at_risk(), ship_by__gt=scope.now, ship_by__lte=scope.now + timedelta(hours=24)
    )
    return counted(
        scope,
        rows,
        "order is to be shipped within 24 hours",
        "orders are to be shipped within 24 hours",
        ORDERS,
        due="24h",
    )


def orders_unconfirmed(scope: Scope) -> Evidence:
    """Parcels with a label of which the marketplace was not told yet."""
    return counted(
        scope,
        Order.objects.filter(stage=Stage.DISPATCHED),
        "dispatched order is not confirmed",
        "dispatched orders are not confirmed",
        ORDERS,
        stage=Stage.DISPATCHED,
    )


def orders_held(scope: Scope) -> Evidence:
    """Orders that are held."""
    return counted(
        scope,
        Order.objects.filter(stage=Stage.HELD),
        "order is held",
        "orders are held",
        ORDERS,
        stage=Stage.HELD,
    )


def cases_late(scope: Scope) -> Evidence:
    """Open cases of the team past their last moment; overdue checklists apart.

    A list that is late itself would else never be ticked again.
    """
    rows = _open(scope).filter(work_by__lte=scope.now)
    found = counted(
        scope,
        rows.exclude(kind=OVERDUE),
        "case is past its deadline",
        "cases are past their deadline",
        CASES,
        team=scope.team,
        due="late",
        rows="cases",
    )
    apart = scope.of(rows.filter(kind=OVERDUE)).count()
    if not apart:
        return found
    return Evidence(
        ok=found.ok,
        sentence=f"{found.sentence} Overdue checklists apart: {apart}.",
        figures={**found.figures, "overdue checklists": apart},
        links=found.links,
    )


def cases_unowned(scope: Scope) -> Evidence:
    """Open cases of the team due within 24 hours that nobody has."""
    rows = _open(scope).filter(
        work_by__lte=scope.now + timedelta(hours=24), assignee=None
    )
    return counted(
        scope,
        rows,
        "case due within 24 hours is nobody’s",
        "cases due within 24 hours are nobody’s",
        CASES,
        team=scope.team,
        due="24h",
        owner="nobody",
        rows="cases",
    )


def cases_open(scope: Scope) -> Evidence:
    """All open cases of the team."""
    return counted(
        scope,
        _open(scope),
        "case is open",
        "cases are open",
        CASES,
        team=scope.team,
        rows="cases",
    )


def cancellations(scope: Scope) -> Evidence:
    """Open cases about cancellations, which wait for customer service."""
    rows = OrderException.objects.filter(
        state=CaseState.OPEN, snooze="", team=Team.CS, kind__contains="cancel"
    )
    return counted(
        scope,
        rows,
        "cancellation waits for an answer",
        "cancellations wait for an answer",
        CASES,
        team=Team.CS,
        topic="cancels",
        rows="cases",
    )


def follow_ups(scope: Scope) -> Evidence:
    """What follows a cancellation (refund, return, credit) and is overdue."""
    rows = scope.of(
        FollowUp.objects.filter(state=FollowUpState.OPEN, due__lte=scope.now),
        "order__store",
    )
    total = rows.count()
    some = rows.select_related("order").order_by("due", "pk")[:SHOWN]
    links = tuple(
        Link(
            text=f"{row.order.number}: {row.get_kind_display().lower()}",
            url=page("orders:detail", row.order_id),
        )
        for row in some
    )
    more = f" The first {SHOWN} are named." if total > SHOWN else ""
    said = (
        f"{total:,} {'follow-up is' if total == 1 else 'follow-ups are'} overdue.{more}"
        if total
        else "No follow-up of a cancellation is overdue."
    )
    return Evidence(
        ok=total <= scope.limit,
        sentence=said,
        figures={"follow-ups overdue": total},
        links=links,
    )


def approvals(scope: Scope) -> Evidence:
    """What waits for a second person's yes."""
    rows = Approval.objects.filter(state=ApprovalState.WAITING)
    total = scope.of(rows, "case__store").count()
    said = (
        f"{total:,} {'decision waits' if total == 1 else 'decisions wait'} for a second "
        "yes."
        if total
        else "No decision waits for a second yes."
    )
    return Evidence(
        ok=total <= scope.limit,
        sentence=said,
        figures={"decisions waiting": total},
        links=(Link(text="Waiting for a second yes", url=page("orders:approvals")),),
    )


def _open(scope: Scope) -> QuerySet[OrderException]:
    return OrderException.objects.filter(
        state=CaseState.OPEN, snooze="", team=scope.team
    )


for check in (
    Check(
        code="orders_late",
        family=FAMILY,
        label="No order is past its ship-by",
        look=orders_late,
        unit="orders",
    ),
    Check(
        code="orders_today",
        family=FAMILY,
        label="What has to leave within 24 hours is shipped",
        look=orders_today,
        unit="orders",
    ),
    Check(
        code="orders_unconfirmed",
        family=FAMILY,
        label="The marketplace was told of every parcel",
        look=orders_unconfirmed,
        unit="orders",
    ),
    Check(
        code="orders_held",
        family=FAMILY,
        label="No order is held",
        look=orders_held,
        unit="orders",
    ),
    Check(
        code="cases_late",
        family=FAMILY,
        label="No case of the team is past its deadline",
        look=cases_late,
        unit="cases",
    ),
    Check(
        code="cases_unowned",
        family=FAMILY,
        label="Every case due within 24 hours has somebody",
        look=cases_unowned,
        unit="cases",
    ),
    Check(
        code="cases_open",
        family=FAMILY,
        label="The team’s queue is short",
        look=cases_open,
        unit="cases",
        limit=20,
    ),
    Check(
        code="cancellations",
        family=FAMILY,
        label="No cancellation waits for an answer",
        look=cancellations,
        unit="cases",
    ),
    Check(
        code="follow_ups",
        family=FAMILY,
        label="Nothing that follows a cancellation is overdue",
        look=follow_ups,
        unit="follow-ups",
    ),
    Check(
        code="approvals",
        family=FAMILY,
        label="No decision waits for a second yes",
        look=approvals,
        unit="decisions",
    ),
):
    CHECKS.register(check)
