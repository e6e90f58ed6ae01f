"""Shares, limits and how many more until a limit is broken; pure.

Exact: shares are fractions, since 0.04 of 25 orders is one order and not 0.99.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

# Of the limit: from this part of it on, a rate is near it.
NEAR = Fraction(3, 4)


class State(StrEnum):
    """How a rate stands to its limit."""

    BREACHED = "breached"
    NEAR = "near"
    FINE = "fine"
    NO_LIMIT = "no_limit"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A limit in the marketplace's words; see stores.remote_standards.Standard."""

    share: Decimal
    at_least: bool = False
    touching: bool = False

    @property
    def bad_share(self) -> Fraction:
        """The share of bad ones that it stands for."""
        share = Fraction(self.share)
        return 1 - share if self.at_least else share

    def allows(self, bad: int, whole: int) -> bool:
        """Whether so many bad ones of so many are within it; none are always."""
        most = self.bad_share * whole
        return not bad or bad < most or (self.touching and bad == most)

    def left(self, bad: int, whole: int, *, grows: bool) -> int:
        """How many more may turn bad before it is broken; 0 where it is.

        ``grows``: each of them is one more of the whole, too.
        """
        if not self.allows(bad, whole):
            return 0
        share = self.bad_share
        room = share * whole - bad
        if grows:
            if share >= 1:
                return whole
            room /= 1 - share
        most = math.floor(room) if self.touching else math.ceil(room) - 1
        return max(0, most if grows else min(most, whole - bad))


def share_of(bad: int, whole: int, *, at_least: bool) -> Decimal | None:
    """The rate in the marketplace's words, None where nothing is counted."""
    if not whole:
        return None
    part = whole - bad if at_least else bad
    return Decimal(part) / Decimal(whole)


def state_of(
    limit: Limit | None, bad: int, whole: int, *, at_risk: int, grows: bool
) -> State:
    """``at_risk``: how many would turn bad if nobody acted."""
    if not whole and not at_risk:
        return State.EMPTY
    if limit is None:
        return State.NO_LIMIT
    if not limit.allows(bad, whole):
        return State.BREACHED
    close = bad and bad >= NEAR * limit.bad_share * whole
    if close or at_risk > limit.left(bad, whole, grows=grows):
        return State.NEAR
    return State.FINE
