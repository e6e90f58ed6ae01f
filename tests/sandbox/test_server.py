from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import requests

from shipsync_site.lib import clock
from tests.sandbox_server import SandboxError, SandboxServer, sandbox, sandbox_process

__all__ = ["sandbox", "sandbox_process"]

AUTH = ("demo-key", "demo-secret")


def _body(number: str) -> dict[str, Any]:
    return {
        "orderNumber": number,
        "orderKey": f"k-{number}",
        "orderDate": "2026-03-04 08:00:00",
        "orderStatus": "awaiting_shipment",
        "billTo": {"name": "Ada"},
        "shipTo": {"name": "Ada", "country": "GB"},
        "items": [{"lineItemKey": "1", "sku": "M", "name": "Mug", "quantity": 1}],
    }


def _create(server: SandboxServer, number: str) -> requests.Response:
    url = f"{server.peer_url('shipstation')}/orders/createorder"
    return requests.post(url, json=_body(number), auth=AUTH, timeout=5)


def test_effect_stays_when_the_answer_is_lost(sandbox: SandboxServer) -> None:
    sandbox.faults("shipstation", "lost_answer", count=1)

    with pytest.raises(requests.ConnectionError):
        _create(sandbox, "A-1")
    again = _create(sandbox, "A-1")

    assert again.status_code == 200
    rows = sandbox.ledger("shipstation")
    assert [row["operation"] for row in rows] == ["create", "equal_update"]
    assert rows[0]["body_digest"] == rows[1]["body_digest"]
    assert sandbox.ledger("shipstation", after=rows[0]["sequence"]) == rows[1:]


def test_lost_request_has_no_effect(sandbox: SandboxServer) -> None:
    sandbox.faults("shipstation", "lost_request", count=1, operation="createorder")

    with pytest.raises(requests.ConnectionError):
        _create(sandbox, "A-1")

    assert sandbox.ledger() == []
    assert sandbox.fault_rules()[0]["fired"] == 1


def test_slow_answer_outlasts_the_client(sandbox: SandboxServer) -> None:
    sandbox.faults("shipstation", "slow", count=1, seconds=0.6)
    url = f"{sandbox.peer_url('shipstation')}/orders/createorder"

    with pytest.raises(requests.ReadTimeout):
        requests.post(url, json=_body("A-1"), auth=AUTH, timeout=0.2)

    deadline = time.monotonic() + 5
    while not sandbox.ledger("shipstation") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert sandbox.ledger("shipstation")[0]["key"] == "k-A-1"


def test_malformed_body_is_cut(sandbox: SandboxServer) -> None:
    sandbox.faults("shipstation", "malformed", count=1)

    answer = _create(sandbox, "A-1")

    assert answer.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


def test_cleared_faults_are_over(sandbox: SandboxServer) -> None:
    sandbox.faults("shipstation", "500")
    assert _create(sandbox, "A-1").status_code == 500

    sandbox.clear_faults("shipstation")

    assert _create(sandbox, "A-1").status_code == 200


def test_warehouse_day_by_control_calls(sandbox: SandboxServer) -> None:
    for number in ("A-1", "A-2"):
        _create(sandbox, number)

    first = sandbox.ship(["k-A-1"], carrier="dpd")
    rest = sandbox.ship()
    sandbox.void(rest[0]["trackingNumber"])
    sandbox.manual("PHONE-1")

    assert first[0]["carrierCode"] == "dpd"
    statuses = {
        row["orderNumber"]: row["orderStatus"]
        for row in sandbox.orders_view("shipstation")
    }
    assert statuses == {
        "A-1": "shipped",
        "A-2": "awaiting_shipment",
        "PHONE-1": "awaiting_shipment",
    }
    window = sandbox.usage("shipstation")["shipstation"]["demo-key"][0]
    assert window["limit"] == 40


def test_control_errors_carry_their_reason(sandbox: SandboxServer) -> None:
    with pytest.raises(SandboxError, match="no peer 'etsy'"):
        sandbox.orders("etsy")
    with pytest.raises(SandboxError, match="channel is missing"):
        sandbox.post("orders", {})
    with pytest.raises(SandboxError, match="has no setting"):
        sandbox.config(shipstation={"colour": "red"})
    with pytest.raises(SandboxError, match="plays ship, void, relabel, manual"):
        sandbox.post("juggle", {})


def test_reset_empties_and_repeats_by_seed(sandbox: SandboxServer) -> None:
    def tracking(seed: int) -> str:
        sandbox.reset(seed)
        _create(sandbox, "A-1")
        return str(sandbox.ship()[0]["trackingNumber"])

    first = tracking(3)

    assert tracking(3) == first
    assert tracking(4) != first
    assert len(sandbox.ledger("shipstation")) == 2


@pytest.mark.cluster
def test_snapshot_brings_the_world_back(tmp_path: Path) -> None:
    snapshot = tmp_path / "sandbox.json"
    with SandboxServer(snapshot=snapshot, peers=["shipstation"]) as server:
        _create(server, "A-1")
        server.ship()
        before = server.orders_view("shipstation")
        ledger = server.ledger()
    assert snapshot.exists()

    with SandboxServer(snapshot=snapshot, peers=["shipstation"]) as server:
        assert server.orders_view("shipstation") == before
        assert server.ledger() == ledger
        assert _create(server, "A-2").json()["orderId"] > before[0]["orderId"]
        assert server.ledger()[-1]["sequence"] == len(ledger) + 1


@pytest.mark.cluster
def test_server_lives_by_the_clock_it_is_given() -> None:
    start = 1_772_643_600.0  # 2026-03-04 17:00 UTC
    ours = clock.fast(10.0, start)
    with SandboxServer(clock_text=ours.encode(), peers=["shipstation"]) as server:
        created = _create(server, "A-1").json()["createDate"]
        assert created.startswith("2026-03-04T09:")

        server.set_clock(clock.fast(1.0, start + 86_400))

        assert server.health()["now"].startswith("2026-03-05T17:00")
