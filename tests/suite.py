"""The test command (``make test``): lint, types, checks, then the tests on PostgreSQL
and on SQLite. Stops at the first step that fails.

PostgreSQL is taken from ``SHIPSYNC_TEST_POSTGRES`` (a database URL whose user may
create databases) or from 127.0.0.1:5432; Chromium from the PATH. Where one is absent
its tests are left out and the output says so; under ``CI=true`` that fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CI = os.environ.get("CI", "").lower() in ("1", "true")
POSTGRES_GUESSES = (
    "postgres://postgres@127.0.0.1:5432/postgres",
    "postgres://postgres:postgres@127.0.0.1:5432/postgres",
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def say(text: str) -> None:
    """Print a line of our own among the tools' output."""
    print(f"== {text}", flush=True)  # noqa: T201 - this is a command


def run(title: str, *command: str, **environment: str) -> None:
    """Run one step from the project's root; end with its exit code if it fails."""
    say(title)
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, check=False
    )
    if done.returncode:
        say(f"{title}: failed after {time.monotonic() - began:.0f} s")
        sys.exit(done.returncode)


def find_postgres() -> str | None:
    """The URL of a PostgreSQL that answers and lets us create databases."""
    named = os.environ.get("SHIPSYNC_TEST_POSTGRES", "")
    for url in (named,) if named else POSTGRES_GUESSES:
        try:
            with psycopg.connect(url, connect_timeout=3) as connection:
                row = connection.execute(
                    "SELECT rolcreatedb OR rolsuper FROM pg_roles "
                    "WHERE rolname = current_user"
                ).fetchone()
        except psycopg.OperationalError as error:
            if named:
                sys.exit(f"SHIPSYNC_TEST_POSTGRES does not answer: {error}")
            continue
        if row and row[0]:
            return url
    return None


def main() -> None:
    """All steps; the fullest run of the tests comes last."""
    os.environ.setdefault("SHIPSYNC_DEVELOPMENT", "1")
    os.environ["SHIPSYNC_ENV_FILE"] = os.devnull
    postgres = find_postgres()
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if CI and not postgres:
        sys.exit("CI needs PostgreSQL: start one or set SHIPSYNC_TEST_POSTGRES")
    if CI and not browser:
        sys.exit("CI needs Chromium on the PATH")

    run("ruff check", str(BIN / "ruff"), "check", ".")
    run("ruff format", str(BIN / "ruff"), "format", "--check", ".")
    run("import contracts", str(BIN / "lint-imports"))
    run("mypy", str(BIN / "mypy"), ".")
    manage = (sys.executable, "manage.py")
    run("migrations", *manage, "makemigrations", "--check", "--dry-run")
    run("system checks", *manage, "check", "--fail-level", "WARNING")

    pytest = (sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "worksteal")
    if postgres:
        run(
            "tests on PostgreSQL (browser and process tests run on SQLite)",
            *pytest,
            *("-m", "not browser and not cluster"),
            DATABASE_URL=postgres,
        )
    else:
        say("no PostgreSQL at 127.0.0.1:5432: its concurrency tests are left out")
    if not browser:
        say("no Chromium on the PATH: browser tests are left out")
    run(
        "tests on SQLite",
        *pytest,
        *(() if browser else ("-m", "not browser")),
        DATABASE_URL="sqlite:///var/test.sqlite3",  # tests use one in memory
        SHIPSYNC_CHROMIUM=browser or "",
    )


if __name__ == "__main__":
    main()
