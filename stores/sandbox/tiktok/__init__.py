"""TikTok Shop, simulated: consent and tokens, orders, fulfilment, cancellations, notices.

``/tiktok/open/authorize`` is the consent page, ``/tiktok/api/v2/token/…`` the token
endpoint, all else lies at TikTok's own versioned paths below ``/tiktok``. A request is
signed over its path without that prefix.
"""

from __future__ import annotations

from stores.sandbox.channels import register_channel
from stores.sandbox.core import register_peer
from stores.sandbox.tiktok.connected import TikTokChannel
from stores.sandbox.tiktok.peer import TikTokPeer

PEER = TikTokPeer()
register_peer(PEER)
register_channel(PEER.code, TikTokChannel(PEER))
