"""What leads see of buyer data: how long it is kept, what was deleted, who looked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from orders import purge
from orders.models import OrderBuyer, OrderEvent, Stage
from shipsync_site.lib import clock
from tests.orders.factories import RECIPIENT, make_event, make_order
from tests.orders.test_purge import full_order

pytestmark = pytest.mark.django_db


def test_the_page_says_how_long_and_what_is_next(
    client: Client, users: dict[str, User]
) -> None:
    full_order(Stage.DONE)
    full_order(Stage.HELD)
    later = make_order()
    OrderBuyer.objects.filter(order=later).update(
        purge_at=clock.now() + timedelta(days=9)
    )
    client.force_login(users["lead"])
    page = client.get("/buyer-data/").content.decode()
    assert "30 days after delivery is due" in page
    assert "No run yet" in page

    purge.run()
    page = client.get("/buyer-data/").content.decode()
    assert "5 rows" in page
    assert "1 past their date wait" in page
    assert "Corrected addresses in decisions 1" in page


def test_each_look_at_a_buyer_is_listed_with_its_reason(
    client: Client, users: dict[str, User]
) -> None:
    order = make_order()
    client.force_login(users["cs"])
    shown = client.post(f"/orders/{order.pk}/reveal/", {"reason": "Parcel came back"})
    assert RECIPIENT["line1"].encode() in shown.content.replace(b"&#x27;", b"'")
    client.force_login(users["lead"])
    page = client.get("/buyer-data/looks/").content.decode()
    assert "Parcel came back" in page
    assert order.number in page
    assert (
        client.get("/buyer-data/looks/?by=cs").content.count(b"Parcel came back") == 1
    )
    assert b"Nobody looked" in client.get("/buyer-data/looks/?by=ops").content


@pytest.mark.parametrize(
    "path",
    [
        "/orders/",
        "/orders/{pk}/",
        "/orders/export.csv",
        "/buyer-data/looks/",
        "/cases/",
    ],
)
def test_no_page_shows_a_buyer_unasked(
    client: Client, users: dict[str, User], path: str
) -> None:
    order = make_order()
    make_event(order, "The buyer ordered")
    client.force_login(users["lead"])
    answer = client.get(path.format(pk=order.pk))
    body = b"".join(answer).decode()
    for secret in ("Byron", "St James", "ada.byron", "7946", "4JH"):
        assert secret not in body, secret
    assert not OrderEvent.objects.filter(verb="buyer_revealed").exists()


def test_the_admin_shows_no_buyer(client: Client, users: dict[str, User]) -> None:
    order = make_order()
    client.force_login(users["superuser"])
    for path in (
        f"/admin/orders/order/{order.pk}/change/",
        "/admin/orders/order/",
        "/admin/orders/order/?q=Byron",
    ):
        page = client.get(path).content.decode()
        for secret in ("Ada Byron", "St James", "ada.byron", "7946"):
            assert secret not in page, path
    # The table of buyers is not in the admin at all.
    assert client.get("/admin/orders/orderbuyer/").status_code == 404
