"""What each trigger finds: what stands, what of it is new, what it is worth."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from orders.alerts.findings import Finding
from orders.alerts.planning import look
from orders.exception_kinds import KINDS
from orders.models import AlertRule, CaseState, Stage
from shipsync_site.lib import clock
from stores.models import StoreState, WarehouseCalendar
from tests.orders.factories import make_case, make_order, make_store

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def rule(trigger: str, **values: Any) -> AlertRule:
    return AlertRule(trigger=trigger, role="ops", **values)


def seen(found: Finding) -> tuple[int, int]:
    return found.count, found.fresh


@pytest.fixture
def now() -> datetime:
    return clock.now()


def test_orders_near_their_ship_by_are_one_finding_with_money(now: datetime) -> None:
    store = make_store()
    for hours, total, currency in (
        (1, "10", "GBP"),
        (3, "20.5", "GBP"),
        (2, "7", "EUR"),
    ):
        make_order(
            store=store,
            ship_by=now + hours * HOUR,
            total=Decimal(total),
            currency=currency,
        )
    make_order(store=store, ship_by=now + 5 * HOUR)
    make_order(store=store, ship_by=now - HOUR)
    make_order(store=store, ship_by=now + HOUR, stage=Stage.CONFIRMED)
    make_order(store=store, ship_by=now + HOUR, not_ours="fba")

    found = look(rule("ship_by", minutes=240), now, None)

    assert seen(found) == (3, 3)
    assert found.money == {"GBP": Decimal("30.50"), "EUR": Decimal(7)}
    assert found.deadline == now + HOUR
    assert found.path == "/orders/?due=pack4h"
    assert found.sentence == "3 orders have to be packed within 4 h"


def test_what_was_told_is_not_new_and_what_came_since_is(now: datetime) -> None:
    store = make_store()
    told = now - HOUR
    warned: dict[str, Any] = {"store": store, "imported_at": now - 9 * HOUR}
    make_order(ship_by=now + 2 * HOUR, **warned)  # was near when it was told
    make_order(
        ship_by=now + timedelta(hours=3, minutes=30), **warned
    )  # came near since
    make_order(store=store, ship_by=now + HOUR, imported_at=now)  # came in since
    assert seen(look(rule("ship_by", minutes=240), now, told)) == (3, 2)


def test_a_collection_on_friday_warns_on_friday() -> None:
    """Ship-by is Monday 10:00; the last van before it leaves on Friday at 16:00."""
    friday = datetime.fromisoformat("2026-11-20T12:30:00+00:00")
    monday = datetime.fromisoformat("2026-11-23T10:00:00+00:00")
    calendar = WarehouseCalendar.objects.create()
    for weekday in range(5):
        calendar.cutoffs.create(carrier="royal_mail", weekday=weekday, at=time(16))
    make_order(ship_by=monday, imported_at=friday - 9 * HOUR)

    assert seen(look(rule("ship_by", minutes=240), friday - HOUR, None)) == (0, 0)
    found = look(rule("ship_by", minutes=240), friday, None)
    assert seen(found) == (1, 1)
    assert found.deadline == datetime.fromisoformat("2026-11-20T16:00:00+00:00")


def test_what_packing_can_not_help_any_more_is_said() -> None:
    """Monday's van comes too late for Monday 10:00; Friday's has left."""
    saturday = datetime.fromisoformat("2026-11-21T09:00:00+00:00")
    calendar = WarehouseCalendar.objects.create()
    for weekday in range(5):
        calendar.cutoffs.create(carrier="royal_mail", weekday=weekday, at=time(16))
    morning = datetime.fromisoformat("2026-11-23T10:00:00+00:00")
    make_order(ship_by=morning, imported_at=saturday - HOUR)
    found = look(rule("ship_by", minutes=240), saturday, None)
    assert seen(found) == (1, 1)
    assert found.deadline == morning
    assert found.details == ("The last collection before its ship-by is past for 1.",)


def test_an_account_has_its_own_bound(now: datetime) -> None:
    own, other = make_store(), make_store()
    calendar = WarehouseCalendar.objects.create(account=own.shipstation_account)
    day = now + timedelta(days=1)
    calendar.holidays.create(day=day.date(), name="Inventory")
    calendar.holidays.create(day=(day + timedelta(days=1)).date(), name="Inventory")
    late = now.replace(hour=23, minute=0) + timedelta(days=1)
    make_order(store=own, ship_by=late)
    make_order(store=other, ship_by=late)
    found = look(rule("ship_by", minutes=24 * 60), now, None)
    wanted = 2 if late - now <= timedelta(hours=24) else 1
    assert found.count == wanted


def test_an_escalation_tells_only_what_has_stood(now: datetime) -> None:
    store = make_store()
    old = make_order(
        store=store, ship_by=now + 20 * timedelta(minutes=1), imported_at=now - 9 * HOUR
    )
    make_order(
        store=store, ship_by=now + 50 * timedelta(minutes=1), imported_at=now - 9 * HOUR
    )
    late = make_order(
        store=store, ship_by=now - timedelta(minutes=10), imported_at=now - 9 * HOUR
    )
    stands = rule("ship_by", minutes=60, delay=30)

    found = look(stands, now, None)

    assert found.count == 2, "what came within the hour half an hour ago, late ones too"
    assert found.details == ("Late by now: 1 of them.",)
    told = now - timedelta(minutes=5)
    make_order(store=store, ship_by=now + timedelta(minutes=20), imported_at=now)
    assert seen(look(stands, now, told)) == (2, 0), "one that just came has not stood"
    for order in (old, late):
        order.stage = Stage.CONFIRMED
        order.save()
    assert look(stands, now, None).count == 0


def test_cases_near_their_deadline_by_team(now: datetime) -> None:
    near: dict[str, Any] = {"work_by": now + 2 * HOUR, "deadline": now + 2 * HOUR}
    make_case(team="cs", **near)
    make_case(team="ops", **near)
    make_case(team="cs", snooze="time", **near)
    make_case(team="cs", state=CaseState.RESOLVED, **near)
    found = look(rule("deadline", minutes=240, team="cs"), now, None)
    assert seen(found) == (1, 1)
    assert found.sentence == "1 CS case due within 4 h"
    assert found.path == "/cases/?team=cs&due=4h"


def test_cases_past_the_time_we_gave_ourselves(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = KINDS.get("store_silent")
    monkeypatch.setitem(KINDS._entries, kind.code, replace(kind, sla=HOUR))
    make_case(kind=kind.code, opened_at=now - 2 * HOUR)
    make_case(kind=kind.code, opened_at=now - HOUR / 2)
    assert seen(look(rule("sla", kind=kind.code), now, None)) == (1, 1)
    assert seen(look(rule("sla", kind=kind.code), now, now - HOUR / 2)) == (1, 0)
    assert look(rule("sla", kind=kind.code, delay=90), now, None).count == 0


def test_a_queue_grows_by_what_was_opened_less_what_was_settled(now: datetime) -> None:
    for _ in range(5):
        make_case(team="ops", opened_at=now - HOUR / 2)
    make_case(
        team="ops",
        opened_at=now - 3 * HOUR,
        state=CaseState.RESOLVED,
        resolved_at=now - HOUR / 3,
    )
    make_case(team="ops", opened_at=now - 3 * HOUR)
    grows = rule("growth", team="ops", count=4)
    assert seen(look(grows, now, None)) == (4, 4)
    assert seen(look(grows, now, now - HOUR / 2)) == (4, 0)
    assert look(rule("growth", team="ops", count=5), now, None).count == 0


def test_a_paused_store_is_told_with_what_waits_there(now: datetime) -> None:
    store = make_store(
        name="eBay DE", state=StoreState.PAUSED, paused_at=now - timedelta(minutes=10)
    )
    make_order(store=store, total=Decimal(80), ship_by=now + 3 * HOUR)
    make_store()
    found = look(rule("store"), now, None)
    assert seen(found) == (1, 1)
    assert found.money == {"GBP": Decimal(80)}
    assert found.deadline == now + 3 * HOUR
    assert found.details == ("eBay DE: 1 order waits to be shipped.",)
    assert seen(look(rule("store"), now, now - timedelta(minutes=5))) == (1, 0)
    assert look(rule("store", delay=30), now, None).count == 0


def test_a_paused_account_pauses_its_stores(now: datetime) -> None:
    store = make_store()
    account = store.remote_account
    account.state, account.paused_at = "paused", now
    account.save()
    assert look(rule("store"), now, None).count == 1


def test_a_case_of_a_kind_is_told_when_it_opens(now: datetime) -> None:
    make_case(kind="store_silent", opened_at=now - 2 * HOUR)
    make_case(kind="store_silent", opened_at=now - HOUR)
    make_case(kind="unknown_store", opened_at=now)
    found = look(rule("kind", kind="store_silent"), now, now - timedelta(minutes=90))
    assert seen(found) == (2, 1)
    assert found.sentence == "2 cases ‘Store silent’ open"


def test_access_that_ends_is_told_by_its_cases(now: datetime) -> None:
    make_case(kind="access_expires", opened_at=now)
    make_case(kind="store_silent", opened_at=now)
    assert look(rule("expiry"), now, None).count == 1
