"""What the queries of API v1's lists say: pages, and bounds in Pacific time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from stores.shipstation import pacific

MAX_PAGE_SIZE = 500


def start(moment: datetime | None) -> str | None:
    """The lower bound of a window; None where there is none."""
    return None if moment is None else pacific.start_bound(moment)


def end(moment: datetime | None) -> str | None:
    """The upper bound of a window; None where there is none."""
    return None if moment is None else pacific.end_bound(moment)


def paging(page: int, page_size: int, sort: str) -> dict[str, Any]:
    """One page, oldest first. Raises ValueError for a page that v1 does not have."""
    if page < 1 or not 1 <= page_size <= MAX_PAGE_SIZE:
        raise ValueError(f"no such page: {page} of {page_size} rows")
    return {"sortBy": sort, "sortDir": "ASC", "page": page, "pageSize": page_size}
