from __future__ import annotations

from typing import Any

import pytest

from stores.sandbox.core import LEDGER, ControlError


def _ship(api: Any, *keys: str, **options: Any) -> list[Any]:
    rows: list[Any] = api.control("ship", order_keys=list(keys), **options)["shipped"]
    return rows


def test_label_ships_the_order_and_appears_in_shipments_only(api: Any) -> None:
    order = api.create("A-1")
    (label,) = _ship(api, "k-A-1", carrier="royal_mail")

    row = api.get("shipments", includeShipmentItems="true")["shipments"][0]
    assert api.get(f"orders/{order['orderId']}")["orderStatus"] == "shipped"
    assert label["trackingNumber"].endswith("GB")
    assert len(label["trackingNumber"]) == 13
    assert (row["orderKey"], row["shipDate"]) == ("k-A-1", "2026-03-04")
    assert row["shipmentItems"][0]["lineItemKey"] == "A-1-1"
    assert api.get("fulfillments")["total"] == 0
    assert LEDGER.rows()[-1]["tracking"] == label["trackingNumber"]
    assert LEDGER.rows()[-1]["lines"] == {"A-1-1": 2}


def test_items_come_only_when_asked_for(api: Any) -> None:
    api.create("A-1")
    _ship(api, "k-A-1")

    assert api.get("shipments")["shipments"][0]["shipmentItems"] is None


def test_warehouse_never_ships_held_or_cancelled_orders(api: Any) -> None:
    api.create("A-1", orderStatus="on_hold")
    api.create("A-2", orderStatus="cancelled")
    api.create("A-3")

    everything = api.control("ship", all=True)
    named = api.control("ship", order_keys=["k-A-1", "k-A-2"])

    assert [row["orderKey"] for row in everything["shipped"]] == ["k-A-3"]
    assert named["shipped"] == []
    assert [row["reason"] for row in named["skipped"]] == ["on_hold", "cancelled"]


def test_voiding_the_last_label_reopens_the_order(api: Any, still_clock: Any) -> None:
    order = api.create("A-1")
    (label,) = _ship(api, "k-A-1")
    still_clock.advance(3600)
    api.control("void", tracking=label["trackingNumber"])

    row = api.get("shipments", voidDateStart="2026-03-04 09:30:00")["shipments"][0]
    assert row["voided"]
    assert row["voidDate"] == "2026-03-04T10:00:00.0000000"
    assert api.get(f"orders/{order['orderId']}")["orderStatus"] == "awaiting_shipment"
    assert api.get("shipments", voidDateStart="2026-03-04 10:30:00")["total"] == 0


def test_voidlabel_by_api_approves_once(api: Any) -> None:
    api.create("A-1")
    (label,) = _ship(api, "k-A-1")
    body = {"shipmentId": label["shipmentId"]}

    assert api.post("shipments/voidlabel", body)["approved"] is True
    assert api.post("shipments/voidlabel", body)["approved"] is False
    assert api.refused("POST", "shipments/voidlabel", {"shipmentId": 5})[0] == 404


def test_relabel_gives_a_second_row(api: Any) -> None:
    api.create("A-1")
    (label,) = _ship(api, "k-A-1", carrier="dpd")

    new = api.control("relabel", tracking=label["trackingNumber"])

    assert new["trackingNumber"] != label["trackingNumber"]
    assert new["carrierCode"] == "dpd"
    rows = api.get("shipments", orderNumber="A-1")["shipments"]
    assert [row["voided"] for row in rows] == [True, False]


def test_return_and_test_labels_ship_nothing(api: Any) -> None:
    order = api.create("A-1")
    _ship(api, "k-A-1", test_label=True)
    assert api.get(f"orders/{order['orderId']}")["orderStatus"] == "awaiting_shipment"
    _ship(api, "k-A-1")
    _ship(api, "k-A-1", return_label=True)

    rows = api.get("shipments")["shipments"]
    assert [row["isReturnLabel"] for row in rows] == [False, False, True]
    assert (rows[0]["shipmentId"], set(rows[0]["trackingNumber"])) == (-1, {"9"})
    assert api.operations() == ["create", "test_label", "label", "return_label"]


def test_combined_orders_vanish_into_the_first(api: Any, order_body: Any) -> None:
    first, second = api.create("A-1"), api.create("A-2")

    (label,) = _ship(api, "k-A-1", "k-A-2", combine=True)

    primary = api.get(f"orders/{first['orderId']}")
    assert label["orderKey"] == "k-A-1"
    assert primary["advancedOptions"]["mergedOrSplit"] is True
    assert primary["advancedOptions"]["mergedIds"] == [second["orderId"]]
    assert api.refused("GET", f"orders/{second['orderId']}")[0] == 404
    assert api.get("orders", orderNumber="A-2")["total"] == 0
    assert api.get("shipments", orderNumber="A-2")["total"] == 0
    row = api.get("shipments", includeShipmentItems="true")["shipments"][0]
    assert [i["lineItemKey"] for i in row["shipmentItems"]] == ["A-1-1", "A-2-1"]
    assert api.refused("POST", "orders/createorder", order_body("A-2"))[0] == 404


def test_a_combined_order_taken_apart_is_as_before_each_under_its_own_key(
    api: Any,
) -> None:
    before = [api.create("A-1"), api.create("A-2")]
    api.control("manual", action="combine", order_keys=["k-A-1", "k-A-2"])
    api.control("manual", action="uncombine", order_key="k-A-1")

    after = [api.get("orders", orderNumber=x)["orders"][0] for x in ("A-1", "A-2")]

    for old, new in zip(before, after, strict=True):
        for name in ("orderId", "orderKey", "items", "orderTotal", "amountPaid"):
            assert new[name] == old[name], name
        assert new["advancedOptions"]["mergedIds"] == []
    with pytest.raises(ControlError, match="can't be taken apart"):
        api.control("manual", action="uncombine", order_key="k-A-1")


def test_upsert_of_a_combined_order_wipes_the_absorbed_lines(api: Any) -> None:
    api.create("A-1")
    second = api.create("A-2")
    api.control("manual", action="combine", order_keys=["k-A-1", "k-A-2"])

    order = api.create("A-1")

    assert [item["lineItemKey"] for item in order["items"]] == ["A-1-1"]
    assert order["advancedOptions"]["mergedIds"] == [second["orderId"]]


def test_held_orders_do_not_combine(api: Any) -> None:
    api.create("A-1")
    api.create("A-2", orderStatus="on_hold")

    with pytest.raises(ControlError, match="combine"):
        api.control("ship", order_keys=["k-A-1", "k-A-2"], combine=True)


def test_split_gives_a_child_with_the_same_number_and_key(
    api: Any, order_body: Any
) -> None:
    parent = api.create("A-1")

    shipped = _ship(api, "k-A-1", split=True)

    rows = api.get("orders", orderNumber="A-1")["orders"]
    child = rows[1]
    assert {row["orderKey"] for row in rows} == {"k-A-1"}
    assert child["advancedOptions"]["parentId"] == parent["orderId"]
    assert [row["items"][0]["quantity"] for row in rows] == [1, 1]
    assert len(shipped) == 2
    assert api.refused("POST", "orders/createorder", order_body("A-1"))[0] == 400


def test_split_parts_are_updated_by_id_and_key_together(
    api: Any, order_body: Any
) -> None:
    api.create("A-1")
    child_id = api.control("manual", action="split", order_key="k-A-1")["childId"]
    body = order_body("A-1", orderId=child_id, internalNotes="second parcel")

    updated = api.post("orders/createorder", body)
    body["orderKey"] = None

    assert updated["orderId"] == child_id
    assert updated["advancedOptions"]["mergedOrSplit"] is True
    assert api.refused("POST", "orders/createorder", body)[0] == 400


def test_quantity_ships_some_units_and_leaves_the_rest_open(api: Any) -> None:
    api.create("A-1")

    (label,) = _ship(api, "k-A-1", quantity=1)

    rows = api.get("orders", orderNumber="A-1")["orders"]
    assert [row["orderStatus"] for row in rows] == ["shipped", "awaiting_shipment"]
    assert label["orderId"] == rows[0]["orderId"]


def test_mark_as_shipped_is_a_fulfilment_once(api: Any) -> None:
    order = api.create("A-1")
    body = {
        "orderId": order["orderId"],
        "carrierCode": "stamps_com",
        "trackingNumber": "9400 1",
        "shipDate": "2026-03-03",
    }

    answer = api.post("orders/markasshipped", body)

    row = api.get("fulfillments", orderId=order["orderId"])["fulfillments"][0]
    assert answer == {"orderId": order["orderId"], "orderNumber": "A-1"}
    assert (row["carrierCode"], row["trackingNumber"]) == ("USPS", "9400 1")
    assert "orderKey" not in row
    assert api.get("shipments")["total"] == 0
    assert api.refused("POST", "orders/markasshipped", body)[0] == 400


def test_fulfilment_by_control(api: Any) -> None:
    api.create("A-1")
    (row,) = _ship(api, "k-A-1", fulfillment=True, carrier="hermes", tracking="T1")

    assert row["fulfillmentId"]
    assert api.get("fulfillments")["fulfillments"][0]["carrierCode"] == "EVRi"


def test_label_by_api_needs_an_order_awaiting_shipment(api: Any) -> None:
    order_id = api.create("A-1")["orderId"]
    body = {
        "orderId": order_id,
        "carrierCode": "fedex",
        "serviceCode": "fedex_ground",
        "shipDate": "2026-03-04",
    }

    label = api.post("orders/createlabelfororder", body)

    assert label["shipmentId"] > 0
    assert label["labelData"]
    assert api.refused("POST", "orders/createlabelfororder", body)[0] == 400


@pytest.mark.parametrize(
    ("notify", "seconds"),
    [
        ({"mode": "label"}, 0),
        ({"mode": "hours", "hours": 2}, 7200),
        ({"mode": "ship_date", "time": "17:00"}, 8 * 3600),
        ({"mode": "mail_stream"}, 8 * 3600),
    ],
)
def test_marketplace_hears_by_the_hidden_setting(
    api: Any, still_clock: Any, notify: dict[str, Any], seconds: int
) -> None:
    store = {"storeId": 20002, "marketplaceId": 2, "notify": notify}
    api.peer.configure({"accounts": [{"key": "demo-key", "stores": [store]}]})
    api.create("A-1", advancedOptions={"storeId": 20002})
    _ship(api, "k-A-1")

    def notified() -> bool:
        return bool(api.get("shipments")["shipments"][0]["marketplaceNotified"])

    if seconds:
        still_clock.advance(seconds - 1)
        assert not notified()
        still_clock.advance(1)
    assert notified()
    assert all("notify" not in row for row in api.get("stores"))


@pytest.mark.parametrize(("store_id", "mode"), [(20001, "label"), (20002, "never")])
def test_nobody_hears_from_manual_stores_or_when_never(
    api: Any, still_clock: Any, store_id: int, mode: str
) -> None:
    store = {"storeId": store_id, "notify": {"mode": mode}}
    api.peer.configure({"accounts": [{"key": "demo-key", "stores": [store]}]})
    api.create("A-1", advancedOptions={"storeId": store_id})
    _ship(api, "k-A-1")
    still_clock.advance(10 * 24 * 3600)

    assert not api.get("shipments")["shipments"][0]["marketplaceNotified"]


def test_replacement_label_is_not_told_again(api: Any, still_clock: Any) -> None:
    api.create("A-1", advancedOptions={"storeId": 20002})
    (label,) = _ship(api, "k-A-1")
    still_clock.advance(60)
    api.control("relabel", tracking=label["trackingNumber"])
    still_clock.advance(60)

    rows = api.get("shipments")["shipments"]
    assert [row["marketplaceNotified"] for row in rows] == [True, False]


def test_failed_notice_carries_its_text(api: Any) -> None:
    store = {"storeId": 20002, "notify": {"mode": "label", "error": "Token expired"}}
    api.peer.configure({"accounts": [{"key": "demo-key", "stores": [store]}]})
    api.create("A-1", advancedOptions={"storeId": 20002})
    _ship(api, "k-A-1")

    row = api.get("shipments")["shipments"][0]
    assert not row["marketplaceNotified"]
    assert row["notifyErrorMessage"] == "Token expired"


def test_typed_order_has_a_manual_key_and_the_own_store(api: Any) -> None:
    row = api.control("manual", order_number="PHONE-7")

    assert row["orderKey"].startswith("manual-")
    assert len(row["orderKey"]) == len("manual-") + 32
    assert row["storeId"] == 20001


def test_hands_can_edit_hold_combine_and_delete(api: Any) -> None:
    api.create("A-1")
    api.create("A-2")
    api.create("A-3")
    api.control("manual", action="edit", order_key="k-A-1", weight=750, service="x")
    assert api.get("orders", orderNumber="A-1")["orders"][0]["weight"]["value"] == 750
    api.control("manual", action="combine", order_keys=["k-A-1", "k-A-2"])
    held = api.control("manual", action="hold", order_key="k-A-1")
    api.control("manual", action="delete", order_key="k-A-3")

    assert held["orderStatus"] == "on_hold"
    assert api.operations()[3:] == ["edit", "merge", "hold", "delete"]
    assert [row["orderNumber"] for row in api.peer.orders_view()] == ["A-1"]


def test_control_names_what_it_does_not_find(api: Any) -> None:
    with pytest.raises(ControlError, match="no order with order_key 'k-X'"):
        api.control("ship", order_keys=["k-X"])
    with pytest.raises(ControlError, match="no live label with tracking 'T0'"):
        api.control("void", tracking="T0")


def test_backdated_label_is_found_at_its_time(api: Any, still_clock: Any) -> None:
    api.create("A-1")
    still_clock.advance(7200)
    _ship(api, "k-A-1", label_time="2026-03-04T18:00:00+00:00")

    row = api.get("shipments", createDateEnd="2026-03-04 10:00:00")["shipments"][0]
    orders = api.get(
        "orders",
        modifyDateStart="2026-03-04 10:00:00",
        modifyDateEnd="2026-03-04 10:00:00",
    )
    assert row["createDate"] == "2026-03-04T10:00:00.0000000"
    assert orders["total"] == 1
    with pytest.raises(ControlError, match="has no offset"):
        _ship(api, "k-A-1", label_time="2026-03-04T18:00:00")
