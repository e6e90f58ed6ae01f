"""One request on its way to an operation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from stores.sandbox.core import Json
from stores.sandbox.shipstation.account import Account
from stores.sandbox.shipstation.errors import ApiError
from stores.sandbox.shipstation.labels import Labeller
from stores.sandbox.shipstation.world import World
from stores.sandbox.shipstation.writes import Record


@dataclass(slots=True, kw_only=True)
class Call:
    """One request to one account; ``accepted_rows`` is filled by createorders."""

    world: World
    account: Account
    now: float
    record: Record
    query: dict[str, str]
    arguments: dict[str, str]
    body: Any = None
    accepted_rows: int = 0
    effects: Labeller = field(init=False)

    def __post_init__(self) -> None:
        self.effects = Labeller(self.world, self.account, self.now, self.record)
        self.effects.release_due()

    @property
    def fields(self) -> Json:
        """The body, which must be a JSON object."""
        if not isinstance(self.body, dict):
            raise ApiError(400, "Invalid request parameters")
        return self.body


def done(text: str) -> Json:
    """The answer of a call that only succeeds."""
    return {"success": True, "message": text}
