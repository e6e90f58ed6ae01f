"""eBay, simulated: OAuth, Sell Fulfillment v1, Commerce Notification v1, Analytics.

``/ebay/oauth2/authorize`` is the consent page, ``/ebay/identity/v1/oauth2/token`` the
token endpoint, all else lies at eBay's own paths below ``/ebay/``.
"""

from __future__ import annotations

from stores.sandbox.channels import register_channel
from stores.sandbox.core import register_peer
from stores.sandbox.ebay.connected import EbayChannel
from stores.sandbox.ebay.peer import EbayPeer

PEER = EbayPeer()
register_peer(PEER)
register_channel(PEER.code, EbayChannel(PEER))
