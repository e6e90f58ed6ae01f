"""Carriers, services and packages of the simulated accounts, and tracking numbers.

Codes: sheet section 7 (UK carriers from published apps, US from the official
samples). The sandbox keeps its own table on purpose: it must not agree with the
product's mapping by sharing it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A connected carrier; ``display`` is how /fulfillments writes it."""

    code: str
    name: str
    display: str
    services: tuple[tuple[str, str, bool], ...]  # code, name, international
    funded: bool = False


CARRIERS = {
    carrier.code: carrier
    for carrier in (
        Carrier(
            code="royal_mail",
            name="Royal Mail",
            display="Royal Mail",
            services=(
                ("royal_mail_tracked_24", "Tracked 24", False),
                ("royal_mail_tracked_48", "Tracked 48", False),
                ("royal_mail_international_tracked", "International Tracked", True),
            ),
        ),
        Carrier(
            code="rm_cnd_walleted",
            name="Royal Mail (ShipStation)",
            display="Royal Mail",
            services=(
                ("rm_cnd_walleted_tracked24", "Tracked 24", False),
                ("rm_cnd_walleted_tracked48", "Tracked 48", False),
            ),
            funded=True,
        ),
        Carrier(
            code="dpd",
            name="DPD UK",
            display="DPD",
            services=(
                ("dpd_next_day", "Parcel Next Day", False),
                ("dpd_classic", "Classic", True),
            ),
        ),
        Carrier(
            code="hermes",
            name="EVRi",
            display="EVRi",
            services=(
                ("hermes_standard", "Standard", False),
                ("hermes_next_day", "Next Day", False),
            ),
        ),
        Carrier(
            code="dhl_express_uk",
            name="DHL Express UK",
            display="DHL Express",
            services=(("dhl_express_worldwide", "Express Worldwide", True),),
        ),
        Carrier(
            code="stamps_com",
            name="Stamps.com",
            display="USPS",
            services=(
                ("usps_first_class_mail", "USPS First Class Mail", False),
                ("usps_priority_mail", "USPS Priority Mail", False),
                ("usps_priority_mail_international", "Priority Mail Intl", True),
            ),
            funded=True,
        ),
        Carrier(
            code="ups",
            name="UPS",
            display="UPS",
            services=(("ups_ground", "UPS Ground", False),),
        ),
        Carrier(
            code="fedex",
            name="FedEx",
            display="FedEx",
            services=(
                ("fedex_ground", "FedEx Ground", False),
                ("fedex_international_priority", "International Priority", True),
            ),
        ),
        Carrier(
            code="other",
            name="Other",
            display="Other",
            services=(("other", "Other", True),),
        ),
    )
}
PACKAGES = (
    ("package", "Package"),
    ("letter", "Letter"),
    ("large_envelope_or_flat", "Large Envelope or Flat"),
    ("thick_envelope", "Thick Envelope"),
)
TEST_TRACKING = "9" * 20


def s10(rng: random.Random, service: str) -> str:
    """A postal S10 number such as ``AB123456785GB`` with its check digit (UPU S10)."""
    digits = [rng.randrange(10) for _ in range(8)]
    weights = (8, 6, 4, 2, 3, 5, 9, 7)
    rest = 11 - sum(w * d for w, d in zip(weights, digits, strict=True)) % 11
    check = {10: 0, 11: 5}.get(rest, rest)
    return f"{service}{''.join(map(str, digits))}{check}GB"


def tracking_number(carrier_code: str, rng: random.Random) -> str:
    """A plausible tracking number of this carrier."""

    def digits(count: int) -> str:
        return "".join(str(rng.randrange(10)) for _ in range(count))

    match carrier_code:
        case "royal_mail" | "rm_cnd_walleted":
            letters = rng.choice("ABCDEFGHJKLMNP") + rng.choice("ABCDEFGHJKLMNP")
            return s10(rng, letters)
        case "dpd":
            return f"1550{digits(10)}"
        case "hermes" | "evri":
            return f"H00{rng.choice('ABCDE')}{digits(12)}"
        case "dhl_express_uk" | "dhl_express":
            return digits(10)
        case "stamps_com" | "usps":
            return f"9400{digits(18)}"
        case "ups":
            return f"1Z{digits(16)}"
        case "fedex":
            return digits(12)
        case _:
            return f"TRK{digits(10)}"


def display_name(carrier_code: str) -> str:
    """How /fulfillments writes a carrier; unknown codes stay as they are."""
    carrier = CARRIERS.get(carrier_code)
    return carrier.display if carrier else carrier_code
