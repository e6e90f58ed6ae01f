"""The carriers that operators register, and whose numbers Mirakl can follow.

Codes are each operator's own; ``standard`` is Mirakl's list, the only name that
operators share. Standard codes and number shapes are the simulator's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

TRACKING_MARK = "{trackingId}"
_UPU = r"[A-Z]{2}\d{9}[A-Z]{2}"
# What the carrier's number looks like, by standard code.
_SHAPES = {
    "ROYAL_MAIL": rf"{_UPU}|[0-9A-F]{{16,21}}",
    "PARCELFORCE": rf"{_UPU}|[A-Z]{{2}}\d{{7}}",
    "DPD_UK": r"\d{14}|\d{10}",
    "EVRI": r"[A-Z0-9]{16}",
    "DHL_EXPRESS": r"\d{10}",
    "UPS": r"1Z[0-9A-Z]{16}",
    "FEDEX": r"\d{12}|\d{15}",
    "YODEL": r"JD\d{16}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A registered carrier; its address of tracking may hold the number's place."""

    code: str
    label: str
    standard: str = ""
    tracking_url: str = ""

    @property
    def needs_number(self) -> bool:
        """Whether its address of tracking can't be made without a number."""
        return TRACKING_MARK in self.tracking_url

    def url(self, number: str) -> str:
        """Where the parcel can be followed; '' where it can't."""
        return self.tracking_url.replace(TRACKING_MARK, number)


def carrier(
    code: str, label: str, standard: str = "", *, numbered: bool = True
) -> Carrier:
    """A carrier whose page takes a number, or has one page for all parcels."""
    host = f"https://track.example/{standard.lower().replace('_', '-') or 'parcel'}"
    return Carrier(
        code=code,
        label=label,
        standard=standard,
        tracking_url=f"{host}?id={TRACKING_MARK}" if numbered else "",
    )


def verdict(standard: str, number: str) -> str:
    """What Mirakl finds hours later when it asks this carrier for the number."""
    if not number:
        return "MISSING_TRACKING"
    shape = _SHAPES.get(standard)
    if shape is None:
        return "UNCOVERED"
    return "VERIFIED" if re.fullmatch(shape, number) else "INVALID"
