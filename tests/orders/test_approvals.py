"""Four eyes: who may say the second yes, and what makes the question stale."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orders import approvals, selectors, triage
from orders.case_locks import ConflictError, InvalidActError, NotAllowedError
from orders.models import Approval, CaseState, Decision, OrderException
from orders.reconsider import reconsider
from stores.models import OperatingModel
from tests.orders import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> OrderException:
    """A request to cancel an order of 500 in a store that wants two people above 100."""
    store = factories.make_store(model={"four_eyes_above": "100"})
    order = factories.make_order(store=store, total=Decimal(500))
    factories.make_record(order, status="on_hold", held_by_us=True)
    order.lines.update(cancel_requested=True)
    reconsider([order.pk])
    return order.cases.get(kind="cancel_requested")


@pytest.fixture
def people() -> tuple[User, User]:
    return (
        factories.make_user("ann", group="cs"),
        factories.make_user("bob", group="cs"),
    )


def decide(case: OrderException, by: User, way: str = "cancel_market") -> Any:
    case.refresh_from_db()
    return triage.resolve(case, way, by, "she asked", case.version)


def question(case: OrderException) -> Approval:
    return Approval.objects.select_related("case__order").get(case=case)


def test_the_first_word_only_asks(
    case: OrderException, people: tuple[User, User]
) -> None:
    after = decide(case, people[0])

    assert after.state == CaseState.OPEN
    assert not Decision.objects.exists()
    asked = approvals.waiting(after)
    assert asked is not None
    assert (asked.amount, asked.currency) == (Decimal(500), "GBP")
    assert after.deadline == case.deadline


def test_a_second_person_carries_it_out_in_the_first_ones_name(
    case: OrderException, people: tuple[User, User]
) -> None:
    ann, bob = people
    decide(case, ann)

    approvals.answer(question(case), bob, yes=True, note="right")

    word = Decision.objects.get()
    assert (word.verb, word.by) == ("cancel_market", ann)
    case.refresh_from_db()
    assert case.state == CaseState.RESOLVED
    given = question(case)
    assert (given.state, given.answered_by) == ("given", bob)


@pytest.mark.parametrize("superuser", [False, True])
def test_never_the_same_person(case: OrderException, superuser: bool) -> None:
    ann = factories.make_user("ann", group="lead", is_superuser=superuser)
    decide(case, ann)

    with pytest.raises(InvalidActError, match="somebody else"):
        approvals.answer(question(case), ann, yes=True, note="")
    assert not Decision.objects.exists()


def test_only_those_who_may(case: OrderException, people: tuple[User, User]) -> None:
    decide(case, people[0])
    for role in ("ops", "finance", "packer"):
        with pytest.raises(NotAllowedError):
            approvals.answer(
                question(case), factories.make_user(group=role), yes=True, note=""
            )


def test_a_no_needs_a_word_and_leaves_the_case_to_be_decided(
    case: OrderException, people: tuple[User, User]
) -> None:
    ann, bob = people
    decide(case, ann)
    with pytest.raises(InvalidActError, match="Say why not"):
        approvals.answer(question(case), bob, yes=False, note=" ")

    after = approvals.answer(question(case), bob, yes=False, note="call her first")

    assert after.state == CaseState.OPEN
    assert not Decision.objects.exists()
    said_no = approvals.last_refused(after)
    assert said_no is not None
    assert said_no.answer_note == "call her first"
    assert approvals.waiting(decide(after, ann)) is not None


def test_a_case_that_changed_since_is_asked_anew(
    case: OrderException, people: tuple[User, User]
) -> None:
    ann, bob = people
    decide(case, ann)
    asked = question(case)
    OrderException.objects.filter(pk=case.pk).update(version=case.version + 5)

    with pytest.raises(ConflictError):
        approvals.answer(asked, bob, yes=True, note="")

    asked.refresh_from_db()
    assert asked.state == "stale"
    assert not Decision.objects.exists()
    decide(case, ann)
    assert Approval.objects.filter(case=case).count() == 2


def test_a_case_whose_cause_is_gone_asks_no_more(
    case: OrderException, people: tuple[User, User]
) -> None:
    decide(case, people[0])
    assert case.order is not None
    case.order.lines.update(cancel_requested=False)
    reconsider([case.order.pk])

    assert not approvals.all_waiting().exists()
    with pytest.raises(ConflictError):
        approvals.answer(question(case), people[1], yes=True, note="")


def test_another_way_out_overtakes_the_question(
    case: OrderException, people: tuple[User, User]
) -> None:
    ann, bob = people
    decide(case, ann)
    with pytest.raises(InvalidActError, match="ann has asked"):
        decide(case, bob)

    decide(case, bob, "ship_anyway")

    assert question(case).state == "stale"
    assert Decision.objects.get().verb == "ship_anyway"


def test_who_lost_the_right_meanwhile_decides_nothing(
    case: OrderException, people: tuple[User, User]
) -> None:
    ann, bob = people
    decide(case, ann)
    ann.groups.clear()

    with pytest.raises(InvalidActError, match="may not decide this any more"):
        approvals.answer(question(case), bob, yes=True, note="")


@pytest.mark.parametrize(
    ("limit", "total", "way", "asks"),
    [
        ("100", "100.01", "cancel_market", True),
        ("100", "100.00", "cancel_market", False),
        ("0", "0.01", "cancel_market", True),
        (None, "9999", "cancel_market", False),
        # What is worth nobody knows what is dear.
        ("100", None, "cancel_market", True),
        # Nobody outside hears of these.
        ("100", "500", "cancel", False),
        ("100", "500", "ship_anyway", False),
    ],
)
def test_what_wants_two_people(
    case: OrderException,
    people: tuple[User, User],
    limit: str | None,
    total: str | None,
    way: str,
    asks: bool,
) -> None:
    assert case.order is not None
    OperatingModel.objects.filter(store=case.store).update(four_eyes_above=limit)
    type(case.order).objects.filter(pk=case.order.pk).update(total=total)
    case = OrderException.objects.get(pk=case.pk)

    decide(case, people[0], way)

    assert Approval.objects.exists() == asks


def test_the_pages_show_it_and_take_the_answer(
    case: OrderException, people: tuple[User, User], client: Client
) -> None:
    ann, bob = people
    decide(case, ann)
    page = reverse("orders:case", args=[case.pk])
    answer = reverse("orders:approval_answer", args=[question(case).pk])

    client.force_login(ann)
    assert "somebody else of CS or a lead has to answer" in _text(client.get(page))
    client.post(answer, {"answer": "yes"})
    assert not Decision.objects.exists()

    client.force_login(bob)
    assert "Yes, carry it out" in _text(client.get(page))
    assert case.summary in _text(client.get(reverse("orders:approvals")))
    client.post(answer, {"answer": "yes"})
    assert Decision.objects.get().by == ann
    assert "Nothing waits for a second yes" in _text(
        client.get(reverse("orders:approvals"))
    )


def _text(response: Any) -> str:
    return str(response.content.decode())


def test_the_queue_says_which_decisions_wait(
    case: OrderException, people: tuple[User, User], client: Client
) -> None:
    client.force_login(people[1])
    queue = reverse("orders:cases") + "?state=open&sort=deadline"
    assert "Waits for a second yes" not in _text(client.get(queue))

    decide(case, people[0])
    page = selectors.case_rows(OrderException.objects.all()).get(pk=case.pk)
    assert page.second  # type: ignore[attr-defined]
