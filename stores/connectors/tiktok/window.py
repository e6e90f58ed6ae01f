"""Which search comes next, and what the cursor becomes; pure.

A window is read shop by shop: first the orders that changed, then the cancellations
that changed, since an order's own time of change is said to follow its status only.
Both lists are asked for by time of change, ascending. The next page begins at the last
row's second instead of at a page token, so that nothing is missed where rows move on
between two pages; the token is used only where one second fills a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from stores.remote_types import CursorState

# The end of a search is exclusive, and the present by default: what changed in this very
# second, of which a message may just have told, would be left out.
AHEAD = 2
# Our clock and TikTok's may differ, and what is searched may lag behind.
OVERLAP = timedelta(minutes=5)
# Of the details, 50 orders can be asked for at once.
PAGE_SIZE = 50
# How long a page token is trusted; what it continued is then begun anew.
TOKEN_LIFE = timedelta(minutes=30)
_FROM_START = "-"


class Phase(StrEnum):
    """What of a shop is read."""

    ORDERS = "orders"
    CANCELLATIONS = "cancellations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One search: ``since`` in Unix seconds; ``token`` '' for the first page of it."""

    shop_id: str
    phase: Phase
    since: int
    token: str = ""


def step_of(
    cursor: CursorState,
    shop_ids: Sequence[str],
    *,
    now: datetime,
    first_pull: timedelta,
) -> Step:
    """The search that the cursor asks for."""
    known = _resumed(cursor, shop_ids, now)
    if known is not None:
        return known
    return Step(
        shop_id=shop_ids[0],
        phase=Phase.ORDERS,
        since=_start(cursor, now=now, first_pull=first_pull),
    )


def _resumed(
    cursor: CursorState, shop_ids: Sequence[str], now: datetime
) -> Step | None:
    params = cursor.params
    known = (
        cursor.page_token
        and params.get("shop") in shop_ids
        and params.get("phase") in tuple(Phase)
        and params.get("since", "").isdecimal()
    )
    if not known:
        return None
    stale = cursor.token_at is None or now - cursor.token_at >= TOKEN_LIFE
    token = "" if cursor.page_token == _FROM_START or stale else cursor.page_token
    return Step(
        shop_id=params["shop"],
        phase=Phase(params["phase"]),
        since=int(params["since"]),
        token=token,
    )


def _start(cursor: CursorState, *, now: datetime, first_pull: timedelta) -> int:
    start = cursor.watermark - OVERLAP if cursor.watermark else now - first_pull
    return max(0, int(start.astimezone(UTC).timestamp()))


def following(
    cursor: CursorState,
    step: Step,
    shop_ids: Sequence[str],
    *,
    last_change: int | None,
    next_token: str,
    now: datetime,
    first_pull: timedelta,
) -> tuple[CursorState, bool]:
    """The cursor to store with the page, and whether the window goes on.

    ``last_change`` is the time of change of the page's last row, None where it has
    none; ``next_token`` is '' on the last page.
    """
    begun = cursor.page_token != ""
    end = (cursor.window_end if begun else None) or now
    base = replace(cursor, window_end=end, token_at=now)
    following_step = _next_page(step, last_change, next_token) or _next_phase(
        step,
        shop_ids,
        since=_start(cursor, now=end, first_pull=first_pull),
    )
    if following_step is None:
        watermark = max(end, cursor.watermark) if cursor.watermark else end
        return CursorState(watermark=watermark), False
    return (
        replace(
            base,
            page_token=following_step.token or _FROM_START,
            params={
                "shop": following_step.shop_id,
                "phase": str(following_step.phase),
                "since": str(following_step.since),
            },
        ),
        True,
    )


def _next_page(step: Step, last_change: int | None, next_token: str) -> Step | None:
    if not next_token:
        return None
    if last_change is not None and last_change > step.since:
        return replace(step, since=last_change, token="")
    return replace(step, token=next_token)


def _next_phase(step: Step, shop_ids: Sequence[str], *, since: int) -> Step | None:
    if step.phase is Phase.ORDERS:
        return Step(shop_id=step.shop_id, phase=Phase.CANCELLATIONS, since=since)
    later = list(shop_ids)[list(shop_ids).index(step.shop_id) + 1 :]
    if not later:
        return None
    return Step(shop_id=later[0], phase=Phase.ORDERS, since=since)
