"""python-amazon-sp-api works against the sandbox with only its hosts changed."""

from __future__ import annotations

from typing import Any

import pytest

from stores.connectors.amazon import acknowledge
from tests.clients.conftest import Drive
from tests.sandbox_server import SandboxServer

UK, DE, FR = "A1F83G8C2ARO7P", "A1PA6795UKMFR9", "A13V1IB3VIYZZH"


def test_it_lists_reads_confirms_and_reads_back(
    sandbox: SandboxServer, drive: Drive
) -> None:
    sandbox.config(amazon={"two_minutes": 0})
    ids = sandbox.orders("amazon", count=3, seed=5)

    seen = drive(
        "drive_amazon.py",
        "journey",
        url=sandbox.peer_url("amazon"),
        secret="demo-secret",
        order_id=ids[0],
    )

    assert seen["marketplaces"] == [UK, DE, FR]
    assert [len(page) for page in seen["v0_pages"]] == [2, 1]
    paged = [order_id for page in seen["v0_pages"] for order_id in page]
    assert sorted(paged) == sorted(ids) == sorted(seen["search"])
    assert seen["rate"] == "0.0167"
    assert seen["v0_before"]["OrderStatus"] == "Unshipped"
    assert seen["v0_items"][0]["BuyerRequestedCancel"] == {
        "IsBuyerRequestedCancel": "false"
    }
    assert seen["v0_after"]["OrderStatus"] == "Shipped"
    (package,) = seen["read_back"]["packages"]
    assert package["trackingNumber"] == "AB123456785GB"
    assert seen["read_back"]["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
    (row,) = [row for row in sandbox.ledger("amazon") if row["operation"] == "confirm"]
    assert (row["key"], row["accepted"]) == (ids[0], True)


@pytest.mark.parametrize("packed", [True, False])
def test_it_cancels_by_a_feed_and_reads_the_report(
    sandbox: SandboxServer, drive: Drive, packed: bool
) -> None:
    sandbox.config(
        amazon={"feed_queue": 0, "feed_work": 0, "feed_effect": 0, "feed_gzip": packed}
    )
    (order_id,) = sandbox.orders("amazon")
    (view,) = sandbox.orders_view("amazon")
    item_ids = tuple(line["order_item_id"] for line in view["lines"])
    feed = acknowledge.envelope("A2DEMOSELLER", order_id, item_ids, "NoInventory")

    seen = drive(
        "drive_amazon.py",
        "cancel",
        url=sandbox.peer_url("amazon"),
        secret="demo-secret",
        feed=feed.decode(),
    )

    assert seen["status"] == "DONE"
    assert "<MessagesSuccessful>1</MessagesSuccessful>" in seen["report"]
    (view,) = sandbox.orders_view("amazon")
    assert view["status"] == "CANCELLED"


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (
            {"fault": "429", "operation": "getOrders"},
            {
                "error": "SellingApiRequestThrottledException",
                "status": 429,
                "code": "QuotaExceeded",
                "rate_header": None,
            },
        ),
        (
            {"fault": "500", "operation": "getOrders"},
            {
                "error": "SellingApiServerException",
                "status": 500,
                "code": "InternalFailure",
                "rate_header": None,
            },
        ),
        (
            {"fault": "role_missing", "operation": "getOrders"},
            {
                "error": "SellingApiForbiddenException",
                "status": 403,
                "code": "Unauthorized",
                "rate_header": None,
            },
        ),
        (
            {"fault": "revoked", "seller_id": "A2DEMOSELLER"},
            {"error": "AuthorizationError", "status": 400, "code": "invalid_grant"},
        ),
    ],
)
def test_refusals_come_out_as_its_own_errors(
    sandbox: SandboxServer,
    drive: Drive,
    fault: dict[str, Any],
    expected: dict[str, Any],
) -> None:
    sandbox.post("faults", {"peer": "amazon", **fault})

    seen = drive(
        "drive_amazon.py",
        "refused",
        url=sandbox.peer_url("amazon"),
        secret="demo-secret",
    )

    assert seen == expected


def test_a_wrong_secret_is_its_authorization_error(
    sandbox: SandboxServer, drive: Drive
) -> None:
    seen = drive(
        "drive_amazon.py", "refused", url=sandbox.peer_url("amazon"), secret="wrong"
    )

    assert seen == {
        "error": "AuthorizationError",
        "status": 401,
        "code": "invalid_client",
    }
