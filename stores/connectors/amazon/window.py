"""Which searchOrders request comes next, and what the cursor becomes; pure.

Rules (Orders v2026-01-01 model; issue tracker of the models): a pagination token lives
24 h and wants all other parameters unchanged; the watermark is the answer's
lastUpdatedBefore, taken over once the last page is stored; lists can miss an order, so
windows overlap; a token that repeats would loop.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from stores.connectors.base import Stream
from stores.remote_types import CursorState

TOKEN_LIFE = timedelta(hours=23, minutes=45)
OVERLAP = timedelta(minutes=10)
# What Amazon itself leaves out when no end is given.
SETTLING = timedelta(minutes=2)
PAGE_SIZE = "100"

ALL_DATA = (
    "BUYER",
    "RECIPIENT",
    "PROCEEDS",
    "CANCELLATION",
    "FULFILLMENT",
    "PACKAGES",
    "TAX",
)
READ_BACK_DATA = ("FULFILLMENT", "PACKAGES", "CANCELLATION")
_STATUSES = {
    Stream.OPEN: "UNSHIPPED,PARTIALLY_SHIPPED,CANCELLED",
    Stream.SHIPPED: "SHIPPED,PARTIALLY_SHIPPED",
}
_DATA = {Stream.OPEN: ALL_DATA, Stream.SHIPPED: READ_BACK_DATA}


def request(
    stream: Stream,
    cursor: CursorState,
    *,
    now: datetime,
    first_pull: timedelta,
    marketplace_ids: tuple[str, ...],
) -> tuple[dict[str, str], str]:
    """The parameters of the next page without its token, and the token ('': none)."""
    if (
        cursor.page_token
        and cursor.token_at is not None
        and now - cursor.token_at < TOKEN_LIFE
    ):
        return dict(cursor.params), cursor.page_token
    start = cursor.watermark - OVERLAP if cursor.watermark else now - first_pull
    params = {
        "lastUpdatedAfter": start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "fulfillmentStatuses": _STATUSES[stream],
        "maxResultsPerPage": PAGE_SIZE,
        "includedData": ",".join(_DATA[stream]),
    }
    if stream is Stream.SHIPPED:
        # Packages exist for merchant-fulfilled orders only.
        params["fulfilledBy"] = "MERCHANT"
    if marketplace_ids:
        params["marketplaceIds"] = ",".join(sorted(marketplace_ids))
    return params, ""


def following(
    cursor: CursorState,
    params: dict[str, str],
    token: str,
    next_token: str,
    window_end: datetime | None,
    *,
    now: datetime,
) -> tuple[CursorState, bool]:
    """The cursor to store with the page, and whether the window goes on."""
    if token and token == next_token:
        return restarted(cursor), False
    first_end = cursor.window_end if token else None
    end = first_end or window_end or now - SETTLING
    if next_token:
        return (
            replace(
                cursor,
                window_end=end,
                page_token=next_token,
                params=params,
                token_at=now,
            ),
            True,
        )
    # A peer's odd bound must not send the stream back.
    watermark = max(end, cursor.watermark) if cursor.watermark else end
    return CursorState(watermark=watermark), False


def restarted(cursor: CursorState) -> CursorState:
    """The cursor at the start of its window again: nothing is skipped."""
    return CursorState(watermark=cursor.watermark)
