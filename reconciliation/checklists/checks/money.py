"""Settlements: each adds up to the penny, is matched, and was signed."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet, Sum

from reconciliation.checklists.checks import CHECKS, Check, Evidence, Link, Scope, page
from reconciliation.models import Settlement

FAMILY = "Settlements"
PAGE = "reconciliation:settlements"
SHOWN = 20


def whole(scope: Scope) -> Evidence:
    """The lines of every settlement come to its deposit."""
    rows = _stored(scope).exclude(remainder=0)
    total = rows.count()
    said = (
        f"{total:,} {'settlement leaves' if total == 1 else 'settlements leave'} a "
        "remainder."
        if total
        else f"All {_stored(scope).count():,} settlements add up to the penny."
    )
    figures: dict[str, int | str] = {"settlements with a remainder": total}
    for row in rows.order_by("-deposited_at", "-pk")[:SHOWN]:
        figures[str(row)] = f"{row.remainder} {row.currency}"
    return Evidence(
        ok=total <= scope.limit,
        sentence=said,
        figures=figures,
        links=_links(scope, rows, "remainder"),
    )


def matched(scope: Scope) -> Evidence:
    """Every line of a settlement that names an order has found it."""
    rows = _stored(scope).filter(unmatched_count__gt=0)
    lines = rows.aggregate(lines=Sum("unmatched_count"))["lines"] or 0
    count = rows.count()
    said = (
        f"{lines:,} lines of {count:,} {'settlement' if count == 1 else 'settlements'} "
        "are not matched."
        if lines
        else "Every line of every settlement is matched."
    )
    return Evidence(
        ok=lines <= scope.limit,
        sentence=said,
        figures={"lines not matched": lines, "limit": scope.limit},
        links=_links(scope, rows, "unmatched"),
    )


def signed(scope: Scope) -> Evidence:
    """Every deposit that is older than the limit was signed by finance."""
    rows = _stored(scope).filter(
        signed_at=None,
        deposited_at__isnull=False,
        stored_at__lte=scope.now - timedelta(days=scope.limit),
    )
    total = rows.count()
    said = (
        f"{total:,} {'deposit is' if total == 1 else 'deposits are'} not signed after "
        f"{scope.limit} days."
        if total
        else f"Every deposit older than {scope.limit} days is signed."
    )
    return Evidence(
        ok=not total,
        sentence=said,
        figures={"deposits not signed": total, "limit, days": scope.limit},
        links=_links(scope, rows),
    )


def _stored(scope: Scope) -> QuerySet[Settlement]:
    """The settlements that were taken in, of these stores' accounts."""
    rows = Settlement.objects.filter(stored_at__isnull=False)
    if not scope.narrowed:
        return rows
    return rows.filter(account__in={x.remote_account_id for x in scope.stores})


def _links(
    scope: Scope, rows: QuerySet[Settlement], state: str = ""
) -> tuple[Link, ...]:
    """The list in this state, which shows just these; without one each by itself."""
    accounts = {x.remote_account_id for x in scope.stores} if scope.narrowed else {0}
    if state and len(accounts) == 1:
        found = rows.exists()
        url = page(PAGE, state=state, account=max(accounts))
        return (Link(text="The list" if found else "The empty list", url=url),)
    some = list(rows.order_by("-deposited_at", "-pk")[: SHOWN + 1])
    if not some or len(some) > SHOWN:
        return (Link(text="The settlements", url=page(PAGE)),)
    return tuple(
        Link(text=str(row), url=page("reconciliation:settlement", row.pk))
        for row in some
    )


for check in (
    Check(
        code="settlements_whole",
        family=FAMILY,
        label="Every settlement adds up to the penny",
        look=whole,
        unit="settlements",
    ),
    Check(
        code="settlements_matched",
        family=FAMILY,
        label="Every settlement line is matched",
        look=matched,
        unit="lines",
    ),
    Check(
        code="settlements_signed",
        family=FAMILY,
        label="Every deposit was signed",
        look=signed,
        unit="days",
        limit=3,
    ),
):
    CHECKS.register(check)
