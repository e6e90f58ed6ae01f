"""Carrier tokens that a fulfilment accepts: exact, as in ShippingCarrierCodeType.

A part of the enum of Trading's WSDL 1487: what British sellers ship with. The shapes of
tracking numbers are the carriers' public ones.
"""

from __future__ import annotations

import re

CARRIERS = frozenset(
    [
        "AnPost",
        "APC",
        "BPost",
        "Chronopost",
        "CityLink",
        "Colissimo",
        "CollectPlus",
        "Correos",
        "DeutschePost",
        "DHL",
        "DHLEXPRESS",
        "DHLGlobalMail",
        "DPD",
        "FedEx",
        "GLS",
        "Hermes",
        "HomeDeliveryNetwork",
        "Interlink",
        "Landmark",
        "Metapack",
        "MondialRelay",
        "Other",
        "Parcelforce",
        "PostNL",
        "RoyalMail",
        "TNT",
        "TNTEXPRESS",
        "UBI",
        "UKMail",
        "UPS",
        "USPS",
        "WNdirect",
        "Yodel",
    ]
)
_UPU = r"[A-Z]{2}\d{9}[A-Z]{2}"
_SHAPES = {
    "UPS": r"1Z[0-9A-Z]{16}|T\d{10}|\d{9}|\d{12}",
    "FedEx": r"\d{9}|\d{12}|\d{15}|\d{20}|\d{22}",
    "USPS": rf"\d{{20,22}}|\d{{26}}|\d{{30}}|\d{{34}}|{_UPU}",
    "RoyalMail": rf"{_UPU}|[0-9A-F]{{16,21}}",
    "Parcelforce": rf"{_UPU}|[A-Z]{{2}}\d{{7}}|PBT[A-Z0-9]{{9,12}}",
}
_ANY = r"[A-Za-z0-9]{5,50}"


def tracking_matches(carrier: str, tracking: str) -> bool:
    """Is this a number that the carrier could have given?"""
    return bool(re.fullmatch(_SHAPES.get(carrier, _ANY), tracking))
