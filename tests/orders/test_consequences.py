"""What a stricter rule would hold back is said before it is saved."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orders.models import OrderLine, Stage
from shipsync_site.lib import clock
from stores.consequences import foretold
from stores.models import OperatingModel, Product, SkuAlias, Store
from tests.orders.factories import make_order, make_record, make_store

pytestmark = pytest.mark.django_db
PUSH = OperatingModel(unknown_sku="push")
HOLD = OperatingModel(unknown_sku="hold")


@pytest.fixture
def store() -> Store:
    """Two orders wait with a SKU nobody knows; each of the others has a reason."""
    shop = make_store(slug="amazon-uk")
    for stage, sku, more in (
        (Stage.TO_PUSH, "STRANGE", {}),
        (Stage.WAITING, "STRANGE-TOO", {}),
        (Stage.TO_PUSH, "KNOWN", {}),
        (Stage.TO_PUSH, "ALIAS", {}),
        (Stage.TO_PUSH, "STRANGE", {"sku_override": "KNOWN"}),
        (Stage.DONE, "STRANGE", {}),
    ):
        order = make_order(store=shop, stage=stage)
        OrderLine.objects.filter(order=order).update(sku=sku, **more)
    sent = make_order(store=shop, stage=Stage.TO_PUSH)
    OrderLine.objects.filter(order=sent).update(sku="STRANGE")
    make_record(sent)
    Product.objects.create(sku="KNOWN")
    SkuAlias.objects.create(alias="ALIAS", sku="KNOWN", approved_at=clock.now())
    SkuAlias.objects.create(alias="STRANGE-TOO", sku="KNOWN")
    return shop


def test_what_a_stricter_rule_would_hold_is_counted(store: Store) -> None:
    assert foretold(store, PUSH, HOLD) == [
        "2 orders that wait have an unknown SKU and would be held for a person."
    ]


@pytest.mark.parametrize(
    ("before", "after"), [(HOLD, HOLD), (PUSH, PUSH), (HOLD, PUSH)]
)
def test_nothing_is_foretold_of_what_does_not_change(
    store: Store, before: OperatingModel, after: OperatingModel
) -> None:
    assert foretold(store, before, after) == []


def test_an_empty_catalogue_is_named() -> None:
    (told,) = foretold(make_store(), PUSH, HOLD)

    assert told.startswith("Nothing is known here yet")


def test_it_stands_where_the_change_is_compared(
    client: Client, users: dict[str, User], store: Store
) -> None:
    client.force_login(users["lead"])
    current = {"acceptance": "ask", "customs_check": "warn", "shadow_minimum": "20"}
    sent = {"group": "other", "unknown_sku": "hold", "shadow_tolerance": "0"} | current

    url = reverse("stores:rules", args=[store.slug])
    page = client.post(url, {"version": "1"} | sent).content.decode()

    assert "2 orders that wait have an unknown SKU" in page
