"""What a marketplace prescribes for parcels on a lane: a frozen value of a connector."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneRule:
    """Parcels on a lane need a carrier from a list that no interface gives.

    From ``since`` on, for goods of up to ``limit_eur`` euros into ``destination`` ('EU'
    or a country) from outside it; ``source`` is where the marketplace says so,
    ``listed`` the page of its own that people copy the list from.
    """

    destination: str
    limit_eur: Decimal
    since: datetime
    source: str
    listed: str = ""
