"""What decide() is shown of records that ShipStation imported itself."""

from __future__ import annotations

from typing import Any

import pytest

from orders.matching import Sign
from orders.models import Order, ShipStationOrder
from orders.snapshot import load
from orders.snapshot_direct import shows
from tests.orders import factories
from tests.orders.views.test_connection import direct_store, imported

NUMBER = "IM3720000224"


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ({"advancedOptions": {"customField2": "IOSS=IM3720000224"}}, True),
        ({"advancedOptions": {"source": "im 3720000224"}}, True),
        ({"internalNotes": "tax: IM-3720000224, see rule"}, True),
        ({"customerNotes": NUMBER}, False),
        ({"advancedOptions": {"customField1": "IM3720000225"}}, False),
        ({"advancedOptions": None, "internalNotes": None}, False),
    ],
)
def test_a_tax_number_is_seen_where_a_person_or_a_rule_can_write_it(
    body: dict[str, Any], shown: bool
) -> None:
    assert shows(body, NUMBER) is shown


def loaded(order: Order) -> Any:
    rows = Order.objects.select_related(
        "store__remote_account", "store__shipstation_account"
    )
    (item,) = load([rows.get(pk=order.pk)])
    return item.snapshot


@pytest.mark.django_db
def test_a_record_of_nobody_is_shown_by_its_postcode_with_its_rivals() -> None:
    store = direct_store()
    order = factories.make_order(store=store)
    record = imported(order, order_number="SR-1")
    ShipStationOrder.objects.filter(pk=record.pk).update(order=None, adopted=False)
    factories.make_order(store=store, ordered_at=order.ordered_at)

    (shown,) = loaded(order).records

    assert (shown.candidate, shown.rivals) == (True, 1)
    assert shown.likeness.agrees >= {Sign.STORE, Sign.LINE_IDS, Sign.POSTCODE}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "shown"),
    [({}, None), ({"internalNotes": NUMBER}, True), ({"x": 1}, False)],
)
def test_whether_the_tax_number_is_shown_is_unknown_until_the_record_is_read(
    body: dict[str, Any], shown: bool | None
) -> None:
    order = factories.make_order(store=direct_store(), ioss_number=NUMBER)
    imported(order, body=body)

    (record,) = loaded(order).records

    assert record.tax_shown is shown


@pytest.mark.django_db
def test_records_of_stores_that_shipsync_runs_are_not_compared() -> None:
    order = factories.make_order()
    factories.make_record(order)

    (record,) = loaded(order).records

    assert (record.likeness, record.rivals, record.tax_shown) == (None, 0, None)
