"""ShipStation's carriers and the names that TikTok's shipping providers go by.

TikTok has no fixed list: providers are read per delivery option and matched by name
(see :mod:`providers`). Left: ShipStation's carrier codes. Right: names as sellers and
integrators report them for the United Kingdom.
"""

from __future__ import annotations

from stores.remote_types import CarrierDefault

_DEFAULTS = {
    "royal_mail": "Royal Mail",
    "rm_cnd_walleted": "Royal Mail",
    "pf_cnd_walleted": "Parcelforce",
    "hermes": "Evri",
    "evri": "Evri",
    "dpd": "DPD",
    "dhl_express": "DHL",
    "dhl_express_uk": "DHL",
    "fedex": "FedEx",
    "ups": "UPS",
    "ups_walleted": "UPS",
    "yodel": "Yodel",
    "stamps_com": "USPS",
    "usps": "USPS",
    "endicia": "USPS",
}

DEFAULT_CARRIERS: tuple[CarrierDefault, ...] = tuple(
    CarrierDefault(
        shipstation_carrier=ours,
        shipstation_service="",
        carrier_code=tiktoks,
        carrier_name=tiktoks,
    )
    for ours, tiktoks in _DEFAULTS.items()
)
