from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from orders import correcting, upkeep
from orders.case_locks import ConflictError, InvalidActError, NotAllowedError
from orders.correcting import Correction, StaleAddressError
from orders.models import (
    CaseState,
    Decision,
    Order,
    OrderBuyer,
    OrderEvent,
    OrderException,
)
from orders.payload_facts import address_of
from shipsync_site.lib import clock
from tests.orders import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def reconsidered(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The order ids handed to reconsider; the cases stay as the test made them."""
    calls: list[list[int]] = []
    monkeypatch.setattr(correcting, "reconsider", lambda ids: calls.append(list(ids)))
    return calls


def typed(order: Order, **fields: Any) -> Correction:
    """The order's address with these fields changed, as seen just now."""
    buyer = OrderBuyer.objects.get(order=order)
    return Correction(
        address=replace(address_of(buyer), **fields),
        reason="the buyer's message",
        base=correcting.base_of(buyer),
    )


def test_it_counts_beside_what_the_marketplace_said(
    users: dict[str, User], reconsidered: list[list[int]]
) -> None:
    order = factories.make_order()

    correcting.correct(order, typed(order, postcode="LS1 4DY"), users["cs"])

    buyer = OrderBuyer.objects.get(order=order)
    assert address_of(buyer).postcode == "LS1 4DY"
    assert buyer.recipient["postcode"] == "SW1Y 4JH"
    digest = order.payload_digest
    order.refresh_from_db()
    assert order.payload_digest != digest
    assert order.postcode_area == "LS1"
    assert reconsidered == [[order.pk]]


def test_who_changed_which_fields_is_told_and_the_values_stay_sealed(
    users: dict[str, User],
) -> None:
    order = factories.make_order()

    correcting.correct(
        order, typed(order, postcode="LS1 4DY", line1="7 Right Street"), users["cs"]
    )

    event = OrderEvent.objects.get(verb="address_corrected")
    assert event.text == "Corrected the delivery address: street, postcode"
    assert event.actor == users["cs"]
    decision = Decision.objects.get()
    assert (decision.by_name, decision.reason) == ("cs", "the buyer's message")
    assert decision.details["before"]["line1"] == "12 St James's Square"
    assert decision.details["after"]["line1"] == "7 Right Street"
    with connection.cursor() as cursor:
        cursor.execute("SELECT details FROM orders_decision")
        assert b"Right Street" not in bytes(cursor.fetchone()[0])


def test_its_case_is_resolved_by_the_person(users: dict[str, User]) -> None:
    case = factories.make_case(kind="address_incomplete")
    assert case.order is not None

    correcting.correct(
        case.order,
        typed(case.order, postcode="LS1 4DY"),
        users["cs"],
        case=case,
        version=case.version,
    )

    case.refresh_from_db()
    assert (case.state, case.resolution) == (CaseState.RESOLVED, "correct_address")
    assert case.resolved_by == users["cs"]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"line1": ""}, "The first address line is empty"),
        ({"line1": "x" * 201}, "has 201 characters, ShipStation takes 200"),
        ({"postcode": "12345"}, "is not a postcode of GB"),
        ({"country": "XX"}, "is not a country code"),
        ({}, "Nothing is changed"),
    ],
)
def test_what_shipstation_would_not_take_is_refused(
    users: dict[str, User], fields: dict[str, str], says: str
) -> None:
    order = factories.make_order()

    with pytest.raises(InvalidActError, match=says):
        correcting.correct(order, typed(order, **fields), users["cs"])

    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("order", "store", "says"),
    [
        ({"stage": "done"}, {}, "its parcel has gone"),
        ({"stage": "confirmed"}, {}, "its parcel has gone"),
        ({"not_ours": "pick_up"}, {}, "not ours to ship"),
        ({}, {"mode": "direct"}, "ShipStation's own connection runs this store"),
    ],
)
def test_where_it_would_do_nothing_it_is_refused_with_the_reason(
    users: dict[str, User], order: dict[str, Any], store: dict[str, Any], says: str
) -> None:
    row = factories.make_order(store=factories.make_store(**store), **order)

    with pytest.raises(InvalidActError, match=says):
        correcting.correct(row, typed(row, postcode="LS1 4DY"), users["cs"])


def test_second_person_is_told_who_was_faster(users: dict[str, User]) -> None:
    order = factories.make_order()
    mine = typed(order, postcode="LS1 4DY")
    correcting.correct(order, typed(order, city="Leeds"), users["lead"])

    with pytest.raises(StaleAddressError, match="lead was faster: 'Corrected the"):
        correcting.correct(order, mine, users["cs"])

    assert Decision.objects.count() == 1


def test_a_case_that_somebody_closed_meanwhile_is_a_conflict(
    users: dict[str, User],
) -> None:
    case = factories.make_case(kind="address_incomplete")
    assert case.order is not None
    OrderException.objects.filter(pk=case.pk).update(
        state=CaseState.RESOLVED, resolved_by=users["lead"], version=2
    )

    with pytest.raises(ConflictError, match="lead has resolved this case meanwhile"):
        correcting.correct(
            case.order,
            typed(case.order, postcode="LS1 4DY"),
            users["cs"],
            case=case,
            version=1,
        )


def test_ops_may_not(users: dict[str, User]) -> None:
    order = factories.make_order()

    with pytest.raises(NotAllowedError):
        correcting.correct(order, typed(order, city="Leeds"), users["ops"])


def test_back_to_the_marketplace_s_own_is_no_correction_any_more(
    users: dict[str, User],
) -> None:
    order = factories.make_order()
    buyer = OrderBuyer.objects.get(order=order)
    before = address_of(buyer)
    buyer.recipient_digest = correcting.json_digest(buyer.recipient)
    buyer.save()
    correcting.correct(order, typed(order, city="Leeds"), users["cs"])

    correcting.correct(order, typed(order, city=before.city), users["cs"])

    buyer.refresh_from_db()
    assert (buyer.corrected, buyer.corrected_digest) == ({}, "")


def test_an_order_without_any_address_gets_one_with_its_date_of_deletion(
    users: dict[str, User],
) -> None:
    order = factories.make_order(buyer=False)
    wanted = Correction(
        address=replace(
            address_of(None),
            name="Ada Byron",
            line1="7 Right Street",
            city="Leeds",
            postcode="LS1 4DY",
            country="GB",
        ),
        reason="the marketplace's own console",
        base=correcting.base_of(None),
    )

    correcting.correct(order, wanted, users["cs"])

    assert OrderBuyer.objects.get(order=order).purge_at is not None


def test_it_is_deleted_with_the_buyer(users: dict[str, User]) -> None:
    order = factories.make_order()
    correcting.correct(order, typed(order, city="Leeds"), users["cs"])
    OrderBuyer.objects.update(purge_at=clock.now() - timedelta(days=1))
    Order.objects.update(stage="done")

    upkeep.purge_due()

    buyer = OrderBuyer.objects.get()
    assert (buyer.corrected, buyer.corrected_digest) == ({}, "")
    assert Decision.objects.get().details == {}
    assert Decision.objects.get().reason == "the buyer's message"
