"""Rows for the queue's benchmark: orders by the million, cases as writers count them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db import connection, models, transaction

from orders.case_groups import Moves, describe
from orders.exception_kinds import KINDS
from orders.models import Order, OrderException, Stage
from orders.work_by import Clocks
from shipsync_site.lib import clock
from stores.models import (
    OperatingModel,
    RemoteAccount,
    ShipStationAccount,
    Store,
    StoreState,
)

STORES = 8
CHUNK = 1_000
# Orders that are made one by one; the others are copies of them in the database.
SEED_ORDERS = 5_000
# Half of the open orders are of one store, where most wait for one reason; all others
# wait for some of three hundred.
HOT, CAUSES = 0.95, 300


def make_stores() -> list[Store]:
    """Stores of one seller and one warehouse."""
    warehouse = ShipStationAccount.objects.create(
        name="Warehouse", environment="sandbox", key_fingerprint="bench", secrets={}
    )
    seller = RemoteAccount.objects.create(
        name="Amazon EU",
        environment="sandbox",
        marketplace="amazon",
        seller_id="BENCH",
        region="eu",
        secrets={},
    )
    stores = [
        Store.objects.create(
            slug=f"store-{number}",
            name=f"Store {number}",
            remote_account=seller,
            shipstation_account=warehouse,
            remote_marketplace=f"M{number}",
            shipstation_store_id=number + 1,
            state=StoreState.LIVE,
        )
        for number in range(STORES)
    ]
    for store in stores:
        OperatingModel.objects.create(store=store, version=1)
    return stores


def make_orders(stores: list[Store], wanted: int, seed: int) -> None:
    """Bring the table to ``wanted`` orders, of which a tenth are open."""
    have = Order.objects.count()
    if have == 0:
        first = min(wanted, SEED_ORDERS)
        for start in range(0, first, CHUNK):
            numbers = range(start, min(start + CHUNK, first))
            Order.objects.bulk_create(
                _order(stores, number, seed) for number in numbers
            )
        have = first
    while have < wanted:
        copies = min(have, wanted - have)
        _copy(Order, copies, f"-{have}")
        have += copies


def _order(stores: list[Store], number: int, seed: int) -> Order:
    draw = random.Random(seed * 1_000_003 + number)  # noqa: S311 - play, no secret
    now = clock.now()
    remote_id = f"{number:07d}"
    still_open = number % 10 == 0
    due = timedelta(minutes=draw.randrange(-120, 4 * 1440))
    return Order(
        store=stores[0 if number // 10 % 2 == 0 else number // 20 % len(stores)],
        remote_id=remote_id,
        number=remote_id,
        order_key=f"bench-{remote_id}",
        status="open" if still_open else "shipped",
        raw_status="UNSHIPPED",
        ordered_at=now - timedelta(hours=30),
        remote_updated_at=now - timedelta(hours=2),
        ship_by=now + due if still_open else now - timedelta(days=3),
        currency=draw.choice(("GBP", "EUR")),
        total=Decimal(draw.randrange(500, 20_000)) / 100,
        country="GB",
        imported_at=now - timedelta(hours=29),
        seen_at=now,
        stage=Stage.TO_PUSH if still_open else Stage.DONE,
        closed_at=None if still_open else now - timedelta(days=2),
    )


def _copy(model: type[models.Model], count: int, mark: str) -> None:
    """Double rows in the database, under numbers of their own."""
    quote = connection.ops.quote_name
    named = {"remote_id", "number", "order_key"}
    columns = [str(f.column) for f in model._meta.concrete_fields if not f.primary_key]
    chosen = [
        f"{quote(name)} || %s" if name in named else quote(name) for name in columns
    ]
    listed = ", ".join(quote(name) for name in columns)
    table = quote(model._meta.db_table)
    marks = [mark] * sum(name in named for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({listed}) "  # noqa: S608 - names of our own model
            f"SELECT {', '.join(chosen)} FROM {table} ORDER BY id LIMIT %s",
            [*marks, count],
        )


def make_cases(wanted: int, seed: int, by: list[Any]) -> None:
    """Open cases until there are ``wanted``, counted by their groups as they are made."""
    have = OrderException.objects.count()
    draw = random.Random(seed + have)  # noqa: S311 - play, no secret
    orders = (
        Order.objects.filter(stage=Stage.TO_PUSH, cases=None)
        .select_related("store")
        .order_by("pk")[: wanted - have]
        .iterator(chunk_size=CHUNK)
    )
    clocks, now = Clocks(), clock.now()
    while part := list(islice(orders, CHUNK)):
        rows = list(_cases(part, draw, clocks, now, by))
        with transaction.atomic():
            moves = Moves()
            moves.after(rows)
            OrderException.objects.bulk_create(rows)
            moves.save()


def _cases(
    orders: list[Order],
    draw: random.Random,
    clocks: Clocks,
    now: datetime,
    by: list[Any],
) -> Iterator[OrderException]:
    kinds = [kind for kind in KINDS if kind.team == "ops"]
    hot = Store.objects.order_by("pk").values_list("pk", flat=True)[0]
    for order in orders:
        number = 0
        if order.store_id != hot or draw.random() >= HOT:
            number = 1 + int(CAUSES * draw.random() ** 3)
        kind = (
            KINDS.get("carrier_unmapped") if not number else kinds[number % len(kinds)]
        )
        case = OrderException(
            scope=f"order:{order.pk}",
            kind=kind.code,
            cause=f"cause-{number}",
            order=order,
            store=order.store,
            team="ops",
            summary=f"{kind.label}: reason {number}",
            context={"carrier": f"carrier {number}", "sku": f"SKU {number}"},
            deadline=order.ship_by,
            opened_at=now - timedelta(minutes=draw.randrange(1, 3 * 1440)),
            last_seen_at=now,
            assignee=draw.choice(by) if draw.random() < 0.02 else None,
        )
        describe(case, clocks)
        yield case
