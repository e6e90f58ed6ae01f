"""Which places count as the European Union for customs and for VAT; pure.

Sources: the treaty's member states; Directive 2006/112/EC, article 6 (places of the EU
outside its VAT area) and 7 (Monaco counts as France); Northern Ireland counts as the EU
for goods by the Windsor Framework, towards every country but Great Britain.
"""

from __future__ import annotations

import re

_MEMBERS = (
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
)
EU = frozenset(_MEMBERS.split())
# What people and marketplaces write for a country of ISO 3166.
ALIASES = {"UK": "GB", "EL": "GR"}
# A rule's word for Northern Ireland, as VAT numbers have it.
NORTHERN_IRELAND = "XI"
_AS_MEMBER = frozenset({"MC"})
_OUTSIDE = {
    "ES": re.compile(r"^(35|38|51|52)"),
    "DE": re.compile(r"^(27498|78266)"),
    "IT": re.compile(r"^(22061|23041|23030)"),
    "GR": re.compile(r"^630\s?86"),
    "FR": re.compile(r"^97"),
    "FI": re.compile(r"^22"),
}


def country_of(text: str) -> str:
    """The alpha-2 code of a country as it was written; '' for none."""
    code = text.strip().upper()
    return ALIASES.get(code, code)


def in_northern_ireland(country: str, postcode: str) -> bool:
    """Whether an address is in Northern Ireland: its postcodes alone begin with BT."""
    return country == "GB" and postcode.strip().upper().startswith("BT")


def in_vat_area(country: str, postcode: str) -> bool:
    """Whether a place lies in the VAT area of the EU; Northern Ireland apart."""
    outside = _OUTSIDE.get(country)
    if outside is not None and outside.match(postcode.strip()):
        return False
    return country in EU or country in _AS_MEMBER


def place_fits(wanted: str, country: str, postcode: str) -> bool:
    """Whether a place is meant by a rule's word: a country, 'EU' or 'XI'.

    'EU' is its VAT area; Northern Ireland is 'XI', and 'GB' as well.
    """
    word = country_of(wanted)
    if word == "EU":
        return in_vat_area(country, postcode)
    if word == NORTHERN_IRELAND:
        return in_northern_ireland(country, postcode)
    return bool(word) and word == country
