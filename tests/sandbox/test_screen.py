"""The sandbox screen without a script: buttons, sentences, state, files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import requests

from stores.sandbox import screen
from stores.sandbox.screen_state import quota_lines
from tests.sandbox_server import SandboxServer, sandbox, sandbox_process

__all__ = ["sandbox", "sandbox_process"]

ROOT = Path(__file__).resolve().parents[2]
CREDENTIALS = ("demo-key", "demo-secret")


def press(server: SandboxServer, act: str, **fields: Any) -> dict[str, Any]:
    """Press a button as the script does; ``{said, ok}``."""
    answer = requests.post(
        f"{server.url}/screen/act/{act}",
        data=fields,
        headers={"Accept": "application/json"},
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()
    return result


def state(server: SandboxServer, **query: Any) -> dict[str, Any]:
    answer = requests.get(f"{server.url}/screen/state", params=query, timeout=10)
    result: dict[str, Any] = answer.json()
    return result


def type_in(server: SandboxServer, *numbers: str) -> None:
    for number in numbers:
        server.manual(number)


def operations(server: SandboxServer, peer: str) -> list[str]:
    return [row["operation"] for row in server.ledger(peer)]


def test_the_page_needs_nothing_from_elsewhere(sandbox: SandboxServer) -> None:
    answer = requests.get(f"{sandbox.url}/", timeout=10)

    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert not re.search(r'(src|href)="(?!/screen/)', answer.text)
    assert not re.search(r"<style|style=|\son\w+=|<script>", answer.text)
    files = re.findall(r'"(/screen/[\w.]+\.\w+)"', answer.text)
    assert len(files) == 3
    for path in files:
        assert requests.get(f"{sandbox.url}{path}", timeout=10).ok, path


def test_orders_are_placed_and_counted(sandbox: SandboxServer) -> None:
    result = press(sandbox, "place", channel="amazon", count=3, ship_by_hours=24)

    assert result["ok"]
    assert result["said"].startswith("3 orders placed at Amazon: ")
    (amazon,) = [peer for peer in state(sandbox)["peers"] if peer["code"] == "amazon"]
    assert amazon["orders"] == [["unshipped", 3]]


def test_the_same_buttons_twice_place_other_orders(sandbox: SandboxServer) -> None:
    for _ in range(2):
        press(sandbox, "place", channel="amazon", count=2)

    ids = [row["order_id"] for row in sandbox.orders_view("amazon")]
    assert len(set(ids)) == 4


@pytest.mark.parametrize(
    ("how", "operation"),
    [
        ("request", "cancel_requested"),
        ("cancelled", "cancelled"),
        ("line", "cancelled"),
    ],
)
def test_the_newest_open_order_is_cancelled(
    sandbox: SandboxServer, how: str, operation: str
) -> None:
    _, newest = sandbox.orders("amazon", count=2)

    result = press(sandbox, "cancel", channel="amazon", how=how)

    assert result["ok"], result
    assert newest in result["said"]
    assert sandbox.ledger("amazon")[-1]["operation"] == operation
    assert sandbox.ledger("amazon")[-1]["key"] == newest


def test_a_marketplace_of_many_operators_offers_each(sandbox: SandboxServer) -> None:
    page = requests.get(f"{sandbox.url}/", timeout=10).text
    (value,) = re.findall(r'value="(mirakl:Sal[^"]+)"', page)

    placed = press(sandbox, "place", channel=value, count=1)
    unknown = press(sandbox, "place", channel="mirakl:Nobody", count=1)

    assert placed["said"].startswith("1 order placed at Salon: S-")
    assert [row["operator"] for row in sandbox.orders_view("mirakl")] == ["salon"]
    assert (unknown["ok"], unknown["said"]) == (False, "Mirakl has no 'Nobody'")


def test_time_and_carriers_move_orders_on(sandbox: SandboxServer) -> None:
    press(sandbox, "place", channel="tiktok", count=2)
    (first, second) = [row["order_id"] for row in sandbox.orders_view("tiktok")]

    one = press(sandbox, "move-on", what="tiktok:release", order_id=first)
    rest = press(sandbox, "move-on", what="tiktok:release")
    none = press(sandbox, "move-on", what="tiktok:IN_TRANSIT")
    again = press(sandbox, "move-on", what="tiktok:release", order_id=first)
    unknown = press(sandbox, "move-on", what="tiktok:sunrise")

    assert first in one["said"]
    assert rest["said"].endswith(f"is over: {second}.")
    assert none["said"] == "No order at TikTok Shop waits for that."
    assert (again["ok"], unknown["ok"]) == (False, False)
    states = {row["status"] for row in sandbox.orders_view("tiktok")}
    assert states == {"AWAITING_SHIPMENT"}


@pytest.mark.parametrize("channel", ["amazon", "ebay", "mirakl", "tiktok"])
def test_every_marketplace_can_be_played(sandbox: SandboxServer, channel: str) -> None:
    # While TikTok holds an order, whoever asks to cancel has cancelled.
    sandbox.config(tiktok={"hold_seconds": 0})
    press(sandbox, "place", channel=channel, count=2, same_buyer=1)

    asked = [press(sandbox, "cancel", channel=channel) for _ in range(2)]
    nobody = press(sandbox, "cancel", channel=channel)
    back = press(sandbox, "cancel", channel=channel, how="withdrawn")
    gone = press(sandbox, "cancel", channel=channel, how="cancelled")

    assert [row["ok"] for row in (*asked, back, gone)] == [True] * 4
    assert asked[0]["said"] != asked[1]["said"]
    assert nobody["ok"] is False
    (peer,) = [row for row in state(sandbox)["peers"] if row["code"] == channel]
    assert sum(count for _, count in peer["orders"]) == 2


@pytest.mark.parametrize(
    ("usage", "lines"),
    [
        (
            {"a": [{"operation": "getOrder", "tokens": 4.6, "burst": 30, "taken": 3}]},
            ["getOrder: 5 of 30 left, 3 taken"],
        ),
        (
            {
                "a": [
                    {"operation": "getOrder", "tokens": None, "taken": 3, "refused": 1}
                ]
            },
            ["getOrder: quota off, 3 taken, 1 refused"],
        ),
        (
            {
                "key": [
                    {"window_start": "1", "limit": 40, "used": 40, "refused": 2},
                    {"window_start": "2", "limit": 40, "used": 7, "refused": 0},
                ]
            },
            ["key: 7 of 40 used"],
        ),
        (
            {"k": [{"resource": "sell", "limit": 100, "count": 9, "refused": 0}]},
            ["sell: 9 of 100 used"],
        ),
        ({"k": [{"resource": "s", "limit": 2_000_000_000}]}, ["s: 0 used, quota off"]),
        ({"k": []}, []),
    ],
)
def test_quotas_are_said_in_a_line(usage: dict[str, Any], lines: list[str]) -> None:
    assert quota_lines(usage) == lines


def test_a_marketplace_pays_and_what_is_wrong_in_it_is_said(
    sandbox: SandboxServer,
) -> None:
    nothing = press(sandbox, "pay", channel="ebay")
    press(sandbox, "place", channel="ebay", count=1)
    (order,) = sandbox.orders_view("ebay")
    paid = press(sandbox, "pay", channel="ebay", oddity="not_dispatched", later="1")
    again = press(sandbox, "pay", channel="ebay", oddity="missing_refund")
    unknown = press(sandbox, "pay", channel="shipstation")

    assert nothing["said"] == "eBay owes nothing: ship and confirm orders first."
    assert paid["said"].startswith("eBay pays ")
    assert f"was not dispatched ({order['order_id']})." in paid["said"]
    assert again["said"] == "No order fits: a refund that is due is left out."
    assert (unknown["ok"], unknown["said"]) == (False, "ShipStation pays nobody")


def test_a_request_is_withdrawn(sandbox: SandboxServer) -> None:
    (order_id,) = sandbox.orders("amazon")
    press(sandbox, "cancel", channel="amazon", how="request", order_id=order_id)

    result = press(sandbox, "cancel", channel="amazon", how="withdrawn")

    assert result["said"] == (
        f"The buyer of {order_id} withdrew the request; the order is UNSHIPPED."
    )


def test_what_waits_is_shipped(sandbox: SandboxServer) -> None:
    type_in(sandbox, "A-1", "A-2", "A-3")

    few = press(sandbox, "ship", limit=2, carrier="royal_mail")
    named = press(sandbox, "ship", order_numbers="A-3")
    none = press(sandbox, "ship")

    assert few["said"].startswith("2 labels bought: ")
    assert named["said"].startswith("1 label bought: ")
    assert none == {
        "said": "No order waits in ShipStation: nothing to ship.",
        "ok": True,
    }
    assert operations(sandbox, "shipstation").count("label") == 3


def test_orders_are_combined_with_one_label(sandbox: SandboxServer) -> None:
    type_in(sandbox, "A-1", "A-2")

    result = press(sandbox, "combine", order_numbers="A-1, A-2", label=1)

    assert result["said"].startswith("A-1, A-2 combined. 1 label bought: ")
    assert "merge" in operations(sandbox, "shipstation")


def test_orders_are_combined_without_a_label(sandbox: SandboxServer) -> None:
    type_in(sandbox, "A-1", "A-2")

    result = press(sandbox, "combine")

    assert "are one order now" in result["said"]
    assert "label" not in operations(sandbox, "shipstation")


def test_the_newest_label_is_voided_or_printed_again(sandbox: SandboxServer) -> None:
    type_in(sandbox, "A-1")
    press(sandbox, "ship")

    again = press(sandbox, "void", again=1)
    void = press(sandbox, "void")
    nothing = press(sandbox, "void")

    assert "the new one is" in again["said"]
    assert void["said"].endswith("of A-1 is void.")
    assert nothing["ok"] is False
    assert operations(sandbox, "shipstation").count("void") == 2


def test_weather_hits_and_clears(sandbox: SandboxServer) -> None:
    def orders() -> int:
        return requests.get(
            f"{sandbox.peer_url('shipstation')}/orders", auth=CREDENTIALS, timeout=10
        ).status_code

    said = press(sandbox, "weather", peer="shipstation", fault="429", times=2)
    hit = orders()
    own = press(sandbox, "weather", peer="shipstation", fault="revoked")
    weather = {peer["code"]: peer["weather"] for peer in state(sandbox)["peers"]}
    spent, revoked = orders(), orders()
    left = {peer["code"]: peer["weather"] for peer in state(sandbox)["peers"]}
    clear = press(sandbox, "weather", clear=1)

    assert said["said"] == "ShipStation: 429 hits every request, 2 times at most."
    assert (hit, spent, revoked, orders()) == (429, 429, 401, 200)
    assert own["said"] == "ShipStation: revoked is in force."
    assert weather["shipstation"] == [
        "429, 100 % of requests, hit 1 of at most 2",
        "revoked, demo-key",
        "revoked, second-key",
    ]
    assert left["shipstation"] == ["revoked, demo-key", "revoked, second-key"]
    assert clear["ok"]
    assert all(not peer["weather"] for peer in state(sandbox)["peers"])


@pytest.mark.parametrize(
    ("act", "fields", "text"),
    [
        ("place", {"channel": "amazon", "count": "many"}, "count='many'"),
        ("place", {"channel": "amazon", "count": "201"}, "1 to 200"),
        ("place", {"channel": "nowhere"}, "no peer 'nowhere'"),
        ("place", {"channel": "shipstation"}, "has no control call"),
        ("cancel", {"channel": "amazon"}, "No open order at Amazon"),
        ("cancel", {"channel": "amazon", "order_id": "1"}, "no order '1'"),
        ("cancel", {"channel": "amazon", "how": "never"}, "how='never'"),
        ("ship", {"order_numbers": "X-1"}, "no order with order_number 'X-1'"),
        ("combine", {}, "Fewer than two"),
        ("void", {"tracking": "T"}, "no live label"),
        ("weather", {"peer": "amazon", "fault": "snow"}, "cannot play the fault"),
        ("weather", {"peer": "amazon", "fault": "500", "share": "101"}, "share='101'"),
    ],
)
def test_what_cannot_be_done_is_said(
    sandbox: SandboxServer, act: str, fields: dict[str, str], text: str
) -> None:
    result = press(sandbox, act, **fields)

    assert result["ok"] is False
    assert text in result["said"]


def test_a_plain_form_post_answers_with_the_page(sandbox: SandboxServer) -> None:
    answer = requests.post(
        f"{sandbox.url}/screen/act/place",
        data={"channel": "amazon", "count": "<b>"},
        timeout=10,
    )

    assert answer.status_code == 200
    assert "count=&#x27;&lt;b&gt;&#x27;" in answer.text
    assert "<h2>Bad weather</h2>" in answer.text


def test_the_state_follows_the_ledger_and_a_reset(sandbox: SandboxServer) -> None:
    sandbox.orders("amazon", count=2)
    type_in(sandbox, "A-1")
    before = state(sandbox)

    newer = state(sandbox, after=before["last"] - 1)
    amazon = state(sandbox, peer="amazon")
    sandbox.reset(0)
    sandbox.orders("amazon")
    after = state(sandbox, after=before["last"])

    assert [row["sequence"] for row in newer["rows"]] == [before["last"]]
    assert {row["peer"] for row in amazon["rows"]} == {"Amazon"}
    assert after["last"] == 1
    assert [row["operation"] for row in after["rows"]] == ["order placed"]


@pytest.mark.parametrize("path", ["", "screen/act/place", "screen/nothing.js"])
def test_wrong_methods_and_files_are_refused(sandbox: SandboxServer, path: str) -> None:
    method = "GET" if path else "POST"

    answer = requests.request(method, f"{sandbox.url}/{path}", timeout=10)

    assert answer.status_code in (404, 405)


def test_colours_and_sizes_are_the_consoles() -> None:
    pattern = re.compile(r"^\s*(--[\w-]+): (.+);$", re.MULTILINE)
    own = (screen.FILES / "screen.css").read_text()
    console = (ROOT / "shipsync_site/static/shipsync/tokens.css").read_text()
    wanted = pattern.findall(console)

    assert len(pattern.findall(own)) > 40
    assert [pair for pair in pattern.findall(own) if pair not in wanted] == []
