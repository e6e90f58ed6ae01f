"""The shadow page: its sentence, its fields, who may explain, what is masked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from orders import shadow
from orders.models import Order, OrderEvent, ShadowComparison, ShadowExplanation
from orders.shadow_diff import differences
from shipsync_site.lib import clock
from stores.models import Store, StoreState
from tests.orders.factories import make_order, make_record, make_store, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return make_store(
        slug="amazon-uk",
        state=StoreState.SHADOW,
        shadow_from=clock.now() - timedelta(hours=5),
    )


def compared(store: Store, **body: Any) -> Order:
    """An order of both routes; ``body``: what ShipStation's record says instead."""
    order = make_order(store=store)
    record = make_record(order, adopted=True)
    record.body = {**record.body, **body}
    record.save()
    shadow.compare([order.pk], clock.now())
    return order


def lead(*, explains: bool = True, reveals: bool = False) -> Client:
    permissions = ["stores.view_store", "orders.view_order"]
    permissions += ["stores.decide_rules"] if explains else []
    permissions += ["orders.reveal_buyer"] if reveals else []
    client = Client()
    client.force_login(make_user(permissions=tuple(permissions)))
    return client


def page(client: Client, query: str = "") -> str:
    return client.get(
        reverse("orders:shadow", args=["amazon-uk"]) + query
    ).content.decode()


def test_one_sentence_says_how_it_stands(store: Store) -> None:
    order = compared(store, customerEmail="other@example.test")
    fields = ShadowComparison.objects.get(order=order).fields

    text = page(lead())

    assert "Of 1 order compared 0 are the same; 1 differs in" in text
    assert f"{len(fields)} of them unexplained" in text
    assert "customerEmail" in fields


def test_an_explained_field_counts_no_more(store: Store) -> None:
    order = compared(store, giftMessage="Hello")
    client = lead()
    url = reverse("orders:shadow_explain", args=["amazon-uk"])
    for field in ShadowComparison.objects.get(order=order).fields:
        client.post(url, {"field": field, "reason": "the old route leaves it out"})

    assert "0 of them unexplained" in page(client)
    assert shadow.summary(store).unexplained == 0
    client.post(url, {"field": "giftMessage", "act": "take_back"})
    assert shadow.summary(store).unexplained == 1


def test_a_reason_must_be_given(store: Store) -> None:
    compared(store, giftMessage="Hello")
    client = lead()

    answer = client.post(
        reverse("orders:shadow_explain", args=["amazon-uk"]),
        {"field": "giftMessage", "reason": " "},
    )

    assert answer.status_code == 422
    assert "The reason is empty" in answer.content.decode()
    assert not ShadowExplanation.objects.exists()


def test_filters_live_in_the_url(store: Store) -> None:
    other = compared(store, giftMessage="Hello")
    same = make_order(store=store)
    ShadowComparison.objects.create(
        order=same, store=store, outcome="same", compared_at=clock.now()
    )
    client = lead(explains=False)

    assert same.number in page(client)
    listed = page(client, "?field=giftMessage&unexplained=on").split('id="orders"')[1]
    assert other.number in listed
    assert same.number not in listed
    assert "Explain<" not in page(client)


def test_a_buyer_is_masked_until_somebody_asks(store: Store) -> None:
    order = compared(store, customerEmail="grace@example.test")
    client = lead(reveals=True)

    text = client.get(reverse("orders:shadow_order", args=[order.pk])).content.decode()
    assert "grace@example.test" not in text
    assert "grace@example.test" not in page(client)
    shown = client.post(reverse("orders:shadow_reveal", args=[order.pk]))
    assert "grace@example.test" in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    assert OrderEvent.objects.filter(order=order, verb="buyer_revealed").exists()


def test_the_file_names_fields_and_no_values(store: Store) -> None:
    compared(store, customerEmail="grace@example.test")

    answer = lead().get(reverse("orders:shadow_csv", args=["amazon-uk"]))
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]

    assert "customerEmail" in text
    assert "grace" not in text


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (
            {"orderDate": "2026-11-20T01:00:00.0000000"},
            {"orderDate": "2026-11-20T01:00:30"},
        ),
        ({"amountPaid": 24.5}, {"amountPaid": "24.50"}),
        ({"taxAmount": None}, {"taxAmount": 0.0}),
        ({"shipTo": {"country": "GB"}}, {"shipTo": {"country": "gb "}}),
        ({"shipTo": {"postalCode": "SW1Y 4JU"}}, {"shipTo": {"postalCode": "sw1y4ju"}}),
        ({"shipTo": {"phone": "+44 20 7946"}}, {"shipTo": {"phone": "44207946"}}),
        ({"customerNotes": "a  b\n"}, {"customerNotes": "a b"}),
        ({"orderNumber": "1001"}, {"orderNumber": "#1001"}),
        ({"gift": False}, {}),
        ({"orderKey": "a"}, {"orderKey": "b", "weight": {"value": 3}, "tagIds": [1]}),
        (
            {"items": [{"sku": "A", "quantity": 1, "lineItemKey": "x"}]},
            {"items": [{"sku": "a", "quantity": 1, "adjustment": False}]},
        ),
    ],
)
def test_what_means_the_same_is_the_same(ours: Any, theirs: Any) -> None:
    found = differences(ours, theirs)

    assert set(found) <= {"items"} if "items" in ours else found == {}


@pytest.mark.parametrize(
    ("ours", "theirs", "fields"),
    [
        (
            {"orderDate": "2026-11-20T01:00:00"},
            {"orderDate": "2026-11-20T09:00:00"},
            "orderDate",
        ),
        ({"amountPaid": 24.5}, {"amountPaid": 24.51}, "amountPaid"),
        ({"shipTo": {"city": "York"}}, {"shipTo": {"city": "Bath"}}, "shipTo.city"),
        (
            {},
            {"advancedOptions": {"customField1": "X"}},
            "advancedOptions.customField1",
        ),
        ({"items": [{"sku": "A", "quantity": 1}]}, {"items": []}, "items"),
        (
            {"items": [{"sku": "A", "quantity": 1, "unitPrice": 2}]},
            {"items": [{"sku": "A", "quantity": 1, "unitPrice": 3}]},
            "items.unitPrice",
        ),
    ],
)
def test_what_differs_is_named(ours: Any, theirs: Any, fields: str) -> None:
    assert set(differences(ours, theirs)) == {fields}


def test_it_is_compared_again_when_a_side_is_another(store: Store) -> None:
    order = compared(store, giftMessage="Hello")
    stores = [store.pk]
    assert not shadow.due(stores).exists()

    order.records.update(modify_date="2026-11-22T09:00:00.0000000")
    assert shadow.due(stores).get() == order
    shadow.compare([order.pk], clock.now())
    assert not shadow.due(stores).exists()
    Order.objects.filter(pk=order.pk).update(payload_digest="another")
    assert shadow.due(stores).get() == order
