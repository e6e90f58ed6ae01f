"""Amazon's regions, hosts and marketplaces (SP-API docs, 'Endpoints', August 2026)."""

from __future__ import annotations

LWA_HOST = "https://api.amazon.com"
LWA_PATH = "/auth/o2/token"

REGIONS = (
    ("eu", "Europe, Middle East, Africa and India"),
    ("na", "North America and Brazil"),
    ("fe", "Far East and Australia"),
)
HOSTS = {code: f"https://sellingpartnerapi-{code}.amazon.com" for code, _ in REGIONS}

_BY_REGION = {
    "eu": {
        "A1F83G8C2ARO7P": "amazon.co.uk",
        "A1PA6795UKMFR9": "amazon.de",
        "A13V1IB3VIYZZH": "amazon.fr",
        "APJ6JRA9NG5V4": "amazon.it",
        "A1RKKUPIHCS9HS": "amazon.es",
        "A1805IZSGTT6HS": "amazon.nl",
        "AMEN7PMS3EDWL": "amazon.com.be",
        "A2NODRKZP88ZB9": "amazon.se",
        "A1C3SOZRARQ6R3": "amazon.pl",
        "A28R8C7NBKEWEA": "amazon.ie",
        "A33AVAJ2PDY3EV": "amazon.com.tr",
        "A2VIGQ35RCS4UG": "amazon.ae",
        "A17E79C6D8DWNP": "amazon.sa",
        "ARBP9OOSHTCHU": "amazon.eg",
        "AE08WJ6YKNBMC": "amazon.co.za",
        "A21TJRUUN4KGV": "amazon.in",
    },
    "na": {
        "ATVPDKIKX0DER": "amazon.com",
        "A2EUQ1WTGCTBG2": "amazon.ca",
        "A1AM78C64UM0Y8": "amazon.com.mx",
        "A2Q3Y263D00KWC": "amazon.com.br",
    },
    "fe": {
        "A1VC38T7YXB528": "amazon.co.jp",
        "A39IBJ37TRP1C6": "amazon.com.au",
        "A19VAU5U5O7RUS": "amazon.sg",
    },
}
REGION_OF = {
    marketplace: region
    for region, marketplaces in _BY_REGION.items()
    for marketplace in marketplaces
}
MARKETPLACES: tuple[tuple[str, str], ...] = tuple(
    (marketplace, name)
    for marketplaces in _BY_REGION.values()
    for marketplace, name in marketplaces.items()
)
