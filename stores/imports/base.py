"""What each kind of import says of itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.db import models

from stores.imports.cells import Column
from stores.imports.sheet import CellError
from stores.models import ImportKind

# A product, kit or alias as plain JSON, without its key.
Value = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodRow:
    """A line whose cells could all be read: values by the column's name."""

    line: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One product, kit or alias of a file: ``given`` are the fields that it names."""

    key: str
    lines: tuple[int, ...]
    given: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A change to make: ``after`` None deletes, ``before`` None adds."""

    key: str
    before: Value | None
    after: Value | None


@dataclass(slots=True)
class Found:
    """What the rows of a file amount to, and what is wrong with them."""

    records: list[Record] = field(default_factory=list)
    errors: list[CellError] = field(default_factory=list)


class Importer(ABC):
    """One kind: its columns, how rows make records, and how these lie in our tables."""

    kind: ClassVar[ImportKind]
    model: ClassVar[type[models.Model]]
    columns: ClassVar[tuple[Column, ...]]
    # One of it and many, as sentences say it.
    word: ClassVar[str]
    words: ClassVar[str]

    @abstractmethod
    def group(self, rows: Sequence[GoodRow], spoilt: Collection[str]) -> Found:
        """The records of these rows; ``spoilt`` are keys that have a bad line too."""

    def key_of(self, values: Mapping[str, Any]) -> str:
        """The key of a line, '' where the cells that name it can't be read."""
        return str(values.get("sku") or "")

    @abstractmethod
    def current(self, keys: Iterable[str], *, lock: bool = False) -> dict[str, Value]:
        """What stands in our tables under these keys."""

    @abstractmethod
    def blank(self) -> Value:
        """A new one before anything is said of it."""

    def check(self, records: Sequence[tuple[Record, Value]]) -> list[CellError]:
        """What is wrong with records (as they would be) besides their single cells."""
        return []

    def settled(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """New values (by key) with what follows from them."""
        return dict(values)

    def seen(self, value: Value | None) -> Value | None:
        """The part of a value whose change is a change."""
        return value

    @abstractmethod
    def write(self, changes: Sequence[Write], user: User) -> None:
        """Make these changes; inside a transaction, rows locked by :meth:`current`."""

    def unwritable(self, keys: Collection[str]) -> dict[str, str]:
        """Key → why nothing can be written there any more."""
        return {}

    def undeletable(self, keys: Collection[str]) -> dict[str, str]:
        """Key → why it can't be deleted."""
        return {}

    @abstractmethod
    def touched(self, changes: Sequence[Write]) -> dict[int | None, set[str]]:
        """SKUs whose orders a change touches, by store (None: every store)."""

    def name(self, key: str) -> str:
        """A record as sentences call it."""
        return key

    def entry_name(self, key: str) -> str:
        """What its log entries are found by (``products.name_of``)."""
        return key

    def lines_of(self, value: Value) -> int:
        """How many lines of a file it is."""
        return 1

    def weight(self, value: Value | None) -> int:
        """How many rows a record is made of."""
        return 1

    @abstractmethod
    def told(self, value: Value | None) -> dict[str, str]:
        """A value in words, by label."""

    @abstractmethod
    def rows(self) -> Iterator[Sequence[object]]:
        """Everything that there is, as rows of a file."""


def blocks(items: Sequence[Any], size: int = 500) -> Iterator[Sequence[Any]]:
    """A sequence in parts, for queries that name each of them."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def spoilt_row(line: int, column: Column, value: object, message: str) -> CellError:
    """An error of one cell."""
    return CellError(
        line=line, column=column.label, value=str(value or ""), message=message
    )
