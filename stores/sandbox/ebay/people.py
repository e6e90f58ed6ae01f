"""Buyers, where they live, and what they buy: made up, reproducible from a seed."""

from __future__ import annotations

import random

# first names | last names | streets | cities as 'city,region,postcode' | phone
_WORDS = {
    "GB": "Oliver Amelia Isla Arthur Niamh|Smith O'Connor Patel Booth Hughes|"
    "{n} High Street;Flat {m}, {n} Mill Lane;{n} Church Road|"
    "Leeds,West Yorkshire,LS# #DE;Bristol,Avon,BS# #HR;Cardiff,South Glamorgan,CF## #AW|"
    "+44 7700 900###",
    "DE": "Jürgen Lena Käthe Uwe|Müller Weiß Köhler Strauß|Hauptstraße {n};Gartenweg {n}|"
    "Berlin,Berlin,10##7;Köln,Nordrhein-Westfalen,50##7|+49 151 55######",
    "FR": "Éloïse Benoît Inès Rémi|Lefèvre Dupré Noël Roux|{n} rue de l'Église;{n} quai Nord|"
    "Paris,Île-de-France,750##;Lyon,Rhône,6900#|+33 6 39 98 ## ##",
    "IT": "Niccolò Giulia Chiara|D'Angelo Ricci Greco|Via Roma {n};Viale dei Tigli {n}|"
    "Milano,MI,201##;Bologna,BO,401##|+39 320 55#####",
    "ES": "Iñaki Lucía Begoña|Muñoz Ibáñez Peña|Calle Mayor {n}, {m}º B;Plaza Nueva {n}|"
    "Madrid,Madrid,280##;Sevilla,Sevilla,410##|+34 600 55####",
    "IE": "Aoife Cian Saoirse|Murphy Byrne Doyle|{n} Main Street;{n} The Green|"
    "Galway,Galway,H91 E#F#;Cork,Cork,T12 P#X#|+353 85 555 ####",
    "NL": "Sanne Joost Femke|Bakker Visser Mulder|Kerkstraat {n};Dorpsweg {n}-{m}|"
    "Utrecht,Utrecht,35## AD;Groningen,Groningen,97## EP|+31 6 55######",
    "NO": "Ingrid Håkon Sølvi|Hansen Bråten Ødegård|Storgata {n};Fjordveien {n}|"
    "Oslo,Oslo,01##;Bergen,Vestland,50##|+47 406 55 ###",
    "AU": "Matilda Jack Ruby|Wilson Nguyen Taylor|{n} George Street;{m}/{n} Beach Road|"
    "Sydney,NSW,20##;Hobart,TAS,70##|+61 491 570 ###",
    "US": "Liam Harper Grace|Miller Davis Walker|{n} Maple Avenue;{n} Oak Street Apt {m}|"
    "Portland,OR,972##;Austin,TX,787##|+1 503-555-01##",
}
COUNTRIES = tuple(_WORDS)
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


def make_person(rng: random.Random, country: str) -> tuple[str, str, dict[str, str]]:
    """(name, phone, address in eBay's field names); LookupError for a country."""
    if country not in _WORDS:
        raise LookupError(
            f"country {country!r}: no addresses there; use one of "
            + ", ".join(COUNTRIES)
        )
    first, last, streets, cities, phone = _WORDS[country].split("|")
    city, region, postcode = rng.choice(cities.split(";")).split(",")
    street = rng.choice(streets.split(";"))
    address = {
        "addressLine1": street.format(n=rng.randint(1, 180), m=rng.randint(1, 9)),
        "city": city,
        "stateOrProvince": region,
        "postalCode": _digits(rng, postcode),
        "countryCode": country,
    }
    name = f"{rng.choice(first.split())} {rng.choice(last.split())}"
    return name, _digits(rng, phone), address


def _digits(rng: random.Random, pattern: str) -> str:
    return "".join(str(rng.randint(0, 9)) if c == "#" else c for c in pattern)
