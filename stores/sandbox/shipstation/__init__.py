"""The ShipStation v1 peer of the sandbox, served under ``/shipstation/``."""

from __future__ import annotations

from stores.sandbox.core import register_peer
from stores.sandbox.shipstation.peer import ShipStationPeer

register_peer(ShipStationPeer())
