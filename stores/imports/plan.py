"""Look at a file: what it would add and change, and what is wrong with it.

Nothing but the ImportBatch is written. It holds the file's rows as they stand, what
each record would become, and what stands there now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User

from shipsync_site.lib import clock
from stores.imports.aliases import Aliases
from stores.imports.base import GoodRow, Importer, Record, Value, spoilt_row
from stores.imports.cells import BadCellError, Column
from stores.imports.kits import Kits
from stores.imports.products import Products
from stores.imports.sheet import CellError, Row, Sheet, read_sheet
from stores.models import ImportBatch, ImportState

IMPORTERS: dict[str, Importer] = {
    str(importer.kind): importer for importer in (Products(), Kits(), Aliases())
}
# The imports that can be taken back; older ones keep their figures only.
KEPT = 20
SHOWN = 50
_LOOKED_AT = timedelta(days=1)
ADDED, CHANGED, UNCHANGED = "added", "changed", "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A record of a preview: (label, before, after) of what it says."""

    name: str
    lines: str
    changes: tuple[tuple[str, str, str], ...]


def look(kind: str, file_name: str, data: bytes, user: User) -> ImportBatch:
    """A batch that waits to be applied; raises UnreadableFileError."""
    importer = IMPORTERS[kind]
    sheet = read_sheet(data, importer.columns)
    rows, errors = _good_rows(importer, sheet)
    bad_lines = {error.line for error in errors}
    spoilt = _keys_of(importer, sheet, bad_lines)
    found = importer.group(rows, spoilt)
    errors += found.errors
    before = importer.current(record.key for record in found.records)
    merged = [
        (record, _merged(importer, record, before.get(record.key)))
        for record in found.records
    ]
    errors += importer.check(merged)
    bad_lines = {error.line for error in errors}
    good = [pair for pair in merged if bad_lines.isdisjoint(pair[0].lines)]
    taken = {line for record, _value in good for line in record.lines}
    errors += _left_out(importer, rows, taken | bad_lines)
    _trim(user)
    return _batch(importer, file_name[:200], sheet, good, before, errors, user)


def comparisons(batch: ImportBatch, change: str) -> Iterator[Comparison]:
    """The records of a preview that would be added, changed or left as they are."""
    importer = IMPORTERS[batch.kind]
    for row in batch.rows.get("records", ()):
        if row["change"] == change:
            before = importer.told(batch.before.get(row["key"]))
            after = importer.told(row["after"])
            if change == UNCHANGED:
                before = after
            names = dict.fromkeys([*before, *after])
            yield Comparison(
                name=importer.name(row["key"]),
                lines=_lines(row["lines"]),
                changes=tuple(
                    (name, before.get(name, "–"), after.get(name, "–"))
                    for name in names
                    if change != CHANGED or before.get(name) != after.get(name)
                ),
            )


def bad_rows(batch: ImportBatch) -> tuple[list[str], Iterator[list[str]]]:
    """(header, rows) of what was left out, each row with its reason at the end."""
    reasons: dict[int, list[str]] = {}
    for error in batch.errors:
        reasons.setdefault(error["line"], []).append(
            f"{error['column']}: {error['message']}"
        )
    header = [*batch.rows.get("header", ()), "Reason"]
    rows = (
        [*_even(cells, len(header) - 1), " ".join(reasons.get(line, ()))]
        for line, cells in batch.rows.get("bad", ())
    )
    return header, rows


def _even(cells: Sequence[str], width: int) -> list[str]:
    """A row as wide as the header; what stood beyond it is in the last cell."""
    if len(cells) > width:
        return [*cells[: width - 1], " ".join(cells[width - 1 :])]
    return [*cells, *[""] * (width - len(cells))]


def bad_lines(batch: ImportBatch) -> tuple[int, int]:
    """How many lines are bad, and how many more are left out because of them."""
    bad = {x["line"] for x in batch.errors if x["line"] > 1 and not x["follows"]}
    every = {x["line"] for x in batch.errors if x["line"] > 1}
    return len(bad), len(every - bad)


def _good_rows(
    importer: Importer, sheet: Sheet
) -> tuple[list[GoodRow], list[CellError]]:
    """The rows whose cells can all be read, and what is wrong with the others."""
    uneven = {error.line for error in sheet.uneven}
    errors = list(sheet.uneven)
    rows = []
    # The same text in the same column is the same value: read once.
    read: dict[tuple[str, str], Any] = {}
    for row in sheet.rows:
        if row.line in uneven:
            continue
        values, found = _values(sheet, row, read)
        errors += found
        if not found:
            rows.append(GoodRow(line=row.line, values=values))
    return rows, errors


def _values(
    sheet: Sheet, row: Row, read: dict[tuple[str, str], Any]
) -> tuple[dict[str, Any], list[CellError]]:
    values: dict[str, Any] = {}
    errors = []
    for column, text in zip(sheet.columns, row.cells, strict=True):
        if column is None:
            continue
        value = _value(column, text, read)
        if isinstance(value, BadCellError):
            errors.append(spoilt_row(row.line, column, text, str(value)))
        else:
            values[column.name] = value
    return values, errors


def _value(column: Column, text: str, read: dict[tuple[str, str], Any]) -> Any:
    if (column.name, text) not in read:
        try:
            read[column.name, text] = column.read(text)
        except BadCellError as error:
            read[column.name, text] = error
    return read[column.name, text]


def _keys_of(importer: Importer, sheet: Sheet, lines: set[int]) -> set[str]:
    """The records that these bad lines speak of, as far as that can be read."""
    keys = set()
    for row in sheet.rows:
        if row.line in lines:
            values = {
                column.name: text
                for column, text in zip(sheet.columns, row.cells, strict=False)
                if column is not None
            }
            keys.add(importer.key_of(values))
    return keys - {""}


def _left_out(
    importer: Importer, rows: Sequence[GoodRow], known: set[int]
) -> list[CellError]:
    """Good lines of a record that another line of it spoils."""
    return [
        CellError(
            line=row.line,
            column=importer.columns[0].label,
            value=importer.name(importer.key_of(row.values)),
            message=f"Another line of this {importer.word} is bad, so it is left out whole.",
            follows=True,
        )
        for row in rows
        if row.line not in known
    ]


def _merged(importer: Importer, record: Record, before: Value | None) -> Value:
    return {**(before or importer.blank()), **record.given}


def _batch(
    importer: Importer,
    file_name: str,
    sheet: Sheet,
    good: Sequence[tuple[Record, Value]],
    before: Mapping[str, Value],
    errors: Sequence[CellError],
    user: User,
) -> ImportBatch:
    change = {record.key: _change(before.get(record.key), x) for record, x in good}
    settled = importer.settled(
        {record.key: value for record, value in good if change[record.key] != UNCHANGED}
    )
    counts = Counter(change.values())
    bad_lines = {error.line for error in errors}
    return ImportBatch.objects.create(
        kind=importer.kind,
        file_name=file_name,
        rows={
            "header": sheet.header,
            "records": [
                {
                    "key": record.key,
                    "lines": record.lines,
                    "after": settled.get(record.key, value),
                    "change": change[record.key],
                }
                for record, value in good
            ],
            "bad": [(r.line, r.cells) for r in sheet.rows if r.line in bad_lines],
        },
        before={key: before[key] for key in settled if change[key] == CHANGED},
        errors=[
            asdict(error) | {"value": error.value[:200]}
            for error in sorted([*sheet.notes, *errors], key=lambda x: x.line)
        ],
        added=counts[ADDED],
        changed=counts[CHANGED],
        unchanged=counts[UNCHANGED],
        created_by=user,
    )


def _change(before: Value | None, after: Value) -> str:
    if before is None:
        return ADDED
    return UNCHANGED if before == after else CHANGED


def _trim(user: User) -> None:
    """Files that were only looked at go after a day; old ones keep their figures."""
    old = clock.real_now() - _LOOKED_AT
    ImportBatch.objects.filter(state=ImportState.PREVIEW, created_at__lt=old).delete()
    applied = ImportBatch.objects.exclude(state=ImportState.PREVIEW).order_by("-pk")
    last = applied.values_list("pk", flat=True)[KEPT - 1 : KEPT].first()
    if last is not None:
        over = applied.filter(
            pk__lt=last, state__in=(ImportState.APPLIED, ImportState.UNDONE)
        )
        over.filter(rows__isnull=False).update(rows={}, before={})


def _lines(lines: Sequence[int]) -> str:
    if len(lines) == 1:
        return f"line {lines[0]}"
    if list(lines) == list(range(lines[0], lines[-1] + 1)):
        return f"lines {lines[0]}–{lines[-1]}"
    return "lines " + ", ".join(map(str, lines))
