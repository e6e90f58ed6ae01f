"""A diagnosis in sentences: figures by decision, each with its examples; pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orders.diagnosis.report_words import SECTIONS, TABLES, FigureWords, TableWords
from orders.diagnosis.tally import Tally, quantile

Result = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure of a report; ``before`` is that of the diagnosis it is compared with.

    ``of`` is what it is a part of (None: nothing), ``unit`` '' for a count of things or
    'min'. ``value`` None: nothing was measured.
    """

    code: str
    sentence: str
    value: int | None
    of: int | None = None
    unit: str = ""
    examples: tuple[str, ...] = ()
    tone: str = "plain"
    before: int | None = None
    compared: bool = False

    @property
    def share(self) -> str:
        """'12 of 40 (30 %)', '25 min' or '12'."""
        return _shown(self.value, self.of, self.unit)

    @property
    def before_shown(self) -> str:
        """The other diagnosis's value, as people read it."""
        return _shown(self.before, None, self.unit) if self.compared else ""

    @property
    def change(self) -> str:
        """How it moved since the other diagnosis: '+3', '-2', 'the same' or ''."""
        if not self.compared or self.value is None or self.before is None:
            return ""
        moved = self.value - self.before
        unit = f" {self.unit}" if self.unit else ""
        return f"{moved:+,}{unit}" if moved else "the same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a table: its cells, how often, when last (ISO time or '') and examples."""

    cells: tuple[str, ...]
    n: int
    last: str
    examples: tuple[str, ...]
    before: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of a report, most frequent row first."""

    code: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What belongs to one decision."""

    code: str
    title: str
    lead: str
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...]


def sections(result: Result, before: Result | None = None) -> list[Section]:
    """The report of a result, beside an earlier one where given."""
    tally = Tally.load(dict(result))
    other = Tally.load(dict(before)) if before is not None else None
    found = []
    for words in SECTIONS:
        figures = [_figure(x, tally, result, other, before) for x in words.figures]
        tables = [_table(TABLES[code], tally, other) for code in words.tables]
        found.append(
            Section(
                code=words.code,
                title=words.title,
                lead=words.lead,
                figures=tuple(figures),
                tables=tuple(table for table in tables if table.rows),
            )
        )
    return found


def _figure(
    words: FigureWords,
    tally: Tally,
    result: Result,
    other: Tally | None,
    before: Result | None,
) -> Figure:
    value = _value(words, tally, result)
    return Figure(
        code=words.code,
        sentence=words.sentence,
        value=value,
        of=tally.n(words.of) if words.of else None,
        unit=words.unit,
        examples=tuple(tally.figures.get(words.code, {}).get("ids", ())),
        tone=words.tone if value else "plain",
        before=_value(words, other, before or {}) if other is not None else None,
        compared=other is not None,
    )


def _value(words: FigureWords, tally: Tally, result: Result) -> int | None:
    if words.spread:
        return quantile(tally.spreads.get(words.spread, {}), words.quantile)
    if words.result:
        value = result.get(words.result, 0)
        return len(value) if isinstance(value, list) else int(value)
    return sum(tally.n(code) for code in (words.code, *words.plus))


def _table(words: TableWords, tally: Tally, other: Tally | None) -> Table:
    rows = dict(tally.tables.get(words.code, {}))
    earlier = other.tables.get(words.code, {}) if other is not None else {}
    for key in earlier:
        rows.setdefault(key, {"n": 0, "last": "", "ids": []})
    ordered = sorted(rows.items(), key=lambda item: (-item[1]["n"], item[0]))
    return Table(
        code=words.code,
        title=words.title,
        columns=words.columns,
        rows=tuple(
            Row(
                cells=tuple(json.loads(key)),
                n=row["n"],
                last=row["last"],
                examples=tuple(row["ids"]),
                before=(earlier.get(key, {"n": 0})["n"] if other is not None else None),
            )
            for key, row in ordered
        ),
    )


HEADER = ("section", "what", "value", "of", "unit", "before", "examples")


def csv_rows(found: list[Section]) -> Iterator[tuple[object, ...]]:
    """The report as rows for a file, columns as in HEADER."""
    for section in found:
        for figure in section.figures:
            yield (
                section.title,
                figure.sentence,
                figure.value,
                figure.of,
                figure.unit,
                figure.before,
                " ".join(figure.examples),
            )
        for table in section.tables:
            for row in table.rows:
                what = (
                    f"{table.title}: {' · '.join(cell for cell in row.cells if cell)}"
                )
                yield (
                    section.title,
                    what,
                    row.n,
                    None,
                    "",
                    row.before,
                    " ".join(row.examples),
                )


def _shown(value: int | None, of: int | None, unit: str) -> str:
    if value is None:
        return "not measured"
    if unit == "min":
        return _span(value)
    if of:
        share = 100 * value / of
        return f"{value:,} of {of:,} ({share:.{1 if 0 < share < 10 else 0}f} %)"
    return f"{value:,}"


def _span(minutes: int) -> str:
    if minutes < 120:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours < 48 else f"{hours / 24:.1f} days"
