"""What every test gets: no network but loopback, the real clock back, people by role."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, User
from hypothesis import HealthCheck
from hypothesis import settings as examples

from shipsync_site.lib import clock

RUN_ENV = "SHIPSYNC_TEST_RUN"
# What asks the database nothing that SQLite would answer otherwise: on PostgreSQL it is
# left out. Pages of orders, cases and alerts, whose queries are our own, are not.
SAME_EVERYWHERE = (
    "tests/test_permissions.py",
    "tests/contract/",
    "tests/stores/connectors/",
    "tests/stores/shipstation/",
    "tests/stores/views/",
    "tests/stores/webhooks/test_hostile.py",
    "tests/shipsync_site/training/",
    "tests/shipsync_site/guide/",
)
COSTLY_ENV = "SHIPSYNC_COSTLY"
LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")  # noqa: S104 - only compared
# How long one example takes says more of the machine than of the code.
examples.register_profile(
    "suite", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
examples.load_profile("suite")
ROLES = ("ops", "cs", "finance", "packer", "lead", "admin")


def pytest_configure(config: pytest.Config) -> None:
    """Give each run its own PostgreSQL databases; workers inherit the name."""
    run = os.environ.setdefault(RUN_ENV, str(os.getpid()))
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("postgresql"):
        database.setdefault("TEST", {})["NAME"] = f"test_shipsync_{run}"
        # A test database need not survive a power cut.
        database.setdefault("OPTIONS", {})["options"] = "-c synchronous_commit=off"
        # Test databases are dropped while live-server threads may still hold one.
        database["CONN_MAX_AGE"] = 0


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """On SQLite leave PostgreSQL's own tests out, and say so.

    On PostgreSQL only what touches the database is run: the rest can't differ. What is
    marked ``sqlite`` doesn't either.
    """
    if not os.environ.get(COSTLY_ENV):
        costly = pytest.mark.skip(reason=f"takes minutes: {COSTLY_ENV}=1 runs it")
        for item in items:
            if "costly" in item.keywords:
                item.add_marker(costly)
    if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        wanted = [item for item in items if _differs(item)]
        config.hook.pytest_deselected(items=[x for x in items if not _differs(x)])
        items[:] = wanted
        return
    skip = pytest.mark.skip(reason="needs PostgreSQL (DATABASE_URL)")
    for item in items:
        if "postgres" in item.keywords:
            item.add_marker(skip)
    items[:] = _spread(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def _spread(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """Each worker starts with its share of the long tests, which start processes.

    Workers get equal stretches of the list and take from each other at its end.
    """
    long = [item for item in items if "cluster" in item.keywords]
    rest = [item for item in items if "cluster" not in item.keywords]
    size = -(-len(items) // workers)
    spread: list[pytest.Item] = []
    for worker in range(workers):
        first = long[worker::workers]
        spread += first + rest[: size - len(first)]
        del rest[: size - len(first)]
    return spread + rest


def _differs(item: pytest.Item) -> bool:
    where = item.nodeid.startswith(SAME_EVERYWHERE)
    return _uses_database(item) and "sqlite" not in item.keywords and not where


def _uses_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(
        item.get_closest_marker("django_db")
        or fixtures & {"db", "transactional_db", "live_server"}
    )


class NetworkBlockedError(RuntimeError):
    """A test tried to leave this machine."""


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """Real sockets reach loopback and Unix sockets only."""
    connect = socket.socket.connect
    connect_ex = socket.socket.connect_ex

    def check(sock: socket.socket, address: Any) -> None:
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            host = str(address[0])
            if not host.startswith(LOOPBACK):
                raise NetworkBlockedError(f"a test tried to reach {host}")

    def guarded(sock: socket.socket, address: Any) -> None:
        check(sock, address)
        connect(sock, address)

    def guarded_ex(sock: socket.socket, address: Any) -> int:
        check(sock, address)
        return connect_ex(sock, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    patch.setattr(socket.socket, "connect_ex", guarded_ex)
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def _clock_back() -> Iterator[None]:
    """A test may move the business clock; the next one starts with the real one."""
    before = clock.current()
    yield
    clock.configure(before)


@pytest.fixture
def users(db: None) -> dict[str, User]:
    """One person per role, plus ``superuser`` and ``nobody`` (no group)."""
    model = get_user_model()
    people = {
        role: model.objects.create_user(role, password="a-long-test-password")
        for role in (*ROLES, "nobody")
    }
    for role in ROLES:
        people[role].groups.add(Group.objects.get(name=role))
    people["superuser"] = model.objects.create_superuser(
        "superuser", password="a-long-test-password"
    )
    return people
