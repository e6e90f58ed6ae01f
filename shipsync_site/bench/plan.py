"""One benchmark run: what it is, and the environment that its processes share."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from shipsync_site.lib import clock

MARK = "SHIPSYNC_BENCH"
# Orders that a scenario takes when nobody says how many.
DEFAULT_ORDERS = {
    "push": 20_000,
    "mixed": 20_000,
    "ingest": 100_000,
    "latency": 4,
    "cancels": 500,
    "queue": 1_000_000,
    "csv": 1_000_000,
    "compare": 1_000_000,
    "settlement": 100_000,
    "quiet": 24,
}
SCENARIOS = tuple(DEFAULT_ORDERS)
# What goes by the intervals of production.
AS_IN_PRODUCTION = ("latency", "cancels")
DATABASES = ("sqlite", "postgresql")
POSTGRES_GUESSES = (
    "postgres://postgres@127.0.0.1:5432/postgres",
    "postgres://postgres:postgres@127.0.0.1:5432/postgres",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """``rate`` 0 means: choose one. Clusters run ``workers`` processes each.

    Of 'latency' ``orders`` counts the rounds, each with an event of every kind, and the
    polls are those of production. Of 'cancels' it counts those cancelled at once, of
    'queue' those in the tables, of 'csv' and 'settlement' the lines of settlements.
    """

    scenario: str
    database: str
    url: str
    folder: Path
    sandbox_port: int
    web_port: int = 0
    orders: int = 20_000
    clusters: int = 2
    workers: int = 2
    rate: float = 0.0
    seed: int = 1

    @property
    def web_address(self) -> str:
        """Where the web process of a run takes messages."""
        return f"http://127.0.0.1:{self.web_port}"

    def environment(self) -> dict[str, str]:
        """What every process of the run must agree on.

        The index lags a minute instead of five, so that a run of minutes has cancels
        on both sides of it.
        """
        return {
            MARK: json.dumps({**asdict(self), "folder": str(self.folder)}),
            "DJANGO_SETTINGS_MODULE": "shipsync_site.settings",
            "SHIPSYNC_DEVELOPMENT": "1",
            "SHIPSYNC_ENV_FILE": os.devnull,
            "SHIPSYNC_VAR": str(self.folder),
            "DATABASE_URL": self.url,
            "SHIPSYNC_SANDBOX_URL": f"http://127.0.0.1:{self.sandbox_port}",
            "SHIPSYNC_WORKERS": str(self.workers),
            "SHIPSYNC_PULL_INTERVAL": "0"
            if self.scenario in AS_IN_PRODUCTION
            else "30",
            "SHIPSYNC_PUBLIC_URL": self.web_address if self.web_port else "",
            "SHIPSYNC_MIRROR_LAG": "300" if self.scenario == "cancels" else "60",
            "SHIPSYNC_LOG": os.environ.get("SHIPSYNC_LOG", "WARNING"),
            clock.ENV_NAME: clock.fast(1.0).encode(),
        }


def plan_in_force() -> Plan | None:
    """The plan of this process' environment; None in the process that makes plans."""
    if MARK not in os.environ:
        return None
    values = json.loads(os.environ[MARK])
    return Plan(**{**values, "folder": Path(values["folder"])})


def find_postgresql() -> str | None:
    """A PostgreSQL that answers: DATABASE_URL if it is one, else 127.0.0.1:5432."""
    named = os.environ.get("DATABASE_URL", "")
    guesses = (named,) if named.startswith("postgres") else POSTGRES_GUESSES
    for url in guesses:
        try:
            with psycopg.connect(url, connect_timeout=3):
                return url
        except psycopg.OperationalError:
            continue
    return None


@contextmanager
def own_database(kind: str, folder: Path, server: str | None) -> Iterator[str]:
    """The URL of an empty database of our own; a PostgreSQL one is dropped afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'bench.sqlite3'}"
        return
    if server is None:
        raise LookupError("no PostgreSQL answers; set DATABASE_URL")
    name = f"shipsync_bench_{secrets.token_hex(4)}"
    identifier = sql.Identifier(name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(identifier))
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            connection.execute(drop.format(identifier))
