"""What may be a wish to cancel, and may not: held for a person, never ended by rule."""

from __future__ import annotations

import pytest

from orders.decide import decide
from orders.exception_kinds import KINDS
from orders.facts import Policy
from tests.orders.decide.build import NOW, kinds, lines, record, snapshot, works

DOUBT = {"cancel_requested": True, "cancel_doubt": True}
ASKED = {"cancel_requested": True}


@pytest.mark.parametrize("rule", ["ask", "cancel"])
def test_a_doubt_is_held_and_asked_whatever_the_rule_for_requests(rule: str) -> None:
    facts = snapshot(records=(record(),), lines=lines(DOUBT, DOUBT))

    verdict = decide(facts, Policy(cancel_request=rule), NOW)

    assert kinds(verdict) == {"cancel_in_doubt"}
    assert works(verdict) == {"hold 501"}


def test_a_held_doubt_is_not_cancelled_by_the_rule() -> None:
    held = (record(status="on_hold", held_by_us=True),)

    doubt = decide(
        snapshot(records=held, lines=lines(DOUBT, DOUBT)),
        Policy(cancel_request="cancel"),
        NOW,
    )
    asked = decide(
        snapshot(records=held, lines=lines(ASKED, ASKED)),
        Policy(cancel_request="cancel"),
        NOW,
    )

    assert "cancel 501" not in works(doubt)
    assert "cancel 501" in works(asked)


def test_one_line_asked_for_makes_it_a_request() -> None:
    facts = snapshot(records=(record(),), lines=lines(DOUBT, ASKED))

    assert kinds(decide(facts, Policy(), NOW)) == {"cancel_requested"}


def test_nobody_is_offered_to_turn_down_what_nobody_asked() -> None:
    codes = [way.code for way in KINDS.get("cancel_in_doubt").resolutions]

    assert codes[0] == "ship_anyway"
    assert "reject_request" not in codes
