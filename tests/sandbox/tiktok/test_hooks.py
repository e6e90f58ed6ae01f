from __future__ import annotations

import json
from typing import Any

import pytest

from stores.sandbox.core import ControlError
from stores.sandbox.courier import COURIER, Delivery, Parcel
from stores.sandbox.faults import FAULTS
from stores.sandbox.tiktok import hooks
from stores.sandbox.tiktok.accounts import APP_KEY, APP_SECRET, SHOP_ID
from stores.sandbox.tiktok.peer import TikTokPeer
from stores.sandbox.tiktok.signing import sign_message
from tests.sandbox.tiktok.driver import Driver, code, ok

HOOKS = "event/202309/webhooks"
ADDRESS = "http://127.0.0.1:9/tiktok"
REFUSED = Delivery(peer="tiktok", status=503)
TAKEN = Delivery(peer="tiktok", status=200)


class Post:
    """Stands in the courier's place: what was sent, and how it ended."""

    def __init__(self) -> None:
        self.sent: list[tuple[Parcel, float]] = []

    def post(self, parcel: Parcel, delay: float = 0.0) -> None:
        self.sent.append((parcel, delay))

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(parcel.body) for parcel, _ in self.sent]

    def data(self, kind: int) -> list[dict[str, Any]]:
        return [body["data"] for body in self.bodies() if body["type"] == kind]

    def end(self, delivery: Delivery) -> None:
        """The newest message's attempt ends so."""
        parcel, _ = self.sent[-1]
        assert parcel.done is not None
        parcel.done(delivery)


@pytest.fixture
def post(tiktok: Driver, monkeypatch: pytest.MonkeyPatch) -> Post:
    """Everything is registered; nothing leaves the process, time moves by hand."""
    post = Post()
    monkeypatch.setattr(COURIER, "post", post.post)
    monkeypatch.setattr(hooks.Hooks, "keep_time", lambda _: None)
    monkeypatch.setattr(FAULTS, "_rules", [])
    for event in hooks.TYPES:
        tiktok.call("PUT", HOOKS, {"event_type": event, "address": ADDRESS})
    return post


def let_loose(tiktok: Driver, monkeypatch: pytest.MonkeyPatch, **rule: Any) -> None:
    monkeypatch.setattr("stores.sandbox.faults.find_peer", lambda _: tiktok.peer)
    FAULTS.add({"peer": "tiktok", **rule})


def test_a_message_is_signed_and_says_what_happened(tiktok: Driver, post: Post) -> None:
    order_id = tiktok.place_one()

    ((parcel, delay),) = post.sent
    body = json.loads(parcel.body)
    signature = dict(parcel.headers)["Authorization"]
    assert signature == sign_message(APP_SECRET, APP_KEY, parcel.body)
    assert (parcel.url, delay, parcel.timeout) == (ADDRESS, 0.0, 3.0)
    assert {name: body[name] for name in ("type", "shop_id", "timestamp")} == {
        "type": 1,
        "shop_id": SHOP_ID,
        "timestamp": tiktok.time.seconds,
    }
    assert body["data"] == {
        "order_id": order_id,
        "order_status": "ON_HOLD",
        "is_on_hold_order": True,
        "update_time": tiktok.time.seconds,
    }


def test_an_orders_life_is_told_in_tiktoks_words(tiktok: Driver, post: Post) -> None:
    order_id = tiktok.place_one(sku="MUG-BLUE", quantity=2, pending=60)
    for step in ({"seconds": 60}, {"hours": 1}):
        tiktok.later(**step)
    first, second = (line["id"] for line in tiktok.order(order_id)["line_items"])
    ok(tiktok.tell(order_id, [first]))
    ok(tiktok.tell(order_id, [second], "CD123456785GB"))
    tiktok.peer.control("scan", {"stage": "DELIVERED"})

    assert [data["order_status"] for data in post.data(1)] == [
        "UNPAID",
        "ON_HOLD",
        "AWAITING_SHIPMENT",
        "AWAITING_COLLECTION",
        "DELIVERED",
    ]


def test_cancellations_are_told_with_their_own_spelling(
    tiktok: Driver, post: Post
) -> None:
    order_id = tiktok.open_one()
    tiktok.request(order_id)
    tiktok.peer.cancel({"order_id": order_id, "how": "withdrawn"})
    cancel_id = tiktok.request(order_id)
    tiktok.peer.cancel({"order_id": order_id, "how": "cancelled"})
    tiktok.later(minutes=1)

    prefix = "CANCELLATION_REQUEST_"
    states = [row["cancel_status"].removeprefix(prefix) for row in post.data(11)]
    assert states == ["PENDING", "CANCELLED", "PENDING", "SUCCESS", "COMPLETE"]
    assert post.data(11)[-1]["cancel_id"] == cancel_id
    assert post.data(11)[-1]["cancellations_role"] == "BUYER"
    assert post.data(1)[-1]["order_status"] == "CANCEL"


def test_addresses_and_withdrawn_consents_are_told(tiktok: Driver, post: Post) -> None:
    order_id = tiktok.open_one()
    tiktok.peer.address({"order_id": order_id, "post_town": "York"})
    tiktok.peer.control("revoke", {})

    assert post.data(3) == [{"order_id": order_id, "update_time": tiktok.time.seconds}]
    assert len(post.data(6)) == 1


def test_a_consent_that_ends_is_told_daily(tiktok: Driver, post: Post) -> None:
    given = tiktok.peer.control("authorise", {})["code"]
    data = ok(tiktok.ask_token("get", auth_code=given, grant_type="authorized_code"))
    until = data["refresh_token_expire_in"]

    tiktok.time.move(seconds=until - 30 * 86_400 - tiktok.time.seconds)
    tiktok.peer.usage()
    first = len(post.data(7))
    tiktok.time.move(days=100)
    tiktok.peer.usage()

    assert (first, len(post.data(7))) == (1, 30)
    assert post.data(7)[0]["expiration_time"] == str(until)


def test_a_message_that_is_not_taken_climbs_the_ladder(
    tiktok: Driver, post: Post
) -> None:
    tiktok.open_one()

    for wait in (120, 1800, 10_800, 43_200):
        sent = len(post.sent)
        post.end(REFUSED)
        tiktok.time.move(seconds=wait - 1)
        tiktok.peer.usage()
        assert len(post.sent) == sent
        tiktok.time.move(seconds=1)
        tiktok.peer.usage()
    repeated = [b for b in post.bodies() if b == post.bodies()[0]]
    post.end(REFUSED)
    tiktok.time.move(days=2)
    tiktok.peer.usage()

    assert len(repeated) == 5
    assert [row["attempt"] for row in tiktok.ledger("webhook_attempt")] == [
        1,
        2,
        3,
        4,
        5,
    ]
    assert tiktok.peer.hooks.messages == {}


def test_a_message_that_was_taken_is_not_sent_again(tiktok: Driver, post: Post) -> None:
    tiktok.open_one()

    post.end(TAKEN)
    tiktok.time.move(minutes=10)
    tiktok.peer.usage()

    assert len(post.sent) == 1
    assert tiktok.ledger("webhook_attempt")[0]["accepted"] is True


def test_a_message_on_its_way_survives_a_restart(tiktok: Driver, post: Post) -> None:
    tiktok.open_one()
    state = tiktok.peer.dump()

    tiktok.peer = TikTokPeer()
    tiktok.peer.load(state)
    tiktok.peer.usage()

    first, again = post.bodies()
    assert first == again


@pytest.mark.parametrize(
    ("fault", "count"),
    [("lost_webhook", 0), ("duplicate_webhook", 2), ("late_webhook", 1)],
)
def test_messages_meet_bad_weather(
    tiktok: Driver,
    post: Post,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
    count: int,
) -> None:
    let_loose(tiktok, monkeypatch, fault=fault, seconds=7)

    tiktok.open_one()

    assert len(post.sent) == count
    assert {delay for _, delay in post.sent} <= {
        7.0 if fault == "late_webhook" else 0.0
    }
    (row,) = tiktok.ledger("webhook")
    assert (row["copies"], row["faults"]) == (count, [fault])


def test_a_strangers_messages_are_never_a_true_one(
    tiktok: Driver, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_loose(tiktok, monkeypatch, fault="hostile_webhook")

    tiktok.place(6, on_hold=False)

    def true(parcel: Parcel) -> bool:
        signature = dict(parcel.headers)["Authorization"]
        return signature == sign_message(APP_SECRET, APP_KEY, parcel.body)

    assert sum(true(parcel) for parcel, _ in post.sent) == 6
    assert len(post.sent) == 18


def test_one_address_hears_of_each_event(tiktok: Driver, post: Post) -> None:
    event = "ORDER_STATUS_CHANGE"
    other = "https://hooks.example.com/tiktok"
    created = tiktok.time.seconds

    tiktok.time.move(seconds=5)
    tiktok.call("PUT", HOOKS, {"event_type": event, "address": other})
    rows = {row["event_type"]: row for row in tiktok.get(HOOKS)["webhooks"]}
    tiktok.call("DELETE", HOOKS, {"event_type": event})
    tiktok.open_one()

    assert rows[event] == {
        "event_type": event,
        "address": other,
        "create_time": created,
        "update_time": created + 5,
    }
    assert post.sent == []
    assert code(tiktok.call("DELETE", HOOKS, {"event_type": event})) == 0


@pytest.mark.parametrize(
    "address",
    [
        "http://hooks.example.com/tiktok",
        "https://hooks.example.com:8443/tiktok",
        "https://192.0.2.1/tiktok",
        "https://intranet/tiktok",
        "ftp://127.0.0.1/tiktok",
        "https://hooks.example.com/" + "x" * 255,
        "",
        None,
    ],
)
def test_addresses_have_rules(tiktok: Driver, address: str | None) -> None:
    body = {"event_type": "ORDER_STATUS_CHANGE", "address": address}

    assert code(tiktok.call("PUT", HOOKS, body)) == 101000
    assert tiktok.get(HOOKS) == {"webhooks": [], "total_count": 0}


@pytest.mark.parametrize("event", ["SUNRISE", "", None, 1, ["ORDER_STATUS_CHANGE"], {}])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_events_are_those_of_the_reference(
    tiktok: Driver, method: str, event: Any
) -> None:
    body = {"event_type": event, "address": ADDRESS}

    assert code(tiktok.call(method, HOOKS, body)) == 101000


def test_control_registers_and_sends(tiktok: Driver, post: Post) -> None:
    url = "http://127.0.0.1:9/other"
    tiktok.peer.control("subscribe", {"url": url, "events": ["RETURN_STATUS_CHANGE"]})

    told = tiktok.peer.control("notify", {"type": 12, "data": {"order_id": "1"}})
    tiktok.peer.control("notify", {"type": 4, "url": url})

    assert [parcel.url for parcel, _ in post.sent] == [url, url]
    assert post.bodies()[0]["tts_notification_id"] == told["notification_ids"][0]
    assert [body["type"] for body in post.bodies()] == [12, 4]
    with pytest.raises(ControlError, match="type=99"):
        tiktok.peer.control("notify", {"type": 99})
    with pytest.raises(ControlError, match="no event"):
        tiktok.peer.control("subscribe", {"url": url, "events": ["SUNRISE"]})


def test_time_passes_by_itself_only_while_somebody_listens(tiktok: Driver) -> None:
    tiktok.peer.control("subscribe", {"url": ADDRESS})
    assert tiktok.peer.hooks.tick() is True

    for event in hooks.TYPES:
        tiktok.call("DELETE", HOOKS, {"event_type": event})

    assert tiktok.peer.hooks.tick() is False
