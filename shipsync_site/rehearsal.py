"""Rehearse a change of keys: rows in a database of its own, a kill half way, a second run.

The database is a temporary file, or beside the installation's own on its PostgreSQL
server, and is removed at the end. Each step is a process of its own, so that its peak
memory is its own and a kill is a real one.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
from cryptography.fernet import Fernet
from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent
STEP_LIMIT = 3600.0
# About what a marketplace says of an order.
BODY = {"buyer": "Ada Byron", "order": "x" * 900}


class RehearsalError(Exception):
    """A step that failed; its text is what the step said."""


def run(rows: int, say: Callable[[str], None]) -> None:
    """Fill, rotate, kill half way, rotate again, prove; raises RehearsalError."""
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    with _database() as url, tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {
            "DATABASE_URL": url,
            "SHIPSYNC_VAR": folder,
            "SHIPSYNC_ENV_FILE": os.devnull,
            "SHIPSYNC_SECRET_KEY": secrets.token_urlsafe(50),
            "SHIPSYNC_SEARCH_KEY": secrets.token_urlsafe(50),
            "SHIPSYNC_LOG": "WARNING",
        }
        one = environment | {"SHIPSYNC_FIELD_KEYS": old}
        both = environment | {"SHIPSYNC_FIELD_KEYS": f"{new} {old}"}
        _step(["manage.py", "migrate", "--verbosity", "0"], one)
        began = time.monotonic()
        _step(["-m", "shipsync_site.rehearsal", "fill", str(rows)], one)
        engine = "PostgreSQL" if url.startswith("postgres") else "SQLite"
        say(f"{rows} rows sealed with the old key in {_since(began)} ({engine})")
        stopped = _killed(both, rows // 2)
        proof = _proof({**environment, "SHIPSYNC_FIELD_KEYS": new})
        say(
            f"killed after {stopped} rows: {proof['opened']} rows open with the new key "
            f"alone, {rows - proof['opened']} still need the old one"
        )
        if not 0 < proof["opened"] < rows:
            raise RehearsalError(
                f"the kill came too early or too late ({proof['opened']} of {rows} "
                "rows); rehearse with more rows"
            )
        began = time.monotonic()
        told = _step(["manage.py", "rotate_keys"], both)
        took = _since(began)
        say(f"second run, {took} with start-up: {told.strip().splitlines()[-1]}")
        proof = _proof({**environment, "SHIPSYNC_FIELD_KEYS": new})
        if proof["opened"] != rows or proof["right"] != rows:
            raise RehearsalError(f"of {rows} rows only {proof} open with the new key")
        say(f"all {rows} rows open with the new key alone and hold what they held")


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.1f} s"


def _step(arguments: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(  # noqa: S603 - our own interpreter, fixed arguments
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=STEP_LIMIT,
    )
    if done.returncode:
        raise RehearsalError(f"{' '.join(arguments)}: {done.stderr.strip()[-800:]}")
    return done.stdout


def _killed(environment: dict[str, str], after: int) -> int:
    """Run the rotation and kill it once it has told of so many rows; how many it told."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "rotate_keys", "--every", "100"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    told = 0
    assert process.stdout is not None  # noqa: S101 - asked for above
    for line in process.stdout:
        found = re.search(r"(\d+) rows", line)
        if "ParkedRecord" in line and found:
            told = int(found.group(1))
        if told >= after:
            process.send_signal(signal.SIGKILL)
            break
    process.stdout.close()
    process.wait(STEP_LIMIT)
    return told


def _proof(environment: dict[str, str]) -> dict[str, int]:
    told = _step(["-m", "shipsync_site.rehearsal", "prove"], environment)
    found: dict[str, int] = json.loads(told)
    return found


@contextmanager
def _database() -> Iterator[str]:
    """The address of an empty database, gone afterwards."""
    known = settings.DATABASES["default"]
    if not str(known["ENGINE"]).endswith("postgresql"):
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/rehearsal.sqlite3"
        return
    name = f"shipsync_rehearsal_{os.getpid()}"
    user, password = quote(str(known["USER"])), quote(str(known.get("PASSWORD") or ""))
    host, port = known.get("HOST") or "", known.get("PORT") or ""
    server = f"postgres://{user}{':' * bool(password)}{password}@{host}"
    server += f":{port}" if port else ""
    with psycopg.connect(f"{server}/{known['NAME']}", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            yield f"{server}/{name}"
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def _fill(rows: int) -> None:
    from orders.models import ParkedRecord
    from shipsync_site.lib import clock

    now = clock.real_now()
    for start in range(0, rows, 1000):
        ParkedRecord.objects.bulk_create(
            ParkedRecord(
                account="rehearsal",
                source="rehearsal",
                remote_id=str(number),
                problem="rehearsal",
                body=BODY | {"number": number},
                first_seen_at=now,
                last_seen_at=now,
            )
            for number in range(start, min(start + 1000, rows))
        )


def _prove() -> dict[str, int]:
    """How many rows open with the keys that there are, and hold what they held."""
    from django.db import connection

    from shipsync_site.lib.sealed import SealBrokenError, unseal

    opened = right = last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, remote_id, body FROM orders_parkedrecord "
                "WHERE id > %s ORDER BY id LIMIT 1000",
                [last],
            )
            rows = cursor.fetchall()
        if not rows:
            return {"opened": opened, "right": right}
        for last, number, token in rows:  # noqa: B007 - the last one goes on
            try:
                body = json.loads(unseal(bytes(token)))
            except SealBrokenError:
                continue
            opened += 1
            right += body == BODY | {"number": int(number)}


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shipsync_site.settings")
    django.setup()
    if sys.argv[1] == "fill":
        _fill(int(sys.argv[2]))
    else:
        sys.stdout.write(json.dumps(_prove()))
