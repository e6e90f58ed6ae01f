"""ShipStation's clock: Pacific wall time without an offset, in and out (API v1).

Two hours a year need care. In the repeated hour of November a text means either of two
moments: reading takes the earlier one, so that a watermark never runs ahead, and a
filter bound is widened to the edge of that hour. The missing hour of March never
comes out of a conversion; a text inside it is read as if the clock had not moved.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Los_Angeles")
_HOUR = timedelta(hours=1)


def from_text(text: str) -> datetime:
    """The UTC moment of a v1 date-time text; raises ValueError on anything else.

    Up to 7 fractional digits are read, the seventh is dropped. A text that names its
    own offset is taken at its word: read as UTC it can only be too early, never late.
    """
    parsed = datetime.fromisoformat(text.strip())
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=ZONE)
    return parsed.astimezone(UTC)


def day(text: str) -> date:
    """The calendar day of a date or date-time text; raises ValueError."""
    return datetime.fromisoformat(text.strip()).date()


def to_text(moment: datetime) -> str:
    """An aware moment as v1 writes order dates: 7 fractional digits, no offset."""
    return _local(moment).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0"


def start_bound(moment: datetime) -> str:
    """A filter text that is at or before ``moment`` however ShipStation reads it."""
    local = _local(moment)
    if _is_repeated(local):
        local = local.replace(minute=0, second=0)
    return _filter_text(local)


def end_bound(moment: datetime) -> str:
    """A filter text that is at or after ``moment``, rounded up to the next second."""
    local = _local(moment + timedelta(microseconds=999_999))
    if _is_repeated(local):
        local = local.replace(minute=0, second=0, tzinfo=None) + _HOUR
    return _filter_text(local)


def today(moment: datetime) -> date:
    """The Pacific calendar day at an aware moment: holds end by that calendar."""
    return _local(moment).date()


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a naive time has no place here: give an aware one")
    return moment.astimezone(ZONE)


def _is_repeated(local: datetime) -> bool:
    """Whether this wall clock comes twice (the gap of March can't come out of UTC)."""
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def _filter_text(local: datetime) -> str:
    return local.strftime("%Y-%m-%d %H:%M:%S")
