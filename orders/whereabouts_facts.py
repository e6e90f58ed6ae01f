"""What 'where is my order?' is answered from: frozen values, no models, no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Situation(StrEnum):
    """How an order stands, as its buyer would ask; each has a reply of its own."""

    NOT_PAID = "not_paid"
    NOT_ACCEPTED = "not_accepted"
    NOT_PACKED = "not_packed"
    OVERDUE = "overdue"
    ON_HOLD = "on_hold"
    ADDRESS = "address"
    OUT_OF_STOCK = "out_of_stock"
    ASKED_TO_CANCEL = "asked_to_cancel"
    ASKED_TOO_LATE = "asked_too_late"
    CANCELLED = "cancelled"
    CANCELLED_ON_ITS_WAY = "cancelled_on_its_way"
    REFUND_DUE = "refund_due"
    REFUNDED = "refunded"
    LABELLED = "labelled"
    LEFT = "left"
    PARTLY_LEFT = "partly_left"
    MAYBE_LATE = "maybe_late"
    MARKETPLACE_SHIPS = "marketplace_ships"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What left, or is about to. ``units`` of this order are in it, None: unknown.

    ``told``: the marketplace was told of it. ``others``: numbers of orders that travel
    in the same parcel.
    """

    carrier: str
    number: str
    link: str
    labelled_at: datetime
    ship_date: date | None
    told: bool
    units: int | None = None
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An open case of the order: what it is, whose, and by when."""

    kind: str
    label: str
    team: str
    deadline: datetime | None
    case: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """What is known of the money: who gives it back, and whether they have."""

    done: bool
    by_marketplace: bool
    due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """All that the answer is made from. ``parcels`` are those whose label stands.

    ``cancel`` is '' , 'asked' or 'cancelled'. ``short``: SKUs that packers miss.
    """

    number: str
    marketplace: str
    now: datetime
    ordered_at: datetime
    status: str
    stage: str
    why: str
    not_ours: bool = False
    ship_by: datetime | None = None
    deliver_by: datetime | None = None
    cancel: str = ""
    units: int = 0
    parcels: Sequence[Parcel] = ()
    cases: Sequence[Waiting] = ()
    short: Sequence[str] = ()
    refund: Refund | None = None
    voided: bool = False
