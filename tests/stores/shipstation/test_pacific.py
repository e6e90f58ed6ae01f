from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stores.shipstation import pacific

moments = st.datetimes(
    datetime(2015, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2035, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-15T09:00:00.0000000", utc(2026, 1, 15, 17)),
        ("2026-07-15T09:00:00.0000000", utc(2026, 7, 15, 16)),
        ("2026-03-04T09:15:02.3470000", utc(2026, 3, 4, 17, 15, 2, 347000)),
        ("2026-03-04 09:15:02.347", utc(2026, 3, 4, 17, 15, 2, 347000)),
        ("2026-03-04", utc(2026, 3, 4, 8)),
        ("2026-03-04T09:15:02Z", utc(2026, 3, 4, 9, 15, 2)),
        # the missing hour reads as if the clock had not moved: 03:30 PDT
        ("2026-03-08T02:30:00", utc(2026, 3, 8, 10, 30)),
        # the repeated hour reads as its first pass: 01:30 PDT
        ("2026-11-01T01:30:00", utc(2026, 11, 1, 8, 30)),
    ],
)
def test_naive_texts_are_pacific(text: str, moment: datetime) -> None:
    assert pacific.from_text(text) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "12/31/2026"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        pacific.from_text(text)


def test_naive_datetimes_are_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        pacific.to_text(datetime(2026, 1, 1))  # noqa: DTZ001 - the point of the test


def test_text_has_seven_fractional_digits() -> None:
    assert pacific.to_text(utc(2026, 7, 1, 19, 5)) == "2026-07-01T12:05:00.0000000"


@pytest.mark.parametrize(
    ("moment", "start", "end"),
    [
        (utc(2026, 7, 1, 12), "2026-07-01 05:00:00", "2026-07-01 05:00:00"),
        # both passes of the repeated hour give the whole hour
        (utc(2026, 11, 1, 8, 30), "2026-11-01 01:00:00", "2026-11-01 02:00:00"),
        (utc(2026, 11, 1, 9, 30), "2026-11-01 01:00:00", "2026-11-01 02:00:00"),
        (utc(2026, 11, 1, 10), "2026-11-01 02:00:00", "2026-11-01 02:00:00"),
        (utc(2026, 3, 8, 10), "2026-03-08 03:00:00", "2026-03-08 03:00:00"),
        (
            utc(2026, 7, 1, 12) + timedelta(microseconds=1),
            "2026-07-01 05:00:00",
            "2026-07-01 05:00:01",
        ),
    ],
)
def test_filter_bounds_only_widen(moment: datetime, start: str, end: str) -> None:
    assert pacific.start_bound(moment) == start
    assert pacific.end_bound(moment) == end


@given(moments)
def test_any_moment_survives_its_text(moment: datetime) -> None:
    back = pacific.from_text(pacific.to_text(moment))

    # only the second pass of November's repeated hour can't come back, and never late
    assert back in (moment, moment - timedelta(hours=1))


@given(moments, st.timedeltas(timedelta(0), timedelta(hours=4)))
def test_bounds_hold_whatever_pass_is_meant(moment: datetime, later: timedelta) -> None:
    row = pacific.to_text(moment + later).replace("T", " ")

    assert pacific.start_bound(moment) <= row
    assert pacific.end_bound(moment + later) >= row[:19]


def test_today_is_the_pacific_day() -> None:
    assert pacific.today(utc(2026, 7, 2, 3)) == date(2026, 7, 1)
