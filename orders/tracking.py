"""Does a tracking number look like its carrier's? A doubt for people, never a refusal.

Only shapes that are public and stable are known: the postal S10 standard of the
Universal Postal Union, UPS's 1Z numbers and USPS's 20 to 22 digits. Everything else is
nobody's to judge: a number of another shape is told as it is.
"""

from __future__ import annotations

import re

_S10 = re.compile(r"[A-Z]{2}(\d{8})(\d)[A-Z]{2}")
_UPS = re.compile(r"1Z[0-9A-Z]{16}")
_USPS = re.compile(r"\d{20,22}|[A-Z]{2}\d{9}US")
_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
# ShipStation's carriers whose numbers have one of these shapes.
_SHAPES = {
    "ups": (_UPS, "UPS numbers are 1Z and 16 letters or digits"),
    "ups_walleted": (_UPS, "UPS numbers are 1Z and 16 letters or digits"),
    "stamps_com": (_USPS, "USPS numbers are 20 to 22 digits, or end with US"),
    "usps": (_USPS, "USPS numbers are 20 to 22 digits, or end with US"),
    "endicia": (_USPS, "USPS numbers are 20 to 22 digits, or end with US"),
}


def doubt(carrier: str, number: str) -> str:
    """Why a number does not look like one of this ShipStation carrier's; '' otherwise."""
    plain = "".join(number.split()).upper()
    if not plain:
        return ""
    shape, words = _SHAPES.get(carrier.casefold(), (None, ""))
    if shape is not None and not shape.fullmatch(plain):
        return f"{words}; this one is {plain!r}: check it in ShipStation"
    found = _S10.fullmatch(plain)
    if found and _check_digit(found[1]) != int(found[2]):
        return (
            f"The check digit of {plain} is wrong (UPU S10): a digit may be mistyped, "
            "check it in ShipStation"
        )
    return ""


def _check_digit(serial: str) -> int:
    """UPU S10, 'Check digit': weights 8 6 4 2 3 5 9 7, modulo 11."""
    rest = 11 - sum(int(x) * w for x, w in zip(serial, _WEIGHTS, strict=True)) % 11
    return {10: 0, 11: 5}.get(rest, rest)
