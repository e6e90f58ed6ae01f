from __future__ import annotations

import csv
import io

import pytest

from orders import selectors
from orders.exports import BOM, order_lines, safe
from orders.models import Order
from tests.orders import factories

HEADER = (
    "Order,Store,Marketplace,Stage,Why,Ship-by,Ordered,Imported,Last seen,Country,"
    "Postcode area,Total,Currency,Open cases,Order key"
)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_formula_is_never_written_as_one(start: str) -> None:
    assert safe(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.django_db
def test_csv_has_the_screens_words_and_no_buyer() -> None:
    factories.make_order(why="=HYPERLINK(1)", stage="to_push")

    text = "".join(order_lines(selectors.order_rows(Order.objects.order_by("pk"))))

    assert text.startswith(BOM + HEADER)
    row = next(csv.DictReader(io.StringIO(text.removeprefix(BOM))))
    assert row["Stage"] == "To be pushed"
    assert row["Why"] == "'=HYPERLINK(1)"
    assert row["Ship-by"].endswith("+00:00")
    for secret in ("Ada", "Byron", "James", "4JH", "marketplace.example"):
        assert secret not in text
