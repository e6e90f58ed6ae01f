"""Carrier defaults that are proven; the rest is for a person to map.

Left: ShipStation's carrier codes. Right: tokens of eBay's ShippingCarrierCodeType
(Trading WSDL 1487), exact in spelling. It has no token 'Evri', so ``evri`` has no
default, and ``Other`` is never one: it proves no delivery.
"""

from __future__ import annotations

from stores.remote_types import CarrierDefault

_DEFAULTS = {
    "royal_mail": "RoyalMail",
    "rm_cnd_walleted": "RoyalMail",
    "pf_cnd_walleted": "Parcelforce",
    "hermes": "Hermes",
    "dpd": "DPD",
    "dhl_express": "DHLEXPRESS",
    "dhl_express_uk": "DHLEXPRESS",
    "fedex": "FedEx",
    "ups": "UPS",
    "ups_walleted": "UPS",
    "stamps_com": "USPS",
    "usps": "USPS",
    "endicia": "USPS",
}

DEFAULT_CARRIERS: tuple[CarrierDefault, ...] = tuple(
    CarrierDefault(shipstation_carrier=ours, shipstation_service="", carrier_code=ebays)
    for ours, ebays in _DEFAULTS.items()
)
