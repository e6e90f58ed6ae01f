"""Amazon's marketplaces and regions (SP-API docs, 'Marketplace IDs', 2026-08)."""

from __future__ import annotations

from dataclasses import dataclass

REGIONS = ("na", "eu", "fe")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marketplace:
    """One Amazon site, as ``getMarketplaceParticipations`` describes it."""

    id: str
    code: str
    name: str
    country: str
    currency: str
    language: str
    domain: str
    region: str


def _site(row: str) -> Marketplace:
    code, market_id, country, currency, language, domain, region = row.split()
    return Marketplace(
        id=market_id,
        code=code,
        name=domain.capitalize(),
        country=country,
        currency=currency,
        language=language,
        domain=f"www.{domain}",
        region=region,
    )


_SITES = """\
US ATVPDKIKX0DER US USD en_US amazon.com na
CA A2EUQ1WTGCTBG2 CA CAD en_CA amazon.ca na
MX A1AM78C64UM0Y8 MX MXN es_MX amazon.com.mx na
BR A2Q3Y263D00KWC BR BRL pt_BR amazon.com.br na
UK A1F83G8C2ARO7P GB GBP en_GB amazon.co.uk eu
DE A1PA6795UKMFR9 DE EUR de_DE amazon.de eu
FR A13V1IB3VIYZZH FR EUR fr_FR amazon.fr eu
IT APJ6JRA9NG5V4 IT EUR it_IT amazon.it eu
ES A1RKKUPIHCS9HS ES EUR es_ES amazon.es eu
NL A1805IZSGTT6HS NL EUR nl_NL amazon.nl eu
BE AMEN7PMS3EDWL BE EUR fr_BE amazon.com.be eu
SE A2NODRKZP88ZB9 SE SEK sv_SE amazon.se eu
PL A1C3SOZRARQ6R3 PL PLN pl_PL amazon.pl eu
IE A28R8C7NBKEWEA IE EUR en_IE amazon.ie eu
TR A33AVAJ2PDY3EV TR TRY tr_TR amazon.com.tr eu
AE A2VIGQ35RCS4UG AE AED en_AE amazon.ae eu
SA A17E79C6D8DWNP SA SAR ar_SA amazon.sa eu
EG ARBP9OOSHTCHU EG EGP ar_EG amazon.eg eu
ZA AE08WJ6YKNBMC ZA ZAR en_ZA amazon.co.za eu
IN A21TJRUUN4KGV IN INR en_IN amazon.in eu
JP A1VC38T7YXB528 JP JPY ja_JP amazon.co.jp fe
AU A39IBJ37TRP1C6 AU AUD en_AU amazon.com.au fe
SG A19VAU5U5O7RUS SG SGD en_SG amazon.sg fe"""

MARKETPLACES = {site.id: site for site in map(_site, _SITES.splitlines())}
_BY_CODE = {site.code: site for site in MARKETPLACES.values()} | {
    site.country: site for site in MARKETPLACES.values()
}


def find_marketplace(name: str) -> Marketplace:
    """The marketplace by id or by code ('UK', 'GB', 'DE'); LookupError if unknown."""
    found = MARKETPLACES.get(name) or _BY_CODE.get(name.upper())
    if found is None:
        raise LookupError(
            f"marketplace {name!r} is unknown; use an id or one of "
            + ", ".join(site.code for site in MARKETPLACES.values())
        )
    return found


EU_COUNTRIES = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)

# Enough to compare an order with 150 EUR; a simulator needs no market rates.
EUR_PER_UNIT = {
    "EUR": 1.0,
    "GBP": 1.15,
    "USD": 0.9,
    "SEK": 0.09,
    "PLN": 0.23,
    "CAD": 0.65,
}
