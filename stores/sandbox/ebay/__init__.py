"""eBay, simulated: OAuth, Sell Fulfillment v1, Commerce Notification v1, Analytics.

``/ebay/oauth2/authorize`` is the consent page, ``/ebay/identity/v1/oauth2/token`` the
token endpoint, all else lies at eBay's own paths below ``/ebay/``.
"""

from __future__ import annotations

from stores.sandbox.core import register_peer
from stores.sandbox.ebay.peer import EbayPeer

register_peer(EbayPeer())
