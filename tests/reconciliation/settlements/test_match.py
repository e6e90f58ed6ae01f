"""The ladder: which rung a line finds its order by, and what it must not find."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from orders.models import Order
from reconciliation.models import LineKind, MatchRung, SettlementLine, SettlementSource
from reconciliation.settlements import rematch, store
from reconciliation.settlements.known import known_for
from reconciliation.settlements.match import NAMES_NONE, SHIPPED_FOR_US, climb
from shipsync_site.lib import clock
from stores.models import RemoteAccount, Store
from stores.remote_money import MoneyLine, SettlementHead
from tests.orders.factories import (
    make_line,
    make_order,
    make_remote_account,
    make_store,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Store:
    return make_store(remote_account=make_remote_account(marketplace="mirakl"))


def sold(shop: Store, number: str, *lines: tuple[str, str, str, int]) -> Order:
    """An order of ours with lines (id, SKU, price, units)."""
    order = make_order(store=shop, remote_id=number, number=number, lines=0)
    for item, sku, price, units in lines:
        make_line(order, remote_id=item, sku=sku, unit_price=price, quantity=units)
    return order


def money(amount: str = "10.00", **fields: Any) -> MoneyLine:
    defaults: dict[str, Any] = {"kind": LineKind.SALE, "posted_at": clock.now()}
    return MoneyLine(amount=Decimal(amount), **(defaults | fields))


def found(
    account: RemoteAccount, *lines: MoneyLine
) -> list[tuple[str, str | None, str | None]]:
    """(rung, order's id, line's id) for each."""
    known = known_for(account, lines)
    matches = [climb(line, known) for line in lines]
    orders = dict(Order.objects.values_list("pk", "remote_id"))
    items = {
        x.pk: x.remote_id for order in Order.objects.all() for x in order.lines.all()
    }
    return [
        (
            str(x.rung),
            orders[x.order] if x.order else None,
            items[x.order_line] if x.order_line else None,
        )
        for x in matches
    ]


def test_the_ladder_rung_by_rung(shop: Store) -> None:
    sold(shop, "A-1", ("1", "MUG", "10.00", 1), ("2", "PAN", "20.00", 2))
    sold(shop, "B-1", ("3", "MUG", "10.00", 1), ("4", "MUG", "12.00", 2))
    sold(shop, "C-1", ("5", "POT", "7.00", 1))
    cases: list[tuple[dict[str, Any], tuple[str, str | None, str | None]]] = [
        # its line by its own id
        ({"order_ref": "A-1", "item_ref": "2", "sku": "MUG"}, ("item", "A-1", "2")),
        ({"item_ref": "4"}, ("item", "B-1", "4")),
        # the finance interface has ids of its own: by SKU, by amount among two
        (
            {"order_ref": "A-1", "item_ref": "x", "sku": "PAN"},
            ("sku_amount", "A-1", "2"),
        ),
        (
            {"order_ref": "B-1", "sku": "MUG", "amount": "-24.00"},
            ("sku_amount", "B-1", "4"),
        ),
        # the order as a whole; with one line it is that one
        ({"order_ref": "A-1"}, ("order", "A-1", None)),
        ({"order_ref": "C-1", "kind": LineKind.FEE}, ("order", "C-1", "5")),
        # id and SKU tell nothing
        ({"order_ref": "C-1", "item_ref": "x"}, ("order_type", "C-1", "5")),
        (
            {"order_ref": "A-1", "item_ref": "x", "amount": "40.00"},
            ("order_type", "A-1", "2"),
        ),
        (
            {"order_ref": "A-1", "item_ref": "x", "amount": "9.99"},
            ("order_type", "A-1", None),
        ),
        # an order that we do not have is never another one
        ({"order_ref": "Z-9", "item_ref": "2", "sku": "POT"}, ("", None, None)),
        ({"kind": LineKind.RESERVE}, ("no_order", None, None)),
        ({"kind": LineKind.SALE}, ("", None, None)),
        ({"kind": LineKind.FEE, "sku": "POT"}, ("no_order", None, None)),
        (
            {"order_ref": "Z-8", "fulfilled_by_marketplace": True},
            ("no_order", None, None),
        ),
    ]

    got = found(shop.remote_account, *(money(**fields) for fields, _ in cases))

    for (fields, expected), actual in zip(cases, got, strict=True):
        assert (fields, actual) == (fields, expected)


def test_what_belongs_to_no_order_says_why(shop: Store) -> None:
    lines = [
        money(kind=LineKind.SUBSCRIPTION),
        money(order_ref="Z", fulfilled_by_marketplace=True),
    ]

    known = known_for(shop.remote_account, lines)

    assert [climb(x, known).note for x in lines] == [NAMES_NONE, SHIPPED_FOR_US]


def test_sku_and_amount_alone_find_one_order_or_none(shop: Store) -> None:
    account = shop.remote_account
    sold(shop, "A-1", ("1", "MUG", "10.00", 2))
    sold(shop, "B-1", ("2", "POT", "7.00", 1))
    sold(shop, "B-2", ("3", "POT", "7.00", 1))
    old = sold(shop, "C-1", ("4", "PAN", "9.00", 1))
    Order.objects.filter(pk=old.pk).update(ordered_at=clock.now() - timedelta(days=100))

    lines = [
        money("20.00", sku="MUG", quantity=2),
        money("-20.00", sku="MUG", quantity=2, kind=LineKind.REFUND),
        # of two orders, too long ago, another price, a fee
        money("7.00", sku="POT"),
        money("9.00", sku="PAN"),
        money("9.99", sku="MUG"),
        money("-20.00", sku="MUG", quantity=2, kind=LineKind.FEE),
    ]
    nothing = ("", None, None)
    right = [("sku_amount", "A-1", "1")] * 2 + [nothing] * 3
    assert found(account, *lines) == [*right, ("no_order", None, None)]
    # Two that look alike can't both be the one; nor can it be paid again.
    assert found(account, lines[0], lines[0]) == [nothing] * 2
    head = SettlementHead(remote_id="S", currency="GBP", total=Decimal(20))
    staged = store.begin(account, SettlementSource.MAPPED_CSV, head)
    store.add_lines(staged, lines[:1])
    assert found(account, lines[0]) == [nothing]


def test_basket_number_finds_its_one_order(shop: Store) -> None:
    sold(shop, "C100-A", ("C100-A-1", "MUG", "10.00", 1))
    sold(shop, "C200-A", ("C200-A-1", "MUG", "10.00", 1))
    sold(shop, "C200-B", ("C200-B-1", "POT", "7.00", 1))

    assert found(
        shop.remote_account,
        money(order_ref="C100"),
        money(order_ref="C200"),
        money(order_ref="C200", sku="POT"),
        money(order_ref="C200", item_ref="C200-A-1"),
    ) == [
        ("order", "C100-A", "C100-A-1"),
        ("", None, None),
        ("sku_amount", "C200-B", "C200-B-1"),
        ("item", "C200-A", "C200-A-1"),
    ]


def test_orders_of_other_accounts_are_not_looked_at(shop: Store) -> None:
    sold(make_store(), "A-1", ("1", "MUG", "10.00", 1))

    lines = (money(order_ref="A-1"), money(item_ref="1"), money(sku="MUG"))

    assert found(shop.remote_account, *lines) == [("", None, None)] * 3


def test_a_page_takes_the_same_queries_whatever_it_holds(
    shop: Store, django_assert_max_num_queries: Any
) -> None:
    account = shop.remote_account
    refs = [f"A-{number}" for number in range(300)]
    for ref in refs[:30]:
        sold(shop, ref, (f"{ref}-1", "MUG", "10.00", 1))
    lines = [money(order_ref=ref, item_ref=f"{ref}-1") for ref in refs]
    lines += [money(f"{n}.00", sku=f"S{n}") for n in range(90)]

    with django_assert_max_num_queries(10):
        known = known_for(account, lines)

    assert sum(climb(x, known).rung == MatchRung.ITEM for x in lines) == 30


def test_what_a_person_said_stays(shop: Store) -> None:
    account, person = shop.remote_account, make_user("finance")
    head = SettlementHead(remote_id="S", currency="GBP", total=Decimal(20))
    staged = store.begin(account, SettlementSource.TIKTOK_STATEMENT, head)
    store.add_lines(staged, [money(order_ref="A-1"), money(order_ref="A-1")])
    row = store.finish(staged).settlement
    other = sold(shop, "B-1", ("1", "MUG", "10.00", 1))
    SettlementLine.objects.filter(number=1).update(
        order=other, rung=MatchRung.PERSON, matched_by=person
    )
    sold(shop, "A-1", ("2", "MUG", "10.00", 1))

    assert rematch.rematch(row) == 1

    lines = row.lines.values_list("rung", "order__remote_id")
    assert list(lines) == [(MatchRung.PERSON, "B-1"), (MatchRung.ORDER, "A-1")]
