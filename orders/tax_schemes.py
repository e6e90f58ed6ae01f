"""The tax schemes that marketplaces name: where each holds and what its number is; pure.

Names: Amazon's ``DeemedResellerCategory`` / ``reportingScheme`` (an open list), eBay's
``ebayReference.name``, and those people type into rules. Forms of numbers: python-stdnum
2.2, which knows the shape of an IOSS number but not its check digit (it is not public)
and has no EORI, VOEC or ARN; those are regular expressions of ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from stdnum.au import abn
from stdnum.ch import uid as swiss
from stdnum.eu import oss
from stdnum.eu import vat as eu_vat
from stdnum.gb import vat as gb_vat
from stdnum.no import mva
from stdnum.nz import ird

from stores.vat_area import in_northern_ireland, in_vat_area

IOSS_LIMIT_EUR = Decimal(150)
_EORI = re.compile(r"(?:GB|XI)\d{12}|(?!GB|XI)[A-Z]{2}[A-Z0-9]{1,15}")
_VOEC = re.compile(r"\d{7}")
_ARN = re.compile(r"\d{12}")
_LOOSE = re.compile(r"[A-Z0-9][A-Z0-9 ./-]{2,28}[A-Z0-9]")
# Who gave an IOSS or OSS number: digits 3 to 5 are the state's, by ISO 3166-1 numeric.
_NUMERIC = (
    "040 056 100 191 196 203 208 233 246 250 276 300 348 372 380 428 440 442 470 528 "
    "616 620 642 703 705 724 752 900"
)
_ALPHA_2 = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE XI"
_STATES = dict(zip(_NUMERIC.split(), _ALPHA_2.split(), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a parcel goes, and the country that it leaves from ('' for unknown)."""

    country: str
    postcode: str = ""
    ship_from: str = ""

    @property
    def northern_ireland(self) -> bool:
        """Whether it goes to Northern Ireland."""
        return in_northern_ireland(self.country, self.postcode)

    @property
    def domestic(self) -> bool:
        """Whether it crosses no border that is known."""
        return bool(self.ship_from) and self.ship_from == self.country

    @property
    def from_eu(self) -> bool:
        """Whether it leaves from the VAT area of the EU."""
        return in_vat_area(self.ship_from, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """One scheme.

    ``where`` says in words which destinations it is for, ``holds`` decides it; ``shape``
    says what its number looks like, ``fits`` checks one (spaces and case apart). ``bare``:
    parcels go without a number. ``identifier`` is ShipStation v2's ``identifier_type``.
    """

    code: str
    where: str
    holds: Callable[[Place], bool]
    shape: str
    fits: Callable[[str], bool]
    limit_eur: Decimal | None = None
    bare: bool = False
    identifier: str = "tin"


def compact(number: str) -> str:
    """A number without its spaces and in capitals, as it is compared."""
    return "".join(number.split()).upper()


def scheme_of(name: str, number: str = "") -> Scheme | None:
    """The scheme behind a name as it was written; None for one that nobody knows.

    eBay uses the name IOSS for its numbers of imports into the United Kingdom too: a
    British VAT number makes it that scheme.
    """
    code = re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")
    if code == "IOSS" and _is_gb(number):
        code = "GB_VOEC"
    return SCHEMES.get(_ALIASES.get(code, code))


def authority_of(scheme: Scheme, number: str, place: Place) -> str:
    """Which country issued a number, as far as the number or the scheme says; '' else."""
    text = compact(number)
    if text[:2] in ("IM", "EU"):
        return _STATES.get(text[2:5], "")
    if scheme.code in ("VAT", "EORI", "OSS") and text[:2].isalpha():
        return "GR" if text[:2] == "EL" else text[:2]
    return scheme.where if len(scheme.where) == 2 else place.country


def _is_ioss(number: str) -> bool:
    return compact(number).startswith("IM") and oss.is_valid(number)


def _is_oss(number: str) -> bool:
    text = compact(number)
    return (text.startswith("EU") and oss.is_valid(text)) or eu_vat.is_valid(text)


def _is_gb(number: str) -> bool:
    return compact(number).startswith("GB") and gb_vat.is_valid(number)


def _is_voec(number: str) -> bool:
    text = compact(number).removeprefix("VOEC")
    return bool(_VOEC.fullmatch(text)) or mva.is_valid(text)


def _is_australian(number: str) -> bool:
    text = compact(number)
    return bool(_ARN.fullmatch(text)) or abn.is_valid(text)


def _is_vat(number: str) -> bool:
    text = compact(number)
    return (
        eu_vat.is_valid(text)
        or _is_gb(text)
        # Northern Ireland's are British ones behind another prefix.
        or (text.startswith("XI") and gb_vat.is_valid(text[2:]))
        or (text.startswith("NO") and mva.is_valid(text))
        or (text.startswith("CHE") and swiss.is_valid(text[:12]))
    )


def _is_eori(number: str) -> bool:
    return bool(_EORI.fullmatch(compact(number)))


def _loose(number: str) -> bool:
    return bool(_LOOSE.fullmatch(number.strip().upper()))


def _into_eu(place: Place) -> bool:
    """Into the EU's VAT area; Northern Ireland counts, but not from Great Britain."""
    if place.northern_ireland:
        return place.ship_from != "GB"
    return in_vat_area(place.country, place.postcode)


def _to(country: str) -> Callable[[Place], bool]:
    return lambda place: place.country == country


def _anywhere(_place: Place) -> bool:
    return True


_FREE = "4 to 30 letters and digits"
SCHEMES: dict[str, Scheme] = {
    scheme.code: scheme
    for scheme in (
        Scheme(
            code="IOSS",
            where="the VAT area of the EU",
            holds=lambda place: _into_eu(place) and not place.from_eu,
            shape="IM and ten digits, the first three those of a member state",
            fits=_is_ioss,
            limit_eur=IOSS_LIMIT_EUR,
            identifier="ioss",
        ),
        Scheme(
            code="OSS",
            where="the VAT area of the EU",
            holds=_into_eu,
            shape="a VAT number of a member state, or EU and nine digits",
            fits=_is_oss,
            bare=True,
            identifier="oss",
        ),
        Scheme(
            code="GB_VOEC",
            where="GB",
            holds=_to("GB"),
            shape="GB and a British VAT number of nine digits",
            fits=_is_gb,
            bare=True,
            identifier="vat",
        ),
        Scheme(
            code="VOEC",
            where="NO",
            holds=_to("NO"),
            shape="seven digits, or nine digits and MVA",
            fits=_is_voec,
            bare=True,
            identifier="voec",
        ),
        Scheme(
            code="ABN",
            where="AU",
            holds=_to("AU"),
            shape="an ABN of eleven digits, or an ARN of twelve",
            fits=_is_australian,
            bare=True,
            identifier="abn",
        ),
        Scheme(
            code="IRD",
            where="NZ",
            holds=_to("NZ"),
            shape="an IRD number of eight or nine digits",
            fits=ird.is_valid,
            bare=True,
        ),
        *(
            Scheme(
                code=code,
                where=country,
                holds=_to(country),
                shape=_FREE,
                fits=_loose,
                bare=True,
                identifier="vat" if country == "CH" else "tin",
            )
            for code, country in (
                ("SG_VOEC", "SG"),
                ("JE_VOEC", "JE"),
                ("SST", "MY"),
                ("CA_MPF", "CA"),
                ("CH_SUPPLIER_IMPORT", "CH"),
            )
        ),
        Scheme(
            code="VAT",
            where="any country",
            holds=_anywhere,
            shape="a VAT number with the country it is of",
            fits=_is_vat,
            bare=True,
            identifier="vat",
        ),
        Scheme(
            code="EORI",
            where="any country",
            holds=_anywhere,
            shape="a country and up to 15 letters and digits; GB and XI: 12 digits",
            fits=_is_eori,
            bare=True,
            identifier="eori",
        ),
        # Named by eBay without a word on where it holds.
        Scheme(
            code="DDG",
            where="any country",
            holds=_anywhere,
            shape=_FREE,
            fits=_loose,
            bare=True,
        ),
    )
}
_ALIASES = {
    "UOSS": "OSS",
    "NO_VOEC": "VOEC",
    "AU_VOEC": "ABN",
    "ARN": "ABN",
    "NZ_VOEC": "IRD",
    "MY_VOEC": "SST",
    # eBay's Trading names: Jersey's tax, and a VAT number.
    "GST": "JE_VOEC",
    "VAT_ID": "VAT",
    "UK_VAT": "GB_VOEC",
}
