"""The client and the payload builder against the simulated ShipStation."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import responses

from orders.payload import OrderFacts, build, changed_fields, restate
from shipsync_site.lib import clock
from stores import budgets
from stores.errors import LockedError, ThrottledError
from stores.http import Gateway
from stores.models import Budget
from stores.shipstation import pacific
from stores.shipstation.client import BUDGET_SPECS, ShipStationClient
from stores.shipstation.types import SsStatus
from stores.shipstation.window import Window, read_orders_window
from stores.transport import new_session
from tests.orders.test_payload import ORDER
from tests.sandbox.conftest import Api, StillClock

BASE = "https://ssapi.example.test"


@pytest.fixture
def still_clock() -> Iterator[StillClock]:
    before = clock.current()
    yield StillClock()
    clock.configure(before)


@pytest.fixture
def api(still_clock: StillClock) -> Api:
    return Api()


@pytest.fixture
def client(api: Api, db: None) -> Iterator[ShipStationClient]:
    """A client whose requests are answered by the peer in this process."""

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(str(request.url))
        body = json.loads(request.body) if request.body else None
        query = dict(parse_qsl(parts.query))
        found = api.call(str(request.method), parts.path.lstrip("/"), body, **query)
        return found.status_code, dict(found.headers), found.content

    budgets.ensure("shipstation-1", BUDGET_SPECS)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        for method in ("GET", "POST"):
            mock.add_callback(method, re.compile(f"{BASE}/.*"), callback=answer)
        gateway = Gateway("shipstation-1", session=new_session())
        yield ShipStationClient(
            gateway, base_url=BASE, api_key="demo-key", api_secret="demo-secret"
        )


@pytest.fixture
def store_id(client: ShipStationClient) -> int:
    return next(store.store_id for store in client.list_stores() if store.active)


@pytest.fixture
def tag_id(client: ShipStationClient) -> int:
    return client.list_tags()[0].tag_id


def facts(store_id: int, number: int = 0, **changes: Any) -> OrderFacts:
    lines = tuple(
        dataclasses.replace(line, line_key=f"am-{number}-{place}")
        for place, line in enumerate(ORDER.lines)
    )
    return dataclasses.replace(
        ORDER,
        order_key=f"am-{number}",
        order_number=f"203-{number}",
        store_id=store_id,
        lines=lines,
        **changes,
    )


def payload(order: OrderFacts, current: Any = None) -> dict[str, Any]:
    made = build(
        order, current=current, want="awaiting_shipment", stop_tag_id=None, stop=False
    )
    assert made.sendable
    return made.body


def test_what_we_push_is_what_we_read_back(
    client: ShipStationClient, store_id: int
) -> None:
    order = facts(store_id)

    pushed = client.create_order(payload(order))
    read = client.get_order(pushed.order_id)

    assert read is not None
    assert changed_fields(read.body, payload(order, read.body)) == ()
    assert read.modified_at == clock.now()
    assert [line.line_key for line in read.lines] == ["am-0-0", "am-0-1"]


def test_update_keeps_the_warehouse_s_work(
    api: Api, client: ShipStationClient, store_id: int
) -> None:
    first = client.create_order(payload(facts(store_id)))
    weight = {"value": 12, "units": "ounces"}
    touched = {**first.body, "weight": weight, "serviceCode": "rm_tracked_24"}
    current = api.post("orders/createorder", touched)
    address = dataclasses.replace(ORDER.recipient, line1="2 Low Street")

    updated = client.create_order(
        payload(facts(store_id, recipient=address), current=current)
    )

    assert updated.order_id == first.order_id
    assert updated.body["shipTo"]["street1"] == "2 Low Street"
    assert updated.body["serviceCode"] == "rm_tracked_24"
    assert updated.body["weight"]["value"] == 12


def test_batch_with_a_bad_row(client: ShipStationClient, store_id: int) -> None:
    bodies = [payload(facts(store_id, number)) for number in range(3)]
    bodies[1]["shipTo"]["name"] = ""

    rows, _ = client.create_orders(bodies)

    assert {row.order_key: row.success for row in rows} == {
        "am-0": True,
        "am-1": False,
        "am-2": True,
    }


def test_hold_in_a_batch_then_cancel(
    client: ShipStationClient, store_id: int, tag_id: int
) -> None:
    order = client.create_order(payload(facts(store_id)))
    held = restate(order.body, want="on_hold", stop_tag_id=tag_id, stop=True)

    client.create_orders([held], urgent=True)
    stopped = client.get_order(order.order_id)
    assert stopped is not None
    cancelled = client.create_order(
        restate(stopped.body, want="cancelled", stop_tag_id=tag_id, stop=True)
    )

    assert (stopped.status, stopped.tag_ids) == (SsStatus.ON_HOLD, (tag_id,))
    assert cancelled.status is SsStatus.CANCELLED
    assert len(cancelled.lines) == 2


@pytest.mark.parametrize("status", [400, 404, 500])
def test_whatever_status_a_lock_has_it_is_locked(
    api: Api, client: ShipStationClient, store_id: int, tag_id: int, status: int
) -> None:
    api.peer.configure({"locked_status": status})
    order = client.create_order(payload(facts(store_id)))
    api.control("ship", order_keys=["am-0"])

    with pytest.raises(LockedError):
        client.create_order(
            restate(order.body, want="cancelled", stop_tag_id=tag_id, stop=True)
        )


def test_hold_until_and_restore(client: ShipStationClient, store_id: int) -> None:
    order = client.create_order(payload(facts(store_id)))
    until = pacific.today(clock.now()) + timedelta(days=2)

    client.hold_until(order.order_id, until)
    held = client.get_order(order.order_id)
    client.restore_from_hold(order.order_id)
    restored = client.get_order(order.order_id)

    assert held is not None
    assert restored is not None
    assert (held.status, held.hold_until) == (SsStatus.ON_HOLD, until)
    assert restored.status is SsStatus.AWAITING_SHIPMENT


def test_absorbed_order_is_gone_and_its_primary_names_it(
    api: Api, client: ShipStationClient, store_id: int
) -> None:
    first, second = (
        client.create_order(payload(facts(store_id, number))) for number in (0, 1)
    )

    api.control("ship", order_keys=["am-0", "am-1"], combine=True)

    primary = client.get_order(first.order_id)
    assert primary is not None
    assert primary.merged_ids == (second.order_id,)
    assert client.get_order(second.order_id) is None
    (label,) = client.list_shipments(created_since=clock.now()).shipments
    assert label.lines is not None
    assert {line.line_key for line in label.lines} == {
        "am-0-0",
        "am-0-1",
        "am-1-0",
        "am-1-1",
    }
    refused = build(
        facts(store_id),
        current=primary.body,
        want="awaiting_shipment",
        stop_tag_id=None,
        stop=False,
    )
    assert not refused.sendable


def test_void_shows_in_its_own_window(
    api: Api, still_clock: StillClock, client: ShipStationClient, store_id: int
) -> None:
    client.create_order(payload(facts(store_id)))
    shipped = api.control("ship", order_keys=["am-0"])["shipped"][0]
    still_clock.advance(7200)
    api.control("void", tracking=shipped["trackingNumber"])

    since = clock.now() - timedelta(minutes=5)
    (label,) = client.list_shipments(voided_since=since).shipments

    assert label.tracking_number == shipped["trackingNumber"]
    assert (label.voided, label.voided_at) == (True, clock.now())
    assert client.list_shipments(created_since=since).shipments == ()


def test_window_passes_a_poisoned_order(
    api: Api, still_clock: StillClock, client: ShipStationClient, store_id: int
) -> None:
    window = Window(since=clock.now() - timedelta(minutes=5))
    for number in range(30):
        client.create_order(payload(facts(store_id, number)))
        still_clock.advance(2)
    api.peer.fault({"fault": "poison", "order_key": "am-17"})
    seen, bad = set(), 0

    for _ in range(60):
        step = read_orders_window(client, window)
        seen |= {order.order_key for order in step.rows}
        bad += len(step.malformed)
        window = step.next
        if step.done:
            break

    assert seen == {f"am-{number}" for number in range(30)} - {"am-17"}
    assert bad == 1


def test_the_key_s_real_limit_is_learned_and_kept(
    api: Api, still_clock: StillClock, client: ShipStationClient
) -> None:
    api.peer.configure({"accounts": [{"key": "demo-key", "limit": 7}]})
    still_clock.advance(60)

    for _ in range(7):
        client.list_tags(urgent=True)
    with pytest.raises(ThrottledError) as refusal:
        client.list_tags(urgent=True)

    assert refusal.value.ours
    assert Budget.objects.get().capacity == 7
    still_clock.advance(refusal.value.retry_after)
    client.list_tags(urgent=True)


def test_reserved_key_of_a_deleted_order(
    api: Api, client: ShipStationClient, store_id: int
) -> None:
    order = client.create_order(payload(facts(store_id)))
    api.call("DELETE", f"orders/{order.order_id}")

    assert client.get_order(order.order_id) is None
    with pytest.raises(LockedError) as refusal:
        client.create_order(payload(facts(store_id)))
    assert refusal.value.code == "key_reserved"
