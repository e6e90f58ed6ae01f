"""Counts, tables and spreads of a diagnosis: small, whatever the number of orders."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

# Example ids kept of a figure, and of a row of a table.
EXAMPLES = 50
ROW_EXAMPLES = 5
# Different rows of a table; what comes after them is counted as one.
ROWS = 500
OTHERS = "(others)"


@dataclass(slots=True)
class Tally:
    """Counts with example ids.

    ``figures``: name → {n, ids}. ``tables``: name → JSON list of the row's key →
    {n, last, ids}, ``last`` an ISO time or ''. ``spreads``: name → whole minutes → count.
    """

    figures: dict[str, dict[str, Any]] = field(default_factory=dict)
    tables: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    spreads: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, name: str, example: str = "", n: int = 1) -> None:
        """Count a figure, with an order it was seen at."""
        figure = self.figures.setdefault(name, {"n": 0, "ids": []})
        figure["n"] += n
        _keep(figure["ids"], example, EXAMPLES)

    def row(self, name: str, *key: str, example: str = "", at: str = "") -> None:
        """Count a row of a table."""
        table = self.tables.setdefault(name, {})
        text = json.dumps(key)
        if text not in table and len(table) >= ROWS:
            text = json.dumps([OTHERS, *[""] * (len(key) - 1)])
        row = table.setdefault(text, {"n": 0, "last": "", "ids": []})
        row["n"] += 1
        row["last"] = max(row["last"], at)
        _keep(row["ids"], example, ROW_EXAMPLES)

    def spread(self, name: str, minutes: float) -> None:
        """Count a span of time; what lies below zero counts as zero."""
        values = self.spreads.setdefault(name, {})
        key = str(max(0, round(minutes)))
        values[key] = values.get(key, 0) + 1

    def n(self, name: str) -> int:
        """A figure; 0 where nothing was counted."""
        return int(self.figures.get(name, {}).get("n", 0))

    def dump(self) -> dict[str, Any]:
        """As JSON, for a diagnosis under way and for its result."""
        return {
            "figures": self.figures,
            "tables": self.tables,
            "spreads": self.spreads,
        }

    @classmethod
    def load(cls, data: dict[str, Any]) -> Tally:
        """What dump() wrote; nothing counted where there is nothing."""
        return cls(
            figures=data.get("figures", {}),
            tables=data.get("tables", {}),
            spreads=data.get("spreads", {}),
        )


def quantile(values: dict[str, int], share: float) -> int | None:
    """The least number of minutes within which this share of a spread lies."""
    total = sum(values.values())
    seen = 0
    for minutes in sorted(values, key=int):
        seen += values[minutes]
        if seen >= share * total:
            return int(minutes)
    return None


def _keep(ids: list[str], example: str, most: int) -> None:
    if example and len(ids) < most and example not in ids:
        ids.append(example)
