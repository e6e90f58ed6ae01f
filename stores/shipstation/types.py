"""What the ShipStation client returns: frozen values, no models (API v1).

Times are aware UTC: the client converts from ShipStation's Pacific wall clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class SsStatus(StrEnum):
    """orderStatus of API v1; anything else becomes UNKNOWN and is shown as such."""

    AWAITING_PAYMENT = "awaiting_payment"
    AWAITING_SHIPMENT = "awaiting_shipment"
    PENDING_FULFILLMENT = "pending_fulfillment"
    ON_HOLD = "on_hold"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"
    REJECTED_FULFILLMENT = "rejected_fulfillment"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class SsLine:
    """An order or shipment line; ``line_key`` is lineItemKey, ours when we set it."""

    item_id: int | None
    line_key: str
    sku: str
    quantity: int
    adjustment: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SsOrder:
    """A ShipStation order as read; ``body`` is the whole resource, for read-modify-write.

    ``modify_date`` is ShipStation's own text, to compare for equality; ``modified_at``
    the same as UTC; ``ordered_at`` the channel's order date. ``address_verified`` is 'not_validated', 'ok', 'warning', 'failed'
    or ''.
    """

    order_id: int
    order_key: str
    order_number: str
    status: SsStatus
    raw_status: str
    store_id: int | None
    modify_date: str
    modified_at: datetime
    created_at: datetime
    hold_until: date | None
    merged_or_split: bool
    merged_ids: tuple[int, ...]
    parent_id: int | None
    address_verified: str
    tag_ids: tuple[int, ...]
    lines: tuple[SsLine, ...]
    externally_fulfilled: bool
    as_of: datetime
    body: dict[str, Any] = field(repr=False)
    ordered_at: datetime | None = None
    postcode: str = field(default="", repr=False)
    carrier_code: str = ""
    service_code: str = ""
    requested_service: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SsShipment:
    """A label (``source`` 'label', /shipments) or a mark-as-shipped ('fulfillment')."""

    source: str
    remote_id: str
    order_id: int
    order_key: str
    order_number: str
    tracking_number: str
    carrier_code: str
    service_code: str
    ship_date: date | None
    created_at: datetime
    voided: bool
    voided_at: datetime | None
    is_return: bool
    is_test: bool
    notified: bool | None
    notify_error: str
    lines: tuple[SsLine, ...] | None
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MalformedRecord:
    """A row of a page that could not be read; the rest of the page goes on."""

    remote_id: str
    field: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRows:
    """A page of /orders."""

    orders: tuple[SsOrder, ...]
    malformed: tuple[MalformedRecord, ...]
    total: int
    page: int
    pages: int
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentRows:
    """A page of /shipments or /fulfillments."""

    shipments: tuple[SsShipment, ...]
    malformed: tuple[MalformedRecord, ...]
    total: int
    page: int
    pages: int
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResult:
    """One row of a createorders answer, matched by orderKey."""

    order_key: str
    order_id: int | None
    success: bool
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A tag that exists in the account."""

    tag_id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SsStore:
    """A store of the account; ``refreshed_at``: its connection's last import."""

    store_id: int
    name: str
    marketplace: str
    active: bool
    refreshed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SsCarrier:
    """A carrier connected to the account."""

    code: str
    name: str
