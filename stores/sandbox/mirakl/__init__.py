"""Mirakl, simulated: the seller API of several invented marketplace operators.

An operator's base address is ``/mirakl/<operator code>``; under it lie Mirakl's own
paths (``/api/orders`` and so on).
"""

from __future__ import annotations

from stores.sandbox.core import register_peer
from stores.sandbox.mirakl.peer import MiraklPeer

register_peer(MiraklPeer())
