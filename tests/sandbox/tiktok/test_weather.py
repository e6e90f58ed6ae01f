from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from stores.sandbox.core import ControlError
from tests.sandbox.tiktok.driver import SEARCH, Driver, code, ok, read

SHOPS = "authorization/202309/shops"


def test_fifty_calls_a_second_are_taken_of_each_operation(tiktok: Driver) -> None:
    answers = [tiktok.call("GET", SHOPS) for _ in range(51)]
    other = tiktok.call("POST", SEARCH, {}, page_size=1)
    tiktok.time.move(seconds=0.02)

    assert [code(answer) for answer in answers] == [0] * 50 + [36009002]
    assert (answers[-1].status_code, "Retry-After" in answers[-1]) == (429, False)
    assert code(other) == 0
    assert code(tiktok.call("GET", SHOPS)) == 0
    assert code(tiktok.call("GET", SHOPS)) == 36009002


def test_limits_can_be_set(tiktok: Driver) -> None:
    tiktok.peer.configure({"quotas": {"all": "off", "getOrderList": 2}})

    shops = [code(tiktok.call("GET", SHOPS)) for _ in range(60)]
    lists = [code(tiktok.call("POST", SEARCH, {}, page_size=1)) for _ in range(3)]

    assert set(shops) == {0}
    assert lists == [0, 0, 36009002]
    rows = {
        row["operation"]: row for rows in tiktok.peer.usage().values() for row in rows
    }
    assert (rows["getOrderList"]["taken"], rows["getOrderList"]["refused"]) == (2, 1)
    assert rows["getAuthorizedShops"]["tokens"] is None


@pytest.mark.parametrize(
    ("fault", "status", "number"),
    [
        ("internal", 200, 36009003),
        ("timeout", 200, 36009007),
        ("burst", 429, 36009002),
        ("unavailable", 503, 36009002),
    ],
)
def test_counted_faults_hit_so_many_calls(
    tiktok: Driver, fault: str, status: int, number: int
) -> None:
    told = tiktok.peer.fault({"fault": fault, "count": 2})

    answers = [tiktok.call("GET", SHOPS) for _ in range(3)]

    assert told == {"count": 2}
    assert [(a.status_code, code(a)) for a in answers] == [(status, number)] * 2 + [(200, 0)]  # fmt: skip


def test_a_proxy_answers_with_a_page(tiktok: Driver) -> None:
    tiktok.peer.fault({"fault": "gateway"})

    answer = tiktok.call("GET", SHOPS)

    assert (answer.status_code, answer["Content-Type"]) == (502, "text/html")


def test_an_effect_may_hide_behind_an_error(tiktok: Driver) -> None:
    order_id = tiktok.open_one()
    tiktok.peer.fault({"fault": "internal_after"})

    answer = tiktok.tell(order_id)

    assert (answer.status_code, code(answer)) == (200, 36009003)
    assert tiktok.order(order_id)["status"] == "AWAITING_COLLECTION"


def test_errors_may_come_by_chance(tiktok: Driver) -> None:
    tiktok.peer.configure({"internal_errors": 0.5})

    codes = [code(tiktok.call("GET", SHOPS)) for _ in range(40)]

    assert set(codes) == {0, 36009003}


def test_poisoned_orders_stay_malformed_until_the_sky_clears(tiktok: Driver) -> None:
    first, _ = tiktok.place(2)
    tiktok.time.move(seconds=1)
    tiktok.peer.fault({"fault": "poison", "order_id": first})

    def broken() -> list[str]:
        rows = tiktok.search()["orders"]
        return [row["id"] for row in rows if not isinstance(row["line_items"], list)]

    assert broken() == [first]
    assert tiktok.order(first)["line_items"] == "poison"
    tiktok.peer.fault({"fault": "poison"})
    assert len(broken()) == 2
    tiktok.peer.clear_faults()
    assert broken() == []


def test_numbers_may_be_beyond_checking(tiktok: Driver) -> None:
    order_id = tiktok.open_one()
    tiktok.peer.fault({"fault": "unverifiable"})

    assert code(tiktok.tell(order_id)) == 21004016
    assert code(tiktok.tell(order_id)) == 0


def test_an_answer_to_a_buyer_may_meet_a_lock(tiktok: Driver) -> None:
    cancel_id = tiktok.request(tiktok.open_one())
    path = f"return_refund/202309/cancellations/{cancel_id}/approve"
    tiktok.peer.fault({"fault": "locked"})

    codes = [code(tiktok.call("POST", path, {}, idempotency_key="k")) for _ in range(2)]

    assert codes == [25001028, 0]


def test_lasting_faults_are_shown_and_taken_back(tiktok: Driver) -> None:
    tiktok.peer.fault({"fault": "scope_missing"})
    no_scope = tiktok.call("GET", SHOPS)
    tiktok.peer.fault({"fault": "revoked"})
    revoked = tiktok.call("GET", SHOPS)
    tiktok.peer.fault({"fault": "app_disabled"})
    disabled = tiktok.call("GET", SHOPS)
    shown = tiktok.peer.weather()

    tiktok.peer.clear_faults()

    assert [code(no_scope), code(revoked), code(disabled)] == [105005, 105001, 36009004]
    assert {text.split(",")[0] for text in shown} == {
        "scope_missing",
        "revoked",
        "app_disabled",
    }
    assert ok(tiktok.call("GET", SHOPS))
    assert tiktok.peer.weather() == []


def test_an_unknown_fault_says_which_there_are(tiktok: Driver) -> None:
    with pytest.raises(ControlError, match="internal_after"):
        tiktok.peer.fault({"fault": "earthquake"})
    with pytest.raises(ControlError, match="no order"):
        tiktok.peer.fault({"fault": "poison", "order_id": "4711"})


@pytest.mark.parametrize(("status", "number"), [(429, 36009002), (500, 36009003)])
def test_injected_errors_have_tiktoks_envelope(
    tiktok: Driver, status: int, number: int
) -> None:
    answer = tiktok.peer.error_response(status)

    assert (answer.status_code, code(answer)) == (status, number)
    assert set(read(answer)) == {"code", "message", "request_id", "data"}


@pytest.mark.parametrize(
    ("path", "method", "name"),
    [
        (SEARCH, "POST", "getOrderList"),
        ("fulfillment/202610/orders/1/packages", "POST", "markPackageAsShipped"),
        ("api/v2/token/refresh", "GET", "token"),
        ("open/authorize", "GET", "consent"),
        ("nowhere", "GET", "GET nowhere"),
    ],
)
def test_faults_choose_by_operation(
    tiktok: Driver, path: str, method: str, name: str
) -> None:
    request = RequestFactory().generic(method, f"/tiktok/{path}")

    assert tiktok.peer.operation(request, path) == name


@pytest.mark.parametrize(
    "config",
    [
        {"colour": "blue"},
        {"open_request": "ignore"},
        {"hold_seconds": -1},
        {"internal_errors": 2},
        {"quotas": {"all": 0}},
        {"sellers": [{"open_id": "x", "region": "XX"}]},
        {"rotation": "sometimes"},
    ],
)
def test_an_impossible_setting_is_refused_in_words(
    tiktok: Driver, config: dict[str, Any]
) -> None:
    before = tiktok.peer.configure({})

    with pytest.raises(ControlError) as caught:
        tiktok.peer.configure(config)

    assert caught.value.status == 400
    assert tiktok.peer.configure({}) == before


def test_the_view_of_orders_tells_every_side(tiktok: Driver) -> None:
    order_id = tiktok.open_one(sku="MUG-BLUE", quantity=2, note="Hello")
    first, _ = (line["id"] for line in tiktok.order(order_id)["line_items"])
    ok(tiktok.tell(order_id, [first]))

    (row,) = tiktok.peer.orders_view()

    assert (row["order_id"], row["status"], row["cancel"]) == (
        order_id,
        "PARTIALLY_SHIPPING",
        "none",
    )
    assert [line["fulfilled"] for line in row["lines"]] == [1, 0]
    assert row["packages"][0]["items"] == {first: 1}
    assert row["packages"][0]["carrier"] == "Royal Mail"
