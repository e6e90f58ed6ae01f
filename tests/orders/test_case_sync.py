"""Cases that a person's decision brings about are that person's."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from orders import triage
from orders.models import OrderException
from orders.reconsider import reconsider
from tests.orders import factories

pytestmark = pytest.mark.django_db


def test_what_is_left_to_cancel_goes_to_who_decided(users: dict[str, User]) -> None:
    order = factories.make_order(
        lines=[{"cancel_requested": True, "cancel_reason": "Too slow"}]
    )
    reconsider([order.pk])
    case = OrderException.objects.get(order=order, kind="cancel_requested")
    assert case.assignee is None
    opened = order.events.get(verb="case_opened")
    assert opened.text.startswith("Case for CS: ")

    triage.resolve(case, "cancel", users["cs"], version=case.version)

    follower = OrderException.objects.get(order=order, kind="answer_cancellation")
    assert follower.assignee == users["cs"]
