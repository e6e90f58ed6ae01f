"""Random snapshots: anything that rows could say, likely or not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from orders.decide import decide
from orders.facts import CorrectionFacts, DecisionFacts, Policy, Problem, Snapshot
from orders.models import Verb
from tests.orders.decide.build import (
    HOUR,
    MINUTE,
    NOW,
    ROYAL_MAIL,
    attempt,
    dispatch,
    label,
    line,
    market,
    package,
    record,
    snapshot,
)

SS_STATUSES = (
    "awaiting_shipment",
    "on_hold",
    "shipped",
    "cancelled",
    "awaiting_payment",
    "pending_fulfillment",
    "unknown",
)
MARKET_STATUSES = (
    *("open",) * 5,
    "partly_shipped",
    "shipped",
    "cancelled",
    "pending",
    "unknown",
)
past = st.integers(-600, -1).map(lambda minutes: NOW + minutes * MINUTE)
sometimes = st.sampled_from((False, False, False, True))


@st.composite
def order_lines(draw: st.DrawFn) -> Any:
    found = []
    if draw(st.booleans()):
        return (line(1), line(2))
    for number in range(1, draw(st.integers(0, 3)) + 1):
        quantity = draw(st.integers(1, 3))
        found.append(
            line(
                number,
                quantity=quantity,
                cancelled=draw(st.sampled_from((0, 0, 0, 1, quantity))),
                cancel_requested=draw(sometimes),
                fulfilled=draw(st.sampled_from((None, 0, 0, quantity))),
            )
        )
    return tuple(found)


@st.composite
def records(draw: st.DrawFn) -> Any:
    """Own records with splits and combines, or strangers with our number."""
    found = []
    if draw(st.booleans()):
        return (
            record(
                501,
                draw(st.sampled_from(SS_STATUSES[:4])),
                held_by_us=draw(st.booleans()),
                written_digest=draw(st.sampled_from(("d1", "d2"))),
                as_of=draw(past),
                modified_at=draw(past),
            ),
        )
    own = draw(st.sampled_from((0, 1, 1, 1, 2, 3)))
    for ss_order_id in range(501, 501 + own):
        adopted = draw(sometimes)
        parent = draw(st.sampled_from((None, None, 501)))
        held = draw(st.booleans())
        merged = draw(sometimes)
        found.append(
            record(
                ss_order_id,
                draw(st.sampled_from(SS_STATUSES)),
                ours=not adopted,
                held_by_us=held,
                hold_until=draw(
                    st.sampled_from((None, None, NOW.date(), NOW.date() + 5 * DAY))
                ),
                shared=draw(sometimes),
                absorbed_by=601 if merged else None,
                parent_id=parent if parent != ss_order_id else None,
                split=parent is not None and parent != ss_order_id,
                gone=draw(sometimes) and not merged,
                as_of=draw(past),
                modified_at=draw(st.none() | past),
                written_at=draw(st.none() | past),
                written_digest=draw(st.sampled_from(("", "d1", "d1", "d2"))),
                written_status=draw(st.sampled_from(("", *SS_STATUSES[:4]))),
                address_verified=draw(st.sampled_from(("", "ok", "warning", "failed"))),
                wanted_held=draw(sometimes),
            )
        )
    if any(r.absorbed_by for r in found) and draw(st.booleans()):
        found.append(
            record(
                601,
                draw(st.sampled_from(SS_STATUSES)),
                ours=False,
                linked=False,
                shared=True,
                held_by_us=draw(st.booleans()),
                gone=draw(sometimes),
                as_of=draw(past),
            )
        )
    found.extend(
        record(
            ss_order_id,
            draw(st.sampled_from(SS_STATUSES)),
            ours=False,
            linked=False,
            candidate=True,
            lines_match=draw(st.booleans()),
            gone=draw(sometimes),
        )
        for ss_order_id in range(701, 701 + draw(st.sampled_from((0, 0, 0, 1, 2))))
    )
    return tuple(found)


DAY = timedelta(days=1)


@st.composite
def parcels(draw: st.DrawFn, ids: tuple[int, ...], line_ids: tuple[int, ...]) -> Any:
    """Shipments of these records, and dispatches for some of them."""
    shares = st.none() | st.lists(
        st.tuples(st.sampled_from(line_ids or (1,)), st.integers(1, 3)), max_size=2
    ).map(tuple)
    shipments, dispatches = [], []
    for number in range(71, 71 + draw(st.sampled_from((0, 0, 1, 1, 2, 3)))):
        if not ids:
            break
        shipments.append(
            label(
                number,
                ss_order_id=draw(st.sampled_from(ids)),
                voided=draw(sometimes),
                mapped=draw(st.sampled_from((ROYAL_MAIL, ROYAL_MAIL, None))),
                tracking=draw(st.sampled_from((f"T{number}", f"T{number}", ""))),
                lines=draw(shares),
                created_at=draw(past),
                ship_date=draw(st.sampled_from((None, NOW.date(), NOW.date() + DAY))),
            )
        )
        if draw(st.booleans()):
            rung = draw(
                st.sampled_from(
                    (
                        "due",
                        "due",
                        "sent",
                        "refused",
                        "accepted",
                        "shipped",
                        "read_back",
                        "withdrawn",
                    )
                )
            )
            dispatches.append(
                dispatch(
                    number - 70,
                    rung,
                    shipment_id=number,
                    lines=draw(shares) or ((1, 1),),
                    rung_at=draw(past),
                )
            )
    return tuple(shipments), tuple(dispatches)


@st.composite
def attempts(draw: st.DrawFn, targets: tuple[str, ...], told: tuple[str, ...]) -> Any:
    found = []
    for number in range(1, draw(st.sampled_from((0, 0, 1, 2))) + 1):
        operation, target = draw(
            st.sampled_from(
                [
                    ("push", "new"),
                    *((o, t) for t in targets for o in WRITES),
                    *(("confirm", t) for t in told),
                ]
            )
        )
        found.append(
            attempt(
                operation,
                target,
                draw(st.sampled_from(("open", "unknown", "refused", "locked"))),
                id=number,
                digest=draw(st.sampled_from(("d1", "d1", "d2"))),
                started_at=draw(past),
                retried=draw(sometimes),
                code=draw(st.sampled_from(("", "already_fulfilled"))),
            )
        )
    return tuple(found)


corrections = st.builds(
    CorrectionFacts,
    digest=st.just("ours"),
    made_from=st.just("then"),
    market=st.sampled_from(("then", "now", "ours")),
    at=past,
)
WRITES = ("update", "hold", "restore", "cancel")
policies = st.builds(
    Policy,
    confirm_timing=st.sampled_from(("at_label", "ship_date", "hours_after")),
    confirm_after=st.sampled_from((HOUR, 50 * HOUR)),
    release_window=st.sampled_from((timedelta(0), timedelta(0), 3 * HOUR)),
    cancel_request=st.sampled_from(("ask", "ask", "cancel")),
    combined=st.sampled_from(("ask", "confirm_each")),
)


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """An order in any state, without decisions."""
    lines, found = draw(order_lines()), draw(records())
    ids = tuple(r.ss_order_id for r in found if not r.candidate)
    shipments, dispatches = draw(parcels(ids, tuple(x.id for x in lines)))
    packages = draw(
        st.none()
        | st.lists(st.sampled_from(("T71", "T72", "X")).map(package), max_size=2).map(
            tuple
        )
    )
    problem = draw(st.sampled_from((None, None, None, "hard", "soft")))
    problems = (
        ()
        if problem is None
        else (Problem(field="shipTo.city", message="?", hard=problem == "hard"),)
    )
    return snapshot(
        key_generation=draw(st.sampled_from((1, 1, 2))),
        store_state=draw(st.sampled_from(("live", "live", "live", "paused"))),
        store_mode=draw(st.sampled_from(("orchestrated",) * 9 + ("direct",))),
        market=market(
            status=draw(st.sampled_from(MARKET_STATUSES)),
            not_ours=draw(st.sampled_from(("",) * 15 + ("pick_up",))),
            ordered_at=draw(past),
            ship_by=draw(
                st.none() | st.integers(-30, 90).map(lambda h: NOW + h * HOUR)
            ),
            status_as_of=draw(past),
            cancel_seq=draw(st.integers(0, 2)),
            packages=packages,
            packages_as_of=None if packages is None else draw(past),
        ),
        lines=lines,
        payload_digest=draw(st.sampled_from(("d1", "d1", "d2"))),
        problems=problems,
        records=found,
        shipments=shipments,
        dispatches=dispatches,
        attempts=draw(
            attempts(tuple(map(str, ids)), tuple(str(x.id) for x in dispatches))
        ),
        correction=draw(st.none() | corrections),
        mirror_read_at=draw(st.none() | past),
        parked=draw(st.sampled_from(((), (), (("shipstation", "x"),)))),
        can_confirm=draw(st.sampled_from((True, True, True, False))),
        can_correct=draw(st.booleans()),
        can_read_one=draw(st.booleans()),
    )


@st.composite
def decided(draw: st.DrawFn) -> tuple[Snapshot, Policy]:
    """An order in any state, on whose cases people have said anything."""
    facts, policy = draw(snapshots()), draw(policies)
    for _round in range(draw(st.integers(0, 2))):
        cases = decide(facts, policy, NOW).cases
        if not cases:
            break
        words = [
            DecisionFacts(
                verb=draw(st.sampled_from(Verb.values)), cause=case.cause, at=draw(past)
            )
            for case in cases
            if draw(st.booleans())
        ]
        facts = replace(facts, decisions=(*facts.decisions, *words))
    return facts, policy
