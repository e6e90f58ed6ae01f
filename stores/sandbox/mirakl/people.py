"""Buyers, where they live, and what they buy: made up, reproducible from a seed.

Countries are ISO 3166 alpha-3, as Mirakl writes them; addresses in its field names.
"""

from __future__ import annotations

import random

# name | locale | first names | last names | streets | 'city,state,postcode' | phone
_WORDS = {
    "GBR": "United Kingdom|en_GB|Oliver Amelia Isla Arthur Niamh|"
    "Smith O'Connor Patel Booth Hughes|{n} High Street;Flat {m}, {n} Mill Lane|"
    "Leeds,,LS# #DE;Bristol,,BS# #HR;Cardiff,South Glamorgan,CF## #AW|+44 7700 900###",
    "IRL": "Ireland|en_IE|Aoife Cian Saoirse|Murphy Byrne Doyle|{n} Main Street;{n} The Green|"
    "Galway,Galway,H91 E#F#;Cork,Cork,T12 P#X#|+353 85 555 ####",
    "DEU": "Germany|de_DE|Jürgen Lena Käthe Uwe|Müller Weiß Köhler Strauß|"
    "Hauptstraße {n};Gartenweg {n}|Berlin,,10##7;Köln,,50##7|+49 151 55######",
    "FRA": "France|fr_FR|Éloïse Benoît Inès Rémi|Lefèvre Dupré Noël Roux|"
    "{n} rue de l'Église;{n} quai Nord|Paris,,750##;Lyon,,6900#|+33 6 39 98 ## ##",
    "ESP": "Spain|es_ES|Iñaki Lucía Begoña|Muñoz Ibáñez Peña|Calle Mayor {n}, {m}º B;"
    "Plaza Nueva {n}|Madrid,Madrid,280##;Sevilla,Sevilla,410##|+34 600 55####",
    "NLD": "Netherlands|nl_NL|Sanne Joost Femke|Bakker Visser Mulder|Kerkstraat {n};"
    "Dorpsweg {n}-{m}|Utrecht,,35## AD;Groningen,,97## EP|+31 6 55######",
    "BEL": "Belgium|nl_BE|Noor Lotte Thibault|Peeters Janssens Dubois|Meir {n};"
    "Rue Neuve {n}|Antwerpen,,20##;Liège,,40##|+32 470 55 ## ##",
    "SWE": "Sweden|sv_SE|Åsa Björn Linnéa|Lindström Öberg Sjögren|Storgatan {n};"
    "Ängsvägen {n}|Malmö,,211 ##;Umeå,,903 ##|+46 70 555 ## ##",
    "NOR": "Norway|nb_NO|Ingrid Håkon Sølvi|Hansen Bråten Ødegård|Storgata {n}|"
    "Oslo,,01##;Bergen,,50##|+47 406 55 ###",
}
COUNTRIES = {code: words.split("|")[0] for code, words in _WORDS.items()}
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


def make_person(
    rng: random.Random, country: str
) -> tuple[str, str, str, str, dict[str, str]]:
    """(first name, last name, locale, phone, address); LookupError for a country."""
    if country not in _WORDS:
        raise LookupError(
            f"country {country!r}: no addresses there; use one of "
            + ", ".join(COUNTRIES)
        )
    _, locale, first, last, streets, cities, phone = _WORDS[country].split("|")
    city, state, postcode = rng.choice(cities.split(";")).split(",")
    street = rng.choice(streets.split(";"))
    address = {
        "street_1": street.format(n=rng.randint(1, 180), m=rng.randint(1, 9)),
        "street_2": "",
        "city": city,
        "state": state,
        "zip_code": _digits(rng, postcode),
        "country_iso_code": country,
        "additional_info": "",
    }
    names = rng.choice(first.split()), rng.choice(last.split())
    return *names, locale, _digits(rng, phone), address


def _digits(rng: random.Random, pattern: str) -> str:
    return "".join(str(rng.randint(0, 9)) if c == "#" else c for c in pattern)
