"""Carries the messages of peers to those who subscribed, in a thread of its own.

Nothing here waits for an answer while a peer is locked, retries are their senders', and no
message leaves this machine: the practice server knows addresses that people typed.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests

logger = logging.getLogger(__name__)

LOOPBACK = ("localhost", "127.0.0.1", "::1")
TIMEOUT = 10.0
KEPT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of a message: a status, or why there is none."""

    peer: str
    status: int | None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One message for one address; ``done`` hears what became of it."""

    peer: str
    url: str = field(repr=False)
    body: bytes = field(repr=False)
    kind: str = "application/json"
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    timeout: float = TIMEOUT
    done: Callable[[Delivery], None] | None = field(default=None, repr=False)


class Courier:
    """Messages by the real moment they are due; one thread, started by the first."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._due: list[tuple[float, int, Parcel]] = []
        self._order = itertools.count()
        self._thread: threading.Thread | None = None
        self.delivered: deque[Delivery] = deque(maxlen=KEPT)

    def post(self, parcel: Parcel, delay: float = 0.0) -> None:
        """Send a message after so many real seconds."""
        with self._condition:
            entry = (time.monotonic() + delay, next(self._order), parcel)
            heapq.heappush(self._due, entry)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._run, name="courier", daemon=True
                )
                self._thread.start()
            self._condition.notify()

    @property
    def waiting(self) -> int:
        """How many messages have not been sent yet."""
        with self._condition:
            return len(self._due)

    def clear(self) -> None:
        """Forget what has not been sent yet."""
        with self._condition:
            self._due.clear()
            self.delivered.clear()

    def _run(self) -> None:
        session = requests.Session()
        session.trust_env = False
        while True:
            parcel = self._next()
            delivery = _deliver(session, parcel)
            self.delivered.append(delivery)
            if delivery.problem:
                logger.warning("%s: message not taken: %s", parcel, delivery.problem)
            if parcel.done is not None:
                parcel.done(delivery)

    def _next(self) -> Parcel:
        with self._condition:
            while True:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)[2]
                self._condition.wait(wait)


def _deliver(session: requests.Session, parcel: Parcel) -> Delivery:
    host = urlsplit(parcel.url).hostname
    if host not in LOOPBACK:
        return Delivery(
            peer=parcel.peer,
            status=None,
            problem="the practice server sends to this machine only",
        )
    try:
        answer = session.post(
            parcel.url,
            data=parcel.body,
            headers={"Content-Type": parcel.kind, **dict(parcel.headers)},
            timeout=parcel.timeout,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        return Delivery(
            peer=parcel.peer, status=None, problem=f"no answer ({type(error).__name__})"
        )
    return Delivery(peer=parcel.peer, status=answer.status_code)


COURIER = Courier()
