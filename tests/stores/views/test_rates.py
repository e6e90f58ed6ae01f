"""Rates, eligible carriers and the guide: dated, signed, and never quietly wrong."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from shipsync_site.lib import clock
from stores import statements
from stores.connectors import CONNECTORS
from stores.models import EligibleCarrier, ExchangeRate, Store
from tests.orders.factories import make_order, make_store

pytestmark = pytest.mark.django_db
RATES = "/rates/"


@pytest.fixture
def lead(client: Client, users: dict[str, User]) -> Client:
    client.force_login(users["lead"])
    return client


def rate(per_euro: str, valid_from: date, currency: str = "GBP") -> ExchangeRate:
    return ExchangeRate.objects.create(
        currency=currency, per_euro=Decimal(per_euro), valid_from=valid_from
    )


def today() -> date:
    return clock.now().date()


def send(client: Client, **values: str) -> str:
    data = {"currency": "gbp", "per_euro": "0.8612", "valid_from": str(today())}
    return client.post(RATES, data | values, follow=True).content.decode()


def test_a_rate_is_added_with_who_and_orders_are_looked_at_again(lead: Client) -> None:
    order = make_order(next_look_at=None)

    page = send(lead)

    row = ExchangeRate.objects.get()
    assert (row.currency, row.per_euro) == ("GBP", Decimal("0.8612"))
    assert row.created_by is not None
    assert row.created_by.username == "lead"
    assert "<strong>0.8612 GBP</strong> for one euro" in page
    order.refresh_from_db()
    assert order.next_look_at is not None


def test_the_page_says_which_rate_counts_today(lead: Client) -> None:
    rate("0.8", today() - timedelta(days=40))
    counting = rate("0.85", today() - timedelta(days=2))
    rate("0.9", today() + timedelta(days=3))

    page = lead.get(RATES)

    assert page.context["counts"] == {counting.pk}
    assert page.content.decode().count(">today<") == 1


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"currency": "POUND"}, "at most 3 characters"),
        ({"currency": "£"}, "is no currency: three letters"),
        ({"currency": "EUR"}, "The euro needs no rate"),
        ({"per_euro": "0"}, "is no rate: more than 0"),
        ({"per_euro": "-1"}, "is no rate: more than 0"),
        ({"valid_from": "soon"}, "Enter a valid date"),
    ],
)
def test_what_is_no_rate_is_refused(
    lead: Client, values: dict[str, str], says: str
) -> None:
    assert says in send(lead, **values)
    assert not ExchangeRate.objects.exists()


def test_a_day_has_one_rate_for_good(lead: Client) -> None:
    rate("0.85", today())

    assert "It stays, for orders were judged by it" in send(lead)
    assert ExchangeRate.objects.get().per_euro == Decimal("0.85")


def test_a_rate_the_wrong_way_round_is_asked_about_before_it_is_saved(
    lead: Client,
) -> None:
    rate("0.86", today() - timedelta(days=30))

    page = send(lead, per_euro="1.16")
    assert "more than a fifth away" in page
    assert ExchangeRate.objects.count() == 1
    # What was agreed to is that figure, not another.
    send(lead, per_euro="1.17", agreed="1.16")
    assert ExchangeRate.objects.count() == 1

    send(lead, per_euro="1.16", agreed="1.16")
    assert ExchangeRate.objects.count() == 2


def test_others_read_rates_and_can_not_add(
    client: Client, users: dict[str, User]
) -> None:
    client.force_login(users["finance"])

    assert client.get(RATES).status_code == 200
    assert client.post(RATES, {"currency": "GBP"}).status_code == 403
    assert client.post("/carriers/eligible/", {}).status_code == 403
    assert not ExchangeRate.objects.exists()


LINE = {
    "marketplace": "amazon",
    "destination": "eu",
    "carrier_code": "DHL eCommerce",
    "service": "",
}


def test_a_line_of_the_list_is_added_and_removed_with_who(lead: Client) -> None:
    order = make_order(next_look_at=None)

    lead.post("/carriers/eligible/", LINE)
    row = EligibleCarrier.objects.get()
    assert (row.destination, row.carrier_code) == ("EU", "DHL eCommerce")
    order.refresh_from_db()
    assert order.next_look_at is not None

    lead.post(reverse("stores:eligible_delete", args=[row.pk]))
    assert not EligibleCarrier.objects.exists()
    page = lead.get("/carriers/eligible/").content.decode()
    assert "Removed: DHL eCommerce" in page
    assert LogEntry.objects.filter(user__username="lead").count() == 2


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"destination": "Q9"}, "is no destination"),
        ({"carrier_code": ""}, "required"),
        ({"marketplace": "ebay"}, "Select a valid choice"),
    ],
)
def test_what_is_no_line_is_refused(
    lead: Client, values: dict[str, str], says: str
) -> None:
    page = lead.post("/carriers/eligible/", LINE | values).content.decode()

    assert says in page
    assert not EligibleCarrier.objects.exists()


def test_a_line_stands_once(lead: Client) -> None:
    lead.post("/carriers/eligible/", LINE)

    page = lead.post("/carriers/eligible/", LINE).content.decode()

    assert "It is on the list already" in page
    assert EligibleCarrier.objects.count() == 1


def test_only_marketplaces_with_such_a_rule_are_listed_with_their_page(
    lead: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (
        "Out-of-Region Carrier List" in lead.get("/carriers/eligible/").content.decode()
    )

    monkeypatch.setattr(CONNECTORS.get("amazon"), "eligible_carriers", None)

    page = lead.get("/carriers/eligible/").content.decode()
    assert "No marketplace has such a rule" in page
    assert "Add a line" not in page


def guide(client: Client, store: Store, **values: str) -> str:
    url = reverse("stores:tax_guide", args=[store.slug])
    if not values:
        return client.get(url).content.decode()
    return client.post(url, values, follow=True).content.decode()


@pytest.mark.parametrize(
    ("model", "has", "lacks"),
    [
        (
            {"tax_route": "custom_field_2"},
            ["Custom Field 2", "IOSS=IM2760000123", "Make the automation rule"],
            ["Custom Field 1"],
        ),
        (
            {"tax_route": "tag", "tax_tag_id": 7044},
            ["the tag 7044", "Order Tags"],
            ["Custom Field"],
        ),
        ({"tax_route": "v2"}, ["newer interface"], ["Make the automation rule"]),
        ({"tax_route": "none"}, ["sends no tax number"], ["Make the automation rule"]),
    ],
)
def test_the_guide_is_of_the_stores_own_route(
    lead: Client, model: dict[str, Any], has: list[str], lacks: list[str]
) -> None:
    page = guide(lead, make_store(model=model))

    assert [word for word in has if word not in page] == []
    assert [word for word in lacks if word in page] == []
    assert "Look at a printed sample" in page


def test_the_guide_shows_the_markers_that_orders_carry(lead: Client) -> None:
    store = make_store()
    for number in ("IM2760000123", "IM2760000123", "IM3720000999"):
        make_order(store=store, tax={"scheme": "IOSS", "number": number})
    make_order(store=make_store(name="Other"), tax={"scheme": "VOEC", "number": "1"})

    page = guide(lead, store)

    assert "IOSS=IM2760000123" in page
    assert "IOSS=IM3720000999" in page
    assert "VOEC=" not in page


def test_a_seen_sample_is_kept_with_who_and_what_was_looked_at(lead: Client) -> None:
    store = make_store()
    assert guide(lead, store).count("Nobody has said so yet") == 2

    page = guide(
        lead,
        store,
        **{
            "subject": "tax_sample",
            "tax_sample-value": "shows",
            "tax_sample-note": "203-1, CN23, box 11",
        },
    )

    word = statements.word(store, "tax_sample")
    assert word.ready
    assert word.statement is not None
    assert word.statement.by is not None
    assert word.statement.by.username == "lead"
    assert "203-1, CN23, box 11" in page
    assert page.count("Nobody has said so yet") == 1


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"tax_sample-value": "shows"}, "Say what you looked at."),
        ({"tax_sample-note": "203-1"}, "Say what you saw."),
        ({"tax_sample-value": "maybe", "tax_sample-note": "203-1"}, "maybe is not one"),
    ],
)
def test_half_a_word_is_not_kept(
    lead: Client, values: dict[str, str], says: str
) -> None:
    store = make_store()

    assert says in guide(lead, store, subject="tax_sample", **values)
    assert statements.newest(store) == {}


def test_ops_read_the_guide_and_can_not_speak(
    client: Client, users: dict[str, User]
) -> None:
    client.force_login(users["ops"])
    store = make_store()
    url = reverse("stores:tax_guide", args=[store.slug])

    assert "Keep this with my name" not in guide(client, store)
    assert client.post(url, {"subject": "tax_sample"}).status_code == 403
