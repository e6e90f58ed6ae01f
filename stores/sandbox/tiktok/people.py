"""Buyers, where they live, and what they buy: made up, reproducible from a seed."""

from __future__ import annotations

import random

# first names | last names | streets | towns as 'town,county,postcode' | phone
_WORDS = {
    "GB": "Oliver Amelia Isla Arthur Niamh|Smith O'Connor Patel Booth Hughes|"
    "{n} High Street;Flat {m}, {n} Mill Lane;{n} Church Road|"
    "Leeds,West Yorkshire,LS# #DE;Bristol,Avon,BS# #HR;Cardiff,South Glamorgan,CF## #AW|"
    "(+44)7700900###",
    "US": "Liam Harper Grace|Miller Davis Walker|{n} Maple Avenue;{n} Oak Street Apt {m}|"
    "Portland,OR,972##;Austin,TX,787##|(+1)50355501##",
    "IE": "Aoife Cian Saoirse|Murphy Byrne Doyle|{n} Main Street;{n} The Green|"
    "Galway,Galway,H91 E#F#;Cork,Cork,T12 P#X#|(+353)85555####",
    "DE": "Jürgen Lena Käthe Uwe|Müller Weiß Köhler Strauß|Hauptstraße {n};Gartenweg {n}|"
    "Berlin,Berlin,10##7;Köln,Nordrhein-Westfalen,50##7|(+49)15155######",
}
COUNTRIES = {
    "GB": "United Kingdom",
    "US": "United States",
    "IE": "Ireland",
    "DE": "Germany",
}
# SKU, title, price in pence
ITEMS = (
    ("MUG-BLUE", "Stoneware mug, blue", 1290),
    ("TEA-EARL", "Earl Grey tea, 100 g", 790),
    ("APRON-LIN", "Linen apron", 2450),
    ("PAN-24", "Cast iron pan, 24 cm", 4990),
    ("BOARD-OAK", "Oak chopping board", 3490),
    ("TOWEL-3", "Tea towels, set of three", 1590),
    ("CAST-TEE-M", "T-shirt, size M", 1990),
    ("POT-TEAL", "Teapot, teal", 2990),
)


def make_person(rng: random.Random, country: str) -> dict[str, str]:
    """A recipient in TikTok's field names; LookupError for a country."""
    if country not in _WORDS:
        raise LookupError(
            f"country {country!r}: no addresses there; use one of "
            + ", ".join(COUNTRIES)
        )
    first_names, last_names, streets, towns, phone = _WORDS[country].split("|")
    town, county, postcode = rng.choice(towns.split(";")).split(",")
    first, last = rng.choice(first_names.split()), rng.choice(last_names.split())
    street = rng.choice(streets.split(";"))
    return {
        "name": f"{first} {last}",
        "first_name": first,
        "last_name": last,
        "phone_number": _digits(rng, phone),
        "address_line1": street.format(n=rng.randint(1, 180), m=rng.randint(1, 9)),
        "address_line2": "",
        "post_town": town,
        "county": county,
        "postal_code": _digits(rng, postcode),
        "region_code": country,
    }


def _digits(rng: random.Random, pattern: str) -> str:
    return "".join(str(rng.randint(0, 9)) if c == "#" else c for c in pattern)
