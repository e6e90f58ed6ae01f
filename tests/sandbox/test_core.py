from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from stores.sandbox import core
from stores.sandbox.core import AnswerLostError, ControlError, Ledger, Peer
from stores.sandbox.faults import Faults


class Echo(Peer):
    code = "echo"

    def __init__(self) -> None:
        super().__init__()
        self.effects = 0

    def reset(self, seed: int) -> None:
        self.effects = 0

    def handle(self, request: HttpRequest, path: str) -> HttpResponse:
        self.effects += 1
        return HttpResponse(b'{"answer": "whole"}')

    def error_response(self, status: int) -> HttpResponse:
        return HttpResponse(b"weather", status=status)


@pytest.fixture
def echo(monkeypatch: pytest.MonkeyPatch) -> Echo:
    peer = Echo()
    monkeypatch.setitem(core.PEERS, "echo", peer)
    return peer


def _serve(faults: Faults, peer: Peer) -> HttpResponse:
    return faults.serve(peer, RequestFactory().get("/echo/x"), "x")


def test_ledger_numbers_rows_and_filters_by_peer_and_sequence() -> None:
    ledger = Ledger()
    for place in range(4):
        peer = "a" if place % 2 else "b"
        ledger.append(peer=peer, operation="create", key=str(place), size=place)

    assert [row["sequence"] for row in ledger.rows()] == [1, 2, 3, 4]
    assert [row["key"] for row in ledger.rows(peer="a", after=2)] == ["3"]
    assert [row["key"] for row in ledger.rows(after=1, limit=2)] == ["1", "2"]
    assert ledger.rows(peer="nobody") == []
    assert ledger.rows()[3]["size"] == 3


def test_ledger_digest_ignores_the_order_of_keys() -> None:
    ledger = Ledger()
    ledger.append(peer="a", operation="x", key="1", body={"b": 1, "a": [2]})
    ledger.append(peer="a", operation="x", key="1", body={"a": [2], "b": 1})
    ledger.append(peer="a", operation="x", key="1")

    first, second, third = (row["body_digest"] for row in ledger.rows())
    assert first == second == hashlib.sha256(b'{"a":[2],"b":1}').hexdigest()
    assert third is None


def test_ledger_survives_dump_and_load() -> None:
    ledger = Ledger()
    ledger.append(peer="a", operation="x", key="1")
    ledger.append(peer="b", operation="y", key="2")
    copy = Ledger()

    copy.load(json.loads(json.dumps(ledger.rows())))
    copy.append(peer="b", operation="z", key="3")

    assert [row["key"] for row in copy.rows(peer="b")] == ["2", "3"]
    assert copy.rows()[-1]["sequence"] == 3


def test_same_seed_gives_the_same_weather(echo: Echo) -> None:
    def statuses(seed: int) -> list[int]:
        faults = Faults()
        faults.add({"peer": "echo", "fault": "500", "rate": 0.4, "seed": seed})
        return [_serve(faults, echo).status_code for _ in range(60)]

    assert statuses(7) == statuses(7)
    assert statuses(7) != statuses(8)
    assert 10 < statuses(7).count(500) < 40


def test_count_ends_a_fault(echo: Echo) -> None:
    faults = Faults()
    faults.add({"peer": "echo", "fault": "429", "count": 2})

    assert [_serve(faults, echo).status_code for _ in range(4)] == [429, 429, 200, 200]
    assert faults.views()[0]["fired"] == 2


def test_operation_limits_a_fault(echo: Echo) -> None:
    faults = Faults()
    faults.add({"peer": "echo", "fault": "500", "operation": "GET y"})

    assert _serve(faults, echo).status_code == 200


@pytest.mark.parametrize(
    ("fault", "effects", "status"),
    [("429", 0, 429), ("500", 0, 500), ("late_500", 1, 500), ("malformed", 1, 200)],
)
def test_transport_faults_act_before_or_after_the_effect(
    echo: Echo, fault: str, effects: int, status: int
) -> None:
    faults = Faults()
    faults.add({"peer": "echo", "fault": fault})

    answer = _serve(faults, echo)

    assert (echo.effects, answer.status_code) == (effects, status)
    if fault == "malformed":
        with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
            json.loads(answer.content)


def test_lost_answer_needs_gunicorn_and_says_so(echo: Echo) -> None:
    faults = Faults()
    faults.add({"peer": "echo", "fault": "lost_answer"})

    with pytest.raises(AnswerLostError, match="gunicorn"):
        _serve(faults, echo)

    assert echo.effects == 1


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ({"peer": "nobody", "fault": "500"}, "no peer 'nobody'"),
        ({"peer": "echo", "fault": "hail"}, "cannot play the fault 'hail'"),
        ({"peer": "echo", "fault": "500", "rate": 3}, "rate=3.0"),
        ({"peer": "echo", "fault": "500", "count": "many"}, "many"),
    ],
)
def test_wrong_fault_is_refused_with_its_reason(
    echo: Echo, spec: dict[str, Any], text: str
) -> None:
    with pytest.raises(ControlError, match=text):
        Faults().add(spec)


def test_a_peer_without_a_control_call_says_so(echo: Echo) -> None:
    with pytest.raises(ControlError, match="echo has no control call 'orders'"):
        echo.place_orders({})


def test_a_second_peer_of_the_same_code_is_refused(echo: Echo) -> None:
    with pytest.raises(ValueError, match="registered twice"):
        core.register_peer(Echo())
