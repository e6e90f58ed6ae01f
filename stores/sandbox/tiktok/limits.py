"""50 requests a second of each API, per app and shop: a bucket each (sheet section 7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

PER_SECOND = 50.0
Key = tuple[str, str, str]


class Limits:
    """The buckets, by app, shop and operation; full ones hold a second's calls."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Default limits, all buckets full."""
        # Operation → calls a second; None: as many as you like.
        self.rates: dict[str, float | None] = {}
        self.default: float | None = PER_SECOND
        self._levels: dict[Key, tuple[float, float]] = {}
        self._taken: dict[Key, int] = {}
        self._refused: dict[Key, int] = {}

    def configure(self, wanted: Mapping[str, Any]) -> None:
        """Set ``{operation | "all": "off" | "default" | calls a second}``."""
        for name, value in wanted.items():
            if value == "default":
                rate: float | None = PER_SECOND
            elif value == "off":
                rate = None
            elif isinstance(value, int | float) and value >= 1:
                rate = float(value)
            else:
                raise ValueError(
                    f"quotas: {name}={value!r}; expected 'off', 'default' or calls a "
                    "second, at least 1"
                )
            if name == "all":
                self.default = rate
                self.rates.clear()
            else:
                self.rates[name] = rate
        self._levels.clear()

    def take(self, app_key: str, shop: str, operation: str, now: float) -> bool:
        """Take one token at business second ``now``; False when the bucket is empty."""
        key = (app_key, shop, operation)
        rate = self.rates.get(operation, self.default)
        if rate is not None:
            level, at = self._levels.get(key, (rate, now))
            level = min(rate, level + rate * max(0.0, now - at))
            # A moment's float has no more than microseconds.
            if level < 1 - 1e-3:
                self._levels[key] = (level, now)
                self._refused[key] = self._refused.get(key, 0) + 1
                return False
            self._levels[key] = (level - 1, now)
        self._taken[key] = self._taken.get(key, 0) + 1
        return True

    def view(self) -> Json:
        """The limits as :meth:`configure` takes them."""
        rows: dict[str, float | None] = {"all": self.default, **self.rates}
        return {name: "off" if rate is None else rate for name, rate in rows.items()}

    def usage(self, now: float) -> Json:
        """Per app and shop: each operation's bucket and counts."""
        result: Json = {}
        for key in sorted({*self._taken, *self._refused}):
            app_key, shop, operation = key
            rate = self.rates.get(operation, self.default)
            level, at = self._levels.get(key, (rate or 0.0, now))
            left = None
            if rate is not None:
                left = min(rate, level + rate * max(0.0, now - at))
            result.setdefault(f"{app_key}/{shop}", []).append(
                {
                    "operation": operation,
                    "rate": rate,
                    "burst": rate,
                    "tokens": left,
                    "taken": self._taken.get(key, 0),
                    "refused": self._refused.get(key, 0),
                }
            )
        return result

    def dump(self) -> Json:
        """State as JSON."""
        return {
            "limits": self.view(),
            "levels": [[*key, *value] for key, value in self._levels.items()],
            "taken": [[*key, count] for key, count in self._taken.items()],
            "refused": [[*key, count] for key, count in self._refused.items()],
        }

    def load(self, state: Json) -> None:
        """Restore what :meth:`dump` returned."""
        self.reset()
        self.configure(state["limits"])
        self._levels = {(a, s, o): (v, at) for a, s, o, v, at in state["levels"]}
        self._taken = {(a, s, o): count for a, s, o, count in state["taken"]}
        self._refused = {(a, s, o): count for a, s, o, count in state["refused"]}
