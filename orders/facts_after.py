"""What follows a cancellation, and what packers say, as decide() sees and wants it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpFacts:
    """A follow-up as it stands; ``state`` and ``kind`` are those of FollowUp."""

    id: int
    kind: str
    cause: str
    state: str
    due: datetime | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpDraft:
    """A follow-up that should stand.

    ``whose`` does it: 'marketplace', 'seller', 'warehouse' or 'carrier'. ``shown``: what
    a read shows of its being done, '' while it does not.
    """

    kind: str
    cause: str
    whose: str
    due: datetime | None = None
    shipment_id: int | None = None
    worth: bool = False
    shown: str = ""
    failed: bool = False
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortFacts:
    """Units that a packer did not find; ``worth`` is their price, None unknown.

    ``wanted_by``: how many other open orders want the same SKU.
    """

    id: int
    sku: str
    units: int
    at: datetime
    worth: Decimal | None = None
    currency: str = ""
    wanted_by: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFacts:
    """Who pays the buyer back: 'marketplace' or 'seller', within so many days.

    ``cancelled``: of an order that was not confirmed; ``confirmed``: of one that was.
    """

    cancelled: str = "marketplace"
    confirmed: str = "seller"
    days: int = 5


MARKETPLACE_REFUNDS = RefundFacts()
