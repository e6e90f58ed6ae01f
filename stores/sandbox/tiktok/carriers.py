"""Warehouses' delivery options and the shipping providers of each.

Names: sheet section 5 (reported, no published list). Every id is invented: real ones
are fetched at run time, per delivery option. Shapes of tracking numbers are the
carriers' public ones; a provider without a shape takes any number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ALLOWED_CHARACTERS = re.compile(r"[A-Za-z0-9\-_./]+")
LEAST_LENGTH, MOST_LENGTH = 4, 50
_UPU = r"[A-Z]{2}\d{9}[A-Z]{2}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A shipping provider; ``shape`` is the pattern of its tracking numbers."""

    id: str
    name: str
    shape: str = ""

    def fits(self, number: str) -> bool:
        """Could this carrier have given the number?"""
        return not self.shape or re.fullmatch(self.shape, number) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryOption:
    """One way of delivery; TikTok's own has no providers to choose from."""

    id: str
    name: str
    kind: str
    providers: tuple[Provider, ...] = ()
    by_tiktok: bool = False


def _british(number: int, name: str, shape: str = "") -> Provider:
    return Provider(id=f"70826{number:03d}41175520388", name=name, shape=shape)


ROYAL_MAIL = _british(101, "Royal Mail", rf"{_UPU}|[0-9A-F]{{16,21}}")
EVRI = _british(102, "Hermes/EVRI", r"[HC]\d{2}[A-Z0-9]{13}|\d{16}")
DPD = _british(103, "DPD", r"\d{10}|\d{14}")
YODEL = _british(104, "Yodel", r"JD\d{16}|JJD\d{15,17}")
PARCELFORCE = _british(107, "Parcelforce", rf"{_UPU}|[A-Z]{{2}}\d{{7}}|PBT[A-Z0-9]{{9,12}}")  # fmt: skip
UPS = _british(109, "UPS UK", r"1Z[0-9A-Z]{16}|T\d{10}")
DHL = _british(110, "DHL UK", r"\d{10,11}|JD\d{16,18}|JJD\d{15,17}")
FEDEX = _british(111, "FedEx UK", r"\d{12}|\d{15}|\d{20}|\d{22}")
AMAZON_LOGISTICS = _british(105, "Amazon Logistics", r"[TQ]B?[A-Z]?\d{12}|AF\d{10}")
PARCEL2GO = _british(106, "Parcel2Go")
UK_MAIL = _british(108, "UK Mail", r"\d{14}")
USPS = Provider(
    id="7117858858072016686", name="USPS", shape=rf"\d{{20,22}}|\d{{26}}|{_UPU}"
)
UPS_US = Provider(id="7117859084333745966", name="UPS", shape=UPS.shape)
FEDEX_US = Provider(id="7129720299146184490", name="FedEx", shape=FEDEX.shape)

STANDARD = DeliveryOption(
    id="7091001001288303361",
    name="Standard Shipping",
    kind="STANDARD",
    providers=(
        *(ROYAL_MAIL, EVRI, DPD, YODEL, AMAZON_LOGISTICS, PARCEL2GO, PARCELFORCE),
        *(UK_MAIL, UPS, DHL, FEDEX),
    ),
)
EXPRESS = DeliveryOption(
    id="7091001001288303362",
    name="Express Shipping",
    kind="EXPRESS",
    providers=(DPD, PARCELFORCE, UPS, DHL, FEDEX),
)
TIKTOK_SHIPPING = DeliveryOption(
    id="7091001001288303369",
    name="TikTok Shipping",
    kind="STANDARD",
    by_tiktok=True,
)
US_STANDARD = DeliveryOption(
    id="7129001001288303371",
    name="Standard Shipping",
    kind="STANDARD",
    providers=(USPS, UPS_US, FEDEX_US),
)
# Region of a shop → what its warehouse offers, the usual one first.
OPTIONS = {
    "GB": (STANDARD, EXPRESS, TIKTOK_SHIPPING),
    "US": (US_STANDARD, TIKTOK_SHIPPING),
}


def options_of(region: str) -> tuple[DeliveryOption, ...]:
    """The delivery options of a shop of this region; LookupError for another."""
    if region not in OPTIONS:
        raise LookupError(f"region {region!r}: use one of {', '.join(OPTIONS)}")
    return OPTIONS[region]


def find_option(option_id: str) -> DeliveryOption | None:
    """The delivery option of this id."""
    every = (option for row in OPTIONS.values() for option in row)
    return next((option for option in every if option.id == option_id), None)


def providers_that_fit(option: DeliveryOption, number: str) -> list[Provider]:
    """The option's providers of known shape that could have given the number."""
    return [row for row in option.providers if row.shape and row.fits(number)]
