"""The carriers' own tracking pages, by ShipStation's carrier code; only those we know.

Addresses as the carriers' public tracking pages have them, as of 2026.
"""

from __future__ import annotations

from urllib.parse import quote

_ROYAL_MAIL = "https://www.royalmail.com/track-your-item#/tracking-results/{}"
_UPS = "https://www.ups.com/track?tracknum={}"
_USPS = "https://tools.usps.com/go/TrackConfirmAction?tLabels={}"
_FEDEX = "https://www.fedex.com/fedextrack/?trknbr={}"
_DHL_EXPRESS = "https://www.dhl.com/global-en/home/tracking.html?tracking-id={}"
_PAGES = {
    "royal_mail": _ROYAL_MAIL,
    "rm_cnd_walleted": _ROYAL_MAIL,
    "ups": _UPS,
    "ups_walleted": _UPS,
    "usps": _USPS,
    "stamps_com": _USPS,
    "endicia": _USPS,
    "fedex": _FEDEX,
    "fedex_walleted": _FEDEX,
    "dhl_express": _DHL_EXPRESS,
    "dhl_express_uk": _DHL_EXPRESS,
}


def tracking_link(carrier: str, number: str) -> str:
    """The page on which a buyer follows the parcel, '' where we know none."""
    page = _PAGES.get(carrier.casefold(), "")
    return page.format(quote(number, safe="")) if page and number else ""
