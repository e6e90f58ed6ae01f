"""What becomes of a verdict: its work is done, and its marketplace answers as it does.

``run`` decides and acts until nothing is left to do, a minute a round, and checks at
each step what must never happen. What we know of the marketplace is what was read; what
is true there may have moved on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from orders.decide import decide
from orders.deciding import OPEN_STATUSES
from orders.facts import (
    DispatchFacts,
    LineFacts,
    Operation,
    PackageFacts,
    Policy,
    RecordFacts,
    Snapshot,
    Verdict,
    Work,
    fingerprint,
)
from tests.orders.decide.build import (
    CHANGED,
    DIGEST,
    MINUTE,
    NOW,
    TRACKING,
    attempt,
    record,
)
from tests.orders.decide.channels.sellers import Seller, parcel

ROUNDS = 16
HOLD_FOR = timedelta(days=14)
LETS_GO = ("ship_anyway", "confirm", "reject_request")


@dataclass(frozen=True, kw_only=True)
class End:
    """Where it came to rest: all that was done, in order, and the last word."""

    done: tuple[str, ...]
    facts: Snapshot
    verdict: Verdict
    now: datetime


def asked_lines(facts: Snapshot) -> list[LineFacts]:
    return [x for x in facts.lines if x.cancel_requested and x.wanted]


def is_cancelled(facts: Snapshot) -> bool:
    return facts.market.status == "cancelled" or not any(x.wanted for x in facts.lines)


def packable(facts: Snapshot) -> list[RecordFacts]:
    """Records whose goods a packer could take up now."""
    left = {x.ss_order_id for x in facts.shipments if not x.voided}
    return [
        r
        for r in facts.records
        if r.status in OPEN_STATUSES
        and not r.gone
        and not r.candidate
        and r.absorbed_by is None
        and r.ss_order_id not in left
    ]


def never_broken(facts: Snapshot, verdict: Verdict, *, person: bool) -> None:
    """What holds in every cell, at every step; ``person``: somebody spoke to the buyer."""
    work = {str(w.operation) for w in verdict.work}
    cancelled, asks = is_cancelled(facts), bool(asked_lines(facts))
    stops = {w.target for w in verdict.work if w.operation is Operation.HOLD}
    let_go = any(d.verb in LETS_GO for d in facts.decisions)
    gone_on = facts.market.status == "shipped"
    if cancelled or (asks and not let_go and not gone_on):
        assert {str(r.ss_order_id) for r in packable(facts)} <= stops
        assert not work & {"push", "restore", "update"}
    if cancelled:
        assert "confirm" not in work
        assert not verdict.dispatches
    if "answer" in work:
        assert person
    ours = {str(r.ss_order_id) for r in facts.records if r.held_by_us}
    for w in verdict.work:
        if w.operation is Operation.RESTORE:
            assert w.target in ours
    targets = [(w.peer, w.target) for w in verdict.work]
    assert len(targets) == len(set(targets))


def run(
    seller: Seller,
    facts: Snapshot,
    policy: Policy,
    *,
    person: bool = False,
    now: datetime = NOW,
) -> End:
    """Decide and act until nothing is left to be done by us; raises if it never ends."""
    there = _There(seller, facts)
    done: list[str] = []
    for _ in range(ROUNDS):
        verdict = decide(facts, policy, now)
        assert decide(facts, policy, now) == verdict
        never_broken(facts, verdict, person=person)
        due = [w for w in verdict.work if w.due_at <= now]
        if not (verdict.work or verdict.dispatches or verdict.rungs or verdict.settled):
            return End(done=tuple(done), facts=facts, verdict=verdict, now=now)
        facts = _wrote(facts, verdict)
        for work in due:
            facts = there.does(facts, work, now)
            done.append(_name(work))
        later = [w.due_at for w in verdict.work if w.due_at > now]
        now = max(now + MINUTE, min(later)) if later and not due else now + MINUTE
    raise AssertionError(f"It never comes to rest: {', '.join(done)}")


def one_left_out(
    seller: Seller, facts: Snapshot, verdict: Verdict, work: Work, now: datetime
) -> Snapshot:
    """All of a verdict is done but this."""
    there = _There(seller, facts)
    rest = _wrote(facts, verdict)
    for other in verdict.work:
        if other is not work and other.due_at <= now:
            rest = there.does(rest, other, now)
    return rest


def _name(work: Work) -> str:
    if work.operation in (Operation.ANSWER, Operation.ACCEPT):
        return f"{work.operation} {'yes' if work.yes else 'no'}"
    if work.operation is Operation.READ_BACK:
        return "read"
    return f"{work.operation} {work.target}"


def _wrote(facts: Snapshot, verdict: Verdict) -> Snapshot:
    """Our own rows, as the loop writes them down from a verdict."""
    rungs = {x.dispatch_id: x.rung for x in verdict.rungs}
    rows = [replace(x, rung=rungs.get(x.id, x.rung)) for x in facts.dispatches]
    for draft in verdict.dispatches:
        number = len(rows) + 1
        rows.append(
            DispatchFacts(
                id=number,
                shipment_id=draft.shipment_id,
                package_ref=number,
                rung="due",
                rung_at=NOW,
                lines=draft.lines,
            )
        )
    rest = tuple(x for x in facts.attempts if x.id not in verdict.settled)
    return replace(facts, dispatches=tuple(rows), attempts=rest)


class _There:
    """The order as it is at its marketplace, read or not."""

    def __init__(self, seller: Seller, facts: Snapshot) -> None:
        self.seller = seller
        self.market, self.lines = facts.market, facts.lines
        for told in facts.dispatches:
            if told.rung == "accepted" and not is_cancelled(facts):
                self._takes(told, TRACKING)

    def does(self, facts: Snapshot, work: Work, now: datetime) -> Snapshot:
        """One call, and what it changes of what we know."""
        match work.operation:
            case Operation.CONFIRM:
                return self._confirm(facts, work, now)
            case Operation.READ_BACK:
                return self._read(facts, now)
            case Operation.ANSWER | Operation.ACCEPT:
                return self._told(facts, work, now)
            case Operation.PUSH:
                made = record(
                    written_digest=facts.payload_digest,
                    written_at=now,
                    modified_at=now,
                    as_of=now,
                )
                return replace(facts, records=(*facts.records, made))
        rows = (
            _record(r, work, facts, now) if str(r.ss_order_id) == work.target else r
            for r in facts.records
        )
        return replace(facts, records=tuple(rows))

    def _read(self, facts: Snapshot, now: datetime) -> Snapshot:
        packages = self.market.packages or ()
        seen = replace(
            facts,
            lines=self.lines,
            market=replace(
                self.market,
                status_as_of=now,
                cancel_as_of=now,
                packages=packages,
                packages_as_of=now,
            ),
            payload_digest=CHANGED if any(x.cancelled for x in self.lines) else DIGEST,
        )
        return self.seller.dressed(seen)

    def _confirm(self, facts: Snapshot, work: Work, now: datetime) -> Snapshot:
        told = next(x for x in facts.dispatches if str(x.id) == work.target)
        number = next(x.tracking for x in facts.shipments if x.id == told.shipment_id)
        if self._requested() and self.seller.late == "refuses it":
            return _tried(
                facts, work, "refused", now, code="cancel_request_open", rung="refused"
            )
        if self._requested() and self.seller.late == "ends the request":
            self._each(cancel_requested=lambda _: False)
        self._takes(told, number)
        rows = (
            replace(
                x, rung="accepted", rung_at=now, accepted_at=now, sent_tracking=number
            )
            if x is told
            else x
            for x in facts.dispatches
        )
        return replace(facts, dispatches=tuple(rows))

    def _takes(self, told: DispatchFacts, number: str) -> None:
        units = dict(told.lines)
        self._each(
            fulfilled=lambda x: min(x.wanted, (x.fulfilled or 0) + units.get(x.id, 0))
        )
        shown: Iterable[PackageFacts] = self.market.packages or ()
        whole = all(x.wanted <= (x.fulfilled or 0) for x in self.lines)
        self.market = replace(
            self.market,
            status="shipped" if whole else "partly_shipped",
            packages=(*shown, parcel(self.seller, number)),
        )

    def _told(self, facts: Snapshot, work: Work, now: datetime) -> Snapshot:
        if work.operation is Operation.ACCEPT:
            self.market = replace(
                self.market, status="open" if work.yes else "cancelled"
            )
        else:
            wanted = {x.id for x in asked_lines(facts)} if work.yes else set()
            self._each(
                cancelled=lambda x: x.quantity if x.id in wanted else x.cancelled,
                cancel_requested=lambda _: False,
            )
            if not any(x.wanted for x in self.lines):
                self.market = replace(self.market, status="cancelled")
        return _tried(facts, work, "ok", now)

    def _requested(self) -> bool:
        return any(x.cancel_requested and x.wanted for x in self.lines)

    def _each(self, **change: Callable[[LineFacts], Any]) -> None:
        self.lines = tuple(
            replace(x, **{name: of(x) for name, of in change.items()})
            for x in self.lines
        )


def _tried(
    facts: Snapshot,
    work: Work,
    outcome: str,
    now: datetime,
    *,
    code: str = "",
    rung: str = "",
) -> Snapshot:
    row = attempt(
        str(work.operation),
        work.target,
        outcome,
        id=len(facts.attempts) + 1,
        digest=work.digest,
        code=code,
        text=code,
        started_at=now,
        finished_at=now,
    )
    dispatches = tuple(
        replace(x, rung=rung) if rung and str(x.id) == work.target else x
        for x in facts.dispatches
    )
    return replace(facts, attempts=(*facts.attempts, row), dispatches=dispatches)


def _record(
    row: RecordFacts, work: Work, facts: Snapshot, now: datetime
) -> RecordFacts:
    """The record after a write; what we may replace is written as the order is now."""
    holds = work.operation is Operation.HOLD
    status = {
        Operation.HOLD: "on_hold",
        Operation.RESTORE: "awaiting_shipment",
        Operation.CANCEL: "cancelled",
    }.get(work.operation, row.status)
    if work.operation is Operation.LOOK:
        return replace(row, as_of=now)
    replaces = row.ours and not row.shared and not row.split
    cancels = work.operation is Operation.CANCEL
    written: dict[str, Any] = {
        "written_digest": facts.payload_digest,
        "written_status": status,
        "written_at": now,
    }
    return replace(
        row,
        status=status,
        held_by_us=holds,
        hold_until=None if replaces or not holds else (now + HOLD_FOR).date(),
        as_of=now,
        modified_at=now,
        **(written if replaces or cancels else {}),
    )


def cause_of_request(facts: Snapshot) -> str:
    """The cause that a person's word on the request answers."""
    ids = sorted(x.remote_id for x in asked_lines(facts))
    return fingerprint("asked", facts.market.cancel_seq, *ids)
