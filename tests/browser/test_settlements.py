"""Finance brings in a settlement, finds the planted double payment and takes it along."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from orders.models import Order, Rung
from reconciliation.models import LineKind, Settlement
from reconciliation.settlements import compare, reading
from shipsync_site.lib import clock
from stores.models import Store
from tests.browser.conftest import Visitor
from tests.browser.looks import look
from tests.browser.test_cases import forgive
from tests.orders.factories import make_dispatch, make_order, make_shipment, make_store
from tests.reconciliation.factories import make_settlement, paid

HEADER = [
    "settlement-id",
    "settlement-start-date",
    "settlement-end-date",
    "deposit-date",
    "total-amount",
    "currency",
    "transaction-type",
    "order-id",
    "merchant-order-id",
    "adjustment-id",
    "shipment-id",
    "marketplace-name",
    "amount-type",
    "amount-description",
    "amount",
    "fulfillment-id",
    "posted-date",
    "posted-date-time",
    "order-item-code",
    "merchant-order-item-id",
    "merchant-adjustment-item-id",
    "sku",
    "quantity-purchased",
]
TIME = "%Y-%m-%d %H:%M:%S UTC"


def settlement_file(orders: list[Order], total: str, **spoilt: str) -> bytes:
    """A settlement report: each order's principal, the commission of each."""
    now = clock.now()
    head = {
        "settlement-id": "19183429051",
        "settlement-start-date": (now - timedelta(days=15)).strftime(TIME),
        "settlement-end-date": (now - timedelta(days=1)).strftime(TIME),
        "deposit-date": now.strftime(TIME),
        "total-amount": total,
        "currency": "GBP",
    }
    rows = [head]
    for order in orders:
        line = order.lines.get()
        base = {
            "settlement-id": "19183429051",
            "transaction-type": "Order",
            "order-id": order.remote_id,
            "shipment-id": "DxQ1aB2cD",
            "marketplace-name": "Amazon.co.uk",
            "fulfillment-id": "MFN",
            "posted-date": (now - timedelta(days=3)).strftime("%Y-%m-%d"),
            "posted-date-time": (now - timedelta(days=3)).strftime(TIME),
            "order-item-code": line.remote_id,
            "sku": line.sku,
        }
        price = {"amount-type": "ItemPrice", "amount-description": "Principal"}
        fee = {"amount-type": "ItemFees", "amount-description": "Commission"}
        rows += [
            base | price | {"amount": "20.00", "quantity-purchased": "1"} | spoilt,
            base | fee | {"amount": "-3.00"},
        ]
    lines = ["\t".join(HEADER)]
    lines += ["\t".join(row.get(name, "") for name in HEADER) for row in rows]
    return ("\n".join(lines) + "\n").encode()


def read_all() -> None:
    """What the pump does."""
    while reading.run_one() or compare.run_one():
        pass


@pytest.fixture
def store(transactional_db: None) -> Store:
    return make_store(slug="amazon-uk")


def shipped(store: Store, **fields: Any) -> Order:
    """An order of one mug at 20.00 whose parcel left a fortnight ago."""
    at = clock.now() - timedelta(days=15)
    order = make_order(
        store=store,
        lines=[{"sku": "MUG-BLUE", "unit_price": Decimal("20.00")}],
        ordered_at=at,
        ship_by=at + timedelta(days=1),
        remote_updated_at=at,
        **fields,
    )
    make_dispatch(
        order,
        shipment=make_shipment(order, created_at=at + timedelta(hours=20)),
        rung=Rung.READ_BACK,
    )
    return order


def upload(page: Any, account: int, name: str, content: bytes) -> None:
    page.get_by_role("link", name="Bring in files").click()
    page.get_by_label("Account", exact=True).select_option(str(account))
    page.get_by_label("Files", exact=True).set_input_files(
        {"name": name, "mimeType": "text/plain", "buffer": content}
    )
    page.get_by_role("button", name="Bring them in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def test_finance_finds_the_order_that_was_paid_twice(
    visit: Visitor, store: Store, tmp_path: Path
) -> None:
    orders = [shipped(store, remote_id=f"203-000000{n}-1111111") for n in range(4)]
    account = store.remote_account_id
    make_settlement(
        store.remote_account, [paid(orders[2])], remote_id="19180000001", ago=16
    )
    finance, axe = visit(bypass_csp=True), Axe()
    finance.log_in("finance")
    page = finance.open("/settlements/")

    # A broken file is refused whole, with its lines.
    broken = settlement_file(orders, "68.00", amount="twenty")
    upload(page, account, "broken.txt", broken)
    expect(page.get_by_text("Waiting for its turn.")).to_be_visible()
    read_all()
    expect(page.get_by_text("Refused: nothing of it was taken in.")).to_be_visible()
    assert Settlement.objects.count() == 1
    wrong = page.locator("#problems tbody tr")
    expect(wrong).to_have_count(4)
    expect(wrong.first).to_contain_text("twenty")
    assert not look(finance, axe, "/settlements/files/refused")
    with page.expect_download() as got:
        page.get_by_role("link", name="CSV of the problems").click()
    kept = list(csv.DictReader(io.StringIO(_text(got.value.path()))))
    assert [row["Line"] for row in kept] == ["3", "5", "7", "9"]

    # The right one is taken in, and shows what does not agree.
    finance.open("/settlements/")
    upload(page, account, "19183429051.txt", settlement_file(orders, "68.00"))
    read_all()
    expect(page.get_by_text("Taken in.", exact=True)).to_be_visible()
    assert not look(finance, axe, "/settlements/files/stored")
    page.get_by_role("link", name="19183429051", exact=True).click()
    expect(page.get_by_text("Its 8 lines add up to it.")).to_be_visible()
    twice = page.locator("#findings").get_by_role("link", name="Paid twice")
    expect(twice).to_contain_text("1")
    page.locator("#kinds").get_by_role("link", name="Fee", exact=True).click()
    expect(page.locator("#lines tbody tr")).to_have_count(4)
    expect(page.locator("#lines")).to_contain_text("4 of 8, together -12.00 GBP")
    assert not look(finance, axe, "/settlements/one")

    # Signing asks why while a finding is open.
    page.get_by_role("button", name="Sign 68.00 GBP").click()
    expect(page.get_by_role("alert").or_(page.locator(".note")).first).to_contain_text(
        "1 open finding: say in a note why"
    )
    forgive(finance, 422)
    page.get_by_label("Note", exact=True).fill(
        "Asked Amazon for case 17, money kept apart"
    )
    page.get_by_role("button", name="Sign 68.00 GBP").click()
    expect(page.get_by_text("Signed", exact=True)).to_be_visible()

    # The case, the finding, and the order with both payments.
    page = finance.open("/cases/?team=finance")
    page.get_by_role("link", name="Paid twice").first.click()
    expect(page.locator("#findings tbody tr")).to_have_count(1)
    assert not look(finance, axe, "/cases/paid-twice")
    page.locator("#findings").get_by_role("link", name="Open it").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text("paid 2 times in 2 settlements")
    page.get_by_role("link", name=orders[2].number).click()
    expect(page.locator("#paid tbody tr")).to_have_count(3)
    expect(page.locator("#paid")).to_contain_text("37.00 GBP net of 3 lines")
    assert not look(finance, axe, "/orders/paid")

    # Taken along: the file opens right.
    finance.open("/settlements/")
    assert not look(finance, axe, "/settlements/")
    page.get_by_role("link", name="19183429051", exact=True).click()
    page.get_by_label("Kind", exact=True).select_option("sale")
    expect(page.locator("#lines tbody tr")).to_have_count(4)
    with page.expect_download() as got:
        page.get_by_role("link", name="CSV of 4 lines").click()
    text = _text(got.value.path())
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["Order id"] for row in rows] == [order.remote_id for order in orders]
    assert sum(Decimal(row["Amount"]) for row in rows) == Decimal("80.00")
    assert {row["Matched"] for row in rows} == {"By line id"}
    assert {row["Line id"].lstrip("'") for row in rows} == {
        order.lines.get().remote_id for order in orders
    }


def _text(path: Path | str) -> str:
    return Path(path).read_text(encoding="utf-8-sig")


def test_a_line_without_an_order_is_matched_and_pages_look_right(
    visit: Visitor, store: Store
) -> None:
    order = shipped(store, remote_id="203-5551234-7654321")
    kept: dict[str, Any] = {"kind": LineKind.RESERVE, "rung": "no_order"}
    make_settlement(
        store.remote_account, [kept | {"amount": "-80.00"}], ago=16, remote_id="1001"
    )
    row = make_settlement(
        store.remote_account,
        [
            {
                "kind": LineKind.SALE,
                "amount": "20.00",
                "order_ref": "203-5551234",
                "sku": "MUG-BLUE",
                "raw_type": "Order",
                "raw_description": "Principal",
            },
            {"kind": LineKind.FEE, "amount": "-3.00", "order_ref": "203-5551234"},
            kept | {"amount": "70.00"},
        ],
        total="87.05",
        remote_id="1002",
    )
    read_all()
    finance, axe = visit(bypass_csp=True), Axe()
    finance.log_in("finance")
    page = finance.open("/settlements/")
    expect(page.locator(".remainder")).to_contain_text("0.05 GBP")
    assert not look(finance, axe, "/settlements/remainder")
    page.get_by_role("link", name="2", exact=True).first.click()
    page.get_by_role("link", name="Find its order").first.click()
    assert not look(finance, axe, "/settlements/line")
    expect(page.get_by_label(order.remote_id)).to_be_checked()
    page.get_by_label("How you know it").fill("Begins the same, same SKU and price")
    page.get_by_role("button", name="Match").click()
    expect(page.get_by_text(f"2 lines matched to {order.number}.")).to_be_visible()
    row.refresh_from_db()
    assert row.unmatched_count == row.unmatched_total == 0
    page = finance.open("/settlements/months/")
    page.get_by_role("row", name="Kept back").get_by_role("link", name="2").click()
    expect(page.locator("#lines tbody tr")).to_have_count(2)
    expect(page.locator("#lead")).to_contain_text("2 lines, together -10.00 GBP")
    assert not look(finance, axe, "/settlements/lines/")
    for path in (
        f"/settlements/reserve/{store.remote_account_id}/",
        "/settlements/months/",
        "/settlements/upload/",
        "/settlements/files/",
    ):
        finance.open(path)
        assert not look(finance, axe, path)


SAMPLE = """Datum;Vorgang;Bestellung;Betrag
31.10.2026;Verkauf;B-1;1.234,50
31.10.2026;Provision;B-1;-34,50
01.11.2026;Auszahlung;;-1.200,00
"""


def test_a_csv_is_set_up_by_a_sample(visit: Visitor, store: Store) -> None:
    finance, axe = visit(bypass_csp=True), Axe()
    finance.log_in("finance")
    page = finance.open("/settlements/formats/new/")
    page.get_by_label("A file of this kind").set_input_files(
        {"name": "s.csv", "mimeType": "text/csv", "buffer": SAMPLE.encode()}
    )
    page.get_by_role("button", name="Show its columns").click()
    page.get_by_label("Name of this kind of file").fill("Kaufhaus")
    page.get_by_label("Decimals").select_option("yes")
    page.get_by_label("Amount", exact=True).select_option("Betrag")
    page.get_by_label("Kind", exact=True).select_option("Vorgang")
    page.get_by_label("Order number").select_option("Bestellung")
    page.get_by_label("Date", exact=True).select_option("Datum")
    page.get_by_label("Currency").last.fill("EUR")
    page.get_by_label("Column that marks the deposit").select_option("Vorgang")
    page.get_by_label("What stands there in that row").fill("Auszahlung")
    page.get_by_label("That row has the deposit").check()
    page.get_by_role("button", name="Preview").click()
    page.get_by_label("Verkauf").select_option("sale")
    page.get_by_label("Provision").select_option("fee")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview tbody tr").first).to_contain_text("Sale")
    expect(page.locator("#preview")).to_contain_text("1234.50")
    assert not look(finance, axe, "/settlements/formats/new")
    page.get_by_role("button", name="Save it").click()
    expect(page.get_by_text("‘Kaufhaus’ is set up.")).to_be_visible()

    page.get_by_label("Account", exact=True).select_option(str(store.remote_account_id))
    page.get_by_text("Typed beside a CSV").click()
    page.get_by_label("Settlement id").fill("10/2026")
    page.get_by_label("Files", exact=True).set_input_files(
        {"name": "o.csv", "mimeType": "text/csv", "buffer": SAMPLE.encode()}
    )
    page.get_by_role("button", name="Bring them in").click()
    read_all()
    expect(page.get_by_text("Taken in.", exact=True)).to_be_visible()
    row = Settlement.objects.get()
    assert row.remote_id == "10/2026"
    assert str(row.total) == "1200.00"
    assert not row.remainder
    assert list(row.lines.values_list("kind", flat=True)) == ["sale", "fee"]
