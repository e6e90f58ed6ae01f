"""Which getOrders request comes next, and what the cursor becomes; pure.

Rules (contract of Sell Fulfillment v1.20.7): 200 orders a page; ``offset`` counts rows;
of the status filter only two combinations exist. Pages are cut anew for each request,
so an order that leaves the list between two pages moves all later ones forward: each
page begins some rows before the last one's end. There is no upper bound of the window
either, since orders that change would leave it. Orders are stored by id: nothing
doubles.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from stores.connectors.base import Stream
from stores.remote_types import CursorState

# A list may lag behind; and our clock and eBay's may differ.
OVERLAP = timedelta(minutes=10)
# Rows that may leave the list between two pages without any order being missed.
SLIP = 20
PAGE_SIZE = 200
# getOrders reaches two years back; days are left for clocks and leap years.
REACH = timedelta(days=725)
# A window left alone for so long is read again: too much may have left it.
OFFSET_LIFE = timedelta(hours=1)
TAX_BREAKDOWN = "TAX_BREAKDOWN"
_STATUSES = {
    Stream.OPEN: "NOT_STARTED|IN_PROGRESS",
    Stream.SHIPPED: "FULFILLED|IN_PROGRESS",
}


def request(
    stream: Stream, cursor: CursorState, *, now: datetime, first_pull: timedelta
) -> tuple[dict[str, str], int]:
    """The parameters of the next page without its offset, and the offset."""
    if (
        cursor.page_token.isdigit()
        and cursor.token_at is not None
        and now - cursor.token_at < OFFSET_LIFE
    ):
        return dict(cursor.params), int(cursor.page_token)
    start = cursor.watermark - OVERLAP if cursor.watermark else now - first_pull
    start = max(start, now - REACH).astimezone(UTC)
    since = start.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "filter": f"lastmodifieddate:[{since}..],"
        f"orderfulfillmentstatus:{{{_STATUSES[stream]}}}",
        "fieldGroups": TAX_BREAKDOWN,
        "limit": str(PAGE_SIZE),
    }, 0


def following(
    cursor: CursorState,
    params: dict[str, str],
    offset: int,
    *,
    rows: int,
    goes_on: bool,
    now: datetime,
) -> tuple[CursorState, bool]:
    """The cursor to store with the page, and whether the window goes on.

    ``goes_on``: eBay named a next page. Its address is not used: only its being there.
    """
    end = (cursor.window_end if offset else None) or now
    if goes_on and rows:
        following_offset = offset + max(1, rows - SLIP)
        return (
            replace(
                cursor,
                window_end=end,
                page_token=str(following_offset),
                params=params,
                token_at=now,
            ),
            True,
        )
    watermark = max(end, cursor.watermark) if cursor.watermark else end
    return CursorState(watermark=watermark), False
