"""Attribute rules in forms: path or text, when, and what they give."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orders.models import RawBlock
from shipsync_site.lib import clock
from stores.models import AttributeRule, Store
from stores.rule_lists import stamp
from tests.orders.factories import make_order, make_store

pytestmark = pytest.mark.django_db
SERVICE = {
    "name": "Express",
    "target": "service",
    "path": "shipping_type_label",
    "when": "shipping_type_code == 'EXPRESS'",
}


@pytest.fixture
def store() -> Store:
    return make_store(slug="amazon-uk")


@pytest.fixture
def lead(client: Client, users: dict[str, User]) -> Client:
    client.force_login(users["lead"])
    return client


def add(client: Client, store: Store, **values: str) -> str:
    url = reverse("stores:attribute_rule_create", args=[store.slug])
    return client.post(url, SERVICE | values, follow=True).content.decode()


def test_a_rule_is_saved_logged_and_reads_as_one_sentence(
    lead: Client, store: Store
) -> None:
    page = add(lead, store)

    told = (
        "Express: What is at ‘shipping_type_label’ becomes the requested service, where "
        "‘shipping_type_code == &#x27;EXPRESS&#x27;’."
    )
    assert told in page
    assert LogEntry.objects.get().change_message.startswith(
        "Attribute rule 1 added: Express: What is at"
    )


@pytest.mark.parametrize(
    ("values", "field", "says"),
    [
        ({"name": ""}, "Name", "required"),
        ({"target": ""}, "Goes to", "required"),
        ({"path": "a[", "text": ""}, "Path in", "from character 3 on"),
        ({"when": "a ==="}, "Only where", "character 5"),
        ({"text": "Also"}, "Text instead", "There is a path too"),
        ({"path": ""}, "Path in", "What goes there?"),
        (
            {"target": "custom_field_1"},
            "Goes to",
            "Custom field 1 carries the tax number",
        ),
        (
            {"target": "warehouse", "path": "", "text": "Leeds"},
            "Text instead",
            "‘Leeds’ is no warehouse",
        ),
    ],
)
def test_what_can_not_be_is_refused_at_its_field(
    lead: Client, store: Store, values: dict[str, str], field: str, says: str
) -> None:
    page = add(lead, store, **values)

    top = page[page.index("Not saved.") :]
    line = next(part for part in top.split("<div>") if says in part)
    assert field in line
    assert not AttributeRule.objects.exists()


def test_a_gift_mark_needs_neither_path_nor_text(lead: Client, store: Store) -> None:
    page = add(lead, store, target="gift", path="", name="Gift", when="")

    assert "Gift: The order is marked as a gift." in page


def test_each_rule_is_tried_on_the_last_orders(lead: Client, store: Store) -> None:
    AttributeRule.objects.create(store=store, **SERVICE)
    bodies: list[dict[str, Any]] = [
        {"shipping_type_code": "EXPRESS", "shipping_type_label": "Next day"},
        {"shipping_type_code": "EXPRESS"},
        {"shipping_type_code": "STD", "shipping_type_label": "Standard"},
    ]
    for at, body in enumerate(bodies):
        RawBlock.objects.create(
            order=make_order(store=store),
            source="amazon",
            block="order",
            as_of=clock.now(),
            digest=str(at),
            body=body,
        )

    url = reverse("stores:attribute_rules", args=[store.slug])
    page = " ".join(lead.get(url).content.decode().split())

    assert "Tried on the last 3 orders" in page
    assert "1 with a value</strong>, 1 without, 1 not concerned" in page


def test_a_rule_that_somebody_else_changed_is_not_overwritten(
    lead: Client, store: Store
) -> None:
    row = AttributeRule.objects.create(store=store, **SERVICE)
    seen = stamp(row)
    row.name = "Theirs"
    row.save()

    url = reverse("stores:attribute_rule_edit", args=[store.slug, row.pk])
    page = lead.post(url, SERVICE | {"seen": seen, "name": "Mine"}).content.decode()

    assert "Somebody changed this rule while you had it open" in page
    row.refresh_from_db()
    assert row.name == "Theirs"


def listed(client: Client, store: Store) -> str:
    url = reverse("stores:attribute_rules", args=[store.slug])
    return client.get(url).content.decode()


def test_a_rule_for_the_markers_field_is_said_not_to_be_followed(
    lead: Client,
) -> None:
    store = make_store(model={"tax_route": "custom_field_2"})
    AttributeRule.objects.create(
        store=store, **SERVICE | {"target": "custom_field_2", "position": 1}
    )
    AttributeRule.objects.create(
        store=store, **SERVICE | {"target": "custom_field_3", "position": 2}
    )

    page = listed(lead, store)

    assert page.count("Not followed: Custom field 2 carries") == 1


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        ({"path": "", "text": "A", "when": ""}, {}, True),
        ({"path": "", "text": "A"}, {}, False),
        ({"when": ""}, {}, False),
        ({"path": "", "text": "A", "when": "", "active": False}, {}, False),
        ({"path": "", "text": "A", "when": ""}, {"target": "custom_field_2"}, False),
    ],
)
def test_a_rule_that_never_counts_says_so(
    lead: Client,
    store: Store,
    first: dict[str, Any],
    second: dict[str, Any],
    says: bool,
) -> None:
    for at, values in enumerate((first, second)):
        AttributeRule.objects.create(store=store, position=at, **SERVICE | values)

    assert ("Never counts: rule 1 above always gives" in listed(lead, store)) is says


def test_what_shipstation_could_not_hold_is_said_beside_the_rule(
    lead: Client, store: Store
) -> None:
    AttributeRule.objects.create(
        store=store, name="Long", target="custom_field_2", path="words"
    )
    RawBlock.objects.create(
        order=make_order(store=store),
        source="amazon",
        block="order",
        as_of=clock.now(),
        digest="1",
        body={"words": "x" * 120},
    )

    assert "gives 120 characters, ShipStation takes 100" in listed(lead, store)
