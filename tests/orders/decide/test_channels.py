"""Every situation, on every marketplace, with everything told of a cancellation.

The table stands in ``channels/cells.py``: 7 situations × 4 marketplaces × 4 tellings,
each a row or a 'cannot occur' with the fact sheet's section. docs/cancellations.md is
the same table for people.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from orders.decide import decide
from orders.exception_kinds import KINDS
from orders.facts import Operation, Policy, Snapshot
from orders.facts_past import DecisionFacts
from orders.models import Stage
from stores.connectors.amazon import parse as amazon
from stores.connectors.ebay import parse as ebay
from stores.connectors.mirakl import states as mirakl
from stores.connectors.tiktok import parse as tiktok
from tests.orders.decide.build import (
    MINUTE,
    NOW,
    POLICIES,
    SHIP_BY,
    but,
    fingerprint,
    kinds,
    works,
)
from tests.orders.decide.channels.aftermath import (
    End,
    cause_of_request,
    never_broken,
    one_left_out,
    packable,
    run,
)
from tests.orders.decide.channels.cells import (
    CANNOT,
    EXPECTED,
    ROWS,
    TELLINGS,
    Row,
    cell,
    cells,
)
from tests.orders.decide.channels.ends import ENDS, LAST_MOMENT, NEEDS, STOPPED
from tests.orders.decide.channels.sellers import SELLERS, said, withdrawn
from tests.orders.decide.channels.situations import SITUATIONS, STATES

ASK = Policy()
RULES = POLICIES | {
    "confirms each": Policy(combined="confirm_each"),
    "takes orders": Policy(acceptance="auto"),
}


def told(row: Row) -> Snapshot:
    return SELLERS[row.seller].dressed(said(row.state.facts, row.telling))


def text(*parts: object) -> str:
    return " ".join(" | ".join(map(str, parts)).split())


def shown(facts: Snapshot, policy: Policy = ASK) -> str:
    """The whole verdict, as a row says it."""
    verdict = decide(facts, policy, NOW)
    return text(
        verdict.stage + (" closed" if verdict.closed else ""),
        ", ".join(sorted(works(verdict))),
        ", ".join(sorted(kinds(verdict))),
    )


def ended(end: End) -> str:
    """All that was done and where it came to rest."""
    verdict = end.verdict
    return text(
        ", ".join(end.done),
        verdict.stage + (" closed" if verdict.closed else ""),
        ", ".join(sorted(kinds(verdict))),
    )


def word(facts: Snapshot, verb: str, *, on: str = "") -> Snapshot:
    """A person says this on the request, or on a case of this kind of it."""
    cause = cause_of_request(facts)
    cause = fingerprint(on, cause) if on else cause
    said = DecisionFacts(verb=verb, cause=cause, at=NOW - MINUTE)
    return but(facts, decisions=(*facts.decisions, said))


OCCUR = [row for row in ROWS if row.never is None]
NEVER = [row for row in ROWS if row.never is not None]
REQUESTS = [row for row in OCCUR if row.telling == "asked"]


# --- the table is whole ----------------------------------------------------------


def test_the_table_has_the_cells_it_should_have() -> None:
    assert len(list(cells())) == 7 * 4 * 4
    assert SITUATIONS == (
        "before push",
        "pushed",
        "held",
        "labelled",
        "combined",
        "split",
        "confirmed",
    )
    assert list(TELLINGS) == ["request", "fact", "line", "withdrawn"]
    assert list(SELLERS) == ["amazon", "ebay", "tiktok", "mirakl"]


@pytest.mark.parametrize(("situation", "seller", "event"), list(cells()), ids=str)
def test_a_cell_is_a_row_or_cannot_occur(
    situation: str, seller: str, event: str
) -> None:
    rows = cell(situation, seller, event)

    assert rows
    for row in rows:
        assert bool(row.expected) != (row.never is not None), row.name


def test_what_cannot_occur_names_its_sheet_and_section_and_is_used() -> None:
    for rule in CANNOT:
        assert re.fullmatch(r"\d+(\.\d+)?", rule.section)
        assert rule.seller in SELLERS
        assert len(rule.why) > 20
        assert any(row.never is rule for row in ROWS), rule.text


def test_no_row_stands_for_a_state_or_telling_that_is_not_there() -> None:
    states = {state.key for state in STATES}
    tellings = {telling for group in TELLINGS.values() for telling in group}

    assert set(EXPECTED) == states
    assert all(set(rows) == tellings for rows in EXPECTED.values())
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_rows_name_stages_work_and_cases_that_there_are() -> None:
    for rows in EXPECTED.values():
        for row in rows.values():
            stage, work, cases = (part.strip() for part in row.split("|"))
            assert stage.removesuffix(" closed") in Stage.values
            for one in filter(None, work.split(", ")):
                assert one.split()[0] in set(Operation)
            for kind in filter(None, cases.split(", ")):
                assert kind in KINDS


def test_the_marketplaces_words_are_those_that_their_connectors_know() -> None:
    tables = {
        "amazon": amazon.STATUSES,
        "ebay": ebay.FULFILLMENT_STATUSES,
        "tiktok": tiktok.STATUSES,
        "mirakl": mirakl.ORDER_STATES,
    }
    for code, table in tables.items():
        for status, words in SELLERS[code].words.items():
            first, _, rest = words.partition(", ")
            known = str(table[first])
            # eBay says so beside, Mirakl by its lines.
            told_apart = bool(rest) or (code, status) == ("mirakl", "partly_shipped")
            assert known == status or told_apart, (code, words)


# --- the table is true -----------------------------------------------------------


@pytest.mark.parametrize("row", OCCUR, ids=lambda row: row.name)
def test_the_whole_verdict(row: Row) -> None:
    assert shown(told(row)) == row.expected


@pytest.mark.parametrize("row", OCCUR, ids=lambda row: row.name)
def test_what_never_happens_never_happens_and_all_comes_to_rest(row: Row) -> None:
    """Under every policy: never_broken is checked at each step on the way."""
    facts = told(row)
    for policy in RULES.values():
        end = run(SELLERS[row.seller], facts, policy)

        again = decide(end.facts, policy, end.now + MINUTE)
        assert (again.stage, works(again), kinds(again), again.closed) == (
            end.verdict.stage,
            set(),
            kinds(end.verdict),
            end.verdict.closed,
        )
        if row.telling in ("asked", "line asked", "cancelled"):
            assert packable(end.facts) == []


@pytest.mark.parametrize("row", OCCUR, ids=lambda row: row.name)
def test_what_was_not_done_is_wanted_again(row: Row) -> None:
    """A lost event, a worker that died: the next look wants the same."""
    facts = told(row)
    verdict = decide(facts, ASK, NOW)
    for work in verdict.work:
        rest = one_left_out(SELLERS[row.seller], facts, verdict, work, NOW)
        later = decide(rest, ASK, NOW + MINUTE)
        assert (work.operation, work.target) in {
            (w.operation, w.target) for w in later.work
        }


@pytest.mark.parametrize("row", NEVER, ids=lambda row: row.name)
def test_should_it_occur_all_the_same_nothing_leaves(row: Row) -> None:
    facts = told(row)
    for policy in RULES.values():
        verdict = decide(facts, policy, NOW)
        never_broken(facts, verdict, person=False)
        if row.telling in ("asked", "line asked", "cancelled"):
            outward = {Operation.PUSH, Operation.RESTORE, Operation.UPDATE}
            assert not outward & {work.operation for work in verdict.work}
        end = run(SELLERS[row.seller], facts, policy)
        if row.telling in ("asked", "line asked", "cancelled"):
            assert packable(end.facts) == []


# --- what follows ----------------------------------------------------------------


@pytest.mark.parametrize("verb", ENDS)
@pytest.mark.parametrize("row", REQUESTS, ids=lambda row: row.name)
def test_a_request_ends_by_a_persons_word(row: Row, verb: str) -> None:
    seller = SELLERS[row.seller]
    facts = told(row)

    end = run(seller, word(facts, verb), ASK, person=bool(NEEDS[verb]))

    if not NEEDS[verb] or seller.can(NEEDS[verb]):
        assert ended(end) == ENDS[verb][row.state.key]
    else:
        assert ended(end) == ended(run(seller, facts, ASK))


@pytest.mark.parametrize("row", REQUESTS, ids=lambda row: row.name)
def test_the_rule_that_cancels_does_what_the_word_does_and_answers_nobody(
    row: Row,
) -> None:
    end = run(SELLERS[row.seller], told(row), POLICIES["cancel"])

    assert ended(end) == ENDS["cancel"][row.state.key]


@pytest.mark.parametrize("seller", SELLERS)
def test_a_labelled_parcel_that_nobody_speaks_of_is_told_at_the_last_moment(
    seller: str,
) -> None:
    """Amazon wants what has shipped told; eBay ends the request by it; TikTok refuses."""
    (row,) = (r for r in REQUESTS if (r.state.key, r.seller) == ("labelled", seller))
    last_call = SHIP_BY - ASK.confirm_margin
    facts = but(told(row), status_as_of=last_call - MINUTE)

    before = decide(facts, ASK, last_call - MINUTE)
    end = run(SELLERS[seller], facts, ASK, now=last_call)

    assert works(before) == set()
    assert ended(end) == LAST_MOMENT[seller]


@pytest.mark.parametrize("seller", SELLERS)
def test_a_stopped_parcel_is_cancelled_at_the_marketplace_on_a_persons_word(
    seller: str,
) -> None:
    (row,) = (r for r in REQUESTS if (r.state.key, r.seller) == ("labelled", seller))
    facts = word(told(row), "cancel_market", on="cancelled_after_label")

    end = run(SELLERS[seller], facts, ASK, person=True)

    assert ended(end) == STOPPED


@pytest.mark.parametrize("row", REQUESTS, ids=lambda row: row.name)
def test_a_withdrawn_request_restores_only_what_we_held(row: Row) -> None:
    """We act on the request, then it is gone: all is as it was before we acted."""
    before = {
        r.ss_order_id: "awaiting_shipment" if r.held_by_us else r.status
        for r in row.state.facts.records
    }
    seller = SELLERS[row.seller]
    held = run(seller, told(row), ASK)
    gone = tuple(replace(x, cancel_requested=False) for x in held.facts.lines)

    end = run(
        seller,
        seller.dressed(withdrawn(but(held.facts, lines=gone))),
        ASK,
        now=held.now + MINUTE,
    )

    for record in end.facts.records:
        assert not record.held_by_us
        if record.ss_order_id in before:
            assert record.status == before[record.ss_order_id]
    assert not {"cancel_requested", "cancelled_after_label"} & kinds(end.verdict)


@pytest.mark.parametrize("row", REQUESTS, ids=lambda row: row.name)
def test_a_request_that_becomes_a_fact_ends_where_the_fact_does(row: Row) -> None:
    (fact,) = (
        r
        for r in ROWS
        if (r.seller, r.state.key, r.telling)
        == (row.seller, row.state.key, "cancelled")
    )
    seller = SELLERS[row.seller]
    asked = run(seller, told(row), ASK)
    done = said(asked.facts, "cancelled")

    end = run(seller, seller.dressed(done), ASK, now=asked.now + MINUTE)

    straight = run(seller, told(fact), ASK)
    assert (end.verdict.closed, kinds(end.verdict)) == (
        straight.verdict.closed,
        kinds(straight.verdict),
    )
    assert packable(end.facts) == []


@pytest.mark.parametrize("row", REQUESTS, ids=lambda row: row.name)
def test_the_request_is_due_before_the_marketplace_answers_it_itself(
    row: Row,
) -> None:
    """eBay after 3 days, TikTok after 48 hours: both with yes; ship-by counts too."""
    facts = told(row)
    waits = facts.market.status == "waiting_acceptance"
    ship_by = NOW + timedelta(days=9)
    ends = [
        ship_by,
        SELLERS[row.seller].answers_itself,
        facts.market.accept_by if waits else None,
    ]

    (due,) = {
        case.deadline
        for case in decide(but(facts, ship_by=ship_by), ASK, NOW).cases
        if case.kind in ("cancel_requested", "cancelled_after_label")
    }

    assert due == min(end for end in ends if end is not None)
