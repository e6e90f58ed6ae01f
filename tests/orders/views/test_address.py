from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orders import correcting
from orders.models import (
    CaseState,
    Decision,
    Order,
    OrderBuyer,
    OrderEvent,
)
from tests.orders import factories

pytestmark = pytest.mark.django_db
SECRETS = ("Ada", "James", "4JH", "7946")


@pytest.fixture(autouse=True)
def _undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(correcting, "reconsider", lambda ids: None)


def url(order: Order) -> str:
    return reverse("orders:address", args=[order.pk])


def typed(order: Order, **fields: str) -> dict[str, str]:
    """What the form sends, with these fields changed."""
    buyer = OrderBuyer.objects.get(order=order)
    known = {
        name: str(value)
        for name, value in (buyer.corrected or buyer.recipient).items()
        if name != "residential"
    }
    hidden = {"base": correcting.base_of(buyer), "reason": "her message"}
    return known | hidden | fields


def text(response: Any) -> str:
    return str(response.content.decode())


def test_masked_until_asked_for_and_the_asking_is_logged(
    users: dict[str, User], client: Client
) -> None:
    order = factories.make_order()
    client.force_login(users["cs"])

    masked = text(client.get(url(order)))
    assert not [secret for secret in SECRETS if secret in masked]
    assert not OrderEvent.objects.exists()

    shown = client.post(url(order), {"act": "show"})
    assert "12 St James&#x27;s Square" in text(shown)
    assert shown["Cache-Control"] == "no-store"
    assert OrderEvent.objects.get().verb == "buyer_revealed"


def test_what_most_countries_need_is_not_called_optional(
    users: dict[str, User], client: Client
) -> None:
    order = factories.make_order()
    client.force_login(users["cs"])

    page = text(client.post(url(order), {"act": "show"}))
    labels = re.findall(r"<label[^>]*>([^<]+)<span[^>]*>\(optional\)", page)

    assert [label.strip() for label in labels] == [
        *("Company", "Street 2", "Street 3", "State", "Phone")
    ]


def test_before_and_after_are_shown_and_nothing_is_saved_yet(
    users: dict[str, User], client: Client
) -> None:
    order = factories.make_order()
    client.force_login(users["cs"])

    response = client.post(
        url(order), typed(order, act="preview", postcode="LS1 4DY", city="Leeds")
    )

    assert response.context["changes"] == [
        {"label": "Town", "before": "Winchcombe", "after": "Leeds"},
        {"label": "Postcode", "before": "SW1Y 4JH", "after": "LS1 4DY"},
    ]
    assert "Save and send to ShipStation" in text(response)
    assert not Decision.objects.exists()


def test_saving_says_how_far_it_is_and_goes_back_to_the_case(
    users: dict[str, User], client: Client
) -> None:
    case = factories.make_case(kind="address_not_verified")
    assert case.order is not None
    client.force_login(users["cs"])
    data = typed(case.order, act="save", postcode="LS1 4DY")
    data |= {"case": str(case.pk), "version": str(case.version)}

    response = client.post(url(case.order), data, follow=True)

    assert response.redirect_chain == [(reverse("orders:case", args=[case.pk]), 302)]
    page = text(response)
    assert "Address corrected. Goes out with the first push." in page
    case.refresh_from_db()
    assert case.state == CaseState.RESOLVED
    assert not [secret for secret in SECRETS if secret in page]


def test_uk_becomes_gb_and_the_page_says_so(
    users: dict[str, User], client: Client
) -> None:
    order = factories.make_order()
    client.force_login(users["cs"])
    data = typed(order, country="uk", city="Leeds")

    said = "UK was changed to GB: ShipStation takes ISO codes."
    assert said in text(client.post(url(order), data | {"act": "preview"}))
    done = client.post(url(order), data | {"act": "save"}, follow=True)

    assert said in text(done)
    assert OrderBuyer.objects.get().corrected["country"] == "GB"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": ""}, "This field is required"),
        ({"line1": "x" * 201}, "at most 200 characters"),
        ({"postcode": "99"}, "The postcode is not a postcode of GB."),
        ({"reason": " "}, "This field is required"),
        ({"city": "Win\u0007chcombe"}, "holds control characters (U+0007)"),
    ],
)
def test_each_field_says_what_is_wrong_with_it_and_keeps_what_was_typed(
    users: dict[str, User], client: Client, fields: dict[str, str], says: str
) -> None:
    order = factories.make_order()
    client.force_login(users["cs"])
    data = typed(order, act="save", phone="+44 113 496 0000")

    response = client.post(url(order), data | fields)

    assert response.status_code == 422
    assert says in text(response)
    assert "+44 113 496 0000" in text(response)
    assert not Decision.objects.exists()


def test_second_person_keeps_what_they_typed_and_sees_what_counts_now(
    users: dict[str, User], client: Client
) -> None:
    order = factories.make_order()
    mine = typed(order, act="save", city="Leeds")
    client.force_login(users["lead"])
    client.post(url(order), typed(order, act="save", city="York"))
    client.force_login(users["cs"])

    response = client.post(url(order), mine)

    assert response.status_code == 409
    page = text(response)
    assert "lead was faster" in page
    assert 'value="Leeds"' in page
    assert response.context["changes"] == [
        {"label": "Town", "before": "York", "after": "Leeds"}
    ]
    assert Decision.objects.count() == 1

    again = dict(mine) | {"base": correcting.base_of(OrderBuyer.objects.get())}
    assert client.post(url(order), again).status_code == 302


def test_an_order_that_has_gone_says_why_not(
    users: dict[str, User], client: Client
) -> None:
    order = factories.make_order(stage="done")
    client.force_login(users["cs"])

    page = text(client.get(url(order)))

    assert "its parcel has gone" in page
    assert "Show the address and correct it" not in page


def test_ops_get_a_403_that_names_the_permission(
    users: dict[str, User], client: Client
) -> None:
    client.force_login(users["ops"])

    response = client.post(url(factories.make_order()), {"act": "show"})

    assert response.status_code == 403
    assert "correct delivery addresses" in text(response)


def test_three_addresses_stand_beside_each_other(
    users: dict[str, User], client: Client
) -> None:
    case = factories.make_case(kind="address_contradicted")
    order = case.order
    assert order is not None
    factories.make_record(order)
    client.force_login(users["cs"])
    client.post(url(order), typed(order, act="save", city="Leeds"))
    OrderBuyer.objects.update(
        recipient=factories.RECIPIENT | {"city": "York"}, recipient_digest="new"
    )

    page = text(client.get(reverse("orders:case", args=[case.pk])))

    for source in ("Amazon, before", "Amazon, now", "Corrected by cs", "ShipStation"):
        assert source in page
    assert "York" not in page
    assert "Use the marketplace address" in page
