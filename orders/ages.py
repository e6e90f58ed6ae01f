"""How long cases have been open: the bands of the histogram and of the list's filter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Ages from ``start`` to before ``end`` (None: any longer)."""

    code: str
    label: str
    start: timedelta
    end: timedelta | None


_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BANDS = (
    Band(code="15m", label="0-15 min", start=timedelta(), end=15 * _MINUTE),
    Band(code="1h", label="15-60 min", start=15 * _MINUTE, end=_HOUR),
    Band(code="4h", label="1-4 h", start=_HOUR, end=4 * _HOUR),
    Band(code="1d", label="4-24 h", start=4 * _HOUR, end=_DAY),
    Band(code="3d", label="1-3 d", start=_DAY, end=3 * _DAY),
    Band(code="over3d", label="3 d or more", start=3 * _DAY, end=None),
)
AGE_CHOICES = [("", "Any time"), *((band.code, band.label) for band in BANDS)]
_BY_CODE = {band.code: band for band in BANDS}


def opened_within(code: str, now: datetime) -> Q:
    """Cases of this band at this moment; each case is in exactly one."""
    band = _BY_CODE[code]
    found = Q(opened_at__gt=now - band.end) if band.end else Q()
    # Whoever opened it has a clock a little ahead of ours: it is of the first band.
    return found & Q(opened_at__lte=now - band.start) if band.start else found
