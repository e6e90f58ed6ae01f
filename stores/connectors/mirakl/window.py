"""Which OR11 request comes next, and what the cursor becomes; pure.

Rules (seller contract and general notes, 2026): 100 orders a page, ``offset`` counts
rows, at most one call a minute. Pages are cut anew for each request in the order of
creation, so each begins some rows before the last one's end. The window has no upper
bound: orders that change would leave it. Mirakl itself starts somewhat earlier than
``start_update_date`` says, so orders come twice, which storing them by id forgives.

One list serves both sides: it names orders in every state, those that shipped and
those that were cancelled included. Only the very first window leaves out what has
shipped already.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from stores.remote_types import CursorState

# Our clock and the operator's may differ.
OVERLAP = timedelta(minutes=5)
# Rows that may leave the list between two pages without any order being missed.
SLIP = 10
PAGE_SIZE = 100
# A window left alone for so long is read again: too much may have left it.
OFFSET_LIFE = timedelta(hours=1)
NOT_SHIPPED_YET = (
    "STAGING,WAITING_ACCEPTANCE,WAITING_DEBIT,WAITING_DEBIT_PAYMENT,SHIPPING"
)


def request(
    cursor: CursorState, *, now: datetime, first_pull: timedelta
) -> tuple[dict[str, str], int]:
    """The parameters of the next page without its offset, and the offset."""
    if (
        cursor.page_token.isdigit()
        and cursor.token_at is not None
        and now - cursor.token_at < OFFSET_LIFE
    ):
        return dict(cursor.params), int(cursor.page_token)
    start = cursor.watermark - OVERLAP if cursor.watermark else now - first_pull
    params = {
        "start_update_date": start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "sort": "dateCreated",
        "order": "asc",
        "max": str(PAGE_SIZE),
    }
    if cursor.watermark is None:
        params["order_state_codes"] = NOT_SHIPPED_YET
    return params, 0


def following(
    cursor: CursorState,
    params: dict[str, str],
    offset: int,
    *,
    rows: int,
    total: int,
    now: datetime,
) -> tuple[CursorState, bool]:
    """The cursor to store with the page, and whether the window goes on.

    ``total`` is how many orders the whole list has, as this page told.
    """
    end = (cursor.window_end if offset else None) or now
    if rows and offset + rows < total:
        # A page that is cut short by the operator still leads on.
        step = max(1, rows - SLIP)
        return (
            replace(
                cursor,
                window_end=end,
                page_token=str(offset + step),
                params=params,
                token_at=now,
            ),
            True,
        )
    watermark = max(end, cursor.watermark) if cursor.watermark else end
    return CursorState(watermark=watermark), False
