"""What a diagnosis reads, in which order, and how far along that is; pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A step of the way; ``weight`` is its share of the time, of 1000."""

    code: str
    label: str
    weight: int


PHASES = (
    Phase(code="open", label="Orders at the marketplace", weight=350),
    Phase(code="shipped", label="Shipped orders at the marketplace", weight=200),
    Phase(code="records", label="Orders in ShipStation", weight=200),
    Phase(code="labels", label="Labels in ShipStation", weight=100),
    Phase(code="marks", label="Marks as shipped in ShipStation", weight=50),
    Phase(code="single", label="Tax of single orders at the marketplace", weight=50),
    Phase(code="key", label="Other tools on the ShipStation key", weight=10),
    Phase(code="count", label="Counting", weight=40),
)
WHOLE = sum(phase.weight for phase in PHASES)
_BY_CODE = {phase.code: phase for phase in PHASES}
FIRST = PHASES[0].code


def phase(code: str) -> Phase:
    """The phase of this code; raises KeyError for none."""
    return _BY_CODE[code]


def following(code: str) -> str:
    """The phase after this one, '' after the last."""
    codes = [each.code for each in PHASES]
    after = codes[codes.index(code) + 1 :]
    return after[0] if after else ""


def progress(code: str, fraction: float) -> int:
    """How much of WHOLE is done, ``fraction`` of this phase being over."""
    before = 0
    for each in PHASES:
        if each.code == code:
            return before + round(each.weight * min(1.0, max(0.0, fraction)))
        before += each.weight
    return before
