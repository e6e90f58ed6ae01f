from __future__ import annotations

from datetime import UTC, datetime, timedelta

from stores.connectors.amazon import window
from stores.connectors.base import Stream
from stores.remote_types import CursorState

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MONTH = timedelta(days=30)


def request(
    cursor: CursorState,
    stream: Stream = Stream.OPEN,
    marketplaces: tuple[str, ...] = (),
) -> tuple[dict[str, str], str]:
    return window.request(
        stream, cursor, now=NOW, first_pull=MONTH, marketplace_ids=marketplaces
    )


def test_the_first_pull_looks_back() -> None:
    params, token = request(CursorState(), marketplaces=("B", "A"))

    assert token == ""
    assert params == {
        "lastUpdatedAfter": "2026-10-23T12:00:00Z",
        "fulfillmentStatuses": "UNSHIPPED,PARTIALLY_SHIPPED,CANCELLED",
        "maxResultsPerPage": "100",
        "includedData": "BUYER,RECIPIENT,PROCEEDS,CANCELLATION,FULFILLMENT,PACKAGES,TAX",
        "marketplaceIds": "A,B",
    }


def test_a_window_overlaps_the_one_before() -> None:
    params, _ = request(CursorState(watermark=NOW), Stream.SHIPPED)

    assert params["lastUpdatedAfter"] == "2026-11-22T11:50:00Z"
    assert params["fulfillmentStatuses"] == "SHIPPED,PARTIALLY_SHIPPED"
    assert params["includedData"] == "FULFILLMENT,PACKAGES,CANCELLATION"
    assert params["fulfilledBy"] == "MERCHANT"


def test_a_page_token_repeats_its_parameters_unchanged() -> None:
    first = request(CursorState(watermark=NOW - timedelta(hours=1)))[0]
    cursor, more = window.following(
        CursorState(watermark=NOW - timedelta(hours=1)),
        first,
        "",
        "t1",
        NOW - timedelta(minutes=2),
        now=NOW,
    )

    assert more
    assert cursor.watermark == NOW - timedelta(hours=1)
    assert request(cursor, marketplaces=("NEW",)) == (first, "t1")


def test_the_watermark_is_the_first_answers_bound_once_the_last_page_is_read() -> None:
    bound = NOW - timedelta(minutes=2)
    state = CursorState(watermark=NOW - timedelta(hours=1))
    state, _ = window.following(state, {}, "", "t1", bound, now=NOW)

    state, more = window.following(
        state, {}, "t1", "", bound + timedelta(hours=1), now=NOW
    )

    assert not more
    assert state == CursorState(watermark=bound)


def test_without_a_bound_two_minutes_are_left_to_settle() -> None:
    state, _ = window.following(CursorState(), {}, "", "", None, now=NOW)

    assert state.watermark == NOW - timedelta(minutes=2)


def test_the_watermark_never_goes_back() -> None:
    state, _ = window.following(
        CursorState(watermark=NOW), {}, "", "", NOW - timedelta(days=1), now=NOW
    )

    assert state.watermark == NOW


def test_an_old_token_restarts_the_window() -> None:
    cursor = CursorState(
        watermark=NOW - timedelta(days=2),
        page_token="t1",
        params={"lastUpdatedAfter": "old"},
        token_at=NOW - timedelta(hours=24),
    )

    params, token = request(cursor)

    assert token == ""
    assert params["lastUpdatedAfter"] == "2026-11-20T11:50:00Z"


def test_a_token_that_repeats_ends_the_loop_without_moving_on() -> None:
    cursor = CursorState(watermark=NOW, page_token="t1", token_at=NOW, window_end=NOW)

    state, more = window.following(cursor, {}, "t1", "t1", NOW, now=NOW)

    assert not more
    assert state == CursorState(watermark=NOW)
