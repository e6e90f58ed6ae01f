from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django_q.models import OrmQ
from django_q.signals import post_execute

from orders import tasks
from orders.sync import pump as pumping
from shipsync_site import supervisor as module
from shipsync_site.child import Child
from shipsync_site.lib import clock
from shipsync_site.supervisor import CLUSTER_ENV, Supervisor, overdue_work
from stores.models import Heartbeat, Lane

SLEEPER = (sys.executable, "-c", "import time; time.sleep(60)")
# A main process that ignores SIGTERM and has a child of its own, like a hung cluster.
DEAF_SCRIPT = (
    "import signal, subprocess, sys, time\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    "open(sys.argv[1], 'w').write(str(child.pid))\n"
    "time.sleep(60)\n"
)
DEAF = (sys.executable, "-c", DEAF_SCRIPT)


def wait_for(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def gone(pid: int) -> bool:
    """No such process, or only its zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True
    return stat.rsplit(")", 1)[1].split()[0] == "Z"


@pytest.fixture
def child() -> Iterator[Callable[..., Child]]:
    made: list[Child] = []

    def make(*command: str) -> Child:
        made.append(Child("test", command))
        made[-1].start()
        return made[-1]

    yield make
    for one in made:
        one.kill()


def test_stop_sends_one_sigterm_to_the_main_process(
    child: Callable[..., Child],
) -> None:
    one = child(*SLEEPER)
    pid = one.pid

    one.stop()

    assert gone(pid)
    assert one.exit_code() == -1


def test_stop_kills_a_deaf_group_with_its_children(
    child: Callable[..., Child], tmp_path: Path
) -> None:
    note = tmp_path / "pid"
    one = child(*DEAF, str(note))
    wait_for(lambda: note.exists() and note.read_text())
    main, grandchild = one.pid, int(note.read_text())

    one.stop(grace=0.3)

    assert gone(main)
    wait_for(lambda: gone(grandchild))


def test_a_group_ends_with_its_supervisor(tmp_path: Path) -> None:
    note = tmp_path / "pids"
    script = (
        "import os, sys, time\n"
        "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shipsync_site.settings')\n"
        "import django; django.setup()\n"
        "from shipsync_site.child import Child\n"
        "one = Child('test', [sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "one.start()\n"
        "open(sys.argv[1], 'w').write(f'{one.pid} {one.guard.pid}')\n"
        "time.sleep(60)\n"
    )
    boss = subprocess.Popen(
        [sys.executable, "-c", script, str(note)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    try:
        wait_for(lambda: note.exists() and len(note.read_text().split()) == 2, 30)
        pid, guard = map(int, note.read_text().split())

        boss.kill()

        wait_for(lambda: gone(pid) and gone(guard))
    finally:
        boss.kill()
        boss.wait()


def test_a_killed_guard_is_replaced(child: Callable[..., Child]) -> None:
    one = child(*SLEEPER)
    assert one.guard
    first = one.guard.pid
    one.guard.kill()
    one.guard.wait()

    assert one.exit_code() is None

    assert one.guard.pid != first


def make_lane(due: timedelta, *, leased: bool = False) -> Lane:
    now = clock.real_now()
    return Lane.objects.create(
        account="remote-1",
        direction="pull",
        due_at=now + due,
        lease_id="a" if leased else "",
        lease_until=now + timedelta(seconds=60) if leased else None,
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("due", "leased", "overdue"),
    [
        (timedelta(seconds=-30), False, True),
        (timedelta(seconds=-30), True, False),
        (timedelta(seconds=-1), False, False),
        (timedelta(seconds=30), False, False),
    ],
)
def test_work_is_overdue_when_a_lane_waits_unleased(
    due: timedelta, leased: bool, overdue: bool
) -> None:
    make_lane(due, leased=leased)

    assert overdue_work(clock.real_now()) is overdue


@pytest.fixture
def running(transactional_db: None) -> Iterator[Supervisor]:
    supervisor = Supervisor(1, tick=lambda: None, command=SLEEPER, heart_stale=0.5)
    yield supervisor
    supervisor.stop_all()


def spin(supervisor: Supervisor, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        supervisor.step()
        time.sleep(0.05)


def test_a_dead_cluster_is_started_again_under_a_new_name(running: Supervisor) -> None:
    running.step()
    cluster = running.clusters[0]
    first, name = cluster.child.pid, cluster.cluster_id
    os.kill(first, signal.SIGKILL)

    deadline = time.monotonic() + 10
    while cluster.child.pid in (0, first) and time.monotonic() < deadline:
        spin(running, 0.1)

    assert not gone(cluster.child.pid)

    assert cluster.cluster_id != name
    assert [row.cluster for row in Heartbeat.objects.all()] == [cluster.cluster_id]
    assert cluster.child.environment[CLUSTER_ENV] == cluster.cluster_id


def test_a_silent_cluster_is_replaced_while_work_waits(running: Supervisor) -> None:
    make_lane(timedelta(seconds=-30))
    running.step()
    first = running.clusters[0].child.pid

    spin(running, 2.5)

    assert gone(first)
    assert running.clusters[0].generation >= 2


def test_a_silent_cluster_is_left_alone_when_nothing_waits(running: Supervisor) -> None:
    running.step()
    first = running.clusters[0].child.pid

    spin(running, 2.0)

    assert running.clusters[0].child.pid == first


def test_a_beating_cluster_is_left_alone_while_work_waits(running: Supervisor) -> None:
    make_lane(timedelta(seconds=-30))
    running.step()
    first = running.clusters[0].child.pid

    deadline = time.monotonic() + 2.0
    while time.monotonic() < deadline:
        Heartbeat.objects.update(beat_at=clock.real_now())
        spin(running, 0.1)

    assert running.clusters[0].child.pid == first


def test_a_cluster_whose_monitor_takes_no_results_is_replaced(
    running: Supervisor,
) -> None:
    running.step()
    first = running.clusters[0].child.pid
    later = clock.real_now() + timedelta(seconds=60)
    Heartbeat.objects.update(beat_at=later, unreported_since=clock.real_now())

    spin(running, 2.5)

    assert gone(first)
    assert running.clusters[0].generation == 2


def test_a_silent_cluster_is_asked_and_replaced_when_it_does_not_answer(
    running: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PULSES", 2)
    running.step()
    first = running.clusters[0].child.pid

    spin(running, 4.5)

    assert gone(first)
    assert OrmQ.objects.count() >= 2


def test_a_silent_cluster_that_answers_is_left_alone(
    running: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PULSES", 2)
    monkeypatch.setattr(
        module,
        "async_task",
        lambda name: Heartbeat.objects.update(beat_at=clock.real_now()),
    )
    running.step()
    first = running.clusters[0].child.pid

    spin(running, 4.5)

    assert running.clusters[0].child.pid == first


def test_rows_of_a_killed_supervisor_are_taken_away(transactional_db: None) -> None:
    now, host = clock.real_now(), socket.gethostname()
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    names = {
        "dead": f"{host}:{dead.pid}.0.1",
        "earlier life": f"{host}:{os.getpid()}.0.7",
        "alive": f"{host}:{os.getppid()}.0.1",
        "elsewhere": f"x{host}:{dead.pid}.0.1",
    }
    for name in names.values():
        Heartbeat.objects.create(cluster=name, started_at=now, beat_at=now)
    supervisor = Supervisor(1, command=SLEEPER)
    supervisor.stopping = True

    supervisor.run()

    left = set(Heartbeat.objects.values_list("cluster", flat=True))
    assert left == {names["alive"], names["elsewhere"]}


def test_a_result_is_owed_until_the_monitor_took_it(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.real_now()
    monkeypatch.setenv(CLUSTER_ENV, "host:1")
    row = Heartbeat.objects.create(cluster="host:1", started_at=now, beat_at=now)

    assert tasks.pulse() == 1
    row.refresh_from_db()
    owed = row.unreported_since
    assert owed is not None
    assert row.beat_at > now
    tasks.pulse()
    row.refresh_from_db()
    assert row.unreported_since == owed
    post_execute.send(sender="django_q", task={})

    row.refresh_from_db()
    assert row.unreported_since is None


def test_a_pump_that_is_held_up_loses_the_ticker_and_keeps_quiet_about_it(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pumping, "TICKER_LEASE", timedelta(seconds=-1))
    assert pumping._become_ticker("first")
    assert pumping._become_ticker("second")

    assert not pumping._keep_ticking("first")
    assert pumping._keep_ticking("second")


def test_a_failing_tick_does_not_end_the_clusters(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    def tick() -> None:
        raise OperationalError("the database is away")

    supervisor = Supervisor(1, tick=tick, command=SLEEPER, heart_stale=0.1)
    monkeypatch.setattr(module, "STOP_GRACE", 2.0)
    try:
        spin(supervisor, 1.5)

        assert supervisor.clusters[0].generation == 1
        assert supervisor.clusters[0].child.exit_code() is None
    finally:
        supervisor.stop_all()


def test_a_cluster_that_dies_at_once_is_not_restarted_in_a_rush(
    transactional_db: None,
) -> None:
    supervisor = Supervisor(
        1, tick=lambda: None, command=(sys.executable, "-c", "raise SystemExit(3)")
    )
    try:
        spin(supervisor, 3.0)

        assert 2 <= supervisor.clusters[0].generation <= 4
    finally:
        supervisor.stop_all()


def test_stop_ends_every_cluster_and_forgets_its_heart(transactional_db: None) -> None:
    supervisor = Supervisor(2, tick=lambda: None, command=SLEEPER)
    supervisor.step()
    pids = [cluster.child.pid for cluster in supervisor.clusters]

    supervisor.stop_all()

    assert all(gone(pid) for pid in pids)
    assert not Heartbeat.objects.exists()
