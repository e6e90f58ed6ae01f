"""Files of any usual make are read; what can't be is said in a sentence."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipsync_site.lib.cells import csv_lines, plain, safe
from stores.imports import cells
from stores.imports.cells import BadCellError
from stores.imports.kits import Kits
from stores.imports.products import Products
from stores.imports.sheet import MAX_BYTES, MAX_ROWS, UnreadableFileError, read_sheet

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)


def rows(data: bytes) -> list[tuple[str, ...]]:
    return [row.cells for row in read_sheet(data, Products().columns).rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_separators_and_line_ends(
    encoding: str, separator: str, end: str
) -> None:
    text = end.join(
        [f"SKU{separator}Title", f'T-1{separator}"Kännchen{separator} weiß"', ""]
    )

    assert rows(text.encode(encoding)) == [("T-1", f"Kännchen{separator} weiß")]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The file is empty"),
        (b"\n\n  \n", "The file is empty"),
        (b"Title,HS code\nx,1\n", "lacks 'SKU'"),
        (b"Colour\nred\n", "lacks 'SKU'"),
        (b"SKU,sku\nA,B\n", "mean the same"),
        (b"SKU,Weight (g),Weight\nA,1,2\n", "mean the same"),
        (b'SKU\n"A\nB\nC', "From line 2 on"),
        (b'SKU,Title\nA,"x"y\n', "From line 2 on"),
        (b"PK\x03\x04....", "CSV UTF-8"),
        (b"SKU\nA\x00B\n", "zero bytes"),
        (b"SKU\n\x81\x8d\n", "neither UTF-8 nor"),
        (b"SKU\n" + b"x" * 140_000 + b"\n", "From line 2 on"),
    ],
)
def test_a_file_that_can_not_be_read_is_refused_whole(data: bytes, said: str) -> None:
    with pytest.raises(UnreadableFileError, match=said):
        read_sheet(data, Products().columns)


def test_too_much_is_refused() -> None:
    with pytest.raises(UnreadableFileError, match="20 are read"):
        read_sheet(b"SKU\n" + b"x" * MAX_BYTES, Products().columns)
    with pytest.raises(UnreadableFileError, match="more than 100,000 rows"):
        read_sheet(b"SKU\n" + b"A\n" * (MAX_ROWS + 1), Products().columns)


def test_lines_are_counted_as_an_editor_does() -> None:
    data = b'SKU,Title\n\nA,"two\nlines"\nB,x\n,\nC,y\n'

    sheet = read_sheet(data, Products().columns)

    assert [row.line for row in sheet.rows] == [3, 5, 7]


def test_uneven_lines_and_unknown_columns_are_named() -> None:
    data = b"SKU,Title,HS-Kode\nA,x\nB,y,z,extra\n"

    sheet = read_sheet(data, Products().columns)

    assert [(x.line, x.column) for x in sheet.uneven] == [
        (2, "HS-Kode"),
        (3, "HS-Kode"),
    ]
    assert "Is 'HS code' meant?" in sheet.notes[0].message


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("12", "12"),
        ("12.5", "12.5"),
        ("12,50", "12.50"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1,234,567", "1234567"),
        ("0,125", "0.125"),
    ],
)
def test_numbers_with_point_or_comma(text: str, wanted: str) -> None:
    assert str(cells.number(text)) == wanted


@pytest.mark.parametrize(
    "text",
    ["1,234", "1.234", "12.3.4", "1,23,456.7", "-1", "1e5", "x", "١٢", ".5", "5."],
)
def test_numbers_that_mean_nothing_or_two_things(text: str) -> None:
    with pytest.raises(BadCellError):
        cells.number(text)


@given(TEXT)
def test_a_cell_comes_back_as_it_was(text: str) -> None:
    assert plain(safe(text)) == text


@given(TEXT)
def test_no_cell_is_run_or_rounded_by_a_spreadsheet(text: str) -> None:
    out = safe(text)

    assert not out.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert not (len(out) > 11 and out.isdigit())


@given(st.lists(st.tuples(TEXT, TEXT), max_size=5))
def test_rows_come_back_as_they_were(made: list[tuple[str, str]]) -> None:
    lines = "".join(csv_lines(["SKU", "Title"], made))
    kept = [(a.strip(), b.strip()) for a, b in made]

    found = rows(lines.encode())

    assert found == [pair for pair in kept if any(pair)]


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for importer in (Products(), Kits()):
        header = importer.columns[0].label.encode()
        with suppress(UnreadableFileError):
            sheet = read_sheet(header + b"\n" + data, importer.columns)
            assert all(row.line > 1 for row in sheet.rows)
