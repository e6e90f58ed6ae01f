"""Parcels as decide() sees them: what left, with whom, what is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierChoice:
    """What the marketplace is told about the carrier."""

    code: str
    name: str
    service: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxShare:
    """An order with an IOSS number in a parcel, and what its goods are worth."""

    order_id: int
    number: str
    value_eur: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedOrder:
    """One of the orders in a parcel; ``buyer`` and ``recipient`` are hashes, '' unknown."""

    order_id: int
    marketplace: str
    operator: str = ""
    buyer: str = ""
    recipient: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedFacts:
    """What is in a parcel of several orders; ``strangers``: goods of no known order."""

    orders: tuple[PackedOrder, ...] = ()
    strangers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CombineLimits:
    """What a marketplace asks of a parcel of several orders.

    ``alike`` names fields of PackedOrder, ``most`` is a number of orders.
    """

    alike: tuple[str, ...] = ()
    most: int | None = None


NO_LIMITS = CombineLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneFacts:
    """The marketplace takes only listed carriers (code, service or '') from ``since``."""

    since: datetime
    destination: str
    worth_eur: Decimal | None
    carriers: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentFacts:
    """A parcel's share for this order.

    ``lines`` are (line id, units) of this order, None when ShipStation gave none.
    ``mapped`` is None when no mapping knows the carrier. ``notified``: ShipStation says
    that it told the channel, as of ``as_of``; ``notify_error``: why it could not.
    """

    id: int
    ss_order_id: int
    tracking: str
    carrier_code: str
    service_code: str
    created_at: datetime
    ship_date: date | None
    voided: bool
    mapped: CarrierChoice | None
    lines: tuple[tuple[int, int], ...] | None
    notified: bool | None = None
    notify_error: str = ""
    as_of: datetime | None = None
    # 'label', or 'fulfillment' where it was only marked as shipped.
    source: str = "label"
    # Where it holds several orders: those of them under IOSS.
    ioss: tuple[TaxShare, ...] = ()
    packed: PackedFacts = PackedFacts()


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchFacts:
    """A dispatch row and the rung of its evidence."""

    id: int
    shipment_id: int
    package_ref: int
    rung: str
    rung_at: datetime
    lines: tuple[tuple[int, int], ...]
    accepted_at: datetime | None = None
    sent_tracking: str = ""
    sent_carrier: str = ""
