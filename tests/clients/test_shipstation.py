"""asyncshipstation works against the sandbox with only its host changed.

It wraps every refusal into its ErrorResponse with status 500 and says the wire's
status in the text, so both are looked at.
"""

from __future__ import annotations

import json

import pytest

from tests.clients.conftest import Drive
from tests.sandbox_server import SandboxServer


def test_it_creates_lists_labels_marks_and_reads_back(
    sandbox: SandboxServer, drive: Drive
) -> None:
    seen = drive(
        "drive_shipstation.py",
        "journey",
        url=sandbox.peer_url("shipstation"),
        secret="demo-secret",
    )

    assert seen["stores"] == ["shipsync", "Amazon UK"]
    assert seen["warehouses"] == 1
    assert seen["created"] == [200, "awaiting_shipment", "client-C-1"]
    assert seen["same_order"] is True
    assert seen["note"] == "Please ring"
    assert seen["batch"] == [["C-2", True], ["C-3", False]]
    assert seen["waiting"] == ["C-1", "C-2"]
    assert {"shipmentId", "trackingNumber", "labelData"} <= set(seen["label"])
    assert seen["marked"] == [200, "C-2"]
    assert seen["shipped"] == ["C-1", "C-2"]
    rows = sandbox.ledger("shipstation")
    assert next(r["operation"] for r in rows if r["key"] == "client-C-2") == "create"


@pytest.mark.parametrize(
    ("secret", "fault", "status"),
    [("demo-secret", "429", 429), ("demo-secret", "revoked", 401), ("no", "", 401)],
)
def test_refusals_come_out_as_its_error_response(
    sandbox: SandboxServer, drive: Drive, secret: str, fault: str, status: int
) -> None:
    if fault:
        sandbox.faults("shipstation", fault)

    seen = drive(
        "drive_shipstation.py",
        "refused",
        url=sandbox.peer_url("shipstation"),
        secret=secret,
    )

    assert seen["wire"] == status
    assert (seen["status"], seen["error_source"]) == (500, "ShipStation")
    assert json.loads(seen["message"])["status_code"] == status
    assert int(seen["reset"]) >= 1
