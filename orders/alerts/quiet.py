"""Quiet hours of a target, in its own zone, over midnight and changes of clocks."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def quiet_until(
    now: datetime, starts: time | None, ends: time | None, zone: ZoneInfo
) -> datetime | None:
    """When the quiet that ``now`` lies in is over, in UTC; None if it is none.

    >>> quiet_until(datetime(2026, 1, 5, 23, tzinfo=UTC), time(22), time(7),
    ...             ZoneInfo("UTC")).hour
    7
    """
    if starts is None or ends is None or starts == ends:
        return None
    here = now.astimezone(zone)
    for day in (here.date() - timedelta(days=1), here.date()):
        last = day if starts < ends else day + timedelta(days=1)
        first_moment = datetime.combine(day, starts, tzinfo=zone).astimezone(UTC)
        last_moment = datetime.combine(last, ends, tzinfo=zone).astimezone(UTC)
        if first_moment <= now < last_moment:
            return last_moment
    return None
