"""What a decided case says of itself: its own calls and its own time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orders import case_help, timeline
from orders.exception_kinds import KINDS
from orders.models import CaseState, OrderException
from shipsync_site.lib import clock
from tests.orders.factories import (
    make_attempt,
    make_case,
    make_event,
    make_job,
    make_order,
    make_user,
)

pytestmark = pytest.mark.django_db

REJECT = next(
    way.code
    for way in KINDS.get("cancel_requested").resolutions
    if way.verb == "reject_request"
)


def decided(resolution: str = REJECT) -> OrderException:
    """A request to cancel that was answered an hour ago."""
    return make_case(
        make_order(),
        kind="cancel_requested",
        state=CaseState.RESOLVED,
        resolution=resolution,
        resolved_at=clock.now() - timedelta(hours=1),
        resolved_by=make_user(group="cs"),
    )


def test_decided_shows_the_answers_own_call_not_the_newest() -> None:
    case = decided()
    assert case.order is not None
    now = clock.now()
    to_market = make_job(case.order, peer="marketplace", operation="", dirty=False)
    for operation, ago in (("answer", 50), ("confirm", 5)):
        make_attempt(
            case.order,
            job=to_market,
            operation=operation,
            started_at=now - timedelta(minutes=ago),
        )

    sent = case_help.sent_since(case)

    assert sent is not None
    assert sent.text == timeline.operation_name("answer")


def test_a_call_of_another_cause_is_not_waited_for() -> None:
    case = decided()
    assert case.order is not None
    make_job(case.order, operation="update", dirty=True)

    assert case_help.sent_since(case) is None


def test_a_call_that_the_answer_leads_to_is_waited_for() -> None:
    case = decided()
    assert case.order is not None
    make_job(case.order, peer="marketplace", operation="answer", dirty=True)

    sent = case_help.sent_since(case)

    assert sent is not None
    assert sent.waits
    assert sent.text.startswith("Tell our answer")


def test_a_story_until_then_leaves_out_what_came_later() -> None:
    order = make_order()
    now = clock.now()
    make_event(order, "the buyer asks", at=now - timedelta(hours=3))
    for minutes in range(20):
        make_event(order, "later", at=now - timedelta(minutes=minutes))

    story = timeline.story(order, limit=12, until=now - timedelta(hours=1))

    assert [entry.text for entry in story.entries] == ["the buyer asks"]
    assert "the buyer asks" not in [
        entry.text for entry in timeline.story(order, limit=12).entries
    ]
