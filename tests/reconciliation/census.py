"""A connector that counts what a test says, instead of asking a marketplace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from stores.connectors.base import Capability
from stores.errors import RemoteError
from stores.remote_money import CensusEntry, CensusStep


class FakeCensus:
    """Gives ``entries`` in pages; raises ``errors`` first, one a call."""

    label = "Practice"
    capabilities = frozenset({Capability.CENSUS})

    def __init__(
        self,
        entries: Sequence[CensusEntry] = (),
        *,
        page: int = 100,
        total: int | None = None,
        errors: Sequence[RemoteError] = (),
    ) -> None:
        self.entries, self.page, self.total = list(entries), page, total
        self.errors = list(errors)
        self.calls: list[Mapping[str, Any]] = []

    def census(
        self,
        marketplace_id: str,
        since: datetime,
        until: datetime,
        cursor: Mapping[str, Any],
        *,
        now: datetime,
    ) -> CensusStep:
        """One page."""
        if self.errors:
            raise self.errors.pop(0)
        self.calls.append(dict(cursor))
        start = int(cursor.get("at", 0))
        page = tuple(self.entries[start : start + self.page])
        after = start + self.page
        done = after >= len(self.entries)
        return CensusStep(
            cursor={} if done else {"at": after},
            done=done,
            entries=page,
            total=self.total,
            source="order report",
        )
