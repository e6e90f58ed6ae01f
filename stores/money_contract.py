"""The part of a connector's contract that counts and pays: see stores.connectors.base."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from stores.errors import UnsupportedOperationError
from stores.remote_money import (
    CensusStep,
    MoneyLine,
    MoneyStep,
    SettlementHead,
    UsualTimes,
)
from stores.remote_standards import Standard, Unseen


class MoneyContract:
    """What a connector may offer beside moving orders; see the capabilities."""

    label: ClassVar[str]
    # The rates by which it judges sellers, and those that we can't count.
    standards: ClassVar[tuple[Standard, ...]] = ()
    standards_unseen: ClassVar[tuple[Unseen, ...]] = ()
    # In which form its settlements come (a SettlementSource value).
    settlement_source: ClassVar[str] = ""
    # How long it takes with money; long enough not to cry wolf where nothing is known.
    usual_times: ClassVar[UsualTimes] = UsualTimes(
        settles=timedelta(days=45),
        source="Nothing is known of this marketplace; a month and a half is assumed.",
    )
    # For how long a settlement may still change after it was made: read again so long.
    settlements_settle: ClassVar[timedelta] = timedelta(days=3)
    # What has to be granted for settlements, in the marketplace's words.
    settlements_need: ClassVar[str] = ""

    def census(
        self,
        marketplace_id: str,
        since: datetime,
        until: datetime,
        cursor: Mapping[str, Any],
        *,
        now: datetime,
    ) -> CensusStep:
        """Take one step to count a marketplace's orders placed from since to until.

        From a source that our import does not use, where there is one; ``cursor`` is {} at
        first and what the step before gave then. Raises what :meth:`fetch_page` raises.
        """
        raise UnsupportedOperationError(f"{self.label} counts no orders apart")

    def fetch_settlements(
        self,
        since: datetime,
        cursor: Mapping[str, Any],
        *,
        now: datetime,
        known: Collection[str] = (),
    ) -> MoneyStep:
        """Take one step to read the settlements made from ``since`` on.

        ``cursor`` is {} at first and what the step before gave then. ``known`` are the
        documents (``document_ref``) that need not be brought again. Raises what
        :meth:`fetch_page` raises.
        """
        raise UnsupportedOperationError(f"{self.label} gives no settlements")

    @classmethod
    def read_settlement_file(
        cls, content: bytes
    ) -> tuple[SettlementHead, Iterator[MoneyLine]]:
        """Read a settlement file that a person or the marketplace brought.

        No call is made. Raises SettlementFileError for a file that is not whole, at once
        or while its lines are read.
        """
        raise UnsupportedOperationError(f"{cls.label} has no settlement files")
