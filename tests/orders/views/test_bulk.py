"""One act on many cases: what is offered, looked at, confirmed, stopped and undone."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from orders import triage
from orders.bulk import runs
from orders.models import BulkRun, BulkState, Decision, OrderEvent, OrderException
from orders.sync.pump import pump
from orders.views import bulk
from shipsync_site.lib import clock
from tests.orders import factories

pytestmark = pytest.mark.django_db
LIST, BULK = "/cases/", "/cases/bulk/"


@pytest.fixture(autouse=True)
def _undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triage, "reconsider", lambda ids: None)
    # However slow the machine is: what a request works on is done when it answers.
    monkeypatch.setattr(bulk, "MOMENT", 60.0)


def chosen(*cases: OrderException) -> list[str]:
    """How the rows are named in the form."""
    return [f"{case.pk}:{case.version}" for case in cases]


def post(client: Client, act: str, *cases: OrderException, **more: Any) -> BulkRun:
    """Do an act on ticked rows, or on all that match; its run."""
    client.post(BULK, {"act": act, "row": chosen(*cases), **more})
    return BulkRun.objects.latest("pk")


def says(run: BulkRun) -> dict[int, tuple[bool | None, str]]:
    """What became of each case."""
    return {row.case_id: (row.done, row.text) for row in run.rows.all()}


def end_countdown(run: BulkRun) -> None:
    BulkRun.objects.filter(pk=run.pk).update(
        begins_at=clock.real_now() - timedelta(seconds=1)
    )


def test_ticked_rows_are_taken_at_once_and_each_says_what_became_of_it(
    users: dict[str, User], client: Client
) -> None:
    free, quick = factories.make_case(), factories.make_case()
    rows = chosen(free, quick)
    triage.assign(quick, users["cs"], users["cs"], quick.version)
    client.force_login(users["ops"])

    answer = client.post(BULK, {"act": "take", "row": rows, "next": "/cases/?team=ops"})

    run = BulkRun.objects.get()
    assert answer["Location"] == f"/cases/bulk/{run.pk}/"
    assert says(run)[free.pk] == (True, "You have it now.")
    assert says(run)[quick.pk][0] is False
    assert "cs was faster: 'Case taken'" in says(run)[quick.pk][1]
    page = client.get(answer["Location"]).content.decode()
    assert "Take: 1 of 2 done" in page
    assert 'href="/cases/?team=ops"' in page
    free.refresh_from_db()
    assert free.assignee == users["ops"]
    taken = OrderEvent.objects.filter(verb="case_assigned", actor=users["ops"])
    assert taken.count() == 1


def test_where_all_went_well_the_list_comes_back_with_an_undo(
    users: dict[str, User], client: Client
) -> None:
    case = factories.make_case(assignee=users["lead"])
    client.force_login(users["ops"])

    answer = client.post(BULK, {"act": "take", "row": chosen(case), "next": LIST})

    assert answer["Location"] == LIST
    run = BulkRun.objects.get()
    page = client.get(LIST).content.decode()
    assert "Take: 1 done." in page
    assert f'action="/cases/bulk/{run.pk}/undo/"' in page

    client.post(f"/cases/bulk/{run.pk}/undo/")

    case.refresh_from_db()
    assert case.assignee == users["lead"]
    assert "Take is undone: 1 as before." in client.get(LIST).content.decode()


def test_rows_are_put_back_given_and_handed_over(
    users: dict[str, User], client: Client
) -> None:
    case = factories.make_case(assignee=users["ops"])
    client.force_login(users["ops"])

    post(client, "put_back", case)
    case.refresh_from_db()
    assert case.assignee is None

    post(client, "give", case, to=users["lead"].pk)
    case.refresh_from_db()
    assert case.assignee == users["lead"]

    wrong = post(client, "give", case, to=users["packer"].pk)
    assert wrong.state == BulkState.PREVIEW
    assert wrong.foreseen["left"] == [
        ["Whom to give it to was not found: choose again.", 1]
    ]

    post(client, "hand_over", case, team="lead")
    case.refresh_from_db()
    assert (case.team, case.assignee) == ("lead", None)


def test_what_is_sent_is_looked_at_first_and_counted_down(
    users: dict[str, User], client: Client
) -> None:
    refused = factories.make_case(kind="push_refused")
    asked = factories.make_case(kind="cancel_requested")
    client.force_login(users["ops"])

    run = post(client, "retry", refused, asked)

    assert run.state == BulkState.PREVIEW
    page = client.get(f"/cases/bulk/{run.pk}/").content.decode()
    assert "Try again: 1 case?" in page
    assert "There is nothing to try again: it needs a decision." in page
    assert not runs.run_one()

    client.post(f"/cases/bulk/{run.pk}/begin/")
    run.refresh_from_db()
    assert run.state == BulkState.COUNTDOWN
    assert not runs.run_one()
    assert not Decision.objects.exists()
    assert "Begins in" in client.get(f"/cases/bulk/{run.pk}/").content.decode()

    end_countdown(run)
    assert runs.run_one()
    assert Decision.objects.get().verb == "retry"
    run.refresh_from_db()
    assert (run.state, run.done, run.failed) == (BulkState.DONE, 1, 1)
    assert not runs.undoable(run)


def test_stopped_before_the_countdown_ends_nothing_was_touched(
    users: dict[str, User], client: Client
) -> None:
    case = factories.make_case(kind="push_refused")
    client.force_login(users["ops"])
    run = post(client, "retry", case)
    client.post(f"/cases/bulk/{run.pk}/begin/")

    client.post(f"/cases/bulk/{run.pk}/stop/")

    page = client.get(f"/cases/bulk/{run.pk}/").content.decode()
    assert "Stopped before anything was done or sent." in page
    end_countdown(run)
    assert not runs.run_one()
    case.refresh_from_db()
    assert (case.state, case.version) == ("open", 1)
    assert not OrderEvent.objects.exists()


def test_all_that_match_are_looked_at_first(
    users: dict[str, User], client: Client
) -> None:
    store = factories.make_store()
    cases = [
        factories.make_case(factories.make_order(store=store, buyer=False))
        for _ in range(5)
    ]
    cases[0].assignee = users["lead"]
    cases[0].save()
    other = factories.make_case(kind="cancel_requested")
    client.force_login(users["ops"])

    run = post(client, "take", all="1", query="team=ops", next="/cases/?team=ops")

    assert (run.state, run.total, run.sends) == (BulkState.PREVIEW, 5, False)
    page = client.get(f"/cases/bulk/{run.pk}/").content.decode()
    assert "Take: 5 cases?" in page
    assert "1 of them is with lead now." in page
    assert not OrderException.objects.filter(assignee=users["ops"]).exists()

    client.post(f"/cases/bulk/{run.pk}/begin/")
    assert OrderException.objects.filter(assignee=users["ops"]).count() == 5
    other.refresh_from_db()
    assert other.assignee is None


def test_a_whole_cause_is_chosen_by_its_row(
    users: dict[str, User], client: Client
) -> None:
    store = factories.make_store()
    alike = [
        factories.make_case(
            factories.make_order(store=store, buyer=False),
            context={"carrier": "dpd_local"},
        )
        for _ in range(3)
    ]
    other = factories.make_case(kind="overdue")
    client.force_login(users["ops"])
    group = alike[0].group_id
    assert {case.group_id for case in alike} == {group}
    assert f'name="group" value="{group}"' in client.get(LIST).content.decode()

    run = post(client, "take", group=[group], query="team=ops")
    assert (run.state, run.total) == (BulkState.PREVIEW, 3)
    both = post(client, "take", other, group=[group], query="team=ops")
    assert both.total == 4
    elsewhere = post(client, "take", group=[group], query="team=cs")
    assert elsewhere.total == 0


def test_a_case_that_changed_since_the_preview_is_left_with_words(
    users: dict[str, User], client: Client
) -> None:
    changed, same = factories.make_case(), factories.make_case()
    client.force_login(users["ops"])
    run = post(client, "take", all="1", query="team=ops")
    triage.hand_over(changed, "lead", users["lead"], changed.version)

    client.post(f"/cases/bulk/{run.pk}/begin/")

    found = says(run)
    assert found[same.pk][0] is True
    assert found[changed.pk][0] is False
    assert "lead was faster: 'Case handed over to LEAD'" in found[changed.pk][1]


def test_rows_are_resolved_with_one_reason_where_the_way_fits(
    users: dict[str, User], client: Client
) -> None:
    fits = factories.make_case(kind="overdue")
    other = factories.make_case(kind="already_in_shipstation")
    client.force_login(users["ops"])

    run = post(client, "resolve", fits, other, resolution="dismiss")
    assert "needs a reason" in says(run)[fits.pk][1]

    run = post(
        client,
        "resolve",
        fits,
        other,
        resolution="dismiss",
        reason="Agreed with the carrier",
    )
    found = says(run)
    assert found[fits.pk][0] is True
    assert found[other.pk] == (
        False,
        "Not a way out of this case: open it and choose.",
    )
    assert Decision.objects.get().reason == "Agreed with the carrier"


def test_ways_out_are_offered_where_all_rows_are_of_one_kind(
    users: dict[str, User], client: Client
) -> None:
    factories.make_case(kind="already_in_shipstation")
    client.force_login(users["ops"])

    def offered(**query: str) -> list[str]:
        return [way.code for way in client.get(LIST, query).context["bulk"].ways]

    assert offered() == []
    # Taking over asks which one: that is done on the case.
    assert offered(kind="already_in_shipstation") == ["push_beside"]


def test_who_may_not_is_told_so_for_each_row(
    users: dict[str, User], client: Client
) -> None:
    case = factories.make_case(kind="push_refused")
    client.force_login(users["cs"])

    run = post(client, "retry", case)

    assert says(run)[case.pk] == (False, "Not yours: only ops and leads send again.")
    assert client.get(LIST).context["bulk"].may_retry is False
    client.post(f"/cases/bulk/{run.pk}/begin/")
    run.refresh_from_db()
    assert run.state == BulkState.PREVIEW


def test_only_whoever_looked_may_begin_and_only_they_undo(
    users: dict[str, User], client: Client
) -> None:
    case = factories.make_case()
    client.force_login(users["ops"])
    run = post(client, "take", all="1", query="team=ops")
    client.force_login(users["lead"])
    client.post(f"/cases/bulk/{run.pk}/begin/")
    case.refresh_from_db()
    assert case.assignee is None
    client.force_login(users["ops"])
    client.post(f"/cases/bulk/{run.pk}/begin/")

    client.force_login(users["lead"])
    answer = client.post(f"/cases/bulk/{run.pk}/undo/", follow=True)
    assert "Only ops can undo this." in answer.content.decode()
    case.refresh_from_db()
    assert case.assignee == users["ops"]


def test_undo_puts_back_what_nobody_changed_and_names_the_rest(
    users: dict[str, User], client: Client
) -> None:
    mine = factories.make_case(assignee=users["cs"])
    later = factories.make_case()
    client.force_login(users["ops"])
    run = post(client, "hand_over", mine, later, team="lead")
    later.refresh_from_db()
    triage.assign(later, users["lead"], users["lead"], later.version)

    client.post(f"/cases/bulk/{run.pk}/undo/")

    run.refresh_from_db()
    assert (run.state, run.undone) == (BulkState.UNDONE, 1)
    mine.refresh_from_db()
    later.refresh_from_db()
    assert (mine.team, mine.assignee) == ("ops", users["cs"])
    assert (later.team, later.assignee) == ("lead", users["lead"])
    page = client.get(f"/cases/bulk/{run.pk}/?show=kept").content.decode()
    assert "lead was faster" in page
    assert not runs.undo(run, users["ops"])


def test_rows_are_put_off_tagged_and_both_undone(
    users: dict[str, User], client: Client
) -> None:
    store = factories.make_store()
    cases = [
        factories.make_case(
            factories.make_order(store=store, buyer=False),
            deadline=clock.now() + timedelta(days=3),
        )
        for _ in range(2)
    ]
    client.force_login(users["ops"])

    tagged = post(client, "tag", *cases, tag="Royal  Mail")
    assert [tag.name for case in cases for tag in case.tags.all()] == ["royal mail"] * 2
    again = post(client, "tag", *cases, tag="royal mail", wait_reason="x")
    assert again.pk == tagged.pk
    put_off = post(client, "snooze", *cases, put_off="24", wait_reason="Asked them")
    for case in cases:
        case.refresh_from_db()
        assert (case.snooze, case.snooze_reason) == ("time", "Asked them")
    asleep = client.get(LIST, {"state": "asleep"}).context["bulk"]
    assert asleep.asleep
    assert asleep.total == 2

    for run in (put_off, tagged):
        client.post(f"/cases/bulk/{run.pk}/undo/")
        run.refresh_from_db()
        assert run.undone == 2
    for case in cases:
        case.refresh_from_db()
        assert case.snooze == ""
        assert not case.tags.exists()


def test_what_was_put_off_is_taken_back_into_the_queue_and_put_off_again(
    users: dict[str, User], client: Client
) -> None:
    case = factories.make_case(deadline=clock.now() + timedelta(days=3))
    client.force_login(users["ops"])
    post(client, "snooze", case, put_off="ship_by", wait_reason="Asked them")
    case.refresh_from_db()
    until = case.snoozed_until

    run = post(client, "wake", case)
    case.refresh_from_db()
    assert case.snooze == ""

    client.post(f"/cases/bulk/{run.pk}/undo/")
    case.refresh_from_db()
    assert (case.snooze, case.snoozed_until) == ("ship_by", until)


def test_words_alone_are_undone(users: dict[str, User], client: Client) -> None:
    case = factories.make_case(kind="overdue")
    client.force_login(users["ops"])
    run = post(client, "resolve", case, resolution="dismiss", reason="It is fine")
    case.refresh_from_db()
    assert case.state == "resolved"
    assert run.state == BulkState.DONE

    client.post(f"/cases/bulk/{run.pk}/undo/")

    assert [row.verb for row in Decision.objects.order_by("pk")] == ["accept", "reopen"]


def test_the_same_click_is_one_run(users: dict[str, User], client: Client) -> None:
    case = factories.make_case(kind="push_refused")
    client.force_login(users["ops"])

    for _ in range(3):
        post(client, "retry", case)
        run = BulkRun.objects.get()
        client.post(f"/cases/bulk/{run.pk}/begin/")

    end_countdown(run)
    while runs.run_one():
        pass
    assert Decision.objects.count() == 1


def test_a_crash_in_between_is_taken_up_where_it_ended(
    users: dict[str, User], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = factories.make_store()
    cases = [
        factories.make_case(factories.make_order(store=store, buyer=False))
        for _ in range(4)
    ]
    client.force_login(users["ops"])
    run = post(client, "take", all="1", query="team=ops")
    runs.begin(run)
    acts = triage.assign

    class Died(BaseException):
        """The process ends."""

    def dies(case: OrderException, *rest: Any) -> Any:
        found = acts(case, *rest)
        if case.pk == cases[2].pk:
            raise Died
        return found

    monkeypatch.setattr(triage, "assign", dies)
    with pytest.raises(Died):
        runs.run_one()
    assert not runs.run_one(), "its lease still stands"
    monkeypatch.setattr(triage, "assign", acts)
    BulkRun.objects.update(lease_until=clock.real_now() - timedelta(seconds=1))
    assert runs.run_one()

    run.refresh_from_db()
    assert (run.state, run.done, run.failed) == (BulkState.DONE, 4, 0)
    assert OrderEvent.objects.filter(verb="case_assigned").count() == 4


def test_the_pump_does_what_waits(users: dict[str, User], client: Client) -> None:
    case = factories.make_case()
    client.force_login(users["ops"])
    run = post(client, "take", all="1", query="team=ops")
    runs.begin(run)

    pump(span=0.3)

    run.refresh_from_db()
    assert run.state == BulkState.DONE
    case.refresh_from_db()
    assert case.assignee == users["ops"]


def test_one_that_fails_for_an_error_of_ours_leaves_the_others_done(
    users: dict[str, User], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = factories.make_case(), factories.make_case()
    acts = triage.assign

    def breaks(case: OrderException, *rest: Any) -> Any:
        found = acts(case, *rest)
        if case.pk == bad.pk:
            raise ZeroDivisionError
        return found

    monkeypatch.setattr(triage, "assign", breaks)
    client.force_login(users["ops"])

    run = post(client, "take", bad, good)

    assert says(run)[good.pk][0] is True
    assert "An error of ours" in says(run)[bad.pk][1]
    bad.refresh_from_db()
    assert (bad.assignee, bad.version) == (None, 1)


def test_what_became_of_each_is_a_file(users: dict[str, User], client: Client) -> None:
    case = factories.make_case(kind="push_refused")
    client.force_login(users["ops"])
    run = post(client, "take", case)

    answer = client.get(f"/cases/bulk/{run.pk}/export.csv")

    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert case.order is not None
    assert row["Order"] == case.order.number
    assert (row["Result"], row["Says"]) == ("done", "You have it now.")


def test_the_last_acts_are_listed(users: dict[str, User], client: Client) -> None:
    case = factories.make_case()
    client.force_login(users["ops"])
    assert "Nothing was done" in client.get("/cases/bulk/runs/").content.decode()
    run = post(client, "take", case)

    page = client.get("/cases/bulk/runs/").content.decode()

    assert f'href="/cases/bulk/{run.pk}/"' in page


def test_preview_costs_a_constant_number_of_queries(
    users: dict[str, User], client: Client, django_assert_max_num_queries: Any
) -> None:
    store = factories.make_store()
    for _ in range(60):
        order = factories.make_order(store=store, buyer=False)
        factories.make_case(order, kind="push_refused")
    client.force_login(users["ops"])
    data = {"act": "fix", "all": "1", "query": "kind=push_refused"}

    with django_assert_max_num_queries(60):
        client.post(BULK, data)

    assert BulkRun.objects.get().total == 60


@pytest.mark.parametrize(
    "data",
    [
        {"act": "take"},
        {"act": "take", "row": ["x:1"]},
        {"act": "take", "group": ["x"]},
        {"act": "take", "row": ["1"]},
        {"act": "take", "row": ["9" * 30 + ":1"]},
        {"act": "burn", "row": ["1:1"]},
        {"act": "give", "row": ["1:1"]},
        {"act": "hand_over", "row": ["1:1"]},
        {"act": "resolve", "row": ["1:1"]},
        {"act": "tag", "row": ["1:1"]},
        {"act": "snooze", "row": ["1:1"], "put_off": "24"},
        {"act": "take", "row": [f"{number}:1" for number in range(201)]},
    ],
)
def test_a_bad_choice_says_so_and_does_nothing(
    users: dict[str, User], client: Client, data: dict[str, Any]
) -> None:
    client.force_login(users["ops"])

    answer = client.post(BULK, data | {"next": "https://evil.example/"})

    assert answer["Location"] == LIST
    assert client.get(LIST).context["messages"]
    assert not BulkRun.objects.exists()
