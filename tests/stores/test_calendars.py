"""The last moment that helps: collections, closed days, holidays, zones, clock changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as some
from pytest_django import DjangoAssertNumQueries

from stores.calendars import (
    EVERY_HOUR,
    Calendar,
    calendars,
    is_open,
    open_time,
    reached,
    work_by,
)
from stores.models import WarehouseCalendar
from tests.orders.factories import make_shipstation_account

LONDON, BERLIN = ZoneInfo("Europe/London"), ZoneInfo("Europe/Berlin")
MADRID, LOS_ANGELES = ZoneInfo("Europe/Madrid"), ZoneInfo("America/Los_Angeles")
WEEKDAYS = range(5)

OFFICE = Calendar(zone=LONDON, hours=dict.fromkeys(WEEKDAYS, (time(8), time(17, 30))))
VANS = replace(
    OFFICE,
    cutoffs={
        "royal_mail": dict.fromkeys(WEEKDAYS, time(16)),
        "dpd_uk": dict.fromkeys((*WEEKDAYS, 5), time(18)),
        "fedex": {2: time(12)},
    },
)
EASTER = replace(
    VANS, holidays={date(2026, 4, 3): "Good Friday", date(2026, 4, 6): "Easter Monday"}
)


def at(day: str, zone: ZoneInfo = LONDON) -> datetime:
    """'2026-11-20 16:00' as a wall time there, in UTC."""
    return datetime.fromisoformat(day).replace(tzinfo=zone).astimezone(UTC)


# 2026-11-20 is a Friday.
@pytest.mark.parametrize(
    ("calendar", "carrier", "deadline", "expected"),
    [
        pytest.param(EVERY_HOUR, "", "2026-11-23 03:00", "2026-11-23 03:00", id="none"),
        pytest.param(
            OFFICE, "", "2026-11-23 23:59", "2026-11-23 17:30", id="closes before"
        ),
        pytest.param(
            OFFICE, "", "2026-11-23 12:00", "2026-11-23 12:00", id="while it is open"
        ),
        pytest.param(
            OFFICE, "", "2026-11-23 08:00", "2026-11-20 17:30", id="as it opens"
        ),
        pytest.param(
            OFFICE, "", "2026-11-22 23:59", "2026-11-20 17:30", id="closed weekday"
        ),
        pytest.param(
            VANS, "royal_mail", "2026-11-23 10:00", "2026-11-20 16:00", id="Fri for Mon"
        ),
        pytest.param(
            VANS, "royal_mail", "2026-11-23 16:00", "2026-11-23 16:00", id="just taken"
        ),
        pytest.param(
            VANS, "royal_mail", "2026-11-23 15:59", "2026-11-20 16:00", id="just missed"
        ),
        pytest.param(
            VANS, "dpd_uk", "2026-11-23 23:59", "2026-11-23 17:30", id="van after close"
        ),
        pytest.param(
            VANS, "fedex", "2026-11-27 12:00", "2026-11-25 12:00", id="Wednesdays only"
        ),
        pytest.param(
            VANS, "", "2026-11-27 23:59", "2026-11-27 16:00", id="any carrier: earliest"
        ),
        pytest.param(
            VANS, "", "2026-11-25 23:59", "2026-11-25 12:00", id="earliest of that day"
        ),
        pytest.param(
            VANS, "ups", "2026-11-27 23:59", "2026-11-27 16:00", id="carrier not listed"
        ),
        pytest.param(
            EASTER, "royal_mail", "2026-04-07 10:00", "2026-04-02 16:00", id="holidays"
        ),
        pytest.param(
            EASTER, "royal_mail", "2026-04-06 23:59", "2026-04-02 16:00", id="a holiday"
        ),
        pytest.param(
            replace(OFFICE, hours={0: (time(22), time(0))}),
            "",
            "2026-11-24 12:00",
            "2026-11-24 00:00",
            id="until midnight",
        ),
        pytest.param(
            replace(VANS, hours={}),
            "dpd_uk",
            "2026-11-23 10:00",
            "2026-11-21 18:00",
            id="collections without hours",
        ),
        pytest.param(
            Calendar(zone=LONDON, holidays={date(2026, 12, 25): "Christmas"}),
            "",
            "2026-12-25 12:00",
            "2026-12-25 00:00",
            id="a holiday alone",
        ),
        pytest.param(
            replace(VANS, cutoffs={"royal_mail": {0: time(7)}}),
            "royal_mail",
            "2026-11-23 10:00",
            "2026-11-23 10:00",
            id="collected before it opens: no help",
        ),
    ],
)
def test_the_last_moment_that_helps(
    calendar: Calendar, carrier: str, deadline: str, expected: str
) -> None:
    assert work_by(at(deadline), calendar, carrier).at == at(expected)


def test_it_says_what_ends_it() -> None:
    collected = work_by(at("2026-11-23 10:00"), VANS, "royal_mail")
    assert (collected.carrier, collected.closing) == ("royal_mail", False)
    closed = work_by(at("2026-11-23 23:59"), VANS, "dpd_uk")
    assert (closed.carrier, closed.closing) == ("", True)
    itself = work_by(at("2026-11-23 12:00"), OFFICE)
    assert (itself.carrier, itself.closing) == ("", False)


def test_it_is_past_from_its_very_moment_on() -> None:
    last = work_by(at("2026-11-23 10:00"), VANS, "royal_mail")
    assert last.past(at("2026-11-20 16:00"))
    assert not last.past(at("2026-11-20 15:59"))


def test_the_marketplaces_zone_and_the_warehouses_meet_as_instants() -> None:
    """TikTok's 23:59 in Los Angeles is the next morning in Berlin."""
    berlin = replace(OFFICE, zone=BERLIN, cutoffs={"dhl": {3: time(16), 4: time(16)}})
    deadline = at("2026-11-20 23:59", LOS_ANGELES)
    assert deadline == at("2026-11-21 08:59", BERLIN)
    assert work_by(deadline, berlin, "dhl").at == at("2026-11-20 16:00", BERLIN)


@pytest.mark.parametrize(
    ("deadline", "expected"),
    [
        # Clocks go forward on 29 March 2026, back on 25 October 2026.
        ("2026-03-30 10:00", "2026-03-27 15:00+00:00"),
        ("2026-03-30 16:30", "2026-03-30 14:00+00:00"),
        ("2026-10-26 10:00", "2026-10-23 14:00+00:00"),
        ("2026-10-26 16:30", "2026-10-26 15:00+00:00"),
    ],
)
def test_a_wall_time_keeps_its_meaning_across_a_change_of_clocks(
    deadline: str, expected: str
) -> None:
    madrid = replace(VANS, zone=MADRID)
    found = work_by(at(deadline, MADRID), madrid, "royal_mail").at
    assert found == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 3), ("2026-10-25", 5), ("2026-10-18", 4)]
)
def test_days_of_23_and_25_hours_have_their_own_length(day: str, hours: int) -> None:
    """Open from midnight to four; the hour between one and two comes never or twice."""
    night = Calendar(zone=LONDON, hours={6: (time(0), time(4))})
    start = at(f"{day} 00:00")
    assert open_time(night, start, start + timedelta(hours=24)) == timedelta(
        hours=hours
    )


def test_opening_time_leaves_out_nights_weekends_and_holidays() -> None:
    friday_noon, tuesday_nine = at("2026-04-02 16:30"), at("2026-04-07 09:00")
    assert open_time(EASTER, friday_noon, tuesday_nine) == timedelta(hours=2)
    assert open_time(EASTER, tuesday_nine, friday_noon) == timedelta()
    assert open_time(EVERY_HOUR, friday_noon, tuesday_nine) == (
        tuesday_nine - friday_noon
    )


def test_a_warehouse_is_open_from_its_first_moment_to_before_its_last() -> None:
    assert not is_open(OFFICE, at("2026-11-20 07:59"))
    assert is_open(OFFICE, at("2026-11-20 08:00"))
    assert is_open(OFFICE, at("2026-11-20 17:29"))
    assert not is_open(OFFICE, at("2026-11-20 17:30"))
    assert not is_open(OFFICE, at("2026-11-21 12:00"))
    assert is_open(EVERY_HOUR, at("2026-11-21 03:00"))


moments = some.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2027, 1, 1),  # noqa: DTZ001
    timezones=some.just(UTC),
)


@given(deadline=moments, later=some.timedeltas(timedelta(0), timedelta(days=9)))
def test_it_is_never_after_the_deadline_and_never_falls_back(
    deadline: datetime, later: timedelta
) -> None:
    for carrier in ("", "royal_mail", "dpd_uk", "fedex"):
        first = work_by(deadline, EASTER, carrier).at
        assert first <= deadline
        assert first <= work_by(deadline + later, EASTER, carrier).at


@pytest.mark.parametrize(
    ("moment", "deadline"),
    [
        ("2026-11-20 15:00", "2026-11-20 16:00"),
        ("2026-11-20 16:00", "2026-11-23 16:00"),
        ("2026-11-21 12:00", "2026-11-23 16:00"),
    ],
)
def test_what_is_due_by_a_moment_reaches_to_the_next_collection(
    moment: str, deadline: str
) -> None:
    once = replace(VANS, cutoffs={"royal_mail": dict.fromkeys(WEEKDAYS, time(16))})
    short = at(deadline) - reached(at(moment), once)
    assert timedelta(0) <= short <= timedelta(minutes=1)
    assert reached(at(moment), EVERY_HOUR) == at(moment)


@given(moment=moments)
def test_what_is_due_by_a_moment_is_exactly_what_it_reaches(moment: datetime) -> None:
    bound = reached(moment, EASTER)
    assert work_by(bound, EASTER).at <= moment
    assert work_by(bound + timedelta(minutes=2), EASTER).at > moment


@pytest.mark.django_db
def test_an_account_with_a_calendar_takes_nothing_from_the_general_one(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    account = make_shipstation_account()
    general = WarehouseCalendar.objects.create()
    general.hours.create(weekday=0, opens=time(8), closes=time(17))
    general.holidays.create(day=date(2026, 12, 25), name="Christmas")
    own = WarehouseCalendar.objects.create(account=account, timezone="Europe/Berlin")
    own.cutoffs.create(carrier="dhl", weekday=4, at=time(15, 30))

    with django_assert_num_queries(4):
        found = calendars()

    assert found.of(None) == Calendar(
        zone=LONDON,
        hours={0: (time(8), time(17))},
        holidays={date(2026, 12, 25): "Christmas"},
    )
    assert found.of(account.pk) == Calendar(
        zone=BERLIN, cutoffs={"dhl": {4: time(15, 30)}}
    )
    assert found.of(account.pk + 1) == found.general


@pytest.mark.django_db
def test_there_is_one_calendar_for_all_and_one_per_account() -> None:
    assert not calendars().general.is_set
    account = make_shipstation_account()
    for owner in (None, account):
        WarehouseCalendar.objects.create(account=owner)
        with pytest.raises(IntegrityError), transaction.atomic():
            WarehouseCalendar.objects.create(account=owner)
