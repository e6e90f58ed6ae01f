"""Which tone each of our words has: the one place where a state gets its colour."""

from __future__ import annotations

from dataclasses import dataclass

from orders.models import AttemptOutcome, CaseState, Rung, Stage, WatchState
from shipsync_site.lib.tones import ICONS, Tone
from stores.connectors import CONNECTORS
from stores.models import AccountState, CallOutcome, StoreState


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A state as the console shows it: word, tone, icon."""

    label: str
    tone: Tone
    icon: str


_TONES: dict[str, dict[str, tuple[Tone, str]]] = {
    "stage": {
        Stage.NOT_OURS: (Tone.PLAIN, "ban"),
        Stage.WAITING: (Tone.PLAIN, "hourglass"),
        Stage.TO_PUSH: (Tone.INFO, "send"),
        Stage.RELEASE: (Tone.INFO, "timer"),
        Stage.IN_SHIPSTATION: (Tone.INFO, "package"),
        Stage.HELD: (Tone.SOON, "circle-pause"),
        Stage.DISPATCHED: (Tone.INFO, "truck"),
        Stage.CONFIRMED: (Tone.FINE, "circle-check"),
        Stage.DONE: (Tone.FINE, "circle-check"),
        Stage.CANCELLED: (Tone.PLAIN, "circle-x"),
    },
    "case": {
        CaseState.OPEN: (Tone.SOON, "inbox"),
        CaseState.RESOLVED: (Tone.FINE, "circle-check"),
    },
    "rung": {
        Rung.DUE: (Tone.INFO, "timer"),
        Rung.SENT: (Tone.SOON, "send"),
        Rung.ACCEPTED: (Tone.INFO, "check"),
        Rung.SHIPPED: (Tone.FINE, "circle-check"),
        Rung.READ_BACK: (Tone.FINE, "circle-check"),
        Rung.REFUSED: (Tone.BREACH, "octagon-alert"),
        Rung.WITHDRAWN: (Tone.PLAIN, "ban"),
    },
    "attempt": {
        AttemptOutcome.OPEN: (Tone.SOON, "send"),
        AttemptOutcome.OK: (Tone.FINE, "circle-check"),
        AttemptOutcome.REFUSED: (Tone.BREACH, "octagon-alert"),
        AttemptOutcome.LOCKED: (Tone.SOON, "lock"),
        AttemptOutcome.UNKNOWN: (Tone.SOON, "triangle-alert"),
        AttemptOutcome.FAILED: (Tone.SOON, "circle-x"),
    },
    "call": {
        CallOutcome.OPEN: (Tone.SOON, "send"),
        CallOutcome.OK: (Tone.FINE, "circle-check"),
        CallOutcome.THROTTLED: (Tone.SOON, "timer"),
        CallOutcome.TRANSIENT: (Tone.SOON, "circle-x"),
        CallOutcome.UNKNOWN: (Tone.SOON, "triangle-alert"),
        CallOutcome.REJECTED: (Tone.BREACH, "octagon-alert"),
        CallOutcome.LOCKED: (Tone.SOON, "lock"),
        CallOutcome.UNAUTHORISED: (Tone.BREACH, "key-round"),
        CallOutcome.UNEXPECTED: (Tone.BREACH, "octagon-alert"),
    },
    "store": {
        StoreState.DRAFT: (Tone.PLAIN, "pencil"),
        StoreState.SHADOW: (Tone.INFO, "eye"),
        StoreState.LIVE: (Tone.FINE, "circle-check"),
        StoreState.PAUSED: (Tone.SOON, "circle-pause"),
    },
    "account": {
        AccountState.ACTIVE: (Tone.FINE, "circle-check"),
        AccountState.PAUSED: (Tone.SOON, "circle-pause"),
    },
    "watch": {
        WatchState.NEW: (Tone.PLAIN, "hourglass"),
        WatchState.UP: (Tone.FINE, "circle-check"),
        WatchState.LATE: (Tone.SOON, "triangle-alert"),
        WatchState.DOWN: (Tone.BREACH, "octagon-alert"),
        WatchState.OFF: (Tone.PLAIN, "circle-pause"),
    },
}
_LABELS: dict[str, dict[str, str]] = {
    "stage": dict(Stage.choices),
    "case": dict(CaseState.choices),
    "rung": dict(Rung.choices),
    "attempt": dict(AttemptOutcome.choices),
    "call": dict(CallOutcome.choices),
    "store": dict(StoreState.choices),
    "account": dict(AccountState.choices),
    "watch": dict(WatchState.choices),
}


def mark(family: str, value: str) -> Mark:
    """How a value of a family (stage, case, rung, attempt, call, store, account, watch)
    is shown; an unknown value keeps its own word, without colour."""
    tone, icon = _TONES[family].get(value, (Tone.PLAIN, ICONS[Tone.PLAIN]))
    label = _LABELS[family].get(value) or value.replace("_", " ").capitalize()
    return Mark(label=label, tone=tone, icon=icon)


_SYSTEMS = {
    "shipstation": ("ShipStation", "package"),
    "carrier": ("Carrier", "truck"),
    "us": ("shipsync", "cog"),
    "shipsync": ("shipsync", "cog"),
    "you": ("You", "user"),
    "marketplace": ("Marketplace", "shopping-bag"),
}


def system(code: str) -> tuple[str, str]:
    """(name, icon) of a system: amazon, shipstation, carrier, us, you …"""
    if code in _SYSTEMS:
        return _SYSTEMS[code]
    if code in CONNECTORS:
        return CONNECTORS.get(code).label, "shopping-bag"
    return code.replace("_", " ").capitalize(), "shopping-bag"
