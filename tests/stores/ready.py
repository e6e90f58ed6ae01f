"""A store that lacks nothing before it goes live, and the steps to that."""

from __future__ import annotations

from django.contrib.auth.models import User

from stores import statements
from stores.models import DECISIONS, Store
from stores.setup import current_rules

SAID = {
    "notify_setting": "never",
    "buyer_emails": "off",
    "stop_tag_known": "known",
    "checklist": "signed",
    "automation_rule": "set_up",
    "tax_sample": "shows",
}


def connected(store: Store) -> None:
    """Both connections work."""
    for account in (store.remote_account, store.shipstation_account):
        account.check_outcome = "works"
        account.save()


def decided(store: Store, *codes: str) -> None:
    """These decisions are made (default: all), with no other route to compare with."""
    rules = current_rules(store)
    rules.decided, rules.shadow_minimum = list(codes or DECISIONS), 0
    rules.save()


def said(store: Store, user: User, **words: str) -> None:
    """What is asked was answered well, but for these words."""
    for subject, value in (SAID | words).items():
        statements.record(store, subject, value, "", user)


def make_ready(store: Store, user: User) -> None:
    """All of it."""
    connected(store)
    decided(store)
    said(store, user)
