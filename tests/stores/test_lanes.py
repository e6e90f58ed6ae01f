from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection, connections
from django_q.models import OrmQ
from pytest_django import DjangoCaptureOnCommitCallbacks

from shipsync_site.lib import clock
from stores import lanes
from stores.models import AccountState, Lane, RemoteAccount, ShipStationAccount

pytestmark = pytest.mark.django_db


@pytest.fixture
def pumps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    enqueued: list[str] = []
    monkeypatch.setattr(lanes, "async_task", enqueued.append)
    return enqueued


@pytest.fixture
def account() -> RemoteAccount:
    account = RemoteAccount.objects.create(
        name="A", marketplace="amazon", seller_id="S1", region="eu"
    )
    lanes.ensure_lanes()
    Lane.objects.update(due_at=None)
    return account


def lane(account: RemoteAccount, direction: str = "pull") -> Lane:
    return Lane.objects.get(account=account.key, direction=direction)


def soon(seconds: float) -> datetime:
    return clock.real_now() + timedelta(seconds=seconds)


def test_every_account_gets_its_lanes_once() -> None:
    remote = RemoteAccount.objects.create(name="A", marketplace="ebay", seller_id="S")
    peer = ShipStationAccount.objects.create(name="B", key_fingerprint="f")

    lanes.ensure_lanes()
    lanes.ensure_lanes()

    assert set(Lane.objects.values_list("account", "direction")) == {
        (remote.key, "pull"),
        (remote.key, "read_back"),
        (remote.key, "confirm"),
        (peer.key, "push"),
        (peer.key, "mirror"),
        (peer.key, "dispatches"),
    }
    assert lanes.due_count() == 6


def test_of_many_nudges_one_enqueues_a_pump_after_commit(
    account: RemoteAccount,
    pumps: list[str],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        won = [lanes.nudge(account.key, "pull") for _ in range(5)]
        assert pumps == []

    assert won == [True, False, False, False, False]
    assert pumps == ["orders.tasks.pump"]


def test_a_nudge_whose_pump_was_lost_is_repeated_after_a_minute(
    account: RemoteAccount, pumps: list[str]
) -> None:
    lanes.nudge(account.key, "pull")
    Lane.objects.update(nudged_at=soon(-61))

    assert lanes.nudge(account.key, "pull")


def test_a_nudge_for_later_only_brings_the_time_nearer(
    account: RemoteAccount, pumps: list[str]
) -> None:
    later, sooner = soon(100), soon(50)

    assert not lanes.nudge(account.key, "pull", due_at=sooner)
    assert not lanes.nudge(account.key, "pull", due_at=later)

    assert lane(account).due_at == sooner
    assert lane(account).nudged_at is None
    assert lanes.lease_due(10) is None
    assert lanes.next_due() == sooner


def test_leasing_goes_by_priority_then_time(account: RemoteAccount) -> None:
    for direction, due in (("pull", -3), ("confirm", -1), ("read_back", -4)):
        Lane.objects.filter(direction=direction).update(due_at=soon(due))

    leased = [lanes.lease_due(10) for _ in range(4)]

    assert [one.direction if one else None for one in leased] == [
        "confirm",
        "pull",
        "read_back",
        None,
    ]


def test_only_the_asked_directions_are_leased(account: RemoteAccount) -> None:
    Lane.objects.update(due_at=soon(-1))

    leased = lanes.lease_due(10, ["read_back"])

    assert leased is not None
    assert leased.direction == "read_back"
    assert lanes.lease_due(10, ["read_back"]) is None


def test_a_paused_account_has_no_due_lanes(account: RemoteAccount) -> None:
    Lane.objects.update(due_at=soon(-1))
    RemoteAccount.objects.update(state=AccountState.PAUSED)

    assert lanes.lease_due(10) is None
    assert lanes.next_due() is None
    assert lanes.due_count() == 0


def test_rows_of_other_kinds_are_nobodys_work() -> None:
    Lane.objects.create(
        account="ticker", direction="ticker", lease_id="x", lease_until=soon(-5)
    )

    assert lanes.lease_due(10) is None
    assert lanes.next_due() is None
    assert lanes.due_count() == 0


def test_the_lease_of_a_dead_pump_runs_out(account: RemoteAccount) -> None:
    Lane.objects.filter(direction="pull").update(due_at=soon(-1))
    dead = lanes.lease_due(30)
    assert dead is not None
    assert lanes.lease_due(30) is None
    assert lanes.next_due() == dead.lease_until
    Lane.objects.filter(pk=dead.pk).update(lease_until=soon(-1))

    alive = lanes.lease_due(30)

    assert alive is not None
    assert alive.pk == dead.pk
    assert not lanes.release(dead, soon(500))
    assert not lanes.renew(dead, 30)
    assert lanes.renew(alive, 30)
    assert lane(account).lease_id == alive.lease_id


def test_a_nudge_during_the_work_is_kept(
    account: RemoteAccount, pumps: list[str]
) -> None:
    Lane.objects.filter(direction="pull").update(due_at=soon(-1))
    leased = lanes.lease_due(30)
    assert leased is not None

    assert lanes.nudge(account.key, "pull")
    assert lanes.release(leased, soon(500))

    assert lanes.due_count() == 1


def test_release_keeps_count_of_failures(account: RemoteAccount) -> None:
    for error in ("no route", "no route", ""):
        Lane.objects.filter(direction="pull").update(due_at=soon(-1))
        leased = lanes.lease_due(30)
        assert leased is not None
        lanes.release(leased, None, error)
        row = lane(account)
        assert row.last_error == error
    assert row.failures == 0
    assert row.last_ok_at is not None
    assert row.due_at is None


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_three_pumps_never_lease_the_same_lane() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    Lane.objects.bulk_create(
        Lane(account=f"remote-{n}", direction="pull", due_at=soon(-1))
        for n in range(60)
    )
    leased: list[int] = []

    def work() -> None:
        try:
            while (one := lanes.lease_due(60)) is not None:
                leased.append(one.pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(leased) == len(set(leased)) == 60


def test_a_starved_lane_goes_before_a_more_urgent_one() -> None:
    now = clock.real_now()
    Lane.objects.all().delete()
    Lane.objects.create(account="remote-1", direction="confirm", priority=1, due_at=now)
    Lane.objects.create(
        account="remote-1",
        direction="read_back",
        priority=4,
        due_at=now - timedelta(seconds=30),
    )

    lane = lanes.lease_due(30)

    assert lane is not None
    assert lane.direction == "read_back"


def test_pumps_do_not_pile_up_while_nobody_takes_them() -> None:
    made = [lanes.enqueue_pump() for _ in range(lanes.QUEUED_PUMPS + 5)]

    assert made.count(True) == lanes.QUEUED_PUMPS
    assert OrmQ.objects.count() == lanes.QUEUED_PUMPS
    OrmQ.objects.all()[0].delete()
    assert lanes.enqueue_pump()
