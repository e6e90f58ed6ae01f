"""The seller whose settlements come in: an account with some orders."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from decimal import Decimal

from orders.models import Order, OrderLine
from shipsync_site.soak.settlements.paper import Sold
from stores.models import RemoteAccount, ShipStationAccount, Store

PLACED = datetime(2026, 11, 1, 9, tzinfo=UTC)


def open_shop(chance: random.Random) -> tuple[RemoteAccount, list[Sold]]:
    """An account, and lines of orders; the first orders are in our tables."""
    account = RemoteAccount.objects.create(
        name="Amazon EU", marketplace="amazon", seller_id="SOAK", region="eu"
    )
    shop = Store.objects.create(
        slug="amazon-de",
        name="Amazon DE",
        remote_account=account,
        remote_marketplace="A1PA6795UKMFR9",
        shipstation_account=ShipStationAccount.objects.create(
            name="ShipStation", key_fingerprint="soak"
        ),
        shipstation_store_id=1,
    )
    sold = [_line(chance, number) for number in range(chance.randint(2, 6))]
    for line in sold[: chance.randint(0, len(sold))]:
        _order(shop, line)
    return account, sold


def _line(chance: random.Random, number: int) -> Sold:
    return Sold(
        order=f"114-{chance.randrange(10**7):07d}-{number:07d}",
        item=f"0{chance.randrange(10**13):013d}",
        sku=f"MUG-{number}",
        price=Decimal(chance.randint(100, 200_000)) / 100,
        units=chance.randint(1, 3),
    )


def _order(shop: Store, line: Sold) -> None:
    order = Order.objects.create(
        store=shop,
        remote_id=line.order,
        number=line.order,
        order_key=line.order,
        status="shipped",
        raw_status="SHIPPED",
        ordered_at=PLACED,
        remote_updated_at=PLACED,
        imported_at=PLACED,
        seen_at=PLACED,
    )
    OrderLine.objects.create(
        order=order,
        remote_id=line.item,
        line_key=line.item,
        sku=line.sku,
        title="Mug",
        quantity=line.units,
        unit_price=line.price,
    )
