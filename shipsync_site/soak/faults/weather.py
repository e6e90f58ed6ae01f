"""Bad weather of one seed: spells of faults on both sides, counted as they hit."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

from shipsync_site.soak.faults.channel import Channel
from shipsync_site.soak.faults.death import POINTS, Death
from stores.sandbox.driver import SandboxClient, SandboxError

# Fault → its options; rates and seeds are drawn. Seconds are the driver's.
TRANSPORT: tuple[tuple[str, dict[str, Any]], ...] = (
    ("429", {}),
    ("500", {}),
    ("late_500", {}),
    ("lost_answer", {}),
    ("lost_request", {}),
    ("malformed", {}),
    ("slow", {"seconds": 12.0}),
    ("slow", {"seconds": 70.0}),
)
SHIPSTATION: tuple[tuple[str, dict[str, Any]], ...] = (
    ("poison", {"count": 1}),
    ("revoked", {}),
)
OWN_SHARE = 0.25


class Weather:
    """Draws spells; ``fired`` counts what hit, by peer and fault."""

    def __init__(
        self,
        seed: int,
        client: SandboxClient,
        channels: Sequence[Channel],
        death: Death,
    ) -> None:
        self.fired: Counter[str] = Counter()
        self._random = random.Random(f"weather {seed}")  # noqa: S311 - a play
        self._client = client
        self._death = death
        self._peers = {"shipstation": SHIPSTATION} | {
            channel.code: channel.faults for channel in channels
        }

    def spell(self) -> str:
        """A new spell in place of the last; what it brings, in words."""
        self._clear()
        rng, told = self._random, []
        for peer, own in self._peers.items():
            for _ in range(rng.choice((0, 1, 1, 2))):
                fault, options = rng.choice(TRANSPORT)
                rate = rng.choice((0.1, 0.3, 0.5, 0.9))
                seed = rng.randrange(1 << 30)
                self._client.faults(peer, fault, rate, seed=seed, **options)
                told.append(f"{peer} {fault} at {rate:.0%}")
            if own and rng.random() < OWN_SHARE:
                fault, options = rng.choice(own)
                told.append(self._own(peer, fault, options))
        return ", ".join(told) or "fair"

    def _own(self, peer: str, fault: str, options: dict[str, Any]) -> str:
        seed = self._random.randrange(1 << 30)
        try:
            self._client.faults(peer, fault, 1.0, seed=seed, **options)
        except SandboxError as error:
            return f"{peer} {fault} (refused: {error})"
        self.fired[f"{peer} {fault}"] += 1
        return f"{peer} {fault}"

    def death(self) -> str:
        """A worker's death ahead, at a point of this seed; in words."""
        point = self._random.choice(POINTS)
        after = self._random.randint(1, 60 if point == "statement" else 4)
        self._death.arm(point, after)
        return f"a worker will die at {point} {after}"

    def clear(self) -> None:
        """The weather is fine again, and nobody dies any more."""
        self._clear()
        self._death.disarm()
        self.fired["worker killed"] = self._death.count

    def _clear(self) -> None:
        for rule in self._client.fault_rules():
            if rule["fired"]:
                self.fired[f"{rule['peer']} {rule['fault']}"] += rule["fired"]
        self._client.clear_faults()
