"""Every other situation that decide() must know: one row each.

'cannot occur' on Amazon and so without a row: a kit partly shipped (ShipStation knows
no kits of ours, sheet 2.3 has single lines only); TikTok's remorse window.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from orders.decide import decide
from orders.decide_confirm import confirm_digest
from orders.facts import Policy, Problem, Snapshot
from tests.orders.decide.build import (
    ALL_LINES,
    CHANGED,
    HOUR,
    MINUTE,
    NOW,
    ORDERED,
    SHIP_BY,
    TRACKING,
    attempt,
    but,
    corrected,
    dispatch,
    kinds,
    label,
    lines,
    market,
    package,
    primary,
    record,
    says,
    snapshot,
    works,
)
from tests.orders.decide.build import absorbed as absorbed_record

DEFAULT = Policy()
WINDOW = Policy(release_window=timedelta(hours=3))
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Row:
    """What is known, and what must come of it: exactly this work and these cases."""

    name: str
    facts: Snapshot
    stage: str
    work: set[str] = field(default_factory=set)
    cases: set[str] = field(default_factory=set)
    closed: bool = False
    policy: Policy = DEFAULT
    now: datetime = NOW
    also: dict[str, Any] = field(default_factory=dict)


SHIPPED = {"records": (record(status="shipped"),), "shipments": (label(),)}
DUE = snapshot(**SHIPPED, dispatches=(dispatch(),))
CONFIRM = confirm_digest(dispatch(), label(), ALL_LINES)
HARD = Problem(field="shipTo.postalCode", message="Postcode is missing", hard=True)
SOFT = Problem(field="customerNotes", message="Note is cut", hard=False)
OURS_HELD = record(status="on_hold", held_by_us=True, written_status="on_hold")
OTHER = record(601, ours=False, linked=False, candidate=True)
TWIN = record(602, ours=False, linked=False, candidate=True)
SAME = replace(OTHER, lines_match=True)
DELETED = record(gone=True)
READ = {"packages": (), "packages_as_of": NOW - MINUTE}


def refused(
    operation: str, target: str, outcome: str = "refused", **facts: Any
) -> tuple[Any, ...]:
    return (attempt(operation, target, outcome, text="No.", **facts),)


def absorbed_unread() -> Any:
    """Our record as the mirror knows it that was combined before it was read."""
    return absorbed_record(
        written_digest="", written_status="", written_at=None, modified_at=None
    )


NOT_OURS = [
    Row(
        name=f"not ours: {reason}",
        facts=snapshot(market=market(not_ours=reason)),
        stage="not_ours",
        closed=True,
    )
    for reason in (
        "fulfilled_by_marketplace",
        "marketplace_label",
        "pick_up",
        "digital",
        "unfulfillable",
    )
] + [
    Row(
        name="not ours, but in ShipStation",
        facts=snapshot(market=market(not_ours="pick_up"), records=(record(),)),
        stage="not_ours",
        work={"hold 501"},
        cases={"not_ours_pushed"},
    ),
    Row(
        name="not ours, labelled, dealt with by hand: never confirmed",
        facts=but(
            DUE,
            not_ours="marketplace_label",
            decisions=(says("accept", "not_ours", "marketplace_label", 501),),
        ),
        stage="not_ours",
        closed=True,
    ),
    Row(
        name="not ours while its push is in doubt",
        facts=snapshot(
            market=market(not_ours="pick_up"),
            attempts=(attempt("push", "new", "unknown", started_at=NOW - MINUTE / 2),),
        ),
        stage="not_ours",
    ),
]

BEFORE = [
    Row(
        name="pending payment",
        facts=snapshot(market=market(status="pending", raw_status="PENDING")),
        stage="waiting",
    ),
    Row(
        name="pending past its ship-by is nobody's delay, and asked about",
        facts=snapshot(market=market(status="pending")),
        now=SHIP_BY + HOUR,
        stage="waiting",
        work={"read_back order"},
    ),
    Row(
        name="unknown status",
        facts=snapshot(
            market=market(
                status="unknown", raw_status="NEW", unknown_values=("status: NEW",)
            )
        ),
        stage="waiting",
        cases={"unknown_value"},
    ),
    Row(
        name="unknown status, looked at again by a person",
        facts=snapshot(
            market=market(
                status="unknown",
                raw_status="NEW",
                unknown_values=("status: NEW",),
                status_as_of=NOW - HOUR,
            ),
            decisions=(says("retry", "status: NEW"),),
        ),
        stage="waiting",
        work={"read_back order"},
        cases={"unknown_value"},
    ),
    Row(
        name="unknown status, read since a person looked again",
        facts=snapshot(
            market=market(
                status="unknown",
                raw_status="NEW",
                unknown_values=("status: NEW",),
                status_as_of=NOW,
            ),
            decisions=(says("retry", "status: NEW"),),
        ),
        stage="waiting",
        cases={"unknown_value"},
    ),
    Row(
        name="unknown status, not heard of for long",
        facts=snapshot(
            market=market(
                status="unknown", raw_status="NEW", status_as_of=NOW - 7 * HOUR
            )
        ),
        stage="waiting",
        work={"read_back order"},
    ),
    Row(
        name="unknown status never releases our hold",
        facts=snapshot(market=market(status="unknown"), records=(OURS_HELD,)),
        stage="held",
    ),
    Row(
        name="unknown value elsewhere goes on",
        facts=snapshot(market=market(unknown_values=("programs: X",))),
        stage="to_push",
        work={"push new"},
        cases={"unknown_value"},
    ),
    Row(
        name="unknown value accepted",
        facts=snapshot(
            market=market(unknown_values=("programs: X",)),
            decisions=(says("accept", "programs: X"),),
        ),
        stage="to_push",
        work={"push new"},
    ),
    *(
        Row(
            name=f"store is {state}",
            facts=snapshot(store_state=state),
            stage="to_push",
        )
        for state in ("paused", "draft", "revoked")
    ),
    Row(
        name="paused store still holds",
        facts=snapshot(
            store_state="paused",
            records=(record(),),
            lines=lines({"cancel_requested": True}, {"cancel_requested": True}),
        ),
        stage="held",
        work={"hold 501"},
        cases={"cancel_requested"},
    ),
    Row(
        name="paused store releases and tells nothing",
        facts=snapshot(store_state="paused", records=(OURS_HELD,)),
        stage="held",
    ),
    Row(
        name="paused store confirms nothing",
        facts=but(DUE, store_state="paused"),
        stage="dispatched",
    ),
    Row(
        name="ShipStation not read yet",
        facts=snapshot(mirror_read_at=None),
        stage="to_push",
    ),
    Row(
        name="direct store",
        facts=snapshot(store_mode="direct"),
        stage="waiting",
    ),
    Row(
        name="address incomplete",
        facts=snapshot(problems=(HARD,)),
        stage="to_push",
        cases={"address_incomplete"},
    ),
    Row(
        name="without lines",
        facts=snapshot(
            lines=(), problems=(Problem(field="items", message="None", hard=True),)
        ),
        stage="to_push",
        cases={"order_without_lines"},
    ),
    Row(
        name="a field that ShipStation can't take",
        facts=snapshot(
            problems=(Problem(field="orderNumber", message="Long", hard=True),)
        ),
        stage="to_push",
        cases={"order_unpushable"},
    ),
    Row(
        name="remark: pushed, and said",
        facts=snapshot(problems=(SOFT,)),
        stage="to_push",
        work={"push new"},
        cases={"payload_warning"},
    ),
    Row(
        name="remark stands after the push",
        facts=snapshot(problems=(SOFT,), records=(record(),)),
        stage="in_shipstation",
        cases={"payload_warning"},
    ),
    Row(
        name="remark read",
        facts=snapshot(
            problems=(SOFT,),
            records=(record(),),
            decisions=(says("accept", SOFT.field, SOFT.message, "d1"),),
        ),
        stage="in_shipstation",
    ),
    Row(
        name="release window: pushed on hold",
        facts=snapshot(),
        policy=WINDOW,
        stage="release",
        work={"push new"},
        also={"next_look_at": ORDERED + timedelta(hours=3)},
    ),
    Row(
        name="release window: waits",
        facts=snapshot(records=(OURS_HELD,)),
        policy=WINDOW,
        stage="release",
    ),
    Row(
        name="release window over, the marketplace not asked since",
        facts=snapshot(records=(OURS_HELD,)),
        policy=WINDOW,
        now=ORDERED + timedelta(hours=4),
        stage="release",
        work={"read_back order"},
    ),
    Row(
        name="release window over, asked again",
        facts=snapshot(
            records=(OURS_HELD,),
            market=market(status_as_of=ORDERED + timedelta(hours=3, minutes=5)),
        ),
        policy=WINDOW,
        now=ORDERED + timedelta(hours=4),
        stage="held",
        work={"restore 501"},
    ),
    Row(
        name="release window skipped near ship-by",
        facts=snapshot(market=market(ship_by=NOW + timedelta(hours=11))),
        policy=WINDOW,
        stage="to_push",
        work={"push new"},
    ),
    Row(
        name="pushed on hold with a lost answer is our hold",
        facts=snapshot(
            records=(record(status="on_hold", written_digest="", written_at=None),),
            attempts=(attempt("push", "new", "unknown"),),
        ),
        policy=WINDOW,
        stage="release",
        also={"settled": (1,)},
    ),
    Row(
        name="a part was confirmed elsewhere before we pushed",
        facts=snapshot(
            market=market(status="partly_shipped"), lines=lines({"fulfilled": 1})
        ),
        stage="to_push",
        cases={"shipped_elsewhere"},
    ),
]

ALREADY_THERE = [
    Row(
        name="the very same order is there",
        facts=snapshot(records=(SAME,)),
        stage="to_push",
        also={"adopt": SAME.id},
    ),
    Row(
        name="another order with this number",
        facts=snapshot(records=(OTHER,)),
        stage="to_push",
        cases={"already_in_shipstation"},
    ),
    Row(
        name="two with this number",
        facts=snapshot(records=(TWIN, SAME)),
        stage="to_push",
        cases={"already_in_shipstation"},
    ),
    Row(
        name="told to take it over: the one that fits",
        facts=snapshot(
            records=(TWIN, SAME), decisions=(says("adopt", "already", 601, 602),)
        ),
        stage="to_push",
        also={"adopt": SAME.id},
    ),
    Row(
        name="told which of the two to take over",
        facts=snapshot(
            records=(TWIN, SAME),
            decisions=(
                replace(
                    says("adopt", "already", 601, 602), target=str(TWIN.ss_order_id)
                ),
            ),
        ),
        stage="to_push",
        also={"adopt": TWIN.id},
    ),
    Row(
        name="told to take one of two over, but not which",
        facts=snapshot(
            records=(TWIN, replace(SAME, lines_match=False)),
            decisions=(says("adopt", "already", 601, 602),),
        ),
        stage="to_push",
        cases={"already_in_shipstation"},
    ),
    Row(
        name="told to push beside",
        facts=snapshot(
            records=(OTHER,), decisions=(says("push_beside", "already", 601),)
        ),
        stage="to_push",
        work={"push new"},
    ),
    Row(
        name="told for one, now there are two",
        facts=snapshot(
            records=(OTHER, TWIN), decisions=(says("push_beside", "already", 601),)
        ),
        stage="to_push",
        cases={"already_in_shipstation"},
    ),
    Row(
        name="cancelled and deleted ones are no obstacle",
        facts=snapshot(
            records=(replace(OTHER, status="cancelled"), replace(TWIN, gone=True))
        ),
        stage="to_push",
        work={"push new"},
    ),
    Row(
        name="somebody typed it in beside ours",
        facts=snapshot(records=(record(), OTHER)),
        stage="in_shipstation",
        cases={"duplicate_in_shipstation"},
    ),
    Row(
        name="beside ours because we were told so",
        facts=snapshot(
            records=(record(), OTHER),
            decisions=(says("push_beside", "already", 601),),
        ),
        stage="in_shipstation",
    ),
]

REFUSED = [
    Row(
        name="push refused",
        facts=snapshot(attempts=refused("push", "new")),
        stage="to_push",
        cases={"push_refused"},
    ),
    Row(
        name="push refused, a person retries",
        facts=snapshot(attempts=refused("push", "new", retried=True)),
        stage="to_push",
        work={"push new"},
    ),
    Row(
        name="push refused, the payload changed since",
        facts=snapshot(attempts=refused("push", "new"), payload_digest=CHANGED),
        stage="to_push",
        work={"push new"},
    ),
    Row(
        name="key reserved by a deleted order: a new one by itself",
        facts=snapshot(attempts=refused("push", "new", "locked")),
        stage="to_push",
        also={"raise_generation": True},
    ),
    Row(
        name="key reserved, and perhaps by a combine: ShipStation is read first",
        facts=snapshot(
            attempts=refused("push", "new", "locked"),
            mirror_read_at=NOW - 6 * MINUTE,
        ),
        stage="to_push",
        also={"raise_generation": False, "next_look_at": NOW + MINUTE / 3},
    ),
    Row(
        name="what was read while the push was under way shows no absence",
        facts=snapshot(
            attempts=refused(
                "push", "new", "locked", finished_at=NOW - MINUTE - timedelta(seconds=1)
            ),
            mirror_read_at=NOW - 2 * MINUTE,
        ),
        stage="to_push",
        also={"raise_generation": False},
    ),
    Row(
        name="key reserved, for it was combined before it was read: it is there",
        facts=snapshot(
            records=(absorbed_unread(), primary()),
            attempts=(
                attempt("push", "new", "unknown", started_at=NOW - HOUR),
                *refused("push", "new", "locked", id=2),
            ),
        ),
        stage="in_shipstation",
        also={"raise_generation": False, "settled": (1,)},
    ),
    Row(
        name="combined before it was read, and changed since: a person's",
        facts=snapshot(
            records=(absorbed_unread(), primary()),
            attempts=(attempt("push", "new", "unknown", started_at=NOW - HOUR),),
            payload_digest=CHANGED,
        ),
        stage="in_shipstation",
        cases={"change_locked"},
    ),
    Row(
        name="the new key is tried, whatever the old one was answered",
        facts=snapshot(attempts=refused("push", "new", "locked"), key_generation=2),
        stage="to_push",
        work={"push new"},
    ),
    Row(
        name="the new key reserved as well",
        facts=snapshot(
            key_generation=2,
            attempts=(
                attempt("push", "new", "locked"),
                attempt("push", "new", "locked", id=2, started_at=NOW - MINUTE),
            ),
        ),
        stage="to_push",
        cases={"push_refused"},
    ),
    Row(
        name="restore refused: no blind retry",
        facts=snapshot(records=(OURS_HELD,), attempts=refused("restore", "501")),
        stage="held",
        cases={"update_refused"},
    ),
    Row(
        name="push in doubt, unchanged: repeated, for its key makes it an upsert",
        facts=snapshot(
            attempts=(attempt("push", "new", "open", started_at=NOW - MINUTE / 2),)
        ),
        stage="to_push",
        work={"push new"},
    ),
    Row(
        name="push in doubt, never seen after the lag: settled",
        facts=snapshot(attempts=(attempt("push", "new", "unknown"),)),
        stage="to_push",
        work={"push new"},
        also={"settled": (1,)},
    ),
    Row(
        name="push in doubt, found: what it wrote is known",
        facts=snapshot(
            records=(record(written_digest="", written_at=None),),
            attempts=(attempt("push", "new", "unknown"),),
            payload_digest=CHANGED,
        ),
        stage="in_shipstation",
        work={"update 501"},
        also={"settled": (1,)},
    ),
    Row(
        name="the deleted record does not settle the push that follows it",
        facts=snapshot(
            records=(DELETED,),
            key_generation=2,
            attempts=(attempt("push", "new", "unknown", started_at=NOW - 2 * MINUTE),),
            decisions=(says("retry", "deleted_in_shipstation", 501),),
            mirror_read_at=NOW - 5 * MINUTE,
        ),
        stage="to_push",
        work={"push new"},
        also={"settled": ()},
    ),
    Row(
        name="nor does the cancelled one that it replaces",
        facts=snapshot(
            records=(record(status="cancelled"),),
            key_generation=2,
            attempts=(attempt("push", "new", "unknown", started_at=NOW - 2 * MINUTE),),
            decisions=(says("retry", "cancelled_in_shipstation", 501),),
            mirror_read_at=NOW - 5 * MINUTE,
        ),
        stage="to_push",
        work={"push new"},
        also={"settled": ()},
    ),
    Row(
        name="hold on a combined order in doubt: looked at, then settled",
        facts=snapshot(
            records=(absorbed_record(), primary("on_hold")),
            attempts=(attempt("hold", "601", "unknown"),),
            lines=lines({"cancel_requested": True}, {"cancel_requested": True}),
        ),
        stage="held",
        cases={"cancel_requested"},
        also={"settled": (1,)},
    ),
]

THERE = [
    Row(
        name="changed after sync",
        facts=snapshot(records=(record(),), payload_digest=CHANGED),
        stage="in_shipstation",
        work={"update 501"},
    ),
    Row(
        name="changed while paused",
        facts=snapshot(
            records=(record(),), payload_digest=CHANGED, store_state="paused"
        ),
        stage="in_shipstation",
    ),
    Row(
        name="changed into something that can't be sent",
        facts=snapshot(records=(record(),), payload_digest=CHANGED, problems=(HARD,)),
        stage="in_shipstation",
        cases={"address_incomplete"},
    ),
    Row(
        name="changed after the label: kept and shown",
        facts=but(DUE, payload_digest=CHANGED),
        stage="dispatched",
        work={"confirm 1"},
        cases={"change_locked"},
    ),
    Row(
        name="changed after the label, accepted",
        facts=but(
            DUE,
            payload_digest=CHANGED,
            decisions=(says("accept", "locked", CHANGED),),
        ),
        stage="dispatched",
        work={"confirm 1"},
    ),
    Row(
        name="changed after it was told is history",
        facts=snapshot(
            **SHIPPED, dispatches=(dispatch(1, "accepted"),), payload_digest=CHANGED
        ),
        stage="confirmed",
        work={"read_back 1"},
    ),
    Row(
        name="update found it locked",
        facts=snapshot(
            records=(record(),),
            payload_digest=CHANGED,
            attempts=refused("update", "501", "locked", digest=CHANGED),
        ),
        stage="in_shipstation",
        cases={"change_locked"},
    ),
    Row(
        name="update found it locked, the label was voided since",
        facts=snapshot(
            records=(record(modified_at=NOW - MINUTE),),
            payload_digest=CHANGED,
            attempts=refused("update", "501", "locked", digest=CHANGED),
        ),
        stage="in_shipstation",
        work={"update 501"},
    ),
    Row(
        name="update refused",
        facts=snapshot(
            records=(record(),),
            payload_digest=CHANGED,
            attempts=refused("update", "501", digest=CHANGED),
        ),
        stage="in_shipstation",
        cases={"update_refused"},
    ),
    Row(
        name="changed, held by somebody else: waits",
        facts=snapshot(records=(record(status="on_hold"),), payload_digest=CHANGED),
        stage="held",
    ),
    Row(
        name="held by somebody else, ship-by near",
        facts=snapshot(records=(record(status="on_hold"),)),
        now=SHIP_BY - timedelta(hours=20),
        stage="held",
        work={"read_back order"},
        cases={"held_in_shipstation"},
    ),
    Row(
        name="address not verified",
        facts=snapshot(records=(record(address_verified="failed"),)),
        stage="in_shipstation",
        cases={"address_not_verified"},
    ),
    Row(
        name="address in doubt",
        facts=snapshot(records=(record(address_verified="warning"),)),
        stage="in_shipstation",
        cases={"address_not_verified"},
    ),
    Row(
        name="address corrected before it was pushed",
        facts=snapshot(correction=corrected(), payload_digest=CHANGED),
        stage="to_push",
        work={"push new"},
    ),
    Row(
        name="address corrected: written, and the old doubt is not asked again",
        facts=snapshot(
            records=(record(address_verified="failed"),),
            correction=corrected(),
            payload_digest=CHANGED,
        ),
        stage="in_shipstation",
        work={"update 501"},
    ),
    Row(
        name="address corrected, written, and doubted anew",
        facts=snapshot(
            records=(record(address_verified="failed", written_digest=CHANGED),),
            correction=corrected(),
            payload_digest=CHANGED,
        ),
        stage="in_shipstation",
        cases={"address_not_verified"},
    ),
    Row(
        name="address corrected after the label",
        facts=snapshot(
            records=(record(status="shipped"),),
            shipments=(label(),),
            dispatches=(dispatch(),),
            correction=corrected(),
            payload_digest=CHANGED,
        ),
        stage="dispatched",
        work={"confirm 1"},
        cases={"change_locked"},
    ),
    Row(
        name="corrected, then changed at the marketplace: nothing is sent",
        facts=snapshot(correction=corrected("now"), payload_digest=CHANGED),
        stage="to_push",
        cases={"address_contradicted"},
    ),
    Row(
        name="corrected, then changed at the marketplace to the same",
        facts=snapshot(correction=corrected("ours"), payload_digest=CHANGED),
        stage="to_push",
        work={"push new"},
    ),
    Row(
        name="corrected in ShipStation, then changed at the marketplace: ours stays",
        facts=snapshot(
            records=(record(written_digest=CHANGED),),
            correction=corrected("now"),
            payload_digest=CHANGED,
        ),
        stage="in_shipstation",
        cases={"address_contradicted"},
    ),
    Row(
        name="corrected, changed, and a person keeps the correction",
        facts=snapshot(
            correction=corrected("now"),
            payload_digest=CHANGED,
            decisions=(says("accept", "address_contradicted", "ours", "now"),),
        ),
        stage="to_push",
        work={"push new"},
    ),
    Row(
        name="corrected, and the marketplace cancels: no question about addresses",
        facts=snapshot(market=market(status="cancelled"), correction=corrected("now")),
        stage="cancelled",
        closed=True,
    ),
    Row(
        name="address good, says a person",
        facts=snapshot(
            records=(record(address_verified="warning"),),
            decisions=(says("accept", "address", "d1", "warning"),),
        ),
        stage="in_shipstation",
    ),
    *(
        Row(
            name=f"status {status}",
            facts=snapshot(records=(record(status=status),)),
            stage="in_shipstation",
            cases={"unexpected_status"},
        )
        for status in ("awaiting_payment", "rejected_fulfillment", "unknown")
    ),
    Row(
        name="status awaiting_payment, told to write it again",
        facts=snapshot(
            records=(record(status="awaiting_payment"),),
            decisions=(says("retry", "status", 501, "awaiting_payment"),),
        ),
        stage="in_shipstation",
        work={"update 501"},
    ),
    Row(
        name="deleted in ShipStation",
        facts=snapshot(records=(DELETED,)),
        stage="in_shipstation",
        cases={"deleted_in_shipstation"},
    ),
    Row(
        name="deleted, wanted anew",
        facts=snapshot(
            records=(DELETED,),
            decisions=(says("retry", "deleted_in_shipstation", 501),),
        ),
        stage="to_push",
        also={"raise_generation": True},
    ),
    Row(
        name="deleted or combined, wanted anew: ShipStation is read first",
        facts=snapshot(
            records=(DELETED,),
            decisions=(says("retry", "deleted_in_shipstation", 501),),
            mirror_read_at=NOW - 2 * MINUTE,
        ),
        stage="to_push",
        also={"raise_generation": False},
    ),
    Row(
        name="deleted, new key made",
        facts=snapshot(
            records=(DELETED,),
            key_generation=2,
            decisions=(says("retry", "deleted_in_shipstation", 501),),
        ),
        stage="to_push",
        work={"push new"},
    ),
    Row(
        name="deleted, there anew",
        facts=snapshot(records=(DELETED, record(502)), key_generation=2),
        stage="in_shipstation",
    ),
    Row(
        name="deleted, not to be shipped",
        facts=snapshot(
            records=(DELETED,),
            decisions=(says("accept", "deleted_in_shipstation", 501),),
        ),
        stage="cancelled",
        closed=True,
    ),
    Row(
        name="cancelled there, wanted anew",
        facts=snapshot(
            records=(record(status="cancelled"),),
            decisions=(says("retry", "cancelled_in_shipstation", 501),),
            key_generation=2,
        ),
        stage="to_push",
        work={"push new"},
    ),
    Row(
        name="we cancelled it, and it is wanted again",
        facts=snapshot(
            records=(record(status="cancelled", written_status="cancelled"),)
        ),
        stage="in_shipstation",
        cases={"reopened_after_cancel"},
    ),
    Row(
        name="our cancel's answer was lost, and it is wanted again",
        facts=snapshot(
            records=(record(status="cancelled"),),
            attempts=(attempt("cancel", "501", "unknown"),),
        ),
        stage="in_shipstation",
        cases={"reopened_after_cancel"},
        also={"settled": (1,)},
    ),
    Row(
        name="lost in a combine, wanted anew",
        facts=snapshot(
            records=(absorbed_record(),),
            decisions=(says("retry", "merged_lost", 501),),
        ),
        stage="to_push",
        also={"raise_generation": True},
    ),
    Row(
        name="the primary it went into is deleted",
        facts=snapshot(records=(absorbed_record(), primary(gone=True))),
        stage="in_shipstation",
        cases={"merged_lost"},
    ),
    Row(
        name="shipped without a parcel, just now",
        facts=snapshot(
            records=(record(status="shipped", modified_at=NOW - 5 * MINUTE),)
        ),
        stage="dispatched",
    ),
    Row(
        name="shipped without a parcel",
        facts=snapshot(records=(record(status="shipped"),)),
        stage="dispatched",
        cases={"shipped_without_tracking"},
    ),
    Row(
        name="nothing heard for hours: asked",
        facts=snapshot(
            records=(record(),), market=market(status_as_of=NOW - timedelta(hours=7))
        ),
        stage="in_shipstation",
        work={"read_back order"},
    ),
    Row(
        name="a part was confirmed elsewhere, all of it still to ship",
        facts=snapshot(
            records=(record(),),
            market=market(status="partly_shipped"),
            lines=lines({"fulfilled": 1}),
        ),
        stage="in_shipstation",
        cases={"shipped_elsewhere"},
    ),
    Row(
        name="shipped elsewhere, accepted: nothing is held any more",
        facts=snapshot(
            records=(record(),),
            market=market(status="shipped"),
            decisions=(says("accept", "shipped_elsewhere", 501),),
        ),
        stage="done",
        closed=True,
    ),
    Row(
        name="one of two doubled records shipped all of it: the other is stopped",
        facts=snapshot(
            records=(record(status="shipped"), record(502)),
            shipments=(label(),),
            dispatches=(dispatch(),),
        ),
        stage="in_shipstation",
        work={"hold 502", "confirm 1"},
        cases={"duplicate_in_shipstation"},
    ),
    Row(
        name="stuck in the outbox",
        facts=snapshot(parked=(("shipstation", "timeout"),)),
        stage="to_push",
        work={"push new"},
        cases={"sync_stuck"},
    ),
    Row(
        name="parked, but nothing is wanted there",
        facts=snapshot(parked=(("shipstation", "timeout"),), records=(record(),)),
        stage="in_shipstation",
    ),
    Row(
        name="ship-by near",
        facts=snapshot(records=(record(),), market=market(status_as_of=SHIP_BY - DAY)),
        now=SHIP_BY - 30 * MINUTE,
        stage="in_shipstation",
        work={"read_back order"},
        cases={"overdue"},
    ),
    Row(
        name="ship-by passed, accepted",
        facts=snapshot(
            records=(record(),),
            market=market(status_as_of=SHIP_BY),
            decisions=(says("accept", "overdue", SHIP_BY),),
        ),
        now=SHIP_BY + HOUR,
        stage="in_shipstation",
    ),
]


def told(rung: str = "accepted", **facts: Any) -> Snapshot:
    return snapshot(**SHIPPED, dispatches=(dispatch(1, rung),), market=market(**facts))


AT = NOW - 10 * MINUTE
NOT_THERE = Row(
    name="accepted, not there after two looks",
    facts=told(packages=(), packages_as_of=AT + timedelta(hours=2, minutes=1)),
    now=AT + timedelta(hours=3),
    stage="confirmed",
    cases={"confirm_not_honoured"},
)

DISPATCHES = [
    Row(
        name="label bought: planned",
        facts=snapshot(**SHIPPED),
        stage="dispatched",
        also={"dispatches": 1},
    ),
    Row(name="told at the label", facts=DUE, stage="dispatched", work={"confirm 1"}),
    Row(
        name="told on the ship date, in the store's zone",
        facts=but(DUE, shipments=(label(ship_date=(NOW + DAY).date()),), ship_by=None),
        policy=Policy(confirm_timing="ship_date", timezone="Europe/Berlin"),
        stage="dispatched",
        work={"confirm 1"},
        also={"due": datetime(2026, 11, 20, 23, tzinfo=NOW.tzinfo)},
    ),
    Row(
        name="told hours after",
        facts=DUE,
        policy=Policy(confirm_timing="hours_after", confirm_after=timedelta(hours=5)),
        stage="dispatched",
        work={"confirm 1"},
        also={"due": NOW - 30 * MINUTE + timedelta(hours=5)},
    ),
    Row(
        name="never past ship-by less the margin",
        facts=DUE,
        policy=Policy(confirm_timing="hours_after", confirm_after=timedelta(hours=90)),
        stage="dispatched",
        work={"confirm 1"},
        also={"due": SHIP_BY - HOUR},
    ),
    Row(
        name="carrier unmapped",
        facts=but(DUE, shipments=(label(mapped=None),)),
        stage="dispatched",
        cases={"carrier_unmapped"},
    ),
    Row(
        name="no tracking number",
        facts=but(DUE, shipments=(label(tracking=""),)),
        stage="dispatched",
        cases={"tracking_missing"},
    ),
    Row(
        name="a package without a number proves nothing",
        facts=but(
            DUE,
            shipments=(label(tracking=""),),
            packages=(package(""),),
            packages_as_of=NOW,
        ),
        stage="dispatched",
        cases={"tracking_missing"},
    ),
    Row(
        name="unmapped, confirmed by hand, shipped at the marketplace",
        facts=but(
            DUE,
            shipments=(label(mapped=None),),
            decisions=(
                says("accept", "royal_mail", "rm_tracked_24"),
                says("accept", "told_elsewhere", 1, "X1"),
            ),
            status="shipped",
            packages=(package("X1", "9"),),
            packages_as_of=NOW,
        ),
        stage="done",
        closed=True,
    ),
    Row(
        name="shipped at the marketplace with another number",
        facts=but(
            DUE,
            status="shipped",
            packages=(package("X1", "9"),),
            packages_as_of=NOW,
        ),
        stage="dispatched",
        cases={"shipped_elsewhere"},
    ),
    Row(
        name="shipped at the marketplace, its parcels not read yet",
        facts=but(DUE, status="shipped"),
        stage="dispatched",
        work={"read_back 1"},
    ),
    Row(
        name="somebody confirmed our very number",
        facts=but(
            DUE,
            status="shipped",
            packages=(package(f" {TRACKING.lower()}", "9"),),
            packages_as_of=NOW,
        ),
        stage="done",
        closed=True,
        also={"rungs": {1: "read_back"}},
    ),
    Row(
        name="confirm refused",
        facts=but(DUE, attempts=refused("confirm", "1", digest=CONFIRM)),
        stage="dispatched",
        cases={"confirm_refused"},
    ),
    Row(
        name="confirm refused, a person retries",
        facts=but(DUE, attempts=refused("confirm", "1", digest=CONFIRM, retried=True)),
        stage="dispatched",
        work={"confirm 1"},
    ),
    Row(
        name="confirm refused, the carrier's mapping was changed",
        facts=but(
            DUE,
            attempts=refused("confirm", "1", digest=CONFIRM),
            shipments=(
                label(mapped=replace(label().mapped, code="Royal Mail 24")),  # type: ignore[type-var]
            ),
        ),
        stage="dispatched",
        work={"confirm 1"},
    ),
    Row(
        name="already fulfilled: read back before a person is asked",
        facts=but(
            DUE,
            attempts=refused("confirm", "1", digest=CONFIRM, code="already_fulfilled"),
        ),
        stage="dispatched",
        work={"read_back 1"},
    ),
    Row(
        name="already fulfilled, with our number",
        facts=but(
            DUE,
            attempts=refused("confirm", "1", digest=CONFIRM, code="already_fulfilled"),
            status="shipped",
            packages=(package(),),
            packages_as_of=NOW - MINUTE,
        ),
        stage="done",
        closed=True,
        also={"rungs": {1: "read_back"}},
    ),
    Row(
        name="already fulfilled, with another number",
        facts=but(
            DUE,
            dispatches=(dispatch(1, "refused"),),
            attempts=refused("confirm", "1", digest=CONFIRM, code="already_fulfilled"),
            status="shipped",
            packages=(package("X1", "7"),),
            packages_as_of=NOW - MINUTE,
        ),
        stage="dispatched",
        cases={"confirm_refused"},
    ),
    Row(
        name="confirm in doubt: read back first",
        facts=but(
            DUE,
            dispatches=(dispatch(1, "sent"),),
            attempts=(attempt("confirm", "1", "unknown", digest=CONFIRM),),
        ),
        stage="dispatched",
        work={"read_back 1"},
    ),
    Row(
        name="confirm in doubt, read back, not there: repeated",
        facts=but(
            DUE,
            dispatches=(dispatch(1, "sent"),),
            attempts=(attempt("confirm", "1", "unknown", digest=CONFIRM),),
            **READ,
        ),
        stage="dispatched",
        work={"confirm 1"},
        also={"settled": (1,)},
    ),
    Row(
        name="confirm in doubt, voided and relabelled: a correction, not a second one",
        facts=but(
            DUE,
            shipments=(label(voided=True), label(72)),
            attempts=(attempt("confirm", "1", "open", digest=CONFIRM),),
        ),
        stage="dispatched",
        also={"dispatches": 1, "supersedes": 1},
    ),
    Row(
        name="printed again where nothing can be corrected: one case, no second parcel",
        facts=snapshot(
            records=(record(status="shipped"),),
            shipments=(label(voided=True), label(72)),
            dispatches=(dispatch(1, "read_back"),),
            market=market(status="shipped", packages=(package(),), packages_as_of=NOW),
            can_correct=False,
        ),
        stage="dispatched",
        cases={"voided_after_confirm"},
    ),
    Row(
        name="voided after it was told, and cancelled since: nobody waits for it",
        facts=snapshot(
            records=(record(status="cancelled"),),
            shipments=(label(voided=True),),
            dispatches=(dispatch(1, "read_back"),),
            market=market(status="cancelled"),
        ),
        stage="cancelled",
        closed=True,
    ),
    Row(
        name="a part printed again, the void not read yet: no further parcel",
        facts=snapshot(
            records=(
                record(status="shipped", split=True),
                record(502, split=True, parent_id=501, written_digest=""),
            ),
            shipments=(label(lines=((2, 1),)), label(72, lines=((2, 1),))),
            dispatches=(dispatch(1, "read_back", lines=((2, 1),)),),
            market=market(
                status="partly_shipped", packages=(package(),), packages_as_of=NOW
            ),
        ),
        stage="in_shipstation",
        also={"dispatches": 0},
    ),
    Row(
        name="the correction of a told parcel is told, though the order is shipped",
        facts=snapshot(
            records=(record(status="shipped"),),
            shipments=(label(voided=True), label(72)),
            dispatches=(
                dispatch(1, "withdrawn"),
                dispatch(2, shipment_id=72, package_ref=1),
            ),
            market=market(status="shipped", packages=(package(),), packages_as_of=NOW),
        ),
        stage="dispatched",
        work={"confirm 2"},
    ),
    Row(
        name="accepted: read back later",
        facts=told(),
        stage="confirmed",
        work={"read_back 1"},
        also={"due": AT + 30 * MINUTE},
    ),
    Row(
        name="accepted, shipped by status",
        facts=told(status="shipped"),
        stage="confirmed",
        work={"read_back 1"},
        also={"rungs": {1: "shipped"}},
    ),
    Row(
        name="shipped by status for a day is enough",
        facts=told("shipped", status="shipped", packages=(), packages_as_of=NOW + HOUR),
        now=NOW + timedelta(hours=25),
        stage="done",
        closed=True,
    ),
    Row(
        name="accepted, not there after the first look",
        facts=told(packages=(), packages_as_of=AT + 31 * MINUTE),
        now=AT + timedelta(hours=3),
        stage="confirmed",
        work={"read_back 1"},
    ),
    NOT_THERE,
    replace(
        NOT_THERE,
        name="accepted, not there, told to send it again",
        facts=but(
            NOT_THERE.facts,
            decisions=(says("retry", "honoured", 1, "", at=AT + 2 * HOUR),),
        ),
        work={"confirm 1"},
        cases=set(),
    ),
    Row(
        name="combined: asked",
        facts=snapshot(
            records=(absorbed_record(), primary("shipped")),
            shipments=(label(ss_order_id=601),),
        ),
        stage="dispatched",
        cases={"combined_parcel"},
    ),
    Row(
        name="combined: each, says the store's rule",
        facts=snapshot(
            records=(absorbed_record(), primary("shipped")),
            shipments=(label(ss_order_id=601),),
        ),
        policy=Policy(combined="confirm_each"),
        stage="dispatched",
        also={"dispatches": 1},
    ),
    Row(
        name="combined: each, but the label does not say what it holds",
        facts=snapshot(
            records=(absorbed_record(), primary("shipped")),
            shipments=(label(ss_order_id=601, lines=None),),
        ),
        policy=Policy(combined="confirm_each"),
        stage="dispatched",
        cases={"combined_parcel"},
    ),
    Row(
        name="combined: a person confirms",
        facts=snapshot(
            records=(absorbed_record(), primary("shipped")),
            shipments=(label(ss_order_id=601, lines=None),),
            decisions=(says("confirm", "combined", 71),),
        ),
        stage="dispatched",
        also={"dispatches": 1},
    ),
    Row(
        name="combined: a parcel with nothing of this order is none of its business",
        facts=snapshot(
            records=(absorbed_record(), primary("shipped")),
            shipments=(label(ss_order_id=601, lines=()),),
        ),
        stage="dispatched",
    ),
    Row(
        name="two parcels: each its share",
        facts=snapshot(
            records=(record(status="shipped"),),
            shipments=(label(lines=((1, 1), (2, 1))), label(72, lines=((2, 5),))),
        ),
        stage="dispatched",
        also={"dispatches": 2},
    ),
    Row(
        name="a dispatch whose units were all cancelled is withdrawn",
        facts=snapshot(
            **SHIPPED,
            dispatches=(dispatch(lines=((2, 2),)),),
            lines=lines(two={"cancelled": 2}),
        ),
        stage="dispatched",
        cases={"line_cancelled_after_label"},
        also={"rungs": {1: "withdrawn"}},
    ),
    Row(
        name="cancelled after the label, its lines not read yet: never confirmed",
        facts=but(DUE, status="cancelled"),
        stage="dispatched",
        cases={"cancelled_after_label"},
    ),
    Row(
        name="ship-by passes although a label is there",
        facts=but(DUE, shipments=(label(mapped=None),), status_as_of=SHIP_BY),
        now=SHIP_BY,
        stage="dispatched",
        cases={"carrier_unmapped", "overdue"},
    ),
]

ROWS = [*NOT_OURS, *BEFORE, *ALREADY_THERE, *REFUSED, *THERE, *DISPATCHES]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_situation(row: Row) -> None:
    verdict = decide(row.facts, row.policy, row.now)
    assert (verdict.stage, works(verdict), kinds(verdict), verdict.closed) == (
        row.stage,
        row.work,
        row.cases,
        row.closed,
    ), verdict.why
    assert verdict.closed == (verdict.next_look_at is None)
    got = {
        "dispatches": len(verdict.dispatches),
        "due": min((work.due_at for work in verdict.work), default=None),
        "rungs": {change.dispatch_id: change.rung for change in verdict.rungs},
        "supersedes": next((x.supersedes for x in verdict.dispatches), None),
    }
    for name, value in ({"dispatches": 0, "adopt": None} | row.also).items():
        assert got.get(name, getattr(verdict, name, None)) == value, name


def test_two_parcels_share_out_what_is_wanted_and_no_more() -> None:
    (row,) = (r for r in ROWS if r.name == "two parcels: each its share")
    drafts = decide(row.facts, row.policy, row.now).dispatches
    assert [draft.lines for draft in drafts] == [((1, 1), (2, 1)), ((2, 1),)]


def test_a_parcel_that_names_a_line_twice_counts_it_once() -> None:
    twice = label(lines=((2, 1), (2, 5), (1, 1)))
    facts = snapshot(records=(record(status="shipped"),), shipments=(twice,))
    (draft,) = decide(facts, Policy(), NOW).dispatches
    assert draft.lines == ((2, 2), (1, 1))


def test_a_confirmation_is_retried_by_itself_once_its_share_shrank() -> None:
    facts = but(
        DUE,
        attempts=refused("confirm", "1", digest=CONFIRM),
        lines=lines(two={"cancelled": 1}),
    )
    assert works(decide(facts, Policy(), NOW)) == {"confirm 1"}


def test_what_was_learned_of_a_lost_answer() -> None:
    (row,) = (r for r in ROWS if r.name.startswith("pushed on hold with a lost"))
    (lesson,) = decide(row.facts, row.policy, row.now).learned
    assert (lesson.record_id, lesson.digest, lesson.status, lesson.held) == (
        1501,
        "d1",
        "on_hold",
        True,
    )
    known = record(status="on_hold", held_by_us=True, written_at=NOW - 5 * MINUTE)
    assert decide(but(row.facts, records=(known,)), row.policy, row.now).learned == ()


def test_the_case_of_a_refusal_carries_the_remotes_words() -> None:
    (row,) = (r for r in ROWS if r.name == "push refused")
    (case,) = decide(row.facts, row.policy, row.now).cases
    assert case.summary == "No."
    assert case.deadline == SHIP_BY


@pytest.mark.parametrize(("status", "anew"), [("open", True), ("unknown", False)])
def test_a_vanished_order_is_made_anew_only_while_it_is_to_be_shipped(
    status: str, anew: bool
) -> None:
    facts = snapshot(
        market=market(status=status),
        records=(record(status="cancelled"),),
        decisions=(says("retry", "cancelled_in_shipstation", 501),),
    )

    verdict = decide(facts, DEFAULT, NOW)

    assert verdict.raise_generation == anew
    assert verdict.stage == ("to_push" if anew else "waiting")
