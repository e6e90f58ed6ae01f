"""Jobs and stores on screen, and the badge that says one word to whoever knows where."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orders.models import Watch, WatchEvent
from orders.store_cases import open_store_case
from orders.watch import badges
from orders.watch.look import KIND
from shipsync_site.lib import clock

pytestmark = pytest.mark.django_db


def make_watch(key: str = "lane:remote-1:pull", **fields: object) -> Watch:
    now = clock.real_now()
    defaults = {
        "label": "Amazon EU: Read orders",
        "period": 300,
        "grace": 600,
        "state": "down",
        "heard_at": now - timedelta(hours=2),
        "changed_at": now - timedelta(minutes=90),
        "looked_at": now,
        "detail": "Amazon answered 503",
    }
    return Watch.objects.create(key=key, **(defaults | fields))


def badge_of(client: Client, token: str) -> tuple[int, str]:
    answer = client.get(reverse("orders:watch_badge", args=[token]))
    return answer.status_code, answer.content.decode()


def test_a_badge_says_one_word_and_no_name(client: Client) -> None:
    watch = make_watch()

    status, drawn = badge_of(client, badges.token(watch))

    assert status == 200
    assert ">down<" in drawn
    assert "Amazon" not in drawn

    # What nobody has looked at is not said to be up.
    watch.state, watch.looked_at = "up", clock.real_now() - timedelta(minutes=10)
    watch.save()
    assert ">unknown<" in badge_of(client, badges.token(watch))[1]


def test_a_badge_can_not_be_guessed(client: Client) -> None:
    watch = make_watch()
    token = badges.token(watch)
    other = make_watch("cluster")

    for wrong in (str(watch.pk), token.replace(str(watch.pk), str(other.pk), 1), "x~y"):
        assert badge_of(client, wrong)[0] == 404
    watch.delete()
    assert badge_of(client, token)[0] == 404


def test_the_worst_stands_first_and_a_state_narrows(
    client: Client, users: dict[str, User]
) -> None:
    make_watch()
    make_watch("cluster", label="Background work", state="up")
    make_watch("schedule:tick", label="Schedule: tick", state="late")
    client.force_login(users["cs"])

    page = client.get(reverse("orders:watches"))
    assert [row.watch.state for row in page.context["rows"]] == ["down", "late", "up"]
    late = client.get(reverse("orders:watches"), {"state": "late"})
    assert [row.watch.key for row in late.context["rows"]] == ["schedule:tick"]


def test_what_was_never_seen_is_not_said_to_happen(
    client: Client, users: dict[str, User]
) -> None:
    make_watch(state="up")
    never = make_watch("schedule:tick", label="Schedule: tick", state="new")
    client.force_login(users["ops"])

    page = client.get(reverse("orders:watches")).content.decode()
    assert '<a href="?state=new">1</a> of 2 things' in page
    assert "themselves do." not in page

    never.delete()
    page = client.get(reverse("orders:watches")).content.decode()
    assert "All 1 things that should happen by themselves do." in page


def test_one_watch_shows_its_history_its_case_and_to_leads_its_badge(
    client: Client, users: dict[str, User]
) -> None:
    watch = make_watch()
    WatchEvent.objects.create(watch=watch, at=watch.changed_at, state="down")
    case = open_store_case("account:remote-1", KIND, watch.key, "Not heard of")
    url = reverse("orders:watch", args=[watch.pk])

    client.force_login(users["lead"])
    page = client.get(url).content.decode()
    assert reverse("orders:case", args=[case.pk]) in page
    assert badges.token(watch) in page
    assert "down after 15 min" in page

    client.force_login(users["ops"])
    assert badges.token(watch) not in client.get(url).content.decode()


def test_a_page_that_is_not_true_any_more_says_so(
    client: Client, users: dict[str, User]
) -> None:
    make_watch(state="up", looked_at=clock.real_now() - timedelta(hours=1))
    client.force_login(users["ops"])

    page = client.get(reverse("orders:watches")).content.decode()

    assert "Nobody has looked since then" in page
