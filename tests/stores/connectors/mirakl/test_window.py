from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from stores.connectors.mirakl.window import (
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


def test_the_first_window_leaves_out_what_has_shipped() -> None:
    params, offset = request(CursorState(), now=NOW, first_pull=DAYS)

    assert offset == 0
    assert params["start_update_date"] == "2026-10-23T12:00:00Z"
    assert "SHIPPED" not in params["order_state_codes"]
    assert "CANCELED" not in params["order_state_codes"]


def test_later_windows_name_orders_in_every_state_and_overlap() -> None:
    cursor = CursorState(watermark=NOW - timedelta(hours=1))

    params, _offset = request(cursor, now=NOW, first_pull=DAYS)

    since = NOW - timedelta(hours=1) - OVERLAP
    assert params["start_update_date"] == f"{since:%Y-%m-%dT%H:%M:%SZ}"
    assert "order_state_codes" not in params
    assert "end_update_date" not in params


def test_pages_overlap_and_the_watermark_is_the_windows_start() -> None:
    params, offset = request(CursorState(), now=NOW, first_pull=DAYS)
    first, more = following(
        CursorState(), params, offset, rows=PAGE_SIZE, total=150, now=NOW
    )
    later = NOW + timedelta(seconds=60)
    again, second = request(first, now=later, first_pull=DAYS)
    last, goes_on = following(first, again, second, rows=60, total=150, now=later)

    assert (more, goes_on) == (True, False)
    assert again == params
    assert second == PAGE_SIZE - SLIP
    assert last == CursorState(watermark=NOW)


def test_a_page_that_the_operator_cuts_short_leads_on() -> None:
    state, more = following(CursorState(), {}, 0, rows=10, total=150, now=NOW)

    assert more
    assert state.page_token == "1"


def test_an_empty_page_ends_the_window_whatever_the_count_says() -> None:
    state, more = following(CursorState(), {}, 90, rows=0, total=150, now=NOW)

    assert not more
    assert state.watermark == NOW


def test_a_window_that_was_left_alone_is_read_anew() -> None:
    params, _offset = request(CursorState(), now=NOW, first_pull=DAYS)
    state, _more = following(CursorState(), params, 0, rows=100, total=300, now=NOW)

    _params, offset = request(state, now=NOW + OFFSET_LIFE, first_pull=DAYS)

    assert offset == 0


def test_a_watermark_never_goes_back() -> None:
    ahead = CursorState(watermark=NOW + timedelta(minutes=1))

    state, _more = following(ahead, {}, 0, rows=0, total=0, now=NOW)

    assert state == replace(ahead)
