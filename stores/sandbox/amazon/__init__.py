"""Amazon's Selling Partner API, simulated.

``/amazon/auth/o2/token`` is Login with Amazon; the regional hosts are path prefixes
``/amazon/na|eu|fe/``; without one the caller's own region is meant. Played: Login with
Amazon, ``getMarketplaceParticipations``, orders v2026-01-01 ``searchOrders`` and
``getOrder``, orders v0 ``getOrders``, ``getOrder``, ``getOrderItems`` (to a plain
token) and ``confirmShipment``.
"""

from __future__ import annotations

from stores.sandbox.amazon.connected import AmazonChannel
from stores.sandbox.amazon.peer import AmazonPeer
from stores.sandbox.channels import register_channel
from stores.sandbox.core import register_peer

PEER = AmazonPeer()
register_peer(PEER)
register_channel(PEER.code, AmazonChannel(PEER))
