from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from stores.connectors.tiktok import window
from stores.connectors.tiktok.window import OVERLAP, Phase, Step
from stores.remote_types import CursorState

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FIRST = timedelta(days=30)
SHOPS = ("1", "2")
SEEN = int(NOW.timestamp()) - 100


def step_of(cursor: CursorState, *, now: datetime = NOW, shops: Any = SHOPS) -> Step:
    return window.step_of(cursor, shops, now=now, first_pull=FIRST)


def follow(
    cursor: CursorState,
    step: Step,
    *,
    last: int | None = None,
    token: str = "",
    now: datetime = NOW,
) -> tuple[CursorState, bool]:
    return window.following(
        cursor,
        step,
        SHOPS,
        last_change=last,
        next_token=token,
        now=now,
        first_pull=FIRST,
    )


def test_the_first_window_reaches_back_and_later_ones_overlap() -> None:
    first = step_of(CursorState())
    later = step_of(CursorState(watermark=NOW))

    assert first == Step(
        shop_id="1", phase=Phase.ORDERS, since=int((NOW - FIRST).timestamp())
    )
    assert later.since == int((NOW - OVERLAP).timestamp())


def test_each_shop_is_read_for_orders_and_then_for_cancellations() -> None:
    cursor, seen = CursorState(watermark=NOW - timedelta(hours=1)), []
    more = True
    while more:
        step = step_of(cursor)
        seen.append((step.shop_id, step.phase))
        assert step.since == int((NOW - timedelta(hours=1) - OVERLAP).timestamp())
        cursor, more = follow(cursor, step)

    assert seen == [
        ("1", Phase.ORDERS),
        ("1", Phase.CANCELLATIONS),
        ("2", Phase.ORDERS),
        ("2", Phase.CANCELLATIONS),
    ]
    assert cursor == CursorState(watermark=NOW)


def test_the_next_page_begins_at_the_last_rows_second() -> None:
    cursor = CursorState(watermark=NOW)
    following, more = follow(cursor, step_of(cursor), last=SEEN, token="opaque")

    assert more
    assert step_of(following) == Step(shop_id="1", phase=Phase.ORDERS, since=SEEN)


def test_a_page_of_one_second_goes_on_by_its_token() -> None:
    cursor, _ = follow(
        CursorState(watermark=NOW), step_of(CursorState()), last=SEEN, token="a"
    )
    step = step_of(cursor)

    cursor, more = follow(cursor, step, last=SEEN, token="b")

    assert more
    assert step_of(cursor) == Step(
        shop_id="1", phase=Phase.ORDERS, since=SEEN, token="b"
    )
    # A token that lay about is not trusted: its second is read from the start.
    assert step_of(cursor, now=NOW + timedelta(hours=1)).token == ""


def test_the_watermark_becomes_the_moment_the_window_began() -> None:
    cursor, more, now = CursorState(watermark=NOW - timedelta(hours=2)), True, NOW
    while more:
        cursor, more = follow(cursor, step_of(cursor, now=now), now=now)
        now += timedelta(minutes=1)

    assert cursor.watermark == NOW


def test_the_watermark_never_moves_back() -> None:
    ahead = NOW + timedelta(hours=1)
    cursor, more = CursorState(watermark=ahead), True
    while more:
        cursor, more = follow(cursor, step_of(cursor))

    assert cursor.watermark == ahead


def test_a_cursor_that_fits_no_more_begins_its_window_anew() -> None:
    cursor, _ = follow(CursorState(watermark=NOW), step_of(CursorState(watermark=NOW)))

    assert step_of(cursor).phase is Phase.CANCELLATIONS
    assert step_of(cursor, shops=("3",)) == Step(
        shop_id="3", phase=Phase.ORDERS, since=int((NOW - OVERLAP).timestamp())
    )


def test_rows_without_a_time_of_change_go_on_by_their_token() -> None:
    cursor, more = follow(
        CursorState(watermark=NOW), step_of(CursorState(watermark=NOW)), token="b"
    )

    assert more
    assert step_of(cursor).token == "b"
    assert step_of(cursor).phase is Phase.ORDERS
