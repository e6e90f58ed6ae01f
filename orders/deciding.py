"""The working paper of decide(): the snapshot, what is derived from it, the findings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from orders.decide_doubts import NEAR_SHIP_BY, NEW, settle
from orders.facts import (
    AttemptFacts,
    CaseDraft,
    DispatchDraft,
    FollowUpDraft,
    Operation,
    Policy,
    Priority,
    RecordFacts,
    RungChange,
    ShipmentFacts,
    Snapshot,
    Verdict,
    Work,
    fingerprint,
)

OPEN_STATUSES = ("awaiting_payment", "awaiting_shipment", "pending_fulfillment")
# Words after which a case with the same cause does not come back.
ANSWERED = ("accept", "taken_out", "left_with_it", "given_up")
# The target of a read of the whole order at its marketplace.
ORDER = "order"
# holduntil releases itself on its date: renew it while that is less than two days off.
HOLD_RENEWAL = timedelta(days=2)
# What each write does, for a store that only would do it.
DONE = {
    Operation.PUSH: "pushed",
    Operation.UPDATE: "rewritten in ShipStation",
    Operation.HOLD: "held",
    Operation.RESTORE: "released",
    Operation.CANCEL: "cancelled in ShipStation",
    Operation.CONFIRM: "confirmed",
    Operation.ACCEPT: "accepted or refused",
    Operation.ANSWER: "answered",
    Operation.VOID: "voided",
}
# How long to wait for the mirror's next pass.
MIRROR_WAIT = timedelta(seconds=20)


class Deciding:
    """Collects one Verdict; only decide() and its modules use it."""

    def __init__(self, snapshot: Snapshot, policy: Policy, now: datetime) -> None:
        self.doubtful = settle(snapshot, policy)
        self.s, self.p, self.now = self.doubtful.snapshot, policy, now
        self.stage, self.why, self.closed = "waiting", "", False
        self.own = [r for r in self.s.records if r.linked or r.ours]
        self.current: RecordFacts | None = None
        self.parts: list[RecordFacts] = []
        self.lost: RecordFacts | None = None
        self.no_confirm = False
        self.confirm_blocked = False
        # Parcels that are ours to tell of, by shipment id; None is all of them.
        self.may_tell: set[int] | None = None
        self.told = False
        self.adopt: int | None = None
        self.raise_generation = False
        self.settled: set[int] = set(self.doubtful.settled)
        self.work: list[Work] = []
        self.cases: list[CaseDraft] = []
        self.dispatches: list[DispatchDraft] = []
        self.rungs: list[RungChange] = []
        self.follow_ups: list[FollowUpDraft] = []
        # Short picks that are over.
        self.found: set[int] = set()
        self._next: datetime | None = None

    # --- derived ---------------------------------------------------------------

    @property
    def live_shipments(self) -> list[ShipmentFacts]:
        """Shipments whose label still stands."""
        return [shipment for shipment in self.s.shipments if not shipment.voided]

    @property
    def packed(self) -> list[ShipmentFacts]:
        """The same, the goods of each record once.

        A second label of a record with the same goods adds none: it was printed again,
        and the void of the first may be read later.
        """
        found: dict[object, ShipmentFacts] = {}
        for shipment in sorted(self.live_shipments, key=lambda x: (x.created_at, x.id)):
            goods = None if shipment.lines is None else tuple(sorted(shipment.lines))
            found.setdefault((shipment.ss_order_id, goods), shipment)
        return list(found.values())

    @property
    def shipped(self) -> bool:
        """Whether a label stands for this order, or for one it went into."""
        return bool(self.live_shipments) or any(
            part.status == "shipped" for part in self.parts
        )

    @property
    def rest(self) -> list[RecordFacts]:
        """Records from which goods of this order can still be packed.

        Labels and orders are read apart: a record with a label has left, whatever
        status was last read of it.
        """
        left = {shipment.ss_order_id for shipment in self.live_shipments}
        return [
            part
            for part in self.parts
            if part.status != "shipped" and part.ss_order_id not in left
        ]

    @property
    def pushes_in_doubt(self) -> list[AttemptFacts]:
        """Creations of which nobody knows yet whether they happened, oldest first."""
        return [a for a in self.doubtful.standing if a.target == NEW]

    def record(self, ss_order_id: int | None) -> RecordFacts | None:
        """The record with this ShipStation id, if it is known."""
        return next((r for r in self.s.records if r.ss_order_id == ss_order_id), None)

    def combined(self, record: RecordFacts | None) -> bool:
        """Whether this record holds other orders' goods as well."""
        return record is not None and (
            record.shared or not (record.linked or record.ours)
        )

    @property
    def direct(self) -> bool:
        """Whether ShipStation's own connection runs this order.

        An order that we created goes on as it began, whatever the store's mode is now.
        """
        return self.s.direct and not any(r.ours for r in self.own)

    def tells(self, shipment: ShipmentFacts) -> bool:
        """Whether this parcel is ours to tell the marketplace of: one owner for each."""
        if self.may_tell is None:
            return not shipment.notified
        return shipment.id in self.may_tell

    def writes_status(self, record: RecordFacts) -> bool:
        """Whether a cancellation of ours may be written to this record as a whole.

        What ShipStation imported is written back as read, with its status changed.
        """
        return record.ours or (self.direct and record.linked and not record.split)

    def read_past(self, moment: datetime) -> bool:
        """Whether all that ShipStation changed before this moment has been read."""
        read_at = self.s.mirror_read_at
        return read_at is not None and read_at >= moment

    def partly(self, asked: Sequence[str]) -> bool:
        """Whether only some of the open lines are asked to be cancelled."""
        return bool(asked) and len(asked) < sum(1 for x in self.s.lines if x.wanted)

    def near_ship_by(self) -> bool:
        """Whether waiting any longer could cost the deadline."""
        ship_by = self.s.market.ship_by
        return ship_by is not None and self.now >= ship_by - NEAR_SHIP_BY

    def release_at(self) -> datetime:
        """When our release window ends; near ship-by it is skipped."""
        end = self.s.market.ordered_at + self.p.release_window
        ship_by = self.s.market.ship_by
        return end if ship_by is None else min(end, ship_by - NEAR_SHIP_BY)

    def changed(self, record: RecordFacts) -> bool:
        """Whether the marketplace says something else now than ShipStation was told.

        What a combined record was told of this order stands in the one it absorbed,
        what a part of a split one was told in the one that it was split from.
        """
        told = [record]
        if not (record.linked or record.ours):
            told = [r for r in self.own if r.absorbed_by is not None]
        elif record.split:
            told = [r for r in self.own if r.split]
        return any(r.written_digest not in ("", self.s.payload_digest) for r in told)

    def in_doubt(self, record: RecordFacts) -> bool:
        """Whether a write to this record may or may not have happened."""
        target = str(record.ss_order_id)
        return any(a.target == target for a in self.doubtful.standing)

    def refusal(
        self,
        operation: Operation,
        target: str,
        digest: str,
        *,
        changed_at: datetime | None = None,
    ) -> AttemptFacts | None:
        """The last refusal of this very payload, unless a person asked to retry.

        ``changed_at``: what was refused before the record changed there says nothing
        of it now (a label that locked it was voided).
        """
        found = [
            a
            for a in self.s.attempts
            if a.operation == operation
            and a.target == target
            and a.digest == digest
            and a.outcome in ("refused", "locked")
            and (changed_at is None or a.started_at >= changed_at)
        ]
        last = max(found, key=lambda a: (a.started_at, a.id), default=None)
        return None if last is None or last.retried else last

    # --- findings ----------------------------------------------------------------

    def look_at(self, moment: datetime) -> None:
        """Be decided again at this moment at the latest."""
        if moment > self.now and (self._next is None or moment < self._next):
            self._next = moment

    def add(
        self,
        peer: str,
        operation: Operation,
        target: str,
        priority: Priority,
        *,
        digest: str = "",
        due_at: datetime | None = None,
        held: bool = False,
        yes: bool = True,
        choice: str = "",
    ) -> None:
        """Want this work."""
        self.work.append(
            Work(
                peer=peer,
                operation=operation,
                target=target,
                priority=priority,
                due_at=due_at or self.now,
                digest=digest,
                held=held,
                yes=yes,
                choice=choice,
            )
        )

    def not_yet(self) -> str:
        """Why an order that is not open at its marketplace waits."""
        market = self.s.market
        if market.status == "unknown" and market.unknown_values:
            return f"Waits for a person: {market.unknown_values[0]}"
        return f"The marketplace says {market.raw_status}: not to be shipped yet"

    def await_mirror(self, moment: datetime) -> None:
        """What was there at this moment: the mirror shows it, or not, after the lag."""
        self.look_at(max(moment + self.p.lag, self.now + MIRROR_WAIT))

    def look_first(self) -> None:
        """Where a write to a record is in doubt, look at it before anything else.

        What was told in doubt is over with the read since, also where it is told no
        more: an order that was taken, or cancelled, asks for no answer. A cancelled one
        closes at once, so that a call still at work is settled by the same read.
        """
        final = self.s.market.status == "cancelled"
        read_at: dict[str, datetime | None] = {
            Operation.ACCEPT: self.s.market.status_as_of,
            Operation.ANSWER: self.s.market.cancel_as_of,
        }
        for attempt in self.s.attempts:
            read = read_at.get(attempt.operation)
            since = attempt.started_at if final else attempt.over_at
            if attempt.in_doubt and read is not None and read > since:
                self.settled.add(attempt.id)
        known = {str(r.ss_order_id) for r in self.s.records}
        for target in sorted({a.target for a in self.doubtful.standing}):
            if target in known:
                self.add("shipstation", Operation.LOOK, target, Priority.URGENT)
        for attempt in self.doubtful.standing:
            if attempt.target not in known:
                self.await_mirror(attempt.started_at)

    def write(
        self, operation: Operation, record: RecordFacts, priority: Priority
    ) -> bool:
        """Want a write to this record, unless one is in doubt or it was refused."""
        if self.in_doubt(record):
            return False
        target, digest = str(record.ss_order_id), self.s.payload_digest
        refusal = self.refusal(operation, target, digest, changed_at=record.modified_at)
        if refusal is None:
            self.add("shipstation", operation, target, priority, digest=digest)
            return True
        if operation in (Operation.HOLD, Operation.CANCEL):
            self.refused("hold_refused", refusal)
        elif operation is Operation.UPDATE and refusal.outcome == "locked":
            self.refused("change_locked", refusal)
        else:
            self.refused("update_refused", refusal)
        return False

    def renew_hold(self, record: RecordFacts) -> None:
        """A hold with a date releases itself: push the date out before it comes."""
        if record.hold_until is None:
            return
        midnight = datetime.combine(record.hold_until, time(), self.now.tzinfo)
        if self.now >= midnight - HOLD_RENEWAL:
            self.write(Operation.HOLD, record, Priority.STOP)
        self.look_at(midnight - HOLD_RENEWAL)

    def case(
        self,
        kind: str,
        cause: str,
        summary: str,
        *,
        deadline: datetime | None = None,
        **context: Any,
    ) -> None:
        """Want this case, unless a person has answered its very cause for good."""
        if self.s.decided(cause) in ANSWERED:
            return
        if any((c.kind, c.cause) == (kind, cause) for c in self.cases):
            return
        self.cases.append(
            CaseDraft(
                kind=kind,
                cause=cause,
                summary=summary[:300],
                deadline=deadline,
                context=context,
            )
        )

    def refused(
        self, kind: str, refusal: AttemptFacts, *, deadline: datetime | None = None
    ) -> None:
        """Want a case for a refusal; the remote's words stand in it."""
        self.case(
            kind,
            fingerprint(refusal.operation, refusal.target, refusal.digest),
            refusal.text or f"Refused with {refusal.code or 'no reason given'}",
            deadline=deadline or self.s.market.ship_by,
            code=refusal.code,
            field=refusal.field,
        )

    def verdict(self) -> Verdict:
        """Everything found, as one value."""
        closed = self.closed and not (
            self.work or self.dispatches or self.doubtful.standing
        )
        shadow = self.s.store_state == "shadow"
        return Verdict(
            stage=self.stage,
            why=(self._would() if shadow else self.why)[:300],
            work=tuple(w for w in self.work if not self.s.silent or w.reads),
            cases=() if shadow else tuple(self.cases),
            dispatches=() if shadow else tuple(self.dispatches),
            rungs=tuple(self.rungs),
            follow_ups=() if shadow else tuple(self.follow_ups),
            found=tuple(sorted(self.found)),
            adopt=self.adopt,
            raise_generation=self.raise_generation and not self.s.silent,
            settled=tuple(sorted(self.settled)),
            learned=self.doubtful.learned,
            closed=closed,
            next_look_at=None if closed else self._next,
        )

    def _would(self) -> str:
        """What would be done, if the store were not in shadow."""
        writes = [work for work in self.work if not work.reads]
        if writes:
            first = min(writes, key=lambda w: (w.priority, w.due_at))
            held = (
                " on hold" if first.operation is Operation.PUSH and first.held else ""
            )
            return f"Would be {DONE[first.operation]}{held}: the store is in shadow"
        if self.dispatches:
            return "Would be confirmed: the store is in shadow"
        if self.cases:
            return (
                f"Would ask a person: {self.cases[0].summary} (the store is in shadow)"
            )
        return self.why
