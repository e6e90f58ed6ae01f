"""TikTok Shop's hosts, and the regions whose shops this connector serves.

Hosts: those for all regions but the US, which has a consent host of its own. Regions:
where a seller marks packages as shipped himself; South-East Asia, Latin America and
Japan ship by another call (error 21008106).
"""

from __future__ import annotations

API_HOST = "https://open-api.tiktokglobalshop.com"
AUTH_HOST = "https://auth.tiktok-shops.com"
CONSENT_HOST = "https://services.tiktokshop.com"
CONSENT_PATH = "/open/authorize"
TOKEN_GET_PATH = "/api/v2/token/get"  # noqa: S105 - a path
TOKEN_REFRESH_PATH = "/api/v2/token/refresh"  # noqa: S105 - a path

DEFAULT_REGION = "GB"
MARKETPLACES: tuple[tuple[str, str], ...] = (
    ("GB", "TikTok Shop United Kingdom"),
    ("IE", "TikTok Shop Ireland"),
    ("DE", "TikTok Shop Germany"),
    ("ES", "TikTok Shop Spain"),
    ("FR", "TikTok Shop France"),
    ("IT", "TikTok Shop Italy"),
)
