"""What a person chose to do with many cases, as it is kept with its run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

# Act → what its button says.
WORDS: dict[str, str] = {
    "take": "Take",
    "put_back": "Put back",
    "give": "Give",
    "hand_over": "Hand over",
    "tag": "Tag",
    "snooze": "Put off",
    "wake": "Back into the queue",
    "fix": "Apply the suggested fix",
    "retry": "Try again",
    "resolve": "Resolve",
}

# How long many can be put off at once: a rule of its own, or hours.
PUT_OFF: dict[str, str] = {
    "ship_by": "until 4 h before its deadline",
    "4": "for 4 hours",
    "24": "for a day",
    "72": "for 3 days",
    "doubled": "until there are twice as many",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One of WORDS and what goes with it.

    ``to`` is a person's key, ``resolution`` the code of a way out, ``rule`` a Snooze
    value, ``until`` a time as ISO text; ``label`` is the whole act in words: 'Give to
    mia'.
    """

    name: str
    label: str = ""
    to: int | None = None
    team: str = ""
    resolution: str = ""
    reason: str = ""
    tag: str = ""
    rule: str = ""
    until: str = ""

    def kept(self) -> dict[str, Any]:
        """As JSON, for its run."""
        return asdict(self)


def act_of(kept: dict[str, Any]) -> Act:
    """The act of a run."""
    return Act(**kept)


def put_off(choice: str, reason: str, now: datetime) -> Act:
    """Putting off as PUT_OFF names it, from ``now`` on."""
    rule, until = choice, ""
    if choice.isdecimal():
        rule, until = "time", (now + timedelta(hours=int(choice))).isoformat()
    label = f"Put off {PUT_OFF[choice]}"
    return Act(name="snooze", label=label, rule=rule, until=until, reason=reason)
