"""Carrier codes that a confirmation accepts, and the shape of their tracking numbers.

Codes compare exactly, case included; they follow Amazon's order-feed enumeration of
2021, in which near-duplicates differ by case or spacing only. The tracking shapes are
the carriers' public ones; Amazon's own patterns are not published.
"""

from __future__ import annotations

import re

OTHER = "Other"

CARRIER_CODES = frozenset(
    code.strip()
    for code in """
    4PX | Amazon Shipping | AMZL | AMZL_UK | APC | APC Overnight | APC-Overnight
    | Aramex | Arrow XL | Asendia | AT POST | AT Post | AUSSIE_POST | Australia Post
    | BJS | BlueDart | BPOST | BRT | Bartolini | Canada Post | CEVA | China Post
    | Chrono Express | Chronopost | City Link | CNE | COLIS PRIVE | Colis Prive
    | Coliposte | Colissimo | Correios | Correos | Correos Express | CTT EXPRESS
    | CTTExpress | DACHSER | DACSHER | DASCHER | DB Schenker | Delhivery
    | Der Kurier | Deutsche Post | DHL | DHL eCommerce | DHL Express | DHL Freight
    | DHL Global Mail | DHL Home Delivery | DHL-Paket | DHLPL | DPD | DPD Local | DSV
    | DTDC | DX | DX Express | DX Freight | DX Secure | Estes | EUB | Exapaq | FERCAM
    | Fastway | FedEx | FedEx SmartPost | Fedex Freight | Fercam | France Express
    | GEODIS | GFS | GLS | GO! | Geodis Calberson | Hellmann | Heppner | Hermes
    | Hermes (Corporate) | Hermes Einrichtungsservice | Hermes Logistik Gruppe
    | Hermes UK | Hongkong Post | Hotpoint Logistics | Huxloe | Huxloe Logistics
    | India Post | InPost | ITD Global | Interlink | Japan Post | Jersey Post
    | Kuehne+Nagel | La Poste | Landmark | Landmark Global | Lasership | MBE | MRW
    | Milkman | Mondial Relay | NACEX | Nacex | Nexive | Ninjavan | OSM
    | Old Dominion | OnTrac | Otro | PARCEL2GO.COM | PIN | Palletline | Palletways
    | Panther | Parcel Hub | Parcel Monkey | Parcel2go | Parcelforce | Parcelhub
    | Parcelnet | Polish Post | Post NL | PostNL | PostNord | Poste Italiane
    | PUROLATOR | RMLGB | ROYAL_MAIL | Rhenus | Royal Mail | SDA | SF Express
    | SFC | SagawaExpress | Schweizer Post | Self Delivery | Sendcloud | Sendle | Seur
    | Seven Senders | Singapore Post | Spring GDS | StarTrack-ArticleID | Sunyou
    | Swiss post | TIPSA | TNT | TNTIT | The Delivery Group | Toll Global Express
    | Tourline | Trans-o-Flex | Transoflex | Truline | Tuffnells | UK MAIL | UKMail
    | UPS | UPS Freight | UPS Mail Innovations | UPSMI | USPS | Whistl | WINIT | XDP
    | XPO | Yanwen | Yodel | Yun Express | YTO Express | YamatoTransport | Zeleris
    | ZTO Express
    """.replace("\n", " ").split("|")
) | {OTHER}

# The approved list for parcels into the EU is shown in Seller Central only; this one
# is the simulator's default and can be configured.
EU_LANE_CARRIERS = frozenset(
    {
        "Asendia",
        "DHL",
        "DHL eCommerce",
        "DHL Express",
        "DPD",
        "FedEx",
        "GLS",
        "Landmark Global",
        "Parcelforce",
        "PostNL",
        "Royal Mail",
        "ROYAL_MAIL",
        "Spring GDS",
        "UPS",
    }
)

_UPU = r"[A-Z]{2}\d{9}[A-Z]{2}"
_TRACKING = {
    "UPS": r"1Z[0-9A-Z]{16}|T\d{10}|\d{9}|\d{12}",
    "FedEx": r"\d{9}|\d{12}|\d{15}|\d{20}|\d{22}",
    "USPS": rf"\d{{20,22}}|\d{{26}}|\d{{30}}|\d{{34}}|{_UPU}",
    "Royal Mail": rf"{_UPU}|[0-9A-F]{{16,21}}",
    "ROYAL_MAIL": rf"{_UPU}|[0-9A-F]{{16,21}}",
    "Parcelforce": rf"{_UPU}|[A-Z]{{2}}\d{{7}}|PBT[A-Z0-9]{{9,12}}",
    "DPD": r"\d{10}|\d{14,15}[A-Z0-9]?|\d{28}",
    "DPD Local": r"\d{10}|\d{14,15}[A-Z0-9]?|\d{28}",
    "DHL": r"\d{10,14}|\d{20}|JJD\d{15,22}|[A-Z]{3}\d{7,20}",
    "DHL Express": r"\d{10}|JJD\d{15,22}|JD\d{16,20}",
    "DHL-Paket": r"\d{12}|\d{20}|JJD\d{15,22}",
    "Deutsche Post": rf"{_UPU}|\d{{20}}|[A-Z0-9]{{12,20}}",
    "Hermes UK": r"[A-Z0-9]{16}|\d{14}",
    "Hermes": r"[A-Z0-9]{16}|\d{14}",
    "Yodel": r"JD[0-9A-Z]{16}|JJD[0-9A-Z]{16,18}",
    "GLS": r"\d{11,14}|[A-Z0-9]{8}",
    "Colissimo": r"[0-9][A-Z]\d{11}|[A-Z]{2}\d{9}FR",
    "Chronopost": rf"{_UPU}|[A-Z]{{2}}\d{{11}}|\d{{15}}",
    "PostNL": rf"3S[A-Z0-9]{{8,15}}|{_UPU}",
}
_PATTERNS = {code: re.compile(text) for code, text in _TRACKING.items()}
_ANY = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./-]{4,49}")


def tracking_matches(carrier_code: str, tracking: str) -> bool:
    """Is this a number that the carrier could have given?"""
    return bool(_PATTERNS.get(carrier_code, _ANY).fullmatch(tracking))
