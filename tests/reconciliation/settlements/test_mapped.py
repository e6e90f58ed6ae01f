"""Any CSV by columns that a person has named; what is ambiguous is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from reconciliation.models import (
    Settlement,
    SettlementFileState,
    SettlementFormat,
    SettlementSource,
)
from reconciliation.settlements import mapped, reading
from reconciliation.settlements.mapped_layout import Given, Layout
from reconciliation.settlements.receiving import receive_file
from stores.remote_money import LineKind, MoneyLine, SettlementFileError
from tests.orders.factories import make_remote_account

GIVEN = Given(remote_id="2026-11", total=Decimal("1226.05"), currency="EUR")
COLUMNS = {
    "amount": "Betrag",
    "kind": "Art",
    "posted_at": "Datum",
    "order_ref": "Bestellung",
    "sku": "SKU",
    "quantity": "Menge",
}
KINDS = {"verkauf": "sale", "Gebühr": "fee", "*": "adjustment"}
GERMAN = """Auszahlung Shop Nord;;;;;
Erstellt am 01.12.2026;;;;;
Datum;Art;Bestellung;SKU;Menge;Betrag
02.11.2026;Verkauf;A-1;MUG;1;"1.234,50"
03.11.2026 10:30;Gebühr;A-1;;;-12,40

04.11.2026;Sonst;;"Topf; ""groß"" rund";;3,95
"""


def form(columns: dict[str, Any] | None = None, **fields: Any) -> SettlementFormat:
    defaults: dict[str, Any] = {
        "name": "Shop Nord",
        "columns": {**(columns or COLUMNS), "kinds": KINDS},
        "decimal_comma": True,
        "day_first": True,
        "delimiter": ";",
    }
    return SettlementFormat(**(defaults | fields))


def read(
    text: str, layout: SettlementFormat | None = None, given: Given = GIVEN
) -> tuple[Any, list[MoneyLine]]:
    head, lines = mapped.read(text.encode("cp1252"), layout or form(), given)
    return head, list(lines)


def problems(
    text: str, layout: SettlementFormat | None = None, given: Given = GIVEN
) -> list[tuple[int, str, str, str]]:
    with pytest.raises(SettlementFileError) as refused:
        read(text, layout, given)
    return [(x.line, x.field, x.value, x.message) for x in refused.value.problems]


def test_columns_are_read_as_a_person_named_them() -> None:
    head, lines = read(GERMAN)

    assert (head.remote_id, head.total, head.currency) == (
        "2026-11",
        Decimal("1226.05"),
        "EUR",
    )
    assert head.starts_at == datetime(2026, 11, 2, tzinfo=UTC)
    assert head.ends_at == datetime(2026, 11, 4, tzinfo=UTC)
    assert lines[0] == MoneyLine(
        kind=LineKind.SALE,
        amount=Decimal("1234.50"),
        raw_type="Verkauf",
        posted_at=datetime(2026, 11, 2, tzinfo=UTC),
        order_ref="A-1",
        sku="MUG",
        quantity=1,
    )
    assert [(x.kind, x.amount, x.sku) for x in lines[1:]] == [
        (LineKind.FEE, Decimal("-12.40"), ""),
        (LineKind.ADJUSTMENT, Decimal("3.95"), 'Topf; "groß" rund'),
    ]
    assert sum(x.amount for x in lines) == head.total


@pytest.mark.parametrize("minus", ["", "-"])
def test_credit_and_debit_stand_in_columns_of_their_own(minus: str) -> None:
    columns = {"credit": "In", "debit": "Out", "order_ref": "Order"}
    text = f"Order,In,Out\nA,10.00,\nA,,{minus}2.50\nB,0.00,{minus}0.30\n"

    _head, lines = read(text, form(columns, decimal_comma=False, delimiter=","), GIVEN)

    assert [x.amount for x in lines] == [
        Decimal("10.00"),
        Decimal("-2.50"),
        Decimal("-0.30"),
    ]


def test_deposit_is_a_row_of_the_file_or_typed_but_agrees() -> None:
    columns = COLUMNS | {
        "total": {"column": "Art", "value": "auszahlung", "negated": True}
    }
    text = GERMAN + "05.11.2026;Auszahlung;;;;-1.226,05\n"
    alone = Given(remote_id="2026-11", currency="EUR")

    head, lines = read(text, form(columns), alone)

    assert (head.total, len(lines)) == (Decimal("1226.05"), 3)
    assert problems(GERMAN, form(columns), alone)[0][1] == "deposit"
    other = Given(remote_id="2026-11", currency="EUR", total=Decimal(1))
    assert "says 1226.05" in problems(text, form(columns), other)[0][3]
    twice = text + "05.11.2026;Auszahlung;;;;-1,00\n"
    assert "second row with the deposit" in problems(twice, form(columns), alone)[0][3]


POINTS = {"decimal_comma": False, "delimiter": ","}
REFUSED: dict[str, tuple[str, dict[str, Any], int, str, str]] = {
    "no number": (GERMAN.replace("3,95", "3.9"), {}, 7, "Betrag", "decimal comma"),
    "no amount": (GERMAN.replace("3,95", ""), {}, 7, "Betrag", "has to stand"),
    "no date": (GERMAN.replace("04.11.2026", "bald"), {}, 7, "Datum", "not a date"),
    "short row": (GERMAN.replace(";;3,95", ""), {}, 7, "", "4 of 6 columns"),
    "no column": (
        GERMAN.replace("Bestellung", "Auftrag"),
        {},
        3,
        "Bestellung",
        "called",
    ),
    "two columns": (
        GERMAN.replace("SKU", "Betrag"),
        {"columns": {"amount": "Betrag"}},
        3,
        "Betrag",
        "which counts",
    ),
    "open quotes": (GERMAN.replace('groß"" ', 'groß" '), {}, 7, "", "quotes"),
    "only thousands": (
        'Betrag\n"1,250"\n"2,500"\n',
        {"columns": {"amount": "Betrag"}, **POINTS},
        2,
        "Betrag",
        "thousand or a fraction",
    ),
    "two currencies": (
        "Betrag,Cur\n1.00,EUR\n2.00,GBP\n",
        {"columns": {"amount": "Betrag", "currency": "Cur"}, **POINTS},
        3,
        "Cur",
        "one currency",
    ),
    "two settlements": (
        "Betrag,Id\n1.00,S1\n2.00,S2\n",
        {"columns": {"amount": "Betrag", "settlement": "Id"}, **POINTS},
        3,
        "Id",
        "one file per settlement",
    ),
    "both filled": (
        "In,Out\n1.00,2.00\n",
        {"columns": {"credit": "In", "debit": "Out"}, **POINTS},
        2,
        "Out",
        "both filled",
    ),
    "now so, now so": (
        "In,Out\n,2.00\n,-1.00\n",
        {"columns": {"credit": "In", "debit": "Out"}, **POINTS},
        3,
        "Out",
        "otherwise",
    ),
    "nothing": (
        "Betrag\n",
        {"columns": {"amount": "Betrag"}, **POINTS},
        1,
        "",
        "no row",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_or_ambiguous_is_refused_with_its_line(name: str) -> None:
    text, fields, line, field, words = REFUSED[name]

    found = problems(text, form(**fields))

    assert found[0][:2] == (line, field)
    assert words in found[0][3]


def test_what_nobody_said_is_asked_for() -> None:
    assert [x[1] for x in problems(GERMAN, None, Given())] == [
        "settlement",
        "currency",
        "deposit",
    ]


def test_preview_shows_rows_and_every_problem() -> None:
    text = GERMAN + "bald;Verkauf;A-2;;;1,00\n"

    look = mapped.preview(text.encode("cp1252"), Layout.of(form()), GIVEN, rows=2)

    assert look.header == ["Datum", "Art", "Bestellung", "SKU", "Menge", "Betrag"]
    assert [x.line for x in look.rows] == [4, 5]
    assert (look.count, look.sum, look.problem_count) == (3, Decimal("1226.05"), 1)
    assert (look.problems[0].line, look.problems[0].field) == (8, "Datum")
    spoilt = mapped.preview(b'"', Layout.of(form()), GIVEN)
    assert spoilt.problem_count
    assert spoilt.head is None


@pytest.mark.django_db
def test_same_file_may_be_read_otherwise_once_the_columns_are_mended() -> None:
    account, layout = make_remote_account(), form()
    layout.save()
    content, given = GERMAN.encode(), GIVEN.kept()

    def bring() -> tuple[str, str]:
        file = receive_file(
            account,
            SettlementSource.MAPPED_CSV,
            "nord.csv",
            content,
            format=layout,
            given=given,
        )
        while reading.run_one():
            pass
        file.refresh_from_db()
        return file.state, file.note

    assert bring()[0] == SettlementFileState.STORED
    assert bring()[0] == SettlementFileState.SEEN
    SettlementFormat.objects.update(columns=layout.columns | {"kinds": {}})
    layout.refresh_from_db()
    assert bring()[0] == SettlementFileState.STORED
    row = Settlement.objects.get()
    assert set(row.lines.values_list("kind", flat=True)) == {LineKind.OTHER}
    assert (row.remote_id, row.remainder) == ("2026-11", Decimal(0))
    assert "3 of them differ" in row.replaced_note


@pytest.mark.django_db
def test_columns_mended_between_two_steps_are_not_mixed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "STEP_SECONDS", -1)
    layout = form()
    layout.save()
    row = "05.11.2026;Verkauf;A-9;;;1,00\n"
    file = receive_file(
        make_remote_account(),
        SettlementSource.MAPPED_CSV,
        "nord.csv",
        (GERMAN + row * 900).encode(),
        format=layout,
        given=GIVEN.kept(),
    )
    assert reading.run_one()
    SettlementFormat.objects.update(columns=layout.columns | {"kinds": {"*": "fee"}})

    while reading.run_one():
        pass

    file.refresh_from_db()
    assert (file.state, file.rows_done) == (SettlementFileState.STORED, 903)
    lines = Settlement.objects.get().lines
    assert set(lines.values_list("kind", flat=True)) == {LineKind.FEE}
    assert lines.count() == 903
