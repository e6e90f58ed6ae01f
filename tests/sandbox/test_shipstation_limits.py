from __future__ import annotations

import json
from typing import Any

import pytest
from django.http import HttpResponse

from shipsync_site.lib import clock
from stores.sandbox.core import LEDGER


def _limit(api: Any, limit: int) -> None:
    api.peer.configure({"accounts": [{"key": "demo-key", "limit": limit}]})


def _to_window_start(api: Any, still_clock: Any) -> None:
    meter = api.peer.world.accounts["demo-key"].meter
    still_clock.advance((meter.phase - clock.timestamp()) % 60)


def _quota(answer: HttpResponse) -> list[int]:
    names = ("Limit", "Remaining", "Reset")
    return [int(answer[f"X-Rate-Limit-{name}"]) for name in names]


def test_window_is_fixed_and_reset_counts_down(api: Any, still_clock: Any) -> None:
    _limit(api, 3)
    _to_window_start(api, still_clock)
    answers = [api.call("GET", "stores")]
    still_clock.advance(40.5)
    answers += [api.call("GET", "stores") for _ in range(3)]
    still_clock.advance(19.5)
    answers.append(api.call("GET", "stores"))

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 200]
    assert [_quota(answer) for answer in answers] == [
        [3, 2, 60],
        [3, 1, 20],
        [3, 0, 20],
        [3, 0, 20],
        [3, 2, 60],
    ]
    assert json.loads(answers[3].content) == {"message": "Too Many Requests"}


def test_every_answer_counts_and_carries_the_headers(api: Any) -> None:
    _limit(api, 40)
    answers = [
        api.call("GET", "orders/1"),
        api.call("GET", "nowhere"),
        api.call("POST", "orders/createorder", {}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 400]
    assert [_quota(answer)[1] for answer in answers] == [39, 38, 37]


def test_wrong_pair_is_401_and_plan_without_api_402(api: Any) -> None:
    api.pair = ("demo-key", "wrong")
    wrong_secret = api.call("GET", "stores")
    api.pair = ("nobody", "x")
    wrong_key = api.call("GET", "stores")
    api.pair = ("demo-key", "demo-secret")
    api.peer.configure({"accounts": [{"key": "demo-key", "api_in_plan": False}]})
    no_plan = api.call("GET", "stores")

    assert [a.status_code for a in (wrong_secret, wrong_key, no_plan)] == [
        401,
        401,
        402,
    ]
    assert json.loads(wrong_key.content) == {"message": "Invalid API credentials"}
    assert wrong_key["X-Rate-Limit-Limit"] == "40"


def test_revoked_key_is_refused_until_cleared(api: Any) -> None:
    api.peer.fault({"fault": "revoked", "account": "demo-key"})
    assert api.call("GET", "stores").status_code == 401

    api.peer.clear_faults()

    assert api.call("GET", "stores").status_code == 200


def test_usage_proves_rows_and_refusals(
    api: Any, order_body: Any, still_clock: Any
) -> None:
    _limit(api, 2)
    _to_window_start(api, still_clock)
    rows = [order_body("A-1"), order_body("A-2"), order_body("A-3", shipTo={})]
    api.post("orders/createorders", rows)
    api.get("orders")
    api.call("GET", "orders")
    still_clock.advance(60)
    api.get("shipments")

    first, second = api.peer.usage()["demo-key"]
    assert (first["used"], first["refused"], first["rows"]) == (2, 1, 2)
    assert first["operations"] == {"createorders": 1, "orders": 1}
    assert (second["used"], second["rows"]) == (1, 0)
    assert first["window_start"] < second["window_start"]


def test_injected_errors_spend_quota_and_are_counted_apart(api: Any) -> None:
    _limit(api, 40)
    request = api.factory.get(
        "/shipstation/stores", headers={"Authorization": _basic()}
    )

    answer = api.peer.fault_response(request, "stores", 500)

    assert _quota(answer)[1] == 39
    assert api.peer.usage()["demo-key"][0]["injected"] == 1
    assert api.peer.usage()["demo-key"][0]["refused"] == 0


def _basic() -> str:
    return "Basic ZGVtby1rZXk6ZGVtby1zZWNyZXQ="


def test_server_errors_come_in_every_known_form(api: Any) -> None:
    answers = [api.peer.error_response(500) for _ in range(3)]

    assert "ExceptionMessage" in json.loads(answers[0].content)
    assert "message" in json.loads(answers[1].content)
    assert answers[2]["Content-Type"] == "text/html"


@pytest.mark.parametrize("body", [b"", b"{", b"[1"])
def test_broken_json_is_a_400(api: Any, body: bytes) -> None:
    request = api.factory.generic(
        "POST",
        "/shipstation/orders/createorder",
        body,
        content_type="application/json",
        headers={"Authorization": _basic()},
    )

    assert api.peer.handle(request, "orders/createorder").status_code == 400


def test_dump_and_load_keep_the_whole_world(api: Any, still_clock: Any) -> None:
    api.peer.configure({"index_lag": 30})
    api.create("A-1")
    order = api.create("A-2", orderStatus="on_hold", holdUntilDate="2026-03-05")
    api.create("A-3")
    gone = api.create("A-4")
    api.call("DELETE", f"orders/{gone['orderId']}")
    api.control("ship", order_keys=["k-A-1"])
    before = api.get("orders")
    state = json.loads(json.dumps(api.peer.dump()))

    api.peer.load(state)

    assert api.get("orders") == before
    assert api.peer.dump()["random"] == state["random"]
    assert api.get("shipments")["total"] == 1
    assert api.refused("GET", f"orders/{gone['orderId']}")[0] == 404
    still_clock.advance(31)
    assert api.get("orders", modifyDateStart="2026-03-04")["total"] == 3
    still_clock.advance(24 * 3600)
    assert api.get(f"orders/{order['orderId']}")["orderStatus"] == "awaiting_shipment"
    assert api.create("A-5")["orderId"] > gone["orderId"]
    assert LEDGER.rows()[-1]["key"] == "k-A-5"
