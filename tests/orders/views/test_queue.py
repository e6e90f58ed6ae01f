"""The queue's filters and order; a decision taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orders import triage
from orders.models import (
    CaseState,
    Decision,
    OrderEvent,
    ShipStationOrder,
)
from shipsync_site.lib import clock
from tests.orders import factories

pytestmark = pytest.mark.django_db
LIST = "/cases/"


@pytest.fixture(autouse=True)
def _undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triage, "reconsider", lambda ids: None)


def shown(client: Client, **query: str) -> list[int]:
    """The cases of the list, in its order."""
    page = client.get(LIST, {"rows": "cases"} | query)
    return [row["case"].pk for row in page.context["rows"]]


def causes(client: Client, **query: str) -> list[int]:
    """The keys of the causes of the list, in its order."""
    return [row.group.pk for row in client.get(LIST, query).context["groups"]]


# --- filters ---


def test_every_tab_counts_the_rows_of_its_list(
    users: dict[str, User], client: Client
) -> None:
    late = clock.now() - timedelta(hours=1)
    for kind, count in (("push_refused", 3), ("cancel_requested", 2), ("overdue", 1)):
        for number in range(count):
            factories.make_case(kind=kind, deadline=late if number else None)
    factories.make_case(kind="push_refused", team="lead")
    client.force_login(users["lead"])

    for query in ({}, {"due": "late"}, {"q": "refused"}, {"owner": "nobody"}):
        for rows, listed in ({"rows": "cases"}, shown), ({}, causes):
            page = client.get(LIST, query | rows)
            for tab in page.context["tabs"]:
                inner = dict(query) | ({"team": tab["team"]} if tab["team"] else {})
                assert tab["count"] == len(listed(client, **inner)), (query, tab)
                if tab["current"]:
                    assert page.context["counts"].total == tab["count"]


def test_the_sentence_counts_what_its_links_list(
    users: dict[str, User], client: Client
) -> None:
    factories.make_case(assignee=users["ops"])
    factories.make_case(assignee=users["cs"], deadline=None)
    factories.make_case()
    client.force_login(users["ops"])

    for rows, listed in ({"rows": "cases"}, shown), ({}, causes):
        counts = client.get(LIST, rows).context["counts"]
        assert counts.soon == len(listed(client, due="4h")) == 2
    assert "mine (1)</a>" in client.get(LIST).content.decode()


def test_they_are_found_by_marketplace_system_and_person(
    users: dict[str, User], client: Client
) -> None:
    mias = factories.make_case(kind="push_refused", assignee=factories.make_user("mia"))
    theirs = factories.make_case(kind="answer_cancellation")
    yours = factories.make_case(kind="cancel_requested")
    ours = factories.make_case(kind="order_unpushable")
    client.force_login(users["ops"])

    assert shown(client, owner="@mia") == [mias.pk]
    assert shown(client, owner="@nobody-of-ours") == []
    assert shown(client, system="shipstation") == [mias.pk]
    assert shown(client, system="amazon") == [theirs.pk]
    assert shown(client, system="you") == [yours.pk]
    assert shown(client, system="us") == [ours.pk]
    assert len(shown(client, marketplace="amazon")) == 4
    assert shown(client, marketplace="nowhere") == []


def test_the_badge_on_a_row_is_what_its_filter_finds(
    users: dict[str, User], client: Client
) -> None:
    for kind in ("push_refused", "answer_cancellation", "overdue", "carrier_unmapped"):
        factories.make_case(kind=kind)
    client.force_login(users["ops"])

    for row in client.get(LIST, {"rows": "cases"}).context["rows"]:
        assert row["case"].pk in shown(client, system=row["owner"]), row["owner"]
    for cause in client.get(LIST).context["groups"]:
        assert cause.group.pk in causes(client, system=cause.owner), cause.owner


def test_the_order_is_chosen_in_the_url_and_pages_keep_it(
    users: dict[str, User], client: Client
) -> None:
    now = clock.now()
    store = factories.make_store()
    cases = [
        factories.make_case(
            factories.make_order(store=store, buyer=False),
            opened_at=now - timedelta(minutes=number),
            deadline=now + timedelta(minutes=(number * 37) % 53),
        )
        for number in range(53)
    ]
    client.force_login(users["ops"])
    newest_first = [case.pk for case in cases]

    for sort, wanted in (
        ("newest", newest_first),
        ("oldest", newest_first[::-1]),
        ("deadline", [c.pk for c in sorted(cases, key=lambda c: c.deadline or now)]),
    ):
        first = client.get(LIST, {"sort": sort, "rows": "cases"}).context["page"]
        rest = shown(client, sort=sort, after=first.next)
        assert [case.pk for case in first.rows] + rest == wanted
    assert shown(client, sort="sideways") == []


def test_tabs_and_pages_keep_the_filters(
    users: dict[str, User], client: Client
) -> None:
    factories.make_case(kind="push_refused")
    client.force_login(users["ops"])

    page = client.get(LIST, {"q": "refused", "sort": "oldest", "owner": "nobody"})

    text = page.content.decode()
    assert 'href="?q=refused&amp;sort=oldest&amp;owner=nobody&amp;team=ops"' in text
    assert "/cases/export.csv?q=refused&amp;sort=oldest&amp;owner=nobody" in text


def test_list_costs_a_constant_number_of_queries(
    users: dict[str, User], client: Client, django_assert_num_queries: Any
) -> None:
    store = factories.make_store()

    def more(count: int) -> None:
        for _ in range(count):
            order = factories.make_order(store=store, buyer=False)
            factories.make_case(order, kind="cancel_requested", context={"lines": [1]})

    more(2)
    client.force_login(users["lead"])
    client.get(LIST, {"team": "cs"})
    with django_assert_num_queries(17) as few:
        client.get(LIST, {"team": "cs"})
    more(40)
    with django_assert_num_queries(len(few)):
        client.get(LIST, {"team": "cs"})


# --- acts on one ---


def test_a_decision_is_taken_back(users: dict[str, User], client: Client) -> None:
    case = factories.make_case(kind="overdue")
    triage.resolve(case, "dismiss", users["lead"], "Agreed", case.version)
    case.refresh_from_db()
    client.force_login(users["ops"])
    page = client.get(reverse("orders:case", args=[case.pk])).content.decode()
    assert "Take the decision back" in page

    client.post(
        reverse("orders:case_reopen", args=[case.pk]), {"version": case.version}
    )

    assert [row.verb for row in Decision.objects.order_by("pk")] == ["accept", "reopen"]
    event = OrderEvent.objects.get(verb="case_taken_back")
    assert (event.actor, event.case_id) == (users["ops"], case.pk)


def test_what_was_sent_can_not_be_taken_back(
    users: dict[str, User], client: Client
) -> None:
    case = factories.make_case(kind="cancel_requested")
    triage.resolve(case, "cancel", users["cs"], "", case.version)
    case.refresh_from_db()
    client.force_login(users["cs"])
    address = reverse("orders:case_reopen", args=[case.pk])

    page = client.post(address, {"version": case.version}, follow=True)

    assert "something was sent" in page.content.decode()
    assert Decision.objects.count() == 1


def test_a_store_case_has_a_story_of_what_people_did(
    users: dict[str, User], client: Client
) -> None:
    store = factories.make_store()
    case = triage.open_store_case(
        f"store:{store.pk}", "store_silent", "silent", "No read", store=store
    )
    triage.assign(case, users["ops"], users["ops"], case.version)
    case.refresh_from_db()
    triage.resolve(case, "handled", users["ops"], "Worker restarted", case.version)
    case.refresh_from_db()
    triage.reopen(case, users["lead"], case.version)
    client.force_login(users["ops"])

    page = client.get(reverse("orders:case", args=[case.pk])).content.decode()

    for line in ("Case taken", "Decided: Handled", "Took the decision back"):
        assert line in page
    case.refresh_from_db()
    assert (case.state, case.times_opened) == (CaseState.OPEN, 2)


def test_a_note_is_kept_and_says_what_happened_meanwhile(
    users: dict[str, User], client: Client
) -> None:
    case = factories.make_case()
    triage.assign(case, users["lead"], users["lead"], case.version)
    client.force_login(users["ops"])

    page = client.post(
        reverse("orders:case_note", args=[case.pk]),
        {"text": "On shelf 4", "version": "1"},
        follow=True,
    ).content.decode()

    assert "On shelf 4" in page
    assert "Meanwhile: lead was faster: &#x27;Case taken&#x27;" in page


def test_of_several_shipstation_orders_one_is_chosen(
    users: dict[str, User], client: Client
) -> None:
    order = factories.make_order()
    one, two = (factories.make_record(order, order_key="") for _ in range(2))
    ShipStationOrder.objects.update(order=None)
    ids = [one.ss_order_id, two.ss_order_id]
    case = factories.make_case(
        order, kind="already_in_shipstation", context={"records": ids}
    )
    client.force_login(users["ops"])
    address = reverse("orders:case_resolve", args=[case.pk])
    data = {"resolution": "adopt", "version": case.version}

    page = client.get(reverse("orders:case", args=[case.pk])).content.decode()
    assert page.count('name="target"') == 2
    assert page.count("Same lines") == 2

    missing = client.post(address, data)
    assert missing.status_code == 422
    assert "choose which ShipStation order it is" in missing.content.decode()
    assert client.post(address, data | {"target": "1"}).status_code == 422

    client.post(address, data | {"target": str(two.ss_order_id)})
    assert Decision.objects.get().target == str(two.ss_order_id)
