from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.tiktok.driver import Driver, code, ok

SEARCH = "product/202309/inventory/search"


class Article:
    """What a shop sells, as one of its orders names it."""

    def __init__(self, tiktok: Driver, order_id: str) -> None:
        order = tiktok.order(order_id)
        line = order["line_items"][0]
        self.tiktok, self.sku_id = tiktok, line["sku_id"]
        self.product_id = line["product_id"]
        self.warehouse_id = order["warehouse_id"]

    def counts(self) -> tuple[int, int]:
        """(available, committed)."""
        found = self.tiktok.post(SEARCH, {"sku_ids": [self.sku_id]})
        (row,) = found["inventory"][0]["skus"]
        (place,) = row["warehouse_inventory"]
        assert place["warehouse_id"] == self.warehouse_id
        return row["total_available_quantity"], row["total_committed_quantity"]

    def set(self, quantity: Any, **changes: Any) -> Any:
        row = {"warehouse_id": self.warehouse_id, "quantity": quantity, **changes}
        body = {"skus": [{"id": self.sku_id, "inventory": [row]}]}
        path = f"product/202309/products/{self.product_id}/inventory/update"
        return ok(self.tiktok.call("POST", path, body))


def mug(tiktok: Driver, **spec: Any) -> tuple[str, Article]:
    order_id = tiktok.open_one(sku="MUG-BLUE", **{"quantity": 3, **spec})
    return order_id, Article(tiktok, order_id)


def test_stock_falls_with_the_order_and_is_committed_until_shipped(
    tiktok: Driver,
) -> None:
    order_id, article = mug(tiktok)
    placed = article.counts()

    ok(tiktok.tell(order_id))

    assert placed == (497, 3)
    assert article.counts() == (497, 0)


def test_an_unpaid_order_takes_stock_and_a_cancelled_one_gives_it_back(
    tiktok: Driver,
) -> None:
    _, article = mug(tiktok)
    unpaid = tiktok.place_one(seed=2, sku="MUG-BLUE", quantity=2, pending=60)
    taken = article.counts()

    tiktok.peer.cancel({"order_id": unpaid, "how": "request"})

    assert (taken, article.counts()) == ((495, 5), (497, 3))


def test_what_is_out_of_stock_does_not_come_back(tiktok: Driver) -> None:
    order_id, article = mug(tiktok)

    tiktok.peer.cancel({"order_id": order_id, "how": "line"})

    assert article.counts() == (497, 2)


def test_quantities_are_absolute(tiktok: Driver) -> None:
    _, article = mug(tiktok)

    assert article.set(12) == {}
    assert article.set(12) == {}

    assert article.counts() == (12, 3)
    assert [row["quantity"] for row in tiktok.ledger("stock")] == [12, 12]


@pytest.mark.parametrize("quantity", [-1, 100_000, "12", None, True])
def test_a_refused_quantity_is_told_inside_code_0(
    tiktok: Driver, quantity: Any
) -> None:
    _, article = mug(tiktok)

    (error,) = article.set(quantity)["errors"]

    assert error["detail"]["sku_id"] == article.sku_id
    (extra,) = error["detail"]["extra_errors"]
    assert extra["warehouse_id"] == article.warehouse_id
    assert article.counts() == (497, 3)


def test_whether_nothing_may_be_told_can_be_set(tiktok: Driver) -> None:
    _, article = mug(tiktok)

    taken = article.set(0)
    tiktok.peer.configure({"zero_stock": False})
    refused = article.set(0)

    assert (taken, len(refused["errors"])) == ({}, 1)


def test_other_products_and_warehouses_are_refused(tiktok: Driver) -> None:
    _, article = mug(tiktok)

    elsewhere = article.set(5, warehouse_id="4711")
    article.product_id = "4711"
    not_its_product = article.set(5)

    assert len(elsewhere["errors"]) == len(not_its_product["errors"]) == 1


@pytest.mark.parametrize(
    "body",
    [{}, {"sku_ids": ["1"] * 601}, {"product_ids": ["1"] * 101}, {"sku_ids": "1"}],
)
def test_a_search_names_what_it_wants(tiktok: Driver, body: dict[str, Any]) -> None:
    assert code(tiktok.call("POST", SEARCH, body)) == 101000
