"""Setting stores up: what the console's forms do, each in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, models, transaction
from django.db.models import Max
from django.dispatch import Signal

from stores import decisions, lanes
from stores.models import (
    Account,
    Direction,
    OperatingModel,
    Operator,
    Store,
    StoreState,
)
from stores.remote_types import ConnectionOutcome
from stores.rules_changed import announce

RULE_LABELS = decisions.LABELS


# Asks whoever knows orders what a change would touch: ``store_ids``, ``carrier`` and
# ``service`` ('' for any). A receiver returns an Impact.
impact_asked = Signal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """Open orders of some stores, those in ShipStation, and parcels not yet told.

    ``ours``: open ones that shipsync created, holds or has still to tell of.
    """

    open_orders: int = 0
    in_shipstation: int = 0
    parcels: int = 0
    ours: int = 0


def impact(stores: Iterable[int], *, carrier: str = "", service: str = "") -> Impact:
    """What a change to these stores, or to a carrier of theirs, would touch now."""
    answers = impact_asked.send(
        sender=Store, store_ids=sorted(set(stores)), carrier=carrier, service=service
    )
    for _receiver, answer in answers:
        if isinstance(answer, Impact):
            return answer
    return Impact()


class StaleRulesError(Exception):
    """Somebody else saved a version since this one was opened."""


class NotReadyError(Exception):
    """A store can't go live yet; the message says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One rule before and after, in words."""

    label: str
    before: str
    after: str


def current_rules(store: Store) -> OperatingModel:
    """The version in force; every store has one from its first day."""
    return store.operating_models.order_by("-version").first() or OperatingModel(
        store=store, version=0
    )


def rule_changes(before: OperatingModel, after: OperatingModel) -> list[Change]:
    """What would change, in the words of the form."""
    changes = []
    for name, label in RULE_LABELS.items():
        if getattr(before, name) != getattr(after, name):
            changes.append(
                Change(
                    label=label, before=_word(before, name), after=_word(after, name)
                )
            )
    return changes


def _word(model: OperatingModel, name: str) -> str:
    display = getattr(model, f"get_{name}_display", None)
    return str(display() if display else getattr(model, name))


@transaction.atomic
def create_store(store: Store, user: AbstractBaseUser) -> None:
    """Save a new store as a draft with its first operating model and its lanes."""
    store.state = StoreState.DRAFT
    store.save()
    OperatingModel.objects.create(store=store, version=1, created_by=user)  # type: ignore[misc]
    lanes.ensure_lanes()


@transaction.atomic
def save_store(
    store: Store, changes: list[Change], user: AbstractBaseUser, reason: str = ""
) -> int:
    """Save a store's settings, log what changed and why; how many orders are due."""
    store.save()
    if changes:
        told = "; ".join(f"{row.label}: {row.before} → {row.after}" for row in changes)
        log_change(store, f"{told}. {reason}".strip(), user)
    return announce([store.pk])


def log_change(subject: models.Model, told: str, user: AbstractBaseUser) -> None:
    """Note who changed what of an account, a store or anything else, in a sentence."""
    LogEntry.objects.create(
        user_id=user.pk,
        content_type=ContentType.objects.get_for_model(type(subject)),
        object_id=str(subject.pk),
        object_repr=str(subject)[:200],
        action_flag=CHANGE,
        change_message=told,
    )


def changes_log(subject: Account | Store | Operator) -> list[LogEntry]:
    """Who changed its settings, newest first; the last 20."""
    return list(
        LogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(type(subject)),
            object_id=str(subject.pk),
        ).select_related("user")[:20]
    )


def save_rules(
    store: Store, values: dict[str, Any], *, version: int, user: AbstractBaseUser
) -> tuple[OperatingModel, int]:
    """Write the next version; returns it and how many orders are looked at again.

    ``version`` is the one that the person saw; raises StaleRulesError if a newer one
    is in force by now.
    """
    try:
        with transaction.atomic():
            newest = store.operating_models.aggregate(top=Max("version"))["top"] or 0
            if newest != version:
                raise StaleRulesError(f"version {newest} is in force")
            model = OperatingModel.objects.create(  # type: ignore[misc]
                store=store, version=newest + 1, created_by=user, **values
            )
            return model, announce([store.pk])
    except IntegrityError:
        raise StaleRulesError(f"version {version + 1} was saved just now") from None


def missing_for_live(store: Store) -> list[str]:
    """What a draft still lacks, one sentence each; empty when it may go live."""
    accounts: tuple[Account, Account] = (
        store.remote_account,
        store.shipstation_account,
    )
    missing = []
    for account in accounts:
        if not account.active:
            missing.append(f"{account.name} is paused: {account.pause_reason}")
        elif account.check_outcome != ConnectionOutcome.WORKS:
            missing.append(
                f"{account.name}: the connection has not been tested with success yet"
            )
    return missing


def lanes_of(store: Store) -> list[tuple[str, Direction]]:
    """(account key, direction) of the lanes that move a store's orders, in the order
    of an order's way."""
    remote, shipstation = store.remote_account.key, store.shipstation_account.key
    return [
        (remote, Direction.PULL),
        (shipstation, Direction.MIRROR),
        (shipstation, Direction.PUSH),
        (shipstation, Direction.DISPATCHES),
        (remote, Direction.CONFIRM),
    ]
