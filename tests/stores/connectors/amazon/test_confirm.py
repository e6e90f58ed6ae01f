from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from stores.connectors.amazon.confirm import confirmation_body
from stores.errors import RejectedError
from stores.remote_types import Confirmation

CONFIRMATION = Confirmation(
    order_remote_id="026-1520163-6049104",
    marketplace_id="A1F83G8C2ARO7P",
    package_ref="1",
    carrier_code="Royal Mail",
    carrier_name="Royal Mail",
    service="Tracked 24",
    tracking_number=" QK000000005GB ",
    shipped_at=datetime(2026, 11, 22, 11, 5, tzinfo=timezone(timedelta(hours=1))),
    lines=(("05015851154158", 2),),
)


def test_the_body_has_amazons_shape() -> None:
    assert confirmation_body(CONFIRMATION) == {
        "marketplaceId": "A1F83G8C2ARO7P",
        "packageDetail": {
            "packageReferenceId": "1",
            "carrierCode": "Royal Mail",
            "carrierName": "Royal Mail",
            "shippingMethod": "Tracked 24",
            "trackingNumber": "QK000000005GB",
            "shipDate": "2026-11-22T10:05:00.000Z",
            "orderItems": [{"orderItemId": "05015851154158", "quantity": 2}],
        },
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"package_ref": "se-1"}, "packageReferenceId"),
        ({"package_ref": "0"}, "packageReferenceId"),
        ({"package_ref": "²"}, "packageReferenceId"),
        ({"carrier_code": ""}, "carrierCode"),
        ({"carrier_code": "Other", "carrier_name": " "}, "carrierName"),
        ({"tracking_number": " "}, "trackingNumber"),
        ({"shipped_at": datetime(2026, 11, 22)}, "shipDate"),  # noqa: DTZ001
        ({"lines": ()}, "orderItems"),
        ({"lines": (("1", 0),)}, "orderItems"),
    ],
)
def test_what_amazon_would_refuse_is_not_sent(
    changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(RejectedError) as caught:
        confirmation_body(replace(CONFIRMATION, **changes))

    assert (caught.value.code, caught.value.field) == ("not_sent", field)
