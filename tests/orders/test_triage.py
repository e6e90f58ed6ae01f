from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from orders import triage
from orders.models import (
    CaseState,
    Decision,
    ExceptionNote,
    OrderEvent,
    OrderException,
)
from orders.triage import ConflictError, InvalidActError, NotAllowedError
from tests.orders import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def reconsidered(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The order ids handed to reconsider; the cases stay as the test made them."""
    calls: list[list[int]] = []

    def reconsider(order_ids: list[int], **_: Any) -> None:
        calls.append(list(order_ids))

    monkeypatch.setattr(triage, "reconsider", reconsider)
    return calls


def test_taking_a_case_says_so_in_the_timeline(users: dict[str, User]) -> None:
    case = factories.make_case()

    triage.assign(case, users["ops"], users["ops"], case.version)

    case.refresh_from_db()
    assert case.assignee == users["ops"]
    assert case.version == 2
    event = OrderEvent.objects.get(order=case.order)
    assert (event.verb, event.text, event.actor) == (
        "case_assigned",
        "Case taken",
        users["ops"],
    )


def test_second_person_gets_a_conflict_that_names_the_first(
    users: dict[str, User],
) -> None:
    case = factories.make_case()
    triage.assign(case, users["cs"], users["cs"], case.version)

    with pytest.raises(ConflictError) as caught:
        triage.assign(case, users["ops"], users["ops"], version=1)

    assert "cs was faster: 'Case taken'" in str(caught.value)
    assert caught.value.case.assignee == users["cs"]
    case.refresh_from_db()
    assert case.assignee == users["cs"]


def test_packer_cannot_take_a_case(users: dict[str, User]) -> None:
    case = factories.make_case()

    with pytest.raises(NotAllowedError, match="assign cases"):
        triage.assign(case, users["packer"], users["packer"], case.version)


def test_note_is_kept_with_its_author(users: dict[str, User]) -> None:
    case = factories.make_case()

    triage.add_note(case, "  Asked the buyer.  ", users["packer"])

    note = ExceptionNote.objects.get(case=case)
    assert (note.text, note.author) == ("Asked the buyer.", users["packer"])


@pytest.mark.parametrize(
    ("text", "message"), [("  ", "empty"), ("x" * 4001, "4,001|4001")]
)
def test_note_that_cannot_be_kept_is_refused(
    users: dict[str, User], text: str, message: str
) -> None:
    case = factories.make_case()

    with pytest.raises(InvalidActError, match=message):
        triage.add_note(case, text, users["ops"])

    assert not ExceptionNote.objects.exists()


def test_resolving_records_the_decision_for_exactly_this_cause(
    users: dict[str, User], reconsidered: list[list[int]]
) -> None:
    case = factories.make_case(kind="cancel_requested", cause="request-1")

    triage.resolve(case, "ship_anyway", users["cs"], "Buyer withdrew", case.version)

    case.refresh_from_db()
    assert (case.state, case.resolution, case.resolved_by) == (
        CaseState.RESOLVED,
        "ship_anyway",
        users["cs"],
    )
    decision = Decision.objects.get(order=case.order)
    assert (decision.verb, decision.cause, decision.reason, decision.by_name) == (
        "ship_anyway",
        "request-1",
        "Buyer withdrew",
        "cs",
    )
    assert OrderEvent.objects.get(order=case.order).data["decision"] == decision.pk
    assert reconsidered == [[case.order_id]]


def test_ops_cannot_decide_about_a_cancellation(
    users: dict[str, User], reconsidered: list[list[int]]
) -> None:
    case = factories.make_case(kind="cancel_requested")

    with pytest.raises(NotAllowedError, match="decide about cancellations"):
        triage.resolve(case, "cancel", users["ops"], "", case.version)

    assert not Decision.objects.exists()
    assert reconsidered == []


def test_reason_is_asked_for_where_it_is_needed(
    users: dict[str, User], reconsidered: list[list[int]]
) -> None:
    case = factories.make_case(kind="cancel_requested")

    with pytest.raises(InvalidActError, match="'Ship anyway' needs a reason"):
        triage.resolve(case, "ship_anyway", users["cs"], "  ", case.version)

    case.refresh_from_db()
    assert case.state == CaseState.OPEN


def test_unknown_way_out_is_refused(users: dict[str, User]) -> None:
    case = factories.make_case(kind="push_refused")

    with pytest.raises(InvalidActError, match="no way out called 'adopt'"):
        triage.resolve(case, "adopt", users["ops"], "", case.version)


def test_resolved_case_is_not_resolved_again(
    users: dict[str, User], reconsidered: list[list[int]]
) -> None:
    case = factories.make_case(kind="push_refused")
    triage.resolve(case, "dismiss", users["lead"], "Sent by hand", case.version)

    with pytest.raises(ConflictError, match="lead was faster"):
        triage.resolve(case, "retry", users["ops"], "", version=2)

    assert Decision.objects.count() == 1


def test_retry_lifts_refusals_and_takes_up_parked_jobs(
    users: dict[str, User], reconsidered: list[list[int]]
) -> None:
    order = factories.make_order()
    job = factories.make_job(order, parked="stuck", leases=5, failures=3)
    refused = factories.make_attempt(order, job=job, outcome="refused")
    unknown = factories.make_attempt(order, job=job, outcome="unknown")
    other = factories.make_attempt(factories.make_order(), outcome="refused")
    case = factories.make_case(order, kind="push_refused")

    triage.resolve(case, "retry", users["ops"], "", case.version)

    for row in (job, refused, unknown, other):
        row.refresh_from_db()
    assert refused.retried_at is not None
    assert unknown.retried_at is None
    assert other.retried_at is None
    assert (job.parked, job.leases, job.failures) == ("", 0, 0)
    assert reconsidered == [[order.pk]]


def test_looking_again_is_for_those_who_may_retry(
    users: dict[str, User], reconsidered: list[list[int]]
) -> None:
    order = factories.make_order()

    with pytest.raises(NotAllowedError):
        triage.look_again(order, users["cs"])
    triage.look_again(order, users["ops"])

    assert reconsidered == [[order.pk]]
    assert OrderEvent.objects.get(order=order).verb == "look_again"


def test_case_whose_cause_still_stands_comes_back_open(
    users: dict[str, User],
) -> None:
    order = factories.make_order(
        lines=[{"cancel_requested": True}], status="open", stage="held"
    )
    factories.make_record(
        order, status="on_hold", raw_status="on_hold", held_by_us=True
    )
    triage.reconsider([order.pk])
    case = OrderException.objects.get(order=order, kind="cancel_requested")

    answered = triage.resolve(
        case, "ship_anyway", users["cs"], "Withdrawn by message", case.version
    )

    assert answered.state == CaseState.RESOLVED
    order.refresh_from_db()
    assert order.stage != "cancelled"


def open_silent(store: Any, **values: Any) -> OrderException:
    return triage.open_store_case(
        f"store:{store.pk}",
        "store_silent",
        "silent",
        values.pop("summary", "No read since 09:00"),
        store=store,
        **values,
    )


def test_store_case_is_opened_once() -> None:
    store = factories.make_store()

    first = open_silent(store)
    second = open_silent(store, summary="No read since 08:00")

    assert first.pk == second.pk
    assert OrderException.objects.get().summary == "No read since 08:00"
    assert second.times_opened == 1


def test_store_case_that_went_away_comes_back_in_place(users: dict[str, User]) -> None:
    store = factories.make_store()
    case = open_silent(store)

    assert triage.close_store_case(case.scope, "store_silent") == 1
    case.refresh_from_db()
    assert (case.state, case.resolution) == (CaseState.RESOLVED, triage.GONE)
    again = open_silent(store)

    assert again.pk == case.pk
    assert (again.state, again.times_opened) == (CaseState.OPEN, 2)


def test_store_case_that_a_person_accepted_stays_closed(users: dict[str, User]) -> None:
    account = factories.make_remote_account()
    case = triage.open_store_case(account.key, "unknown_store", "A1", "Orders of A1")
    triage.resolve(case, "not_for_us", users["ops"], "Another firm", case.version)

    again = triage.open_store_case(account.key, "unknown_store", "A1", "Orders of A1")

    assert again.state == CaseState.RESOLVED
