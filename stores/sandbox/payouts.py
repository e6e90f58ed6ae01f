"""Payouts on demand, with what may be wrong in them: for demos, lessons and tests.

``POST /control/payouts`` {channel, oddities?, pay?, order_ids?}: what was sold and
dispatched is settled at once, and paid unless ``pay`` is false. An oddity hits one order
(of ``order_ids`` if given) that it fits; what was planted is told in plain words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stores.sandbox.core import ControlError

Json = dict[str, Any]

PAID_TWICE, MISSING_REFUND = "paid_twice", "missing_refund"
FEE_SURPRISE, REMAINDER = "fee_surprise", "remainder"
NOT_DISPATCHED, UNKNOWN_WORDS = "not_dispatched", "unknown_words"
ODDITIES: Mapping[str, str] = {
    PAID_TWICE: "an order is paid a second time",
    MISSING_REFUND: "a refund that is due is left out",
    FEE_SURPRISE: "an order's fee is three times what is usual",
    REMAINDER: "a penny more is paid than the lines come to",
    NOT_DISPATCHED: "an order is paid that was not dispatched",
    UNKNOWN_WORDS: "a line bears a name that no list knows",
}


@dataclass(slots=True, kw_only=True)
class Planting:
    """What is wished of a payout, and what came of it."""

    wanted: list[str] = field(default_factory=list)
    order_ids: frozenset[str] = frozenset()
    pay: bool = True
    planted: list[Json] = field(default_factory=list)

    def wants(self, oddity: str) -> bool:
        """Whether this one is still to be planted."""
        return oddity in self.wanted

    def fits(self, order_id: str) -> bool:
        """Whether it may hit this order."""
        return not self.order_ids or order_id in self.order_ids

    def plant(self, oddity: str, order_id: str = "", **facts: Any) -> None:
        """Note that it was planted."""
        self.wanted.remove(oddity)
        self.planted.append(
            {
                "oddity": oddity,
                "meaning": ODDITIES[oddity],
                "order_id": order_id,
                **facts,
            }
        )

    def result(self, settlements: list[Json]) -> Json:
        """The answer of the control call."""
        return {
            "settlements": settlements,
            "planted": self.planted,
            "not_planted": self.wanted,
        }


def read_planting(spec: Mapping[str, Any]) -> Planting:
    """The wishes of a control call; ControlError for an oddity that there is not."""
    wanted = [str(name) for name in spec.get("oddities") or []]
    if unknown := [name for name in wanted if name not in ODDITIES]:
        raise ControlError(
            400, f"no oddity {unknown[0]!r}; there are: {', '.join(ODDITIES)}"
        )
    return Planting(
        wanted=wanted,
        order_ids=frozenset(str(each) for each in spec.get("order_ids") or []),
        pay=bool(spec.get("pay", True)),
    )
