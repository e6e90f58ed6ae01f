"""Rows for the comparison's benchmark: some thousand orders, multiplied in the database.

The first orders are made one by one with all that belongs to them: lines, a buyer, a
record, a label, a dispatch. The rest are copies of them with other keys, made by one
statement a table, so that a million orders take minutes.
"""

# Only names of our own tables go into the texts; every value is a parameter.
# ruff: noqa: S608
from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models

from orders.models import (
    Dispatch,
    DispatchLine,
    Order,
    OrderBuyer,
    OrderLine,
    Rung,
    Shipment,
    ShipmentLine,
    ShipStationOrder,
)
from stores.models import (
    Cursor,
    OperatingModel,
    RemoteAccount,
    ShipStationAccount,
    Store,
)

# So many are made one by one; ids of their copies lie so far apart.
SEEDS, STRIDE = 2_000, 1_000_000
# Of each hundred orders: this many have left, and of each thousand so many have a fault.
LEFT, FAULTS = 90, 20


def make_store(now: datetime) -> Store:
    """A store that runs since long ago, both sides read a minute ago."""
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
    store = Store.objects.create(
        slug="bench",
        name="Bench",
        remote_account=seller,
        shipstation_account=warehouse,
        remote_marketplace="A1F83G8C2ARO7P",
        shipstation_store_id=1,
        state="live",
        last_pull_at=now,
    )
    Store.objects.update(created_at=now - timedelta(days=400))
    store.refresh_from_db()
    OperatingModel.objects.create(store=store, version=1)
    Cursor.objects.create(
        account=warehouse.key, stream="orders_trailing", watermark=now
    )
    return store


def make_orders(store: Store, number: int, seed: int, now: datetime) -> None:
    """So many orders in all, those that are there already included."""
    there = Order.objects.count()
    if not there:
        _make_seeds(store, min(SEEDS, number), seed, now)
        there = min(SEEDS, number)
    first = there // SEEDS
    last = number // SEEDS
    if last > first:
        for model, texts, documents in COPIED:
            _copy(model, first, last, texts, documents)


def _make_seeds(store: Store, number: int, seed: int, now: datetime) -> None:
    rng = random.Random(seed)  # noqa: S311 - rows of a benchmark
    made = [_Seed(store, n, rng, now) for n in range(1, number + 1)]
    tables: tuple[Any, ...] = (
        Order, OrderBuyer, OrderLine, ShipStationOrder, Shipment, ShipmentLine,
        Dispatch, DispatchLine,
    )  # fmt: skip
    for model in tables:
        rows = [row for each in made for row in each.rows if type(row) is model]
        model.objects.bulk_create(rows, batch_size=500)


class _Seed:
    """One order with all that belongs to it, unsaved, under ids of its own."""

    def __init__(self, store: Store, n: int, rng: random.Random, now: datetime) -> None:
        self.rows: list[models.Model] = []
        placed = now - timedelta(minutes=rng.randrange(3 * 24 * 60, 29 * 24 * 60))
        left = n % 100 < LEFT
        fault = rng.randrange(1000) < FAULTS
        order = Order(
            pk=n,
            store=store,
            remote_id=f"R{n}",
            number=f"R{n}",
            order_key=f"R{n}",
            status="shipped" if left else "open",
            raw_status="Shipped" if left else "Unshipped",
            ordered_at=placed,
            remote_updated_at=placed + timedelta(days=1),
            imported_at=placed + timedelta(minutes=5),
            seen_at=placed + timedelta(days=1),
            not_ours="fulfilled_by_marketplace" if n % 50 == 0 else "",
            packages=[{"reference": "1", "carrier": "x", "tracking": f"T{n}"}]
            if left
            else None,
        )
        lines = [
            OrderLine(
                pk=n * 10 + k,
                order=order,
                remote_id=f"R{n}.{k}",
                line_key=f"K{n}.{k}",
                sku=f"SKU-{n % 500}",
                title="A thing",
                quantity=1 + k,
                details={},
            )
            for k in range(1 + n % 2)
        ]
        buyer = OrderBuyer(
            pk=n,
            order=order,
            recipient={},
            contact={},
            corrected={},
            address_hash=f"a{n % 1000}",
        )
        self.rows += [order, buyer, *lines]
        if not order.not_ours and not (fault and n % 3 == 0):
            self._there(store, order, lines, left=left, fault=fault and n % 3 == 1)

    def _there(
        self,
        store: Store,
        order: Order,
        lines: Sequence[OrderLine],
        *,
        left: bool,
        fault: bool,
    ) -> None:
        """In ShipStation; where it has left, with its parcel and what was told of it."""
        n, at = order.pk, order.imported_at
        other = lines[0].quantity + (1 if fault else 0)
        self.rows.append(
            ShipStationOrder(
                pk=n,
                account=store.shipstation_account,
                ss_order_id=n,
                order=order,
                order_key=order.order_key,
                order_number=order.number,
                status="shipped" if left else "awaiting_shipment",
                raw_status="shipped" if left else "awaiting_shipment",
                store_id=1,
                created_at=at,
                modified_at=at,
                address_hash=f"a{n % 1000}",
                lines=[
                    {
                        "item_id": 1,
                        "line_key": line.line_key,
                        "sku": line.sku,
                        "quantity": other if line is lines[0] else line.quantity,
                        "adjustment": False,
                    }
                    for line in lines
                ],
                as_of=at + timedelta(days=1),
                body={},
            )
        )
        if not left:
            return
        told = at + timedelta(hours=20)
        shipment = Shipment(
            pk=n,
            account=store.shipstation_account,
            source="label",
            remote_id=f"T{n}",
            ss_order_id=n,
            tracking_number=f"T{n}",
            carrier_code="royal_mail",
            created_at=told,
            as_of=told,
        )
        dispatch = Dispatch(
            pk=n,
            order=order,
            shipment=shipment,
            package_ref=1,
            rung=Rung.READ_BACK,
            rung_at=told,
            as_of=told,
            accepted_at=told,
            read_back_at=told,
            sent_carrier="Royal Mail",
            sent_tracking=f"T{n}",
        )
        self.rows += [shipment, dispatch]
        for line in lines:
            self.rows.append(
                ShipmentLine(
                    pk=line.pk,
                    shipment=shipment,
                    order_line=line,
                    line_key=line.line_key,
                    sku=line.sku,
                    quantity=line.quantity,
                )
            )
            self.rows.append(
                DispatchLine(
                    pk=line.pk,
                    dispatch=dispatch,
                    order_line=line,
                    quantity=line.quantity,
                )
            )


Marks = Mapping[str, str]
# Each table: its texts that must differ (column: the letter before the number), and its
# documents in which such texts stand.
COPIED: tuple[tuple[type[models.Model], Marks, Marks], ...] = (
    (Order, {"remote_id": "R", "number": "R", "order_key": "R"}, {"packages": "T"}),
    (OrderBuyer, {}, {}),
    (OrderLine, {"remote_id": "R", "line_key": "K"}, {}),
    (
        ShipStationOrder,
        {"order_key": "R", "order_number": "R"},
        {"lines": "K"},
    ),
    (Shipment, {"remote_id": "T", "tracking_number": "T"}, {}),
    (ShipmentLine, {"line_key": "K"}, {}),
    (Dispatch, {"sent_tracking": "T"}, {}),
    (DispatchLine, {}, {}),
)
_SHIFTED = (
    "id", "order_id", "order_line_id", "shipment_id", "dispatch_id", "ss_order_id",
)  # fmt: skip


def _copy(
    model: type[models.Model], first: int, last: int, texts: Marks, documents: Marks
) -> None:
    """Copies ``first`` to ``last`` - 1 of the seeds; copy 0 is the seeds themselves."""
    table = model._meta.db_table
    columns, values = [], []
    for column in (str(field.column) for field in model._meta.local_fields):
        columns.append(f'"{column}"')
        if column in _SHIFTED:
            values.append(f'"{column}" + c.n * {STRIDE}')
        elif column in texts:
            mark = texts[column]
            values.append(f"replace(\"{column}\", '{mark}', '{mark}' || c.n || '-')")
        elif column in documents:
            values.append(_document(column, documents[column]))
        else:
            values.append(f'"{column}"')
    counted = (
        f"WITH RECURSIVE c(n) AS (SELECT {max(1, first)} UNION ALL SELECT n + 1 FROM c "
        f"WHERE n < {last - 1}) "
    )
    statement = (
        f"{counted} INSERT INTO {table} ({', '.join(columns)}) "
        f"SELECT {', '.join(values)} FROM {table}, c "
        f"WHERE {table}.id < {STRIDE}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _document(column: str, mark: str) -> str:
    """The same in every text of a JSON column that begins with this letter."""
    cast, back = (
        ("::text", "::jsonb") if connection.vendor == "postgresql" else ("", "")
    )
    text = f'"{column}"{cast}'
    return f"replace({text}, '\"{mark}', '\"{mark}' || c.n || '-'){back}"


def analyse() -> None:
    """Let the database look at what it holds, as it would by itself overnight."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
