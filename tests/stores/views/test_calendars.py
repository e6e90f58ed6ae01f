"""Working times in forms: before and after, one part at a time, signed and versioned."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client

from stores.calendar_setup import public_holidays
from stores.calendars import calendars
from stores.models import WarehouseCalendar
from tests.orders.factories import make_shipstation_account

pytestmark = pytest.mark.django_db
ALL = "/calendars/all/"
WEEK = {
    "part": "week",
    "timezone": "Europe/London",
    "opens_0": "08:00",
    "closes_0": "17:30",
}


@pytest.fixture
def lead(client: Client, users: dict[str, User]) -> Client:
    client.force_login(users["lead"])
    return client


def send(client: Client, url: str = ALL, **values: Any) -> str:
    return client.post(url, values, follow=True).content.decode()


def test_a_week_is_compared_first_and_saved_second(lead: Client) -> None:
    page = send(lead, **WEEK)
    assert "<strong>08:00 to 17:30</strong>" in page
    assert not WarehouseCalendar.objects.exists()

    page = send(lead, **WEEK, version=0, confirm=1)

    assert "Saved: 7 lines changed" in page
    assert calendars().general.hours == {0: (time(8), time(17, 30))}
    entry = LogEntry.objects.get()
    assert entry.user.username == "lead"
    assert "Monday: all day → 08:00 to 17:30" in entry.change_message
    assert "Tuesday: all day → closed" in entry.change_message


def test_what_another_person_saved_meanwhile_is_not_overwritten(lead: Client) -> None:
    send(lead, **WEEK, version=0, confirm=1)

    page = send(lead, **WEEK | {"opens_0": "09:00"}, version=0, confirm=1)

    assert "Not saved: somebody changed this calendar" in page
    assert calendars().general.hours == {0: (time(8), time(17, 30))}


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (WEEK | {"closes_0": ""}, "When does Monday end?"),
        (WEEK | {"opens_0": ""}, "When does Monday begin?"),
        (WEEK | {"closes_0": "07:00"}, "07:00 is not after 08:00"),
        (WEEK | {"timezone": "Mars/Olympus"}, "is no time zone"),
        ({"part": "collections", "at_0_0": "16:00"}, "Which carrier collects then?"),
        ({"part": "collections", "carrier_0": "ups"}, "On which weekday does ups"),
        ({"part": "holidays", "days": "Christmas"}, "Line 1, &#x27;Christmas&#x27;"),
        ({"part": "holidays", "days": "2026-02-30 x"}, "does not begin with a date"),
        (
            {"part": "holidays", "days": "2026-12-25 a\n\n2026-12-25 b"},
            "Line 3: 2026-12-25 stands above already",
        ),
    ],
)
def test_what_can_not_be_is_named(
    lead: Client, values: dict[str, str], says: str
) -> None:
    page = send(lead, **values, version=0, confirm=1)
    assert says in page
    assert not WarehouseCalendar.objects.exists()


def test_a_day_may_end_at_midnight(lead: Client) -> None:
    page = send(lead, **WEEK | {"closes_0": "00:00"})
    assert "<strong>08:00 to 24:00</strong>" in page


def test_collections_are_added_changed_and_taken_off(lead: Client) -> None:
    first = {"part": "collections", "carrier_0": "royal_mail", "at_0_4": "16:00"}
    send(lead, **first, version=0, confirm=1)
    assert calendars().general.cutoffs == {"royal_mail": {4: time(16)}}

    second = first | {"carrier_1": "dpd_uk", "at_1_5": "12:30"}
    page = send(lead, **second)
    assert "dpd_uk collects" in page
    assert "<strong>Sat 12:30</strong>" in page
    assert page.count("royal_mail collects") == 1, "only in the log of changes"

    page = send(lead, **second | {"carrier_1": "royal_mail"})
    assert "royal_mail stands above already" in page

    send(lead, part="collections", carrier_0="royal_mail", version=1, confirm=1)
    assert calendars().general.cutoffs == {}


def test_days_off_are_read_line_by_line(lead: Client) -> None:
    days = "2026-12-25 Christmas Day\r\n2026-12-26,Boxing Day\r\n2026-12-31"
    send(lead, part="holidays", days=days, version=0, confirm=1)
    assert calendars().general.holidays == {
        date(2026, 12, 25): "Christmas Day",
        date(2026, 12, 26): "Boxing Day",
        date(2026, 12, 31): "Closed",
    }


def test_public_holidays_are_offered_and_not_saved(lead: Client) -> None:
    row = WarehouseCalendar.objects.create()
    row.holidays.create(day=date(2027, 12, 25), name="We are shut")

    page = lead.get(ALL, {"place": "GB-ENG", "year": "2027"}).content.decode()

    assert "2027-03-26 Good Friday" in page
    assert "2027-12-25 We are shut" in page
    assert "2027-12-25 Christmas" not in page
    assert row.holidays.count() == 1


def test_places_differ_and_an_unknown_one_has_none() -> None:
    st_andrew = date(2027, 11, 30)
    assert st_andrew in public_holidays("GB-SCT", 2027)
    assert st_andrew not in public_holidays("GB-ENG", 2027)
    assert public_holidays("XX-??", 2027) == {}


def test_an_account_gets_its_own_as_a_copy_and_gives_it_back(lead: Client) -> None:
    send(lead, **WEEK, version=0, confirm=1)
    account = make_shipstation_account(name="Leeds")
    url = f"/calendars/{account.pk}/"
    assert "goes by the calendar of all" in lead.get("/calendars/").content.decode()

    send(lead, f"{url}own/")
    assert calendars().own[account.pk].hours == {0: (time(8), time(17, 30))}
    send(lead, url, **WEEK | {"opens_0": "10:00"}, version=1, confirm=1)
    assert calendars().of(account.pk).hours[0][0] == time(10)
    assert calendars().general.hours[0][0] == time(8)

    send(lead, f"{url}own/", drop=1)
    assert calendars().of(account.pk).hours[0][0] == time(8)


def test_who_may_only_look_sees_it_and_can_not_change_it(
    client: Client, users: dict[str, User]
) -> None:
    WarehouseCalendar.objects.create().cutoffs.create(
        carrier="royal_mail", weekday=4, at=time(16)
    )
    client.force_login(users["ops"])
    page = client.get(ALL).content.decode()
    assert "Fri 16:00" in page
    assert "Show what would change" not in page
    assert client.post(ALL, WEEK).status_code == 403
