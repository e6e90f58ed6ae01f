"""Carrier defaults that are proven; the rest is for a person to map.

Left: ShipStation's carrier codes. Right: codes of Amazon's order-feed schema of 2021,
exact in spelling and case, as Amazon compares them so (Seller Central, 'Confirm
shipment'). 'Evri' is in no list we could see, so ``evri`` has no default.
"""

from __future__ import annotations

from stores.remote_types import CarrierDefault

_DEFAULTS = {
    "royal_mail": "Royal Mail",
    "rm_cnd_walleted": "Royal Mail",
    "pf_cnd_walleted": "Parcelforce",
    "hermes": "Hermes UK",
    "dpd": "DPD",
    "dhl_express": "DHL Express",
    "dhl_express_uk": "DHL Express",
    "fedex": "FedEx",
    "ups": "UPS",
    "ups_walleted": "UPS",
    "stamps_com": "USPS",
    "usps": "USPS",
    "endicia": "USPS",
    "newgistics": "Newgistics",
}

DEFAULT_CARRIERS: tuple[CarrierDefault, ...] = tuple(
    CarrierDefault(
        shipstation_carrier=ours,
        shipstation_service="",
        carrier_code=amazons,
        carrier_name=amazons,
    )
    for ours, amazons in _DEFAULTS.items()
)
