"""Carrier codes: what an operator's list makes of a mapping is shown, and asked about."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from stores.choices import keep_all
from stores.models import CarrierMapping, RemoteAccount, Store
from stores.remote_types import Choice, ChoiceKind
from tests.orders.factories import make_store, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ops(client: Client) -> Client:
    client.force_login(
        make_user(permissions=("stores.view_store", "stores.map_carriers"))
    )
    return client


@pytest.fixture
def operator() -> Store:
    """A store at an operator that lists Royal Mail under a code of its own."""
    account = RemoteAccount.objects.create(
        name="Debenhams", marketplace="mirakl", environment="sandbox", region="d"
    )
    keep_all(
        account.key,
        [
            Choice(
                kind=ChoiceKind.CARRIER,
                code="RM24",
                label="Royal Mail 24",
                standard="ROYAL_MAIL",
            )
        ],
    )
    return make_store(slug="debenhams", remote_account=account)


def mapping(code: str, carrier: str) -> CarrierMapping:
    return CarrierMapping.objects.create(
        marketplace="mirakl",
        shipstation_carrier=carrier,
        carrier_code=code,
        is_default=True,
    )


def test_the_code_that_the_operator_is_told_stands_on_the_page(
    ops: Client, operator: Store
) -> None:
    mapping("ROYAL-MAIL", "royal_mail")
    mapping("DPD-UK", "dpd")
    page = ops.get(reverse("stores:carriers")).content.decode()

    assert '<span class="mono">RM24</span> (Royal Mail 24)' in page
    assert "The operator does not list the carrier DPD-UK" in page


def test_a_default_that_the_operators_list_lacks_is_asked_about(
    ops: Client, operator: Store
) -> None:
    form = {
        "marketplace": "mirakl",
        "store": operator.pk,
        "shipstation_carrier": "dpd",
        "carrier_code": "DPD-UK",
    }
    page = ops.post(reverse("stores:carrier_create"), form).content.decode()
    assert "is not one that Mirakl is known to accept" in page
    assert not CarrierMapping.objects.exists()

    listed = {**form, "shipstation_carrier": "royal_mail", "carrier_code": "ROYAL-MAIL"}
    assert ops.post(reverse("stores:carrier_create"), listed).status_code == 302
    assert CarrierMapping.objects.get().carrier_code == "ROYAL-MAIL"


def test_a_default_counts_where_no_list_was_read(ops: Client) -> None:
    form = {
        "marketplace": "mirakl",
        "shipstation_carrier": "dpd",
        "carrier_code": "DPD-UK",
    }
    assert ops.post(reverse("stores:carrier_create"), form).status_code == 302
