"""The machinery: stores, lanes, watches, webhooks, quotas."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Q

from orders.models import Watch, WatchState
from reconciliation.checklists.checks import CHECKS, Check, Evidence, Link, Scope, page
from shipsync_site.lib import clock
from shipsync_site.lib.tones import span
from stores import budgets
from stores.models import (
    Account,
    AccountState,
    Lane,
    ReceiptOutcome,
    ShipStationAccount,
    StoreState,
    WebhookEndpoint,
    WebhookReceipt,
)

FAMILY = "Connections"
# A window shorter than this is full again before anybody has read the list.
LONG = 3600
_SILENT = (WatchState.LATE, WatchState.DOWN)
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
        if total
        else "No account is active, so nothing runs."
        if not accounts
        else "Nothing was read or sent yet: the first look comes within a minute."
    )
    return Evidence(
        ok=not down and bool(total or not accounts),
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


def watches(scope: Scope) -> Evidence:
    """Every job and store that is watched was heard of within its period and grace.

    What stands for no store counts too, as far as the list is about all of them.
    """
    rows = scope.of(Watch.objects.exclude(state=WatchState.OFF))
    total = rows.count()
    bad = list(rows.filter(state__in=_SILENT).order_by("label", "pk"))
    names = "; ".join(f"{row.label}: {row.get_state_display().lower()}" for row in bad)
    said = (
        f"{names}."
        if bad
        else f"All {total} jobs and stores that are watched are up."
        if total
        else "Nothing is watched yet: the first look comes within a minute."
    )
    return Evidence(
        ok=bool(total) and not bad,
        sentence=said,
        figures={"watched": total, "late or down": len(bad)},
        links=tuple(
            Link(text=row.label, url=page("orders:watch", row.pk)) for row in bad
        )
        or (Link(text="What is watched", url=page("orders:watches")),),
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
        code="watches",
        family=FAMILY,
        label="Every job and store is heard of",
        look=watches,
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
):
    CHECKS.register(check)
