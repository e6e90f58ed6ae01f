"""What one order's notes add to a diagnosis; no database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from orders.diagnosis.counting import Known, Parcel, Situation, count, destination
from orders.diagnosis.notes import scheme_of, walk
from orders.diagnosis.report import sections
from orders.diagnosis.tally import EXAMPLES, OTHERS, ROWS, Tally, quantile

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def order(**fields: Any) -> dict[str, Any]:
    note: dict[str, Any] = {
        "id": "1",
        "number": "205-1",
        "status": "open",
        "not_ours": "",
        "country": "GB",
        "ordered": (NOW - timedelta(days=2)).isoformat(),
        "ship_by": (NOW + timedelta(days=1)).isoformat(),
        "units": 1,
        "cancelled": 0,
        "asked": False,
        "skus": ["MUG"],
        "total": "20.00",
        "currency": "GBP",
        "tax": [],
        "parcels": [],
    }
    return note | fields


def record(**fields: Any) -> dict[str, Any]:
    note: dict[str, Any] = {
        "id": 9,
        "key": "amazon-uk:1",
        "number": "205-1",
        "status": "awaiting_shipment",
        "country": "GB",
        "created": NOW.isoformat(),
        "combined": 0,
        "parent": None,
        "merged_or_split": False,
        "elsewhere": False,
        "source": "",
        "tax": [],
    }
    return note | fields


def parcel(mark: str = "m1", **fields: Any) -> Parcel:
    note: dict[str, Any] = {
        "order_id": 9,
        "number": "205-1",
        "carrier": "dpd",
        "service": "next",
        "created": (NOW - timedelta(hours=9)).isoformat(),
        "tracked": True,
        "alive": True,
        "notified": None,
        "error": False,
        "marked": False,
    }
    return Parcel(mark=mark, note=note | fields)


def counted(it: Situation, **fields: Any) -> Tally:
    values: dict[str, Any] = {
        "now": NOW,
        "since": NOW - timedelta(days=30),
        "ship_from": "GB",
        "our_prefix": "amazon-uk",
        "told_within": timedelta(hours=6),
        "mapped": lambda carrier, service: carrier == "dpd",
        "euros": lambda amount, currency, at: amount * Decimal("1.15"),
        "skus": frozenset({"MUG"}),
    }
    tally = Tally()
    count(tally, it, Known(**values | fields))
    return tally


def names(tally: Tally, start: str) -> set[str]:
    return {name for name in tally.figures if name.startswith(start)}


@pytest.mark.parametrize(
    ("it", "wanted"),
    [
        (Situation(order=order(status="cancelled")), {"cancelled"}),
        (
            Situation(order=order(status="cancelled"), records=[record()]),
            {"cancelled", "cancelled_after_sync", "cancelled_open"},
        ),
        (
            Situation(
                order=order(status="cancelled"), records=[record(status="cancelled")]
            ),
            {"cancelled", "cancelled_after_sync", "cancelled_stopped"},
        ),
        (
            Situation(
                order=order(status="cancelled"),
                records=[record(status="shipped")],
                parcels=[parcel()],
            ),
            {"cancelled", "cancelled_after_sync", "cancelled_shipped"},
        ),
        # A voided label is no parcel.
        (
            Situation(
                order=order(status="cancelled"),
                records=[record(status="cancelled")],
                parcels=[parcel(alive=False)],
            ),
            {"cancelled", "cancelled_after_sync", "cancelled_stopped"},
        ),
        (Situation(order=order(cancelled=1)), {"cancelled_part"}),
        (Situation(order=order(not_ours="pick_up", status="cancelled")), set()),
    ],
)
def test_cancellations(it: Situation, wanted: set[str]) -> None:
    assert names(counted(it), "cancelled") == wanted


@pytest.mark.parametrize(
    ("fields", "known", "wanted"),
    [
        ({"status": "shipped"}, {"told": frozenset({"m1"})}, "told"),
        ({"status": "shipped"}, {}, "told_by_status"),
        ({"status": "cancelled"}, {}, "told_cancelled"),
        ({}, {}, "untold"),
        ({}, {"told_within": timedelta(hours=10)}, "untold_yet"),
    ],
)
def test_what_the_marketplace_was_told(
    fields: dict[str, Any], known: dict[str, Any], wanted: str
) -> None:
    it = Situation(order=order(**fields), records=[record()], parcels=[parcel()])
    tally = counted(it, **known)
    told = {"told", "told_by_status", "told_cancelled", "untold", "untold_yet"}
    assert {name for name in tally.figures if name in told} == {wanted}
    assert tally.n("dispatches") == 1


def test_lateness_is_from_the_label_to_the_marketplaces_own_time() -> None:
    at = (NOW - timedelta(hours=8)).isoformat()
    it = Situation(
        order=order(status="shipped", parcels=[["m1", "DPD", at]]),
        records=[record()],
        parcels=[parcel()],
    )
    tally = counted(it, told=frozenset({"m1"}), labelled=frozenset({"m1"}))
    assert tally.spreads == {"told_after": {"60": 1}}
    assert list(tally.tables["pairs"]) == ['["dpd", "next", "DPD"]']
    assert tally.n("told_by_others") == 0


def test_a_parcel_that_shipstation_does_not_have_was_told_by_others() -> None:
    it = Situation(order=order(status="shipped", parcels=[["m7", "Yodel", None]]))
    assert counted(it).n("told_by_others") == 1


IOSS = ["IOSS", "lines[].number"]


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"country": "FR", "tax": [IOSS]}, {"tax_present", "tax_not_passed_on"}),
        ({"country": "FR"}, {"tax_absent"}),
        ({"country": "FR", "total": "140"}, {"tax_above_limit"}),
        ({"country": "FR", "tax": None}, {"tax_unread"}),
        ({"country": "NO"}, {"tax_absent"}),
        ({"country": "GB"}, set()),
        ({"country": "US"}, set()),
        ({"country": "FR", "status": "cancelled"}, set()),
    ],
)
def test_tax(fields: dict[str, Any], wanted: set[str]) -> None:
    it = Situation(order=order(**fields), records=[record()])
    assert names(counted(it), "tax") == wanted


def test_a_value_without_a_rate_is_said_and_still_expected() -> None:
    it = Situation(order=order(country="FR"))
    tally = counted(it, euros=lambda *_: None)
    assert names(tally, "tax") == {"tax_absent", "tax_no_rate"}


@pytest.mark.parametrize(
    ("country", "ship_from", "wanted"),
    [
        ("GB", "GB", "the same country"),
        ("UK", "GB", "the same country"),
        ("FR", "GB", "into the EU from outside"),
        ("FR", "DE", "within the EU"),
        ("GB", "DE", "into the UK"),
        ("NO", "GB", "into Norway"),
        ("US", "GB", "elsewhere abroad"),
        ("", "GB", "not told"),
    ],
)
def test_destinations(country: str, ship_from: str, wanted: str) -> None:
    assert destination(country, ship_from) == wanted


def test_combined_split_and_other_routes() -> None:
    records = [
        record(combined=2),
        record(parent=9, key="other-1", source="api"),
        record(merged_or_split=True),
    ]
    tally = counted(Situation(order=order(), records=records))
    assert (tally.n("combined"), tally.n("absorbed"), tally.n("split")) == (1, 2, 2)
    assert list(tally.tables["routes"]) == ['["api"]']


def test_examples_and_rows_stay_few_whatever_the_number_of_orders() -> None:
    tally = Tally()
    for number in range(2000):
        tally.add("orders", f"205-{number}")
        tally.row("unknown_skus", f"SKU-{number}", example=f"205-{number}")
    assert (tally.n("orders"), len(tally.figures["orders"]["ids"])) == (2000, EXAMPLES)
    assert len(tally.tables["unknown_skus"]) == ROWS + 1
    others = tally.tables["unknown_skus"][f'["{OTHERS}"]']
    assert others["n"] == 2000 - ROWS
    assert Tally.load(tally.dump()).dump() == tally.dump()


@pytest.mark.parametrize(
    ("values", "share", "wanted"),
    [
        ({}, 0.5, None),
        ({"5": 1}, 0.95, 5),
        ({"1": 50, "9": 45, "100": 5}, 0.5, 1),
        ({"1": 50, "9": 45, "100": 5}, 0.95, 9),
        ({"1": 50, "9": 44, "100": 6}, 0.95, 100),
    ],
)
def test_quantiles(values: dict[str, int], share: float, wanted: int | None) -> None:
    assert quantile(values, share) == wanted


def test_where_a_text_stands_is_said_without_positions() -> None:
    raw = {"a": [{"b": "x"}, {"code": "ioss", "value": "IM1234567890"}], "c": "y"}
    assert list(walk(raw)) == [
        ("a[].b", "x"),
        ("a[ioss].code", "ioss"),
        ("a[ioss].value", "IM1234567890"),
        ("c", "y"),
    ]
    assert scheme_of("IOSS IM1234567890") == "IOSS"
    assert scheme_of("GB123456789012") == "EORI"
    assert scheme_of("VOEC 2012345") == "VOEC"
    assert scheme_of("order 2012345") == ""


def test_a_report_beside_an_earlier_one_says_what_moved() -> None:
    earlier, later = Tally(), Tally()
    earlier.add("cancelled_shipped", n=5)
    later.add("cancelled_shipped", n=2)
    later.row("carriers", "dpd", "", "mapped")
    found = sections(later.dump(), earlier.dump())
    figures = {figure.code: figure for part in found for figure in part.figures}
    assert figures["cancelled_shipped"].change == "-3"
    assert figures["told_median"].share == "not measured"
    (table,) = [table for part in found for table in part.tables]
    assert [(row.cells, row.n, row.before) for row in table.rows] == [
        (("dpd", "", "mapped"), 1, 0)
    ]
