"""Each check says yes where all is well, and no where just its own fault is planted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.http import QueryDict

from orders.case_filters import CaseFilter
from orders.filters import OrderFilter
from orders.models import (
    Approval,
    FollowUp,
    FollowUpKind,
    Order,
    OrderException,
    Watch,
    WatchState,
)
from reconciliation.checklists import looking
from reconciliation.checklists.checks import CHECKS
from reconciliation.finding_filters import FindingFilter
from reconciliation.models import (
    Checklist,
    Finding,
    Period,
    Settlement,
    StandardLimit,
)
from reconciliation.settlement_filters import SettlementFilter
from reconciliation.standards.limits import standards_of
from shipsync_site.lib import clock
from stores.models import Budget, Lane, Store, WebhookEndpoint
from tests.orders.factories import (
    make_case,
    make_order,
    make_record,
    make_shipment,
    make_store,
)
from tests.reconciliation.checklists.build import make_checklist, make_day
from tests.reconciliation.factories import make_finding, make_run, make_settlement

pytestmark = pytest.mark.django_db
# A Tuesday noon.
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
YESTERDAY = NOON.date() - timedelta(days=1)


@pytest.fixture
def store(db: None) -> Store:
    """A shop at noon with nothing wrong: compared, closed, watched."""
    clock.configure(clock.fast(1.0, NOON.timestamp()))
    Checklist.objects.all().delete()
    store = make_store(slug="amazon-uk")
    make_run([store], buckets={"agrees": 7}, counted=7)
    Period.objects.create(
        store=store, kind="day", first_day=YESTERDAY, last_day=YESTERDAY, closed_at=NOON
    )
    watch("the cluster", WatchState.UP)
    Lane.objects.create(
        account=store.remote_account.key,
        direction="pull",
        due_at=clock.real_now() + HOUR,
        last_ok_at=clock.real_now(),
    )
    make_settlement(store.remote_account, [{"amount": "5.00", "rung": "order"}])
    return store


def watch(label: str, state: str) -> None:
    Watch.objects.create(
        key=label,
        label=label,
        period=60,
        grace=60,
        state=state,
        changed_at=NOON,
        looked_at=NOON,
    )


def late(store: Store) -> Order:
    return make_order(store=store, ship_by=NOON - HOUR)


def follow_up(store: Store) -> None:
    FollowUp.objects.create(
        order=make_order(store=store),
        kind=FollowUpKind.REFUND,
        cause="1",
        whose="seller",
        due=NOON - HOUR,
        created_at=NOON,
    )


def approval(store: Store) -> None:
    Approval.objects.create(
        case=make_case(make_order(store=store)),
        version=1,
        resolution="cancel",
        reason="more than we decide alone",
        asked_by_name="ops",
        asked_at=NOON,
    )


def silent_shipstation(store: Store) -> None:
    """Parcels of a direct store of which ShipStation told nobody."""
    direct = make_store(mode="direct", model={"notify_samples": 3})
    for _ in range(3):
        order = make_order(store=direct)
        record = make_record(order, store_id=direct.shipstation_store_id)
        make_shipment(
            order,
            ss_order_id=record.ss_order_id,
            created_at=NOON - timedelta(days=2),
            notified=False,
        )


def spent(store: Store) -> None:
    Budget.objects.create(
        account=store.remote_account.key,
        group="reports",
        capacity=100,
        tokens=4,
        period=86_400,
        at=NOON.timestamp(),
        resets_at=NOON.timestamp() + 7200,
    )


def webhook_trouble(store: Store) -> None:
    row = WebhookEndpoint(
        account=store.remote_account.key, enabled=True, problem="Not subscribed"
    )
    row.renew_token(NOON)
    row.save()


def broken_standard(store: Store) -> None:
    """A late order, and a limit that allows none."""
    for standard in standards_of(store):
        StandardLimit.objects.create(store=store, metric=standard.code, limit="0.00001")
    make_order(
        store=store,
        stage="dispatched",
        ordered_at=NOON - timedelta(days=5),
        ship_by=NOON - timedelta(days=3),
    )


def pause(store: Store) -> None:
    store.state = "paused"
    store.save()


def case(**fields: Any) -> Callable[[Store], object]:
    return lambda store: make_case(make_order(store=store), **fields)


def order(**fields: Any) -> Callable[[Store], object]:
    return lambda store: make_order(store=store, **fields)


FAULTS: dict[str, Callable[[Store], object]] = {
    "orders_late": late,
    "orders_today": order(ship_by=NOON + HOUR),
    "orders_unconfirmed": order(stage="dispatched"),
    "orders_held": order(stage="held"),
    "cases_late": case(deadline=NOON - HOUR),
    "cases_unowned": case(deadline=NOON + HOUR),
    "cases_open": lambda store: [make_case(make_order(store=store)) for _ in range(21)],
    "cancellations": case(kind="cancel_requested"),
    "follow_ups": follow_up,
    "approvals": approval,
    "stores_work": pause,
    "lanes_up": lambda store: Lane.objects.update(due_at=clock.real_now() - HOUR),
    "watches": lambda store: watch("orders of Amazon UK", WatchState.DOWN),
    "webhooks": webhook_trouble,
    "quotas": spent,
    "access": case(kind="access_expires"),
    "alerts": case(kind="alert_undelivered"),
    "notified": silent_shipstation,
    "run_adds_up": lambda store: make_run([store], buckets={"agrees": 6}, counted=7),
    "findings_old": lambda store: make_finding(store, days=3),
    "findings_open": make_finding,
    "period_closed": lambda store: Period.objects.update(reopened_at=NOON),
    "standards": broken_standard,
    "lists_signed": lambda store: make_day(make_checklist(), YESTERDAY),
    "settlements_whole": lambda store: make_settlement(
        store.remote_account, [{"amount": "5.00", "rung": "order"}], total="5.01"
    ),
    "settlements_matched": lambda store: make_settlement(
        store.remote_account, [{"amount": "5.00"}]
    ),
    "settlements_signed": lambda store: make_settlement(
        store.remote_account, stored_at=NOON - timedelta(days=4)
    ),
}


def look(code: str, **list_fields: Any) -> dict[str, Any]:
    """What a check says on a list of ops made now."""
    run = make_day(
        make_checklist(items=[{"text": "It", "check_code": code}], **list_fields)
    )
    looking.look(run)
    found: dict[str, Any] = run.ticks.get().evidence
    run.delete()
    return found


def test_every_check_has_a_fault() -> None:
    assert set(FAULTS) == {check.code for check in CHECKS}


@pytest.mark.parametrize("code", FAULTS)
def test_a_check_says_yes_until_its_fault_is_there(code: str, store: Store) -> None:
    before = look(code)
    assert before["ok"] is True, before

    FAULTS[code](store)

    after = look(code)
    assert after["ok"] is False, after
    assert after["sentence"] != before["sentence"]


@pytest.mark.parametrize(
    ("code", "narrow"),
    [
        ("orders_late", lambda query: OrderFilter(query).narrow(Order.objects.all())),
        ("orders_today", lambda query: OrderFilter(query).narrow(Order.objects.all())),
        ("orders_held", lambda query: OrderFilter(query).narrow(Order.objects.all())),
        (
            "orders_unconfirmed",
            lambda query: OrderFilter(query).narrow(Order.objects.all()),
        ),
        *(
            (
                code,
                lambda query: CaseFilter(query).narrow(
                    OrderException.objects.all(), None
                ),
            )
            for code in ("cases_late", "cases_unowned", "cases_open", "cancellations")
        ),
        *(
            (
                code,
                lambda query: FindingFilter(query).narrow(Finding.objects.all()),
            )
            for code in ("findings_old", "findings_open")
        ),
        (
            "settlements_whole",
            lambda query: SettlementFilter(query).narrow(
                Settlement.objects.filter(stored_at__isnull=False)
            ),
        ),
    ],
)
def test_the_list_behind_a_figure_has_just_as_many_rows(
    code: str, narrow: Callable[[QueryDict], Any], store: Store
) -> None:
    other = make_store(slug="amazon-de")
    for each in (store, store, other):
        FAULTS[code](each)
    # What must not be counted: closed, of other stages, put off.
    make_order(store=store, stage="done", ship_by=NOON - HOUR)
    make_case(make_order(store=store, stage="done"), snooze="time", deadline=NOON)
    make_finding(store, days=9, state="gone")

    for stores in ((), (store,)):
        evidence = look(code, stores=stores)
        (link,) = evidence["links"]
        query = QueryDict(link["url"].partition("?")[2])
        figure = evidence["figures"][0][1]
        assert narrow(query).count() == figure > 1


def test_a_month_adds_up_by_its_days_or_by_one_run(store: Store) -> None:
    month: dict[str, Any] = {"cadence": "month_end", "days_after": 24}
    first, last = date(2026, 10, 1), date(2026, 10, 31)
    assert "not compared on 31 days" in look("run_adds_up", **month)["sentence"]

    for number in range(30):
        make_run(
            [store], first + timedelta(days=number), buckets={"agrees": 2}, counted=2
        )
    assert "not compared on 1 days" in look("run_adds_up", **month)["sentence"]
    bad = make_run([store], last, buckets={"agrees": 1}, counted=2)
    assert (
        look("run_adds_up", **month)["sentence"]
        == "Amazon UK: 1 in buckets, 2 counted."
    )

    # The run of the whole month is the later word on each of its days.
    make_run([store], first, last, buckets={"agrees": 62}, counted=62)
    found = look("run_adds_up", **month)
    assert (found["ok"], found["sentence"]) == (
        True,
        "October 2026 adds up for 1 store.",
    )
    assert bad.pk not in {int(x["url"].split("/")[-2]) for x in found["links"]}


def test_rates_without_figures_are_not_called_within_their_limit(store: Store) -> None:
    rates = len(list(standards_of(store)))
    found = look("standards")
    assert found["ok"]
    assert found["sentence"] == (
        f"None of 0 rates is beyond its limit; 0 near. Of {rates} nothing was counted."
    )
