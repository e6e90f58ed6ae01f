"""The picker: a real order as links, what a path gives, and no word of the buyer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orders.models import Order, RawBlock
from shipsync_site.lib import clock
from stores.models import Store
from tests.orders.factories import make_order, make_store

pytestmark = pytest.mark.django_db
PAYLOADS = Path(__file__).parents[2] / "payloads"
IOSS = "orderItems[].fulfillment.shipping.internationalShipping.iossNumber | [0]"
HTMX = {"HX-Request": "true"}


def payload() -> Any:
    return json.loads((PAYLOADS / "amazon" / "order__full.json").read_text())


def kept(store: Store, body: Any, **fields: Any) -> Order:
    order = make_order(store=store, **fields)
    RawBlock.objects.create(
        order=order,
        source="amazon",
        block="order",
        as_of=clock.now(),
        digest=str(order.pk),
        body=body,
    )
    return order


@pytest.fixture
def store() -> Store:
    return make_store(slug="amazon-uk")


@pytest.fixture
def lead(client: Client, users: dict[str, User]) -> Client:
    client.force_login(users["lead"])
    return client


def page(client: Client, store: Store, name: str = "picker", **query: str) -> str:
    url = reverse(f"orders:{name}", args=[store.slug])
    return client.get(f"{url}?{urlencode(query)}").content.decode()


@pytest.mark.parametrize(
    ("form", "shown"), [("tax_rule", "DE"), ("attribute_rule", "GB")]
)
def test_a_tax_rule_is_picked_from_an_order_that_leaves_the_country(
    lead: Client, store: Store, form: str, shown: str
) -> None:
    numbers = {
        country: kept(store, payload(), country=country).number
        for country in ("FR", "DE", "GB")
    }

    text = page(lead, store, **{"for": form})

    assert f"Order {numbers[shown]}" in text


def test_the_newest_order_is_a_tree_of_links_without_its_buyer(
    lead: Client, store: Store
) -> None:
    kept(store, payload())

    text = page(lead, store)

    assert "IM4420001201" in text
    assert urlencode({"path": IOSS}) in text
    for word in ("Rowan", "Ashby", "Tallow", "LS1 4ZZ", "k3x9", "496 0000"):
        assert word not in text


def test_a_path_says_what_it_gives_here_and_in_how_many_of_the_last(
    lead: Client, store: Store
) -> None:
    for number in ("IM2760000001", "IM2760000001", ""):
        body = payload()
        shipping = body["orderItems"][0]["fulfillment"]["shipping"]
        shipping["internationalShipping"]["iossNumber"] = number
        kept(store, body)
    kept(store, payload())
    make_order(store=store)
    kept(make_store(name="Other"), payload())

    text = page(lead, store, path=IOSS)

    assert "IM4420001201</strong>" in text
    assert '<strong class="ink">3</strong> of the last 4 orders' in text
    assert 'Elsewhere: <span class="mono">IM2760000001</span>' in text
    assert "The same value, by other ways" in text
    assert "orderItems[0].fulfillment.shipping.internationalShipping.iossNumber" in text


def test_a_path_into_the_buyer_gives_dots(lead: Client, store: Store) -> None:
    kept(store, payload())

    for path in (
        "recipient.deliveryAddress.name",
        "join('-', values(recipient.deliveryAddress))",
        "to_string(@)",
        "recipient.deliveryAddress.name == 'Rowan Ashby' && 'right' || 'wrong'",
    ):
        text = page(lead, store, "try_path", path=path)
        assert "Rowan" not in text.replace(path, "")
        assert "Ashby" not in text.replace(path, "")
        assert "right" not in text.replace(path, "")


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("orderItems[", "can&#x27;t be read from character 12 on"),
        ("nothing.here", "Gives nothing here"),
        ("fulfillment", "Gives a part with several values"),
        ("programs", "(the first of a list)"),
        ("salesChannel.channelName == 'AMAZON'", "Holds here"),
        ("salesChannel.channelName == 'X'", "Does not hold here"),
        ("length(@", "character 9"),
    ],
)
def test_what_is_typed_is_answered_in_a_sentence(
    lead: Client, store: Store, path: str, says: str
) -> None:
    kept(store, payload())

    assert says in page(lead, store, "try_path", path=path)


def test_a_pick_puts_the_path_into_its_field(lead: Client, store: Store) -> None:
    kept(store, payload())

    text = page(lead, store, "try_path", picked=IOSS, field="path")

    assert 'id="id_path"' in text
    assert 'hx-swap-oob="true"' in text
    assert "internationalShipping.iossNumber | [0]</textarea>" in text


def test_for_a_condition_a_value_becomes_one_but_not_the_buyers(
    lead: Client, store: Store
) -> None:
    kept(store, payload())

    text = page(lead, store, **{"for": "attribute_rule", "field": "when"})

    assert urlencode({"path": "salesChannel.channelName == 'AMAZON'"}) in text
    assert urlencode({"path": "recipient.deliveryAddress.name"}) in text


def test_another_order_is_shown_by_its_number(lead: Client, store: Store) -> None:
    old = kept(store, payload() | {"orderId": "old"}, number="203-OLD")
    kept(store, payload())

    assert ">old<" in page(lead, store, order=old.number)
    assert "has no order 203-NONE" in page(lead, store, order="203-NONE")


def test_an_answer_that_is_deleted_and_a_store_without_orders_say_so(
    lead: Client, store: Store
) -> None:
    assert "has no order yet" in page(lead, store)
    order = kept(store, {}, number="203-GONE")

    assert "are not kept any more" in page(lead, store)
    assert "is not kept any more" in page(lead, store, order=order.number)
    assert "nothing can be tried" in page(lead, store, path="a.b")


def test_with_htmx_it_is_a_part_of_the_form(lead: Client, store: Store) -> None:
    kept(store, payload())
    url = reverse("orders:picker", args=[store.slug])

    text = lead.get(url, headers=HTMX).content.decode()

    assert '<div id="picker-path"' in text
    assert "<html" not in text
    assert "hx-get" in text


def test_a_strange_address_falls_back_to_the_plainest(
    lead: Client, store: Store
) -> None:
    kept(store, payload())

    text = page(
        lead,
        store,
        **{
            "for": "<script>",
            "field": "scheme",
            "rule": "x",
            "draft": "//evil.example",
        },
    )

    assert "<script>" not in text.replace("<script src", "")
    assert f"/stores/{store.slug}/tax/new/?" in text
    assert 'href="//evil' not in text


def test_only_what_is_looked_for_is_shown_and_stays_open(
    lead: Client, store: Store
) -> None:
    kept(store, payload())

    text = page(lead, store, find="IOSS")

    assert "IM4420001201" in text
    assert "reportingScheme" in text
    assert "sellerSku" not in text
    assert text.count("<li><details") == text.count("<li><details open") > 0
    # A branch that is called so is shown whole.
    assert "channelName" in page(lead, store, find="salesCh")
    assert "Nothing in this order has ‘nowhere’" in page(lead, store, find="nowhere")
    # What is masked can't be found either.
    assert "buyerName" not in page(lead, store, find="rowan")
