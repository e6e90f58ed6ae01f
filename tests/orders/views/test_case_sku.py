"""A case of an unknown SKU: which of ours it is, for one order or for all."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orders.models import Decision, Order, OrderException, OrderLine, RawBlock
from orders.reconsider import reconsider
from shipsync_site.lib import clock
from stores.models import Cursor, Product, SkuAlias, Store, UnknownSku
from tests.orders.factories import make_order, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    store = make_store(model={"unknown_sku": UnknownSku.HOLD})
    Cursor.objects.create(
        account=store.shipstation_account.key,
        stream="orders_trailing",
        watermark=clock.now(),
    )
    return store


def stuck(store: Store, sku: str = "TEE-MM", asin: str = "") -> OrderException:
    """An order whose SKU nobody knows, as decide() has it."""
    Product.objects.get_or_create(sku="TEE-M", defaults={"asin": "B0CAST1234"})
    order = make_order(store=store, lines=[{"sku": sku}], payload_stale=True)
    line = order.lines.get()
    items = [{"orderItemId": line.remote_id, "product": {"asin": asin}}]
    RawBlock.objects.create(
        order=order,
        source="amazon",
        block="order",
        as_of=clock.now(),
        body={"orderItems": items},
    )
    reconsider([order.pk])
    return OrderException.objects.get(order=order, kind="sku_unknown", state="open")


def choose(client: Client, case: OrderException, act: str, **data: Any) -> Any:
    case.refresh_from_db()
    values = {"act": act, "version": str(case.version), "sku": "TEE-M"} | data
    return client.post(reverse("orders:case_sku", args=[case.pk]), values)


@pytest.fixture
def ops(client: Client, users: dict[str, User]) -> Client:
    client.force_login(users["ops"])
    return client


def test_one_order_goes_on_with_the_sku_that_a_person_named(
    ops: Client, store: Store, users: dict[str, User]
) -> None:
    case, other = stuck(store), stuck(store)

    assert choose(ops, case, "order").status_code == 302

    case.refresh_from_db()
    assert (case.state, case.resolved_by) == ("resolved", users["ops"])
    decision = Decision.objects.get()
    assert (decision.verb, decision.choice) == ("use_sku", "TEE-M")
    assert OrderLine.objects.get(order=case.order).sku_override == "TEE-M"
    order = Order.objects.get(cases=case)
    assert not order.payload_stale
    assert not [x for x in order.payload_problems if x["code"] == "sku_unknown"]
    other.refresh_from_db()
    assert other.state == "open"
    page = ops.get(reverse("orders:case", args=[case.pk])).content.decode()
    assert "Another SKU for this order" in page


def test_all_orders_at_once_where_the_asin_is_the_same(
    ops: Client, store: Store
) -> None:
    case = stuck(store, asin="B0CAST1234")

    page = ops.get(reverse("orders:case", args=[case.pk])).content.decode()
    assert "Same ASIN B0CAST1234" in page
    choose(ops, case, "all")

    alias = SkuAlias.objects.get()
    assert (alias.basis, alias.store) == ("identifier", store)
    case.refresh_from_db()
    assert case.state == "resolved"


def test_all_orders_wait_for_a_second_person_without(
    ops: Client, store: Store, users: dict[str, User]
) -> None:
    case = stuck(store, asin="B0OTHER123")
    choose(ops, case, "all")
    alias = SkuAlias.objects.get()
    agree = {"alias": str(alias.pk)}

    answer = choose(ops, case, "agree", **agree)
    assert answer.status_code == 422
    assert "somebody else has to agree" in answer.content.decode()
    case.refresh_from_db()
    assert case.state == "open"

    lead = Client()
    lead.force_login(users["lead"])
    assert (
        "needs a second person"
        in lead.get(reverse("orders:case", args=[case.pk])).content.decode()
    )
    assert choose(lead, case, "agree", **agree).status_code == 302
    case.refresh_from_db()
    assert case.state == "resolved"
    alias.refresh_from_db()
    assert alias.basis == "second_person"


def test_the_same_asin_stands_before_the_same_spelling(
    ops: Client, store: Store
) -> None:
    Product.objects.create(sku="OTHERWISE", asin="B0SAME1234")
    case = stuck(store, asin="B0SAME1234")

    help_ = ops.get(reverse("orders:case", args=[case.pk])).context["sku_help"]

    assert [x.sku for x in help_.choices] == ["OTHERWISE", "TEE-M"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"typed": "TEE-N"}, "Is TEE-M meant?"),
        ({"sku": ""}, "Choose a SKU, or type one"),
    ],
)
def test_a_sku_that_is_not_ours_is_refused(
    ops: Client, store: Store, data: dict[str, str], said: str
) -> None:
    case = stuck(store)

    answer = choose(ops, case, "order", **data)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Decision.objects.exists()


def test_who_comes_second_is_told_and_changes_nothing(
    ops: Client, store: Store
) -> None:
    case = stuck(store)
    url = reverse("orders:case_sku", args=[case.pk])

    answer = ops.post(url, {"act": "order", "sku": "TEE-M", "version": "99"})

    assert answer.status_code == 409
    assert not OrderLine.objects.filter(sku_override="TEE-M").exists()


def test_a_created_product_lets_every_order_go_on(ops: Client, store: Store) -> None:
    case = stuck(store)
    help_ = ops.get(reverse("orders:case", args=[case.pk])).context["sku_help"]
    assert "sku=TEE-MM" in help_.product_url

    answer = ops.post(
        reverse("stores:product_create"),
        {"sku": "TEE-MM", "next": reverse("orders:case", args=[case.pk])},
    )

    assert answer["Location"] == reverse("orders:case", args=[case.pk])
    order = Order.objects.get(cases=case)
    assert order.payload_stale
    reconsider([order.pk])
    case.refresh_from_db()
    assert case.state == "resolved"


def test_cs_sees_whom_to_ask(
    client: Client, store: Store, users: dict[str, User]
) -> None:
    case = stuck(store)
    client.force_login(users["cs"])

    page = client.get(reverse("orders:case", args=[case.pk])).content.decode()

    assert "only ops and leads say which product it is" in page
    assert choose(client, case, "order").status_code == 403


@pytest.mark.parametrize(("asin", "chosen"), [("", False), ("B0CAST1234", True)])
def test_only_the_same_article_is_chosen_beforehand(
    ops: Client, store: Store, asin: str, chosen: bool
) -> None:
    case = stuck(store, asin=asin)

    page = ops.get(reverse("orders:case", args=[case.pk])).content.decode()

    assert 'name="sku" value="TEE-M"' in page
    assert ('value="TEE-M" id="sku-1" checked' in page) is chosen
