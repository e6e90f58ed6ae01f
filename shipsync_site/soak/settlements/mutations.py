"""What may happen to a settlement file on its way: to its cells, and to its bytes."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from shipsync_site.soak.settlements.paper import ENCODINGS, Paper, Writing, written

Rows = list[list[str]]
CellChange = Callable[[random.Random, Rows, Writing], None]
ByteChange = Callable[[random.Random, bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """A change with a name; ``refused``: such a file must not be taken in.

    ``same``: it says what the whole one says.
    """

    name: str
    cells: CellChange | None = None
    raw: ByteChange | None = None
    refused: bool = False
    same: bool = False

    def of(self, chance: random.Random, paper: Paper) -> bytes:
        """The file as it comes in."""
        if self.raw is not None:
            return self.raw(chance, paper.content())
        rows, writing = paper.rows(), paper.writing
        if self.cells is not None:
            self.cells(chance, rows, writing)
        return written(rows, writing)


def _at(rows: Rows, name: str) -> int:
    return rows[0].index(name)


def _row(chance: random.Random, rows: Rows) -> list[str]:
    return rows[chance.randrange(2, len(rows))]


def _put(name: str, *values: str) -> CellChange:
    """One of these values in one row."""

    def change(chance: random.Random, rows: Rows, _writing: Writing) -> None:
        _row(chance, rows)[_at(rows, name)] = chance.choice(values)

    return change


def _drop_row(chance: random.Random, rows: Rows, _writing: Writing) -> None:
    del rows[chance.randrange(2, len(rows))]


def _double_row(chance: random.Random, rows: Rows, _writing: Writing) -> None:
    rows.insert(chance.randrange(2, len(rows)), list(_row(chance, rows)))


def _shuffle_rows(chance: random.Random, rows: Rows, _writing: Writing) -> None:
    below = rows[2:]
    chance.shuffle(below)
    rows[2:] = below


def _blank_rows(chance: random.Random, rows: Rows, _writing: Writing) -> None:
    rows.insert(chance.randrange(len(rows)), [])
    rows.append([""] * len(rows[0]))


def _swap_columns(chance: random.Random, rows: Rows, _writing: Writing) -> None:
    places = list(range(len(rows[0])))
    chance.shuffle(places)
    rows[:] = [[row[place] for place in places] for row in rows]


def _new_column(_chance: random.Random, rows: Rows, _writing: Writing) -> None:
    for number, row in enumerate(rows):
        row.append("new-words" if number == 0 else "x")


def _change_amount(chance: random.Random, rows: Rows, writing: Writing) -> None:
    other = Decimal(chance.randint(-(10**6), 10**6)) / 100
    _row(chance, rows)[_at(rows, "amount")] = writing.amount(other)


def _change_total(chance: random.Random, rows: Rows, writing: Writing) -> None:
    other = Decimal(chance.randint(-(10**6), 10**6)) / 100
    rows[1][_at(rows, "total-amount")] = writing.amount(other)


def _flip_sign(chance: random.Random, rows: Rows, _writing: Writing) -> None:
    row, place = _row(chance, rows), _at(rows, "amount")
    text = row[place]
    row[place] = text[1:] if text.startswith("-") else f"-{text}"


def _other_point(chance: random.Random, rows: Rows, writing: Writing) -> None:
    row, place = _row(chance, rows), _at(rows, "amount")
    row[place] = f"{chance.randint(1, 99)}{',' if writing.point == '.' else '.'}5"


def _three_decimals(chance: random.Random, rows: Rows, writing: Writing) -> None:
    _row(chance, rows)[_at(rows, "amount")] = f"1{writing.point}2345"


def _cut_row(chance: random.Random, rows: Rows, _writing: Writing) -> None:
    row = _row(chance, rows)
    del row[chance.randrange(1, len(row)) :]


def _long_row(chance: random.Random, rows: Rows, _writing: Writing) -> None:
    row = _row(chance, rows)
    row.insert(chance.randrange(len(row)), "one more")
    row[-1] = row[-1] or "x"


def _drop_head(_chance: random.Random, rows: Rows, _writing: Writing) -> None:
    del rows[1]


def _drop_column(chance: random.Random, rows: Rows, _writing: Writing) -> None:
    place = _at(rows, chance.choice(("amount", "amount-type", "currency", "order-id")))
    rows[:] = [[x for n, x in enumerate(row) if n != place] for row in rows]


def _twice_a_column(_chance: random.Random, rows: Rows, _writing: Writing) -> None:
    rows[0][_at(rows, "merchant-order-id")] = "amount"


def _two_in_one(_chance: random.Random, rows: Rows, _writing: Writing) -> None:
    place = _at(rows, "settlement-id")
    more = [list(row) for row in rows[1:]]
    for row in more:
        row[place] = f"{row[place]}1"
    rows += more


def _truncate(chance: random.Random, content: bytes) -> bytes:
    return content[: chance.randrange(1, len(content))]


def _truncate_between(chance: random.Random, content: bytes) -> bytes:
    ends = [n for n, byte in enumerate(content) if byte == 10]
    return content[: chance.choice(ends or [len(content) - 1])]


def _flip_byte(chance: random.Random, content: bytes) -> bytes:
    place = chance.randrange(len(content))
    return content[:place] + bytes([chance.randrange(256)]) + content[place + 1 :]


def _flip_digit(chance: random.Random, content: bytes) -> bytes:
    digits = [n for n, byte in enumerate(content) if 48 <= byte <= 57]
    place = chance.choice(digits)
    return content[:place] + b"%d" % chance.randrange(10) + content[place + 1 :]


def _drop_bytes(chance: random.Random, content: bytes) -> bytes:
    place = chance.randrange(len(content))
    return content[:place] + content[place + chance.choice((1, 1, 2, 50)) :]


def _insert_byte(chance: random.Random, content: bytes) -> bytes:
    place = chance.randrange(len(content))
    added = chance.choice((b"\t", b"\n", b'"', b"\0", b"0", b",", b".", b"\xff"))
    return content[:place] + added + content[place:]


def _double_bytes(chance: random.Random, content: bytes) -> bytes:
    first, last = sorted(chance.randrange(len(content)) for _ in range(2))
    return content[:last] + content[first:]


def _noise(chance: random.Random, content: bytes) -> bytes:
    return chance.randbytes(min(400, len(content)))


def _as_cells(
    name: str, change: CellChange, *, refused: bool = False, same: bool = False
) -> Mutation:
    return Mutation(name=name, cells=change, refused=refused, same=same)


MUTATIONS = (
    _as_cells("rows shuffled", _shuffle_rows, same=True),
    _as_cells("blank rows", _blank_rows, same=True),
    _as_cells("columns swapped", _swap_columns, same=True),
    _as_cells("a new column", _new_column, same=True),
    _as_cells("row dropped", _drop_row),
    _as_cells("row doubled", _double_row),
    _as_cells("amount changed", _change_amount),
    _as_cells("sign flipped", _flip_sign),
    _as_cells("deposit changed", _change_total),
    _as_cells("new words", _put("amount-description", "Neu", "=1+1", "")),
    _as_cells("no amount", _put("amount", "", " "), refused=True),
    _as_cells("words for amount", _put("amount", "n/a", "1O.00", "€5"), refused=True),
    _as_cells("other decimal sign", _other_point, refused=True),
    _as_cells("a part of a penny", _three_decimals, refused=True),
    _as_cells("no date", _put("posted-date-time", "soon", "31.02.2026"), refused=True),
    _as_cells("rounded", _put("order-item-code", "5.0E+13"), refused=True),
    _as_cells("other currency", _put("currency", "USD"), refused=True),
    _as_cells("another's row", _put("settlement-id", "77", ""), refused=True),
    _as_cells("row cut", _cut_row, refused=True),
    _as_cells("row too long", _long_row, refused=True),
    _as_cells("no summary", _drop_head, refused=True),
    _as_cells("column dropped", _drop_column, refused=True),
    _as_cells("column twice", _twice_a_column, refused=True),
    _as_cells("two in one", _two_in_one, refused=True),
    Mutation(name="bytes cut off", raw=_truncate),
    Mutation(name="rows cut off", raw=_truncate_between),
    Mutation(name="byte flipped", raw=_flip_byte),
    Mutation(name="digit flipped", raw=_flip_digit),
    Mutation(name="bytes dropped", raw=_drop_bytes),
    Mutation(name="byte inserted", raw=_insert_byte),
    Mutation(name="bytes doubled", raw=_double_bytes),
    Mutation(name="noise", raw=_noise, refused=True),
)


def otherwise_written(chance: random.Random, paper: Paper) -> Paper:
    """The same settlement in another encoding, line end or packing."""
    write = replace(
        paper.writing,
        encoding=chance.choice(ENCODINGS),
        newline=chance.choice(("\n", "\r\n", "\r")),
        packed=chance.random() < 0.5,
        quoted=chance.random() < 0.5,
    )
    return replace(paper, writing=write)
