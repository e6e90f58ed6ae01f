"""The same message in many hands at once is one receipt."""

from __future__ import annotations

import threading

import pytest
from django.db import connection
from django.db.models import Sum

from stores import lanes
from stores.models import WebhookReceipt
from stores.remote_types import WebhookRequest
from stores.webhooks import endpoints
from stores.webhooks.receive import receive
from tests.orders.factories import make_shipstation_account

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

BODY = (
    b'{"resource_type": "SHIP_NOTIFY", "resource_url": '
    b'"https://ssapi6.shipstation.com/shipments?storeID=1&batchId=2"}'
)


def test_one_message_in_eight_hands_is_one_receipt() -> None:
    account = make_shipstation_account()
    endpoint = endpoints.endpoint_of(account)
    lanes.ensure_lanes()
    request = WebhookRequest(
        method="POST",
        url="https://ops.example.com/hooks/x/y/",
        headers={"content-type": "application/json"},
        query={},
        body=BODY,
    )
    barrier = threading.Barrier(8)
    statuses: list[int] = []

    def knock() -> None:
        try:
            barrier.wait(10)
            statuses.extend(
                receive(account, endpoint, request).status for _ in range(10)
            )
        finally:
            connection.close()

    threads = [threading.Thread(target=knock) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert statuses == [200] * 80
    assert WebhookReceipt.objects.count() == 1
    assert WebhookReceipt.objects.aggregate(n=Sum("repeats"))["n"] == 79
