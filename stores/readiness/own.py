"""What stores know by themselves: connections, decisions, and what people stated."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from stores import decisions, statements
from stores.models import (
    OperatingModel,
    ShippedOwner,
    Store,
    StoreMode,
    TaxRoute,
)
from stores.readiness import CHECKS, Check, Finding
from stores.remote_types import ConnectionOutcome
from stores.setup import current_rules
from stores.statements import Word

# Routes whose marker only ShipStation's own rule takes to the label.
_MARKERS = (
    TaxRoute.CUSTOM_FIELD_1,
    TaxRoute.CUSTOM_FIELD_2,
    TaxRoute.CUSTOM_FIELD_3,
    TaxRoute.TAG,
)


def _connections(store: Store) -> Iterator[Finding]:
    for kind, account in (
        ("marketplace", store.remote_account),
        ("shipstation", store.shipstation_account),
    ):
        url = reverse("stores:account", args=[kind, account.pk])
        if not account.active:
            yield Finding(
                text=f"{account.name} is paused: {account.pause_reason}",
                url=url,
                act="Open the account",
            )
        elif account.check_outcome != ConnectionOutcome.WORKS:
            yield Finding(
                text=f"{account.name}: the connection has not been tested with success "
                "yet",
                url=url,
                act="Test it",
            )
    yield from _connection_of_its_own(store)


def _connection_of_its_own(store: Store) -> Iterator[Finding]:
    """Who imports this marketplace there already would have each order there twice."""
    if store.mode == StoreMode.DIRECT:
        return
    label = store.remote_account.get_marketplace_display()
    for row in store.shipstation_account.known_stores or []:
        channel = str(row.get("channel", ""))
        same = label.casefold() in channel.casefold()
        if same and int(row["id"]) == store.shipstation_store_id:
            yield Finding(
                text=f"ShipStation's store '{row['name']}' is connected to {channel} "
                "itself: every order would be there twice",
                url=reverse("stores:edit", args=[store.slug]),
                act="Choose a store without a connection, or direct mode",
            )


def _decisions(store: Store) -> Iterator[Finding]:
    for decision in decisions.undecided(current_rules(store)):
        yield Finding(
            text=f"{decision.heading} Nobody has decided it yet",
            url=reverse("stores:rules", args=[store.slug]) + f"#{decision.code}",
            act="Decide it",
            by_lead=True,
        )


def _asked(store: Store, word: Word) -> Iterator[Finding]:
    """A word that is missing, too old, or says no."""
    url = reverse("stores:statement", args=[store.slug, word.subject.code])
    if word.statement is None:
        text = f"{word.subject.label}: nobody has looked and said so yet"
    elif not word.stands:
        text = (
            f"{word.subject.label}: last said on {word.statement.at:%d %b %Y}, too long "
            "ago"
        )
    elif not word.ready and word.answer is not None:
        text = f"{word.subject.label}: '{word.answer.label}'"
    else:
        return
    yield Finding(text=text, url=url, act="Look and say", by_lead=True)


def _notify_setting(store: Store) -> Iterator[Finding]:
    word = statements.word(store, "notify_setting")
    yield from _asked(store, word)
    if not word.stands or word.answer is None:
        return
    theirs = _shipstation_tells(store, current_rules(store))
    silent = word.value in statements.SILENT
    if theirs == silent:
        who = "ShipStation" if theirs else "shipsync"
        yield Finding(
            text=f"{who} is to tell the marketplace, but ShipStation's notification was "
            f"stated as '{word.answer.label}'",
            url=reverse("stores:statement", args=[store.slug, "notify_setting"]),
            act="Set it there, then say so",
            by_lead=True,
        )


def _shipstation_tells(store: Store, rules: OperatingModel) -> bool:
    return (
        store.mode == StoreMode.DIRECT
        and rules.shipped_owner == ShippedOwner.SHIPSTATION
    )


def _stated(subject: str) -> Check:
    about = statements.subject_of(subject)
    return Check(
        code=subject,
        label=about.label,
        rank=32,
        find=lambda store: _asked(store, statements.word(store, subject)),
    )


def _tax(store: Store) -> Iterator[Finding]:
    """A route is proved by a printed sample, and a marker by its rule there.

    Without a rule of ours too: what the connector reads is sent all the same.
    """
    route = current_rules(store).tax_route
    if route == TaxRoute.NONE or store.mode == StoreMode.DIRECT:
        return
    if route in _MARKERS:
        yield from _asked(store, statements.word(store, "automation_rule"))
    yield from _asked(store, statements.word(store, "tax_sample"))


CHECKS.register(
    Check(code="connections", label="Connections", rank=10, find=_connections)
)
CHECKS.register(
    Check(code="decisions", label="The four decisions", rank=20, find=_decisions)
)
CHECKS.register(
    Check(
        code="notify_setting",
        label=statements.NOTIFY_SETTING.label,
        rank=30,
        find=_notify_setting,
        decision="shipped",
    )
)
CHECKS.register(_stated("buyer_emails"))
CHECKS.register(_stated("stop_tag_known"))
CHECKS.register(Check(code="tax", label="Tax numbers on labels", rank=40, find=_tax))
CHECKS.register(
    Check(
        code="checklist",
        label="The checklist",
        rank=90,
        find=lambda store: _asked(store, statements.word(store, "checklist")),
    )
)
