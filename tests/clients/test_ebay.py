"""ebay-apiroute works against the sandbox with only its base address changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.conftest import Drive
from tests.sandbox_server import SandboxServer


def test_it_lists_reads_fulfils_and_reads_back(
    sandbox: SandboxServer, drive: Drive
) -> None:
    ids = sandbox.orders("ebay", count=3, seed=5)

    seen = drive(
        "drive_ebay.py",
        "journey",
        url=sandbox.peer_url("ebay"),
        order_id=ids[0],
        count=3,
    )

    assert [len(page) for page in seen["pages"]] == [2, 1]
    listed = [order_id for page in seen["pages"] for order_id in page]
    assert sorted(listed) == sorted(ids)
    assert seen["total"] == 3
    assert seen["asked"] == [ids[0]]
    assert (seen["before"], seen["after"]) == ("NOT_STARTED", "FULFILLED")
    assert seen["cancel"] == "NONE_REQUESTED"
    assert seen["typed"][0] == ids[0]
    assert seen["tracking"] == ["AB123456785GB"]
    assert "Fulfillment" in seen["quotas"]
    (row,) = [row for row in sandbox.ledger("ebay") if row["operation"] == "fulfil"]
    assert (row["key"], row["accepted"]) == (ids[0], True)


@pytest.mark.parametrize(
    ("fault", "token", "status"),
    [
        ({"fault": "429", "operation": "getOrders"}, "", 429),
        ({"fault": "500", "operation": "getOrders"}, "", 500),
        ({"fault": "scope_missing"}, "", 403),
        (None, "v^1.1#i^1#wrong", 401),
    ],
)
def test_refusals_come_out_as_its_own_error(
    sandbox: SandboxServer,
    drive: Drive,
    fault: dict[str, Any] | None,
    token: str,
    status: int,
) -> None:
    if fault:
        sandbox.post("faults", {"peer": "ebay", **fault})

    seen = drive("drive_ebay.py", "refused", url=sandbox.peer_url("ebay"), token=token)

    assert (seen["error"], seen["status"]) == ("UnexpectedResponse", status)
    assert seen["id"] > 0
