"""Working through a queue: the next case opens by itself, each person another one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from orders import triage
from orders.models import CaseState, OrderException
from shipsync_site.lib import clock
from tests.orders import factories

pytestmark = pytest.mark.django_db
START, NEXT, STOP = "/cases/work/start/", "/cases/work/next/", "/cases/work/stop/"


@pytest.fixture(autouse=True)
def _undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triage, "reconsider", lambda ids: None)


@pytest.fixture
def cases() -> list[OrderException]:
    """Three of ops, the next deadline first, and one of CS before them all."""
    now = clock.now()
    factories.make_case(kind="cancel_requested", deadline=now)
    return [
        factories.make_case(kind="overdue", deadline=now + timedelta(hours=number))
        for number in (1, 2, 3)
    ]


def page(case: OrderException) -> str:
    return f"/cases/{case.pk}/"


def resolve(client: Client, case: OrderException, reason: str = "It left") -> str:
    """Decide the case that is open; where the person is sent."""
    data = {"resolution": "dismiss", "reason": reason, "version": case.version}
    answer = client.post(f"{page(case)}resolve/", data)
    return answer.headers.get("Location", str(answer.status_code))


def test_the_next_opens_by_itself_and_the_end_says_what_was_done(
    users: dict[str, User], client: Client, cases: list[OrderException]
) -> None:
    first, second, third = cases
    client.force_login(users["ops"])

    assert client.post(START, {"query": "team=ops"})["Location"] == page(first)
    assert resolve(client, first) == page(second)
    bar = client.get(page(second)).content.decode()
    assert "1 done" in bar
    assert "2 left" in bar
    assert client.post(NEXT)["Location"] == page(third)
    assert resolve(client, third) == "/cases/work/"

    end = client.get("/cases/work/").content.decode()
    assert "2 cases done, 1 skipped." in end
    assert "1 that you skipped still waits." in end
    assert client.post(STOP)["Location"] == "/cases/?team=ops"
    assert (
        "Worked through: 2 done, 1 skipped." in client.get("/cases/").content.decode()
    )
    assert client.get("/cases/work/")["Location"] == "/cases/"


def test_two_people_never_get_the_same(
    users: dict[str, User], cases: list[OrderException]
) -> None:
    first, second, third = cases
    clients = {name: Client() for name in ("ops", "lead")}
    for name, client in clients.items():
        client.force_login(users[name])

    assert clients["ops"].post(START, {"query": "team=ops"})["Location"] == page(first)
    assert clients["lead"].post(START, {"query": "team=ops"})["Location"] == page(
        second
    )
    seen = clients["lead"].get(page(first)).content.decode()
    assert "<strong data-who>ops</strong> has this case on screen." in seen
    assert resolve(clients["ops"], first) == page(third)
    assert resolve(clients["lead"], second) == "/cases/work/"
    end = clients["lead"].get("/cases/work/").content.decode()
    assert "1 is open on the screens of others." in end

    clients["ops"].post(STOP)
    assert clients["lead"].post(START, {"query": "team=ops"})["Location"] == page(third)


def test_what_is_refused_stays_on_screen(
    users: dict[str, User], client: Client, cases: list[OrderException]
) -> None:
    client.force_login(users["ops"])
    client.post(START, {"query": "team=ops"})

    assert resolve(client, cases[0], reason="") == "422"
    assert client.get("/cases/work/")["Location"] == page(cases[0])


def test_taking_it_keeps_it_and_handing_it_over_goes_on(
    users: dict[str, User], client: Client, cases: list[OrderException]
) -> None:
    first, second, _third = cases
    client.force_login(users["ops"])
    client.post(START, {"query": "team=ops"})

    taken = client.post(f"{page(first)}assign/", {"to": "me", "version": 1})
    assert taken["Location"] == page(first)
    handed = client.post(f"{page(first)}hand-over/", {"team": "lead", "version": 2})
    assert handed["Location"] == page(second)


def test_what_others_have_taken_is_left_to_them(
    users: dict[str, User], client: Client, cases: list[OrderException]
) -> None:
    first, second, _third = cases
    triage.assign(first, users["lead"], users["lead"], first.version)
    client.force_login(users["ops"])

    assert client.post(START, {"query": "team=ops"})["Location"] == page(second)
    by_owner = client.post(START, {"query": "team=ops&owner=@lead"})
    assert by_owner["Location"] == page(first)


def test_a_case_that_is_open_elsewhere_is_not_decided_by_leaving_the_queue(
    users: dict[str, User], client: Client, cases: list[OrderException]
) -> None:
    """Another case than the one that is open keeps its own page."""
    first, second, _third = cases
    client.force_login(users["ops"])
    client.post(START, {"query": "team=ops"})

    assert resolve(client, second) == page(second)
    assert client.get("/cases/work/")["Location"] == page(first)


def test_an_open_page_claims_its_case_and_gives_it_back(
    users: dict[str, User], cases: list[OrderException]
) -> None:
    case = cases[0]
    clients = {name: Client() for name in ("ops", "lead")}
    for name, client in clients.items():
        client.force_login(users[name])

    mine = clients["ops"].post(f"{page(case)}on-screen/").json()
    theirs = clients["lead"].post(f"{page(case)}on-screen/").json()
    assert mine["until"]
    assert theirs == {"until": "", "who": "ops"}

    clients["ops"].post(f"{page(case)}off-screen/", {"until": mine["until"]})
    assert clients["lead"].post(f"{page(case)}on-screen/").json()["until"]


def test_what_closed_by_itself_counts_as_done(
    users: dict[str, User], client: Client, cases: list[OrderException]
) -> None:
    first, second, _third = cases
    client.force_login(users["ops"])
    client.post(START, {"query": "team=ops"})
    OrderException.objects.filter(pk=first.pk).update(state=CaseState.RESOLVED)

    assert "Next case" in client.get(page(first)).content.decode()
    assert client.post(NEXT)["Location"] == page(second)
    assert "1 done" in client.get(page(second)).content.decode()
