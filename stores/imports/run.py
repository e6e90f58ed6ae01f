"""Apply an import and take it back: in small transactions, each of them complete.

Work is done in slices of a few seconds at most, called for again until the batch is
done; whoever is interrupted goes on where it stopped. Each transaction holds at most
100 rows and also says which orders are to be made anew.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from shipsync_site.lib import clock
from stores.imports.base import Importer, Record, Value, Write
from stores.imports.plan import IMPORTERS, UNCHANGED
from stores.models import ImportBatch, ImportState
from stores.products import announce_skus, differences

ROWS = 100
SECONDS = 1.5
# On SQLite others write between two transactions.
PAUSE = 0.005
_APPLY = (ImportState.PREVIEW, ImportState.APPLYING)
_UNDO = (ImportState.APPLYING, ImportState.APPLIED, ImportState.UNDOING)


class NotNowError(Exception):
    """The batch is not in a state for this; the text is for the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """How far a batch is: ``done`` of ``total`` records, ``rate`` of them a second."""

    done: int
    total: int
    rate: float
    ended: bool

    @property
    def percent(self) -> int:
        """0 to 100."""
        return 100 if self.ended else round(99 * self.done / max(1, self.total))

    @property
    def seconds_left(self) -> int:
        """What is left at this rate, in whole seconds, at least one."""
        return max(1, round((self.total - self.done) / self.rate)) if self.rate else 1


def apply_some(batch_id: int, user: User, seconds: float = SECONDS) -> Slice:
    """Apply the next records for so many seconds; raises NotNowError."""
    return _run(batch_id, user, seconds, undo=False)


def undo_some(batch_id: int, user: User, seconds: float = SECONDS) -> Slice:
    """Take the last records back for so many seconds; raises NotNowError."""
    return _run(batch_id, user, seconds, undo=True)


def undoable(batch: ImportBatch) -> bool:
    """Whether it was applied and what stood there before is still kept."""
    return batch.state in _UNDO and bool(batch.rows)


def position_of(batch: ImportBatch) -> Slice:
    """How far it is, without doing anything."""
    total = batch.added + batch.changed
    undoing = batch.state == ImportState.UNDOING
    return Slice(
        done=total - batch.position if undoing else batch.position,
        total=total,
        rate=0,
        ended=batch.state not in (ImportState.APPLYING, ImportState.UNDOING),
    )


def _run(batch_id: int, user: User, seconds: float, *, undo: bool) -> Slice:
    batch = ImportBatch.objects.get(pk=batch_id)
    if not batch.rows:
        raise NotNowError(f"{batch.file_name} is too old: what it changed is not kept.")
    work = _Work(batch, user, undo=undo)
    start, first = time.monotonic(), None
    while True:
        with transaction.atomic():
            position, ended = work.step()
        first = position if first is None else first
        spent = time.monotonic() - start
        if ended or spent >= seconds:
            break
        if connection.vendor == "sqlite":
            time.sleep(PAUSE)
    total = len(work.records)
    done = total - position if undo else position
    return Slice(
        done=done,
        total=total,
        rate=abs(position - work.start) / spent if spent else 0,
        ended=ended,
    )


class _Work:
    """One slice's hold on a batch."""

    def __init__(self, batch: ImportBatch, user: User, *, undo: bool) -> None:
        self.batch = batch
        self.user = user
        self.undo = undo
        self.importer: Importer = IMPORTERS[batch.kind]
        self.records: list[dict[str, Any]] = [
            row for row in batch.rows["records"] if row["change"] != UNCHANGED
        ]
        self.before: Mapping[str, Value] = batch.before
        self.start = batch.position

    def step(self) -> tuple[int, bool]:
        """The next transaction's records; returns the new position and whether it was
        the last. Whoever else works on the batch waits for this row."""
        row = (
            ImportBatch.objects.select_for_update()
            .defer("rows", "before", "errors")
            .get(pk=self.batch.pk)
        )
        self._check(row)
        part = self._part(row.position)
        skipped = list(row.skipped)
        if part:
            skipped += self._change(part, skipped)
        step = -len(part) if self.undo else len(part)
        row.position, row.skipped = row.position + step, skipped
        ended = row.position == (0 if self.undo else len(self.records))
        self._stamp(row, ended)
        row.save(
            update_fields=[
                "position",
                "skipped",
                "state",
                "applied_at",
                "undone_at",
                "undone_by",
            ]
        )
        return row.position, ended

    def _check(self, row: ImportBatch) -> None:
        if row.state not in (_UNDO if self.undo else _APPLY):
            raise NotNowError(
                f"{row.file_name}: {row.get_state_display().lower()}. Nothing is done "
                "again."
            )

    def _stamp(self, row: ImportBatch, ended: bool) -> None:
        now = clock.now()
        if self.undo:
            row.state = ImportState.UNDONE if ended else ImportState.UNDOING
            row.undone_at, row.undone_by = now, self.user
        else:
            row.state = ImportState.APPLIED if ended else ImportState.APPLYING
            row.applied_at = now

    def _part(self, position: int) -> list[dict[str, Any]]:
        """The next records whose rows fit into one transaction, at least one."""
        if self.undo:
            ahead = list(reversed(self.records[max(0, position - ROWS) : position]))
        else:
            ahead = self.records[position : position + ROWS]
        part: list[dict[str, Any]] = []
        rows = 0
        for record in ahead:
            rows += max(
                self.importer.weight(record["after"]),
                self.importer.weight(self.before.get(record["key"])),
            )
            if part and rows > ROWS:
                break
            part.append(record)
        return part

    def _change(
        self, part: Sequence[dict[str, Any]], skipped: Sequence[dict[str, str]]
    ) -> list[dict[str, str]]:
        """Make what of these records can be made; returns those that can't."""
        never = {x["key"] for x in skipped if self.undo and not x["undo"]}
        keys = [row["key"] for row in part if row["key"] not in never]
        after = {row["key"]: row["after"] for row in part}
        current = self.importer.current(keys, lock=True)
        seen = self.importer.seen
        writes: list[Write] = []
        changed: list[str] = []
        for key in keys:
            then, now = self.before.get(key), current.get(key)
            source, target = (after[key], then) if self.undo else (then, after[key])
            if seen(now) == seen(target):
                continue
            if seen(now) == seen(source):
                writes.append(Write(key=key, before=now, after=target))
            else:
                changed.append(key)
        why = self._changed_by(changed, current) | self._impossible(writes)
        writes = [change for change in writes if change.key not in why]
        if writes:
            self.importer.write(writes, self.user)
            self._log(writes)
            for store, skus in self.importer.touched(writes).items():
                announce_skus(skus, store)
        return [
            {
                "key": key,
                "name": self.importer.name(key),
                "message": message,
                "undo": "yes" if self.undo else "",
            }
            for key, message in why.items()
        ]

    def _impossible(self, writes: Sequence[Write]) -> dict[str, str]:
        """What can't be made any more since the file was looked at, and why."""
        gone = [change.key for change in writes if change.after is None]
        kept = [change.key for change in writes if change.after is not None]
        found = self.importer.undeletable(gone) if gone else {}
        found |= self.importer.unwritable(kept)
        # One number for each of a record's rows, so that an error names its record.
        owner: list[str] = []
        records = []
        for change in writes:
            if change.after is None:
                continue
            start = len(owner)
            owner += [change.key] * self.importer.weight(change.after)
            lines = tuple(range(start, len(owner)))
            rows = lines[: self.importer.lines_of(change.after)]
            record = Record(key=change.key, lines=rows, given={})
            records.append((record, change.after))
        for error in self.importer.check(records):
            found.setdefault(owner[error.line], f"{error.value}: {error.message}")
        return found

    def _changed_by(
        self, keys: Sequence[str], current: Mapping[str, Value]
    ) -> dict[str, str]:
        """Who changed each of these since, in a sentence."""
        if not keys:
            return {}
        names = {key: self.importer.entry_name(key)[:200] for key in keys}
        rows = LogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(self.importer.model),
            object_repr__in=names.values(),
        )
        last: dict[str, LogEntry] = {}
        for row in rows.select_related("user").order_by("action_time", "pk"):
            last[row.object_repr] = row
        return {
            key: _sentence(last.get(name), gone=key not in current, undo=self.undo)
            for key, name in names.items()
        }

    def _log(self, writes: Sequence[Write]) -> None:
        """Who changed each record, by which file."""
        kind = ContentType.objects.get_for_model(self.importer.model)
        verb = "Taken back" if self.undo else "Imported"
        source = f"{verb} with {self.batch.file_name}"
        told = self.importer.told
        LogEntry.objects.bulk_create(
            LogEntry(
                user_id=self.user.pk,
                content_type=kind,
                object_id="",
                object_repr=self.importer.entry_name(change.key)[:200],
                action_flag=_flag(change),
                change_message=f"{source}: "
                f"{differences(told(change.before), told(change.after))}",
            )
            for change in writes
        )


def _flag(change: Write) -> int:
    if change.before is None:
        return ADDITION
    return DELETION if change.after is None else CHANGE


def _sentence(entry: LogEntry | None, *, gone: bool, undo: bool) -> str:
    who = entry.user.get_username() if entry is not None else "Somebody"
    when = f" on {entry.action_time:%d %b at %H:%M} UTC" if entry is not None else ""
    since = "it was imported" if undo else "the file was looked at"
    return (
        f"{who} has {'deleted' if gone else 'changed'} it{when}, after {since}: it stays "
        "as it is."
    )
