"""A move from SQLite keeps orders, cases, sealed buyers and logins: by the commands of
docs/production.md, each a process of its own, into PostgreSQL and into another file."""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.exceptions import FieldError
from django.core.management import CommandError, call_command

from shipsync_site import moving
from tests.orders.factories import make_buyer, make_order
from tests.suite import CI, find_postgres

ROOT = Path(__file__).resolve().parents[2]

FILL = """
from django.contrib.auth.models import User
from shipsync_site.lib import clock
from stores.models import Heartbeat
from tests.orders.factories import *
User.objects.create_user("lead", password="a-long-test-password")
order = make_order(store=make_store(slug="amazon-uk"), lines=2)
make_record(order)
make_case(order)
make_event(order, "Imported from the marketplace", system="amazon")
now = clock.real_now()
Heartbeat.objects.create(cluster="host:1", started_at=now, beat_at=now)
"""
FACTS = """
import json
from django.contrib.auth.models import Group, User
from django.core import serializers
from orders.models import *
from stores.models import *
order = Order.objects.get()
print("FACTS" + json.dumps({
    "order": [order.pk, order.remote_id, order.stage, str(order.ship_by)],
    "lines": list(order.lines.order_by("pk").values_list("sku", "quantity")),
    "buyers": [str(buyer.recipient) for buyer in OrderBuyer.objects.all()],
    "cases": list(OrderException.objects.values_list("pk", "kind", "state")),
    "events": order.events.count(),
    "store": str(Store.objects.get().updated_at),
    "secrets": Store.objects.get().remote_account.secrets,
    "login": User.objects.get().check_password("a-long-test-password"),
    "roles": [[g.name, g.permissions.count()] for g in Group.objects.order_by("pk")],
    "hearts": Heartbeat.objects.count(),
}))
"""
NEXT = """
from stores.models import Store
from tests.orders.factories import make_order
print("FACTS" + str(make_order(store=Store.objects.get()).pk))
"""


def manage(
    url: str, *arguments: str, good: bool = True, **environment: str
) -> subprocess.CompletedProcess[str]:
    """A management command on a database, as a person runs it."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "shipsync_site.settings",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode == 0) is good, done.stdout + done.stderr
    return done


def facts(url: str, script: str = FACTS) -> Any:
    """What a database says."""
    output = manage(url, "shell", "--no-imports", "-c", script).stdout
    return json.loads(output.rpartition("FACTS")[2])


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file that was only migrated; copy it."""
    path = tmp_path_factory.mktemp("moving") / "empty.sqlite3"
    manage(f"sqlite:///{path}", "migrate", "-v0")
    return path


@pytest.fixture(scope="module")
def source(empty: Path) -> str:
    """The URL of an SQLite database in use."""
    path = empty.with_name("source.sqlite3")
    shutil.copy(empty, path)
    manage(f"sqlite:///{path}", "shell", "--no-imports", "-c", FILL)
    return f"sqlite:///{path}"


@pytest.fixture
def target(empty: Path, tmp_path: Path) -> str:
    """The URL of another SQLite file that was only migrated."""
    shutil.copy(empty, tmp_path / "target.sqlite3")
    return f"sqlite:///{tmp_path / 'target.sqlite3'}"


@pytest.fixture
def postgres_target() -> Iterator[str]:
    """The URL of a PostgreSQL database that was only migrated."""
    url = find_postgres()
    if url is None:
        message = "no PostgreSQL answers (SHIPSYNC_TEST_POSTGRES)"
        if CI:
            pytest.fail(message)
        pytest.skip(message)
    name = f"shipsync_move_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        connection.execute(f"CREATE DATABASE {name}_restored")
    made = url.rpartition("/")[0] + f"/{name}"
    manage(made, "migrate", "-v0")
    yield made
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        connection.execute(f"DROP DATABASE {name}_restored WITH (FORCE)")


def check_restore(url: str, folder: Path) -> None:
    """A dump and the keys bring everything back; without the keys it stays shut."""
    dump = str(folder / "shipsync.dump")
    restored = f"{url}_restored"
    for name, *options in (
        ("pg_dump", "--format=custom", f"--dbname={url}", f"--file={dump}"),
        ("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={restored}", dump),
    ):
        program = shutil.which(name)
        assert program, f"{name} is missing; it comes with PostgreSQL's client"
        subprocess.run([program, *options], check=True)

    manage(restored, "migrate", "--check")
    assert facts(restored) == facts(url)
    other = "b3RoZXItdGVzdC1vbmx5LWZpZWxkLWtleS0wMTIzNDU="
    shut = manage(
        *(restored, "shell", "--no-imports", "-c", FACTS),
        good=False,
        SHIPSYNC_FIELD_KEYS=other,
    )
    assert "no key in SHIPSYNC_FIELD_KEYS opens this value" in shut.stderr


def check_move(source: str, target: str) -> None:
    before = facts(source)

    done = manage(target, "copy_database", source)

    assert "1  orders.Order\n" in done.stdout
    assert "they are all there" in done.stdout
    after = facts(target)
    assert before["buyers"]
    assert before["secrets"]
    assert before["login"]
    # A heart belongs to a running process and is left behind.
    assert (before.pop("hearts"), after.pop("hearts")) == (1, 0)
    assert after == before
    again = manage(target, "copy_database", source, good=False)
    assert "already holds rows of auth.user" in again.stderr


def check_next(source: str, target: str) -> None:
    """The next row gets a number of its own."""
    assert facts(target, NEXT) > facts(source)["order"][0]


@pytest.mark.cluster
def test_a_move_to_postgresql_and_its_backup_keep_everything(
    source: str, postgres_target: str, tmp_path: Path
) -> None:
    check_move(source, postgres_target)
    check_restore(postgres_target, tmp_path)
    check_next(source, postgres_target)


@pytest.mark.cluster
def test_a_move_to_another_file_keeps_everything(source: str, target: str) -> None:
    check_move(source, target)
    check_next(source, target)


@pytest.mark.cluster
def test_a_lost_key_is_found_before_anything_is_changed(
    source: str, target: str
) -> None:
    other = "b3RoZXItdGVzdC1vbmx5LWZpZWxkLWtleS0wMTIzNDU="

    done = manage(
        target, "copy_database", source, good=False, SHIPSYNC_FIELD_KEYS=other
    )

    assert "after row 0: no key in SHIPSYNC_FIELD_KEYS opens this value" in done.stderr
    with sqlite3.connect(target.removeprefix("sqlite:///")) as connection:
        rows = connection.execute("SELECT count(*) FROM auth_user").fetchone()
        groups = connection.execute("SELECT count(*) FROM auth_group").fetchone()
    assert (rows, groups > (0,)) == ((0,), True)


@pytest.mark.costly
@pytest.mark.cluster
def test_both_must_be_migrated_alike(source: str, target: str) -> None:
    with sqlite3.connect(target.removeprefix("sqlite:///")) as connection:
        connection.execute(
            "DELETE FROM django_migrations WHERE app = 'orders' AND name LIKE '0001%'"
        )

    done = manage(target, "copy_database", source, good=False)

    assert "the target lacks 1 migrations, the first is orders.0001" in done.stderr


@pytest.mark.django_db
def test_what_is_no_url_is_named() -> None:
    with pytest.raises(CommandError, match="'somewhere' is no database URL"):
        call_command("copy_database", "somewhere")


@pytest.mark.django_db
def test_dumpdata_refuses_what_is_sealed() -> None:
    """Why there is a command of our own."""
    order = make_order()
    if not hasattr(order, "buyer"):
        make_buyer(order)

    with pytest.raises((CommandError, FieldError), match="sealed"):
        call_command("dumpdata", "orders.OrderBuyer", stdout=io.StringIO())


def test_nothing_but_nudges_and_hearts_is_left_behind() -> None:
    assert {"django_q.ormq", "stores.heartbeat"} == moving.LEFT_BEHIND
