"""Findings and closed periods: accepted and back, in cases, late rows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db.models import Q

from orders.models import CaseState, Order, OrderException
from reconciliation import findings, periods
from reconciliation.findings import FindingError, Seen
from reconciliation.models import Finding, FindingState, Period, Run, RunState, RunStore
from reconciliation.periods import PeriodError
from shipsync_site.lib import clock
from stores.models import Store
from tests.orders.factories import make_case, make_order, make_store, make_user

pytestmark = pytest.mark.django_db
RULE = "no_tracking_back"
DAY = date(2026, 11, 16)
NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_noon() -> object:
    kept = clock.current()
    clock.configure(clock.fast(1.0, start=NOW.timestamp()))
    yield None
    clock.configure(kept)


def look(
    store: Store, *orders: Order, days: int = 0, within: Q | None = None
) -> findings.Looked:
    rows = [Seen(remote_id=x.remote_id, order_id=x.pk, found="untold") for x in orders]
    now = NOW + timedelta(days=days)
    return findings.see(store, RULE, rows, within=within, now=now)


def test_accepted_until_a_day_it_is_back_the_day_after() -> None:
    store, ops = make_store(), make_user()
    order = make_order(store=store)
    look(store, order)
    finding = Finding.objects.get()
    case = OrderException.objects.get(kind="reconciled_no_tracking_back")
    assert (finding.case, case.context["findings"]) == (case, 1)

    for reason, until, field in (
        (" ", None, "reason"),
        ("x" * 301, None, "reason"),
        ("Known", NOW.date() - timedelta(days=1), "until"),
    ):
        with pytest.raises(FindingError) as refused:
            findings.accept(finding, ops, reason, until)
        assert refused.value.field == field

    until = NOW.date() + timedelta(days=1)
    findings.accept(finding, ops, "Known to the carrier", until)
    case.refresh_from_db()
    assert (finding.state, finding.case, case.state) == (
        FindingState.ACCEPTED,
        None,
        CaseState.RESOLVED,
    )
    assert order.events.filter(verb="finding_accepted", actor=ops).exists()

    look(store, order, days=1)
    finding.refresh_from_db()
    assert (finding.state, finding.days) == (FindingState.ACCEPTED, 2)
    assert findings.expire_accepted(NOW + timedelta(days=1)) == 0
    assert findings.expire_accepted(NOW + timedelta(days=2)) == 1
    look(store, order, days=2)
    finding.refresh_from_db()
    case.refresh_from_db()
    assert (finding.state, finding.days, case.state) == (
        FindingState.OPEN,
        3,
        CaseState.OPEN,
    )


def test_an_acceptance_is_taken_back() -> None:
    store, ops = make_store(), make_user()
    look(store, make_order(store=store))
    finding = Finding.objects.get()
    with pytest.raises(FindingError):
        findings.reopen(finding, ops)
    findings.accept(finding, ops, "Known")
    findings.reopen(finding, ops, "It was another one")
    assert (finding.state, finding.accepted_at) == (FindingState.OPEN, None)
    assert finding.case is not None
    look(store)
    finding.refresh_from_db()
    assert finding.state == FindingState.GONE
    with pytest.raises(FindingError):
        findings.accept(finding, ops, "Too late")


def test_it_joins_the_case_of_its_order_and_the_rest_stand_together() -> None:
    store = make_store()
    covered, alone, other = (make_order(store=store) for _ in range(3))
    own = make_case(covered, kind="carrier_unmapped")
    make_case(other, kind="address_not_verified")  # of another matter
    look(store, covered, alone, other)
    together = OrderException.objects.get(kind="reconciled_no_tracking_back")
    cases = dict(Finding.objects.values_list("order", "case"))
    assert cases == {
        covered.pk: own.pk,
        alone.pk: together.pk,
        other.pk: together.pk,
    }
    assert together.context["findings"] == 2

    # A case that went away covers it no more; one that a person answered does.
    OrderException.objects.filter(pk=own.pk).update(state=CaseState.RESOLVED)
    look(store, covered, alone, other, days=1)
    together.refresh_from_db()
    assert together.context["findings"] == 3
    OrderException.objects.filter(pk=own.pk).update(resolved_by=make_user())
    look(store, covered, days=2)
    together.refresh_from_db()
    assert (together.state, Finding.objects.get(order=covered).case) == (
        CaseState.RESOLVED,
        own,
    )
    assert Finding.objects.filter(state=FindingState.GONE).count() == 2


def test_a_look_at_a_part_ends_nothing_else() -> None:
    store = make_store()
    first, second = make_order(store=store), make_order(store=store)
    look(store, first, second)
    looked = look(store, days=1, within=Q(order=first))
    assert (looked.seen, looked.gone) == (0, 1)
    assert Finding.objects.get(order=second).state == FindingState.OPEN
    # Another store, and another rule, are not touched.
    look(make_store(), days=1)
    findings.see(store, "not_read_back", [])
    assert Finding.objects.get(order=second).state == FindingState.OPEN


# --- periods ------------------------------------------------------------------------


def compared(store: Store, buckets: dict[str, int], counted: int | None = None) -> None:
    run = Run.objects.create(
        first_day=DAY, last_day=DAY, state=RunState.DONE, finished_at=clock.now()
    )
    since, until = periods.bounds(store.timezone, DAY, DAY)
    RunStore.objects.create(
        run=run,
        store=store,
        since=since,
        until=until,
        zone=store.timezone,
        buckets=buckets,
        counted=counted,
    )


def closed_day(store: Store) -> Period:
    compared(store, {"agrees": 2})
    return periods.close(periods.period_for(store, "day", DAY), make_user())


def test_a_day_is_closed_once_it_is_over_compared_and_adds_up() -> None:
    store, lead = make_store(), make_user()
    today = periods.period_for(store, "day", NOW.date())
    with pytest.raises(PeriodError, match="not over"):
        periods.close(today, lead)
    day = periods.period_for(store, "day", DAY)
    with pytest.raises(PeriodError, match="No run"):
        periods.close(day, lead)
    compared(store, {"agrees": 2}, counted=3)
    with pytest.raises(PeriodError, match="do not add up"):
        periods.close(day, lead)
    compared(store, {"agrees": 3}, counted=3)
    closed = periods.close(day, lead)
    assert (closed.closed_by, closed.closed_as["buckets"]) == (lead, {"agrees": 3})
    with pytest.raises(PeriodError, match="already"):
        periods.close(closed, lead)
    month = periods.period_for(store, "month", DAY)
    assert (month.first_day, month.last_day) == (date(2026, 11, 1), date(2026, 11, 30))
    with pytest.raises(PeriodError):
        periods.period_for(store, "year", DAY)
    with pytest.raises(PeriodError, match="Say why"):
        periods.reopen(closed, lead, " ")
    opened = periods.reopen(closed, lead, "A parcel was found")
    assert (opened.closed_at, opened.reopened_why) == (
        None,
        f"{lead.username}: A parcel was found",
    )


def test_late_rows_open_a_closed_day_and_say_what_came() -> None:
    store = make_store()
    noon = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
    known = make_order(
        store=store,
        ordered_at=noon,
        imported_at=noon,
        remote_updated_at=noon,
    )
    period = closed_day(store)
    assert periods.look_for_late_rows() == 0

    make_order(  # of another day
        store=store, ordered_at=NOW, imported_at=NOW + timedelta(minutes=1)
    )
    assert periods.look_for_late_rows() == 0
    later = clock.now() + timedelta(minutes=1)
    make_order(store=store, ordered_at=noon, imported_at=later)
    Order.objects.filter(pk=known.pk).update(
        remote_updated_at=later, status="cancelled"
    )
    compared(store, {"agrees": 1, "cancelled_open": 1})
    assert periods.look_for_late_rows(store) == 1
    period.refresh_from_db()
    assert period.closed_at is None
    assert period.late_rows == 3
    assert period.reopened_why == (
        "After it was closed 1 order came in; 1 order was cancelled; ‘Agrees’ went from "
        "2 to 1; ‘Cancelled, but open’ went from 0 to 1."
    )
    assert periods.look_for_late_rows() == 0, "it is open by now"
