"""Columns that note time by themselves note the business clock's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shipsync_site.lib import clock
from stores.models import OperatingModel, Product
from tests.orders.factories import make_store

pytestmark = pytest.mark.django_db


def test_a_row_notes_business_time_when_made_and_when_saved() -> None:
    now = clock.real_now()
    clock.configure(clock.fast(1.0, (now - timedelta(days=40)).timestamp()))
    version = OperatingModel.objects.create(store=make_store(), version=7)
    (product,) = Product.objects.bulk_create([Product(sku="TEE")])

    made = version.created_at, product.updated_at
    clock.configure(clock.fast(1.0, (now - timedelta(days=30)).timestamp()))
    version.save()
    product.save()

    assert all(abs(now - timedelta(days=40) - x) < timedelta(minutes=5) for x in made)
    assert version.created_at == made[0]
    assert product.updated_at - made[1] > timedelta(days=9)
