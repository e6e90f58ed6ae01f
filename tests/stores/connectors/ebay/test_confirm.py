from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from stores.connectors.ebay.confirm import fulfillment_body
from stores.errors import RejectedError
from stores.remote_types import Confirmation

CONFIRMATION = Confirmation(
    order_remote_id="12-34567-89012",
    marketplace_id="EBAY_GB",
    package_ref="1",
    carrier_code="RoyalMail",
    carrier_name="Royal Mail",
    service="Tracked 24",
    tracking_number="AB 1234-5678 5GB",
    shipped_at=datetime(2026, 11, 22, 13, tzinfo=timezone(timedelta(hours=1))),
    lines=(("1000123", 2), ("1000124", 1)),
)


def test_a_dispatch_is_told_in_ebays_words() -> None:
    assert fulfillment_body(CONFIRMATION) == {
        "lineItems": [
            {"lineItemId": "1000123", "quantity": 2},
            {"lineItemId": "1000124", "quantity": 1},
        ],
        "shippedDate": "2026-11-22T12:00:00.000Z",
        "shippingCarrierCode": "RoyalMail",
        "trackingNumber": "AB123456785GB",
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tracking_number": " - "}, "trackingNumber"),
        ({"tracking_number": "AB+12"}, "trackingNumber"),
        ({"tracking_number": "ÄB12345"}, "trackingNumber"),
        ({"carrier_code": ""}, "shippingCarrierCode"),
        ({"shipped_at": datetime(2026, 11, 22)}, "shippedDate"),  # noqa: DTZ001
        ({"lines": ()}, "lineItems"),
        ({"lines": (("1", 0),)}, "lineItems"),
    ],
)
def test_what_ebay_would_refuse_is_not_sent(
    changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(RejectedError) as caught:
        fulfillment_body(replace(CONFIRMATION, **changes))

    assert (caught.value.code, caught.value.field) == ("not_sent", field)
