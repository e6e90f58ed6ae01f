from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from orders import selectors
from orders.exports import case_lines, iso, order_lines
from orders.models import Order, OrderException
from shipsync_site.lib import clock
from shipsync_site.lib.cells import BOM, safe
from tests.orders import factories

ORDERS = (
    "Order,Store,Marketplace,Stage,Why,Ship-by,Ordered,Imported,Last seen,SKU,"
    "Quantity,Carrier,Tracking,Shipped,Confirmed,Country,Postcode area,Total,Currency,Open cases,"
    "Order key"
)
CASES = (
    "Deadline,Case,What,Order,Store,Marketplace,Team,Waits for,Since,Who,State,"
    "Decided,By,When,SKU,Quantity,Tracking"
)
SECRETS = ("Ada", "Byron", "James", "4JH", "marketplace.example")


def opened(data: bytes) -> list[dict[str, str]]:
    """The rows as a spreadsheet program reads them: by its mark, by what it guesses."""
    assert data.startswith(b"\xef\xbb\xbf")
    text = data.decode("utf-8-sig")
    dialect = csv.Sniffer().sniff(text.splitlines()[0])
    assert dialect.delimiter == ","
    assert "\r\n" in text
    rows = list(csv.reader(io.StringIO(text, newline=""), dialect=csv.excel))
    width = len(rows[0])
    assert all(len(row) == width for row in rows)
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def written(lines: Any) -> bytes:
    """What goes over the wire."""
    return "".join(lines).encode()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_formula_is_never_written_as_one(start: str) -> None:
    assert safe(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("number", ["576500000000000001", "150000000000"])
def test_a_long_number_keeps_its_digits(number: str) -> None:
    assert safe(number) == f"'{number}"
    assert safe("15000000000") == "15000000000"
    assert safe("H00XXA0123456789") == "H00XXA0123456789"


@pytest.mark.django_db
def test_csv_has_the_screens_words_and_no_buyer() -> None:
    factories.make_order(why="=HYPERLINK(1)", stage="to_push")

    data = written(order_lines(selectors.order_rows(Order.objects.order_by("pk"))))

    assert data.decode().startswith(BOM + ORDERS)
    (row,) = opened(data)
    assert row["Stage"] == "To be pushed"
    assert row["Why"] == "'=HYPERLINK(1)"
    assert row["Ship-by"].endswith("+00:00")
    assert not [secret for secret in SECRETS if secret in data.decode()]


@pytest.mark.django_db
def test_lines_and_parcels_stand_in_the_row_of_their_order() -> None:
    order = factories.make_order(
        lines=[
            {"sku": "=CUP, \u201cblue\u201d", "quantity": 6, "quantity_cancelled": 2},
            {"sku": "TEAPOT", "quantity": 1},
        ]
    )
    dispatch = factories.make_dispatch(order, rung="accepted")
    factories.make_dispatch(order, rung="withdrawn")

    (row,) = opened(written(order_lines(selectors.order_rows(Order.objects.all()))))

    assert row["SKU"] == "'=CUP, \u201cblue\u201d × 4; TEAPOT × 1"
    assert row["Quantity"] == "5"
    assert row["Carrier"] == "Royal Mail"
    assert row["Shipped"] == iso(dispatch.shipment.created_at) != ""
    assert row["Confirmed"] == iso(dispatch.accepted_at)
    assert row["Tracking"] == dispatch.sent_tracking


@pytest.mark.django_db
def test_a_parcel_that_somebody_else_confirmed_is_named_too() -> None:
    factories.make_order(
        packages=[{"reference": "1", "carrier": "DPD", "tracking": "1599"}]
    )

    (row,) = opened(written(order_lines(selectors.order_rows(Order.objects.all()))))

    assert (row["Carrier"], row["Tracking"]) == ("DPD", "1599")


@pytest.mark.django_db
@pytest.mark.parametrize("theirs", ["Royal Mail", ""])
def test_a_parcel_of_a_direct_store_has_its_carrier_label_and_time(
    theirs: str, django_assert_max_num_queries: Any
) -> None:
    seen = clock.now()
    store = factories.make_store(mode="direct")
    for _ in range(3):
        order = factories.make_order(
            store=store,
            stage="done",
            closed_at=seen,
            packages=[{"reference": "1", "carrier": theirs, "tracking": "JD 77"}],
        )
        factories.make_record(order, adopted=True)
        label = factories.make_shipment(order, tracking_number="JD77")
        factories.make_shipment(order, tracking_number="JD78", voided=True)

    with django_assert_max_num_queries(5):
        data = written(order_lines(selectors.order_rows(Order.objects.order_by("pk"))))

    row = opened(data)[-1]
    assert row["Carrier"] == (theirs or "royal_mail")
    assert row["Tracking"] == "JD 77"
    assert row["Shipped"] == iso(label.created_at)
    assert row["Confirmed"] == iso(seen)


@pytest.mark.django_db
def test_a_label_of_a_direct_store_counts_as_confirmed_only_once_it_is_shown() -> None:
    order = factories.make_order(
        store=factories.make_store(mode="direct"), stage="dispatched"
    )
    factories.make_record(order, adopted=True)
    factories.make_shipment(order, tracking_number="JD77")

    (row,) = opened(written(order_lines(selectors.order_rows(Order.objects.all()))))

    assert (row["Carrier"], row["Tracking"]) == ("royal_mail", "JD77")
    assert row["Shipped"]
    assert row["Confirmed"] == ""


@pytest.mark.django_db
def test_a_queue_has_its_columns_and_nothing_that_people_typed() -> None:
    case = factories.make_case(
        kind="cancel_requested",
        state="resolved",
        resolution="ship_anyway",
        resolution_note="Ada Byron phoned",
        assignee=factories.make_user("mia"),
    )

    data = written(case_lines(OrderException.objects.all()))

    assert data.decode().startswith(BOM + CASES)
    (row,) = opened(data)
    assert row["Case"] == "Buyer asks to cancel"
    assert (row["Team"], row["Who"], row["State"]) == ("CS", "mia", "Resolved")
    assert row["Decided"] == "Ship anyway"
    assert row["Order"] == (case.order.number if case.order else "")
    assert not [secret for secret in SECRETS if secret in data.decode()]


@pytest.mark.django_db
def test_a_long_list_costs_a_few_queries_and_not_one_per_row(
    django_assert_max_num_queries: Any,
) -> None:
    store = factories.make_store()
    for _ in range(12):
        order = factories.make_order(store=store, buyer=False)
        factories.make_dispatch(order, rung="sent")
        factories.make_case(order)

    with django_assert_max_num_queries(3):
        data = written(order_lines(selectors.order_rows(Order.objects.all())))
    assert len(opened(data)) == 12
    with django_assert_max_num_queries(3):
        data = written(case_lines(OrderException.objects.all()))
    assert len(opened(data)) == 12


@pytest.mark.django_db
def test_the_file_holds_the_rows_of_the_queue_and_its_taker_is_logged(
    users: dict[str, User], client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    factories.make_case(kind="push_refused")
    for _ in range(2):
        factories.make_case(kind="cancel_requested")
    client.force_login(users["finance"])

    with caplog.at_level("INFO"):
        answer = client.get("/cases/export.csv", {"team": "cs", "q": "Ada Byron"})
        rows = opened(answer.getvalue())
    assert rows == []
    assert (
        f"cases exported by={users['finance'].pk} filters=['q', 'team']" in caplog.text
    )
    assert "Ada" not in caplog.text

    answer = client.get("/cases/export.csv", {"team": "cs"})
    shown = client.get("/cases/", {"team": "cs", "rows": "cases"}).context["rows"]
    assert len(opened(answer.getvalue())) == len(shown) == 2
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="cases-20')
    assert answer["Cache-Control"] == "no-store"
