"""Lines become products, kits and unknown SKUs; rows of kits stay as they were written."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from orders.ingest import ingest
from orders.kits import component_key
from orders.models import LineComponent, Order, OrderLine
from orders.parcels import store_shipments
from orders.payload_inputs import make_anew, rules_for
from orders.reconsider import locked
from orders.skus import fix, packed, unfix, unknown
from orders.snapshot import load
from shipsync_site.lib import clock
from stores.models import AttributeRule, Kit, KitComponent, Product, SkuAlias, Store
from stores.remote_types import Block
from stores.rulebook import Rulebook
from tests.orders.factories import make_order, make_record, make_store
from tests.orders.test_ingest import remote
from tests.orders.test_parcels import item, parcel

pytestmark = pytest.mark.django_db


def tea_set(*, cups: int = 2) -> Kit:
    kit = Kit.objects.create(sku="TEA-SET")
    KitComponent.objects.create(kit=kit, sku="POT", quantity=1, position=0)
    KitComponent.objects.create(kit=kit, sku="CUP", quantity=cups, position=1)
    return kit


def line_of(sku: str, store: Store | None = None, **fields: Any) -> OrderLine:
    order = make_order(store=store or make_store())
    order.lines.update(sku=sku, quantity=1, unit_price=9, **fields)
    return order.lines.get()


def book_for(*lines: OrderLine) -> Rulebook:
    (book,) = rules_for((x.order.store, [x]) for x in lines).values()
    return book


def rows(line: OrderLine) -> list[tuple[str, int]]:
    return [(x.sku, x.quantity) for x in packed(line, book_for(line), "GBP")]


def alias(name: str, sku: str, **fields: Any) -> SkuAlias:
    return SkuAlias.objects.create(
        **({"alias": name, "sku": sku, "approved_at": clock.now()} | fields)
    )


def test_a_persons_word_comes_before_an_alias_and_an_alias_before_the_sku() -> None:
    tea_set()
    line = line_of("OLD")
    assert rows(line) == [("OLD", 1)]
    alias("OLD", "POT")
    assert rows(line) == [("POT", 1)]
    alias("OLD", "CUP", store=line.order.store)
    assert rows(line) == [("CUP", 1)]
    line.sku_override = "TEA-SET"
    line.save()
    assert rows(line) == [("POT", 1), ("CUP", 2)]


def test_an_alias_counts_once_it_is_approved() -> None:
    line = line_of("OLD")
    alias("OLD", "POT", approved_at=None)
    assert rows(line) == [("OLD", 1)]
    assert unknown(line, book_for(line))


@pytest.mark.parametrize("known", ["product", "kit", "alias", "override", ""])
def test_what_is_known_is_no_unknown_sku(known: str) -> None:
    line = line_of("TEA-SET", sku_override="POT" if known == "override" else "")
    if known == "product":
        Product.objects.create(sku="TEA-SET")
    elif known == "kit":
        tea_set()
    elif known == "alias":
        alias("TEA-SET", "ANYTHING")
    assert unknown(line, book_for(line)) is (known == "")


def test_rows_that_were_written_stay_and_those_refused_are_forgotten() -> None:
    kit = tea_set()
    line = line_of("TEA-SET")
    fix([(line.order, [line], book_for(line))])
    kit.components.filter(sku="CUP").update(quantity=9)
    line = OrderLine.objects.get()
    assert rows(line) == [("POT", 1), ("CUP", 2)]

    unfix([line.order_id])
    assert rows(OrderLine.objects.get()) == [("POT", 1), ("CUP", 9)]


def test_rows_of_an_order_that_is_there_are_never_forgotten() -> None:
    tea_set()
    line = line_of("TEA-SET")
    fix([(line.order, [line], book_for(line))])
    make_record(line.order)
    unfix([line.order_id])
    assert LineComponent.objects.count() == 2


def test_cancelled_kits_take_their_components_along() -> None:
    tea_set()
    line = line_of("TEA-SET")
    line.quantity, line.quantity_cancelled = 3, 1
    assert rows(line) == [("POT", 2), ("CUP", 4)]


def shares(order: Order) -> list[tuple[tuple[int, int], ...] | None]:
    (loaded,) = load(locked([order.pk]))
    found = sorted(loaded.snapshot.shipments, key=lambda x: x.id)
    return [x.lines for x in found]


@pytest.mark.parametrize("keyed", [True, False])
def test_parcels_of_a_kit_are_counted_in_whole_kits(keyed: bool) -> None:
    tea_set()
    line = line_of("TEA-SET")
    fix([(line.order, [line], book_for(line))])
    record = make_record(line.order)
    for number, (sku, units) in enumerate((("POT", 1), ("CUP", 2)), start=1):
        key = component_key(line.line_key, number) if keyed else ""
        row = parcel(
            order_id=record.ss_order_id,
            created_at=clock.now() + timedelta(minutes=number),
            lines=(item(line_key=key, sku=sku, quantity=units),),
        )
        assert store_shipments(record.account, [row], now=clock.now()) == {
            line.order_id
        }
    assert shares(line.order) == [(), ((line.pk, 1),)]


def test_a_line_that_went_as_a_whole_counts_as_a_whole() -> None:
    tea_set()
    line = line_of("TEA-SET")
    fix([(line.order, [line], book_for(line))])
    record = make_record(line.order)
    goods = (item(line_key=line.line_key, sku="TEA-SET", quantity=1),)
    row = parcel(order_id=record.ss_order_id, lines=goods)
    store_shipments(record.account, [row], now=clock.now())
    assert shares(line.order) == [((line.pk, 1),)]


def test_an_answer_that_only_a_rule_reads_makes_the_payload_anew() -> None:
    store = make_store()
    AttributeRule.objects.create(
        store=store, name="Shelf", target="custom_field_2", path="shelf"
    )
    first = remote(store, raw={"shelf": "A"})
    ingest(store.remote_account, [first])
    before = Order.objects.get().payload_digest
    later = replace(first, as_of=first.as_of + timedelta(minutes=1), raw={"shelf": "B"})
    result = ingest(store.remote_account, [later])
    after = Order.objects.get().payload_digest
    assert after != before
    assert result.changed == 1

    make_anew(locked([Order.objects.get().pk]))
    assert Order.objects.get().payload_digest == after


def test_an_answer_of_parcels_alone_leaves_what_rules_read() -> None:
    store = make_store()
    AttributeRule.objects.create(
        store=store, name="Shelf", target="custom_field_2", path="shelf"
    )
    first = remote(store, raw={"shelf": "A"})
    ingest(store.remote_account, [first])
    before = Order.objects.get().payload_digest
    parcels = replace(
        first,
        as_of=first.as_of + timedelta(minutes=1),
        blocks=frozenset({Block.STATUS, Block.PACKAGES}),
        raw={"parcels": []},
    )
    ingest(store.remote_account, [parcels])
    assert Order.objects.get().payload_digest == before


@pytest.mark.parametrize("orders", [3, 40])
def test_rules_take_the_same_number_of_queries_whatever_a_pages_size(
    orders: int, django_assert_max_num_queries: Any
) -> None:
    store = make_store()
    tea_set()
    AttributeRule.objects.create(
        store=store, name="Shelf", target="custom_field_2", path="shelf"
    )
    page = [remote(store, f"203-1-{n}", raw={"shelf": "A"}) for n in range(orders)]
    OrderLine.objects.update(sku="TEA-SET")
    ingest(store.remote_account, page)
    later = [
        replace(x, as_of=x.as_of + timedelta(minutes=1), raw={"shelf": "B"})
        for x in page
    ]
    with django_assert_max_num_queries(60):
        ingest(store.remote_account, later)
