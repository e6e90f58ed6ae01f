"""The four decisions: each made by a person who saved it, with a reason, and kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from stores import decisions
from stores.models import OperatingModel, Store
from stores.rules_changed import rules_changed
from stores.setup import current_rules
from tests.orders.factories import make_remote_account, make_store

pytestmark = pytest.mark.django_db
CANCELLATIONS = {
    "group": "cancellations",
    "release_window_minutes": "0",
    "cancel_request": "ask",
    "after_label": "ask",
    "answered_by": "console",
}
COMBINED = {"group": "combined", "combined": "ask"}
SHIPPED = {
    "group": "shipped",
    "confirm_timing": "at_label",
    "confirm_hours": "0",
    "confirm_margin_minutes": "60",
    "told_within_hours": "6",
    "notify_samples": "20",
}
TAX = {"group": "tax", "tax_route": "custom_field_1", "tax_tag_id": ""}


@pytest.fixture
def lead(client: Client, users: dict[str, User]) -> Client:
    client.force_login(users["lead"])
    return client


@pytest.fixture
def heard() -> Iterator[list[list[int]]]:
    calls: list[list[int]] = []

    def hear(store_ids: list[int], **_: Any) -> int:
        calls.append(store_ids)
        return 7

    rules_changed.connect(hear)
    yield calls
    rules_changed.disconnect(hear)


def post(client: Client, store: Store, data: dict[str, str], **more: str) -> str:
    url = reverse("stores:rules", args=[store.slug])
    sent = {"version": "1"} | data | more
    return client.post(url, sent, follow=True).content.decode()


def save(client: Client, store: Store, data: dict[str, str], **more: str) -> str:
    return post(client, store, data, **({"confirm": "1", "note": "as agreed"} | more))


@pytest.mark.parametrize("role", ["ops", "cs", "finance"])
def test_who_does_not_decide_reads_what_was_decided(
    client: Client, users: dict[str, User], role: str
) -> None:
    client.force_login(users[role])
    store = make_store()

    page = client.get(reverse("stores:rules", args=[store.slug])).content.decode()

    assert "A lead decides." in page
    assert "<fieldset disabled>" in page
    assert "Show what would change" not in page
    url = reverse("stores:rules", args=[store.slug])
    assert client.post(url, TAX | {"version": "1"}).status_code == 403


def test_no_number_is_put_on_what_shipstation_imports(lead: Client) -> None:
    store = make_store(mode="direct")

    page = lead.get(reverse("stores:rules", args=[store.slug])).content.decode()
    guide = lead.get(reverse("stores:tax_guide", args=[store.slug])).content.decode()

    assert 'name="tax_route"' not in page
    assert "shipsync writes no number onto them" in page
    assert "Know the marker" not in guide


def test_before_and_after_are_shown_and_nothing_is_saved(lead: Client) -> None:
    store = make_store()

    page = post(lead, store, CANCELLATIONS | {"after_label": "ship"})

    assert "<strong>Let it go: confirm it, and show the request" in page
    assert "Keep its confirmation back for customer service" in page
    assert current_rules(store).version == 1


def test_a_group_is_saved_with_its_reason_and_its_decision_is_made(
    lead: Client, users: dict[str, User], heard: list[list[int]]
) -> None:
    store = make_store()

    page = save(lead, store, CANCELLATIONS | {"after_label": "ship"})

    rules = current_rules(store)
    assert "7 open orders are looked at again" in page
    assert (rules.version, rules.after_label) == (2, "ship")
    assert (rules.decided, rules.note) == (["cancellations"], "as agreed")
    assert rules.created_by == users["lead"]
    assert heard == [[store.pk]]
    assert store.operating_models.get(version=1).after_label == "ask"


def test_without_a_reason_nothing_is_saved(lead: Client) -> None:
    store = make_store()

    page = save(lead, store, CANCELLATIONS | {"after_label": "ship"}, note="")

    assert "This field is required" in page
    assert current_rules(store).version == 1


def test_a_decision_may_be_to_leave_it_as_it_is(lead: Client) -> None:
    store = make_store()

    save(lead, store, COMBINED)
    assert current_rules(store).decided == ["combined"]
    page = save(lead, store, COMBINED, version="2")

    assert "Nothing differs from version 2" in page
    assert current_rules(store).version == 2


def test_each_group_saved_makes_its_own_decision_alone(lead: Client) -> None:
    store = make_store()

    for number, data in enumerate((SHIPPED, TAX, COMBINED, CANCELLATIONS), start=1):
        save(lead, store, data, version=str(number))

    rules = current_rules(store)
    assert rules.decided == ["cancellations", "tax", "shipped", "combined"]
    assert list(decisions.undecided(rules)) == []


def test_other_rules_are_no_decision(lead: Client) -> None:
    store = make_store()
    other = {
        "group": "other",
        "unknown_sku": "hold",
        "customs_check": "hold",
        "shadow_minimum": "25",
        "shadow_tolerance": "1",
    }

    save(lead, store, other)

    rules = current_rules(store)
    assert (rules.unknown_sku, rules.customs_check) == ("hold", "hold")
    assert (rules.shadow_minimum, rules.shadow_tolerance) == (25, 1)
    assert rules.decided == []


def test_a_second_persons_version_is_not_lost(
    lead: Client, heard: list[list[int]]
) -> None:
    store = make_store()
    save(lead, store, CANCELLATIONS | {"release_window_minutes": "30"})

    page = save(lead, store, COMBINED | {"combined": "forbid"})

    assert "version 2 is in force, while you looked at version 1" in page
    assert current_rules(store).version == 2
    assert len(heard) == 1


@pytest.mark.parametrize(
    ("marketplace", "offered"),
    [
        ("amazon", {"forbid", "ask"}),
        ("ebay", {"forbid", "ask", "confirm_each"}),
        ("mirakl", {"forbid", "ask", "confirm_each"}),
        ("tiktok", {"forbid", "ask", "confirm_each"}),
    ],
)
def test_only_what_the_marketplace_allows_is_offered_and_taken(
    marketplace: str, offered: set[str], lead: Client
) -> None:
    account = make_remote_account(marketplace=marketplace)
    store = make_store(remote_account=account)
    page = lead.get(reverse("stores:rules", args=[store.slug])).content.decode()

    shown = {
        x
        for x in ("forbid", "ask", "confirm_each")
        if f'name="combined" value="{x}"' in page
    }
    save(lead, store, COMBINED | {"combined": "confirm_each"})

    assert shown == offered
    assert decisions.combined_rule(store).sentence.split("'")[0] in page
    told = current_rules(store).combined == "confirm_each"
    assert told == ("confirm_each" in offered)


def test_what_is_set_already_stays_on_offer(lead: Client) -> None:
    store = make_store(model={"combined": "confirm_each"})

    save(lead, store, COMBINED | {"combined": "confirm_each"})

    assert current_rules(store).decided == ["combined"]


def test_hours_are_asked_for_where_they_count(lead: Client) -> None:
    page = post(lead, make_store(), SHIPPED | {"confirm_timing": "hours_after"})

    assert "How many hours after the label? At least 1." in page


def test_a_tag_is_one_of_the_account_and_not_the_stop_tag(lead: Client) -> None:
    store = make_store()
    account = store.shipstation_account
    account.known_tags = [
        {"id": account.stop_tag_id, "name": "shipsync: stop"},
        {"id": 8, "name": "IOSS"},
    ]
    account.save()
    tag = TAX | {"tax_route": "tag"}

    assert "Which tag?" in post(lead, store, tag)
    assert "Select a valid choice" in post(
        lead, store, tag, tax_tag_id=str(account.stop_tag_id)
    )
    save(lead, store, tag, tax_tag_id="8")

    rules = current_rules(store)
    assert (rules.tax_route, rules.tax_tag_id) == ("tag", 8)


def test_two_versions_are_compared_and_every_one_is_named(
    lead: Client, users: dict[str, User]
) -> None:
    store = make_store()
    save(lead, store, CANCELLATIONS | {"after_label": "ship"})
    save(lead, store, CANCELLATIONS | {"cancel_request": "cancel"}, version="2")
    url = reverse("stores:rules_history", args=[store.slug])

    page = lead.get(url, {"a": "1", "b": "3"}).content.decode()

    assert "Version 1 → 3" in page
    assert "<strong>Hold, then cancel in ShipStation</strong>" in page
    assert page.count("as agreed") == 2
    assert "The store's first rules" in page
    assert "What happens to its confirmation" not in page.split("Every version")[0]


def test_every_rule_stands_in_one_group_with_a_label() -> None:
    grouped = [name for group in decisions.GROUPS for name in group.fields]
    columns = {
        field.name
        for field in OperatingModel._meta.get_fields()
        if field.name
        not in ("id", "store", "version", "decided", "note", "created_at", "created_by")
    }

    assert sorted(grouped) == sorted(decisions.LABELS) == sorted(columns)
