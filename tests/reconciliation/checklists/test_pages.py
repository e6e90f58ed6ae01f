"""What the pages answer beyond who may see them."""

from __future__ import annotations

import csv
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, time
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from reconciliation.checklists import acts, looking
from reconciliation.checklists.acts import stamp
from reconciliation.models import Checklist, ChecklistRun
from shipsync_site.lib import clock
from tests.orders.factories import make_store
from tests.reconciliation.checklists.build import make_checklist, make_day, saved_before

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def run(users: dict[str, User]) -> ChecklistRun:
    """A list of ops, due this evening, with an item that ticks itself."""
    clock.configure(clock.fast(1.0, MORNING.timestamp()))
    Checklist.objects.all().delete()
    make_store()
    made = make_day(
        make_checklist(
            name="Ops: evening",
            due_time=time(17, 30),
            items=[
                {"text": "=Look", "needs_note": True},
                {"text": "Late", "check_code": "orders_late"},
            ],
        )
    )
    looking.look(made)
    return made


def signed(run: ChecklistRun, user: User) -> ChecklistRun:
    item = run.ticks.get(text="=Look")
    acts.tick(run.pk, item.pk, user, seen=stamp(item), note="+1 cage")
    run.refresh_from_db()
    return acts.sign(run.pk, user, version=run.version, name="Ada Byron")


def rows_of(client: Client, path: str) -> list[dict[str, str]]:
    answer = client.get(path)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(StringIO(text)))


def test_the_file_says_who_ticked_what_on_which_evidence(
    run: ChecklistRun, users: dict[str, User], client: Client
) -> None:
    signed(run, users["ops"])
    client.force_login(users["cs"])

    rows = rows_of(client, reverse("reconciliation:checklist_csv", args=[run.pk]))

    assert [(x["Text"], x["Ticked by"], x["Item note"]) for x in rows] == [
        ("'=Look", "ops", "'+1 cage"),
        ("Late", "its check", ""),
    ]
    assert rows[1]["Check says"] == "No order is past its ship-by."
    assert {(x["State"], x["Signed as"], x["Due"]) for x in rows} == {
        ("Signed", "Ada Byron", "2026-11-23T17:30:00+00:00")
    }
    month = reverse("reconciliation:checklist_month_csv")
    assert rows_of(client, f"{month}?month=2026-11&team=ops") == rows
    assert rows_of(client, f"{month}?month=2026-11&team=finance") == []
    assert rows_of(client, f"{month}?month=2026-10&team=ops") == []
    past = reverse("reconciliation:checklist_calendar")
    for odd in ("0001-01", "9999-12", "2026-13", "x"):
        assert client.get(past, {"month": odd}).context["month"].code == "2026-11"


def test_a_person_sees_the_teams_lists_first_and_others_on_asking(
    run: ChecklistRun, users: dict[str, User], client: Client
) -> None:
    path = reverse("reconciliation:checklists")
    client.force_login(users["cs"])

    assert client.get(path).context["waiting"] == []
    asked = client.get(path, {"team": "ops"})
    assert [card.name for card in asked.context["waiting"]] == ["Ops: evening"]
    page = client.get(reverse("reconciliation:checklist_run", args=[run.pk]))
    assert b"Ops works this list; you can read it." in page.content
    assert b"tick-box" in page.content
    assert b'name="seen"' not in page.content


def test_pages_cost_the_same_however_many_lists_there_are(
    run: ChecklistRun,
    users: dict[str, User],
    client: Client,
    django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:
    client.force_login(users["lead"])
    for _ in range(12):
        looking.look(make_day(make_checklist(due_time=time(16, 0))))

    with django_assert_max_num_queries(45):
        client.get(reverse("reconciliation:checklists"))
    with django_assert_max_num_queries(40):
        client.get(reverse("reconciliation:checklist_calendar"))
    with django_assert_max_num_queries(40):
        client.get(reverse("reconciliation:checklist_run", args=[run.pk]))


def test_looking_at_pages_writes_nothing(
    users: dict[str, User], client: Client
) -> None:
    clock.configure(clock.fast(1.0, MORNING.timestamp()))
    Checklist.objects.all().delete()
    make_store()
    checklist = make_checklist(name="Not begun", due_time=time(17, 30))
    saved_before(checklist, 1)
    client.force_login(users["ops"])

    page = client.get(reverse("reconciliation:checklists"))
    assert b"Begin it now" in page.content
    assert not ChecklistRun.objects.exists()

    begun = client.post(reverse("reconciliation:checklist_make", args=[checklist.pk]))
    assert begun.status_code == 302
    assert ChecklistRun.objects.filter(day="2026-11-23").count() == 1


def test_a_definition_is_refused_in_words_and_never_over_another(
    run: ChecklistRun, users: dict[str, User], client: Client
) -> None:
    client.force_login(users["lead"])
    path = reverse("reconciliation:checklist_define", args=[run.checklist_id])
    seen = client.get(path).context["seen"]
    data = {
        "seen": seen,
        "name": "Ops: evening",
        "team": "ops",
        "cadence": "peak_day",
        "weekday": "0",
        "peak_dates": "2026-11-27\n27/12/2026",
        "due_time": "18:00",
        "zone": "Europe/Atlantis",
        "items-TOTAL_FORMS": "1",
        "items-INITIAL_FORMS": "0",
        "items-0-text": "Look",
        "items-0-limit": "3",
    }

    page = client.post(path, data)
    text = page.content.decode()
    assert "Line 2: &#x27;27/12/2026&#x27; is no date" in text
    assert "&#x27;Europe/Atlantis&#x27; is no time zone" in text
    assert "A person has no limit" in text

    data |= {"peak_dates": "2026-11-27", "zone": "Europe/Paris", "items-0-limit": ""}
    assert client.post(path, data).status_code == 302
    stored = Checklist.objects.get()
    assert (stored.dates, stored.zone) == (["2026-11-27"], "Europe/Paris")
    late = client.post(path, data | {"due_time": "19:00"})
    assert "lead saved this list after you had opened it" in late.content.decode()
    stored.refresh_from_db()
    assert stored.due_time == time(18, 0)


def test_foreign_items_are_not_taken_over(
    run: ChecklistRun, users: dict[str, User], client: Client
) -> None:
    other = make_checklist(name="Other", items=["Theirs"])
    theirs = other.items.get()
    client.force_login(users["lead"])
    data = {
        "seen": "",
        "name": "Mine",
        "team": "ops",
        "cadence": "daily",
        "weekday": "0",
        "due_time": "18:00",
        "zone": "Europe/London",
        "items-TOTAL_FORMS": "1",
        "items-INITIAL_FORMS": "0",
        "items-0-pk": str(theirs.pk),
        "items-0-text": "Mine now",
    }

    assert (
        client.post(reverse("reconciliation:checklist_create"), data).status_code == 302
    )

    theirs.refresh_from_db()
    assert (theirs.text, theirs.checklist_id) == ("Theirs", other.pk)
    assert Checklist.objects.get(name="Mine").items.get().text == "Mine now"
