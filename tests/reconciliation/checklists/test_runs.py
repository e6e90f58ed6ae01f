"""A day's list from its making to its last signature, and all that must not happen."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from orders.models import AlertRule, CaseState, OrderException
from reconciliation.checklists import acts, freezing, looking, making, overdue, tasks
from reconciliation.checklists.acts import ChecklistError, ConflictError, stamp
from reconciliation.checklists.checks import CHECKS
from reconciliation.checklists.defaults import STARTS, ensure_checklists
from reconciliation.models import (
    Checklist,
    ChecklistItem,
    ChecklistRun,
    ChecklistState,
    ChecklistTick,
)
from shipsync_site.lib import clock
from stores.models import Store
from tests.orders.factories import make_case, make_order, make_store
from tests.reconciliation.checklists.build import make_checklist, make_day, saved_before

pytestmark = pytest.mark.django_db
# A Monday.
MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def store(users: dict[str, User]) -> Store:
    """A Monday morning at a shop without lists of its own."""
    at(MORNING)
    Checklist.objects.all().delete()
    return make_store()


def at(moment: datetime) -> None:
    clock.configure(clock.fast(1.0, moment.timestamp()))


def row(run: ChecklistRun, text: str) -> ChecklistTick:
    found: ChecklistTick = run.ticks.get(text=text)
    return found


def tick(run: ChecklistRun, text: str, user: User, note: str = "") -> ChecklistTick:
    item = row(run, text)
    return acts.tick(run.pk, item.pk, user, seen=stamp(item), note=note)


def sign(run: ChecklistRun, user: User, name: str, note: str = "") -> ChecklistRun:
    run.refresh_from_db()
    return acts.sign(run.pk, user, version=run.version, name=name, note=note)


def signed_run(user: User, **fields: object) -> ChecklistRun:
    """A list of one item, ticked and signed."""
    run = make_day(make_checklist(**fields))  # type: ignore[arg-type]
    tick(run, "Look", user, "seen")
    return sign(run, user, "Ada Byron")


def test_every_installation_starts_with_lists_that_stay_as_people_leave_them(
    users: dict[str, User],
) -> None:
    codes = {start.code for start in STARTS}
    assert {x.code for x in Checklist.objects.all()} == codes
    assert {x.team for x in Checklist.objects.all()} == {"ops", "cs", "finance", "lead"}
    used = set(
        ChecklistItem.objects.exclude(check_code="").values_list(
            "check_code", flat=True
        )
    )
    assert used <= {check.code for check in CHECKS}

    mine = Checklist.objects.get(code="ops-day")
    mine.items.all().delete()
    mine.name, mine.active = "Ours", False
    mine.save()
    Checklist.objects.get(code="cs-day").delete()

    assert ensure_checklists() == 1
    mine.refresh_from_db()
    assert (mine.name, mine.active, mine.items.count()) == ("Ours", False, 0)
    assert ensure_checklists() == 0


def test_runs_are_made_by_the_day_once_and_never_for_the_past(store: Store) -> None:
    daily = make_checklist(due_time=time(17, 30), weekdays=[0, 1, 2, 3, 4])
    late = make_checklist(due_time=time(8, 0))
    make_checklist(cadence="weekly", weekday=2)
    make_checklist(active=False)
    saved_before(daily, 3)

    assert making.make_due() == 2
    assert making.make_due() == 0
    # Friday and Monday; what was saved after its time of today begins tomorrow.
    assert [x.day for x in daily.runs.order_by("day")] == [
        *(date(2026, 11, 20), date(2026, 11, 23))
    ]
    assert not late.runs.exists()

    Store.objects.update(state="draft")
    at(MORNING + timedelta(days=1))
    assert making.make_due() == 0


def test_a_run_keeps_the_words_and_rules_of_its_day(store: Store) -> None:
    checklist = make_checklist(items=["First", "Second"], four_eyes=True)
    run = make_day(checklist)

    checklist.name, checklist.four_eyes, checklist.team = "Other", False, "cs"
    checklist.save()
    checklist.items.filter(text="First").update(text="Changed")
    checklist.items.filter(text="Second").delete()

    run.refresh_from_db()
    assert [x.text for x in run.ticks.all()] == ["First", "Second"]
    assert run.frozen["definition"]["four_eyes"] is True
    assert run.frozen["definition"]["team"] == "ops"


def test_checks_tick_and_come_open_again_but_leave_a_persons_word(
    store: Store, users: dict[str, User]
) -> None:
    late = {"text": "Late", "check_code": "orders_late"}
    run = make_day(make_checklist(items=[late, {**late, "text": "Mine"}]))
    looking.look(run)
    first = row(run, "Late")
    assert (first.automatic, first.evidence["ok"]) == (True, True)
    tick_mine = row(run, "Mine")
    assert tick_mine.automatic

    order = make_order(store=store, ship_by=clock.now() - timedelta(hours=1))
    run.refresh_from_db()
    before = run.version
    looking.look(run)
    item = row(run, "Late")
    assert item.ticked_at is None
    assert item.evidence["sentence"] == "1 order is past its ship-by."
    assert item.evidence["links"] == [{"text": "The list", "url": "/orders/?due=late"}]
    run.refresh_from_db()
    assert run.version == before + 1

    with pytest.raises(ChecklistError, match="A note is missing"):
        tick(run, "Mine", users["ops"])
    tick(run, "Mine", users["ops"], "The van is here now")
    order.delete()
    looking.look(run)
    assert row(run, "Late").automatic
    mine = row(run, "Mine")
    assert (mine.automatic, mine.note) == (False, "The van is here now")
    assert mine.evidence["ok"] is True


def test_a_list_about_some_stores_counts_and_links_only_these(store: Store) -> None:
    other = make_store(name="eBay UK")
    third = make_store(name="TikTok Shop")
    for each in (store, other, third):
        make_order(store=each, ship_by=clock.now() - timedelta(hours=1))
    item = {"text": "Late", "check_code": "orders_late", "limit": 1}
    run = make_day(make_checklist(items=[item], stores=(store, other)))
    looking.look(run)

    evidence = row(run, "Late").evidence
    assert evidence["sentence"] == "2 orders are past their ship-by, 1 may be."
    assert evidence["links"] == [
        {"text": "Amazon UK: 1", "url": f"/orders/?store={store.slug}&due=late"},
        {"text": "eBay UK: 1", "url": f"/orders/?store={other.slug}&due=late"},
    ]

    # A store that is gone is no yes about the rest.
    other.orders.all().delete()
    other.delete()
    looking.look(run)
    assert "no longer there" in row(run, "Late").evidence["sentence"]


@pytest.mark.parametrize("check", list(CHECKS), ids=lambda check: check.code)
def test_every_check_answers_in_a_sentence_with_pages_that_open(
    check: object, store: Store, users: dict[str, User], client: object
) -> None:
    code = check.code  # type: ignore[attr-defined]
    make_order(store=store, ship_by=clock.now() - timedelta(hours=1))
    make_case(make_order(store=store), kind="carrier_unmapped")
    run = make_day(make_checklist(items=[{"text": "It", "check_code": code}]))
    looking.look(run)

    evidence = row(run, "It").evidence
    assert evidence["sentence"].endswith(".")
    assert "failed" not in evidence["sentence"]
    client.force_login(users["lead"])  # type: ignore[attr-defined]
    for link in evidence["links"]:
        if link["url"]:
            assert client.get(link["url"]).status_code == 200  # type: ignore[attr-defined]


def test_a_check_that_breaks_or_is_gone_says_so_and_stops_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [
        {"text": "Gone", "check_code": "no_such_check"},
        {"text": "Broken", "check_code": "quotas"},
        {"text": "Fine", "check_code": "orders_late"},
    ]
    run = make_day(make_checklist(items=items))

    def broken(_key: str) -> list[object]:
        raise ValueError("as planned")

    monkeypatch.setattr("stores.budgets.left", broken)
    looking.look(run)

    assert "no longer exists" in row(run, "Gone").evidence["sentence"]
    assert "ValueError" in row(run, "Broken").evidence["sentence"]
    assert row(run, "Fine").automatic


def test_open_items_are_named_and_a_signed_list_stands(
    store: Store, users: dict[str, User]
) -> None:
    ops = users["ops"]
    run = make_day(
        make_checklist(items=["Look", {"text": "Count", "needs_note": True}])
    )
    tick(run, "Look", ops)
    with pytest.raises(ChecklistError, match="1 item is open: Count"):
        sign(run, ops, "Ada Byron")
    with pytest.raises(ChecklistError, match="A note is missing"):
        tick(run, "Count", ops, "  ")
    tick(run, "Count", ops, "14 cages")
    with pytest.raises(ChecklistError, match="Write your name"):
        sign(run, ops, " A ")
    done = sign(run, ops, "  Ada   Byron ", "All left by five")

    assert (done.state, done.signed_as) == (ChecklistState.SIGNED, "Ada Byron")
    assert freezing.verify(done).holds
    assert done.frozen["ticks"][1]["note"] == "14 cages"
    with pytest.raises(ConflictError, match="signed by Ada Byron"):
        tick(run, "Look", ops)
    with pytest.raises(ConflictError):
        sign(run, ops, "Somebody")
    assert looking.look(done) is False


def test_what_is_signed_is_looked_at_once_more(
    store: Store, users: dict[str, User]
) -> None:
    item = {"text": "Late", "check_code": "orders_late"}
    run = make_day(make_checklist(items=[item]))
    looking.look(run)
    make_order(store=store, ship_by=clock.now() - timedelta(hours=1))

    with pytest.raises(ConflictError, match="answered otherwise"):
        sign(run, users["ops"], "Ada Byron")

    run.refresh_from_db()
    assert run.state == ChecklistState.OPEN
    assert row(run, "Late").ticked_at is None


def test_two_people_tick_side_by_side_and_never_over_each_other(
    store: Store, users: dict[str, User]
) -> None:
    run = make_day(make_checklist(items=["First", "Second"]))
    first, second = row(run, "First"), row(run, "Second")
    seen = ChecklistRun.objects.get(pk=run.pk).version

    acts.tick(run.pk, first.pk, users["ops"], seen=stamp(first), note="mine")
    acts.tick(run.pk, second.pk, users["lead"], seen=stamp(second))
    with pytest.raises(ConflictError, match="ticked by ops meanwhile"):
        acts.tick(run.pk, first.pk, users["lead"], seen=stamp(first), note="over")
    with pytest.raises(ConflictError):
        acts.untick(run.pk, first.pk, users["lead"], seen=stamp(first))
    with pytest.raises(ConflictError, match="after you had opened it"):
        acts.sign(run.pk, users["ops"], version=seen, name="Ada Byron")

    assert row(run, "First").note == "mine"


def test_four_eyes_are_two_people(store: Store, users: dict[str, User]) -> None:
    run = make_day(make_checklist(team="finance", four_eyes=True))
    tick(run, "Look", users["finance"])
    half = sign(run, users["finance"], "Ada Byron")
    assert half.state == ChecklistState.HALF_SIGNED
    assert freezing.verify(half).holds

    with pytest.raises(ChecklistError, match="a second person"):
        sign(run, users["finance"], "Grace Murray")
    with pytest.raises(ChecklistError, match="signed with already"):
        sign(run, users["lead"], "ada byron")
    with pytest.raises(ChecklistError, match="another team"):
        sign(run, users["ops"], "Grace Murray")
    with pytest.raises(ConflictError, match="send it back"):
        tick(run, "Look", users["lead"])

    run.refresh_from_db()
    acts.send_back(run.pk, users["lead"], version=run.version, why="Count again")
    run.refresh_from_db()
    assert (run.state, run.signed_as, run.digest) == (ChecklistState.OPEN, "", "")

    sign(run, users["finance"], "Ada Byron")
    done = sign(run, users["lead"], "Grace Murray")
    assert done.state == ChecklistState.SIGNED
    assert [x["as"] for x in done.frozen["signatures"]] == ["Ada Byron", "Grace Murray"]


def test_whatever_is_changed_after_the_signature_shows(
    store: Store, users: dict[str, User]
) -> None:
    ops = users["ops"]
    checklist = make_checklist(due_time=time(23, 0))
    earlier = make_day(checklist, date(2026, 11, 22))
    tick(earlier, "Look", ops)
    sign(earlier, ops, "Ada Byron")
    run = make_day(checklist)
    tick(run, "Look", ops, "seen")
    sign(run, ops, "Ada Byron")

    def problems(pk: int = run.pk) -> str:
        return " ".join(freezing.verify(ChecklistRun.objects.get(pk=pk)).problems)

    def verify() -> str:
        out = StringIO()
        call_command("checklists", verify=True, stdout=out, stderr=out)
        return out.getvalue()

    assert "2 signed lists, all unchanged" in verify()
    # Accounts may be renamed and removed: that is no change of the list.
    User.objects.filter(pk=ops.pk).update(username="renamed")
    run.ticks.update(ticked_by=None)
    assert problems() == ""

    run.ticks.update(note="not seen")
    assert problems() == "Item 1 differs from the signed copy: note."
    run.ticks.update(note="seen")
    ChecklistRun.objects.filter(pk=run.pk).update(signed_as="Grace Murray")
    assert problems() == "The signatures differ from the signed copy."
    ChecklistRun.objects.filter(pk=run.pk).update(signed_as="Ada Byron")
    ChecklistTick.objects.create(run=run, text="Slipped in", position=9)
    assert problems() == "Items signed: 1; items there now: 2."
    run.ticks.filter(text="Slipped in").delete()
    ChecklistRun.objects.filter(pk=run.pk).update(state=ChecklistState.OPEN)
    assert "state says that it was not" in problems()
    ChecklistRun.objects.filter(pk=run.pk).update(state=ChecklistState.SIGNED)

    # A copy that was made anew with its digest is told by the one that came after it.
    earlier.refresh_from_db()
    earlier.ticks.update(note="forged")
    freezing.freeze(earlier)
    earlier.save()
    assert problems(earlier.pk) == ""
    assert "was exchanged" in problems()
    with pytest.raises(CommandError, match="1 of 2"):
        verify()


def test_an_overdue_list_is_its_teams_case_until_it_is_signed(
    store: Store, users: dict[str, User]
) -> None:
    cs = users["cs"]
    run = make_day(
        make_checklist(name="CS: end of day", team="cs", due_time=time(17, 30))
    )
    assert overdue.mark() == 0
    at(MORNING + timedelta(hours=9))
    assert tasks.keep() == 0

    run.refresh_from_db()
    case = OrderException.objects.get(kind="checklist_overdue")
    assert run.state == ChecklistState.MISSED
    assert (case.team, case.deadline) == ("cs", run.due_at)
    assert case.summary == (
        "CS: end of day of 23 Nov was due at 17:30 (Europe/London): 1 open item"
    )
    assert case.context["page"] == f"/checklists/runs/{run.pk}/"
    assert AlertRule.objects.filter(
        kind="checklist_overdue", team="cs", role="cs", enabled=True
    ).exists()

    tick(run, "Look", cs)
    sign(run, cs, "Ada Byron")
    case.refresh_from_db()
    assert case.state == CaseState.RESOLVED
    tasks.keep()
    assert OrderException.objects.filter(state=CaseState.OPEN).count() == 0


def test_a_list_that_waits_for_the_second_is_overdue_too(
    store: Store, users: dict[str, User]
) -> None:
    run = signed_run(users["ops"], four_eyes=True, due_time=time(12, 0))
    at(MORNING + timedelta(hours=4))
    tasks.keep()

    case = OrderException.objects.get(kind="checklist_overdue")
    assert "signed by Ada Byron, waits for a second person" in case.summary
    run.refresh_from_db()
    assert run.state == ChecklistState.HALF_SIGNED
    sign(run, users["lead"], "Grace Murray")
    case.refresh_from_db()
    assert case.state == CaseState.RESOLVED


def test_overdue_lists_do_not_keep_a_list_from_being_ticked(
    store: Store, users: dict[str, User]
) -> None:
    item = {"text": "Cases", "check_code": "cases_late"}
    run = make_day(make_checklist(items=[item], due_time=time(12, 0)))
    at(MORNING + timedelta(hours=4))
    tasks.keep()
    looking.look(ChecklistRun.objects.get(pk=run.pk))

    assert row(run, "Cases").automatic
    assert "Overdue checklists apart: 1." in row(run, "Cases").evidence["sentence"]


def test_the_command_makes_what_the_schedule_would(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    make_checklist(name="One", due_time=time(17, 0))

    call_command("checklists")

    assert f"{len(STARTS)} lists and" in capsys.readouterr().out
    assert ChecklistRun.objects.filter(checklist__name="One").count() == 1
