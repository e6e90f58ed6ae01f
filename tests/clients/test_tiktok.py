"""tiktok-shop-api works against the sandbox with only the host changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.conftest import Drive
from tests.sandbox_server import SandboxServer


def test_it_lists_reads_ships_and_corrects(
    sandbox: SandboxServer, drive: Drive
) -> None:
    ids = sandbox.orders("tiktok", count=3, seed=5, on_hold=False, order_age=60)
    sandbox.orders("tiktok", seed=6)

    seen = drive(
        "drive_tiktok.py", "journey", url=sandbox.peer_url("tiktok"), order_id=ids[0]
    )

    assert [len(page) for page in seen["pages"]] == [2, 1]
    listed = [order_id for page in seen["pages"] for order_id in page]
    assert sorted(listed) == sorted(ids)
    assert seen["total"] == 3
    assert sorted(seen["details"]) == sorted(ids)
    assert (seen["before"], seen["after"]) == (
        "AWAITING_SHIPMENT",
        "AWAITING_COLLECTION",
    )
    assert seen["told"] == ["AB123456785GB", "PROCESSING"]
    assert seen["tracking"] == ["15501234567890"]
    operations = [row["operation"] for row in sandbox.ledger("tiktok")]
    assert operations.count("mark_shipped") == 1
    assert operations.count("shipping_info_updated") == 1


def test_it_registers_an_address_and_trusts_our_messages(
    sandbox: SandboxServer, drive: Drive
) -> None:
    (order_id,) = sandbox.orders("tiktok", on_hold=False)

    seen = drive(
        "drive_tiktok.py", "messages", url=sandbox.peer_url("tiktok"), order_id=order_id
    )

    assert seen == {
        "registered": [True],
        "type": 1,
        "order_id": order_id,
        "status": "AWAITING_COLLECTION",
        "left": 0,
    }


@pytest.mark.parametrize(
    ("fault", "job", "code", "status"),
    [
        ({"fault": "429", "operation": "getOrderList"}, {}, 36009002, 429),
        ({"fault": "scope_missing"}, {}, 105005, 200),
        (None, {"secret": "another"}, 106001, 200),
        (None, {"token": "TTA_nobody"}, 105001, 200),
    ],
)
def test_refusals_come_out_as_its_own_error(
    sandbox: SandboxServer,
    drive: Drive,
    fault: dict[str, Any] | None,
    job: dict[str, str],
    code: int,
    status: int,
) -> None:
    if fault:
        sandbox.post("faults", {"peer": "tiktok", **fault})

    seen = drive("drive_tiktok.py", "refused", url=sandbox.peer_url("tiktok"), **job)

    assert seen == {"code": code, "status": status}
