"""The machinery: lanes, webhooks, quotas, access, notifications, messages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Q

from orders.evidence import Notifies, gather
from orders.models import CaseState, OrderException
from reconciliation.checklists.checks import CHECKS, Check, Evidence, Link, Scope, page
from shipsync_site.lib import clock
from shipsync_site.lib.tones import span
from stores import budgets
from stores.models import (
    Account,
    AccountState,
    Lane,
    ReceiptOutcome,
    ShippedOwner,
    ShipStationAccount,
    StoreMode,
    StoreState,
    WebhookEndpoint,
    WebhookReceipt,
)
from stores.setup import current_rules

FAMILY = "Connections"
# A window shorter than this is full again before anybody has read the list.
LONG = 3600
_TROUBLE = (ReceiptOutcome.FOREIGN, ReceiptOutcome.MALFORMED)


def stores_work(scope: Scope) -> Evidence:
    """No store of these, and none of their accounts, is paused."""
    paused = [
        store
        for store in scope.stores
        if store.state == StoreState.PAUSED
        or AccountState.PAUSED
        in (store.remote_account.state, store.shipstation_account.state)
    ]
    names = ", ".join(store.name for store in paused)
    said = (
        f"{len(paused)} of {len(scope.stores)} stores paused: {names}."
        if paused
        else f"None of {len(scope.stores)} stores is paused."
    )
    links = tuple(
        Link(text=store.name, url=page("stores:detail", store.slug)) for store in paused
    )
    return Evidence(
        ok=len(paused) <= scope.limit,
        sentence=said,
        figures={"stores": len(scope.stores), "stores paused": len(paused)},
        links=links or (Link(text="The stores", url=page("stores:list")),),
    )


def lanes_up(scope: Scope) -> Evidence:
    """Every stream of work of the accounts is taken when due, and its last try went well.

    The limit is how late it may be, in minutes of real time.
    """
    accounts = {account.key: account for account in _accounts(scope)}
    grace = timedelta(minutes=scope.limit)
    since = clock.real_now() - grace
    fails = Q(failures__gt=0) & (Q(last_ok_at=None) | Q(last_ok_at__lte=since))
    late = Q(due_at__lte=since, lease_id="") | fails
    rows = Lane.objects.filter(account__in=accounts)
    total = rows.count()
    down = list(rows.filter(late).order_by("account", "direction"))
    parts = ", ".join(
        f"{accounts[row.account].name}: {row.get_direction_display().lower()}"
        for row in down[:5]
    )
    said = (
        f"{len(down)} of {total} streams late by more than {span(grace)}: {parts}."
        if down
        else f"All {total} streams of {len(accounts)} accounts are on time."
    )
    return Evidence(
        ok=not down,
        sentence=said,
        figures={
            "streams": total,
            "streams late": len(down),
            "grace, min": scope.limit,
        },
        links=_links(
            accounts[key] for key in dict.fromkeys(row.account for row in down)
        ),
    )


def webhooks(scope: Scope) -> Evidence:
    """No subscription has a problem, and a day's messages were all understood."""
    accounts = {account.key: account for account in _accounts(scope)}
    rows = WebhookEndpoint.objects.filter(enabled=True, account__in=accounts)
    total = rows.count()
    bad = set(rows.exclude(problem="").values_list("account", flat=True))
    odd = set(
        WebhookReceipt.objects.filter(
            source__in=accounts,
            outcome__in=_TROUBLE,
            last_at__gt=scope.now - timedelta(hours=24),
        ).values_list("source", flat=True)
    )
    words = [
        f"{accounts[key].name}: "
        + (
            "not subscribed as it should be"
            if key in bad
            else "messages not understood"
        )
        for key in sorted(bad | odd)
    ]
    said = (
        f"{'; '.join(words)}."
        if words
        else f"{total} {'account' if total == 1 else 'accounts'} told by webhook, none in "
        "trouble."
        if total
        else "No account is told by webhook: everything is polled."
    )
    return Evidence(
        ok=not words,
        sentence=said,
        figures={"accounts told": total, "in trouble": len(words)},
        links=_links(accounts[key] for key in sorted(bad | odd)),
    )


def quotas(scope: Scope) -> Evidence:
    """No long quota of the accounts is nearly used up; the limit is a share in %."""
    low: list[str] = []
    shown: dict[str, int | str] = {"least left allowed, %": scope.limit}
    troubled: list[Account] = []
    looked = 0
    for account in _accounts(scope):
        for row in budgets.left(account.key):
            if row.period < LONG and not row.blocked_for:
                continue
            looked += 1
            share = round(100 * row.left / row.capacity) if row.capacity else 0
            if share <= scope.limit:
                low.append(f"{account.name} {row.group} ({share} % left)")
                shown[f"{account.name} {row.group}, % left"] = share
                troubled.append(account)
    said = (
        f"Nearly used up: {', '.join(low)}."
        if low
        else f"{looked} long quotas, each with more than {scope.limit} % left."
        if looked
        else "No quota of an hour or longer was used, and none is blocked."
    )
    return Evidence(
        ok=not low,
        sentence=said,
        figures={"quotas": looked, **shown},
        links=_links(dict.fromkeys(troubled)),
    )


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


def _accounts(scope: Scope) -> list[Account]:
    """The active accounts of these stores, each once; paused ones are another check."""
    found: dict[str, Account] = {}
    for store in scope.stores:
        for account in (store.remote_account, store.shipstation_account):
            if account.active and store.state != StoreState.DRAFT:
                found[account.key] = account
    return list(found.values())


def _links(accounts: Iterable[Account]) -> tuple[Link, ...]:
    return tuple(
        Link(
            text=account.name,
            url=page(
                "stores:account",
                "shipstation"
                if isinstance(account, ShipStationAccount)
                else "marketplace",
                account.pk,
            ),
        )
        for account in accounts
    )


def _names(stores: Iterable[object]) -> str:
    return ", ".join(map(str, stores))


for check in (
    Check(
        code="stores_work",
        family=FAMILY,
        label="No store is paused",
        look=stores_work,
        unit="stores",
    ),
    Check(
        code="lanes_up",
        family=FAMILY,
        label="Every connection is on time",
        look=lanes_up,
        unit="minutes",
        limit=15,
    ),
    Check(
        code="webhooks",
        family=FAMILY,
        label="Webhooks work",
        look=webhooks,
    ),
    Check(
        code="quotas",
        family=FAMILY,
        label="No quota is nearly used up",
        look=quotas,
        unit="% left",
        limit=10,
    ),
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
