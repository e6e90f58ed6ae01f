"""The queue of causes, and what keeps it short: putting off, tags, saved views."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orders import snoozing
from orders.models import OrderException, SavedView, Snooze
from shipsync_site.lib import clock
from stores.models import CarrierCutoff, WarehouseCalendar
from tests.orders import factories

pytestmark = pytest.mark.django_db
LIST = "/cases/"


def body(response: Any) -> str:
    text: str = response.content.decode()
    return text


def alike(count: int, **fields: Any) -> list[OrderException]:
    """Cases of as many orders that one mapping ends."""
    store = factories.make_store()
    return [
        factories.make_case(
            factories.make_order(store=store, buyer=False, total=Decimal("10.50")),
            context={"carrier": "dpd_local", "service": "next_day"},
            **fields,
        )
        for _ in range(count)
    ]


# --- causes ---


def test_a_cause_says_how_many_by_when_whose_and_what_it_costs(
    users: dict[str, User], client: Client
) -> None:
    first, *_rest = alike(3)
    OrderException.objects.filter(pk=first.pk).update(assignee=None)
    client.force_login(users["ops"])

    page = client.get(LIST, {"team": "ops"})

    (row,) = page.context["groups"]
    text = body(page)
    assert (row.count, row.unowned, row.money) == (3, 3, [("GBP", Decimal("31.50"))])
    assert "×3" in text
    assert "31.50 GBP" in text
    assert 'aria-label="3 opened in the last 12 hours, most of them' in text
    assert f'id="group-{first.group_id}" data-row="group"' in text
    assert "3 wait for one reason" in text


def test_a_cause_opens_to_its_cases_in_the_url(
    users: dict[str, User], client: Client
) -> None:
    cases = alike(3)
    client.force_login(users["ops"])
    key = str(cases[0].group_id)

    page = client.get(LIST, {"open": key})
    part = client.get(
        LIST, {"open": key}, headers={"HX-Request": "true", "HX-Target": "queue"}
    )

    for answer in (page, part):
        assert {row["case"].pk for row in answer.context["rows"]} == {
            case.pk for case in cases
        }
        assert f'id="case-{cases[0].pk}" data-row="case"' in body(answer)
    assert "<html" in body(page)
    assert body(part).strip().startswith('<div id="queue"')
    assert client.get(LIST, {"open": "x"}).context["rows"] == []


def test_a_single_case_stands_for_itself(
    users: dict[str, User], client: Client
) -> None:
    case = factories.make_case(kind="push_refused")
    client.force_login(users["ops"])

    text = body(client.get(LIST))

    assert f'data-url="/cases/{case.pk}/"' in text
    assert case.order is not None
    assert case.order.number in text
    assert f'value="{case.pk}:{case.version}"' in text


def test_under_a_filter_of_cases_a_cause_counts_those_that_match(
    users: dict[str, User], client: Client
) -> None:
    mine, *others = alike(3)
    OrderException.objects.filter(pk=mine.pk).update(assignee=users["ops"])
    late = others[0]
    OrderException.objects.filter(pk=late.pk).update(
        work_by=clock.now() - timedelta(hours=1)
    )
    client.force_login(users["ops"])

    for query, count, owners in (
        ({"owner": "mine"}, 1, [("ops", 1)]),
        ({"owner": "nobody"}, 2, []),
        ({"due": "late"}, 1, []),
        ({"q": "dpd"}, 0, None),
    ):
        rows = client.get(LIST, query).context["groups"]
        assert sum(row.count for row in rows) == count, query
        if owners is not None:
            assert rows[0].owners == owners


def test_what_is_due_first_comes_first_and_says_what_ends_its_time(
    users: dict[str, User], client: Client
) -> None:
    monday = clock.now().replace(hour=23, minute=59, second=0, microsecond=0)
    monday += timedelta(days=14 - monday.weekday())
    store = factories.make_store()
    calendar = WarehouseCalendar.objects.create(timezone="UTC")
    CarrierCutoff.objects.create(
        calendar=calendar, carrier="DPD", weekday=4, at="16:00"
    )
    order = factories.make_order(store=store, ship_by=monday, buyer=False)
    shipped = factories.make_case(order, deadline=monday)
    other = factories.make_case(deadline=monday - timedelta(days=2))
    client.force_login(users["ops"])

    page = client.get(LIST)

    rows = page.context["groups"]
    assert [row.only for row in rows] == [shipped, other]
    assert rows[0].work_by == (monday - timedelta(days=3)).replace(hour=16, minute=0)
    assert "last collection (DPD); ship-by" in body(page)
    assert rows[1].ends == ""


def test_the_page_costs_the_same_beside_many(
    users: dict[str, User], client: Client, django_assert_num_queries: Any
) -> None:
    alike(2)
    factories.make_case()
    client.force_login(users["ops"])
    client.get(LIST)
    with django_assert_num_queries(17) as few:
        client.get(LIST)

    alike(12)
    for _ in range(4):
        factories.make_case()
    with django_assert_num_queries(len(few)):
        client.get(LIST)


# --- putting off ---


def test_put_off_from_its_page_and_seen_in_its_own_list(
    users: dict[str, User], client: Client
) -> None:
    case = factories.make_case(deadline=clock.now() + timedelta(hours=30))
    client.force_login(users["ops"])
    address = reverse("orders:case_snooze", args=[case.pk])
    assert 'value="ship_by"' in body(client.get(address))
    data = {"version": case.version, "rule": "ship_by", "reason": "Ask on Monday"}

    answer = client.post(address, data | {"next": "/cases/?team=ops"})

    assert answer["Location"] == "/cases/?team=ops"
    assert client.get(LIST).context["groups"] == []
    asleep = client.get(LIST, {"state": "asleep"})
    assert [row["case"].pk for row in asleep.context["rows"]] == [case.pk]
    assert "Put off by ops: ‘Ask on Monday’" in body(asleep)
    case.refresh_from_db()

    client.post(reverse("orders:case_wake", args=[case.pk]), {"version": case.version})
    assert len(client.get(LIST).context["groups"]) == 1


def test_what_can_not_be_put_off_keeps_what_was_typed(
    users: dict[str, User], client: Client
) -> None:
    case = factories.make_case(deadline=clock.now() + timedelta(hours=1))
    client.force_login(users["ops"])
    address = reverse("orders:case_snooze", args=[case.pk])
    data = {"version": case.version, "rule": "ship_by", "reason": "Ask on Monday"}

    answer = client.post(address, data)

    assert answer.status_code == 422
    assert "due within 4 hours" in body(answer)
    assert "Ask on Monday" in body(answer)
    assert client.post(address, data | {"reason": ""}).status_code == 422


def test_the_time_is_read_on_the_persons_own_clock(
    users: dict[str, User], client: Client
) -> None:
    case = factories.make_case(deadline=None)
    client.force_login(users["ops"])
    client.cookies["shipsync_zone"] = "America/New_York"
    day = clock.now().date() + timedelta(days=2)
    data = {"rule": "time", "until": f"{day}T09:00", "reason": "Call them"}

    client.post(
        reverse("orders:case_snooze", args=[case.pk]), data | {"version": case.version}
    )

    case.refresh_from_db()
    assert case.snoozed_until is not None
    assert case.snoozed_until.hour in (13, 14)


# --- tags ---


def test_a_tag_is_put_on_found_by_and_taken_off(
    users: dict[str, User], client: Client
) -> None:
    case, other = factories.make_case(), factories.make_case()
    client.force_login(users["ops"])
    address = reverse("orders:case_tag", args=[case.pk])

    client.post(address, {"name": "  Call   DPD "})
    client.post(address, {"name": "call dpd"})

    assert [tag.name for tag in case.tags.all()] == ["call dpd"]
    (row,) = client.get(LIST, {"tag": "Call DPD"}).context["groups"]
    assert row.only == case
    assert "call dpd" in body(client.get(LIST, {"rows": "cases"}))
    client.post(address, {"remove": "call dpd"})
    assert not case.tags.exists()
    assert not other.tags.exists()
    assert [event.text for event in case.events.order_by("pk")] == [
        "Tagged it ‘call dpd’",
        "Took the tag ‘call dpd’ off",
    ]


@pytest.mark.parametrize("name", ["", "   ", "x" * 31])
def test_a_bad_tag_says_so(users: dict[str, User], client: Client, name: str) -> None:
    case = factories.make_case()
    client.force_login(users["ops"])

    client.post(reverse("orders:case_tag", args=[case.pk]), {"name": name})

    assert client.get(LIST).context["messages"]
    assert not case.tags.exists()


# --- views ---


def test_everybodys_views_count_the_rows_of_their_lists(
    users: dict[str, User], client: Client
) -> None:
    alike(2)
    alike(1, assignee=users["ops"], deadline=clock.now() + timedelta(days=2))
    factories.make_case(kind="cancel_requested")
    factories.make_case(kind="tax_number_missing")
    factories.make_case(kind="drift_carrier", scope="account:x")
    asleep = factories.make_case(deadline=clock.now() + timedelta(days=1))
    snoozing.snooze(asleep, Snooze.SHIP_BY, users["ops"], asleep.version, "Wait")
    client.force_login(users["ops"])

    for team in ("", "ops"):
        views = client.get(LIST, {"team": team}).context["views"]
        assert len(views) == 8
        for view in views:
            page = client.get(f"{LIST}?{view.query}").context
            rows = page.get("groups") or page["rows"]
            assert view.count == len(rows) == page["counts"].total, view
            assert [v.name for v in page["views"] if v.current] == [view.name]
    counted = {view.name: view.count for view in views}
    assert counted["mine"] == counted["put off"] == 1
    assert counted["carrier"] == 3


def test_a_view_is_saved_from_the_filters_and_shared(
    users: dict[str, User], client: Client
) -> None:
    factories.make_case(kind="push_refused")
    client.force_login(users["ops"])
    query = "team=ops&kind=push_refused&q=&after=x~1&open=3&due=24h"

    answer = client.post(
        reverse("orders:view_save"), {"name": "Refused today", "query": query}
    )

    view = SavedView.objects.get()
    assert view.query == "kind=push_refused&due=24h&team=ops"
    assert answer["Location"] == f"{LIST}?{view.query}"
    page = client.get(answer["Location"])
    assert [(v.name, v.count) for v in page.context["views"] if v.current] == [
        ("Refused today", 1)
    ]
    client.force_login(users["cs"])
    assert "Refused today" not in body(client.get(LIST))
    SavedView.objects.update(shared=True)
    assert "Refused today" in body(client.get(LIST))
    assert "Shared by" in body(client.get(reverse("orders:views")))


def test_views_are_renamed_moved_shared_and_deleted(
    users: dict[str, User], client: Client
) -> None:
    client.force_login(users["ops"])
    for name in ("A", "B", "C"):
        client.post(reverse("orders:view_save"), {"name": name, "query": "due=4h"})
    last = SavedView.objects.get(name="C")
    address = reverse("orders:view_change", args=[last.pk])

    def names() -> list[str]:
        page = client.get(reverse("orders:views"))
        return [row["view"].name for row in page.context["own"]]

    client.post(address, {"act": "up"})
    assert names() == ["A", "C", "B"]
    client.post(address, {"act": "rename", "name": "A"})
    assert names() == ["A", "C", "B"]
    client.post(address, {"act": "rename", "name": "Due"})
    client.post(address, {"act": "share"})
    assert SavedView.objects.get(name="Due").shared is True
    client.post(address, {"act": "delete"})
    assert names() == ["A", "B"]

    client.force_login(users["cs"])
    theirs = SavedView.objects.get(name="A")
    stolen = reverse("orders:view_change", args=[theirs.pk])
    assert client.post(stolen, {"act": "delete"}).status_code == 404


def test_two_views_of_a_person_have_two_names(
    users: dict[str, User], client: Client
) -> None:
    client.force_login(users["ops"])
    data = {"name": "Mine", "query": "owner=mine"}

    client.post(reverse("orders:view_save"), data)
    page = client.post(reverse("orders:view_save"), data, follow=True)

    assert "choose another name" in body(page)
    assert SavedView.objects.count() == 1
