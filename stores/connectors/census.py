"""Counting the orders of a period from a marketplace's own list; pure.

A list states how many orders it holds. What of it is another store's, or outside the
period, is taken off that figure; an order that cannot be read is not, so that the count
and the orders differ where something is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stores.connectors.fields import FieldError
from stores.errors import RejectedError, UnexpectedAnswerError
from stores.remote_money import CensusEntry, CensusStep
from stores.remote_types import RemoteStatus

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An order as a row of a list names it. ``marketplace`` None: any store's."""

    entry: CensusEntry
    marketplace: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a list a census is: rows read so far, and those that do not count."""

    offset: int = 0
    others: int = 0
    token: str = ""

    @classmethod
    def of(cls, cursor: Mapping[str, Any]) -> Place:
        """As the step before left it; the start for {}."""
        return cls(
            offset=int(cursor.get("offset") or 0),
            others=int(cursor.get("others") or 0),
            token=str(cursor.get("token") or ""),
        )


@contextmanager
def no_order_refused() -> Iterator[None]:
    """A refusal while counting is no order's: the request itself was refused."""
    try:
        yield
    except RejectedError as error:
        problem = UnexpectedAnswerError(
            error.message, code=error.code, status=error.status
        )
    else:
        return
    raise problem


def status_word(status: RemoteStatus) -> str:
    """As a census has it: '' where we do not know the marketplace's word."""
    return "" if status is RemoteStatus.UNKNOWN else str(status)


def step(
    place: Place,
    rows: Iterable[Any],
    read: Callable[[Json], Listed],
    *,
    marketplace_id: str,
    since: datetime,
    until: datetime,
    stated: int,
    goes_on: bool,
    token: str = "",
    source: str,
) -> CensusStep:
    """What a page of a list brings; ``stated`` is the list's own figure.

    An order at ``since`` counts, one at ``until`` does not.
    """
    found: list[CensusEntry] = []
    seen = 0
    others = place.others
    for row in rows:
        seen += 1
        try:
            listed = read(row if isinstance(row, dict) else {})
        except FieldError:
            continue
        at = listed.entry.ordered_at
        elsewhere = listed.marketplace not in (None, marketplace_id)
        if elsewhere or (at is not None and not since <= at < until):
            others += 1
            continue
        found.append(listed.entry)
    more = goes_on and seen > 0
    return CensusStep(
        cursor={"offset": place.offset + seen, "others": others, "token": token}
        if more
        else {},
        done=not more,
        entries=tuple(found),
        total=None if more else max(0, stated - others),
        source=source,
    )
