"""What we may do, and whether those who rely on it are told."""

from __future__ import annotations

from collections.abc import Iterable

from orders.evidence import Notifies, gather
from orders.models import CaseState, OrderException
from reconciliation.checklists.checks import CHECKS, Check, Evidence, Link, Scope, page
from stores.models import ShippedOwner, StoreMode
from stores.setup import current_rules

FAMILY = "Connections"


def access(scope: Scope) -> Evidence:
    """No consent, token or secret ends soon."""
    return _no_case(scope, "access_expires", "access ends soon", "Every access lasts")


def alerts(scope: Scope) -> Evidence:
    """Warnings reach those who rely on them."""
    return _no_case(
        scope, "alert_undelivered", "warnings do not arrive", "Warnings arrive"
    )


def notified(scope: Scope) -> Evidence:
    """Where ShipStation owns telling the marketplace, its parcels show that it does."""
    theirs = [
        store
        for store in scope.stores
        if store.mode == StoreMode.DIRECT
        and current_rules(store).shipped_owner == ShippedOwner.SHIPSTATION
    ]
    off, words = [], {}
    for store in theirs:
        seen = gather(store, scope.now)
        words[store.name] = f"{seen.verdict}: {seen.notified} of {seen.samples} told"
        if seen.verdict is Notifies.OFF:
            off.append(store)
    said = (
        f"ShipStation does not tell the marketplace for {_names(off)}."
        if off
        else f"None of {len(theirs)} direct stores shows that ShipStation stays silent."
        if theirs
        else "shipsync tells the marketplace itself for every store."
    )
    return Evidence(
        ok=not off,
        sentence=said,
        figures={"stores told by ShipStation": len(theirs), **words},
        links=tuple(
            Link(text=store.name, url=page("orders:evidence", store.slug))
            for store in theirs
        ),
    )


def _no_case(scope: Scope, kind: str, trouble: str, fine: str) -> Evidence:
    """No open case of a kind that stands for an account, whatever its store."""
    rows = OrderException.objects.filter(state=CaseState.OPEN, snooze="", kind=kind)
    total = rows.count()
    said = f"{total:,} open: {trouble}." if total else f"{fine}: no case is open."
    return Evidence(
        ok=total <= scope.limit,
        sentence=said,
        figures={"cases": total},
        links=(
            Link(
                text="The list" if total else "The empty list",
                url=page("orders:cases", kind=kind, rows="cases"),
            ),
        ),
    )


def _names(stores: Iterable[object]) -> str:
    return ", ".join(map(str, stores))


for check in (
    Check(
        code="access",
        family=FAMILY,
        label="No access ends soon",
        look=access,
        unit="cases",
    ),
    Check(
        code="alerts",
        family=FAMILY,
        label="Alerts arrive",
        look=alerts,
        unit="cases",
    ),
    Check(
        code="notified",
        family=FAMILY,
        label="ShipStation tells the marketplace where it should",
        look=notified,
    ),
):
    CHECKS.register(check)
