"""What decide() sees and what it says: frozen values, no models, no I/O."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any

from orders.facts_after import (
    MARKETPLACE_REFUNDS,
    FollowUpDraft,
    FollowUpFacts,
    RefundFacts,
    ShortFacts,
)
from orders.facts_parcels import (
    NO_LIMITS,
    CombineLimits,
    DispatchFacts,
    LaneFacts,
    ShipmentFacts,
)
from orders.facts_past import AttemptFacts, CorrectionFacts, DecisionFacts
from orders.matching import Likeness


class Operation(StrEnum):
    """A kind of call (DESIGN section 3)."""

    PUSH = "push"
    UPDATE = "update"
    HOLD = "hold"
    RESTORE = "restore"
    CANCEL = "cancel"
    LOOK = "look"
    CONFIRM = "confirm"
    READ_BACK = "read_back"
    ACCEPT = "accept"
    ANSWER = "answer"
    TAX = "tax"
    VOID = "void"


class Priority(IntEnum):
    """Lower goes first; up to URGENT a call may use a budget's reserve."""

    STOP = 0
    URGENT = 1
    CONFIRM = 3
    PUSH = 5
    LOOK = 7


def fingerprint(*parts: object) -> str:
    """A short stable name of a cause or a payload."""
    text = "\x1f".join(str(part) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    """An order line; quantities in units."""

    id: int
    remote_id: str
    line_key: str
    sku: str
    quantity: int
    cancelled: int = 0
    cancel_requested: bool = False
    cancel_doubt: bool = False
    fulfilled: int | None = None

    @property
    def wanted(self) -> int:
        """Units that are still to be shipped or were shipped."""
        return max(0, self.quantity - self.cancelled)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFacts:
    """A parcel as the marketplace reads it back."""

    reference: str
    carrier: str
    tracking: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketFacts:
    """The marketplace's side; ``None`` is unknown, never 'no'."""

    status: str
    raw_status: str
    not_ours: str
    ordered_at: datetime
    ship_by: datetime | None
    status_as_of: datetime
    cancel_as_of: datetime | None
    cancel_seq: int = 0
    packages: tuple[PackageFacts, ...] | None = None
    packages_as_of: datetime | None = None
    unknown_values: tuple[str, ...] = ()
    tax_number: str = ""
    # What the store's tax rules found.
    rule_number: str = ""
    accept_by: datetime | None = None
    cancel_answer_by: datetime | None = None
    delivery_option: str = ""
    # When a person asked for it to be read anew before anything else is sent.
    fresh_asked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFacts:
    """A ShipStation order that belongs, or may belong, to this order.

    ``ours``: we created it (its key is one of ours). ``linked``: it is this order's.
    ``absorbed_by``: ShipStation id of the primary it was combined into. ``shared``: a
    combine put other orders' lines into it. ``split``: its goods were parted over
    several records. ``candidate``: somebody else's record with our number.
    ``held_by_us``: held by us, for this very order. ``wanted_held``: another order in
    it waits for a person's word on its cancellation. ``modified_at``: ShipStation's own
    time of the last change. Direct mode alone: ``likeness`` with our order, ``rivals``:
    other orders that are as like it, ``tax_shown``: whether our tax number stands in its
    fields (None: not read). ``unread``: not read since we wrote it last.
    """

    id: int
    ss_order_id: int
    ours: bool
    linked: bool
    status: str
    as_of: datetime
    held_by_us: bool = False
    hold_until: date | None = None
    shared: bool = False
    absorbed_by: int | None = None
    parent_id: int | None = None
    gone: bool = False
    candidate: bool = False
    lines_match: bool = False
    address_verified: str = ""
    written_digest: str = ""
    written_status: str = ""
    written_at: datetime | None = None
    modified_at: datetime | None = None
    unread: bool = False
    split: bool = False
    wanted_held: bool = False
    likeness: Likeness | None = None
    rivals: int = 0
    tax_shown: bool | None = None
    # As ShipStation's newer interface showed it.
    tax_number: str = ""
    tax_as_of: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why an order can't be pushed as it is.

    ``code`` is the kind of case it becomes, '' for the usual ones of a payload;
    ``releasable``: a person may have it sent all the same. ``context`` goes with the
    case.
    """

    field: str
    message: str
    hard: bool
    code: str = ""
    releasable: bool = False
    context: Mapping[str, Any] = dataclass_field(default_factory=dict, hash=False)

    @property
    def cause(self) -> str:
        """What a person's word on it answers, whatever else of the order changes."""
        return fingerprint(self.code, self.field, self.message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The store's operating model, and the peer's lag.

    Direct mode alone: ``shipped_owner`` tells the marketplace ('shipstation',
    'shipsync'), ``arrives_within`` and ``told_within`` are how long ShipStation's own
    connection may take.
    """

    confirm_timing: str = "at_label"
    confirm_after: timedelta = timedelta(0)
    confirm_margin: timedelta = timedelta(hours=1)
    release_window: timedelta = timedelta(0)
    cancel_request: str = "ask"
    combined: str = "ask"
    acceptance: str = "ask"
    lag: timedelta = timedelta(minutes=5)
    timezone: str = "UTC"
    shipped_owner: str = "shipstation"
    arrives_within: timedelta = timedelta(hours=2)
    told_within: timedelta = timedelta(hours=6)
    after_label: str = "ask"
    answered_by: str = "console"
    tax_route: str = "custom_field_1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything decide() may know about one order.

    ``mirror_read_at``: all that ShipStation changed before it has been read, its index
    lag allowed for; None until ShipStation's orders were read once. ``store_mode`` and
    ``route`` are those of when it was placed: 'ours' to create, 'before' a start, or
    'after' a roll-back. ``given_back_at``: from when on another route may have brought
    what is ours as well; ``resumed``: the store has started again since.
    """

    order_id: int
    number: str
    key_generation: int
    imported_at: datetime
    store_state: str
    store_mode: str
    market: MarketFacts
    lines: tuple[LineFacts, ...]
    payload_digest: str
    problems: tuple[Problem, ...] = ()
    records: tuple[RecordFacts, ...] = ()
    shipments: tuple[ShipmentFacts, ...] = ()
    dispatches: tuple[DispatchFacts, ...] = ()
    attempts: tuple[AttemptFacts, ...] = ()
    decisions: tuple[DecisionFacts, ...] = ()
    correction: CorrectionFacts | None = None
    follow_ups: tuple[FollowUpFacts, ...] = ()
    shorts: tuple[ShortFacts, ...] = ()
    refund: RefundFacts = MARKETPLACE_REFUNDS
    mirror_read_at: datetime | None = None
    parked: tuple[tuple[str, str], ...] = ()
    route: str = "ours"
    given_back_at: datetime | None = None
    resumed: bool = False
    can_confirm: bool = True
    can_correct: bool = True
    can_read_one: bool = True
    lane: LaneFacts | None = None
    combine_limits: CombineLimits = NO_LIMITS
    # What the connector can be told beyond dispatches (Capability values).
    capabilities: frozenset[str] = frozenset()
    # What the marketplace's own pages for sellers are called.
    seller_pages: str = "the marketplace's own pages for sellers"

    @property
    def direct(self) -> bool:
        """Whether ShipStation's own connection runs the store."""
        return self.store_mode == "direct"

    @property
    def runs(self) -> bool:
        """Whether all is decided as for a live store: in shadow it is, though unsent."""
        return self.store_state in ("live", "shadow")

    @property
    def silent(self) -> bool:
        """Whether nothing may be sent to any peer for this store."""
        return self.store_state in ("draft", "shadow")

    def decision(self, *causes: str) -> DecisionFacts | None:
        """The latest word a person gave to one of these causes."""
        words = [d for d in self.decisions if d.cause in causes]
        return max(words, key=lambda d: d.at, default=None)

    def chosen(self, *causes: str) -> str:
        """The record that the latest word on these causes names, or ''."""
        word = self.decision(*causes)
        return "" if word is None else word.target

    def decided(self, *causes: str) -> str:
        """The latest verb a person gave to one of these causes, or ''."""
        word = self.decision(*causes)
        return "" if word is None else word.verb


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One thing to do towards one peer; ``target`` is a record or dispatch id.

    ``held``: a push that is created on hold (release window). ``yes`` and ``choice``:
    what is answered, and with which of the marketplace's reasons.
    """

    peer: str
    operation: Operation
    target: str
    priority: Priority
    due_at: datetime
    digest: str = ""
    held: bool = False
    yes: bool = True
    choice: str = ""

    @property
    def reads(self) -> bool:
        """Whether it changes nothing at the peer."""
        return self.operation in (Operation.LOOK, Operation.READ_BACK)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDraft:
    """A case that should stand; ``cause`` is what a decision would answer."""

    kind: str
    cause: str
    summary: str
    deadline: datetime | None = None
    context: dict[str, Any] = dataclass_field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchDraft:
    """A dispatch that should exist for a shipment.

    ``supersedes``: the dispatch whose label was voided; its package is corrected.
    """

    shipment_id: int
    lines: tuple[tuple[int, int], ...]
    supersedes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RungChange:
    """A dispatch whose evidence moved."""

    dispatch_id: int
    rung: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What a read showed of a write whose answer was lost: it was ours, and it is done.

    ``digest``: the payload the record was made from; ``status``: what we had asked;
    ``held``: the hold on it is ours. Empty values change nothing.
    """

    record_id: int
    digest: str = ""
    status: str = ""
    held: bool = False
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """All that should be true of an order now: the whole set, not a difference."""

    stage: str
    why: str
    work: tuple[Work, ...] = ()
    cases: tuple[CaseDraft, ...] = ()
    dispatches: tuple[DispatchDraft, ...] = ()
    rungs: tuple[RungChange, ...] = ()
    follow_ups: tuple[FollowUpDraft, ...] = ()
    found: tuple[int, ...] = ()
    adopt: int | None = None
    raise_generation: bool = False
    settled: tuple[int, ...] = ()
    learned: tuple[Learned, ...] = ()
    closed: bool = False
    next_look_at: datetime | None = None
