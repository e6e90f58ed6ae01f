"""Ops imports 5,000 kit rows with 7 bad ones and undoes it; an unknown SKU is solved."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.db import OperationalError
from playwright.sync_api import Page, expect

from orders.models import OrderException, OrderLine
from orders.reconsider import reconsider
from shipsync_site.lib import clock
from stores.imports import plan, run
from stores.models import (
    Cursor,
    ImportBatch,
    Kit,
    KitComponent,
    Product,
    SkuAlias,
    UnknownSku,
)
from tests.browser.conftest import Visitor
from tests.browser.looks import look
from tests.browser.test_cases import forgive
from tests.orders.factories import make_order, make_store


@pytest.fixture
def kits_file(users: dict[str, User], tmp_path: Path) -> Path:
    """5,000 rows of 1,250 kits; in 7 of these one component is no product."""
    Product.objects.bulk_create(Product(sku=f"P{number:04}") for number in range(2000))
    rows = [
        [f"K{kit:04}", f"Kit {kit}", f"P{(kit * 4 + part) % 2000:04}", str(part + 1)]
        for kit in range(1250)
        for part in range(4)
    ]
    for bad in range(7):
        rows[bad * 700][2] = f"Q{bad}"
    file = tmp_path / "kits.csv"
    with file.open("w", newline="") as handle:
        csv.writer(handle).writerows([["Kit", "Title", "Component", "Quantity"], *rows])
    return file


def no_overflow(page: Page) -> bool:
    wide: bool = page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    return not wide


def test_ops_imports_5000_kit_rows_with_7_bad_ones_and_undoes_it(
    visit: Visitor, kits_file: Path, tmp_path: Path
) -> None:
    visitor = visit(bypass_csp=True)
    page, axe = visitor.log_in("ops"), Axe()
    visitor.open("/products/kits/")
    page.get_by_role("link", name="Import", exact=True).click()
    page.get_by_label("CSV file").set_input_files(kits_file)
    page.get_by_role("button", name="Show what would change").click()

    expect(page.locator("#lead")).to_contain_text("Nothing has changed yet")
    expect(page.locator("#lead")).to_contain_text("7 bad rows")
    expect(page.locator("#errors")).to_contain_text("Q0")
    assert not Kit.objects.exists()
    found = look(visitor, axe, "preview")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="CSV of the 28 left out").click()
    saved = tmp_path / "left.csv"
    waiting.value.save_as(saved)
    with saved.open(encoding="utf-8-sig", newline="") as handle:
        assert len(list(csv.reader(handle))) == 29

    page.get_by_role("button", name="Apply: add 1243").click()
    expect(page.locator(".note").first).to_contain_text(
        "kits.csv is applied: 1243 done.", timeout=30_000
    )
    assert Kit.objects.count() == 1243
    found += look(visitor, axe, "applied")

    page.get_by_role("button", name="Take it back").click()
    expect(page.locator(".note").first).to_contain_text(
        "kits.csv is taken back: 1243 done.", timeout=30_000
    )
    assert not Kit.objects.exists()
    found += look(visitor, axe, "undone")
    assert not found, "\n".join(found)
    assert no_overflow(page)


def test_a_long_import_shows_how_far_it_is_and_stops(
    visit: Visitor, kits_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = run.apply_some
    monkeypatch.setattr(run, "apply_some", lambda pk, user: some(pk, user, 0))
    visitor = visit()
    page = visitor.log_in("ops")
    visitor.open("/products/imports/?kind=kits")
    page.get_by_label("CSV file").set_input_files(kits_file)
    page.get_by_role("button", name="Show what would change").click()
    page.get_by_role("button", name="Apply: add 1243").click()
    expect(page.locator("#import-progress")).to_contain_text("a second, about")

    page.get_by_role("link", name="Stop here").click()
    expect(page.get_by_role("button", name="Take it back")).to_be_visible()
    assert 0 < _kits() < 1243

    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#import-progress")).to_contain_text("Applying kits.csv")
    # Nothing of it may still run when the next test begins.
    page.get_by_role("link", name="Stop here").click()
    expect(page.get_by_role("button", name="Take it back")).to_be_visible()
    assert _kits() < 1243


def _kits() -> int:
    """How many there are, once the step that was under way when it was stopped is over."""
    for _ in range(100):
        try:
            return Kit.objects.count()
        except OperationalError:  # tables in memory are locked, not waited for
            time.sleep(0.1)
    return Kit.objects.count()


@pytest.fixture
def unknown(users: dict[str, User]) -> OrderException:
    """An order whose SKU nobody knows, as decide() has it; another one like it."""
    store = make_store(model={"unknown_sku": UnknownSku.HOLD})
    Cursor.objects.create(
        account=store.shipstation_account.key,
        stream="orders_trailing",
        watermark=clock.now(),
    )
    Product.objects.create(sku="CAST-TEE-M", title="Tee, medium")
    Product.objects.create(sku="CAST-TEE-L", title="Tee, large")
    for _ in range(2):
        lines = [{"sku": "CAST-TEE-MM", "title": "Tee, medium, black"}]
        order = make_order(store=store, lines=lines, payload_stale=True)
        reconsider([order.pk])
    return OrderException.objects.filter(kind="sku_unknown").order_by("pk")[0]


def test_an_unknown_sku_is_solved_for_one_order(
    visit: Visitor, unknown: OrderException
) -> None:
    visitor = visit(bypass_csp=True)
    page, axe = visitor.log_in("ops"), Axe()
    visitor.open(f"/cases/{unknown.pk}/")
    found = look(visitor, axe, "case")
    expect(page.get_by_label("CAST-TEE-M Tee, medium")).not_to_be_checked()
    page.get_by_label("Or another").fill("CAST-TEE-XX")
    page.get_by_role("button", name="Use it for this order").click()
    expect(page.get_by_role("alert")).to_contain_text("Is CAST-TEE-")
    found += look(visitor, axe, "refused")

    page.get_by_label("Or another").fill("")
    page.get_by_label("CAST-TEE-M Tee, medium").check()
    page.get_by_role("button", name="Use it for this order").click()

    expect(page.locator(".note").first).to_contain_text("This order uses CAST-TEE-M")
    expect(page.locator("#decide")).to_contain_text("Another SKU for this order")
    found += look(visitor, axe, "decided")
    chosen = OrderLine.objects.filter(sku_override="CAST-TEE-M")
    assert [line.order_id for line in chosen] == [unknown.order_id]
    open_cases = OrderException.objects.filter(kind="sku_unknown", state="open")
    assert open_cases.count() == 1
    assert not found, "\n".join(found)
    forgive(visitor, 422)


def test_for_all_orders_a_second_person_agrees(
    visit: Visitor, unknown: OrderException
) -> None:
    first, second = visit(), visit()
    page, other = first.log_in("ops"), second.log_in("lead")
    first.open(f"/cases/{unknown.pk}/")
    page.get_by_label("CAST-TEE-M Tee, medium").check()
    page.get_by_role("button", name="Use it for all orders of Amazon UK").click()
    expect(page.locator("#sku-ways")).to_contain_text("needs a second person")
    expect(page.get_by_role("button", name="Agree:")).to_have_count(0)

    second.open("/products/aliases/?state=waiting")
    expect(other.get_by_text("Needs a second person").first).to_be_visible()
    second.open(f"/cases/{unknown.pk}/")
    other.get_by_role("button", name="Agree: CAST-TEE-MM is CAST-TEE-M").click()

    expect(other.locator(".note").first).to_contain_text("for all orders of this store")
    assert SkuAlias.objects.get().basis == "second_person"
    unknown.refresh_from_db()
    assert unknown.state == "resolved"


@pytest.fixture
def paths(users: dict[str, User]) -> list[str]:
    """A small catalogue, and every page of it."""
    store = make_store(slug="amazon-uk")
    product = Product.objects.create(sku="TEAPOT", title="Cast iron teapot")
    Product.objects.create(sku="CUP", hs_code="691200")
    kit = Kit.objects.create(sku="TEA-SET", title="Tea for two")
    KitComponent.objects.create(kit=kit, sku="TEAPOT", quantity=1, share=60)
    KitComponent.objects.create(kit=kit, sku="CUP", quantity=2)
    alias = SkuAlias.objects.create(
        alias="TP-1", sku="TEAPOT", store=store, created_by=users["lead"]
    )
    file = b"SKU,Titel,HS code\nTEAPOT,x,691200\nNEW,y,12\n"
    batch = plan.look("products", "products.csv", file, users["ops"])
    half = plan.look("products", "half.csv", b"SKU\nX\nY\n", users["ops"])
    ImportBatch.objects.filter(pk=half.pk).update(state="applying", position=1)
    return [
        "/products/",
        "/products/?q=nothing",
        "/products/new/",
        f"/products/{product.pk}/",
        "/products/kits/",
        "/products/kits/new/",
        f"/products/kits/{kit.pk}/?price=49.99",
        "/products/aliases/",
        "/products/aliases/new/",
        f"/products/aliases/{alias.pk}/",
        "/products/imports/",
        "/products/imports/?kind=aliases",
        f"/products/imports/{batch.pk}/",
        f"/products/imports/{half.pk}/?stopped",
    ]


def test_axe_finds_nothing_and_nothing_overflows(
    visit: Visitor, paths: list[str]
) -> None:
    visitor = visit(bypass_csp=True)
    axe = Axe()
    visitor.log_in("ops")
    found: list[str] = []
    for path in paths:
        visitor.open(path)
        found += look(visitor, axe, path)
    assert not found, "\n".join(found)
