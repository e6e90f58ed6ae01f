"""Products, kits and aliases on screen: saved, refused, agreed to, logged."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orders.models import Order
from stores.models import Kit, KitComponent, Product, SkuAlias
from tests.orders.factories import make_order, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def ops(client: Client, users: dict[str, User]) -> Client:
    client.force_login(users["ops"])
    return client


def make_kit(sku: str, *parts: str) -> Kit:
    kit = Kit.objects.create(sku=sku)
    for position, name in enumerate(parts):
        Product.objects.get_or_create(sku=name)
        KitComponent.objects.create(kit=kit, sku=name, quantity=1, position=position)
    return kit


def kit_data(*rows: tuple[str, str, str], **more: str) -> dict[str, str]:
    data = {"parts-TOTAL_FORMS": str(len(rows)), "parts-INITIAL_FORMS": "0", **more}
    for number, (name, quantity, share) in enumerate(rows):
        data[f"parts-{number}-component"] = name
        data[f"parts-{number}-quantity"] = quantity
        data[f"parts-{number}-share"] = share
    return data


def page(answer: Any) -> str:
    text: str = answer.content.decode()
    return text


def test_a_product_is_saved_as_it_is_typed(ops: Client) -> None:
    answer = ops.post(
        reverse("stores:product_create"),
        {
            "sku": " TEAPOT ",
            "customs_description": "Cast iron teapot",
            "hs_code": "7323.91",
            "origin_country": "jp",
            "weight_grams": "1200",
            "customs_value": "12,50",
            "currency": "eur",
            "gtin": "4006381333931",
            "asin": "b0cast1234",
        },
    )

    assert answer.status_code == 302
    product = Product.objects.get()
    assert (product.sku, product.hs_code, product.origin_country) == (
        "TEAPOT",
        "732391",
        "JP",
    )
    assert product.customs_value == Decimal("12.50")
    assert (product.currency, product.asin) == ("EUR", "B0CAST1234")
    entry = LogEntry.objects.get(object_repr="TEAPOT")
    assert "HS code: – → 732391" in entry.change_message


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("sku", "", "This field is required"),
        ("hs_code", "12", "6 to 12 digits"),
        ("origin_country", "Germany", "two letters: DE"),
        ("weight_grams", "0,45", "whole grams"),
        ("customs_value", "1.234", "two ways: write 1234 if"),
        ("gtin", "4006381333932", "would be 1"),
        ("asin", "B0", "10 letters and digits"),
        ("currency", "Euro", "three letters"),
    ],
)
def test_what_is_wrong_is_named_beside_its_field(
    ops: Client, field: str, value: str, said: str
) -> None:
    data = {"sku": "TEAPOT", field: value}

    answer = ops.post(reverse("stores:product_create"), data)

    assert answer.status_code == 200
    assert said in page(answer)
    assert not Product.objects.exists()


def test_a_value_without_its_currency_is_refused(ops: Client) -> None:
    data = {"sku": "TEAPOT", "customs_value": "12"}

    answer = ops.post(reverse("stores:product_create"), data)

    assert "Of which currency" in page(answer)


def test_who_was_faster_is_named_and_nothing_is_overwritten(
    ops: Client, users: dict[str, User]
) -> None:
    product = Product.objects.create(sku="TEAPOT", title="Pot")
    url = reverse("stores:product", args=[product.pk])
    seen = ops.get(url).context["seen"]
    lead = Client()
    lead.force_login(users["lead"])
    lead.post(url, {"title": "Lead's", "seen": seen})

    answer = ops.post(url, {"title": "Mine", "seen": seen})

    assert "lead has changed TEAPOT since" in page(answer).replace("&#x27;", "'")
    assert Product.objects.get().title == "Lead's"


def test_only_orders_with_the_sku_are_made_anew(ops: Client) -> None:
    store = make_store()
    make_kit("TEA-SET", "TEAPOT", "CUP")
    SkuAlias.objects.create(alias="TP-1", sku="TEAPOT", approved_at="2026-01-01T00:00Z")
    names = ["TEAPOT", "TP-1", "TEA-SET", "SPOON"]
    orders = {x: make_order(store=store, lines=[{"sku": x}]) for x in names}
    product = Product.objects.get(sku="TEAPOT")
    url = reverse("stores:product", args=[product.pk])

    answer = ops.post(
        url, {"hs_code": "732391", "seen": ops.get(url).context["seen"]}, follow=True
    )

    assert "3 open orders are made anew" in page(answer)
    fresh = Order.objects.get(payload_stale=False)
    assert fresh == orders["SPOON"]


def test_saving_it_unchanged_touches_no_order_and_logs_nothing(ops: Client) -> None:
    product = Product.objects.create(sku="TEAPOT")
    make_order(lines=[{"sku": "TEAPOT"}])
    url = reverse("stores:product", args=[product.pk])

    ops.post(url, {"seen": ops.get(url).context["seen"]})

    assert not Order.objects.filter(payload_stale=True).exists()
    assert not LogEntry.objects.exists()


def test_a_product_that_is_needed_is_not_deleted(ops: Client) -> None:
    make_kit("TEA-SET", "TEAPOT")
    product = Product.objects.get(sku="TEAPOT")

    answer = ops.post(reverse("stores:product_delete", args=[product.pk]), follow=True)

    assert "needed by kit TEA-SET" in page(answer)
    assert Product.objects.filter(sku="TEAPOT").exists()


def test_a_product_is_deleted_and_that_is_logged(ops: Client) -> None:
    product = Product.objects.create(sku="TEAPOT")

    ops.post(reverse("stores:product_delete", args=[product.pk]))

    assert not Product.objects.exists()
    assert LogEntry.objects.get().change_message == "Deleted"


def test_the_list_finds_and_narrows(ops: Client) -> None:
    whole = {"customs_description": "x", "hs_code": "732391", "origin_country": "JP"}
    Product.objects.create(sku="TEAPOT", title="Cast iron", **whole)
    Product.objects.create(sku="CUP", gtin="4006381333931")
    url = reverse("stores:products")

    assert "TEAPOT" not in page(ops.get(url, {"customs": "missing"}))
    assert "CUP" in page(ops.get(url, {"customs": "missing"}))
    assert "CUP" not in page(ops.get(url, {"q": "iron"}))
    assert ">CUP<" in page(ops.get(url, {"q": "4006381333931"}))
    assert "No product matches" in page(ops.get(url, {"q": "nothing"}))


def test_who_only_looks_changes_nothing(client: Client, users: dict[str, User]) -> None:
    client.force_login(users["finance"])
    product = Product.objects.create(sku="TEAPOT", title="Pot")
    url = reverse("stores:product", args=[product.pk])

    assert "Only ops and leads change products" in page(client.get(url))
    assert client.post(url, {"title": "Mine"}).status_code == 403
    assert Product.objects.get().title == "Pot"


def test_a_kit_is_saved_with_its_components_in_order(ops: Client) -> None:
    for sku in ("POT", "CUP"):
        Product.objects.create(sku=sku)
    data = kit_data(("POT", "1", "60"), ("CUP", "4", ""), ("", "", ""), sku="SET")

    ops.post(reverse("stores:kit_create"), data)

    kit = Kit.objects.get()
    found = [(x.sku, x.quantity, x.share) for x in kit.components.all()]
    assert found == [("POT", 1, Decimal(60)), ("CUP", 4, None)]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("", "", "")], "at least one component"),
        ([("POT", "", "")], "How many are in one kit?"),
        ([("", "2", "")], "Of which component?"),
        ([("POT", "1", ""), ("POT", "1", "")], "in this kit already"),
        ([("PTO", "1", "")], "no product with this SKU"),
        ([("OTHER", "1", "")], "It is a kit itself"),
        ([("SET", "1", "")], "It is a kit itself"),
        ([("POT", "1", "60"), ("CUP", "1", "30")], "come to 90 %, not to 100"),
        ([("POT", "1", "100"), ("CUP", "1", "")], "nothing is left"),
        ([("POT", "0", "")], "a whole number, 1 to 999"),
    ],
)
def test_a_kit_that_does_not_add_up_is_refused(
    ops: Client, rows: list[tuple[str, str, str]], said: str
) -> None:
    make_kit("OTHER", "POT", "CUP")

    answer = ops.post(reverse("stores:kit_create"), kit_data(*rows, sku="SET"))

    assert said in page(answer)
    assert not Kit.objects.filter(sku="SET").exists()


def test_more_rows_keep_what_was_typed(ops: Client) -> None:
    data = kit_data(("POT", "1", ""), sku="SET", more="1")

    answer = ops.post(reverse("stores:kit_create"), data)

    assert answer.context["parts"].total_form_count() == 6
    assert 'value="POT"' in page(answer)
    assert "Not saved" not in page(answer)


def test_a_kits_price_is_shown_split_to_the_penny(ops: Client) -> None:
    kit = make_kit("SET", "POT", "CUP", "LID")

    answer = ops.get(reverse("stores:kit", args=[kit.pk]), {"price": "10"})

    totals = [line["total"] for line in answer.context["split"]]
    assert sum(totals) == Decimal("10.00")
    assert sorted(totals) == [Decimal("3.33"), Decimal("3.33"), Decimal("3.34")]


def test_an_alias_waits_for_somebody_else(ops: Client, users: dict[str, User]) -> None:
    Product.objects.create(sku="TEE-M")
    order = make_order(lines=[{"sku": "TEE-MM"}])

    answer = ops.post(
        reverse("stores:alias_create"), {"alias": "TEE-MM", "sku": "TEE-M"}, follow=True
    )
    assert "once somebody else agrees" in page(answer)
    alias = SkuAlias.objects.get()
    agree = reverse("stores:alias_approve", args=[alias.pk])
    answer = ops.post(agree, {"sku": "TEE-M"}, follow=True)
    assert "somebody else has to agree" in page(answer)
    alias.refresh_from_db()
    assert alias.approved_at is None
    assert not Order.objects.filter(payload_stale=True).exists()

    lead = Client()
    lead.force_login(users["lead"])
    answer = lead.post(agree, {"sku": "TEE-M"}, follow=True)

    alias.refresh_from_db()
    assert (alias.basis, alias.approved_by) == ("second_person", users["lead"])
    assert "1 open order is made anew" in page(answer)
    order.refresh_from_db()
    assert order.payload_stale


def test_an_alias_with_the_same_gtin_counts_at_once(ops: Client) -> None:
    Product.objects.create(sku="TEE-M", gtin="4006381333931")
    Product.objects.create(sku="TEE-OLD", gtin="04006381333931")

    ops.post(reverse("stores:alias_create"), {"alias": "TEE-OLD", "sku": "TEE-M"})

    assert SkuAlias.objects.get().basis == "identifier"
    assert "GTIN 04006381333931" in LogEntry.objects.get().change_message


def test_a_changed_alias_is_agreed_to_anew(ops: Client, users: dict[str, User]) -> None:
    for sku in ("TEE-M", "TEE-L"):
        Product.objects.create(sku=sku)
    alias = SkuAlias.objects.create(
        alias="X1", sku="TEE-M", basis="second_person", approved_at="2026-01-01T00:00Z"
    )
    order = make_order(lines=[{"sku": "X1"}])

    ops.post(reverse("stores:alias", args=[alias.pk]), {"alias": "X1", "sku": "TEE-L"})

    alias.refresh_from_db()
    assert (alias.approved_at, alias.created_by) == (None, users["ops"])
    order.refresh_from_db()
    assert order.payload_stale


def test_an_agreement_counts_for_what_was_seen(
    client: Client, users: dict[str, User]
) -> None:
    alias = SkuAlias.objects.create(alias="X1", sku="TEE-L", created_by=users["ops"])
    client.force_login(users["lead"])

    client.post(reverse("stores:alias_approve", args=[alias.pk]), {"sku": "TEE-M"})

    alias.refresh_from_db()
    assert alias.approved_at is None


@pytest.mark.parametrize(
    ("alias", "sku", "said"),
    [
        ("X1", "TEE-MM", "Is TEE-M meant?"),
        ("TEE-M", "TEE-M", "It stands for itself"),
        ("TAKEN", "TEE-M", "stands for something in every store already"),
    ],
)
def test_an_alias_that_leads_nowhere_is_refused(
    ops: Client, alias: str, sku: str, said: str
) -> None:
    Product.objects.create(sku="TEE-M")
    SkuAlias.objects.create(alias="TAKEN", sku="TEE-M")

    answer = ops.post(reverse("stores:alias_create"), {"alias": alias, "sku": sku})

    assert said in page(answer)
    assert SkuAlias.objects.count() == 1


def test_a_deleted_alias_leaves_its_orders_to_be_made_anew(ops: Client) -> None:
    alias = SkuAlias.objects.create(
        alias="X1", sku="TEE-M", approved_at="2026-01-01T00:00Z"
    )
    order = make_order(lines=[{"sku": "X1"}])

    ops.post(reverse("stores:alias_delete", args=[alias.pk]))

    assert not SkuAlias.objects.exists()
    order.refresh_from_db()
    assert order.payload_stale
