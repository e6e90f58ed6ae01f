"""The first rows of somebody's CSV, by which its columns are set up."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciliation.settlements.mapped_layout import DELIMITERS

ROWS = 60
MOST = 60_000
_KINDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A sample's header and rows, cut at this delimiter."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def values(self, columns: Sequence[str]) -> list[str]:
        """What stands in these columns, 'a / b' and 'a' alone, the most frequent first."""
        places = [self.header.index(x) for x in columns if x in self.header]
        found: Counter[str] = Counter()
        for row in self.rows:
            cells = [row[x].strip() for x in places if x < len(row)]
            if text := " / ".join(filter(None, cells)):
                found[text[:200]] += 1
        return [text for text, _count in found.most_common(_KINDS)]


def text_of(content: bytes) -> str:
    """The first rows of a file as text, whatever its encoding."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content[: MOST * 2].decode("utf-16", errors="replace")
    else:
        head = content[:MOST]
        try:
            text = head.decode("utf-8-sig", errors="strict")
        except UnicodeDecodeError as error:
            # A character that was cut in two at the end is no other encoding.
            cut = error.start > len(head) - 4 and len(content) > len(head)
            text = (
                head[: error.start].decode("utf-8-sig")
                if cut
                else head.decode("cp1252", "replace")
            )
    return "\n".join(text.splitlines()[: ROWS + 1])


def delimiter_of(text: str) -> str:
    """The one that cuts the first line into most cells."""
    first = text.partition("\n")[0]
    return max(DELIMITERS, key=first.count)


def sample_of(text: str, delimiter: str) -> Sample:
    """A sample cut into cells; its first line is the header."""
    try:
        rows = [
            tuple(row) for row in csv.reader(io.StringIO(text), delimiter=delimiter)
        ]
    except csv.Error:
        rows = []
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    if not kept:
        return Sample(header=(), rows=())
    header = tuple(cell.strip() for cell in kept[0])
    return Sample(header=header, rows=tuple(kept[1:]))


def kinds_of(columns: Mapping[str, str]) -> list[str]:
    """The columns that tell of which kind a row is."""
    return [columns[x] for x in ("kind", "raw_kind") if columns.get(x)]
