from __future__ import annotations

from datetime import UTC, datetime, timedelta

from stores.connectors.base import Stream
from stores.connectors.ebay.window import (
    OFFSET_LIFE,
    OVERLAP,
    PAGE_SIZE,
    SLIP,
    following,
    request,
)
from stores.remote_types import CursorState

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAYS = timedelta(days=30)


def test_the_first_window_goes_back_as_far_as_the_account_says() -> None:
    params, offset = request(Stream.OPEN, CursorState(), now=NOW, first_pull=DAYS)

    assert offset == 0
    assert params == {
        "filter": "lastmodifieddate:[2026-10-23T12:00:00.000Z..],"
        "orderfulfillmentstatus:{NOT_STARTED|IN_PROGRESS}",
        "fieldGroups": "TAX_BREAKDOWN",
        "limit": "200",
    }


def test_the_next_window_begins_before_the_watermark() -> None:
    cursor = CursorState(watermark=NOW - timedelta(minutes=5))

    params, _ = request(Stream.SHIPPED, cursor, now=NOW, first_pull=DAYS)

    since = NOW - timedelta(minutes=5) - OVERLAP
    assert f"[{since:%Y-%m-%dT%H:%M}" in params["filter"]
    assert "{FULFILLED|IN_PROGRESS}" in params["filter"]


def test_a_watermark_beyond_ebays_reach_is_brought_nearer() -> None:
    cursor = CursorState(watermark=NOW - timedelta(days=900))

    params, _ = request(Stream.OPEN, cursor, now=NOW, first_pull=DAYS)

    assert "lastmodifieddate:[2024-11-27" in params["filter"]


def test_pages_overlap_and_the_watermark_is_the_windows_start() -> None:
    params, offset = request(Stream.OPEN, CursorState(), now=NOW, first_pull=DAYS)
    first, more = following(
        CursorState(), params, offset, rows=PAGE_SIZE, goes_on=True, now=NOW
    )
    later = NOW + timedelta(seconds=30)
    again, second = request(Stream.OPEN, first, now=later, first_pull=DAYS)

    assert more
    assert again == params
    assert second == PAGE_SIZE - SLIP
    done, more = following(first, again, second, rows=50, goes_on=False, now=later)
    assert not more
    # What changed while the window was read is read again.
    assert done == CursorState(watermark=NOW)


def test_a_window_left_alone_is_read_again() -> None:
    cursor = CursorState(
        watermark=NOW - timedelta(days=1),
        window_end=NOW,
        page_token="180",
        params={"filter": "old"},
        token_at=NOW,
    )

    _, offset = request(Stream.OPEN, cursor, now=NOW + OFFSET_LIFE, first_pull=DAYS)

    assert offset == 0


def test_a_window_ends_though_ebay_names_a_next_page_without_rows() -> None:
    cursor = CursorState(watermark=NOW, window_end=NOW, page_token="180", token_at=NOW)

    state, more = following(cursor, {}, 180, rows=0, goes_on=True, now=NOW)

    assert not more
    assert state == CursorState(watermark=NOW)


def test_every_page_brings_the_window_forward() -> None:
    for rows in (1, SLIP, SLIP + 1, PAGE_SIZE):
        state, more = following(CursorState(), {}, 40, rows=rows, goes_on=True, now=NOW)
        assert more
        assert int(state.page_token) > 40


def test_the_watermark_never_goes_back() -> None:
    ahead = NOW + timedelta(hours=1)

    state, _ = following(
        CursorState(watermark=ahead), {}, 0, rows=0, goes_on=False, now=NOW
    )

    assert state.watermark == ahead
