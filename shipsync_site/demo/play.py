"""Plays the demo's buyers and its warehouse through the sandbox's control API.

Everything follows from a seed and from the moments at which it is called.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shipsync_site.demo.channels import (
    CHANNELS,
    TRAINING_STORES,
    Shop,
    channels,
    shops,
)
from stores.sandbox.driver import SandboxClient
from stores.sandbox.payouts import ODDITIES

Json = dict[str, Any]

# Odd orders of a wave.
ODD_AT_ONCE = {"amazon": 2}


@dataclass(slots=True, kw_only=True)
class Pace:
    """How fast people act, in real seconds; shares from 0 to 1."""

    wave_every: float = 20.0
    wave_size: int = 24
    first_wave: int = 220
    most_orders: int = 1_500
    pack_after: float = 18.0
    pack_every: float = 3.0
    pack_at_once: int = 60
    late_cancels: float = 0.05
    # So many buyers ask to cancel just when their order has reached ShipStation.
    open_cancels: int = 0
    oddities: bool = True
    # How often the marketplaces pay, each time with one oddity; 0: they never do.
    pay_every: float = 0.0


@dataclass(slots=True)
class Play:
    """Call :meth:`step` every second or so; it does what is due by then.

    ``placed`` counts orders, ``shipped`` labels; ``backdate`` is how old, in business
    seconds, the oldest order of a wave is. ``codes``: where buyers order.
    """

    sandbox: SandboxClient
    rate: float
    seed: int = 1
    pace: Pace = field(default_factory=Pace)
    backdate: float = 6 * 3600.0
    codes: tuple[str, ...] = ("amazon",)
    now: Callable[[], float] = time.monotonic
    placed: int = 0
    shipped: int = 0
    waves: int = 0
    asked: int = 0
    payouts: int = 0
    _next_wave: float = 0.0
    _next_payout: float = 0.0
    _next_pack: float = 0.0
    _seen: dict[int, float] = field(default_factory=dict)
    _odd: dict[str, list[Json]] = field(init=False)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._odd = {x.name: list(x.oddities) for x in channels(self.codes)}
        self._random = random.Random(self.seed)  # noqa: S311 - a play, not a secret

    @property
    def over(self) -> bool:
        """Whether buyers have placed all they will."""
        return self.placed >= self.pace.most_orders

    def step(self) -> None:
        """Let buyers order and the warehouse pack, as far as it is their time."""
        now = self.now()
        if now >= self._next_wave and not self.over:
            self._next_wave = now + self.pace.wave_every
            self.wave()
        if now >= self._next_pack:
            self._next_pack = now + self.pace.pack_every
            self.pack(now)
        if self.pace.pay_every and self.shipped and now >= self._next_payout:
            # Parcels have to be confirmed before anybody pays for them.
            if self._next_payout:
                self.pay()
            self._next_payout = now + self.pace.pay_every

    def pay(self) -> None:
        """Every marketplace pays what was dispatched, with one thing wrong in it."""
        oddities = list(ODDITIES)
        for code in dict.fromkeys(x.code for x in channels(self.codes)):
            oddity = oddities[self.payouts % len(oddities)]
            self.sandbox.post("payouts", {"channel": code, "oddities": [oddity]})
            self.payouts += 1

    def wave(self) -> None:
        """One wave: ordinary orders per marketplace, and one or two odd ones."""
        wanted = self.pace.wave_size if self.waves else self.pace.first_wave
        self.waves += 1
        size = min(wanted, self.pace.most_orders - self.placed)
        places = shops(self.codes)
        for number, (channel, shop) in enumerate(places):
            self._order(
                channel.code,
                **shop.placing,
                count=(size + number) // len(places),
                late_cancel=self.pace.late_cancels,
                late_cancel_after=self._late(),
                order_age=self._random.uniform(0.1, 1.0) * self.backdate,
            )
        if self.pace.oddities:
            for name, odd in self._odd.items():
                for _ in range(min(ODD_AT_ONCE.get(name, 1), len(odd))):
                    self._order(CHANNELS[name].code, **odd.pop(0))

    def _late(self) -> float:
        """When buyers think again: sometimes before the label, sometimes after."""
        seconds = self._random.uniform(0.2, 2.0) * self.pace.pack_after
        return seconds * self.rate

    def _order(self, channel: str, **options: Any) -> None:
        if options.get("count", 1) < 1:
            return
        seed = self._random.randrange(1 << 30)
        spec = {"count": 1, "seed": seed, "order_age": 600.0, **options}
        self.placed += len(self.sandbox.orders(channel, **spec))

    def _think_again(self, channel: str, number: str) -> None:
        """The buyer of an order that just reached ShipStation may ask to cancel."""
        if self.asked < self.pace.open_cancels:
            self.asked += 1
            self.sandbox.cancel(channel, number, "request")

    def pack(self, now: float) -> None:
        """Buy labels for what has been open in ShipStation for long enough."""
        ready = []
        for row in self.sandbox.orders_view("shipstation"):
            if row["orderStatus"] != "awaiting_shipment":
                continue
            if row["storeId"] >= TRAINING_STORES:
                continue
            if row["orderId"] not in self._seen:
                self._seen[row["orderId"]] = now
                if row["storeId"] in self._shops:
                    code, _shop = self._shops[row["storeId"]]
                    self._think_again(code, row["orderNumber"])
            if now - self._seen[row["orderId"]] >= self.pace.pack_after:
                ready.append(row)
        by_carrier: dict[str, list[str]] = {}
        for row in ready[: self.pace.pack_at_once]:
            carrier = self._random.choice(self._carriers(row["storeId"]))
            by_carrier.setdefault(carrier, []).append(row["orderKey"])
        for carrier, keys in by_carrier.items():
            self.shipped += len(self.sandbox.ship(keys, carrier=carrier))

    @property
    def _shops(self) -> dict[int, tuple[str, Shop]]:
        return {shop.store_id: (x.code, shop) for x, shop in shops(self.codes)}

    def _carriers(self, store_id: int) -> tuple[str, ...]:
        """What the shop's parcels go with; those of a stranger as the first shop's."""
        found = self._shops.get(store_id)
        return (found[1] if found else CHANNELS["amazon"].shops[0]).carriers
