"""The test command (``make test``): lint and checks, then types, the tests on PostgreSQL
and those on SQLite at the same time, since many tests mostly wait for processes.
Ends with the first step that fails, and shows what it said. ``SHIPSYNC_COSTLY=1`` runs
what takes minutes too.

PostgreSQL is taken from ``SHIPSYNC_TEST_POSTGRES`` (a database URL whose user may
create databases) or from 127.0.0.1:5432, Redis from ``SHIPSYNC_TEST_REDIS`` or
127.0.0.1:6379; Chromium from the PATH; other people's clients (tests/clients) are
installed into a virtualenv of their own. Where one is absent its tests are left out and
the output says so; under ``CI=true`` that fails.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import redis

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CI = os.environ.get("CI", "").lower() in ("1", "true")
POSTGRES_GUESSES = (
    "postgres://postgres@127.0.0.1:5432/postgres",
    "postgres://postgres:postgres@127.0.0.1:5432/postgres",
)
CLIENTS = ROOT / ".venv" / "clients"
CLIENTS_LOCK = ROOT / "tests" / "clients" / "requirements.lock"
CLIENTS_SECONDS = 180
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


class Beside:
    """A step that runs beside others; what it prints is kept until it is waited for."""

    def __init__(self, title: str, *command: str, **environment: str) -> None:
        self.title = title
        self.began = time.monotonic()
        self.output = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the step
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=self.output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def end(self) -> int:
        """Print what the step said once it has ended; its exit code."""
        code = self.process.wait()
        say(f"{self.title}: {time.monotonic() - self.began:.0f} s")
        self.output.seek(0)
        sys.stdout.write(self.output.read().decode(errors="replace"))
        sys.stdout.flush()
        return code

    def stop(self) -> None:
        """End the step and all that it started, if it still runs."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait()


def together(steps: list[Beside]) -> None:
    """Wait for all; the first that fails stops the others and ends with its code."""
    try:
        while steps:
            for step in [x for x in steps if x.process.poll() is not None]:
                steps.remove(step)
                if code := step.end():
                    say(f"{step.title}: failed")
                    sys.exit(code)
            time.sleep(0.5)
    finally:
        for step in steps:
            step.stop()


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


def redis_answers() -> bool:
    """Whether the Redis that tests/redis_server.py takes is there."""
    url = os.environ.get("SHIPSYNC_TEST_REDIS") or "redis://127.0.0.1:6379/0"
    try:
        redis.from_url(url, socket_connect_timeout=2, socket_timeout=2).ping()
    except redis.RedisError:
        return False
    return True


def prepare_clients() -> str:
    """The Python of tests/clients' virtualenv; "" when it can't be installed.

    Made once per content of its lock; the stamp is written last.
    """
    python = CLIENTS / "bin" / "python"
    stamp = CLIENTS / ".synced"
    wanted = hashlib.sha256(CLIENTS_LOCK.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return str(python)
    say("installing other people's clients (tests/clients/requirements.lock)")
    began = time.monotonic()
    pip = ("-m", "pip", "install", "-q", "--disable-pip-version-check")
    try:
        for command in (
            (sys.executable, "-m", "venv", "--clear", str(CLIENTS)),
            (str(python), *pip, "--require-hashes", "-r", str(CLIENTS_LOCK)),
        ):
            subprocess.run(
                command,
                cwd=ROOT,
                check=True,
                capture_output=True,
                text=True,
                timeout=CLIENTS_SECONDS,
            )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        text = error.stderr or ""
        text = text.decode(errors="replace") if isinstance(text, bytes) else text
        last = (text.strip().splitlines() or [str(error)])[-1]
        if CI:
            sys.exit(f"CI needs the clients of tests/clients: {last}")
        say(f"tests of other people's clients are left out, they can't be had: {last}")
        return ""
    stamp.write_text(wanted)
    say(f"installed in {time.monotonic() - began:.0f} s")
    return str(python)


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
    if not redis_answers():
        if CI:
            sys.exit("CI needs Redis: start one or set SHIPSYNC_TEST_REDIS")
        say("no Redis at 127.0.0.1:6379: tests of that broker are left out")

    run("ruff check", str(BIN / "ruff"), "check", ".")
    run("ruff format", str(BIN / "ruff"), "format", "--check", ".")
    run("import contracts", str(BIN / "lint-imports"))
    manage = (sys.executable, "manage.py")
    run("migrations", *manage, "makemigrations", "--check", "--dry-run")
    run("system checks", *manage, "check", "--fail-level", "WARNING")

    clients = prepare_clients()
    steps = [Beside("mypy", str(BIN / "mypy"), ".")]
    options = ("-q", "--dist", "worksteal", "--durations", "25")
    pytest = (sys.executable, "-m", "pytest", *options)
    if postgres:
        steps.append(
            Beside(
                "tests on PostgreSQL (browser and process tests run on SQLite)",
                *(*pytest, "-n", "2", "-m", "not browser and not cluster"),
                DATABASE_URL=postgres,
            )
        )
    else:
        say("no PostgreSQL at 127.0.0.1:5432: its concurrency tests are left out")
    if not browser:
        say("no Chromium on the PATH: browser tests are left out")
    steps.append(
        Beside(
            "tests on SQLite",
            *(*pytest, "-n", "3"),
            *(() if browser else ("-m", "not browser")),
            DATABASE_URL="sqlite:///var/test.sqlite3",  # tests use one in memory
            SHIPSYNC_CHROMIUM=browser or "",
            SHIPSYNC_CLIENTS=clients,
        )
    )
    say(", ".join(step.title for step in steps))
    together(steps)


if __name__ == "__main__":
    main()
