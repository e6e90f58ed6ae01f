"""What connectors take and return: frozen values, no models, no I/O.

A value that a call did not ask for is ``None`` ('unknown'), never a quiet 'no'; the
``blocks`` of a RemoteOrder say which parts of it the answer covered.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Block(StrEnum):
    """A part of an order that one kind of call covers or leaves out."""

    STATUS = "status"
    LINES = "lines"
    RECIPIENT = "recipient"
    BUYER = "buyer"
    CANCELLATION = "cancellation"
    TAX = "tax"
    PACKAGES = "packages"
    MONEY = "money"


class RemoteStatus(StrEnum):
    """Where the order stands on its marketplace, in our words."""

    PENDING = "pending"
    WAITING_ACCEPTANCE = "waiting_acceptance"
    OPEN = "open"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class NotOurs(StrEnum):
    """Why an order is not ours to ship (DESIGN section 2); empty text: it is ours."""

    FULFILLED_BY_MARKETPLACE = "fulfilled_by_marketplace"
    MARKETPLACE_LABEL = "marketplace_label"
    PICK_UP = "pick_up"
    DIGITAL = "digital"
    UNFULFILLABLE = "unfulfillable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An amount in one currency (ISO 4217)."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteAddress:
    """A recipient as the marketplace gave it; ``country`` is ISO 3166 alpha-2."""

    name: str = ""
    company: str = ""
    line1: str = ""
    line2: str = ""
    line3: str = ""
    city: str = ""
    state: str = ""
    postcode: str = ""
    country: str = ""
    phone: str = ""
    residential: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteLine:
    """One line of an order; quantities are whole units."""

    remote_id: str
    sku: str
    title: str
    quantity: int
    unit_price: Decimal | None = None
    tax: Decimal | None = None
    quantity_fulfilled: int | None = None
    quantity_cancelled: int | None = None
    cancel_requested: bool | None = None
    cancel_reason: str = ""
    cancel_doubt: bool = False  # nobody asks; the reason is a person's to judge
    ioss_number: str | None = None
    tax_scheme: str | None = None
    gift_message: str = ""
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemotePackage:
    """A parcel as the marketplace knows it: the witness of a read-back.

    ``shipped_at`` is when it left, as the seller told; ``told_at`` when the marketplace
    was told, where it notes that itself.
    """

    reference: str
    carrier: str
    tracking_number: str
    status: str
    shipped_at: datetime | None
    lines: tuple[tuple[str, int], ...]
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteOrder:
    """One order as a connector read it.

    ``as_of`` is when the request for this answer started (business time, UTC);
    ``updated_at`` is the marketplace's own time of last change. ``raw`` is the body.
    ``buyer_id`` is the buyer's name or number on the marketplace: it names whom to forget.
    ``delivery_option`` is the marketplace's code of how it is to be delivered, where a
    confirmation depends on it. ``accept_by`` and ``cancel_answer_by`` are when the
    marketplace decides by itself: that we refused, or that we let the buyer cancel.
    """

    remote_id: str
    number: str
    marketplace_id: str
    status: RemoteStatus
    raw_status: str
    ordered_at: datetime
    updated_at: datetime
    as_of: datetime
    blocks: frozenset[Block]
    lines: tuple[RemoteLine, ...]
    raw: dict[str, Any] = dataclasses.field(repr=False)
    not_ours: str = ""
    ship_by: datetime | None = None
    deliver_by: datetime | None = None
    accept_by: datetime | None = None
    cancel_answer_by: datetime | None = None
    service_level: str = ""
    delivery_option: str = ""
    programs: tuple[str, ...] = ()
    recipient: RemoteAddress | None = dataclasses.field(default=None, repr=False)
    buyer_name: str = dataclasses.field(default="", repr=False)
    buyer_email: str = dataclasses.field(default="", repr=False)
    buyer_id: str = dataclasses.field(default="", repr=False)
    currency: str = ""
    total: Decimal | None = None
    shipping_price: Decimal | None = None
    packages: tuple[RemotePackage, ...] | None = None
    unknown_values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MalformedOrder:
    """An order of a page that could not be read; the rest of the page goes on."""

    remote_id: str
    marketplace_id: str
    field: str
    problem: str
    raw: Any = dataclasses.field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CursorState:
    """How far a stream was read.

    ``watermark``: everything changed before it was stored. ``page_token`` with its
    ``params`` (repeated unchanged) continues a window; ``window_end`` is what the
    watermark becomes once the last page is stored. ``token_at`` is when it was given.
    """

    watermark: datetime | None = None
    window_end: datetime | None = None
    page_token: str = ""
    params: dict[str, str] = dataclasses.field(default_factory=dict)
    token_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPage:
    """One page of a stream. ``next`` is stored after the page; ``more`` says go on."""

    orders: tuple[RemoteOrder, ...]
    malformed: tuple[MalformedOrder, ...]
    next: CursorState
    more: bool
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A dispatch to be confirmed to the marketplace, by line and quantity.

    ``replaces`` are the numbers of voided labels that this parcel stands for, newest
    first: the marketplace may have any of them, and its parcel is then to be corrected.
    """

    order_remote_id: str
    marketplace_id: str
    package_ref: str
    carrier_code: str
    carrier_name: str
    service: str
    tracking_number: str
    shipped_at: datetime
    lines: tuple[tuple[str, int], ...]
    delivery_option: str = ""
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Which lines of an order we take: every open line with yes or no."""

    order_remote_id: str
    marketplace_id: str
    lines: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationAnswer:
    """A person's word on a cancellation, to be told to the marketplace.

    ``accept`` without an open request cancels as the seller. ``lines`` are (line id,
    units), all open ones for a whole order; ``whole`` says that none is left.
    ``reason`` is the code of a Choice or ''; ``reference`` is the same at each try.
    """

    order_remote_id: str
    marketplace_id: str
    accept: bool
    lines: tuple[tuple[str, int], ...]
    whole: bool
    reason: str
    reference: str


class ChoiceKind(StrEnum):
    """What a marketplace lists for us to choose from."""

    CARRIER = "carrier"
    CANCEL_REASON = "cancel_reason"
    REJECT_REASON = "reject_reason"
    FIELD = "field"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One entry of a marketplace's own list: a carrier, a reason, a custom field.

    ``scope`` is what the list belongs to ('' the account, or a delivery option);
    ``standard`` is a name that other accounts share, where there is one.
    """

    kind: ChoiceKind
    code: str
    label: str
    scope: str = ""
    standard: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierDefault:
    """A proven mapping: ShipStation carrier (and service, '' = any) to the remote's."""

    shipstation_carrier: str
    shipstation_service: str
    carrier_code: str
    carrier_name: str = ""
    service: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetSpec:
    """A quota: a bucket (``rate`` per second up to ``capacity``) or, with ``period``
    seconds above 0, a fixed window of ``capacity`` calls. Times are business seconds.
    ``reserve`` is what only urgent calls may use.
    """

    group: str
    capacity: int
    rate: float = 0.0
    period: float = 0.0
    reserve: int = 0
    source: str = ""


class ConnectionOutcome(StrEnum):
    """What 'test connection' can find; each has one sentence on screen."""

    WORKS = "works"
    BAD_KEY = "bad_key"
    SECRET_EXPIRED = "secret_expired"  # noqa: S105 - the name of an outcome
    REVOKED = "revoked"
    ROLE_MISSING = "role_missing"
    WRONG_REGION = "wrong_region"
    PLAN_WITHOUT_API = "plan_without_api"
    STORE_INACTIVE = "store_inactive"
    TAG_MISSING = "tag_missing"
    UNREACHABLE = "unreachable"
    THROTTLED = "throttled"
    UNEXPECTED = "unexpected"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionReport:
    """The outcome of 'test connection' and the sentence that says it."""

    outcome: ConnectionOutcome
    sentence: str
    details: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the connection may be used."""
        return self.outcome is ConnectionOutcome.WORKS


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshToken:
    """A new access token, good for so many business seconds.

    ``secrets`` and ``settings`` are what came with it and replaces what the account
    has (a refresh token that changes with each use).
    """

    token: str = dataclasses.field(repr=False)
    seconds: float
    secrets: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a seller's consent gave us: secrets to seal and settings to keep."""

    secrets: Mapping[str, str] = dataclasses.field(repr=False)
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    """A consent, token or secret that ends; ``remedy`` is a sentence for people."""

    what: str
    at: datetime
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """What somebody sent to our address; header names are in lower case.

    ``url`` is our public address of it, without the query.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes = dataclasses.field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message of a queue that we listen to: a nudge, never a fact.

    ``receipt`` takes it off the queue once it is stored. ``order_remote_id`` names the
    order to read where lists show a change only later than the message comes.
    """

    dedupe_key: str
    topic: str
    receipt: str
    happened_at: datetime | None = None
    order_remote_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookAnswer:
    """What to answer, and what it asks of us. It is never a fact, only a nudge.

    Without a ``dedupe_key`` nothing is kept (a challenge, a refusal). ``look`` says
    that orders may have changed; ``forget_buyers`` names buyers of this marketplace
    whose data must go.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    dedupe_key: str = ""
    topic: str = ""
    look: bool = False
    forget_buyers: tuple[str, ...] = ()
