"""What a person chose to do with many cases, as it is kept with its run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

# Act → what its button says.
WORDS: dict[str, str] = {
    "take": "Take",
    "put_back": "Put back",
    "give": "Give",
    "hand_over": "Hand over",
    "fix": "Apply the suggested fix",
    "retry": "Try again",
    "resolve": "Resolve",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One of WORDS and what goes with it.

    ``to`` is a person's key, ``resolution`` the code of a way out; ``label`` is the
    whole act in words: 'Give to mia'.
    """

    name: str
    label: str = ""
    to: int | None = None
    team: str = ""
    resolution: str = ""
    reason: str = ""

    def kept(self) -> dict[str, Any]:
        """As JSON, for its run."""
        return asdict(self)


def act_of(kept: dict[str, Any]) -> Act:
    """The act of a run."""
    return Act(**kept)
