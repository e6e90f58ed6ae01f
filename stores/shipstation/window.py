"""Read everything that changed in a span of time, one call a step, resumable.

A step takes a :class:`Window`, makes one call, and returns the rows with the window to
go on from. Where the budget is empty the step raises, and the caller still holds the
window it gave. Two things make it more than a loop over pages:

* Rows that change while we read move to the end and everything behind them moves up.
  So after a full page the window starts again at the last row's time, less a second;
  pages are counted only through rows that share one second.
* One bad record makes every page that holds it answer 500 (known: production clients
  halve the page down to one and skip it). Here a page that fails is asked for again in
  smaller parts. A single row that fails twice while a row after it can be read becomes
  a MalformedRecord; when that fails too, ShipStation itself has trouble: ``error``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from stores.errors import TransientError
from stores.shipstation import pacific
from stores.shipstation.client import ShipStationClient
from stores.shipstation.types import (
    MalformedRecord,
    OrderRows,
    ShipmentRows,
    SsOrder,
    SsShipment,
)

# New and changed rows show up late in modifyDate queries: windows overlap by this.
INDEX_LAG = timedelta(minutes=5)
# Each divides the one before, so that smaller parts start where the page did.
PAGE_SIZES = (500, 250, 125, 25, 5, 1)
_TRIES = 2
_MAX_REACH = 5
_Row = TypeVar("_Row", SsOrder, SsShipment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A span of time and how far into it we have read.

    ``offset`` rows after ``since`` are read. ``page_size`` is the largest page worth
    asking for now, ``bad_end`` the offset before which a bad row must be (0: none
    known), ``tries`` and ``reach`` belong to the suspect row at ``offset``. The window
    does not start again before ``past``, or it would find a skipped row again. ``last``
    is the time of the last row read, as ShipStation wrote it.
    """

    since: datetime
    until: datetime | None = None
    offset: int = 0
    page_size: int = PAGE_SIZES[0]
    bad_end: int = 0
    tries: int = 0
    reach: int = 1
    past: datetime | None = None
    last: str = ""

    def dump(self) -> dict[str, str]:
        """The window as texts, for a cursor row."""
        return {
            "since": self.since.isoformat(),
            "until": self.until.isoformat() if self.until else "",
            "offset": str(self.offset),
            "page_size": str(self.page_size),
            "bad_end": str(self.bad_end),
            "tries": str(self.tries),
            "reach": str(self.reach),
            "past": self.past.isoformat() if self.past else "",
            "last": self.last,
        }

    @classmethod
    def load(cls, params: Mapping[str, str]) -> Window:
        """Read what dump() wrote; raises KeyError or ValueError for anything else."""
        return cls(
            since=datetime.fromisoformat(params["since"]),
            until=datetime.fromisoformat(params["until"]) if params["until"] else None,
            offset=int(params["offset"]),
            page_size=int(params["page_size"]),
            bad_end=int(params["bad_end"]),
            tries=int(params["tries"]),
            reach=int(params["reach"]),
            past=datetime.fromisoformat(params["past"]) if params["past"] else None,
            last=params["last"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowStep(Generic[_Row]):
    """One call's worth. Store the rows, then ``next``; go on until ``done``.

    ``as_of`` is None when nothing could be read. ``error``: store ``next`` and back
    off. Rows may come twice.
    """

    rows: tuple[_Row, ...]
    malformed: tuple[MalformedRecord, ...]
    next: Window
    done: bool
    as_of: datetime | None
    error: TransientError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page(Generic[_Row]):
    rows: tuple[_Row, ...]
    malformed: tuple[MalformedRecord, ...]
    page: int
    pages: int
    as_of: datetime


_Fetch = Callable[[int, int], _Page[_Row]]
_Time = Callable[[_Row], tuple[str, datetime]]


def read_orders_window(
    client: ShipStationClient,
    window: Window,
    *,
    store_id: int | None = None,
    urgent: bool = False,
) -> WindowStep[SsOrder]:
    """One step through the orders (of one store) modified in a window.

    Raises what list_orders raises, but a 5xx answer becomes a step of its own.
    """

    def fetch(page: int, size: int) -> _Page[SsOrder]:
        answer = client.list_orders(
            modified_since=window.since,
            modified_until=window.until,
            store_id=store_id,
            page=page,
            page_size=size,
            urgent=urgent,
        )
        return _order_page(answer)

    return _step(fetch, window, lambda row: (row.modify_date, row.modified_at))


def read_shipments_window(
    client: ShipStationClient,
    window: Window,
    *,
    store_id: int | None = None,
    urgent: bool = False,
) -> WindowStep[SsShipment]:
    """One step through the labels (of one store) made in a window.

    Raises what read_orders_window raises.
    """

    def fetch(page: int, size: int) -> _Page[SsShipment]:
        answer = client.list_shipments(
            created_since=window.since,
            created_until=window.until,
            store_id=store_id,
            page=page,
            page_size=size,
            urgent=urgent,
        )
        return _shipment_page(answer)

    return _step(fetch, window, _created)


def read_voids_window(
    client: ShipStationClient, window: Window, *, urgent: bool = False
) -> WindowStep[SsShipment]:
    """One step through the labels voided in a window; raises as read_orders_window."""

    def fetch(page: int, size: int) -> _Page[SsShipment]:
        answer = client.list_shipments(
            voided_since=window.since,
            voided_until=window.until,
            page=page,
            page_size=size,
            urgent=urgent,
        )
        return _shipment_page(answer)

    # sorted by creation, not by void date: only pages can be counted
    return _step(fetch, window, None)


def read_fulfillments_window(
    client: ShipStationClient, window: Window, *, urgent: bool = False
) -> WindowStep[SsShipment]:
    """One step through marks-as-shipped; raises as read_orders_window."""

    def fetch(page: int, size: int) -> _Page[SsShipment]:
        answer = client.list_fulfillments(
            created_since=window.since,
            created_until=window.until,
            page=page,
            page_size=size,
            urgent=urgent,
        )
        return _shipment_page(answer)

    return _step(fetch, window, _created)


def _step(
    fetch: _Fetch[_Row], window: Window, when: _Time[_Row] | None
) -> WindowStep[_Row]:
    if window.tries >= _TRIES:
        return _probe(fetch, window, when)
    size = next(
        size
        for size in PAGE_SIZES
        if size <= max(window.page_size, 1) and window.offset % size == 0
    )
    try:
        page = fetch(window.offset // size + 1, size)
    except TransientError as error:
        if error.status is None:
            raise
        return _nothing(_smaller(window, size))
    return _advance(window, size, page, when)


def _advance(
    window: Window, size: int, page: _Page[_Row], when: _Time[_Row] | None
) -> WindowStep[_Row]:
    count = len(page.rows) + len(page.malformed)
    offset = window.offset + size
    bad_end = window.bad_end if offset < window.bad_end else 0
    after = replace(
        window,
        offset=offset,
        bad_end=bad_end,
        page_size=window.page_size if bad_end else PAGE_SIZES[0],
        tries=0,
        reach=1,
    )
    if when is not None and page.rows:
        times = [when(row) for row in page.rows]
        after = replace(after, last=times[-1][0])
        moments = [moment for _, moment in times]
        if not bad_end and moments == sorted(moments):
            after = _from_last_row(after, moments[-1])
    done = count < size and page.page >= page.pages
    return WindowStep(
        rows=page.rows,
        malformed=page.malformed,
        next=after,
        done=done,
        as_of=page.as_of,
    )


def _from_last_row(window: Window, last: datetime) -> Window:
    """Start again at the last row, if that is later than where we started.

    The texts decide: in November's repeated hour they stand still, and pages count.
    """
    since = last.replace(microsecond=0) - timedelta(seconds=1)
    if since <= window.since or (window.past and since <= window.past):
        return window
    if pacific.start_bound(since) <= pacific.start_bound(window.since):
        return window
    return replace(window, since=since, offset=0, past=None)


def _smaller(window: Window, size: int) -> Window:
    """Ask for less from the same place, or count a try against the single row."""
    if size == 1:
        return replace(window, tries=window.tries + 1)
    end = window.offset + size
    return replace(
        window,
        page_size=PAGE_SIZES[PAGE_SIZES.index(size) + 1],
        bad_end=min(window.bad_end, end) if window.bad_end else end,
    )


def _probe(
    fetch: _Fetch[_Row], window: Window, when: _Time[_Row] | None
) -> WindowStep[_Row]:
    """The row at ``offset`` failed twice: is it the row, or is it ShipStation?"""
    try:
        page = fetch(window.offset + window.reach + 1, 1)
    except TransientError as error:
        if error.status is None:
            raise
        # Perhaps the neighbour is bad as well: look one further the next time.
        reach = window.reach % _MAX_REACH + 1
        step: WindowStep[_Row] = _nothing(replace(window, tries=1, reach=reach))
        return replace(step, error=error)
    before = window.last or pacific.start_bound(window.since)
    behind, past = "now", window.past
    if when is not None and page.rows:
        behind, past = when(page.rows[0])
    record = MalformedRecord(
        remote_id=f"after {before}"[:60],
        field="",
        problem=(
            "ShipStation answers 500 to every page that holds this record. It lies "
            f"between {before} and {behind} (Pacific time). Find it in ShipStation by "
            "that time, save it again or ask ShipStation's support."
        ),
    )
    after = replace(
        window,
        offset=window.offset + 1,
        page_size=PAGE_SIZES[0],
        bad_end=0,
        tries=0,
        reach=1,
        past=past,
        last=f"{before} (+1)",
    )
    return WindowStep(
        rows=(), malformed=(record,), next=after, done=False, as_of=page.as_of
    )


def _nothing(window: Window) -> WindowStep[_Row]:
    return WindowStep(rows=(), malformed=(), next=window, done=False, as_of=None)


def _created(row: SsShipment) -> tuple[str, datetime]:
    return pacific.to_text(row.created_at), row.created_at


def _order_page(answer: OrderRows) -> _Page[SsOrder]:
    return _Page(
        rows=answer.orders,
        malformed=answer.malformed,
        page=answer.page,
        pages=answer.pages,
        as_of=answer.as_of,
    )


def _shipment_page(answer: ShipmentRows) -> _Page[SsShipment]:
    return _Page(
        rows=answer.shipments,
        malformed=answer.malformed,
        page=answer.page,
        pages=answer.pages,
        as_of=answer.as_of,
    )
