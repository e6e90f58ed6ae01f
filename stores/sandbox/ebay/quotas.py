"""Daily quotas: so many calls of an API per keyset, from midnight in California."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]

PACIFIC = ZoneInfo("America/Los_Angeles")
FULFILLMENT, NOTIFICATION = "sell.fulfillment", "commerce.notification"
FINANCES = "sell.finances"
DEFAULTS: Mapping[str, int] = {
    FULFILLMENT: 100_000,
    NOTIFICATION: 10_000,
    FINANCES: 15_000,
}
# (apiContext, apiName, apiVersion) of a resource
_NAMES = {
    FULFILLMENT: ("sell", "Fulfillment", "v1"),
    NOTIFICATION: ("commerce", "Notification", "v1"),
    FINANCES: ("sell", "Finances", "v1"),
}
DAY_SECONDS = 86_400
# Until a quota is set anew it can't be used up.
OFF = 2_000_000_000


def next_midnight(now: float) -> datetime:
    """When the day ends in California, as UTC; days of 23 and 25 hours occur."""
    today = datetime.fromtimestamp(now, PACIFIC).date()
    return datetime.combine(today + timedelta(days=1), time(), PACIFIC).astimezone(UTC)


class Quotas:
    """The counters of the present day, by keyset and resource."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Default limits, nothing used."""
        self.limits: dict[str, int] = dict(DEFAULTS)
        self._counts: dict[tuple[str, str], int] = {}
        self._refused: dict[tuple[str, str], int] = {}
        self._ends = 0.0

    def configure(self, wanted: Mapping[str, Any]) -> None:
        """Set limits: ``{resource | "all": "off" | "default" | calls a day}``."""
        for name, value in wanted.items():
            if name != "all" and name not in DEFAULTS:
                raise ValueError(
                    f"quotas: no resource {name!r}; there are: all, {', '.join(DEFAULTS)}"
                )
            for resource in DEFAULTS if name == "all" else (name,):
                if value == "off":
                    self.limits[resource] = OFF
                elif value == "default":
                    self.limits[resource] = DEFAULTS[resource]
                elif isinstance(value, int) and value >= 0:
                    self.limits[resource] = value
                else:
                    raise ValueError(
                        f"quotas: {resource}={value!r}; expected 'off', 'default' or a "
                        "number of calls"
                    )

    def take(self, client_id: str, resource: str, now: float) -> bool:
        """Count one call; False when the day's are used up."""
        self._turn(now)
        key = (client_id, resource)
        if self._counts.get(key, 0) >= self.limits[resource]:
            self._refused[key] = self._refused.get(key, 0) + 1
            return False
        self._counts[key] = self._counts.get(key, 0) + 1
        return True

    def rate_limits(self, client_id: str, now: float) -> Json:
        """The body of getRateLimits."""
        self._turn(now)
        reset = next_midnight(now).isoformat(timespec="milliseconds")
        rows = []
        for resource, (context, name, version) in _NAMES.items():
            count = self._counts.get((client_id, resource), 0)
            rate = {
                "count": count,
                "limit": self.limits[resource],
                "remaining": max(0, self.limits[resource] - count),
                "reset": reset.replace("+00:00", "Z"),
                "timeWindow": DAY_SECONDS,
            }
            rows.append(
                {
                    "apiContext": context,
                    "apiName": name,
                    "apiVersion": version,
                    "resources": [{"name": resource, "rates": [rate]}],
                }
            )
        return {"rateLimits": rows}

    def usage(self, now: float) -> Json:
        """Per keyset: each resource's counts."""
        self._turn(now)
        result: Json = {}
        for key in sorted({*self._counts, *self._refused}):
            client_id, resource = key
            result.setdefault(client_id, []).append(
                {
                    "resource": resource,
                    "limit": self.limits[resource],
                    "count": self._counts.get(key, 0),
                    "refused": self._refused.get(key, 0),
                }
            )
        return result

    def dump(self) -> Json:
        """State as JSON."""
        return {
            "limits": self.limits,
            "counts": [[*key, count] for key, count in self._counts.items()],
            "refused": [[*key, count] for key, count in self._refused.items()],
            "ends": self._ends,
        }

    def load(self, state: Json) -> None:
        """Restore what :meth:`dump` returned."""
        self.limits = {**DEFAULTS, **state["limits"]}
        self._counts = {(app, name): count for app, name, count in state["counts"]}
        self._refused = {(app, name): count for app, name, count in state["refused"]}
        self._ends = state["ends"]

    def _turn(self, now: float) -> None:
        if now >= self._ends:
            self._counts.clear()
            self._refused.clear()
            self._ends = next_midnight(now).timestamp()
