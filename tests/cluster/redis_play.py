"""Orders flow through real clusters whose nudges ride on Redis, while it is abused.

Started by tests/cluster/test_redis.py in a demo's environment: ``redis_play.py
thief|death``. *thief* takes nudges away, empties the queue and delivers one pump many
times over; *death* kills the Redis server in the middle and starts an empty one.
Prints what the peers' ledger says as JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django

django.setup()

import redis  # noqa: E402 - after the settings
import requests  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django_q.brokers.redis_broker import Redis as Broker  # noqa: E402
from django_q.tasks import async_task  # noqa: E402

from shipsync_site.demo import world  # noqa: E402
from shipsync_site.demo.stack import MARK, Plan, Stack  # noqa: E402
from stores.lanes import PUMP  # noqa: E402

BATCHES, BATCH = 4, 5
SECONDS = 150
URL = os.environ["SHIPSYNC_REDIS_URL"]
QUEUE = f"django_q:{os.environ['SHIPSYNC_QUEUE_NAME']}:q"

Json = dict[str, Any]


class Server:
    """A Redis of our own that keeps nothing."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        line = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1"]
        self.process = subprocess.Popen(
            [*line, "--save", "", "--appendonly", "no"], stdout=subprocess.DEVNULL
        )

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()


def signed_pump(connection: Any) -> bytes:
    """One signed pump, as a cluster would take it."""
    aside = Broker(list_key=f"{os.environ['SHIPSYNC_QUEUE_NAME']}-aside")
    async_task(PUMP, broker=aside)
    payload: bytes = connection.lpop(aside.list_key)
    return payload


def steal(connection: Any, payload: bytes, seen: Counter[str]) -> None:
    """Empty the queue; now and then deliver one pump three times."""
    connection.delete(QUEUE)
    if seen["turns"] % 4 == 3:
        connection.rpush(QUEUE, payload, payload, payload)
        seen["copies"] += 3
    seen["turns"] += 1


def lie_in_wait(connection: Any, over: threading.Event, seen: Counter[str]) -> None:
    """Be first at the queue: take a nudge, leave the next ones for six seconds.

    Redis serves who has waited longest, and clusters ask anew each second.
    """
    while not over.is_set():
        if connection.blpop(QUEUE, timeout=3):
            seen["stolen"] += 1
            over.wait(6)


def play(stack: Stack, trouble: Callable[[int], None]) -> Json:
    """Place orders in batches; wait until each is in ShipStation."""
    sandbox, wanted = stack.sandbox, BATCHES * BATCH
    deadline = time.monotonic() + SECONDS
    placed, next_batch = 0, 0.0
    keys: list[str] = []
    while time.monotonic() < deadline:
        stack.keep()
        if placed < BATCHES and time.monotonic() >= next_batch:
            sandbox.orders("amazon", BATCH, seed=placed, order_age=600)
            placed, next_batch = placed + 1, time.monotonic() + 4
        trouble(placed)
        keys = [row["orderKey"] for row in sandbox.orders_view("shipstation")]
        if len(keys) >= wanted:
            break
        time.sleep(0.3)
    made = Counter(
        row["key"]
        for row in sandbox.ledger("shipstation")
        if row["operation"] == "create"
    )
    return {
        "placed": placed * BATCH,
        "arrived": len(set(keys)),
        "created_twice": [key for key, times in made.items() if times > 1],
    }


@contextlib.contextmanager
def troubled(mode: str, seen: Counter[str]) -> Iterator[Callable[[int], None]]:
    """The function that makes the trouble, given how many batches were placed."""
    if mode == "thief":
        connection = redis.from_url(URL)
        payload = signed_pump(connection)
        over = threading.Event()
        thief = threading.Thread(
            target=lie_in_wait, args=(redis.from_url(URL), over, seen)
        )
        thief.start()
        try:
            yield lambda placed: steal(connection, payload, seen)
        finally:
            over.set()
            thief.join()
            connection.delete(QUEUE)
        return
    server = Server(urlsplit(URL).port or 6379)
    server.start()

    def die(placed: int) -> None:
        if placed == 2 and not seen["deaths"]:
            server.kill()
            time.sleep(3)
            server.start()
            seen["deaths"] += 1

    try:
        yield die
    finally:
        server.kill()


def main() -> None:
    """Everything up, play, everything down."""
    values = json.loads(os.environ[MARK])
    plan = Plan(**{**values, "folder": Path(values["folder"])})
    seen: Counter[str] = Counter()
    call_command("migrate", verbosity=0)
    stack = Stack(plan)
    with (
        troubled(sys.argv[1], seen) as trouble,
        stack.running(lambda: world.build(stack.sandbox, plan.rate)),
    ):
        found = play(stack, trouble)
        url = f"http://127.0.0.1:{plan.port}/healthz"
        health = requests.get(url, timeout=10).json()
    json.dump({**found, **seen, "broker": health["broker"]}, sys.stdout)


if __name__ == "__main__":
    main()
