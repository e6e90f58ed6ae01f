"""One seed: a settlement, twenty spoilt copies of its file, each brought in.

Whatever comes: no traceback, nothing half taken in, a refused file names a line, and
what is taken in is exact: its lines are as many as the file's rows, they and the
remainder come to the deposit, and no amount changed without a remainder that shows it.
A process dies in the middle now and then; a file that stands is not touched by a refused
one. The judge counts rows and amounts by itself and asks nothing of the reader.
"""

from __future__ import annotations

import gzip
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest import mock

from reconciliation.models import (
    Settlement,
    SettlementFile,
    SettlementFileState,
    SettlementLine,
    SettlementSource,
)
from reconciliation.settlements import reading, store
from reconciliation.settlements.receiving import receive_file
from shipsync_site.lib import clock
from shipsync_site.soak.faults.bugs import bugs_heard
from shipsync_site.soak.faults.history import Result
from shipsync_site.soak.faults.invariants import Problem
from shipsync_site.soak.settlements.mutations import (
    MUTATIONS,
    Mutation,
    otherwise_written,
)
from shipsync_site.soak.settlements.paper import Paper, a_paper
from shipsync_site.soak.settlements.shop import open_shop
from stores.models import RemoteAccount

COPIES = 20
# Small pages, so that there are many places to die in.
PAGE = 16
# Steps after which a file that is not over is stuck.
MOST_STEPS = 200
_ENDS = re.compile(r"\r\n|\r|\n")


class _Gone(BaseException):
    """The process dies here."""


class Files:
    """Plays one seed in an empty database; see :func:`play`."""

    def __init__(self, seed: int, *, pumps: int = 1) -> None:
        self.random = random.Random(f"settlements {seed}")  # noqa: S311 - a play
        self.result = Result(seed=seed)
        self.bugs: list[str] = []

    def play(self) -> Result:
        """Bring in every copy and judge what became of it."""
        began = time.perf_counter()
        account, sold = open_shop(self.random)
        self.paper = a_paper(self.random, sold)
        with mock.patch.object(store, "CHUNK", PAGE), bugs_heard(self.bugs):
            for number in range(COPIES):
                self._copy(account, number)
        for text in self.bugs:
            self._wrong("traceback", "", text)
        self.result.seconds = time.perf_counter() - began
        return self.result

    def _copy(self, account: RemoteAccount, number: int) -> None:
        mutation = self.random.choice(MUTATIONS)
        self.result.counts["files"] += 1
        self.result.faults[mutation.name] += 1
        standing = self._standing(account) if self.random.random() < 0.5 else None
        content = mutation.of(self.random, self.paper)
        file = receive_file(
            account, SettlementSource.AMAZON_V2, f"{number} {mutation.name}", content
        )
        if file.state == SettlementFileState.WAITING:
            self._read()
            file.refresh_from_db()
        self.result.counts[file.state] += 1
        self.result.log.append(f"{file.name}: {file.state} {file.note}")
        for text in self._judge(file, mutation, content, standing):
            self._wrong("file", file.name, text)
        SettlementLine.objects.all().delete()
        Settlement.objects.all().delete()
        SettlementFile.objects.all().delete()

    def _standing(self, account: RemoteAccount) -> Any:
        """The whole file is in before; in other bytes than any copy."""
        paper = otherwise_written(self.random, self.paper)
        receive_file(account, SettlementSource.AMAZON_V2, "before", paper.content())
        self._read()
        return _all_of(Settlement.objects.all())

    def _read(self) -> None:
        """Have it read; the process may die once on the way."""
        if self.random.random() < 0.3:
            self.result.faults["process died"] += 1
            with _dies(self.random):
                self._steps()
            SettlementFile.objects.update(
                lease_until=clock.real_now() - timedelta(seconds=1)
            )
        self._steps()

    def _steps(self) -> None:
        for _ in range(MOST_STEPS):
            if not (reading.run_one() or store.clear_leftovers()):
                return
        self._wrong("stuck", "", "a file is read for ever")

    def _wrong(self, rule: str, name: str, text: str) -> None:
        self.result.problems.append(Problem(rule=rule, number=name, text=text))

    def _judge(
        self, file: SettlementFile, mutation: Mutation, content: bytes, standing: Any
    ) -> Iterator[str]:
        if file.state not in ("stored", "seen", "refused"):
            yield f"is {file.state} at the end"
        if Settlement.objects.filter(stored_at=None).exists():
            yield "something staged is left"
        shown = list(Settlement.objects.filter(stored_at__isnull=False))
        if file.state == SettlementFileState.REFUSED:
            yield from _refused(file)
            now = _all_of(Settlement.objects.all())
            if (standing or {}) != now:
                yield "a refused file changed what stands"
            if mutation.same:
                yield f"is refused, and nothing is wrong with it: {file.problems}"
            return
        if mutation.refused:
            yield f"is {file.state}, and is broken"
        if file.state == SettlementFileState.SEEN and standing is None:
            yield "is seen, and nothing was there"
        for settlement in shown:
            yield from _exact(settlement)
        wanted = [x for x in shown if x.remote_id == self.paper.settlement]
        if mutation.same and not wanted:
            yield "its settlement is not there"
        last = wanted[-1] if wanted else None
        if last is not None and (len(shown) == 1 or file.pk == last.file_id):
            yield from _no_silent_change(last, content, self.paper, mutation)


def _refused(file: SettlementFile) -> Iterator[str]:
    if not file.problems:
        yield "is refused without a word"
    for told in file.problems:
        if told["line"] < 1 and file.size:
            yield f"a problem names no line: {told}"
        if not told["message"]:
            yield f"a problem has no words: {told}"


def _exact(settlement: Settlement) -> Iterator[str]:
    amounts = _amounts(settlement)
    if len(amounts) != settlement.line_count:
        yield f"{len(amounts)} lines, {settlement.line_count} are told"
    if sum(amounts, Decimal(0)) != settlement.lines_total:
        yield f"lines come to {sum(amounts)}, {settlement.lines_total} is told"
    if settlement.total - settlement.lines_total != settlement.remainder:
        yield f"the remainder {settlement.remainder} is wrong"


def _no_silent_change(
    settlement: Settlement, content: bytes, paper: Paper, mutation: Mutation
) -> Iterator[str]:
    """Other amounts than the paper's leave other sums, or other numbers of rows."""
    amounts = Counter(_amounts(settlement))
    meant = Counter(x.amount for x in paper.components)
    alike = settlement.remainder == paper.off_by
    if mutation.same and (amounts != meant or not alike):
        yield f"says something else: remainder {settlement.remainder}"
    if alike and settlement.line_count == len(paper.components) and amounts != meant:
        yield f"amounts differ in silence: {amounts - meant} for {meant - amounts}"
    rows = _rows_of(content, paper)
    if rows is not None and settlement.line_count != rows:
        yield f"{settlement.line_count} lines of {rows} rows"


def _rows_of(content: bytes, paper: Paper) -> int | None:
    """Rows below the summary; None where the bytes can't be told to be text."""
    try:
        plain = gzip.decompress(content) if paper.writing.packed else content
        text = plain.decode(paper.writing.encoding)
    except (OSError, EOFError, UnicodeError, ValueError):
        return None
    return sum(bool(line.strip(" \t\ufeff")) for line in _ENDS.split(text)) - 2


def _amounts(settlement: Settlement) -> list[Decimal]:
    lines = SettlementLine.objects.filter(settlement=settlement)
    return list(lines.values_list("amount", flat=True))


def _all_of(rows: Any) -> dict[str, Any]:
    """Settlements with their lines, as they are stored."""
    return {
        row["remote_id"]: (
            row,
            list(
                SettlementLine.objects.filter(settlement=row["id"])
                .order_by("pk")
                .values_list()
            ),
        )
        for row in rows.values()
    }


@contextmanager
def _dies(chance: random.Random) -> Iterator[None]:
    """The process dies at one of the next writes, if it comes so far."""
    left = chance.randrange(8)

    def guard(real: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise _Gone
            return real(*args, **kwargs)

        return call

    with (
        mock.patch.object(store, "add_lines", guard(store.add_lines)),
        mock.patch.object(store, "finish", guard(store.finish)),
        mock.patch.object(reading, "_stored", guard(reading._stored)),
        mock.patch.object(reading, "_write", guard(reading._write)),
        suppress(_Gone),
    ):
        yield


def play(seed: int) -> Result:
    """One seed, in the database at hand."""
    return Files(seed).play()
