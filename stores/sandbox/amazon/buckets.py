"""Usage plans: one token bucket per (seller, application, operation).

Default rates and bursts are those of the 2026-08 models; time is business time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """Tokens per second and the size of the bucket."""

    rate: float
    burst: float


DEFAULT_PLANS: Mapping[str, Plan] = {
    "searchOrders": Plan(0.0056, 20),
    "getOrder": Plan(0.5, 30),
    "getOrders": Plan(0.0167, 20),
    "getOrderV0": Plan(0.5, 30),
    "getOrderItems": Plan(0.5, 30),
    "confirmShipment": Plan(2, 10),
    "getMarketplaceParticipations": Plan(0.016, 15),
    "createFeedDocument": Plan(0.5, 15),
    "createFeed": Plan(0.0083, 15),
    "getFeed": Plan(2, 15),
    "getFeeds": Plan(0.0222, 10),
    "getFeedDocument": Plan(0.0222, 10),
    "createReport": Plan(0.0167, 15),
    "getReport": Plan(2, 15),
    "getReports": Plan(0.0222, 10),
    "getReportDocument": Plan(0.0167, 15),
    "createDestination": Plan(1, 5),
    "getDestinations": Plan(1, 5),
    "createSubscription": Plan(1, 5),
    "getSubscription": Plan(1, 5),
}

Key = tuple[str, str, str]


class Buckets:
    """All buckets, the plans in force and how often each refused."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Default plans, full buckets."""
        self.plans: dict[str, Plan | None] = dict(DEFAULT_PLANS)
        self._levels: dict[Key, tuple[float, float]] = {}
        self._refused: dict[Key, int] = {}
        self._taken: dict[Key, int] = {}

    def configure(self, quotas: Mapping[str, Any]) -> None:
        """Set plans: ``{operation: "off" | "default" | {"rate": r, "burst": b}}``.

        ``{"all": "off"}`` speaks of every operation. Raises ValueError naming the
        operation and the value.
        """
        plans = dict(self.plans)
        for name, wanted in quotas.items():
            if name != "all" and name not in DEFAULT_PLANS:
                raise ValueError(
                    f"quotas: no operation {name!r}; there are: all, "
                    + ", ".join(DEFAULT_PLANS)
                )
            for operation in DEFAULT_PLANS if name == "all" else (name,):
                plans[operation] = _plan(operation, wanted)
        self.plans = plans
        # A bucket measured by an old plan would hide the new one's burst.
        self._levels.clear()

    def take(self, seller: str, app: str, operation: str, now: float) -> bool:
        """Take one token at business second ``now``; False when the bucket is empty."""
        key = (seller, app, operation)
        plan = self.plans.get(operation)
        if plan is None:
            self._taken[key] = self._taken.get(key, 0) + 1
            return True
        level, at = self._levels.get(key, (plan.burst, now))
        level = min(plan.burst, level + plan.rate * max(0.0, now - at))
        # 0.0056 is no binary fraction: after exactly 1/rate seconds one token is due.
        if level < 1 - 1e-9:
            self._levels[key] = (level, now)
            self._refused[key] = self._refused.get(key, 0) + 1
            return False
        self._levels[key] = (level - 1, now)
        self._taken[key] = self._taken.get(key, 0) + 1
        return True

    def rate_header(self, operation: str) -> str | None:
        """What ``x-amzn-RateLimit-Limit`` says; None while the quota is off."""
        plan = self.plans.get(operation)
        return None if plan is None else f"{plan.rate:g}"

    def usage(self, now: float) -> Json:
        """Per seller and application: each operation's plan, level and counts."""
        result: Json = {}
        for key in sorted({*self._taken, *self._refused}):
            seller, app, operation = key
            plan = self.plans.get(operation)
            level, at = self._levels.get(key, (plan.burst if plan else 0.0, now))
            rows = result.setdefault(f"{seller}/{app}", [])
            rows.append(
                {
                    "operation": operation,
                    "rate": plan.rate if plan else None,
                    "burst": plan.burst if plan else None,
                    "tokens": min(plan.burst, level + plan.rate * max(0.0, now - at))
                    if plan
                    else None,
                    "taken": self._taken.get(key, 0),
                    "refused": self._refused.get(key, 0),
                }
            )
        return result

    def quotas_view(self) -> Json:
        """The plans as :meth:`configure` takes them."""
        return {
            name: "off" if plan is None else {"rate": plan.rate, "burst": plan.burst}
            for name, plan in self.plans.items()
        }

    def dump(self) -> Json:
        """State as JSON."""
        return {
            "quotas": self.quotas_view(),
            "levels": [[*key, *value] for key, value in self._levels.items()],
            "taken": [[*key, count] for key, count in self._taken.items()],
            "refused": [[*key, count] for key, count in self._refused.items()],
        }

    def load(self, state: Json) -> None:
        """Restore what :meth:`dump` returned."""
        self.reset()
        self.configure(state["quotas"])
        self._levels = {(s, a, o): (v, at) for s, a, o, v, at in state["levels"]}
        self._taken = {(s, a, o): count for s, a, o, count in state["taken"]}
        self._refused = {(s, a, o): count for s, a, o, count in state["refused"]}


def _plan(operation: str, wanted: object) -> Plan | None:
    if wanted == "off":
        return None
    if wanted == "default":
        return DEFAULT_PLANS[operation]
    if isinstance(wanted, Mapping):
        default = DEFAULT_PLANS[operation]
        try:
            rate = float(wanted.get("rate", default.rate))
            burst = float(wanted.get("burst", default.burst))
        except (TypeError, ValueError):
            rate = burst = 0.0
        if rate > 0 and burst >= 1:
            return Plan(rate, burst)
    raise ValueError(
        f"quotas: {operation}={wanted!r}; expected 'off', 'default' or "
        "{'rate': above 0, 'burst': at least 1}"
    )
