"""One reader of CSV files: any usual encoding and separator, every line numbered."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from shipsync_site.lib.cells import plain
from stores.imports.cells import Column

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 100_000
_SEPARATORS = ((",", "commas"), (";", "semicolons"), ("\t", "tabs"))
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


class UnreadableFileError(Exception):
    """The whole file can't be read; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellError:
    """What is wrong with a cell: ``message`` says what to write instead.

    ``follows``: the line is good, but belongs to a record that another line spoils.
    """

    line: int
    column: str
    value: str
    message: str
    follows: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file: its number, and its cells as they stand there."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A file: ``columns`` by place (None is not ours), and its rows.

    ``uneven`` are lines with too many or too few cells, ``notes`` what was left out.
    """

    header: tuple[str, ...]
    columns: tuple[Column | None, ...]
    rows: tuple[Row, ...]
    uneven: tuple[CellError, ...] = ()
    notes: tuple[CellError, ...] = field(default=())


def read_sheet(data: bytes, columns: Sequence[Column]) -> Sheet:
    """The rows of a file; raises UnreadableFileError."""
    text = _decode(data)
    known = {name: column for column in columns for name in column.names}
    separator = _separator(text, known)
    lines = _lines(text, separator)
    header = next(lines, None)
    if header is None:
        raise UnreadableFileError(
            "The file is empty: its first line has to name the columns, "
            f"{_list(column.label for column in columns)}."
        )
    names = tuple(cell.strip() for cell in header.cells)
    places = tuple(known.get(_folded(name)) for name in names)
    _check_header(names, places, columns)
    rows: list[Row] = []
    uneven: list[CellError] = []
    for row in lines:
        if len(rows) + len(uneven) >= MAX_ROWS:
            raise UnreadableFileError(
                f"The file has more than {MAX_ROWS:,} rows: split it into several."
            )
        if len(row.cells) == len(names):
            rows.append(row)
        else:
            uneven.append(_uneven(row, names, separator))
            rows.append(row)
    return Sheet(
        header=names,
        columns=places,
        rows=tuple(rows),
        uneven=tuple(uneven),
        notes=tuple(_notes(names, places, known)),
    )


def _decode(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise UnreadableFileError(
            f"The file has {len(data) / 1024 / 1024:.1f} MB, up to "
            f"{MAX_BYTES // 1024 // 1024} are read: split it into several."
        )
    if data.startswith(_WORKBOOK):
        raise UnreadableFileError(
            "This is a workbook, not a CSV file: in the spreadsheet choose 'Save as' and "
            "'CSV UTF-8', and upload that."
        )
    text = _text(data)
    if "\0" in text:
        raise UnreadableFileError(
            "The file holds zero bytes, so it is no text: export it again as CSV UTF-8."
        )
    return text


def _text(data: bytes) -> str:
    try:
        if data.startswith(_UTF16):
            return data.decode("utf-16")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        raise UnreadableFileError(
            "The file is neither UTF-8 nor Windows-1252: export it again as CSV UTF-8."
        ) from None


def _separator(text: str, known: dict[str, Column]) -> str:
    """What stands between the header's cells: that which yields most known columns."""
    first = next((line for line in text.splitlines() if line.strip()), "")

    def fit(separator: str) -> tuple[int, int]:
        try:
            cells = next(csv.reader([first], delimiter=separator), [])
        except csv.Error:
            return 0, 0
        return sum(_folded(cell) in known for cell in cells), len(cells)

    return max((separator for separator, _word in _SEPARATORS), key=fit)


def _lines(text: str, separator: str) -> Iterator[Row]:
    """The lines that hold anything, header first."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UnreadableFileError(
                f"From line {line} on the file can't be read: a quote is opened and not "
                "closed, or stands inside a value. Write a quote inside a value twice, "
                f"and put quotes around that value ({error})."
            ) from None
        if any(cell.strip() for cell in cells):
            yield Row(line, tuple(plain(cell.strip()) for cell in cells))


def _check_header(
    names: Sequence[str],
    places: Sequence[Column | None],
    columns: Sequence[Column],
) -> None:
    seen: dict[str, str] = {}
    for name, column in zip(names, places, strict=True):
        if column is None:
            continue
        if column.name in seen:
            raise UnreadableFileError(
                f"The columns '{seen[column.name]}' and '{name}' mean the same: keep one."
            )
        seen[column.name] = name
    missing = [column.label for column in columns if column.needed not in ("", *seen)]
    if missing:
        raise UnreadableFileError(
            f"The first line lacks {_list(missing)}: it has "
            f"{_list(name for name in names if name) or 'no names'}. "
            f"The columns are {_list(column.label for column in columns)}."
        )


def _notes(
    names: Sequence[str], places: Sequence[Column | None], known: dict[str, Column]
) -> Iterator[CellError]:
    for name, column in zip(names, places, strict=True):
        if column is None and name:
            close = difflib.get_close_matches(_folded(name), known, n=1, cutoff=0.7)
            hint = f" Is '{known[close[0]].label}' meant?" if close else ""
            yield CellError(
                line=1,
                column=name,
                value=name,
                message=f"This column is not known, so it is left out.{hint}",
            )


def _uneven(row: Row, names: Sequence[str], separator: str) -> CellError:
    word = dict(_SEPARATORS)[separator]
    many = len(row.cells) > len(names)
    return CellError(
        line=row.line,
        column=names[-1] if many else names[len(row.cells)],
        value=row.cells[-1],
        message=(
            f"The line has {len(row.cells)} cells and the header {len(names)}. "
            + (
                f"Put quotes around a value that holds {word}."
                if many
                else "Cells at its end are missing: leave them empty, with their "
                f"{word} between them."
            )
        ),
    )


def _folded(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _list(names: Iterator[str] | Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
