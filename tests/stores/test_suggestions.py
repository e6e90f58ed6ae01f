"""SKUs that may be meant: products and kits written alike, the nearest first."""

from __future__ import annotations

import pytest

from stores.models import Kit, Product
from stores.suggestions import closest, known

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _catalogue() -> None:
    for sku in ("CAST-TEE-M", "CAST-TEE-L", "MUG-BLUE"):
        Product.objects.create(sku=sku, title=sku.lower())
    Kit.objects.create(sku="CAST-SET", title="Tee and mug")


def test_the_nearest_comes_first_whatever_its_case() -> None:
    assert closest("cast-tee-mm")[0] == "CAST-TEE-M"
    assert closest("cast-sett")[0] == "CAST-SET"


def test_nothing_alike_is_no_suggestion() -> None:
    assert closest("9780140449136") == []


def test_no_more_than_asked_for() -> None:
    assert len(closest("CAST-TEE", 1)) == 1


def test_known_ones_keep_their_order_and_say_what_is_a_kit() -> None:
    found = known(["CAST-SET", "GONE", "MUG-BLUE"])

    assert [(row.sku, row.kit) for row in found] == [
        ("CAST-SET", True),
        ("MUG-BLUE", False),
    ]
