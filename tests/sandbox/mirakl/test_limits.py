from __future__ import annotations

from typing import Any

import pytest

from stores.sandbox.core import ControlError
from tests.sandbox.mirakl.driver import Driver, read


def test_a_pull_may_begin_once_a_minute(mirakl: Driver) -> None:
    assert mirakl.call("GET", "orders").status_code == 200
    mirakl.later(seconds=20)

    refused = mirakl.call("GET", "orders")

    assert (refused.status_code, refused["Retry-After"]) == (429, "40")
    assert read(refused) == {"message": "Too Many Requests", "status": 429}
    mirakl.later(seconds=40)
    assert mirakl.call("GET", "orders").status_code == 200


def test_further_pages_and_named_orders_count_apart(mirakl: Driver) -> None:
    order_id = mirakl.place_one()
    mirakl.get("orders")

    assert mirakl.call("GET", "orders", offset=10).status_code == 200
    assert mirakl.call("GET", "orders", order_ids=order_id).status_code == 200
    mirakl.peer.configure({"limits": {"all": "published"}})
    mirakl.later(minutes=1)
    pages = [mirakl.call("GET", "orders", offset=n).status_code for n in (10, 20)]
    assert pages == [200, 429]


def test_each_operator_counts_for_itself(mirakl: Driver) -> None:
    mirakl.get("orders")

    assert mirakl.at("salon").call("GET", "orders").status_code == 200


def test_daily_operations_may_be_held_to_their_day(mirakl: Driver) -> None:
    mirakl.peer.configure({"limits": {"A01": "published"}})
    mirakl.get("account")

    refused = mirakl.call("GET", "account")

    assert (refused.status_code, refused["Retry-After"]) == (429, "86400")


def test_limits_can_be_set_and_switched_off(mirakl: Driver) -> None:
    mirakl.peer.configure(
        {"limits": {"OR11": {"calls": 2, "seconds": 10}, "OR12": 0, "A01": "off"}}
    )

    def statuses(path: str, times: int) -> list[int]:
        return [mirakl.call("GET", path).status_code for _ in range(times)]

    assert statuses("orders", 3) == [200, 200, 429]
    assert statuses("orders/1-A", 1) == [429]
    assert set(statuses("account", 40)) == {200}
    usage = mirakl.peer.usage()["northgate"]
    assert usage[0] == {
        "operation": "northgate OR11",
        "limit": 2,
        "seconds": 10.0,
        "count": 2,
        "refused": 1,
    }


def test_a_regenerated_key_is_refused_until_the_sky_is_clear(mirakl: Driver) -> None:
    mirakl.peer.fault({"fault": "revoked", "operator": "northgate"})

    assert mirakl.call("GET", "version").status_code == 401
    assert mirakl.at("salon").call("GET", "version").status_code == 200
    assert mirakl.peer.weather() == ["revoked, northgate"]
    mirakl.peer.clear_faults()
    assert mirakl.call("GET", "version").status_code == 200


def test_a_suspended_shop_is_told_so_and_does_nothing(mirakl: Driver) -> None:
    mirakl.peer.fault({"fault": "suspended"})

    assert mirakl.get("account")["shop_state"] == "SUSPENDED"
    refused = mirakl.call("GET", "orders")
    assert (refused.status_code, read(refused)["message"]) == (403, "The shop is suspended")  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        ("gateway", 502, "text/html"),
        ("maintenance", 503, "text/html"),
        ("burst", 429, "application/json"),
    ],
)
def test_some_calls_meet_a_fault_without_effect(
    mirakl: Driver, fault: str, status: int, kind: str
) -> None:
    order_id = mirakl.ready()
    mirakl.peer.fault({"fault": fault, "count": 2, "seconds": 7})

    answers = [mirakl.track(order_id) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [status, status, 204]
    assert answers[0]["Content-Type"] == kind
    assert answers[0].get("Retry-After") == ("7" if fault == "burst" else None)
    assert len(mirakl.ledger("tracking")) == 1


def test_a_poisoned_order_is_malformed_in_lists_only(mirakl: Driver) -> None:
    order_id = mirakl.place_one()
    mirakl.peer.fault({"fault": "poison", "order_id": order_id})

    assert mirakl.order(order_id)["order_lines"] == "poison"
    assert mirakl.get(f"orders/{order_id}")["order_lines"][0]["quantity"]


@pytest.mark.parametrize(
    ("rule", "status"),
    [({"fault": "flood"}, 400), ({"fault": "revoked", "operator": "x"}, 404)],
)
def test_a_fault_that_can_not_be_played_is_named(
    mirakl: Driver, rule: Any, status: int
) -> None:
    with pytest.raises(ControlError) as caught:
        mirakl.peer.fault(rule)

    assert caught.value.status == status


@pytest.mark.parametrize(("status", "wait"), [(429, "60"), (500, None)])
def test_injected_errors_have_the_peers_own_bodies(
    mirakl: Driver, status: int, wait: str | None
) -> None:
    answer = mirakl.peer.error_response(status)

    assert read(answer)["status"] == status
    assert answer.get("Retry-After") == wait


def test_faults_know_operations_by_mirakls_names(mirakl: Driver) -> None:
    request = mirakl.requests.put("/")

    name = mirakl.peer.operation(request, "salon/api/orders/S-1-A/ship")

    assert name == "OR24"
    assert mirakl.peer.operation(request, "salon/api/x") == "PUT salon/api/x"


def test_only_what_changed_is_looked_at(mirakl: Driver) -> None:
    mirakl.place(300)
    mirakl.later(days=1)
    late = mirakl.place(5, seed=2)
    book = mirakl.peer.world.book
    moment = int(mirakl.time.now.timestamp() * 1000)

    seen = [order.order_id for order in book.changed_since("northgate", moment)]

    assert sorted(seen) == sorted(late)
