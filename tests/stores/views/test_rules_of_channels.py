"""The rules' form shows what means something for the store, and keeps the rest."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from stores.connectors import CONNECTORS
from stores.connectors.base import Capability
from stores.models import Store
from stores.setup import current_rules
from tests.orders.factories import make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def accepts(monkeypatch: pytest.MonkeyPatch) -> None:
    amazon = CONNECTORS.get("amazon")
    monkeypatch.setattr(
        amazon, "capabilities", amazon.capabilities | {Capability.ACCEPT_ORDERS}
    )


@pytest.fixture
def admin(client: Client, users: dict[str, User]) -> Client:
    client.force_login(users["admin"])
    return client


def page(client: Client, store: Store) -> str:
    return client.get(reverse("stores:rules", args=[store.slug])).content.decode()


def save(client: Client, store: Store, group: str, **values: str) -> None:
    client.post(
        reverse("stores:rules", args=[store.slug]),
        values | {"group": group, "confirm": "1", "version": "1", "note": "as we work"},
    )


OTHER = {
    "unknown_sku": "push",
    "customs_check": "warn",
    "shadow_minimum": "10",
    "shadow_tolerance": "0",
}
CANCELLATIONS = {
    "cancel_request": "ask",
    "after_label": "ask",
    "answered_by": "console",
}


def test_who_accepts_is_asked_where_orders_wait_for_a_yes(
    accepts: None, admin: Client
) -> None:
    store = make_store()

    assert "Who accepts its orders?" in page(admin, store)
    save(admin, store, "other", **OTHER, acceptance="auto")

    assert current_rules(store).acceptance == "auto"
    detail = admin.get(reverse("stores:detail", args=[store.slug])).content.decode()
    assert "shipsync accepts each order at once" in detail


def test_where_no_order_waits_nobody_is_asked_and_the_rule_stays(
    admin: Client,
) -> None:
    store = make_store(model={"acceptance": "auto"})

    assert "Who accepts its orders?" not in page(admin, store)
    save(admin, store, "other", **(OTHER | {"unknown_sku": "hold"}), acceptance="ask")

    rules = current_rules(store)
    assert (rules.version, rules.acceptance) == (2, "auto")


def test_direct_modes_rules_are_those_of_direct_stores(admin: Client) -> None:
    direct, other = make_store(mode="direct"), make_store(name="Other")

    assert "ShipStation&#x27;s own connection?" in page(admin, direct)
    assert "ShipStation&#x27;s own connection?" not in page(admin, other)


def test_number_fields_tell_the_browser_the_limits_that_hold(admin: Client) -> None:
    shown = page(admin, make_store(mode="direct"))

    arrives = shown[shown.index('name="arrives_within_minutes"') :].split(">")[0]
    told = shown[shown.index('name="told_within_hours"') :].split(">")[0]
    assert {'min="10"', 'max="2880"'} <= set(arrives.split())
    assert {'min="1"', 'max="168"'} <= set(told.split())


def test_a_direct_store_has_no_release_window_and_keeps_the_one_it_had(
    admin: Client,
) -> None:
    store = make_store(mode="direct", model={"release_window_minutes": 45})

    shown = page(admin, store)
    save(admin, store, "cancellations", **CANCELLATIONS, release_window_minutes="0")

    assert "When may the warehouse start?" not in shown
    assert shown.count("Counts only for parcels that shipsync tells.") == 1
    rules = current_rules(store)
    assert (rules.version, rules.release_window_minutes) == (2, 45)


def test_a_direct_stores_page_names_the_rules_that_count(admin: Client) -> None:
    theirs = make_store(mode="direct")
    ours = make_store(mode="direct", model={"shipped_owner": "shipsync"})
    managed = make_store()
    labels = ("Dispatch is confirmed", "Combined parcels", "Release window")

    named = []
    for store in (theirs, ours, managed):
        text = admin.get(f"/stores/{store.slug}/").content.decode()
        named.append([f"<dt>{label}</dt>" in text for label in labels])

    assert named == [[False] * 3, [True, True, False], [True] * 3]
