"""The order page of a store that ShipStation's own connection runs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from orders.models import Order, ShipStationOrder
from shipsync_site.lib import clock
from stores.models import Cursor, Store
from tests.orders import factories

pytestmark = pytest.mark.django_db


def direct_store(**fields: Any) -> Store:
    store = factories.make_store(mode="direct", **fields)
    account = store.shipstation_account
    account.known_stores = [
        {
            "id": store.shipstation_store_id,
            "name": "Amazon UK (own connection)",
            "active": True,
            "refreshed_at": (clock.now() - timedelta(minutes=12)).isoformat(),
        }
    ]
    account.save()
    Cursor.objects.create(
        account=account.key, stream="orders_trailing", watermark=clock.now()
    )
    return store


def imported(order: Order, **fields: Any) -> ShipStationOrder:
    """The record that ShipStation's connection made of this order, found by us."""
    values: dict[str, Any] = {
        "order_key": f"{order.store.shipstation_store_id}-{order.number}",
        "adopted": True,
        "ordered_at": order.ordered_at,
        "postcode_hash": order.buyer.postcode_hash,
        "written_digest": "",
        "written_status": "",
        "written_at": None,
    }
    record = factories.make_record(order, **(values | fields))
    record.lines = [
        line | {"line_key": row.remote_id}
        for line, row in zip(record.lines, order.lines.all(), strict=True)
    ]
    record.save()
    return record


def page(client: Client, users: dict[str, User], order: Order) -> str:
    client.force_login(users["ops"])
    return client.get(f"/orders/{order.pk}/").content.decode()


def test_what_is_known_of_the_connection_stands_on_the_page(
    client: Client, users: dict[str, User]
) -> None:
    order = factories.make_order(store=direct_store(), ioss_number="IM3720000224")
    record = imported(order)
    factories.make_shipment(order, notified=True, tracking_number="JD99")

    text = page(client, users, order)

    assert "ShipStation's own connection" in text
    assert "Amazon UK (own connection)" in text
    assert str(record.ss_order_id) in text
    assert "agrees in number, line ids, goods, moment of the order, postcode" in text
    assert "ShipStation says it told" in text
    assert "Not seen in ShipStation" in text


def test_an_order_that_has_not_come_yet_says_when_it_is_expected(
    client: Client, users: dict[str, User]
) -> None:
    order = factories.make_order(store=direct_store())

    assert "Not yet; expected by" in page(client, users, order)
    long_ago = clock.now() - timedelta(days=3)
    Order.objects.update(ordered_at=long_ago, imported_at=long_ago)
    order.refresh_from_db()

    text = page(client, users, order)

    assert "was expected by" in text
    assert "Not yet; expected by" not in text


def test_what_differs_is_named(client: Client, users: dict[str, User]) -> None:
    order = factories.make_order(store=direct_store())
    imported(order, postcode_hash="another")

    text = page(client, users, order)

    assert "Differs" in text
    assert "in postcode" in text


def test_stores_that_shipsync_runs_have_no_such_panel(
    client: Client, users: dict[str, User]
) -> None:
    order = factories.make_order()
    factories.make_record(order)

    assert 'id="connection"' not in page(client, users, order)
