"""Files of settlements are read by the pump: leased, checked whole, stored in steps.

A file is read through once before anything of it is stored: a broken one is refused with
every problem and its line. Then its lines are staged, some seconds' worth a step, and
shown all at once (see ``store``). A crash loses at most a step. Leases are real time.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.forms.models import model_to_dict

from reconciliation.models import Settlement, SettlementFile, SettlementFileState
from reconciliation.settlements import store
from reconciliation.settlements.readers import read_file
from reconciliation.settlements.store import News, NotStorableError, Outcome
from shipsync_site.lib import clock
from shipsync_site.lib.digest import json_digest
from stores import lanes
from stores.remote_money import (
    FileProblem,
    MoneyLine,
    SettlementFileError,
    SettlementHead,
)

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=3)
# Real seconds after which a step gives way to other work.
STEP_SECONDS = 4.0
# A refused file is kept so long, for finding out what was wrong with it.
REFUSED_KEPT = timedelta(days=30)
GIVE_UP_AFTER = 5
# Problems that the row lists; the rest is counted.
LISTED = 100
OPEN = (SettlementFileState.WAITING, SettlementFileState.READING)


class _LostLeaseError(Exception):
    """Another process has taken the file over."""


# Where this process stands in a file whose last step it took: (what is read, how many
# lines are stored) and the lines to come. Without it, lines are read over again.
_Place = tuple[object, Iterator[MoneyLine]]
_places: list[_Place] = []


def due() -> QuerySet[SettlementFile]:
    """Files of which the next step can be taken now."""
    free = Q(lease_until=None) | Q(lease_until__lt=clock.real_now())
    return SettlementFile.objects.filter(free, state__in=OPEN).order_by(
        "created_at", "pk"
    )


def run_one() -> bool:
    """Take the next step of the file that waits longest; False when none is due."""
    file = _lease()
    if file is None:
        _places.clear()
        return False
    try:
        _step(file)
    except SettlementFileError as broken:
        _refuse(file, broken.problems, broken.count)
    except NotStorableError as wrong:
        found = FileProblem(
            line=0, field=wrong.field, value=wrong.value[:100], message=wrong.message
        )
        _refuse(file, (found,), 1)
    except (_LostLeaseError, store.StagingLostError):
        logger.warning("settlement file=%s was taken over", file.pk)
    except Exception:
        logger.exception("settlement file=%s could not be read", file.pk)
        _failed(file)
    return True


def purge() -> int:
    """Drop the bytes of refused files past their date; how many."""
    return SettlementFile.objects.filter(purge_at__lte=clock.now()).update(
        body=None, purge_at=None
    )


def _lease() -> SettlementFile | None:
    lease = uuid.uuid4().hex
    for pk in due().values_list("pk", flat=True)[:5]:
        if (
            due()
            .filter(pk=pk)
            .update(lease_id=lease, lease_until=clock.real_now() + LEASE)
        ):
            return SettlementFile.objects.select_related("account", "format").get(pk=pk)
    return None


def _mine(file: SettlementFile) -> QuerySet[SettlementFile]:
    return SettlementFile.objects.filter(
        pk=file.pk, lease_id=file.lease_id, state__in=OPEN
    )


def _write(file: SettlementFile, **changes: Any) -> None:
    """Write to the row while it is ours. Raises _LostLeaseError."""
    if not _mine(file).update(**changes):
        raise _LostLeaseError
    for name, value in changes.items():
        setattr(file, name, value)


def _step(file: SettlementFile) -> None:
    left_here = _places.pop() if _places else None
    read_as = _read_as(file)
    if file.state == SettlementFileState.READING and file.read_as != read_as:
        # The columns were mended meanwhile: nothing of both ways may be mixed.
        _drop_staged(file)
        _write(file, state=SettlementFileState.WAITING, rows_done=0)
    if file.state == SettlementFileState.WAITING:
        count = _check(*read_file(file))
        _write(file, state=SettlementFileState.READING, rows=count, read_as=read_as)
    # A crash after it was shown, before the file said so.
    if shown := file.settlements.filter(stored_at__isnull=False).first():
        _stored(file, Outcome(settlement=shown, news=News.NEW))
        return
    staged, lines = _go_on(file, left_here)
    started = time.monotonic()
    while chunk := list(islice(lines, store.CHUNK)):
        with transaction.atomic():
            _write(
                file,
                rows_done=staged.line_count + len(chunk),
                lease_until=clock.real_now() + LEASE,
            )
            store.add_lines(staged, chunk)
        if time.monotonic() - started > STEP_SECONDS:
            _write(file, lease_id="", lease_until=None)
            _places.append((_where(file, staged), lines))
            return
    _stored(file, store.finish(staged))


def _go_on(
    file: SettlementFile, left_here: _Place | None
) -> tuple[Settlement, Iterator[MoneyLine]]:
    """What an earlier step has staged, else a new one; the lines that it lacks."""
    staged = Settlement.objects.filter(file=file, stored_at=None).first()
    if staged and left_here and left_here[0] == _where(file, staged):
        return staged, left_here[1]
    head, lines = read_file(file)
    staged = staged or store.begin(file.account, file.source, head, file)
    return staged, islice(lines, staged.line_count, None)


def _where(file: SettlementFile, staged: Settlement) -> object:
    return file.pk, file.digest, file.read_as, staged.pk, staged.line_count


def _check(head: SettlementHead, lines: Iterator[MoneyLine]) -> int:
    """Read all of it; how many lines."""
    store.cents("total", head.total)
    count = 0
    for line in lines:
        store.check(line)
        count += 1
    return count


def _read_as(file: SettlementFile) -> str:
    """What the columns of a person's CSV are said to mean, as a digest; else ''."""
    form = file.format
    return "" if form is None else json_digest(model_to_dict(form, exclude=["id"]))


def _drop_staged(file: SettlementFile) -> None:
    for staged in Settlement.objects.filter(file=file, stored_at=None):
        store.discard(staged)


def _stored(file: SettlementFile, outcome: Outcome) -> None:
    settlement = outcome.settlement
    name = f"Settlement {settlement.remote_id}"
    if outcome.news == News.SAME:
        state = SettlementFileState.SEEN
        note = f"{name} was taken in before, with the same lines: nothing has changed."
    else:
        state = SettlementFileState.STORED
        note = f"{name}: {settlement.line_count} lines, {settlement.total} "
        note += f"{settlement.currency}."
        if settlement.remainder:
            note += f" {settlement.remainder} of it is in no line."
        if outcome.news == News.REPLACED:
            note += (
                f" It was taken in before and is replaced: {settlement.replaced_note}"
            )
    _end(file, state, note=note[:500], body=None, failures=0)


def _refuse(
    file: SettlementFile, problems: tuple[FileProblem, ...], count: int
) -> None:
    listed = [
        {"line": x.line, "field": x.field, "value": x.value, "message": x.message}
        for x in problems[:LISTED]
    ]
    many = "1 problem" if count == 1 else f"{count} problems"
    if _mine(file).exists():
        _drop_staged(file)
    _end(
        file,
        SettlementFileState.REFUSED,
        problems=listed,
        problem_count=count,
        note=f"Refused as a whole for {many}: nothing of it was taken in.",
        purge_at=clock.now() + REFUSED_KEPT,
    )


def _end(file: SettlementFile, state: SettlementFileState, **changes: Any) -> None:
    _mine(file).update(
        state=state,
        finished_at=clock.now(),
        lease_id="",
        lease_until=None,
        **changes,
    )


def _failed(file: SettlementFile) -> None:
    """Try again a little later; what fails again and again is told to a person."""
    if file.failures + 1 < GIVE_UP_AFTER:
        wait = timedelta(seconds=10 * 2**file.failures)
        _mine(file).update(
            failures=file.failures + 1,
            lease_id="",
            lease_until=clock.real_now() + wait,
        )
        return
    message = "shipsync could not read this file: an internal error, see the log."
    _refuse(file, (FileProblem(line=0, field="", value="", message=message),), 1)


def read_again(file: SettlementFile) -> bool:
    """Have a refused file read anew while its bytes are kept; False where they are not."""
    kept = SettlementFile.objects.filter(
        pk=file.pk, state=SettlementFileState.REFUSED, body__isnull=False
    )
    with transaction.atomic():
        again = kept.update(
            state=SettlementFileState.WAITING,
            problems=[],
            problem_count=0,
            note="",
            failures=0,
            rows=None,
            rows_done=0,
            finished_at=None,
            purge_at=None,
        )
        transaction.on_commit(lanes.enqueue_pump)
    return bool(again)
