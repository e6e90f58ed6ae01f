"""eBay's hosts, scopes and marketplaces (developer.ebay.com, 2026)."""

from __future__ import annotations

API_HOST = "https://api.ebay.com"
# Finances and Key Management.
KEY_HOST = "https://apiz.ebay.com"
AUTH_HOST = "https://auth.ebay.com"
AUTHORIZE_PATH = "/oauth2/authorize"
TOKEN_PATH = "/identity/v1/oauth2/token"  # noqa: S105 - a path

_SCOPE = "https://api.ebay.com/oauth/api_scope"
# An application's own token: public keys and quotas.
APP_SCOPES = (_SCOPE,)
# Orders, with confirmations.
SELLER_SCOPES = (f"{_SCOPE}/sell.fulfillment",)
# Payouts. Older consents lack it, so that its tokens are asked for apart.
FINANCE_SCOPES = (f"{_SCOPE}/sell.finances",)

DEFAULT_MARKETPLACE = "EBAY_GB"
MARKETPLACES: tuple[tuple[str, str], ...] = (
    ("EBAY_GB", "ebay.co.uk"),
    ("EBAY_IE", "ebay.ie"),
    ("EBAY_DE", "ebay.de"),
    ("EBAY_FR", "ebay.fr"),
    ("EBAY_IT", "ebay.it"),
    ("EBAY_ES", "ebay.es"),
    ("EBAY_NL", "ebay.nl"),
    ("EBAY_BE", "ebay.be"),
    ("EBAY_AT", "ebay.at"),
    ("EBAY_CH", "ebay.ch"),
    ("EBAY_PL", "ebay.pl"),
    ("EBAY_US", "ebay.com"),
    ("EBAY_CA", "ebay.ca"),
    ("EBAY_AU", "ebay.com.au"),
    ("EBAY_MOTORS_US", "eBay Motors (US)"),
)
