"""Bad weather: faults that are applied to a share of a peer's requests.

Transport faults are played here for every peer alike; the others are handed to the
peer. Each rule has its own random stream, advanced once per matching request, so the
same seed and the same requests give the same faults.
"""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field, fields

from django.http import HttpRequest, HttpResponse

from stores.sandbox.core import ControlError, Json, Peer, find_peer, lose_answer

TRANSPORT_FAULTS = {
    "429": "the request is refused as throttled, without effect",
    "500": "the request is refused with a server error, without effect",
    "late_500": "the effect happens, the answer is a server error",
    "slow": "the answer comes after `seconds` real seconds (default 2)",
    "lost_answer": "the effect happens, the connection is shut without an answer",
    "lost_request": "the connection is shut without an effect",
    "malformed": "the effect happens, the body is cut in its middle",
}
# Of peers that send messages; a rule's requests are then their messages.
WEBHOOK_FAULTS = {
    "lost_webhook": "a message is never sent",
    "duplicate_webhook": "a message is sent twice",
    "late_webhook": "a message comes `seconds` real seconds late",
    "hostile_webhook": "somebody who knows the address sends nonsense beside it",
}


@dataclass(slots=True, kw_only=True)
class Rule:
    """One fault: which requests it may hit, how often, how many times in all."""

    number: int
    peer: str
    fault: str
    rate: float = 1.0
    count: int | None = None
    seed: int = 0
    operation: str | None = None
    seconds: float = 2.0
    seen: int = 0
    fired: int = 0
    stream: random.Random = field(repr=False, default_factory=random.Random)

    def fires(self) -> bool:
        """Advance the stream by one matching request."""
        self.seen += 1
        chosen = self.stream.random() < self.rate
        if not chosen or (self.count is not None and self.fired >= self.count):
            return False
        self.fired += 1
        return True

    def view(self) -> Json:
        """The rule as JSON, with how many requests it saw and hit."""
        return {
            slot.name: getattr(self, slot.name)
            for slot in fields(self)
            if slot.name != "stream"
        }


class Faults:
    """The rules in force, in the order in which they were made."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self._number = 0

    def add(self, spec: Json) -> Json:
        """Take ``{peer, fault, rate, count, seed, operation?, seconds?}``.

        Transport faults, and those of messages where the peer sends some, become a
        rule; others go to the peer at once. Raises ControlError for an unknown peer,
        fault or a value out of range.
        """
        peer = find_peer(str(spec.get("peer", "")))
        fault = str(spec.get("fault", ""))
        messages = fault in WEBHOOK_FAULTS and fault in peer.own_faults
        if fault not in TRANSPORT_FAULTS and not messages:
            with peer.lock:
                return {"peer": peer.code, "fault": fault, **peer.fault(spec)}
        rule = self._build(peer.code, fault, spec)
        with self._lock:
            self._number += 1
            rule.number = self._number
            self._rules.append(rule)
        return rule.view()

    def _build(self, peer: str, fault: str, spec: Json) -> Rule:
        try:
            rate = float(spec.get("rate", 1.0))
            count = None if spec.get("count") is None else int(spec["count"])
            seed = int(spec.get("seed", 0))
            seconds = float(spec.get("seconds", 2.0))
        except (TypeError, ValueError) as error:
            raise ControlError(400, f"fault {fault!r}: {error}") from None
        if not 0 <= rate <= 1:
            raise ControlError(400, f"rate={rate}: must be from 0 to 1")
        return Rule(
            number=0,
            peer=peer,
            fault=fault,
            rate=rate,
            count=count,
            seed=seed,
            operation=spec.get("operation"),
            seconds=seconds,
            stream=random.Random(seed),  # noqa: S311 - weather, not secrets
        )

    def clear(self, peer: str | None = None) -> None:
        """Drop all rules, or those of one peer."""
        with self._lock:
            self._rules = [r for r in self._rules if peer not in (None, r.peer)]

    def views(self) -> list[Json]:
        """All rules as JSON."""
        with self._lock:
            return [rule.view() for rule in self._rules]

    def draw(self, peer: str, operation: str) -> list[Rule]:
        """The rules which hit this request."""
        return self._draw(TRANSPORT_FAULTS, peer, operation)

    def draw_message(self, peer: str, topic: str) -> list[Rule]:
        """The rules which hit this message; a rule's ``operation`` is its topic."""
        return self._draw(WEBHOOK_FAULTS, peer, topic)

    def _draw(self, kinds: dict[str, str], peer: str, operation: str) -> list[Rule]:
        if not self._rules:
            return []
        with self._lock:
            return [
                rule
                for rule in self._rules
                if rule.peer == peer
                and rule.fault in kinds
                and rule.operation in (None, operation)
                and rule.fires()
            ]

    def serve(self, peer: Peer, request: HttpRequest, path: str) -> HttpResponse:
        """Let the peer answer, under the faults that hit this request."""
        hits = {r.fault: r for r in self.draw(peer.code, peer.operation(request, path))}
        if "slow" in hits:
            time.sleep(hits["slow"].seconds)
        if "lost_request" in hits:
            lose_answer(request)
            return HttpResponse(status=500)
        for status in (429, 500):
            if str(status) in hits:
                with peer.lock:
                    return peer.fault_response(request, path, status)
        with peer.lock:
            response = peer.handle(request, path)
        if "lost_answer" in hits:
            lose_answer(request)
        elif "late_500" in hits:
            with peer.lock:
                return peer.error_response(500)
        elif "malformed" in hits:
            response.content = response.content[: len(response.content) // 2]
        return response


FAULTS = Faults()
