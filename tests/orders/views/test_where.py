"""The page that answers 'where is my order': found by any id, masked, one screen."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orders.models import Order, OrderEvent
from tests.orders import factories

pytestmark = pytest.mark.django_db
WHERE = reverse("orders:where")


def text(response: Any) -> str:
    found: str = response.content.decode()
    return found


@pytest.fixture
def cs(client: Client, users: dict[str, User]) -> Client:
    client.force_login(users["cs"])
    return client


def left() -> Order:
    order = factories.make_order(stage="confirmed")
    factories.make_record(order, status="shipped", raw_status="shipped")
    factories.make_dispatch(order, rung="accepted")
    return order


def ask(client: Client, typed: object) -> Any:
    return client.post(WHERE, {"q": str(typed)}, follow=True)


def test_an_order_is_found_by_any_of_its_ids(cs: Client) -> None:
    order = left()
    shipment = order.dispatches.get().shipment
    for typed in (
        order.number,
        f"  {order.number} ",
        shipment.tracking_number,
        shipment.tracking_number.lower(),
        order.records.get().ss_order_id,
        order.order_key,
    ):
        answer = ask(cs, typed)
        assert answer.redirect_chain[-1][0] == f"{WHERE}{order.pk}/", typed
        assert "It has left with" in text(answer)


def test_one_screen_says_what_where_next_and_gives_a_reply(cs: Client) -> None:
    order = left()
    factories.make_case(order, kind="overdue")
    page = text(cs.get(f"{WHERE}{order.pk}/"))

    tracking = order.dispatches.get().shipment.tracking_number
    assert f'data-copy="{tracking}"' in page
    assert "royalmail.com" in page
    assert "Label bought: Royal Mail" in page
    assert f'data-copy="Hello,\n\nYour order {order.number} is on its way' in page
    assert "Ship-by" in page or "overdue" in page.lower()


def test_the_buyer_is_masked_until_asked_for(cs: Client) -> None:
    order = left()
    masked = text(cs.get(f"{WHERE}{order.pk}/"))
    shown = cs.post(f"{WHERE}{order.pk}/reveal/")

    assert "Byron" not in masked
    assert "Hello Ada Byron," in text(shown)
    assert shown["Cache-Control"] == "no-store"
    assert OrderEvent.objects.get(verb="buyer_revealed").order == order


def test_a_buyer_is_found_by_name_and_stands_in_no_url(cs: Client) -> None:
    order = left()
    answer = ask(cs, "Ada Byron")

    assert answer.redirect_chain[-1][0] == f"{WHERE}{order.pk}/"
    assert not [url for url, _status in answer.redirect_chain if "Byron" in url]


def test_whoever_may_not_search_buyers_finds_none(
    client: Client, users: dict[str, User]
) -> None:
    left()
    client.force_login(users["ops"])
    page = text(ask(client, "Ada Byron"))

    assert "Nothing is found" in page
    assert "whole name" not in page


def test_a_hash_in_the_url_shows_nothing_to_them(
    client: Client, users: dict[str, User]
) -> None:
    hashed = left().buyer.name_hash
    client.force_login(users["ops"])
    assert client.get(WHERE, {"buyer": hashed}).status_code == 200


def test_several_orders_are_listed(cs: Client) -> None:
    numbers = [left().number, left().number]
    page = text(ask(cs, "ada.byron@marketplace.example"))

    assert all(number in page for number in numbers)
    assert "2 orders fit" in page


def test_a_parcel_of_two_orders_names_the_other_of_the_same_buyer(cs: Client) -> None:
    store = factories.make_store()
    mine, other, stranger = (factories.make_order(store=store) for _ in range(3))
    stranger.buyer.email_hash = "f" * 32
    stranger.buyer.save()
    shipment = factories.make_shipment(mine)
    for order in (mine, other, stranger):
        factories.make_dispatch(order, shipment=shipment, rung="accepted")
    page = text(cs.get(f"{WHERE}{mine.pk}/"))

    assert f"also holds {other.number}" in page
    assert stranger.number not in page


def test_nothing_typed_asks_for_something(cs: Client) -> None:
    assert "Type an order number" in text(ask(cs, " "))


def test_who_finds_it_in_the_navigation(client: Client, users: dict[str, User]) -> None:
    for role, there in (("cs", True), ("ops", True), ("lead", True), ("packer", False)):
        client.force_login(users[role])
        assert ("Find an order" in text(client.get("/"))) is there, role


def test_the_answer_costs_a_bounded_number_of_queries(
    cs: Client, django_assert_max_num_queries: Any
) -> None:
    order = left()
    with django_assert_max_num_queries(32):
        cs.get(f"{WHERE}{order.pk}/")
