"""What every simulated peer shares: ledger, registry, control hooks and faults.

A peer is one sub-package of ``stores.sandbox`` which calls :func:`register_peer` when
it is imported. All state lives in memory, guarded by one lock per peer, and time is
the business clock, so peers and application agree on 'now'.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import pkgutil
import socket
import threading
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from shipsync_site.lib import clock

Json = dict[str, Any]

PEERS_ENV = "SHIPSYNC_SANDBOX_PEERS"


class ControlError(Exception):
    """A control call that cannot be done; answered as ``{"error": message}``."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class AnswerLostError(Exception):
    """An answer had to be lost, but the server gave no socket to shut down.

    Raised under Django's test client and runserver; only gunicorn puts
    ``gunicorn.socket`` into the request.
    """


def canonical_digest(body: object) -> str | None:
    """SHA-256 (hex) of the body as sorted, compact JSON; None when there is no body."""
    if body is None:
        return None
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


class Ledger:
    """Every effect that a peer accepted, in order: the witness in all tests.

    A row is a flat dict: sequence (from 1, without gaps), time (ISO, UTC, business
    time), peer, operation, key, body_digest, and the parts that matter.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: list[Json] = []
        self._sequences: dict[str, list[int]] = {}

    def append(
        self, *, peer: str, operation: str, key: str, body: object = None, **parts: Any
    ) -> int:
        """Record one accepted effect and return its sequence."""
        digest = canonical_digest(body)
        with self._lock:
            sequence = len(self._rows) + 1
            self._rows.append(
                {
                    "sequence": sequence,
                    "time": clock.now().isoformat(),
                    "peer": peer,
                    "operation": operation,
                    "key": key,
                    "body_digest": digest,
                    **parts,
                }
            )
            self._sequences.setdefault(peer, []).append(sequence)
        return sequence

    def rows(
        self,
        *,
        peer: str | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> list[Json]:
        """The rows with a sequence above ``after``, oldest first, O(result)."""
        after = max(0, after)
        with self._lock:
            if peer is None:
                end = None if limit is None else after + limit
                return self._rows[after:end]
            sequences = self._sequences.get(peer, [])
            first = bisect_right(sequences, after)
            end = None if limit is None else first + limit
            return [self._rows[number - 1] for number in sequences[first:end]]

    def __len__(self) -> int:
        return len(self._rows)

    def clear(self) -> None:
        """Forget everything; sequences start at 1 again."""
        with self._lock:
            self._rows.clear()
            self._sequences.clear()

    def load(self, rows: list[Json]) -> None:
        """Replace the content by rows that an earlier :meth:`rows` returned."""
        with self._lock:
            self._rows = list(rows)
            self._sequences = {}
            for row in self._rows:
                self._sequences.setdefault(row["peer"], []).append(row["sequence"])


LEDGER = Ledger()


class Peer(ABC):
    """One simulated remote system; one instance per process.

    :meth:`handle` and the control hooks are called with :attr:`lock` held.
    """

    code: str
    title = ""
    # Faults of this peer alone, as /control/faults takes them, with their meaning.
    own_faults: Mapping[str, str] = {}
    # What time or a carrier would bring about, as the control call move_on takes it.
    moves: Mapping[str, str] = {}
    # What may be wrong in the payouts that the control call payouts makes, with its
    # meaning; empty where there are none.
    oddities: Mapping[str, str] = {}

    def __init__(self) -> None:
        self.title = self.title or self.code.title()
        self.lock = threading.RLock()

    def record(
        self, operation: str, key: str, body: object = None, **parts: Any
    ) -> int:
        """Write an accepted effect of this peer into the ledger."""
        return LEDGER.append(
            peer=self.code, operation=operation, key=key, body=body, **parts
        )

    @abstractmethod
    def reset(self, seed: int) -> None:
        """Empty the world; everything random after this comes from ``seed``."""

    @abstractmethod
    def handle(self, request: HttpRequest, path: str) -> HttpResponse:
        """Answer a request; ``path`` follows ``/<code>/`` without a leading slash."""

    @abstractmethod
    def error_response(self, status: int) -> HttpResponse:
        """The peer's own body and headers for an injected 429 or 500."""

    def fault_response(
        self, request: HttpRequest, path: str, status: int
    ) -> HttpResponse:
        """As :meth:`error_response`, for peers whose errors depend on the request."""
        return self.error_response(status)

    def operation(self, request: HttpRequest, path: str) -> str:
        """The name by which a fault rule's ``operation`` selects this request."""
        return f"{request.method} {path}"

    def fault(self, rule: Json) -> Json:
        """Set up a fault that core does not know (poison, revoked …); its parts."""
        raise ControlError(
            400, f"{self.code} cannot play the fault {rule.get('fault')!r}"
        )

    def clear_faults(self) -> None:
        """Undo what :meth:`fault` set up, as far as it lasts."""
        return

    def weather(self) -> list[str]:
        """The own faults in force, each in a few words for people."""
        return []

    def outlets(self) -> Mapping[str, Json]:
        """Where buyers may buy here: a name for people, the options that mean it."""
        return {self.title: {}}

    def place_orders(self, spec: Json) -> list[str]:
        """Buyers place orders; the marketplace's ids of them."""
        raise self._unsupported("orders")

    def cancel(self, spec: Json) -> Json:
        """A buyer asks to cancel, or the marketplace cancels."""
        raise self._unsupported("cancel")

    def address(self, spec: Json) -> Json:
        """A buyer changes the delivery address."""
        raise self._unsupported("address")

    def control(self, action: str, spec: Json) -> Json:
        """Any other control call, such as ship, void, relabel, manual."""
        raise self._unsupported(action)

    def configure(self, config: Json) -> Json:
        """Change settings (an empty dict changes none); the config in force."""
        if config:
            raise self._unsupported("config")
        return {}

    def orders_view(self) -> list[Json]:
        """The peer's own view of each order."""
        raise self._unsupported("orders")

    def usage(self) -> Json:
        """Quota use: account or group → list of windows or bucket states."""
        return {}

    def dump(self) -> Json:
        """The whole state as JSON, for the snapshot file."""
        return {}

    def load(self, state: Json) -> None:
        """Restore what :meth:`dump` returned."""
        return

    def _unsupported(self, action: str) -> ControlError:
        return ControlError(404, f"{self.code} has no control call {action!r}")


def status_of(view: Json) -> str:
    """The status in a row of any peer's :meth:`Peer.orders_view`."""
    return str(view.get("status") or view.get("orderStatus") or "unknown")


PEERS: dict[str, Peer] = {}


def register_peer(peer: Peer) -> None:
    """Serve this peer under ``/<code>/``; raises ValueError for a second one."""
    if peer.code in PEERS:
        raise ValueError(f"sandbox peer {peer.code!r} is registered twice")
    PEERS[peer.code] = peer


def discover() -> dict[str, Peer]:
    """Import every sub-package of ``stores.sandbox``, which register their peers.

    ``SHIPSYNC_SANDBOX_PEERS`` (comma separated folder names) limits the choice.
    """
    package = importlib.import_module("stores.sandbox")
    wanted = {name.strip() for name in os.environ.get(PEERS_ENV, "").split(",") if name}
    for module in pkgutil.iter_modules(package.__path__):
        if module.ispkg and (not wanted or module.name in wanted):
            importlib.import_module(f"stores.sandbox.{module.name}")
    return PEERS


def find_peer(code: str) -> Peer:
    """The peer of this code; ControlError 404 that lists the known ones."""
    try:
        return PEERS[code]
    except KeyError:
        known = ", ".join(sorted(PEERS)) or "none"
        raise ControlError(404, f"no peer {code!r}; there are: {known}") from None


def lose_answer(request: HttpRequest) -> None:
    """Shut the client's connection so that whatever is answered never arrives.

    Raises AnswerLostError where the server is not gunicorn.
    """
    connection: Any = request.META.get("gunicorn.socket")
    if connection is None:
        raise AnswerLostError(
            "only gunicorn lends its socket; the answer can't be lost"
        )
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the client was faster; the answer is lost all the same
