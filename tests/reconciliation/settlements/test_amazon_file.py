"""Amazon's settlement report, written in every way that its sheet tells of."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from shipsync_site.soak.settlements.paper import (
    COLUMNS,
    DATES,
    ENCODINGS,
    Paper,
    Sold,
    Writing,
    a_refund,
    a_sale,
    others,
    written,
)
from stores.connectors.amazon.settlement import read
from stores.connectors.amazon.settlement_words import is_fba, kind_of
from stores.remote_money import LineKind, MoneyLine, SettlementFileError

ENDS = datetime(2026, 11, 20, 15, 12, 8, tzinfo=UTC)
MUG = Sold(
    order="114-9876543-1234567",
    item="05015851154158",
    sku='MUG-12" BLUE',
    price=Decimal("1299.00"),
    units=2,
)


def paper(writing: Writing | None = None, **fields: object) -> Paper:
    parts = [
        *a_sale(MUG, datetime(2026, 11, 13, 18, 41, 10, tzinfo=UTC)),
        *a_refund(MUG, datetime(2026, 12, 3, 9, 0, tzinfo=UTC)),
        *others(random.Random(7)),
    ]
    made = Paper(
        settlement="19183429051",
        currency="EUR",
        ends=ENDS,
        components=tuple(parts),
        writing=writing or Writing(),
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def test_every_way_of_writing_says_the_same() -> None:
    head, lines = read(paper().content())
    expected = list(lines)
    ways = [
        Writing(point=point, grouped=grouped, dates=dates)
        for point in ".,"
        for grouped in (False, True)
        for dates in DATES
    ]
    ways += [Writing(encoding=encoding) for encoding in ENCODINGS]
    ways += [Writing(newline="\r\n"), Writing(newline="\r"), Writing(packed=True)]
    ways += [Writing(columns=(*COLUMNS[::-1], "promotion-id"))]
    ways += [Writing(last_newline=False)]

    assert head.total == sum(line.amount for line in expected) == paper().sum
    assert (head.remote_id, head.currency, head.ends_at) == ("19183429051", "EUR", ENDS)
    for way in ways:
        again, found = read(paper(way).content())
        assert (way, again, list(found)) == (way, head, expected)
    # In quotes, as a spreadsheet writes it: the one in the SKU is doubled.
    quoted = paper(Writing(quoted=True)).content().replace(b'12" ', b'12"" ')
    assert list(read(quoted)[1]) == expected


def test_a_row_is_read_whole() -> None:
    sale = next(read(paper(Writing(point=",", dates="dotted")).content())[1])

    assert sale == MoneyLine(
        kind=LineKind.SALE,
        amount=Decimal("2598.00"),
        raw_type="Order",
        raw_kind="ItemPrice",
        raw_description="Principal",
        posted_at=datetime(2026, 11, 13, 18, 41, 10, tzinfo=UTC),
        order_ref="114-9876543-1234567",
        item_ref="05015851154158",
        marketplace="Amazon.de",
        sku='MUG-12" BLUE',
        quantity=2,
    )


def test_a_remainder_is_no_problem_of_the_file() -> None:
    head, lines = read(paper(off_by=Decimal("0.01")).content())

    assert head.total - sum(line.amount for line in lines) == Decimal("0.01")


Rows = list[list[str]]
AT = COLUMNS.index


def put(row: int, column: str, value: str) -> Callable[[Rows], None]:
    def change(rows: Rows) -> None:
        rows[row][AT(column)] = value

    return change


def drop(row: int) -> Callable[[Rows], None]:
    return lambda rows: rows.__delitem__(row)


def cut(row: int) -> Callable[[Rows], None]:
    return lambda rows: rows[row].__delitem__(slice(15, None))


def again(rows: Rows) -> None:
    rows += [[x.replace("19183429051", "19183429052") for x in row] for row in rows[1:]]


def thousands(rows: Rows) -> None:
    del rows[3:]
    rows[1][AT("total-amount")] = rows[2][AT("amount")] = "1,299"


def early(rows: Rows) -> None:
    for row in rows[1:]:
        row[:] = [x if "/" not in x else "02/11/2026" for x in row]


BROKEN: dict[str, tuple[Callable[[Rows], None], int, str, str, str]] = {
    "no amount": (put(4, "amount", ""), 5, "amount", "", "has to stand here"),
    "words": (put(4, "amount", "12.x"), 5, "amount", "12.x", "not an amount"),
    "third decimal": (put(4, "amount", "1.234"), 5, "amount", "1.234", "whole pennies"),
    "other sign": (put(4, "amount", "1,23"), 5, "amount", "1,23", "decimal point"),
    "a date": (
        put(3, "posted-date-time", "soon"),
        4,
        "posted-date-time",
        "soon",
        "date",
    ),
    "no day": (
        put(3, "posted-date-time", "2026-02-30 10:00:00 UTC"),
        4,
        "posted-date-time",
        "2026-02-30 10:00:00 UTC",
        "no such date",
    ),
    "zone": (
        put(3, "posted-date-time", "2026-11-12 10:00:00 XYZ"),
        4,
        "posted-date-time",
        "2026-11-12 10:00:00 XYZ",
        "zone XYZ",
    ),
    "rounded": (
        put(2, "order-item-code", "5.01585E+12"),
        3,
        "order-item-code",
        "5.01585E+12",
        "spreadsheet has rounded",
    ),
    "units": (
        put(2, "quantity-purchased", "2.5"),
        3,
        "quantity-purchased",
        "2.5",
        "whole",
    ),
    "currency": (put(5, "currency", "USD"), 6, "currency", "USD", "is in EUR"),
    "no head": (drop(1), 2, "total-amount", "", "lacks its beginning"),
    "nobody's": (put(6, "settlement-id", ""), 7, "settlement-id", "", "name its"),
    "cut row": (cut(6), 7, "", "", "15 of 23 columns"),
    "two in one": (again, 25, "settlement-id", "19183429052", "one file per"),
    "no column": (
        put(0, "amount", "Betrag"),
        1,
        "amount",
        "",
        "no settlement report V2",
    ),
    "two columns": (put(0, "sku", "amount"), 1, "amount", "amount", "which counts"),
    "ambiguous": (thousands, 2, "total-amount", "1,299", "thousand or a fraction"),
    "too long": (put(4, "sku", "x" * 101), 5, "sku", "x" * 100, "longer"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_says_where(name: str) -> None:
    change, number, field, value, words = BROKEN[name]
    rows = paper().rows()
    change(rows)

    found = problems_of(written(rows, Writing()))

    first = found.problems[0]
    assert (first.line, first.field) == (number, field), found.problems[:3]
    assert words in first.message
    if field:
        assert first.value == value


def problems_of(content: bytes) -> SettlementFileError:
    with pytest.raises(SettlementFileError) as refused:
        list(read(content)[1])
    return refused.value


def test_dates_that_nothing_tells_are_refused() -> None:
    rows = paper(Writing(dates="day_first")).rows()
    early(rows)

    found = problems_of(written(rows, Writing()))

    assert "day or the month comes first" in found.problems[0].message


def test_every_problem_is_told_and_counted() -> None:
    rows = paper(components=paper().components * 5).rows()
    for row in rows[2:]:
        row[AT("amount")] = "nothing"

    found = problems_of(written(rows, Writing()))

    assert found.count == len(rows) - 2
    assert len(found.problems) == 50
    assert [x.line for x in found.problems] == list(range(3, 53))


def test_a_file_that_stops_in_the_middle_is_refused() -> None:
    whole = paper().content()
    cut_short = whole[: whole.index(b"Storage Fee") + 400]
    end = cut_short.rindex(b"\n") + 1

    assert (
        "columns" in problems_of(whole[:end] + b"19183429051\t\t").problems[0].message
    )
    # Between two rows only the sum tells, and only without its line's end.
    found = problems_of(whole[: end - 1])
    assert "cut off" in found.problems[0].message
    assert found.problems[0].line == whole[:end].count(b"\n")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04 workbook", "workbook"),
        (b"\x1f\x8b broken", "packed file is broken"),
        (paper(Writing(packed=True)).content()[:-30], "packed file is broken"),
        (paper().content().replace(b"\t", b";"), "not separated by tabs"),
        (paper().content().replace(b"Commission", b"Comm\0ssion"), "zero bytes"),
        (paper(Writing(encoding="utf-16")).content()[:1001], "UTF-16"),
        (paper().content().splitlines()[0], "no row below"),
        (b"settlement-id\tprice-amount\n1\t2", "before V2"),
        (b"x" * 50_000, "too long"),
    ],
)
def test_what_is_no_report_at_all_is_said_in_words(content: bytes, words: str) -> None:
    assert words in problems_of(content).problems[0].message


WORDS = {
    ("Order", "ItemPrice", "Principal", "9"): LineKind.SALE,
    ("Order", "ItemPrice", "GiftWrapTax", "9"): LineKind.SALE_TAX,
    ("Refund", "ItemPrice", "Shipping", "-9"): LineKind.REFUND_SHIPPING,
    ("A-to-z Guarantee Refund", "ItemPrice", "Principal", "-9"): LineKind.REFUND,
    ("Chargeback Refund", "ItemPrice", "Tax", "-9"): LineKind.REFUND_TAX,
    ("Refund", "Promotion", "Principal", "9"): LineKind.REFUND_DISCOUNT,
    ("Refund", "ItemFees", "Commission", "9"): LineKind.REFUND_FEE,
    ("Refund", "ItemFees", "RefundCommission", "-9"): LineKind.FEE,
    ("Order", "ItemFees", "FBAPerUnitFulfillmentFee", "-9"): LineKind.FEE,
    ("Order", "ItemFees", "Commission IGST", "-9"): LineKind.FEE_TAX,
    ("Order", "ItemWithheldTax", "TCS-IGST", "-9"): LineKind.WITHHELD_TAX,
    ("ServiceFee", "Cost of Advertising", "TransactionTotalAmount", "-9"): (
        LineKind.ADVERTISING
    ),
    (
        "ServiceFee",
        "other-transaction",
        "Subscription Fee",
        "-9",
    ): LineKind.SUBSCRIPTION,
    ("other-transaction", "other-transaction", "Current Reserve Amount", "-9"): (
        LineKind.RESERVE
    ),
    ("other-transaction", "other-transaction", "Shipping label purchase", "-9"): (
        LineKind.LABEL
    ),
    ("other-transaction", "other-transaction", "Shipping label purchase", "9"): (
        LineKind.LABEL_CREDIT
    ),
    ("other-transaction", "FBA Inventory Reimbursement", "WAREHOUSE_LOST", "9"): (
        LineKind.ADJUSTMENT
    ),
    ("Transfer", "Transfer", "of funds", "-9"): LineKind.TRANSFER,
    ("Order", "ItemPrice", "Sparkle", "9"): LineKind.OTHER,
    ("other-transaction", "other-transaction", "Prüfgebühr", "-9"): LineKind.OTHER,
}


@pytest.mark.parametrize(("words", "kind"), WORDS.items())
def test_words_and_what_is_new_stays_other(
    words: tuple[str, str, str, str], kind: LineKind
) -> None:
    assert kind_of(*words[:3], Decimal(words[3])) == kind


@pytest.mark.parametrize(
    ("words", "theirs"),
    [
        (("AFN", "ItemPrice", "Principal"), True),
        (("MFN", "ItemPrice", "Principal"), False),
        (("", "FBA Inventory Reimbursement", "WAREHOUSE_LOST"), True),
        (("", "other-transaction", "RemovalComplete"), True),
        (("", "other-transaction", "Shipping label purchase"), False),
    ],
)
def test_what_amazon_ships_is_theirs(words: tuple[str, str, str], theirs: bool) -> None:
    assert is_fba(*words) is theirs


def test_many_lines_take_no_more_memory_than_few() -> None:
    few, lots = peak_of(500), peak_of(5_000)

    assert lots < few + 200_000


def peak_of(count: int) -> int:
    part = paper().components[0]
    parts = (replace(part, amount=Decimal(n % 997 + 1) / 100) for n in range(count))
    content = paper(components=tuple(parts)).content()
    tracemalloc.start()
    head, lines = read(content)
    assert sum((line.amount for line in lines), Decimal(0)) == head.total
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak
