"""The rates by which a marketplace judges a seller, as it counts them.

Each connector names its own; reconciliation counts them from our rows. What a figure
rests on stands beside it: ``proven`` says whether the marketplace's own text was seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum


class Counts(StrEnum):
    """What is counted; reconciliation.standards says how, from our rows."""

    LATE = "late"  # orders told as shipped after their ship-by, or still not told
    CANCELLED = "cancelled"  # orders that the seller's side cancelled
    REFUSED = "refused"  # orders that the seller did not take
    TRACKED = "tracked"  # parcels whose number the marketplace can follow


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """One rate. ``code`` is unique within its marketplace and never changes.

    ``limit`` is a share in the marketplace's own words (Decimal('0.04'), or '0.95' of
    one that must be reached: ``at_least``); None where it names none. ``touching``:
    the limit itself is still good. ``window`` ends now; with fewer than ``from_orders``
    orders in it ``longer`` counts instead. ``bad``, ``whole`` and ``excluded`` are
    read by people, ``unseen`` says what of it no row of ours tells.
    """

    code: str
    label: str
    counts: Counts
    limit: Decimal | None
    at_least: bool = False
    touching: bool = False
    window: timedelta
    longer: timedelta | None = None
    from_orders: int = 0
    bad: str
    whole: str
    excluded: str = ""
    unseen: str = ""
    source: str
    as_of: date
    proven: bool = True
    # Reasons, from the marketplace's list, for which a cancellation does not count.
    innocent: frozenset[str] = frozenset()
    # How long after ship-by it cancels what was not shipped; None: it does not.
    gives_up_after: timedelta | None = None
    # Carrier codes whose parcels it can't follow.
    untracked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """A rate that it counts too, and why we can't: ``why`` is read by people."""

    label: str
    limit: str
    why: str
