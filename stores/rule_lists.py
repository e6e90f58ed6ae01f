"""Lists of rules that are asked in an order: add, change, move, switch, delete.

Each act is one transaction: the store's row is locked, so that two people's acts come
one after the other, the change is logged with who and what, and the store's open orders
are looked at again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from stores.models import AttributeRule, Store, TaxRule
from stores.rules_changed import announce
from stores.setup import log_change

R = TypeVar("R", TaxRule, AttributeRule)


class RuleGoneError(Exception):
    """Somebody deleted the rule meanwhile."""


class RuleChangedError(Exception):
    """Somebody changed the rule since this form was opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleList(Generic[R]):
    """The rules of one kind; ``noun`` as people call one, ``told`` one in a sentence."""

    model: type[R]
    noun: str
    told: Callable[[R], str]

    def of(self, store: Store) -> list[R]:
        """The store's rules in their order; ``store`` is loaded on each."""
        rows = list(
            self.model._default_manager.filter(store=store).select_related("created_by")
        )
        for row in rows:
            row.store = store
        return rows

    def log(self, store: Store) -> list[LogEntry]:
        """Who changed these rules, newest first; the last 20."""
        return list(
            LogEntry.objects.filter(
                content_type=ContentType.objects.get_for_model(Store),
                object_id=str(store.pk),
                change_message__startswith=self.noun.capitalize(),
            ).select_related("user")[:20]
        )

    @transaction.atomic
    def add(self, rule: R, user: AbstractBaseUser) -> int:
        """Put a new rule last; returns how many orders are looked at again."""
        rows = self._locked(rule.store)
        rule.position = max((row.position for row in rows), default=0) + 1
        rule.created_by = user  # type: ignore[assignment]
        rule.save()
        return self._done(
            rule.store, f"{self._name(len(rows) + 1)} added: {self.told(rule)}", user
        )

    @transaction.atomic
    def change(self, rule: R, user: AbstractBaseUser, *, seen: str) -> int:
        """Save a changed rule; ``seen`` is :func:`stamp` of what the person saw.

        Raises RuleGoneError and RuleChangedError.
        """
        place, kept = self._find(rule.store, rule.pk)
        if stamp(kept) != seen:
            raise RuleChangedError(self.told(kept))
        before = self.told(kept)
        rule.position = kept.position
        rule.save()
        after = self.told(rule)
        return self._done(
            rule.store,
            f"{self._name(place)}: {before} → {after}"
            if before != after
            else f"{self._name(place)} changed: {after}",
            user,
        )

    @transaction.atomic
    def move(self, store: Store, pk: int, user: AbstractBaseUser, *, up: bool) -> int:
        """Ask a rule one place earlier or later; at the end of the list nothing happens.

        Raises RuleGoneError.
        """
        place, rule = self._find(store, pk)
        rows = self.of(store)
        at = place - 1
        to = at - 1 if up else at + 1
        if not 0 <= to < len(rows):
            return 0
        rows[at], rows[to] = rows[to], rows[at]
        for position, row in enumerate(rows, start=1):
            row.position = position
        self.model._default_manager.bulk_update(
            sorted(rows, key=lambda row: row.pk), ["position"]
        )
        way = "earlier" if up else "later"
        return self._done(
            store,
            f"{self._name(place)} is asked {way}, as {to + 1}: {self.told(rule)}",
            user,
        )

    @transaction.atomic
    def switch(self, store: Store, pk: int, user: AbstractBaseUser, *, on: bool) -> int:
        """Let a rule count, or not; nothing happens where it is so already.

        Raises RuleGoneError.
        """
        place, rule = self._find(store, pk)
        if rule.active == on:
            return 0
        rule.active = on
        rule.save(update_fields=["active", "updated_at"])
        word = "on" if on else "off"
        return self._done(
            store, f"{self._name(place)} switched {word}: {self.told(rule)}", user
        )

    @transaction.atomic
    def delete(self, store: Store, pk: int, user: AbstractBaseUser) -> int:
        """Take a rule away. Raises RuleGoneError."""
        place, rule = self._find(store, pk)
        told = self.told(rule)
        rule.delete()
        return self._done(store, f"{self._name(place)} deleted: {told}", user)

    def _locked(self, store: Store) -> list[R]:
        Store.objects.select_for_update().get(pk=store.pk)
        return self.of(store)

    def _find(self, store: Store, pk: int | None) -> tuple[int, R]:
        for place, row in enumerate(self._locked(store), start=1):
            if row.pk == pk:
                return place, row
        raise RuleGoneError(f"{self.noun} {pk} of {store} is gone")

    def _name(self, place: int) -> str:
        return f"{self.noun.capitalize()} {place}"

    def _done(self, store: Store, told: str, user: AbstractBaseUser) -> int:
        log_change(store, told, user)
        return announce([store.pk])


def stamp(rule: TaxRule | AttributeRule) -> str:
    """What tells one state of a rule from the next; '' for a new one."""
    return rule.updated_at.isoformat() if rule.pk else ""
