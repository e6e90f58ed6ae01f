"""ShipStation's wall clock: every v1 time is Pacific text without an offset.

Sheet: official v1 spec, 'DateTime Format and Time Zone'; orders carry seven
fractional digits, stores three, ``shipDate`` is a bare date.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Los_Angeles")
_TEXT = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?P<time>\d{2}:\d{2}(?::\d{2})?)(?:\.(?P<fraction>\d{1,7}))?)?"
    r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)


@lru_cache(maxsize=4096)
def _offset(quarter: int) -> int:
    moment = datetime.fromtimestamp(quarter * 900, ZONE)
    delta = moment.utcoffset()
    return int(delta.total_seconds()) if delta else 0


def to_text(moment: float, digits: int = 7) -> str:
    """Unix seconds as Pacific text with this many fractional digits."""
    # Zones change on whole quarter hours only, so the offset can be remembered.
    local = datetime.fromtimestamp(moment + _offset(int(moment // 900)), UTC)
    return f"{local.isoformat('T', 'microseconds')[:26]}0"[: 20 + digits]


def to_utc_text(moment: float, digits: int = 3) -> str:
    """Unix seconds as UTC text without offset: ``store.refreshDate`` only."""
    local = datetime.fromtimestamp(moment, UTC)
    return f"{local.isoformat('T', 'microseconds')[:26]}0"[: 20 + digits]


def to_date(moment: float) -> str:
    """The Pacific calendar date of a moment, ``YYYY-MM-DD``."""
    return to_text(moment)[:10]


def parse(text: str) -> float:
    """Pacific text to Unix seconds; raises ValueError for anything else.

    A numeric offset is honoured (seen in a production client on /orders), ``Z`` is
    not: the vendor's examples carry it on Pacific times. The repeated hour in
    November is its first pass.
    """
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a date")
    clock = match["time"] or "00:00:00"
    naive = datetime.fromisoformat(f"{match['day']}T{clock}")
    zone = match["zone"]
    if zone and zone != "Z":
        offset = datetime.strptime(zone.replace(":", ""), "%z").tzinfo
        moment = naive.replace(tzinfo=offset).timestamp()
    else:
        moment = naive.replace(tzinfo=ZONE).timestamp()
    return round(moment + float(f"0.{match['fraction'] or 0}"), 6)


def start_of(day: date) -> float:
    """Midnight Pacific of a day, in Unix seconds."""
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).timestamp()


def today(moment: float) -> date:
    """The Pacific day of a moment."""
    return datetime.fromtimestamp(moment, ZONE).date()
