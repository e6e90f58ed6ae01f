"""Buyers and where they live: varied, valid-looking, reproducible from a seed.

Names and streets are made up from word lists; postcodes have each country's format.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

_FIRST = {
    "GB": "Oliver Amelia George Isla Harry Ava Noah Freya Arthur Poppy Siân Niamh",
    "DE": "Jürgen Anneliese Lukas Mia Jörg Käthe Björn Sabine Uwe Lena Götz Heike",
    "FR": "Éloïse Hélène Louis Camille François Chloé Benoît Inès Zoé Rémi Maël Agnès",
    "IT": "Niccolò Giulia Matteo Chiara Lorenzo Sofia Nicolò Martina Pietro Elisa",
    "ES": "Iñaki Lucía José María Begoña Álvaro Sofía Martín Nuria Andrés Pilar",
    "NL": "Sanne Daan Femke Joost Maaike Bram Lotte Thijs Anouk Ruben",
    "PL": "Łukasz Zofia Michał Małgorzata Paweł Agnieszka Jakub Żaneta",
    "SE": "Åsa Björn Linnéa Göran Elsa Mårten Ebba Sören",
    "IE": "Aoife Cian Saoirse Pádraig Caoimhe Seán Róisín Eoin",
    "US": "James Olivia Liam Emma Mason Harper Ethan Grace",
}
_LAST = {
    "GB": "Smith O'Connor Hughes MacLeod Patel Fletcher Ashworth Llewellyn Khan Booth",
    "DE": "Müller Schäfer Weiß Groß Köhler Krüger Vogt Böhm Jäger Strauß",
    "FR": "Lefèvre Moreau Gauthier Dupré Chevalier Béranger Noël Renard Roux",
    "IT": "Rossi Esposito D'Angelo Ricci Conti Marchetti Bianchi Greco",
    "ES": "García Muñoz Ibáñez Peña Núñez Ortega Serrano Castaño",
    "NL": "Jansen Bakker Visser Mulder Dijkstra Vermeulen Hoekstra",
    "PL": "Kowalski Wiśniewska Wójcik Kamiński Zieliński Dąbrowska",
    "SE": "Lindqvist Öberg Sjöström Åkesson Bergman Nyström",
    "IE": "Murphy Ó'Brien Byrne Gallagher Doyle Nolan",
    "US": "Johnson Garcia Miller Davis Nguyen Walker",
}
_STREETS = {
    "GB": "{n} High Street|Flat {m}, {n} Mill Lane|{n} Church Road|{n} Queen's Drive",
    "DE": "Hauptstraße {n}|Gartenweg {n}|Bahnhofstraße {n}a|Am Mühlbach {n}",
    "FR": "{n} rue de l'Église|{n} bis avenue Foch|{n} chemin des Prés|{n} quai Nord",
    "IT": "Via Roma {n}|Viale dei Tigli {n}|Piazza del Duomo {n}",
    "ES": "Calle Mayor {n}, {m}º B|Avenida de la Paz {n}|Plaza Nueva {n}",
    "NL": "Kerkstraat {n}|Dorpsweg {n}-{m}|Molenlaan {n}",
    "PL": "ul. Długa {n}/{m}|ul. Polna {n}|al. Róż {n}",
    "SE": "Storgatan {n}|Björkvägen {n}|Sjögatan {n} lgh 110{m}",
    "IE": "{n} Main Street|{n} The Green|{n} Harbour View",
    "US": "{n} Maple Avenue|{n} Oak Street Apt {m}|{n} Lakeview Drive",
}
# city | region | postcode pattern: '#' is a digit, '@' a letter that all the postcodes allow
_CITIES = {
    "GB": "Leeds|West Yorkshire|LS# #@@;Bristol|Avon|BS# #@@;London|Greater London|"
    "SW1A #@@;Cardiff|South Glamorgan|CF## #@@;Manchester|Lancashire|M## #@@",
    "DE": "Berlin|Berlin|10##7;Köln|Nordrhein-Westfalen|50##7;München|Bayern|80##9;"
    "Lübeck|Schleswig-Holstein|2355#",
    "FR": "Paris|Île-de-France|750##;Lyon|Rhône|6900#;Orléans|Loiret|45###;"
    "Nîmes|Gard|30###",
    "IT": "Milano|MI|201##;Roma|RM|001##;Bologna|BO|401##",
    "ES": "Madrid|Madrid|280##;A Coruña|A Coruña|150##;Sevilla|Sevilla|410##",
    "NL": "Utrecht|Utrecht|35## @@;Groningen|Groningen|97## @@",
    "PL": "Łódź|łódzkie|90-###;Kraków|małopolskie|31-###",
    "SE": "Göteborg|Västra Götaland|41# ##;Malmö|Skåne|21# ##",
    "IE": "Galway|Galway|H91 @#@#;Cork|Cork|T12 @#@#",
    "US": "Portland|OR|972##;Austin|TX|787##",
}
_DIAL = {
    "GB": "+44 7700 900###",
    "DE": "+49 151 55######",
    "FR": "+33 6 39 98 ## ##",
    "IT": "+39 320 55#####",
    "ES": "+34 600 55####",
    "NL": "+31 6 55######",
    "PL": "+48 500 55# ###",
    "SE": "+46 70 174 06 ##",
    "IE": "+353 85 555 ####",
    "US": "+1 503-555-01##",
}
COUNTRIES = tuple(_CITIES)


@dataclass(frozen=True, slots=True)
class _Country:
    first: list[str]
    last: list[str]
    streets: list[str]
    cities: list[list[str]]
    dial: str


_PREPARED = {
    code: _Country(
        _FIRST[code].split(),
        _LAST[code].split(),
        _STREETS[code].split("|"),
        [city.split("|") for city in _CITIES[code].split(";")],
        _DIAL[code],
    )
    for code in COUNTRIES
}


def make_person(rng: random.Random, country: str) -> tuple[str, dict[str, str]]:
    """A name and a delivery address in Amazon's field names.

    LookupError for a country without word lists.
    """
    words = _PREPARED.get(country)
    if words is None:
        raise LookupError(
            f"country {country!r}: no addresses there; use one of "
            + ", ".join(COUNTRIES)
        )
    pick: Callable[[float], int] = int
    draw = rng.random
    first = words.first[pick(draw() * len(words.first))]
    last = words.last[pick(draw() * len(words.last))]
    street = words.streets[pick(draw() * len(words.streets))]
    city, region, postcode = words.cities[pick(draw() * len(words.cities))]
    name = f"{first} {last}"
    address = {
        "name": name,
        "addressLine1": street.format(n=1 + pick(draw() * 180), m=1 + pick(draw() * 9)),
        "city": city,
        "stateOrRegion": region,
        "postalCode": _fill(draw, postcode),
        "countryCode": country,
        "phone": _fill(draw, words.dial),
        "addressType": "COMMERCIAL" if draw() < 0.1 else "RESIDENTIAL",
    }
    if draw() < 0.12:
        address["addressLine2"] = f"c/o {words.last[pick(draw() * len(words.last))]}"
    if address["addressType"] == "COMMERCIAL":
        address["companyName"] = f"{last} & Co"
    return name, address


def _fill(draw: Callable[[], float], pattern: str) -> str:
    return "".join(
        "0123456789"[int(draw() * 10)]
        if char == "#"
        else "ADEFHNPRTWXY"[int(draw() * 12)]
        if char == "@"
        else char
        for char in pattern
    )
