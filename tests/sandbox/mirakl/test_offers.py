from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from stores.sandbox.mirakl.offers import FIRST_STOCK
from stores.sandbox.mirakl.peer import MiraklPeer
from tests.sandbox.mirakl.driver import Driver, read

HEAD = '"offer-sku";"quantity";"warehouse-code";"update-delete"\n'
MUG = {
    "shop_sku": "MUG-BLUE",
    "price": 12.9,
    "product_id": "P-1",
    "product_id_type": "SKU",
    "state_code": "11",
    "update_delete": "update",
}


@pytest.fixture(autouse=True)
def _no_limits(mirakl: Driver) -> None:
    mirakl.peer.configure({"limits": {"all": "off"}})


def offer(shop: Driver, sku: str = "MUG-BLUE") -> Any:
    (row,) = shop.get("offers", sku=sku)["offers"]
    return row


def stock(shop: Driver, *lines: str) -> str:
    """Send a stock file; the import's id."""
    answer = shop.upload(HEAD + "".join(f"{line}\n" for line in lines))
    assert answer.status_code == 201, answer.content
    found: str = read(answer)["import_id"]
    return found


def status(shop: Driver, import_id: str) -> Any:
    return shop.get(f"offers/stock/imports/{import_id}/status")


def send(shop: Driver, *offers: Any) -> int:
    answer = shop.call("POST", "offers", {"offers": list(offers)})
    assert answer.status_code == 201, answer.content
    found: int = read(answer)["import_id"]
    return found


def test_a_stock_import_waits_and_runs_before_it_changes_anything(
    mirakl: Driver,
) -> None:
    import_id = stock(mirakl, "MUG-BLUE;7;;update")
    seen = []

    for seconds in (0, 10, 19, 1):
        mirakl.later(seconds=seconds)
        seen.append((status(mirakl, import_id)["status"], offer(mirakl)["quantity"]))

    assert seen == [("WAITING", FIRST_STOCK), ("RUNNING", FIRST_STOCK), ("RUNNING", FIRST_STOCK), ("COMPLETE", 7)]  # fmt: skip
    (row,) = mirakl.ledger("stock")
    assert (row["key"], row["quantity"], row["accepted"]) == ("MUG-BLUE", 7, True)


def test_lines_in_error_are_reported_as_a_file_to_send_again(mirakl: Driver) -> None:
    import_id = stock(mirakl, "MUG-BLUE;7;;", "NOBODY;3;;", "TEA-EARL;-1;;", "TEA-EARL;1;;hide")  # fmt: skip
    mirakl.later(seconds=30)

    found = status(mirakl, import_id)
    answer = mirakl.call("GET", f"offers/stock/imports/{import_id}/error_report")

    assert (found["status"], found["lines_in_success"], found["lines_in_error"]) == ("COMPLETE", 1, 3)  # fmt: skip
    rows = list(csv.reader(io.StringIO(answer.content.decode()), delimiter=";"))
    assert rows[0][2:] == ["offer-sku", "quantity", "warehouse-code", "update-delete"]
    assert [(row[0], row[2]) for row in rows[1:]] == [("3", "NOBODY"), ("4", "TEA-EARL"), ("5", "TEA-EARL")]  # fmt: skip
    assert "Unknown offer SKU" in rows[1][1]


def test_an_import_without_errors_has_no_report(mirakl: Driver) -> None:
    import_id = stock(mirakl, "MUG-BLUE;7;;")
    mirakl.later(seconds=30)

    assert status(mirakl, import_id)["has_error_report"] is False
    path = f"offers/stock/imports/{import_id}/error_report"
    assert mirakl.call("GET", path).status_code == 404


def test_a_file_without_its_columns_fails_as_a_whole(mirakl: Driver) -> None:
    answer = mirakl.upload("sku;quantity\nMUG-BLUE;1\n")
    mirakl.later(seconds=30)

    assert status(mirakl, read(answer)["import_id"])["status"] == "FAILED"
    assert offer(mirakl)["quantity"] == FIRST_STOCK
    assert mirakl.call("POST", "offers/stock/imports", {}).status_code == 400


def test_a_stock_import_leaves_price_and_description_alone(mirakl: Driver) -> None:
    before = offer(mirakl)
    stock(mirakl, "MUG-BLUE;0;;")
    mirakl.later(seconds=30)

    after = offer(mirakl)

    assert (after["quantity"], after["active"]) == (0, False)
    assert (after["price"], after["description"]) == (before["price"], before["description"])  # fmt: skip


def test_warehouses_add_up(mirakl: Driver) -> None:
    stock(mirakl, "MUG-BLUE;4;LON;", "MUG-BLUE;5;LEE;")
    mirakl.later(seconds=30)
    assert offer(mirakl)["quantity"] == 9

    stock(mirakl, "MUG-BLUE;;LON;delete")
    mirakl.later(seconds=30)

    row = offer(mirakl)
    assert (row["quantity"], row["warehouses"]) == (5, [{"code": "LEE", "quantity": 5}])


def test_an_offer_that_is_sent_loses_what_was_left_out(mirakl: Driver) -> None:
    send(mirakl, {**MUG, "description": "Blue", "quantity": 3, "discount": {"price": 9}, "leadtime_to_ship": 2})  # fmt: skip
    mirakl.later(seconds=30)
    whole = offer(mirakl)
    send(mirakl, {**MUG, "price": 13})
    mirakl.later(seconds=30)

    bare = offer(mirakl)

    assert (whole["quantity"], whole["description"], whole["price"]) == (3, "Blue", 9)
    assert (bare["quantity"], bare["description"], bare["discount"]) == (0, None, None)
    assert (bare["price"], bare["leadtime_to_ship"]) == (13, None)


def test_the_same_offers_sent_twice_are_one_import_while_it_waits(
    mirakl: Driver,
) -> None:
    first, second = send(mirakl, MUG), send(mirakl, MUG)
    mirakl.later(seconds=30)
    third = send(mirakl, MUG)

    assert first == second != third


def test_offers_in_error_are_counted(mirakl: Driver) -> None:
    import_id = send(mirakl, {**MUG, "state_code": ""}, {**MUG, "price": 0}, MUG)
    mirakl.later(seconds=30)

    found = mirakl.get(f"offers/imports/{import_id}")

    assert (found["lines_in_error"], found["lines_in_success"]) == (2, 1)
    report = mirakl.call("GET", f"offers/imports/{import_id}/error_report")
    assert b"state_code is required" in report.content


def test_an_order_lowers_the_stock(mirakl: Driver) -> None:
    mirakl.place(3, sku="MUG-BLUE", quantity=2)

    assert offer(mirakl)["quantity"] == FIRST_STOCK - 6
    assert offer(mirakl.at("salon"))["quantity"] == FIRST_STOCK


def test_imports_may_be_sent_once_a_minute(mirakl: Driver) -> None:
    mirakl.peer.configure({"limits": {"all": "default"}})
    stock(mirakl, "MUG-BLUE;1;;")

    refused = mirakl.upload(HEAD)

    assert (refused.status_code, refused["Retry-After"]) == (429, "60")


def test_another_shop_sees_no_import_of_this_one(mirakl: Driver) -> None:
    import_id = stock(mirakl, "MUG-BLUE;1;;")

    path = f"offers/stock/imports/{import_id}/status"
    assert mirakl.at("salon").call("GET", path).status_code == 404


def test_a_snapshot_keeps_imports_that_still_run(mirakl: Driver) -> None:
    import_id = stock(mirakl, "MUG-BLUE;7;;", "NOBODY;1;;")
    state = json.loads(json.dumps(mirakl.peer.dump()))
    other = Driver(peer=MiraklPeer(), time=mirakl.time)
    other.peer.load(state)

    other.later(seconds=30)

    assert status(other, import_id)["status"] == "COMPLETE"
    assert offer(other)["quantity"] == 7
