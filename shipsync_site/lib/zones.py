"""The zone in which a person reads times: the browser's, by cookie, if it is one."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import unquote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

COOKIE = "shipsync_zone"
DEFAULT = "Europe/London"


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """The zone with this IANA name; Europe/London for anything else."""
    try:
        return ZoneInfo(unquote(name)[:64])
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(DEFAULT)
