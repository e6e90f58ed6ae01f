from __future__ import annotations

from typing import Any

import pytest

from shipsync_site.demo.proof import Evidence, prove

Json = dict[str, Any]


def create(number: str = "A", order_id: int = 1) -> Json:
    return {
        "peer": "shipstation",
        "operation": "create",
        "via": "createorders",
        "orderNumber": number,
        "orderId": order_id,
    }


def label(tracking: str = "T1", carrier: str = "dpd", number: str = "A") -> Json:
    return {
        "peer": "shipstation",
        "operation": "label",
        "via": "ui",
        "orderNumber": number,
        "orderId": 1,
        "tracking": tracking,
        "carrier": carrier,
    }


def confirm(tracking: str = "T1", carrier: str = "DPD", number: str = "A") -> Json:
    return {
        "peer": "amazon",
        "operation": "confirm",
        "key": number,
        "trackingNumber": tracking,
        "carrierCode": carrier,
    }


def fulfil(tracking: str = "T1", carrier: str = "DPD", number: str = "E") -> Json:
    return {
        "peer": "ebay",
        "operation": "fulfil",
        "key": number,
        "trackingNumber": tracking,
        "shippingCarrierCode": carrier,
    }


def cancel(number: str = "A", peer: str = "amazon") -> Json:
    return {
        "peer": peer,
        "operation": "cancel_requested",
        "key": number,
        "time": "2026-11-22T12:00:00+00:00",
    }


def evidence(*ledger: Json, **changes: Any) -> Evidence:
    values: dict[str, Any] = {
        "ledger": list(ledger),
        "orders": {"amazon": [{"order_id": "A"}]},
        "shipstation_orders": [{"orderNumber": "A", "orderStatus": "shipped"}],
        "done": {"A"},
        "with_case": set(),
    }
    return Evidence(**values | changes)


def test_a_clean_run_is_proved_and_counted() -> None:
    equal = {**create(), "operation": "update", "changed": []}

    proof = prove(evidence(create(), equal, label(), confirm()))

    assert proof.problems == []
    assert proof.counts["ShipStation orders created"] == 1
    assert proof.counts["equal upserts repeated"] == 1
    assert proof.counts["dispatches confirmed"] == 1


@pytest.mark.parametrize(
    ("ledger", "words"),
    [
        ([create(), create(order_id=2), label(), confirm()], "2 ShipStation orders"),
        ([create(), create("B", 2), label(), confirm()], "nobody ordered it"),
        ([label(), confirm()], "never in ShipStation"),
        ([create(), label(), confirm(), confirm()], "confirmed 2 times"),
        ([create(), label(), confirm(carrier="Royal Mail")], "'Royal Mail'"),
        ([create(), label(), confirm("T9")], "not its label"),
        ([create(), label()], "never confirmed"),
        ([create(), label(), label("T2"), confirm()], "T2 was never confirmed"),
    ],
)
def test_each_violation_is_found(ledger: list[Json], words: str) -> None:
    problems = prove(evidence(*ledger)).problems

    assert any(words in problem for problem in problems), problems


def test_ebays_orders_are_proved_by_ebays_own_words() -> None:
    def proved(*ledger: Json) -> list[str]:
        rows = (create("E"), label(number="E"), *ledger)
        found = evidence(*rows, orders={"ebay": [{"order_id": "E"}]}, done={"E"})
        return prove(found).problems

    assert proved(fulfil()) == []
    assert any("'Hermes'" in x for x in proved(fulfil(carrier="Hermes")))
    assert any("2 times" in x for x in proved(fulfil(), fulfil()))
    assert any("never confirmed" in x for x in proved())


def test_a_request_that_a_told_parcel_closed_is_nobodys_work() -> None:
    closed = {
        "peer": "ebay",
        "operation": "SYSTEM_NOTIFY_SHIPPING_STATUS",
        "key": "A",
    }

    assert prove(evidence(create(), label(), confirm(), cancel(peer="ebay"))).problems
    told = [create(), label(), confirm(), cancel(peer="ebay"), closed]
    assert prove(evidence(*told)).problems == []


def test_an_order_typed_in_by_hand_is_not_ours() -> None:
    by_hand = {**create("HAND-1", 9), "via": "ui"}

    assert prove(evidence(create(), by_hand, label(), confirm())).problems == []


def test_a_void_label_needs_no_confirmation() -> None:
    void = {**label("T2"), "operation": "void"}

    ledger = [create(), label("T2"), void, label(), confirm()]
    assert prove(evidence(*ledger)).problems == []


@pytest.mark.parametrize(
    ("status", "with_case", "proved"),
    [
        ("on_hold", set(), True),
        ("cancelled", set(), True),
        ("shipped", {"A"}, True),
        ("shipped", set(), False),
        ("awaiting_shipment", set(), False),
    ],
)
def test_a_late_cancel_is_stopped_or_before_a_person(
    status: str, with_case: set[str], proved: bool
) -> None:
    proof = prove(
        evidence(
            create(),
            cancel(),
            shipstation_orders=[{"orderNumber": "A", "orderStatus": status}],
            done=set(),
            with_case=with_case,
        )
    )

    assert (proof.problems == []) is proved
    assert proof.counts["late cancels"] == 1


@pytest.mark.parametrize(
    ("told_at", "proved"), [("12:01:00", True), ("12:10:00", False)]
)
def test_a_message_at_mirakl_may_come_too_late_to_be_heard(
    told_at: str, proved: bool
) -> None:
    told = {
        "peer": "mirakl",
        "operation": "ship",
        "key": "A",
        "operator": "northgate",
        "carrier_code": "ROYALMAIL",
        "trackingNumber": "T1",
        "time": f"2026-11-22T{told_at}+00:00",
    }
    label_row = {**label(), "carrier": "royal_mail"}
    found = evidence(
        create(),
        label_row,
        told,
        cancel(peer="mirakl"),
        orders={"mirakl": [{"order_id": "A"}]},
    )

    assert (prove(found).problems == []) == proved
