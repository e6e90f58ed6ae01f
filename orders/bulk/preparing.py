"""What a person is about to do with many cases, written down before it is done.

Cases that the act doesn't fit are set aside at once, each with its reason: what is done
later is what the preview says, and nothing else.
"""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.models import QuerySet

from orders.bulk.acts import Act
from orders.bulk.deeds import Deed
from orders.bulk.register import deed_of
from orders.models import BulkRow, BulkRun, BulkState, OrderException
from shipsync_site.lib import clock

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# How many cases one act takes; and how many ways are tried for the preview.
MOST = 10_000
TRIED = 4
CHUNK = 100
READ = 500
# On SQLite others write between two transactions.
PAUSE = 0.005


class TooManyError(Exception):
    """More cases than one act takes; the text is for the person."""


@dataclass(slots=True)
class _Tally:
    """What the preview counts while the rows are made."""

    left: Counter[str] = field(default_factory=Counter)
    taken_from: Counter[str] = field(default_factory=Counter)
    # (kind, way, store) → how many, and the first of them
    ways: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    first: dict[tuple[str, str, int], OrderException] = field(default_factory=dict)
    sends: bool = False


def prepare(
    cases: QuerySet[OrderException],
    act: Act,
    by: User,
    *,
    query: str = "",
    versions: Mapping[int, int] | None = None,
    ticked: bool = False,
) -> BulkRun:
    """Write down the act for these cases, as yet in preview.

    ``versions``: the cases that stood on the page, as the person saw them; where each
    was ``ticked``, the same click (person, act, rows) gives the same run. Raises
    TooManyError.
    """
    versions = versions or {}
    if cases.count() > MOST:
        raise TooManyError(
            f"{cases.count():,} cases are too many at once: narrow the list to "
            f"{MOST:,} or fewer."
        )
    if not ticked:
        run = BulkRun.objects.create(token=uuid.uuid4().hex, **_values(act, by, query))
        _fill(run, cases, deed_of(act, by), versions)
        return run
    with transaction.atomic():
        run, made = BulkRun.objects.get_or_create(
            token=_click(act, by, versions), defaults=_values(act, by, query)
        )
        if made:
            _fill(run, cases, deed_of(act, by), versions)
    return run


def _values(act: Act, by: User, query: str) -> dict[str, Any]:
    return {
        "by": by,
        "by_name": by.get_username(),
        "query": query[:1000],
        "act": act.kept(),
        "state": BulkState.PREVIEW,
        "created_at": clock.now(),
    }


def _click(act: Act, by: User, versions: Mapping[int, int]) -> str:
    seen = json.dumps([by.pk, act.kept(), sorted(versions.items())])
    return hashlib.sha256(seen.encode()).hexdigest()


def _fill(
    run: BulkRun,
    cases: QuerySet[OrderException],
    deed: Deed,
    versions: Mapping[int, int],
) -> None:
    tally = _Tally()
    total = 0
    rows = (
        _row(run, case, deed, versions.get(case.pk, case.version), tally)
        for case in _looked_at(cases, deed)
    )
    while part := list(islice(rows, CHUNK)):
        BulkRow.objects.bulk_create(part)
        total += len(part)
        if connection.vendor == "sqlite" and not connection.in_atomic_block:
            time.sleep(PAUSE)
    failed = sum(tally.left.values())
    foreseen = _foreseen(tally, deed)
    BulkRun.objects.filter(pk=run.pk).update(
        total=total, failed=failed, sends=tally.sends, foreseen=foreseen
    )
    run.total, run.failed = total, failed
    run.sends, run.foreseen = tally.sends, foreseen


def _looked_at(cases: QuerySet[OrderException], deed: Deed) -> Iterator[OrderException]:
    rows = (
        cases.order_by("pk")
        .select_related("order__store__remote_account", "store", "assignee")
        .defer("order__store__remote_account__secrets")
    )
    last = 0
    while part := list(rows.filter(pk__gt=last)[:READ]):
        deed.look(part)
        yield from part
        last = part[-1].pk


def _row(
    run: BulkRun, case: OrderException, deed: Deed, version: int, tally: _Tally
) -> BulkRow:
    why = deed.why_not(case)
    way = "" if why else deed.way(case)
    if why:
        tally.left[why] += 1
    else:
        tally.sends = tally.sends or deed.sends(case)
        if case.assignee is not None and case.assignee_id != deed.by.pk:
            tally.taken_from[case.assignee.get_username()] += 1
        key = (case.kind, way, case.store_id or 0)
        tally.ways[key] += 1
        tally.first.setdefault(key, case)
    return BulkRow(
        run=run,
        case=case,
        version=version,
        way=way,
        done=False if why else None,
        text=why[:300],
    )


def _foreseen(tally: _Tally, deed: Deed) -> dict[str, Any]:
    """``left``: [reason, cases]; ``others``: [who has it now, cases]; ``ways``: per
    kind, way out and store how many cases, and the calls of one of them."""
    ways = []
    for number, (key, count) in enumerate(tally.ways.most_common()):
        kind, way, _store = key
        case = tally.first[key]
        tried = tally.sends and number < TRIED
        ways.append(
            {
                "kind": kind,
                "label": deed.label(case, way),
                "store": case.store.name if case.store else "",
                "cases": count,
                "tried": tried,
                "order": case.order.number if case.order else "",
                "calls": _calls(deed, case, way) if tried else [],
            }
        )
    return {
        "left": tally.left.most_common(),
        "others": tally.taken_from.most_common(),
        "ways": ways,
    }


def _calls(deed: Deed, case: OrderException, way: str) -> list[dict[str, Any]]:
    """What would be sent for one case, as it is shown."""
    return [
        {
            "system": call.system,
            "text": call.text,
            "path": call.path,
            "body": _text(call.body),
            "note": call.note,
        }
        for call in deed.calls(case, way)
    ]


def _text(body: Any) -> str:
    """As it stands on the page; '' for none."""
    if body is None:
        return ""
    return json.dumps(body, indent=2, ensure_ascii=False, default=str)
